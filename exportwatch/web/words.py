"""Numbers, spans and instants in English words."""

from __future__ import annotations

from typing import Final

_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def count(number: int, what: str) -> str:
    """`1 document`, `2,000 documents`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def span(seconds: int) -> str:
    """`90 minutes`, `6 hours`, `7 days`: in the largest unit of which there are at least two, or just one."""
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= 2 * size or seconds == size), (1, "second"))
    return unit if seconds == size else count(round(seconds / size), unit)


def moment(instant: int, now: int) -> str:
    """`3 minutes ago`, `in 2 hours`; both in milliseconds since the epoch."""
    seconds = abs(now - instant) // 1000
    if seconds < 5:
        return "now"
    size, unit = next((size, unit) for size, unit in _UNITS if seconds >= size)
    words = count(seconds // size, unit)
    return f"in {words}" if instant > now else f"{words} ago"


def size(size: int) -> str:
    """`612 bytes`, `14.2 KB`, `3.1 MB`."""
    if size < 1000:
        return count(size, "byte")
    return f"{size / 1000:,.1f} KB" if size < 1_000_000 else f"{size / 1_000_000:,.1f} MB"
