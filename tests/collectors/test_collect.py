"""Polling over real HTTP on loopback: what is due, what is new, and what a failure may not hide."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collectors import feed, kept
from collectors.collect import Summary
from collectors.sources import Source
from exportwatch.errors import BadRecord, Retryable
from exportwatch.model import Fetched, Parsed
from exportwatch.store import Put
from exportwatch.stores.memory import MemoryStore
from tests.collectors.house import TODAY, House, item, rss
from tests.collectors.kit import Answer, serve


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with serve() as server:
        yield House(server, tmp_path)


@pytest.fixture
def for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page is looked at again."""
    monkeypatch.setattr(kept, "VISITS", (10**15,))


def test_new_and_changed_entries_are_published_once(house: House) -> None:
    house.answer(rss(item(1), item(2)))
    outcome = house.poll()
    assert (outcome.status, outcome.counts.new) == ("collected", 2)
    house.answer(rss(item(3), item(1, "수출통제 (정정)"), item(2)))
    outcome = house.poll()
    assert (outcome.counts.new, outcome.counts.changed, outcome.counts.unchanged) == (1, 1, 1)
    assert house.titles() == ["수출통제", "수출통제", "수출통제", "수출통제 (정정)"]
    assert house.metrics.totals["releases_published"] == 4
    assert str(outcome).startswith("demo: collected: 1 new, 1 changed, 1 unchanged, 0 rejected; next at 20")


def test_only_due_sources_are_polled(house: House) -> None:
    house.answer(rss(item(1)), "/a")
    house.answer(rss(item(1)), "/b")
    sources = [house.source("a", interval=100), house.source("b", interval=1000)]
    assert len(house.run(*sources).outcomes) == 2
    house.clock.pass_(99)
    assert house.run(*sources).outcomes == ()
    house.clock.pass_(1)
    assert [outcome.source for outcome in house.run(*sources).outcomes] == ["a"]
    assert house.server.paths == ["/a", "/b", "/a"]


def test_a_disabled_source_is_never_asked(house: House) -> None:
    assert house.run(house.source(enabled=False, note="no feed"), once=False) == Summary()
    assert house.server.requests == []


def test_a_304_ends_the_poll(house: House) -> None:
    house.answer(rss(item(1)), ETag='"1"', Last_Modified="Mon, 16 Dec 2019 00:30:00 GMT")
    house.poll()
    house.server.script["/demo"] = Answer(status=304, length=False)
    assert house.poll().status == "unchanged"
    assert house.server.requests[-1][1]["if-none-match"] == '"1"'
    assert house.metrics.totals["fetches_not_modified"] == 1


def test_the_same_bytes_again_are_not_parsed_and_renew_the_validators(house: House) -> None:
    house.answer(rss(item(1)), ETag='"1"')
    house.poll()
    house.answer(rss(item(1)), ETag='"2"')

    def never(fetched: Fetched, source: Source) -> Parsed:
        raise AssertionError

    assert house.poll(parse=never).status == "unchanged"
    assert house.state().etag == '"2"'


def test_another_parser_or_definition_reads_the_same_bytes_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.answer(rss(item(1)), ETag='"1"')
    house.poll()
    monkeypatch.setattr(feed, "VERSION", feed.VERSION + 1)
    assert house.poll().status == "collected"
    assert "if-none-match" not in house.server.requests[-1][1]
    assert house.poll(house.source(language="ko")).counts.changed == 1


def test_a_failure_is_an_outcome_and_the_others_go_on(house: House) -> None:
    house.answer(rss(item(1)), "/b")
    summary = house.run(house.source("a"), house.source("b"))
    assert [(outcome.source, outcome.status) for outcome in summary.outcomes] == [("a", "failed"), ("b", "collected")]
    assert "HTTP 404" in summary.failed[0].reason
    assert house.metrics.totals["fetch_failures"] == 1


def test_failures_back_off_and_success_forgets_them(house: House) -> None:
    waits = []
    for _ in range(4):
        outcome = house.poll()
        waits.append((outcome.next_due - house.clock.now()) / 3600_000)
    assert waits == pytest.approx([6, 12, 24, 24], rel=0.06)
    assert (house.state().failures, "404" in house.state().reason) == (4, True)
    house.answer(rss(item(1)))
    assert house.poll().status == "collected"
    assert (house.state().failures, house.state().reason) == (0, "")


def test_each_kind_of_failure_waits_by_its_own_count(house: House) -> None:
    waits = []
    for status in (500, 500, 500, 500, 403, 500, 403):
        house.server.script["/demo"] = Answer(status=status)
        outcome = house.poll()
        waits.append((outcome.next_due - house.clock.now()) / 60_000)
    assert waits == pytest.approx([1, 2, 4, 8, 60, 16, 120], rel=0.06)
    assert house.state().failures == 7
    house.answer(rss(item(1)))
    house.poll()
    assert house.state().troubles == {}


