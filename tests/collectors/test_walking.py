"""From the newest page of a list back to what is known: nothing is missed, whatever happens on the way."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from collectors.sources import IdRule, ListRule, PageRule, Source
from collectors.state import put
from exportwatch.errors import Retryable
from tests.collectors.house import House
from tests.collectors.kit import Answer, serve

PAGE = 5
DAY = 24 * 3600


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with serve() as server:
        yield House(server, tmp_path)


class Ministry:
    """A list of releases, the newest first, PAGE a page, by number or by link; each an item without a page."""

    def __init__(self, house: House, releases: int, *, linked: bool = False) -> None:
        self.house = house
        self.releases = releases
        self.linked = linked
        self.broken: set[int] = set()
        house.server.script["/demo"] = self.serve
        for number in range(1, 30):
            house.server.script[f"/demo?page={number}"] = self.serve

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        number = int(parse_qs(urlsplit(handler.path).query).get("page", ["1"])[0])
        if number in self.broken:
            handler.send_response(500)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        last = self.releases - PAGE * (number - 1)
        items = "".join(self.item(each) for each in range(last, max(last - PAGE, 0), -1))
        more = f"<link rel='next' href='/demo?page={number + 1}'/>" if self.linked and last > PAGE else ""
        body = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title>{more}{items}</feed>".encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def item(self, number: int) -> str:
        return (
            f"<entry><id>urn:{number}</id><title>수출통제 輸出管理 {number}</title><link href='/r/{number}'/>"
            f"<updated>2020-09-13T0{number % 10}:00:00Z</updated><content>本文 {number}</content></entry>"
        )

    def source(self, **fields: Any) -> Source:
        rule = None if self.linked else PageRule(url=self.house.server.url("/demo?page={page}"))
        given = {"id_rule": IdRule(pattern=r"/r/(\d+)"), "page_rule": rule, **fields}
        return self.house.source(**given)

    def known(self) -> list[int]:
        return sorted({int(release.id.removeprefix("demo:")) for release in self.house.archive.releases()})


@pytest.mark.parametrize("linked", [False, True])
def test_pages_are_read_until_what_is_known(house: House, linked: bool) -> None:
    ministry = Ministry(house, 5, linked=linked)
    house.poll(ministry.source())
    ministry.releases = 17
    asked = len(house.server.paths)
    assert house.poll(ministry.source()).counts.new == 12
    assert ministry.known() == list(range(1, 18))
    assert house.server.paths[asked:] == ["/demo", "/demo?page=2", "/demo?page=3"]


def test_nothing_new_reads_one_page(house: House) -> None:
    ministry = Ministry(house, 17)
    house.poll(ministry.source())
    ministry.releases = 18
    asked = len(house.server.paths)
    assert house.poll(ministry.source()).counts.new == 1
    assert house.server.paths[asked:] == ["/demo"]


def test_a_first_poll_goes_back_as_far_as_the_cadence(house: House) -> None:
    ministry = Ministry(house, 40)
    house.run(ministry.source(cadence=DAY))
    assert ministry.known() == list(range(1, 41)), "all of them are of today"
    other = Ministry(house, 40)
    house.clock.pass_(30 * DAY)
    house.run(other.source(name="other", publisher="other", url=house.server.url("/demo"), cadence=DAY))
    assert len([each for each in house.archive.releases() if each.publisher == "other"]) == PAGE


@pytest.mark.parametrize("shift", [0, 2, 5, 11, 15])
def test_a_broken_page_is_gone_back_to_however_far_the_list_has_moved_on(house: House, shift: int) -> None:
    ministry = Ministry(house, 5)
    house.poll(ministry.source())
    ministry.releases, ministry.broken = 22, {3}
    outcome = house.poll(ministry.source())
    assert "an older page is missing" in outcome.reason
    assert house.state().gap == "demo:13"
    assert ministry.known() == [*range(1, 6), *range(13, 23)]
    ministry.broken, ministry.releases = {5}, 22 + shift
    house.poll(ministry.source())
    ministry.broken, ministry.releases = set(), 22 + 2 * shift
    house.poll(ministry.source())
    assert ministry.known() == list(range(1, 23 + 2 * shift))
    assert house.state().gap == ""
    asked = len(house.server.paths)
    house.poll(ministry.source())
    assert len(house.server.paths) == asked + 1


@pytest.mark.parametrize("shift", [0, 2, 3, 5, 9])
def test_a_stop_in_the_middle_of_a_page_misses_nothing(house: House, shift: int) -> None:
    for number in range(1, 150):
        house.answer(f"<p>輸出管理 수출통제 {number}</p>".encode(), f"/r/{number}", Content_Type="text/html")
    ministry = Ministry(house, 5)
    source = ministry.source(follow=True)
    house.poll(source)
    ministry.releases = 17
    for pages in range(1, 12):
        left = iter([False] * (pages + 1))  # by the loop, then before each page
        house.clock.pass_(2 * DAY)
        house.run(source, stop=lambda left=left: next(left, True))
        ministry.releases += shift
    house.poll(source)
    assert ministry.known() == list(range(1, ministry.releases + 1))


def test_a_crash_at_any_moment_misses_nothing(house: House) -> None:
    ministry = Ministry(house, 5)
    house.poll(ministry.source())
    for most in range(1, 12):
        ministry.releases += 13
        crash_after(house, ministry, most)
        house.poll(ministry.source())
        assert ministry.known() == list(range(1, ministry.releases + 1))


def crash_after(house: House, ministry: Ministry, most: int) -> None:
    """A poll that ends at the so-and-so-many-th thing that is read or written, with nothing of it remembered."""
    left = most

    def attempt(action: Callable[[], None]) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Retryable("killed")
        action()

    house.clock.pass_(2 * DAY)
    with contextlib.suppress(Retryable):
        house.run(ministry.source(), attempt=attempt)


def test_a_site_that_shows_one_page_for_all_numbers_is_left(house: House) -> None:
    ministry = Ministry(house, 5)
    house.poll(ministry.source())
    ministry.releases = 20
    house.server.script["/demo?page=2"] = Answer(status=302, headers={"Location": "/demo"})
    asked = len(house.server.paths)
    assert house.poll(ministry.source()).status == "collected"
    assert house.server.paths[asked:] == ["/demo", "/demo?page=2", "/demo"]


@pytest.mark.parametrize("shift", [0, 1, 5, 12])
def test_what_is_beyond_the_most_pages_is_for_the_next_polls(house: House, shift: int) -> None:
    ministry = Ministry(house, 5)
    rule = PageRule(url=house.server.url("/demo?page={page}"), most=3)
    house.poll(ministry.source(page_rule=rule))
    ministry.releases = 60
    outcome = house.poll(ministry.source(page_rule=rule))
    assert outcome.counts.new == 15
    assert "the next poll goes on from there" in outcome.reason
    for _ in range(6):
        ministry.releases += shift
        house.poll(ministry.source(page_rule=rule))
    assert ministry.known() == list(range(1, ministry.releases + 1))
    assert house.state().gap == ""


def test_a_place_that_is_gone_is_looked_for_no_more(house: House) -> None:
    ministry = Ministry(house, 5)
    rule = PageRule(url=house.server.url("/demo?page={page}"), most=2)
    house.poll(ministry.source(page_rule=rule))
    ministry.releases = 60
    house.poll(ministry.source(page_rule=rule))
    house.archive.store.put_many([put("demo", msgspec.structs.replace(house.state(), gap="demo:gone"))])
    ministry.releases = 140
    outcome = house.poll(ministry.source(page_rule=rule))
    assert (outcome.counts.new, house.state().gap) == (90, "")
    assert "exportwatch backfill" in outcome.reason


def test_a_form_is_paged_by_its_fields(house: House) -> None:
    newest = [0]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        page = int(parse_qs(house.server.forms[-1][1].decode())["n"][0])
        first = newest[0] - 2 * (page - 1)
        found = "".join(f"<li><a href='/r/{each}'>告示 {each}</a></li>" for each in range(first, first - 2, -1) if each)
        whole = f"<ul>{found}</ul>".encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html; charset=utf-8")
        handler.send_header("Content-Length", str(len(whole)))
        handler.end_headers()
        handler.wfile.write(whole)

    house.server.script["/demo"] = answer
    for number in range(1, 10):
        house.answer(f"<p>出口须申请许可 {number}</p>".encode(), f"/r/{number}", Content_Type="text/html")
    given = house.source(
        method="POST",
        form={"n": "1", "size": "2"},
        parser="page",
        follow=True,
        list_rule=ListRule(row="li"),
        id_rule=IdRule(pattern=r"/r/(\d+)"),
        page_rule=PageRule(form={"n": "{page}"}),
    )
    newest[0] = 2
    house.poll(given)
    newest[0] = 6
    house.poll(given)
    assert [form for _, form in house.server.forms] == [b"n=1&size=2", b"n=1&size=2", b"n=2&size=2", b"n=3&size=2"]
    assert {release.id for release in house.archive.releases()} == {f"demo:{number}" for number in range(1, 7)}
