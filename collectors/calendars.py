"""Dates in the manner of one country -> digits: eras, Chinese numerals, names of months, parts of the day.

`in_digits` rewrites a line so that `collectors.dates` finds `2025-3-31 14:30` in it; all else of the line stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from exportwatch.eras import ERAS

_MONTHS: Final = (
    "jan january januar januari janvier janv enero ene gennaio gen janeiro ιαν ιανουαριου январь января янв ocak",
    "feb february februar februari fevrier fevr febrero febbraio fevereiro fev φεβ φεβρουαριου февраль февраля фев "
    "subat",
    "mar march marz mrz maart mrt mars marzo marco μαρ μαω μαρτιου марта март мар marcius mart",
    "apr april avril avr abril abr aprile απρ απριλιου апреля апрель апр aprilis nisan",
    "may mai mei mayo maggio mag maio μαι μαιου мая май majus mayis mayıs",
    "jun june juni juin junio giugno giu junho ιουν ιον ιουνιου июня июнь июн junius haziran",
    "jul july juli juillet juil julio luglio lug julho ιουλ ιολ ιουλιου июля июль июл julius temmuz",
    "aug august augustus aout agosto ago αυγ αυγουστου августа август авг augusztus agustos",
    "sep sept september septembre septiembre settembre set setembro σεπ σεπτεμβριου сентября сентябрь сен szeptember "
    "eylul",
    "oct october okt oktober octobre octubre ottobre ott outubro out οκτ οκτωβριου октября октябрь окт ekim",
    "nov november novembre noviembre novembro νοε νοεμβριου ноября ноябрь ноя kasim kasım",
    "dec december dez dezember decembre diciembre dic dicembre dezembro δεκ δεκεμβριου декабря декабрь дек aralik "
    "aralık",
)
"""Of twelve languages, without accents: names, genitives and what they are shortened to."""
_ENGLISH: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_INITIALS: Final = {"R": 2018, "H": 1988}
_DIGITS: Final = {
    **{digit: value for value, digit in enumerate("〇一二三四五六七八九")},
    **{"○": 0, "零": 0, "◯": 0},
}
_HAN: Final = "〇○◯零一二三四五六七八九十百千"
_HAN_YEAR: Final = re.compile(rf"([{_HAN}]{{1,7}})(?=\s?年)")
_HAN_MONTH: Final = re.compile(rf"(?<=年)(\s?)([{_HAN}]{{1,3}})(?=\s?月)")
_HAN_DAY: Final = re.compile(rf"(?<=月)(\s?)([{_HAN}]{{1,4}})(?=\s?[日號号])")
_ERA: Final = re.compile(r"(令和|平成|昭和|大正|明治|(?:中華|中华)?(?:民國|民国))\s?(元|\d{1,3})\s?年")
_INITIAL: Final = re.compile(r"(?<![A-Za-z])([RH])\s?(元|\d{1,2})\s?[.年/-]\s?(\d{1,2})\s?[.月/-]\s?(\d{1,2})(?!\d)日?")
_REPUBLIC: Final = re.compile(r"^(1[0-4]\d)([./-])(\d{1,2})\2(\d{1,2})(?![\d./-])")
_REPUBLIC_YEAR: Final = re.compile(
    r"(?<![\d.,])(0[89]\d|1[0-4]\d|150)\s?年(?=\s?\d{1,2}\s?月\s?\d{1,2}(?:\s?[日號号]|(?!\d)))"
)
"""113年9月1日; no other calendar writes whole days of years so short."""
_SHORT: Final = re.compile(r"(?<!\w)['’‘](\d{2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)")
_DAY: Final = re.compile(r"(?<!\d)(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})(?:\s?[日號号일]|(?!\d))")
_OF_THE_WEEK: Final = re.compile(
    r"\s?(?:[(\[]\s?[月火水木金土日一二三四五六월화수목금토일](?:曜日?|요일)?(?:[・･/](?:祝|休))?\s?[)\]]"
    r"|[(\[]?\s?(?:[月火水木金土日]曜日?|[월화수목금토일]요일|(?:星期|周|週|禮拜|礼拜)[一二三四五六日天])\s?[)\]]?),?\s?"
)
_AFTERNOON: Final = frozenset({"오후", "下午", "午後", "晚上", "PM", "pm"})
_CLOCK: Final = re.compile(
    r"(?<![\d:])(?:(?P<half>오전|오후|上午|下午|午前|午後|凌晨|早上|中午|晚上|AM|PM|am|pm)\s?)?(?P<hour>\d{1,2})"
    r"(?:(?::(?P<minute>\d{2})(?::(?P<second>\d{2}))?)"
    r"|\s?(?:時|时|点|點|시)(?:\s?(?P<minutes>\d{1,2})\s?(?:分|분)(?:\s?(?P<seconds>\d{1,2})\s?(?:秒|초))?|\s?(?P<half_past>半))?)"
    r"(?![\d])"
)


def _folded(name: str) -> str:
    """In lower case and without accents."""
    decomposed = unicodedata.normalize("NFD", name.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


_NUMBERS: Final = {_folded(name): number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}


def month(name: str) -> int:
    """1 to 12; raises ValueError for what is no name of a month in the languages known here."""
    folded = _folded(name)
    if folded in _NUMBERS:
        return _NUMBERS[folded]
    return _ENGLISH.index(folded[:3]) + 1


def in_digits(line: str) -> str:
    """The line in NFKC with every date and time of day of such a manner in digits: `2025-3-31 14:30`."""
    if line.isascii():
        return _SHORT.sub(_short, _INITIAL.sub(_initial, _REPUBLIC.sub(_republic, line)))
    line = unicodedata.normalize("NFKC", line).replace("\u2212", "-")
    for pattern, replacement in _STEPS:
        line = pattern.sub(replacement, line)
    return " ".join(line.split())


def _han(match: re.Match[str]) -> str:
    return str(_number(match[1]))


def _han_after(match: re.Match[str]) -> str:
    return f"{match[1]}{_number(match[2])}"


def _number(numerals: str) -> int:
    """二〇二四 -> 2024, 十二 -> 12, 一百一十三 -> 113, 二千二十四 -> 2024."""
    if not set(numerals) & set("十百千"):
        return int("".join(str(_DIGITS[numeral]) for numeral in numerals))
    total, digit = 0, 0
    for numeral in numerals:
        if numeral in "十百千":
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[numeral]
            digit = 0
        else:
            digit = _DIGITS[numeral]
    return total + digit


def _era(match: re.Match[str]) -> str:
    name = match[1].removeprefix("中華").removeprefix("中华")
    return f"{ERAS[name] + (1 if match[2] == '元' else int(match[2]))}年"


def _initial(match: re.Match[str]) -> str:
    year = _INITIALS[match[1]] + (1 if match[2] == "元" else int(match[2]))
    return f"{year}-{match[3]}-{match[4]}"


def _republic(match: re.Match[str]) -> str:
    return f"{int(match[1]) + 1911}-{match[3]}-{match[4]}"


def _republic_year(match: re.Match[str]) -> str:
    return f"{int(match[1]) + 1911}年"


def _short(match: re.Match[str]) -> str:
    return f"20{match[1]}-{match[3]}-{match[4]}"


def _clock(match: re.Match[str]) -> str:
    hour = int(match["hour"])
    if match["half"] in _AFTERNOON and 1 <= hour < 12:
        hour += 12
    elif match["half"] and match["half"] not in _AFTERNOON and match["half"] != "中午" and hour == 12:
        hour = 0
    minute = match["minute"] or match["minutes"] or ("30" if match["half_past"] else "00")
    second = match["second"] or match["seconds"]
    return f"{hour:02}:{int(minute):02}" + (f":{int(second):02}" if second else "")


_STEPS: Final[tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = (
    (_OF_THE_WEEK, " "),
    (_HAN_YEAR, _han),
    (_ERA, _era),
    (_HAN_MONTH, _han_after),
    (_HAN_DAY, _han_after),
    (_INITIAL, _initial),
    (_REPUBLIC, _republic),
    (_REPUBLIC_YEAR, _republic_year),
    (_SHORT, _short),
    (_DAY, r"\1-\2-\3 "),
    (_CLOCK, _clock),
)