def test_a_server_that_asks_for_more_time_gets_it(house: House) -> None:
    house.server.script["/demo"] = Answer(status=503, headers={"Retry-After": "7200"})
    assert house.poll().next_due - house.clock.now() == pytest.approx(7200 * 1000, rel=0.06)
    house.server.script["/demo"] = Answer(status=429, headers={"Retry-After": "999999999"})
    assert house.poll().next_due - house.clock.now() == pytest.approx(24 * 3600 * 1000, rel=0.06)


def test_a_page_in_place_of_a_feed_is_a_failure_that_a_304_does_not_hide(house: House) -> None:
    house.answer(rss(item(1)), ETag='"1"')
    house.poll()
    house.answer(b"<html>Request Access</html>", ETag='"2"')
    outcome = house.poll()
    assert (outcome.status, outcome.counts.rejected) == ("failed", 1)
    assert "at least 1 are expected: not a feed" in outcome.reason
    house.poll()
    assert house.server.requests[-1][1]["if-none-match"] == '"1"'


def test_too_few_releases_are_a_failure_but_what_is_there_is_published(house: House) -> None:
    house.answer(rss(item(1)), ETag='"1"')
    outcome = house.poll(house.source(minimum=2))
    assert (outcome.status, outcome.counts.new) == ("failed", 1)
    assert house.state().etag == ""
    assert house.titles() == ["수출통제"]


def test_a_parser_that_had_to_be_killed_is_a_failure_of_its_source(house: House) -> None:
    house.answer(rss(item(1)), ETag='"1"')

    def killed(fetched: Fetched, source: Source) -> Parsed:
        raise BadRecord("killed after 5 s")

    assert house.poll(parse=killed).reason == "killed after 5 s"

    def broken(fetched: Fetched, source: Source) -> Parsed:
        raise ZeroDivisionError("a bug")

    assert house.poll(parse=broken).reason == "unexpected ZeroDivisionError: a bug"
    assert house.poll().status == "collected"
    assert all("if-none-match" not in headers for _, headers in house.server.requests)


def test_nothing_is_remembered_of_a_feed_that_was_not_published(house: House) -> None:
    house.answer(rss(item(1)), ETag='"1"')

    class Lame(MemoryStore):
        def put_many(self, puts: Any) -> Any:
            raise Retryable("the store is away")

    sound, house.archive.store = house.archive.store, Lame()
    with pytest.raises(Retryable):
        house.poll()
    house.archive.store = sound
    assert house.poll().counts.new == 1
    assert house.titles() == ["수출통제"] * 2  # sent twice, never not at all


def test_the_first_poll_brings_the_past_as_backfill(house: House) -> None:
    house.answer(rss(item(1), item(2, day="2019-07-01")))
    house.poll(house.source(cadence=7 * 24 * 3600))
    house.answer(rss(item(3, day="2019-12-16")))
    house.poll(house.source(cadence=7 * 24 * 3600))
    assert sorted((release.published, release.origin) for release in house.archive.releases()) == [
        ("2019-07-01", "backfill"),
        ("2019-12-16", "live"),
        (TODAY, "live"),
    ]


@pytest.mark.usefixtures("for_good")
def test_pages_behind_entries_become_their_bodies(house: House) -> None:
    house.answer(rss(item(1), item(2)), ETag='"1"')
    house.answer("<p>輸出管理</p>".encode("shift_jis"), "/page/1", Content_Type="text/html; charset=Shift_JIS")
    house.answer(b"<p>2</p>", "/page/2")
    assert house.poll(house.source(follow=True)).counts.new == 2
    first, second = house.archive.releases()
    assert first.body is not None
    assert second.body is not None
    assert (first.body.data, first.body.content_type) == (
        "<p>輸出管理</p>".encode("shift_jis"),
        "text/html; charset=Shift_JIS",
    )
    assert second.body.content_type == "text/html"
    house.answer(rss(item(3), item(1), item(2, "수출통제 (정정)")))
    house.answer(b"<p>3</p>", "/page/3")
    outcome = house.poll(house.source(follow=True))
    assert (outcome.counts.new, outcome.counts.changed, outcome.counts.unchanged) == (1, 1, 1)
    assert house.server.paths == ["/demo", "/page/1", "/page/2", "/demo", "/page/3", "/page/2"]


@pytest.mark.usefixtures("for_good")
def test_a_missing_page_is_asked_for_again_and_at_last_its_entry_is_taken(house: House) -> None:
    house.answer(rss(item(1), item(2)), ETag='"1"')
    house.answer(b"<p>2</p>", "/page/2")
    following = house.source(follow=True)
    outcome = house.poll(following)
    assert (outcome.status, outcome.counts.new) == ("collected", 1)
    assert "a page is missing" in outcome.reason
    assert "/page/1" in outcome.reason
    for _ in range(3):
        assert house.poll(following).counts.new == 0
        assert "if-none-match" not in house.server.requests[-2][1]
    assert house.poll(following).counts.new == 1
    assert house.bodies() == ["<p>2</p>", "요약 1"]
    assert house.poll(following).status == "unchanged"
    assert house.server.paths.count("/page/1") == 5
    assert house.server.paths.count("/page/2") == 1


