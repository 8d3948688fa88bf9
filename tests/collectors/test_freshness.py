"""When a source is asked again: its bounds, its publisher's wishes, and the longer waits after failures."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.freshness import (
    BACKOFF,
    DAY,
    HOUR,
    JITTER,
    LEAST,
    LONGEST_WISH,
    MINUTE,
    Trouble,
    lifetime,
    next_due,
    spread,
    trouble,
)

NOW = 1_600_000_000_000
"""2020-09-13 12:26:40 UTC."""
LATER = "Sun, 13 Sep 2020 13:26:40 GMT"
"""An hour later."""


def due(**fields: Any) -> float:
    """Without jitter, as near as a round number tells."""
    given = {"source": "jp-meti", "polls": 1, "interval": HOUR, "now": NOW, **fields}
    shift = spread(given["source"], given["polls"])
    wait = next_due(**given)
    return next(
        round(wait / factor)
        for factor in (1 + shift, 1 + abs(shift))
        if abs(wait / factor - round(wait / factor)) < 1e-6
    )


def test_a_lively_source_keeps_its_interval() -> None:
    assert due() == HOUR
    assert due(quiet=5) == HOUR
    assert due(quiet=5, slowest=60) == HOUR


def test_a_quiet_source_is_asked_less_often_up_to_its_slowest() -> None:
    waits = [due(slowest=6 * HOUR, quiet=quiet) for quiet in range(7)]
    assert waits == [3600, 5400, 8100, 12150, 18225, 21600, 21600]
    assert due(slowest=6 * HOUR, quiet=10**9) == 6 * HOUR


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"cache-control": "max-age=7200"}, 7200),
        ({"cache-control": 'public, MAX-AGE = "7200"'}, 7200),
        ({"cache-control": "max-age=7200, max-age=60"}, 60),
        ({"cache-control": "max-age=7200", "age": "200"}, 7000),
        ({"cache-control": "max-age=7200", "age": "9000"}, 0),
        ({"cache-control": "max-age=7200", "age": "old"}, 7200),
        ({"cache-control": "s-maxage=7200"}, 0),
        ({"cache-control": "s-maxage=9000, max-age=7200"}, 7200),
        ({"cache-control": "max-age=7200, no-cache"}, 0),
        ({"cache-control": "no-store, max-age=7200"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age"}, 0),
        ({"cache-control": "max-age=7200", "expires": LATER}, 7200),
        ({"expires": LATER}, 3600),
        ({"expires": LATER, "date": "Sun, 13 Sep 2020 13:16:40 GMT"}, 600),
        ({"expires": LATER, "date": "today"}, 3600),
        ({"expires": "0"}, 0),
        ({"expires": "Sun, 13 Sep 2020 12:00:00 GMT"}, 0),
        ({"expires": LATER, "cache-control": "max-age=0"}, 0),
    ],
)
def test_how_long_an_answer_is_fresh(headers: dict[str, str], seconds: int) -> None:
    assert lifetime(headers, NOW) == seconds


def test_a_publisher_may_wish_for_more_time_but_not_for_less() -> None:
    assert due(headers={"cache-control": "max-age=7200"}) == 2 * HOUR
    assert due(headers={"cache-control": "max-age=60"}) == HOUR
    assert due(ttl=3 * HOUR, headers={"cache-control": "max-age=7200"}) == 3 * HOUR
    assert due(retry_after=4 * HOUR, ttl=3 * HOUR) == 4 * HOUR
    assert due(headers={"cache-control": "max-age=31536000"}) == DAY
    assert due(ttl=10**9) == DAY
    assert due(retry_after=10**9) == DAY


@pytest.mark.parametrize("polls", range(20))
def test_a_wish_is_never_cut_short(polls: int) -> None:
    assert next_due(source="a", polls=polls, interval=HOUR, ttl=7200) >= 7200
    assert next_due(source="a", polls=polls, interval=HOUR, failures=1, trouble="busy", retry_after=7200) >= 7200


def test_the_waiting_after_failures_grows_by_what_went_wrong() -> None:
    def waits(kind: Trouble, **fields: Any) -> list[int]:
        return [round(due(trouble=kind, failures=failures, **fields)) for failures in (1, 2, 3, 4, 99)]

    assert waits("network") == [60, 120, 240, 480, 6 * HOUR]
    assert waits("busy", interval=60) == [900, 1800, 3600, 7200, DAY]
    assert waits("refused") == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY]
    assert waits("gone") == [6 * HOUR, 12 * HOUR, DAY, DAY, DAY]
    assert waits("unreadable") == [HOUR, HOUR, 2 * HOUR, 4 * HOUR, DAY]
    assert waits("busy", retry_after=300) == [300, 300, 300, 480, 6 * HOUR]


def test_a_source_that_is_rarely_asked_is_not_asked_more_often_for_failing() -> None:
    assert due(interval=2 * DAY, trouble="gone", failures=50) == 2 * DAY
    assert due(interval=2 * DAY, trouble="unreadable", failures=3) == 2 * DAY
    assert due(interval=12 * HOUR, trouble="refused", failures=1) == 12 * HOUR
    assert due(interval=12 * HOUR, trouble="network", failures=50) == 12 * HOUR


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("status", 429, "busy"),
        ("status", 503, "busy"),
        ("status", 401, "refused"),
        ("status", 403, "refused"),
        ("status", 451, "refused"),
        ("status", 404, "gone"),
        ("status", 410, "gone"),
        ("status", 500, "network"),
        ("status", 502, "network"),
        ("status", 408, "network"),
        ("status", 400, "unreadable"),
        ("status", 206, "unreadable"),
        ("robots", 0, "refused"),
        ("held", 0, "busy"),
        ("timeout", 0, "network"),
        ("name", 0, "network"),
        ("proxy", 407, "network"),
        ("coding", 0, "unreadable"),
        ("schema", 0, "unreadable"),
    ],
)
def test_which_trouble_a_failure_is(kind: str, status: int, expected: Trouble) -> None:
    assert trouble(kind, status) == expected


TROUBLES = st.sampled_from(sorted(BACKOFF))
INTERVALS = st.integers(1, 30 * DAY)


@given(TROUBLES, INTERVALS, st.integers(1, 10**6), st.integers(0, 10**6))
def test_more_failures_never_mean_a_shorter_wait(kind: Trouble, interval: int, failures: int, retry_after: int) -> None:
    def wait(count: int) -> float:
        return next_due(source="a", polls=3, interval=interval, failures=count, trouble=kind, retry_after=retry_after)

    assert LEAST <= wait(failures) <= wait(failures + 1)
    assert wait(failures) >= min(MINUTE, interval) * (1 - JITTER)


@given(
    interval=INTERVALS,
    slowest=st.integers(0, 60 * DAY),
    quiet=st.integers(0, 10**9),
    polls=st.integers(0, 10**9),
    ttl=st.integers(-5, 10**12),
    retry_after=st.integers(-5, 10**12),
    kind=st.none() | TROUBLES,
    failures=st.integers(0, 10**9),
    headers=st.dictionaries(st.sampled_from(["cache-control", "expires", "age", "date"]), st.text(max_size=40)),
)
def test_a_wait_lies_within_its_bounds(interval: int, slowest: int, kind: Trouble | None, **given: Any) -> None:
    wait = next_due(source="eu-oj-l", interval=interval, slowest=slowest, trouble=kind, now=NOW, **given)
    least = min(MINUTE, interval) if kind else interval
    assert max(least * (1 - JITTER), LEAST) <= wait <= max(interval, slowest, LONGEST_WISH, 6 * HOUR) * (1 + JITTER)


def test_two_thousand_sources_do_not_come_in_step() -> None:
    waits = [next_due(source=f"source-{number}", polls=1, interval=1000) for number in range(2_000)]
    assert min(waits) < 955
    assert max(waits) > 1045
    assert 995 < sum(waits) / len(waits) < 1005
    assert next_due(source="source-7", polls=1, interval=1000) == waits[7]
    assert next_due(source="source-7", polls=2, interval=1000) != waits[7]


@given(st.text(max_size=3000))
def test_no_header_is_an_error(value: str) -> None:
    assert lifetime(dict.fromkeys(("cache-control", "expires", "age", "date"), value), NOW) >= 0
