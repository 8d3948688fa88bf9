"""Dates as feeds write them -> what the publisher said, no more: a calendar day, or an instant with its own offset.

Nothing is converted and nothing invented: a time of day without an offset is no instant, so only its day is kept.
"""

from __future__ import annotations

import datetime
import re
from typing import Final

from exportwatch.model import Precision

_MOST_CHARACTERS: Final = 100
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# RFC 822 names North American zones; the others are what Korean, Japanese and Chinese feeds write. CST is left out:
# it is Chicago's in the one and Beijing's in the other, so its day is kept alone.
_ZONES: Final = {
    "z": "Z",
    "ut": "Z",
    "utc": "Z",
    "gmt": "Z",
    "est": "-05:00",
    "edt": "-04:00",
    "pst": "-08:00",
    "pdt": "-07:00",
    "jst": "+09:00",
    "kst": "+09:00",
    "hkt": "+08:00",
    "cet": "+01:00",
    "cest": "+02:00",
    "bst": "+01:00",
}
_TIME: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
_ZONE: Final = r"(?:\s*(?P<zone>[+-]\d{2}:?\d{2}|[A-Za-z]{1,5}))?"
_NUMERIC: Final = re.compile(
    r"^(?P<year>\d{4})\s*(?:[-/.]|年|년)\s*(?P<month>\d{1,2})\s*(?:[-/.]|月|월)\s*(?P<day>\d{1,2})\s*(?:\.|日|일)?"
    rf"(?:(?:\s*[Tt]\s*|\s+){_TIME}{_ZONE})?$"
)
_COMPACT: Final = re.compile(r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})$")
_MAIL: Final = re.compile(
    r"^(?:[A-Za-z]{3,9},?\s+)?(?P<day>\d{1,2})[\s-]+(?P<name>[A-Za-z]{3})[a-z]{0,6}[\s-]+(?P<year>\d{4}|\d{2})"
    rf"(?:\s+{_TIME}{_ZONE})?$"
)
_ERAS: Final = {"令和": 2018, "平成": 1988, "昭和": 1925}
_ERA: Final = re.compile(r"(令和|平成|昭和)\s*(元|\d{1,2})\s*年")
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_MOST_SEARCHED: Final = 1_000
_INSIDE: Final = re.compile(
    r"(?<!\d)\d{4}\s?(?:[-/.]|年|년)\s?\d{1,2}\s?(?:[-/.]|月|월)\s?\d{1,2}(?!\d)"
    rf"|(?<!\d)(?P<day>\d{{1,2}})\s(?P<month>{_MONTH})\s(?P<year>\d{{4}})(?!\d)"
    rf"|(?<![A-Za-z])(?P<us_month>{_MONTH})\s(?P<us_day>\d{{1,2}}),\s(?P<us_year>\d{{4}})(?!\d)",
    re.IGNORECASE,
)


def find(text: str) -> tuple[str, Precision]:
    """The first date in a line, as `published`: `[2024-11-15]`, `令和元年7月1日（月）`, `Posted on October 2, 2026`.

    Where the line is nothing but a date, its time and offset are kept.
    """
    line = _ERA.sub(_western, " ".join(text[:_MOST_SEARCHED].split()))
    whole = published(line)
    if whole[0]:
        return whole
    for match in _INSIDE.finditer(line):
        day, month = match["day"] or match["us_day"], match["month"] or match["us_month"]
        found = published(f"{day} {month.rstrip('.')} {match['year'] or match['us_year']}" if day else match[0])
        if found[0]:
            return found
    return "", "day"


def _western(era: re.Match[str]) -> str:
    return f"{_ERAS[era[1]] + (1 if era[2] == '元' else int(era[2]))}年"


def published(text: str) -> tuple[str, Precision]:
    """`YYYY-MM-DD` and `day`, or RFC 3339 and `second`; `("", "day")` for what is no date from 1900 to 2100."""
    text = " ".join(text[: _MOST_CHARACTERS + 1].split())
    if len(text) > _MOST_CHARACTERS:
        return "", "day"
    for pattern in (_NUMERIC, _COMPACT, _MAIL):
        if match := pattern.match(text):
            return _render(match.groupdict())
    return "", "day"


def _render(parts: dict[str, str | None]) -> tuple[str, Precision]:
    try:
        day = datetime.date(_year(parts["year"] or ""), _month(parts), int(parts["day"] or ""))
    except ValueError:
        return "", "day"
    if not 1900 <= day.year <= 2100:
        return "", "day"
    zone = _offset(parts.get("zone"))
    if not zone or parts.get("hour") is None:
        return day.isoformat(), "day"
    try:
        # A leap second (60) is written as the last second before it.
        second = min(int(parts.get("second") or 0), 59)
        time = datetime.time(int(parts["hour"] or ""), int(parts["minute"] or ""), second)
    except ValueError:
        return day.isoformat(), "day"
    return f"{day.isoformat()}T{time.isoformat()}{zone}", "second"


def _year(text: str) -> int:
    """RFC 822 allows two digits; RFC 2822 says which century they mean."""
    year = int(text)
    if len(text) == 4:
        return year
    return year + (2000 if year < 50 else 1900)


def _month(parts: dict[str, str | None]) -> int:
    name = parts.get("name")
    return _MONTHS.index(name.lower()) + 1 if name else int(parts["month"] or "")


def _offset(zone: str | None) -> str:
    """`Z` or `+09:00`; empty for none, an unknown name, or no real offset."""
    if not zone:
        return ""
    if zone[0] not in "+-":
        return _ZONES.get(zone.lower(), "")
    hours, minutes = zone[1:3], zone[-2:]
    return f"{zone[0]}{hours}:{minutes}" if int(hours) <= 15 and int(minutes) <= 59 else ""
