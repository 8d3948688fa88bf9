"""Nothing is fetched that could not be kept: while the log or the store refuses, or the disk is nearly full."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from collectors.publish import Attempt, at_once
from exportwatch.clock import Clock
from exportwatch.errors import Retryable, Stopped
from exportwatch.metrics import Metrics

_LOOK: Final = 1.0
_DISK_EVERY: Final = 2.0
MIB: Final = 1024 * 1024


class Pausing:
    """Shared by all polls. `attempt` is what they publish and save with."""

    def __init__(
        self,
        clock: Clock,
        log: logging.Logger,
        metrics: Metrics,
        *,
        attempt: Attempt = at_once,
        stop: Callable[[], bool] = lambda: False,
        free: Callable[[], int] | None = None,
        least: int = 0,
        folder: str = "",
        waits: bool = True,
    ) -> None:
        """`free` gives the bytes left on the disk of `folder`; below `least` nothing is fetched.

        `waits`: whether a full disk is waited for, or ends the run: nobody may be there to make room.
        """
        self._clock = clock
        self._log = log
        self._metrics = metrics
        self._attempt = attempt
        self._stop = stop
        self._free = free
        self._least = least
        self._folder = folder
        self._waits = waits
        self._lock = threading.Lock()
        self._refused = 0
        self._full_since: float | None = None
        self._looked = float("-inf")

    def attempt(self, action: Callable[[], None]) -> None:
        """As the Attempt that was given; while that waits, fetching pauses."""
        refused = False

        def observed() -> None:
            nonlocal refused
            try:
                action()
            except Retryable:
                if not refused:
                    refused = True
                    self._count(1)
                raise

        try:
            self._attempt(observed)
        finally:
            if refused:
                self._count(-1)

    def __call__(self) -> None:
        """Return when something may be fetched.

        Raises Retryable when told to stop instead, Stopped for a full disk that is not waited for.
        """
        while self._refused or self._full():
            if self._stop():
                raise Retryable("stopped while collecting was paused")
            self._clock.sleep(_LOOK)

    def _count(self, by: int) -> None:
        with self._lock:
            self._refused += by
            if by > 0 and self._refused == 1:
                self._metrics.count("pauses")

    def _full(self) -> bool:
        """Whether the disk is; asked every other second, said once, and once more when it is over."""
        with self._lock:
            now = self._clock.monotonic()
            if self._free is None or now - self._looked < _DISK_EVERY:
                return self._full_since is not None
            self._looked = now
            free = self._free()
            if free < self._least and not self._waits:
                self._looked = float("-inf")  # who asks next is told the same
                raise Stopped(f"collect: {self._lacking(free)}; make room, and run it again")
            if free < self._least and self._full_since is None:
                self._full_since = now
                self._metrics.count("pauses")
                self._log.warning("collect: paused: %s; it goes on when there is room", self._lacking(free))
            elif free >= self._least and self._full_since is not None:
                self._log.warning("collect: going on after %.0f s: there is room again", now - self._full_since)
                self._full_since = None
            return self._full_since is not None

    def _lacking(self, free: int) -> str:
        return (
            f"{free / MIB:.1f} MiB are free on the disk of {self._folder}, at least {self._least / MIB:.0f} MiB are "
            "wanted (least_free_bytes)"
        )
