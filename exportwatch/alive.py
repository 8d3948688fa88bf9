"""Signs of life: a worker whose loop turns touches a file, and `exportwatch health` looks how long ago.

Every loop asks for the time between two things it does, at least every few seconds, also while it waits for a server.
So the clock is the pulse; threads beside the loop do not count.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from pathlib import Path
from typing import Final

from exportwatch.clock import SystemClock

EVERY: Final = 5.0
"""Seconds between two signs."""
FRESH: Final = 120.0
"""Seconds after which a worker without a sign is unwell: longer than any single call to a server may take."""


def _path(folder: Path, role: str) -> Path:
    return folder / "alive" / f"{role}@{socket.gethostname()}"


class Pulse(SystemClock):
    """Real time that leaves a sign whenever the thread that made it asks."""

    def __init__(self, folder: Path, role: str) -> None:
        super().__init__()
        self._path = _path(folder, role)
        self._thread = threading.get_ident()
        self._next = 0.0

    def now(self) -> int:
        self._beat()
        return super().now()

    def monotonic(self) -> float:
        self._beat()
        return super().monotonic()

    def sleep(self, seconds: float) -> None:
        self._beat()
        super().sleep(seconds)

    def _beat(self) -> None:
        at = time.monotonic()
        if at < self._next or threading.get_ident() != self._thread:
            return
        self._next = at + EVERY
        # A full disk is said by whoever has something to write; the sign is missed by `health`.
        with contextlib.suppress(OSError):
            try:
                os.utime(self._path)
            except FileNotFoundError:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._path.touch()


def silence(folder: Path, role: str) -> float | None:
    """Seconds since the last sign of a worker of the role on this machine and DATA; None if there never was one."""
    try:
        return max(0.0, time.time() - _path(folder, role).stat().st_mtime)
    except OSError:
        return None