def test_a_page_that_comes_late_is_taken(house: House) -> None:
    house.answer(rss(item(1)))
    house.poll(house.source(follow=True))
    house.answer(b"<p>1</p>", "/page/1")
    assert house.poll(house.source(follow=True)).counts.new == 1
    assert house.bodies() == ["<p>1</p>"]


def test_a_page_of_the_past_that_comes_late_is_still_backfill(house: House) -> None:
    following = house.source(follow=True, cadence=7 * 24 * 3600)
    house.answer(rss(item(1, day="2019-12-16"), item(2)))
    house.answer(b"<p>2</p>", "/page/2")
    house.poll(following)
    house.answer(b"<p>1</p>", "/page/1")
    house.poll(following)
    assert [release.origin for release in house.archive.releases()] == ["live", "backfill"]


def test_a_page_over_the_limit_is_kept_as_such(house: House) -> None:
    house.answer(rss(item(1)))
    house.answer(bytes(1024 * 1024 + 1), "/page/1")
    assert house.poll(house.source(follow=True)).counts.new == 1
    (release,) = house.archive.releases()
    assert release.body is not None
    assert (release.state, release.body.size, release.body.data) == ("too large", 1024 * 1024 + 1, None)
    assert release.url == house.server.url("/page/1")


def test_pages_that_nobody_answers_for_are_given_up_for_this_time(house: House) -> None:
    house.answer(rss(*[item(number) for number in range(6)]))
    for number in range(6):
        house.server.script[f"/page/{number}"] = Answer(b"", status=302, headers={"Location": "http://127.0.0.1:1/"})
    polite = house.polite(private_addresses=f"{house.server.address},127.0.0.1:1")
    house.poll(house.source(follow=True), polite=polite)
    assert house.server.paths == ["/demo", "/page/0", "/page/1", "/page/2"]
    assert house.state().missing == {name: tries for name, tries in house.state().missing.items() if tries <= 1}
    assert len(house.state().missing) == 6


def test_between_requests_to_one_host_lies_a_pause(house: House) -> None:
    house.answer(rss(item(1), item(2)))
    house.answer(b"1", "/page/1")
    house.answer(b"2", "/page/2")
    house.poll(house.source(follow=True, pause=2.5))
    assert house.clock.slept == [2.5, 2.5]


def test_a_stop_between_pages_keeps_what_was_done(house: House) -> None:
    house.answer(rss(item(1), item(2), item(3)), ETag='"1"')
    for number in (1, 2, 3):
        house.answer(b"%d" % number, f"/page/{number}")
    asked = iter([False, False, False])  # once by the loop, then before each page

    outcome = house.poll(house.source(follow=True), stop=lambda: next(asked, True))
    assert (outcome.status, outcome.counts.new) == ("stopped", 2)
    assert house.state().etag == ""
    house.run(house.source(follow=True))
    assert house.bodies() == ["1", "2", "3"]
    assert house.server.paths.count("/page/1") == 1


def test_the_loop_sleeps_until_the_next_source_is_due(house: House) -> None:
    house.answer(rss(item(1)))
    polls = iter(range(5))
    seen: list[int] = []

    def parse(fetched: Fetched, source: Source) -> Parsed:
        seen.append(house.clock.now())
        house.answer(rss(item(next(polls) + 2)))
        house.stopped = len(seen) == 3
        return feed.parse(fetched, source)

    house.run(house.source(interval=50), once=False, parse=parse)
    assert [after - before for before, after in itertools.pairwise(seen)] == pytest.approx([50_000] * 2, rel=0.06)
    assert house.clock.slept == pytest.approx([50.0, 50.0], rel=0.06)


def test_a_stop_while_the_store_is_away_polls_nothing(house: House) -> None:
    def give_up(action: Callable[[], None]) -> bool:
        house.stopped = True
        return False

    assert house.run(house.source(), attempt=give_up) == Summary()
    assert house.server.requests == []


def test_unreadable_state_is_as_none(house: House) -> None:
    house.answer(rss(item(1)))
    house.poll()
    house.archive.store.put_many([Put("source/demo", b"{")])
    assert house.poll().counts.unchanged == 1


def test_a_summary_counts_all_sources(house: House) -> None:
    house.answer(rss(item(1)), "/a")
    house.answer(rss(item(1), item(2)), "/b")
    summary = house.run(house.source("a", publisher="a"), house.source("b", publisher="b"))
    assert replace(summary.counts, rejections=()).new == 3
