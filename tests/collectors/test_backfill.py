"""Back to a day: every release in between once, as backfill, and on again after an interruption."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from collectors.backfill import Backfill, Backfilled
from collectors.pausing import Pausing
from collectors.polling import House as Shared
from collectors.readers import Readers
from collectors.sources import IdRule, ListRule, PageRule, Source
from tests.collectors.house import House
from tests.collectors.kit import LOG, Answer, serve

PAGE = 4
FIRST = datetime.date(2019, 7, 1)
TITLES = ("Export controls", "輸出管理", "수출통제", "出口管制", "出口管制（繁）")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with serve() as server:
        yield House(server, tmp_path)


class Ministry:
    """A list with a release a day since FIRST, PAGE a page, each with a page of its own."""

    def __init__(self, house: House, days: int, *, last_page: int = 99) -> None:
        self.house = house
        self.days = days
        self.last_page = last_page
        self.broken: set[int] = set()
        for number in range(1, 30):
            house.server.script[f"/demo?page={number}"] = self.serve
        house.server.script["/demo"] = self.serve
        for number in range(days):
            house.answer(
                f"<p>{TITLES[number % 5]} 本文 {number}</p>".encode(), f"/r/{number}", Content_Type="text/html"
            )
        self.said: list[str] = []
        self.stop_after = 99

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        number = int(parse_qs(urlsplit(handler.path).query).get("page", ["1"])[0])
        last = self.days - 1 - PAGE * (number - 1)
        shown = [each for each in range(last, last - PAGE, -1) if each >= 0 and number <= self.last_page]
        rows = "".join(f"<li><a href='/r/{n}'>{TITLES[n % 5]} {n}</a> <i>{self.day(n)}</i></li>" for n in shown)
        body = f"<ul>{rows}</ul>".encode() if shown else b"<p>nothing</p>"
        handler.send_response(500 if number in self.broken else 200 if shown else 404)
        handler.send_header("Content-Type", "text/html; charset=utf-8")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def day(self, number: int) -> str:
        return (FIRST + datetime.timedelta(days=number)).isoformat()

    def source(self, **fields: Any) -> Source:
        given = {
            "parser": "page",
            "follow": True,
            "list_rule": ListRule(row="li", date="i"),
            "id_rule": IdRule(pattern=r"/r/(\d+)"),
            "page_rule": PageRule(url=self.house.server.url("/demo?page={page}")),
        }
        return self.house.source(**{**given, **fields})

    def backfill(self, begin: str, end: str, **fields: Any) -> Backfilled:
        house = self.house

        def stop() -> bool:
            return len(self.said) >= self.stop_after

        pausing = Pausing(house.clock, LOG, house.metrics)
        shared = Shared(
            polite=house.polite(),
            publisher=house.archive.publisher(house.clock, weighing=True),
            store=house.archive.store,
            clock=house.clock,
            metrics=house.metrics,
            log=LOG,
            readers=Readers(),
            pausing=pausing,
            stop=stop,
            alerts=lambda event, source: (),
        )
        return Backfill(shared, self.source(**fields), begin, end, say=self.said.append).run()

    def published(self) -> list[int]:
        return sorted(int(release.id.removeprefix("demo:")) for release in self.house.archive.releases())


def test_all_between_two_days_is_published_once_as_backfill(house: House) -> None:
    ministry = Ministry(house, 20)
    found = ministry.backfill("2019-07-05", "2019-07-12")
    assert (found.complete, found.reason) == (True, "")
    assert ministry.published() == list(range(4, 12))
    assert {release.origin for release in house.archive.releases()} == {"backfill"}
    assert (found.progress.new, found.progress.outside) == (8, 12)
    assert ministry.said[-1] == "demo: page 5: back to 2019-07-01; 8 new, 0 changed, 0 unchanged"
    asked = len(house.server.paths)
    assert ministry.backfill("2019-07-05", "2019-07-12").complete
    assert len(house.server.paths) == asked, "it was done already"


def test_an_interrupted_one_goes_on_where_it_was(house: House) -> None:
    ministry = Ministry(house, 20)
    ministry.stop_after = 2
    found = ministry.backfill("2019-07-02", "2019-07-31")
    assert (found.complete, found.progress.number) == (False, 2)
    assert "goes on" in found.reason
    ministry.stop_after, ministry.days = 99, 22
    asked = len(house.server.paths)
    assert ministry.backfill("2019-07-02", "2019-07-31").complete
    assert house.server.paths[asked] == "/demo?page=3"
    assert ministry.published() == list(range(1, 20)), "what has come since is for the collector"


def test_a_page_that_fails_ends_it_and_the_next_call_goes_on(house: House) -> None:
    ministry = Ministry(house, 20)
    ministry.broken = {3}
    found = ministry.backfill("2019-07-02", "2019-07-31")
    assert (found.complete, found.progress.number, found.progress.reached) == (False, 2, "2019-07-13")
    assert "HTTP 500" in found.reason
    assert house.server.paths.count("/demo?page=3") == 3
    ministry.broken = set()
    assert ministry.backfill("2019-07-02", "2019-07-31").complete
    assert ministry.published() == list(range(1, 20))


def test_a_release_whose_page_is_missing_is_not_left_out(house: House) -> None:
    ministry = Ministry(house, 8)
    page = house.server.script["/r/6"]
    house.server.script["/r/6"] = Answer(status=500)
    found = ministry.backfill("2019-07-02", "2019-07-31")
    assert (found.complete, "1 pages cannot be had" in found.reason) == (False, True)
    house.server.script["/r/6"] = page
    assert ministry.backfill("2019-07-02", "2019-07-31").complete
    assert ministry.published() == list(range(1, 8))


def test_a_list_that_ends_before_the_day_says_what_it_reached(house: House) -> None:
    ministry = Ministry(house, 20, last_page=2)
    found = ministry.backfill("2019-07-02", "2019-07-31")
    assert (found.complete, found.reason, found.progress.reached) == (False, "the list ends there", "2019-07-13")
    assert ministry.published() == list(range(12, 20))
    feed = ministry.backfill("2019-07-03", "2019-07-31", page_rule=None)
    assert (feed.complete, feed.progress.reached) == (False, "2019-07-17"), "a list without pages is one page"


def test_addresses_that_take_days_are_asked_for_those(house: House) -> None:
    ministry = Ministry(house, 20)
    rule = PageRule(url=house.server.url("/search?from={from}&to={to}&page={page}"), first=2)
    rows = "".join(f"<li><a href='/r/{n}'>{n}</a> <i>{ministry.day(n)}</i></li>" for n in (9, 8, 7))
    address = "/search?from=2019-07-05&to=2019-07-12&page="
    house.answer(f"<ul>{rows}</ul>".encode(), f"{address}1", Content_Type="text/html")
    found = ministry.backfill("2019-07-05", "2019-07-12", page_rule=rule)
    assert found.complete, found.reason
    assert ministry.published() == [7, 8, 9]
    assert [path for path in house.server.paths if "search" in path] == [f"{address}1", f"{address}2"]
