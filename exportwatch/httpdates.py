"""Dates in HTTP headers."""

from __future__ import annotations

import datetime
from email.utils import parsedate_to_datetime
from typing import Final

_LONGEST: Final = 64


def instant(value: str) -> int:
    """Milliseconds since the epoch of an HTTP date, 1 for the epoch and before; 0 for what is no date."""
    if not value or len(value) > _LONGEST:
        return 0
    try:
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.UTC)
        return max(int(moment.timestamp() * 1000), 1)
    except (ValueError, TypeError, OverflowError, IndexError):
        return 0


def seconds_until(value: str, now: int) -> int:
    """Of a Retry-After: its seconds, or those from `now` (milliseconds) to its date; 0 for anything else."""
    value = value.strip()
    if value.isdecimal():
        return int(value) if len(value) < 10 else 10**9
    return max((instant(value) - now) // 1000, 0) if value else 0
