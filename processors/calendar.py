"""Days reckoned from the day of publication: years that are not said, weekdays, months of eras, terms after a day.

Every function answers a day or None; None where the words fit two days alike, or none.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from exportwatch.eras import ERAS

_DIGITS: Final = {character: number for number, character in enumerate("〇一二三四五六七八九")}
_WORDS: Final = {
    **{"ten": 10, "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30, "forty five": 45, "sixty": 60},
    **{"ninety": 90, "six": 6, "three": 3, "one": 1, "two": 2, "twelve": 12, "seven": 7},
}
# A day and month without a year are of the year that brings them within five months of the day of publication.
_NEAR: Final = 150
_NEXT_YEAR: Final = frozenset({"来年", "明年", "翌年", "내년", "next year"})
_LAST_YEAR: Final = frozenset({"去年", "昨年", "지난해", "작년", "last year"})
_THIS_YEAR: Final = frozenset({"今年", "本年", "올해", "금년", "this year"})


def number(text: str) -> int | None:
    """A number in figures, in Han characters (二十一, 二〇二四) or in one English word."""
    if text.isascii():
        return int(text) if text.isdigit() else _WORDS.get(text.replace("-", " "))
    if text == "元":
        return 1
    if any(character in "十百" for character in text):
        return _counted(text)
    value = 0
    for character in text:
        if character not in _DIGITS:
            return None
        value = value * 10 + _DIGITS[character]
    return value


def _counted(text: str) -> int | None:
    total = units = 0
    for character in text:
        if character in "十百":
            total += (units or 1) * (10 if character == "十" else 100)
            units = 0
        elif character in _DIGITS:
            units = _DIGITS[character]
        else:
            return None
    return total + units


def day(year: int | None, month: int | None, day_of_month: int | None) -> date | None:
    """The calendar day, where there is such a day between 1900 and 2100."""
    if not (year and month and day_of_month) or not 1900 <= year <= 2100:
        return None
    try:
        return date(year, month, day_of_month)
    except ValueError:
        return None


def year_of_era(era: str, year: str) -> int | None:
    """令和 and 7 are 2025, 民國 and 113 are 2024."""
    counted = number(year)
    return ERAS[era] + counted if counted else None


def in_year(word: str, month: int, day_of_month: int, published: date) -> date | None:
    """A day of this, the next or the last year as seen from the day of publication."""
    shift = 1 if word in _NEXT_YEAR else -1 if word in _LAST_YEAR else 0 if word in _THIS_YEAR else None
    return None if shift is None else day(published.year + shift, month, day_of_month)


def nearest(month: int, day_of_month: int, published: date, role: str) -> date | None:
    """The day of this name near publication: not before it for an end to come, not after it for what was announced."""
    around = (day(published.year + shift, month, day_of_month) for shift in (-1, 0, 1))
    found = [candidate for candidate in around if candidate]
    if role == "expires":
        found = [candidate for candidate in found if candidate >= published - timedelta(days=31)]
        return min(found, default=None)
    if role == "announced":
        found = [candidate for candidate in found if candidate <= published]
    close = [candidate for candidate in found if abs((candidate - published).days) <= _NEAR]
    return min(close, key=lambda candidate: abs((candidate - published).days), default=None)


def of_month(day_of_month: int, published: date, lean: int) -> date | None:
    """A bare day of the month: the next one for lean 1, the last one for -1, of the month of publication for 0."""
    this = day(published.year, published.month, day_of_month)
    if not lean or (this and (this > published if lean > 0 else this <= published)):
        return this
    return in_month(lean, day_of_month, published)


def in_month(shift: int, day_of_month: int, published: date) -> date | None:
    """A day of the month this many months from that of publication."""
    months = published.year * 12 + published.month - 1 + shift
    return day(months // 12, months % 12 + 1, day_of_month)


def weekday(index: int, published: date, when: str) -> date | None:
    """Monday is 0. `last` looks back (the day itself counts), `coming` ahead, `next` to the week after."""
    ahead = (index - published.weekday()) % 7
    if when == "last":
        return published - timedelta(days=-ahead % 7)
    if when == "week after":
        return published + timedelta(days=7 - published.weekday() + index)
    if not ahead:
        return published + timedelta(days=7) if when == "next" else None  # from Monday, said on a Monday
    coming = published + timedelta(days=ahead)
    # `next Friday` on a Wednesday is two days to one reader and nine to another
    return None if when == "next" and coming.isocalendar().week == published.isocalendar().week else coming


def after(start: date, amount: int, unit: str, extra_days: int = 0) -> date | None:
    """So many days, weeks, months or years later; the last day of a shorter month."""
    if amount > 1_000:
        return None
    if unit in ("day", "week"):
        return start + timedelta(days=amount * (7 if unit == "week" else 1) + extra_days)
    months = start.year * 12 + start.month - 1 + amount * (12 if unit == "year" else 1)
    for last in range(start.day, 27, -1):
        if found := day(months // 12, months % 12 + 1, last):
            return found + timedelta(days=extra_days)
    found = day(months // 12, months % 12 + 1, start.day)
    return found + timedelta(days=extra_days) if found else None


def last_day(year: int, month: int) -> date | None:
    """The last day of a month."""
    first = day(year, month, 1)
    next_month = first and day(year + month // 12, month % 12 + 1, 1)
    return next_month - timedelta(days=1) if next_month else None
