"""Named points at which a test can kill a worker: the setting `fault` is NAME or NAME:N (the Nth pass)."""

from __future__ import annotations

import os
import signal
from typing import Final

from exportwatch.errors import Misconfigured

POINTS: Final = (
    "after-send",
    "after-flush",
    "before-commit",
    "ledger-made",
    "due-made",
    "message-sent",
    "message-recorded",
)


class Faults:
    """Passes every point, or dies by SIGKILL at one."""

    def __init__(self, spec: str = "") -> None:
        name, _, nth = spec.partition(":")
        if name and (name not in POINTS or not (nth or "1").isdecimal()):
            raise Misconfigured(f"fault {spec!r} is not NAME or NAME:N with NAME one of {', '.join(POINTS)}")
        self._name = name
        self._left = int(nth or "1")

    def point(self, name: str) -> None:
        """Mark a place in the code; `name` is one of POINTS."""
        if name != self._name:
            return
        self._left -= 1
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
