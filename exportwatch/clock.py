"""Time is passed in. Instants are integers: milliseconds since the Unix epoch, UTC."""

from __future__ import annotations

import datetime
import threading
import time
from typing import Protocol


class Clock(Protocol):
    """The three things a loop may ask of time."""

    def now(self) -> int:
        """The wall clock in milliseconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, for intervals and deadlines."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; may return early when the process is asked to stop."""
        ...


class SystemClock:
    """Real time; `wake` ends a sleep early (SIGTERM does)."""

    def __init__(self) -> None:
        self._woken = threading.Event()

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        self._woken.wait(seconds)

    def wake(self) -> None:
        """End the present sleep and every later one at once."""
        self._woken.set()


def rfc3339(instant: int) -> str:
    """`2019-12-16T09:30:00.123Z` for an instant in milliseconds."""
    moment = datetime.datetime.fromtimestamp(instant / 1000, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day_start(day: str) -> int:
    """The instant at which the ISO day `day` begins in UTC; ValueError for anything else."""
    moment = datetime.datetime.combine(datetime.date.fromisoformat(day), datetime.time(), datetime.UTC)
    return int(moment.timestamp() * 1000)
