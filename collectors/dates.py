"""Dates as publishers write them -> what they said, no more: a calendar day, or an instant with its own offset.

Nothing is converted and nothing invented: a time of day without an offset is no instant unless its zone is known, so
only its day is kept; a year or a month alone is no day. What is written in the manner of one country (eras, numerals,
names of months, parts of the day) is put into digits first (collectors.calendars).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import Final

from collectors import calendars, zones
from collectors.sources import DateRule
from exportwatch.model import Precision

_MOST_CHARACTERS: Final = 200
_MOST_SEARCHED: Final = 1_000
_NOTHING: Final[tuple[str, Precision]] = ("", "day")

_TIME: Final = (
    r"(?P<hour>\d{1,2})[:h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,12})?)?"
    r"(?P<half>\s?[AaPp]\.?[Mm](?![A-Za-z])\.?)?"
)
_ZONE: Final = (
    r"(?:\s?(?P<zone>[Zz](?![A-Za-z])|(?:[A-Za-z]{2,5})?[+-]\d{1,2}(?::?\d{2})?(?!\d)"
    r"|[A-Za-z][A-Za-z_]{0,20}(?:/[A-Za-z_]{1,30}){0,2}))?"
)
_CLOCK: Final = rf"{_TIME}{_ZONE}"
_AFTER: Final = rf"(?:(?:\s?[Tt]\s?|,?\s|,|-)(?:at\s|@\s|-\s)?{_CLOCK})?"
_NAME: Final = r"(?P<name>[^\W\d_]{3,12})\.?"
_WHOLE: Final = tuple(
    re.compile(pattern + r"(?:\s?\([^()]{0,40}\))?\.?")
    for pattern in (
        # 16 Dec 2019 09:30:00 +0900; 16-Dec-19; 16. Dezember 2019; 16th of December, 2019
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?(?:\s?[-/]\s?|\s|\sof\s|\sde\s){_NAME}(?:\s?[-/]\s?|,?\s|\sde\s)(?P<year>\d{{4}}|\d{{2}})(?!\d){_AFTER}",
        # 2019-12-16T09:30:00+09:00; 2019. 12. 16.; 2019/12/16
        rf"(?P<year>\d{{4}})\s?[-/.]\s?(?P<month>\d{{1,2}})\s?[-/.]\s?(?P<day>\d{{1,2}})(?!\d)\.?{_AFTER}",
        # 20191216; 20191216T093000Z; 20191216093000
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:[Tt]?(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})"
        rf"(?:[.,]\d{{1,12}})?)?(?P<half>)?{_ZONE})?",
        # December 16, 2019 9:30 PM EST; Dec 16 2019
        rf"{_NAME}\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s?|\s)(?P<year>\d{{4}})(?!\d){_AFTER}",
        # Dec 16 09:30:00 KST 2019
        rf"{_NAME}\s(?P<day>\d{{1,2}})\s{_CLOCK}\s(?P<year>\d{{4}})",
        # 2019-Dec-16; 2004-július-13T9:15-05:00; 2019 Dec 16
        rf"(?P<year>\d{{4}})(?:-|\.?\s){_NAME}(?:-|\s)(?P<day>\d{{1,2}})(?!\d)\.?{_AFTER}",
        # 16.12.2019, as written where dots are
        rf"(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}})(?!\d){_AFTER}",
        # 2019-W51-1, 2019-350
        rf"(?P<year>\d{{4}})-?[Ww](?P<week>\d{{2}})-?(?P<weekday>[1-7]){_AFTER}",
        rf"(?P<year>\d{{4}})-(?P<ordinal>\d{{3}})(?!\d){_AFTER}",
    )
)
_MONTH: Final = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[A-Za-z]{0,6}"
_NEAR: Final = (
    rf"(?:(?:[Tt]|,?\s)(?:at\s)?{_TIME}"
    r"(?:\s?(?P<zone>[+-]\d{2}:?\d{2}(?!\d)|Z|[A-Z]{2,5}(?![A-Za-z])))?)?"
)
_INSIDE: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![\d.])(?P<year>\d{{4}})\s?[-/.]\s?(?P<month>\d{{1,2}})\s?[-/.]\s?(?P<day>\d{{1,2}})(?!\d)\.?{_NEAR}",
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-](?P<name>{_MONTH})\.?,?[\s-](?P<year>\d{{4}})(?!\d){_NEAR}",
        rf"(?<![A-Za-z])(?P<name>{_MONTH})\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>\d{{4}})(?!\d){_NEAR}",
    )
)
_WEEKDAY: Final = re.compile(r"(?:[^\W\d_]{1,15}\.?,\s?|[^\W\d_]{2,15}\.?\s)(?=[\d\w])")


def published(text: str, zone: str = "") -> tuple[str, Precision]:
    """`YYYY-MM-DD` and `day`, or RFC 3339 and `second`; `("", "day")` for what is no date from 1900 to 2100.

    `zone`: an IANA name or `+09:00`, of times of day that are written without an offset (`zones.known`).
    """
    text = " ".join(text[: _MOST_CHARACTERS + 1].split())
    return _whole(calendars.in_digits(text), zone) if len(text) <= _MOST_CHARACTERS else _NOTHING


def find(text: str, zone: str = "") -> tuple[str, Precision]:
    """The first date in a line, as `published`: `[2024-11-15]`, `令和元年7月1日（月）`, `Posted on October 2, 2026`."""
    line = calendars.in_digits(" ".join(text[:_MOST_SEARCHED].split()))
    if len(line) <= _MOST_CHARACTERS:
        whole = _whole(line, zone)
        if whole[0]:
            return whole
    matches = sorted((match for each in _INSIDE for match in each.finditer(line)), key=lambda match: match.start())
    return next((found for found in (_render(match.groupdict(), zone) for match in matches) if found[0]), _NOTHING)


def dated(texts: Iterable[str], rule: DateRule | None, id: str) -> tuple[str, Precision]:
    """The first of the texts that is, or else holds, a date, understood by a source's rule; `id`: of its release.

    The day that the id names holds above another one; an instant on that day says more, and is kept.
    """
    rule = rule or DateRule()
    numbered = re.search(rule.id_pattern, id) if rule.id_pattern else None
    day, _ = published("-".join(numbered.groups()[:3])) if numbered else _NOTHING
    listed = _listed(texts, rule) if rule.listed == "published" else _NOTHING
    if day and listed[0][:10] != day:
        return day, "day"
    return (listed[0][:10], "day") if rule.precision == "day" else listed


def _listed(texts: Iterable[str], rule: DateRule) -> tuple[str, Precision]:
    for text in filter(None, texts):
        found = published(text, rule.zone)
        found = found if found[0] else find(text, rule.zone)
        if found[0]:
            return found
    return _NOTHING


def _whole(text: str, zone: str) -> tuple[str, Precision]:
    for candidate in (text, _without_weekday(text)):
        for pattern in _WHOLE if candidate else ():
            if match := pattern.fullmatch(candidate):
                found = _render(match.groupdict(), zone)
                if found[0]:
                    return found
    return _NOTHING


def _without_weekday(text: str) -> str:
    """Without the word it begins with; empty where there is none. What a comma ends is no month."""
    match = _WEEKDAY.match(text)
    return text[match.end() :] if match else ""


def _render(parts: dict[str, str | None], zone: str) -> tuple[str, Precision]:
    try:
        day = _day(parts)
    except ValueError:
        return _NOTHING
    if not 1900 <= day.year <= 2100:
        return _NOTHING
    moment = _moment(day, parts)
    offset = zones.offset(parts.get("zone") or "", zone, moment) if moment is not None else ""
    if moment is None or not offset:
        return day.isoformat(), "day"
    return f"{moment.isoformat()}{offset}", "second"


def _day(parts: dict[str, str | None]) -> datetime.date:
    year = _year(parts["year"] or "")
    if week := parts.get("week"):
        return datetime.date.fromisocalendar(year, int(week), int(parts["weekday"] or ""))
    if ordinal := parts.get("ordinal"):
        day = datetime.date(year, 1, 1) + datetime.timedelta(int(ordinal) - 1)
        if day.year != year:
            raise ValueError(ordinal)
        return day
    name = parts.get("name")
    month = calendars.month(name) if name else int(parts["month"] or "")
    return datetime.date(year, month, int(parts["day"] or ""))


def _moment(day: datetime.date, parts: dict[str, str | None]) -> datetime.datetime | None:
    """The local time; None where there is none. 24:00 is the midnight that ends a day, a leap second the one before."""
    if parts.get("hour") is None:
        return None
    hour, minute = int(parts["hour"] or ""), int(parts["minute"] or "")
    half = (parts.get("half") or "").strip().lower()[:1]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    second = min(int(parts.get("second") or 0), 59)
    try:
        if (hour, minute, second) == (24, 0, 0):
            return datetime.datetime.combine(day + datetime.timedelta(1), datetime.time())
        return datetime.datetime.combine(day, datetime.time(hour, minute, second))
    except (ValueError, OverflowError):
        return None


def _year(text: str) -> int:
    """RFC 822 allows two digits; RFC 2822 says which century they mean."""
    year = int(text)
    if len(text) == 4:
        return year
    return year + (2000 if year < 50 else 1900)
