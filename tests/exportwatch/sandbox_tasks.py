"""What the sandbox's tests run in its children: well-behaved, broken and hostile functions."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from exportwatch.errors import BadRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A dataclass with bytes and text, to be sent both ways."""

    name: str
    data: bytes
    labels: tuple[str, ...] = ()


def echo(parcel: Parcel, times: int = 1) -> Parcel:
    return Parcel(name=parcel.name * times, data=parcel.data, labels=parcel.labels)


def plain(value: dict[str, object]) -> dict[str, object]:
    return value


def pid() -> int:
    return os.getpid()


def environment() -> dict[str, str]:
    return dict(os.environ)


def spin(seconds: float) -> float:
    """Use CPU."""
    begin = time.process_time()
    while time.process_time() - begin < seconds:
        pass
    return seconds


def hold(announce: str) -> None:
    """Never return and never let another thread run: a regular expression that backtracks for years."""
    Path(announce).write_text(str(os.getpid()))
    re.match(r"(a+)+$", "a" * 100 + "b")


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def await_file(path: str) -> str:
    while not Path(path).exists():
        time.sleep(0.01)
    return "found"


def hoard(mebibytes: int) -> int:
    """Take memory and keep it."""
    _HOARD.append(bytearray(os.urandom(1)) * (mebibytes * 1024 * 1024))
    return len(_HOARD)


def abort(last_words: str) -> None:
    print(last_words, file=sys.stderr, flush=True)
    os.abort()


def leave(code: int) -> None:
    os._exit(code)


def refuse(reason: str) -> None:
    raise BadRecord(reason)


def break_down(reason: str) -> None:
    raise ValueError(reason)


def sink(depth: int) -> int:
    return sink(depth + 1)


def surrogate() -> str:
    return "\ud800"


def chatter(lines: int) -> int:
    """Print much on both streams, more than pipes hold."""
    for number in range(lines):
        print("x" * 100, number)
        print("y" * 100, number, file=sys.stderr)
    return lines


def die_once(marker: str) -> str:
    """End by SIGKILL as if the system had done it, but only the first time."""
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def die_always() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


_HOARD: list[bytearray] = []
