"""A source that stands in for another: only while that one is not well, under the same ids, and without repetitions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors import kept
from collectors.sources import IdRule, ListRule, Source
from exportwatch.clock import rfc3339
from tests.collectors.house import House
from tests.collectors.kit import NOON, Answer, serve

DAY = 24 * 3600


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(kept, "VISITS", (10**15,))
    with serve() as server:
        yield House(server, tmp_path)


class Ministry:
    """A feed, and a list of the same releases in other words. `feed` and `list` are the numbers they show."""

    def __init__(self, house: House, *, follow: bool = True) -> None:
        self.house = house
        self.follow = follow
        for number in range(1, 20):
            self.page(number, f"輸出管理 第{number}号 수출통제 出口管制")

    def page(self, number: int, text: str) -> None:
        body = f"<html><body><h1>告示</h1><p>{text}</p></body></html>".encode()
        self.house.answer(body, f"/r/{number}", Content_Type="text/html; charset=utf-8")

    def show(self, feed: range, listed: range) -> None:
        self.feed(feed)
        rows = "".join(
            f"<li><a href='/r/{each}'>【{each}号】輸出管理について</a> <i>{self.day(each)}</i></li>"
            for each in reversed(listed)
        )
        self.house.answer(f"<ul>{rows}</ul>".encode(), "/list", Content_Type="text/html; charset=utf-8")

    def feed(self, numbers: range) -> None:
        items = "".join(
            f"<item><title>輸出管理 {each}</title><link>/r/{each}</link>"
            f"<pubDate>{self.day(each)}T09:00:00+09:00</pubDate><description>要約 {each}</description></item>"
            for each in reversed(numbers)
        )
        self.house.answer(f'<rss version="2.0"><channel>{items}</channel></rss>'.encode(), "/feed")

    def day(self, number: int) -> str:
        return rfc3339(NOON + number * DAY * 1000)[:10]

    def sources(self) -> list[Source]:
        shared: dict[str, Any] = {"publisher": "m", "id_rule": IdRule(pattern=r"/r/(\d+)"), "cadence": 3 * DAY}
        rule = ListRule(row="li", date="i")
        return [
            self.house.source("feed", fallback="list", follow=self.follow, **shared),
            self.house.source("list", parser="page", follow=True, list_rule=rule, **shared),
        ]

    def poll(self) -> None:
        self.house.clock.pass_(26 * 3600)
        self.house.run(*self.sources())

    def revisions(self) -> list[str]:
        return sorted(f"{release.source} {release.id}" for release in self.house.archive.releases())


@pytest.mark.parametrize("follow", [True, False])
def test_a_fallback_takes_over_and_gives_back_without_a_second_revision(house: House, follow: bool) -> None:
    ministry = Ministry(house, follow=follow)
    ministry.show(range(1, 4), range(1, 4))
    ministry.poll()
    assert "/list" not in house.server.paths, "it stands by"
    house.server.script["/feed"] = Answer(status=404)
    ministry.show(range(0), range(1, 6))
    house.server.script["/feed"] = Answer(status=404)
    ministry.poll()
    assert ministry.revisions() == ["feed m:1", "feed m:2", "feed m:3", "list m:4", "list m:5"]
    told = house.events()[0]
    assert (told.source, told.state, told.fallback) == ("feed", "DOWN", "list")
    lists = house.server.paths.count("/list")
    ministry.show(range(1, 7), range(1, 7))
    for _ in range(4):
        ministry.poll()
    # In the round in which the feed comes back, either of them may be the first.
    assert [name.split()[1] for name in ministry.revisions()] == [f"m:{number}" for number in (1, 2, 3, 4, 5, 6)]
    assert house.told()[1] == "RECOVERED"
    assert house.server.paths.count("/list") <= lists + 1, "at most the poll in which the feed came back"


def test_what_the_fallback_brings_first_is_live_though_older_than_the_cadence(house: House) -> None:
    ministry = Ministry(house)
    ministry.show(range(1, 3), range(1, 3))
    ministry.poll()
    house.clock.pass_(10 * DAY)
    ministry.show(range(1, 3), range(1, 12))
    ministry.poll()
    assert house.told() == ["STALE"]
    origins = {release.id: release.origin for release in house.archive.releases() if release.source == "list"}
    assert origins == {f"m:{number}": "live" for number in range(3, 12)}


def test_what_the_fallback_brought_is_looked_at_again_by_the_source_itself(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "VISITS", (6 * DAY * 1000,))
    ministry = Ministry(house)
    ministry.show(range(1, 4), range(1, 4))
    ministry.poll()
    ministry.show(range(0), range(1, 5))
    house.server.script["/feed"] = Answer(status=500)
    ministry.poll()
    ministry.show(range(1, 5), range(1, 5))
    ministry.poll()
    assert ministry.revisions() == ["feed m:1", "feed m:2", "feed m:3", "list m:4"]
    ministry.page(4, "輸出管理 改められた本文")
    for _ in range(8):
        ministry.poll()
    assert ministry.revisions() == ["feed m:1", "feed m:2", "feed m:3", "feed m:4", "list m:4"]


def test_a_fallback_of_a_source_that_is_not_enabled_is_a_source_like_any(house: House) -> None:
    ministry = Ministry(house)
    ministry.show(range(1, 4), range(1, 4))
    _, listed = ministry.sources()
    house.run(listed)
    assert ministry.revisions() == ["list m:1", "list m:2", "list m:3"]
