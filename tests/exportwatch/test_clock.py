"""clock.py: real time, and instants as text."""

from __future__ import annotations

import threading
import time

import pytest

from exportwatch.clock import SystemClock, day_start, rfc3339


def test_now_is_in_milliseconds() -> None:
    assert abs(SystemClock().now() - time.time() * 1000) < 5000


def test_a_sleep_is_ended_by_a_wake_and_so_is_every_later_one() -> None:
    clock = SystemClock()
    waker = threading.Timer(0.05, clock.wake)
    waker.start()
    start = clock.monotonic()
    clock.sleep(60)
    clock.sleep(60)
    waker.join()
    assert 0.04 <= clock.monotonic() - start < 30


def test_a_sleep_lasts_as_long_as_asked() -> None:
    clock = SystemClock()
    start = clock.monotonic()
    clock.sleep(0.05)
    assert clock.monotonic() - start >= 0.045


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_576_459_800_123, "2019-12-16T01:30:00.123Z"),
        (1_576_459_800_007, "2019-12-16T01:30:00.007Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_an_instant_as_text(instant: int, text: str) -> None:
    assert rfc3339(instant) == text


def test_a_day_begins_at_midnight_utc() -> None:
    assert rfc3339(day_start("2019-07-01")) == "2019-07-01T00:00:00.000Z"


@pytest.mark.parametrize("text", ["", "2019-7-1", "2019-02-30", "2019-07-01T00:00", "令和元年7月1日"])
def test_anything_else_is_no_day(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        day_start(text)
