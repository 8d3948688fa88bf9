"""When a source is asked again: between its bounds, no sooner than its publisher wishes, and later after failures.

Pure: what the server said, what was found and how often it failed go in, seconds come out. Nothing is ever given up:
the longest wait is a day (or the source's own interval, where that is longer).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from exportwatch.httpdates import instant

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 24 * HOUR
LONGEST_WISH: Final = DAY
"""Seconds; a publisher that wishes to be left alone for longer (a year, by a forgotten setting) is not obeyed."""
GROWTH: Final = 1.5
JITTER: Final = 0.05
LEAST: Final = 1.0

Trouble = Literal["network", "busy", "refused", "gone", "unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How the waiting grows while a source goes on failing in one way. Seconds."""

    first: int
    """After the first failure; 0: the source's interval."""
    most: int
    steady: int = 1
    """So many failures in a row wait no longer than the first."""
    sooner: bool = False
    """Whether a source may be asked again before its interval is over."""

    def wait(self, failures: int, interval: int) -> int:
        """After so many failures in a row (1 is the first)."""
        first = self.first if self.sooner else max(self.first, interval)
        most = max(self.most, first) if not self.sooner else max(self.most, min(interval, DAY))
        return int(min(first * 2 ** min(max(failures - self.steady, 0), 30), most))


BACKOFF: Final[Mapping[Trouble, Backoff]] = MappingProxyType(
    {
        "network": Backoff(first=MINUTE, most=6 * HOUR, sooner=True),
        "busy": Backoff(first=15 * MINUTE, most=DAY),
        "refused": Backoff(first=HOUR, most=DAY),
        "gone": Backoff(first=6 * HOUR, most=DAY),
        "unreadable": Backoff(first=0, most=DAY, steady=2),
    }
)
"""network: nobody answers, or with an error of the server's own; busy: 429, 503; refused: 401, 403, 451, robots.txt;
gone: 404, 410; unreadable: it answers, and we can make nothing of it."""
_BY_STATUS: Final[Mapping[int, Trouble]] = MappingProxyType(
    {
        **dict.fromkeys((429, 503), "busy"),
        **dict.fromkeys((401, 403, 451), "refused"),
        **dict.fromkeys((404, 410), "gone"),
        **dict.fromkeys((408, 425), "network"),
    }
)
_BY_KIND: Final[Mapping[str, Trouble]] = MappingProxyType(
    {
        **dict.fromkeys(("name", "address", "connection", "certificate", "timeout", "protocol", "proxy"), "network"),
        "robots": "refused",
        "held": "busy",
    }
)
_DIRECTIVE: Final = re.compile(r"([a-z-]{1,30})(?:\s{0,5}=\s{0,5}\"?(\d{1,12})\b)?")


def trouble(kind: str, status: int = 0) -> Trouble:
    """Of a FetchFailed; any kind it does not know (a parser's, a schema's) is `unreadable`."""
    if kind != "status":
        return _BY_KIND.get(kind, "unreadable")
    return _BY_STATUS.get(status, "network" if status >= 500 else "unreadable")


def next_due(
    *,
    source: str,
    polls: int,
    interval: int,
    slowest: int = 0,
    quiet: int = 0,
    headers: Mapping[str, str] = MappingProxyType({}),
    now: int = 0,
    ttl: int = 0,
    failures: int = 0,
    trouble: Trouble | None = None,
    retry_after: int = 0,
) -> float:
    """Seconds until a source is asked again, never below LEAST.

    After a success (`trouble` None): `interval`, times GROWTH for each of `quiet` polls in a row that brought nothing
    new, up to `slowest`; not before what `headers` (lower-case, of the answer) and the feed's `ttl` wish. After a
    failure: by BACKOFF for `failures` in a row. In both cases not before `retry_after`. Wishes hold up to a day.
    `source` and `polls` (how often it was polled) spread the sources by up to JITTER to either side, but never to
    before a wish; `now` in milliseconds dates an `Expires` of a server without a clock.
    """
    asked = min(max(retry_after, 0), LONGEST_WISH)
    if trouble is not None:
        wait = float(_failing(trouble, failures, interval, retried=asked > 0))
    else:
        wait = min(interval * GROWTH ** min(max(quiet, 0), 60), float(max(slowest, interval)))
        asked = max(asked, min(max(ttl, lifetime(headers, now), 0), LONGEST_WISH))
    shift = spread(source, polls)
    return max(wait * (1 + shift), asked * (1 + abs(shift)), LEAST)


def _failing(trouble: Trouble, failures: int, interval: int, *, retried: bool) -> int:
    """A busy server that says when to come back is taken at its word, but for one that always says `at once`."""
    return BACKOFF["network" if trouble == "busy" and retried else trouble].wait(failures, interval)


def lifetime(headers: Mapping[str, str], now: int) -> int:
    """Seconds for which the answer is fresh, by Cache-Control or else Expires, less its Age; 0 for no wish."""
    said = dict[str, list[str]]()
    for name, value in _DIRECTIVE.findall(headers.get("cache-control", "")[:1000].lower()):
        said.setdefault(name, []).append(value)
    if said.keys() & {"no-cache", "no-store"}:
        return 0
    if ages := [int(value) for value in said.get("max-age", ()) if value]:
        fresh = min(ages)
    else:
        until = instant(headers.get("expires", ""))
        fresh = (until - (instant(headers.get("date", "")) or now)) // 1000 if until else 0
    age = headers.get("age", "")
    return max(fresh - (int(age) if age.isdecimal() and len(age) < 12 else 0), 0)


def spread(source: str, polls: int) -> float:
    """Between -JITTER and JITTER, the same for the same source and poll, so that sources do not come in step."""
    drawn = int.from_bytes(hashlib.blake2b(f"{source}\0{polls}".encode(), digest_size=4).digest())
    return JITTER * (2 * drawn / 0xFFFFFFFF - 1)
