"""The day on which a page was published, by the best evidence there is; the only module that knows htmldate.

In this order: what the page's data and metadata say, the day in its address, a day beside a word that says it is the
day of publication, a day by itself under the headline, the only day that has a line to itself, and htmldate's guess.
A day is the publisher's calendar day and is never converted.
"""

from __future__ import annotations

import copy
import datetime
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from exportwatch import linkeddata
from exportwatch.blocks import Block, heard, is_aside, width
from exportwatch.eras import ERAS

EARLIEST: Final = "1990-01-01"
"""No page is older; earlier days are those of laws, and of clocks that were not set."""
NEAR: Final = 8
"""A day stands at most so many lines below the headline it belongs to."""
NEAR_BEFORE: Final = 3
"""A day stands at most so many lines above the headline it belongs to."""
ALONE: Final = 60
"""A line no wider than this that holds a day says little else."""
LABELLED: Final = 400
"""Label and day are looked for within lines no longer than this."""

_NUMERALS: Final = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "○": 0,
    "Ｏ": 0,
    "元": 1,
}
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_TENS: Final = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_DATE: Final = re.compile(
    rf"(?P<era>令和|平成|昭和|民國|民国)\s*(?P<of>元|\d{{1,3}}|{_TENS})\s*[年.]\s*(?P<em>{_TENS})\s*[月.]\s*(?P<ed>{_TENS})\s*日?"
    r"|(?<!\d)(?P<y>\d{4})\s?(?:[-/.]|年|년)\s?(?P<m>\d{1,2})\s?(?:[-/.]|月|월)\s?(?P<d>\d{1,2})(?!\d)\s?(?:日|일)?"
    rf"|(?P<cy>[〇零○一二三四五六七八九]{{4}})年(?P<cm>{_TENS})月(?P<cd>{_TENS})日"
    rf"|(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\sof)?[\s-](?P<month>{_MONTH}),?[\s-](?P<year>\d{{4}})(?!\d)"
    rf"|(?<![a-z])(?P<us_month>{_MONTH})\s(?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<us_year>\d{{4}})(?!\d)",
    re.IGNORECASE,
)
_REPUBLIC: Final = re.compile(
    r"(?P<y>0[89]\d|1[0-4]\d|150)\s?(?:[-/.]|年)\s?(?P<m>\d{1,2})\s?(?:[-/.]|月)\s?(?P<d>\d{1,2})(?!\d)\s?日?"
)
"""113-04-01, 113年4月1日: years of the Republic of China, where a page in Traditional Chinese gives its day."""
_TRADITIONAL: Final = re.compile(r"zh[-_](?:hant|tw|hk|mo)(?![a-z])", re.IGNORECASE)
_TRADITIONAL_LABEL: Final = re.compile("[發佈張間]")
"""Labels of that script alone, for the pages that do not declare theirs."""
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What pages hold all the same, and no tree of theirs takes back."""
_COMPACT: Final = re.compile(r"\s*(\d{4})(\d{2})(\d{2})(?:\d{2}|\d{4}|\d{6})?(?:\D|$)")
_IN_URL: Final = re.compile(
    r"(?<!\d)((?:19|20)\d{2})"
    r"(?:/(\d{2})/(\d{2})|/(\d{2})(\d{2})|-(\d{1,2})-(\d{1,2})|(\d{2})(\d{2})(?:\d{1,4}|\d{6})?)(?!\d)"
)

# In the order in which they are believed; `date` alone may be any day.
_META: Final = (
    *("article:published_time", "og:published_time", "og:article:published_time", "article:published"),
    *("datepublished", "pubdate", "bt:pubdate", "publishdate", "publish_date", "publish-date", "publicationdate"),
    *("publication_date", "publishtime", "publish_time", "firstpublishedtime", "article:create_at"),
    *("parsely-pub-date", "sailthru.date", "createdate", "dcterms.issued", "dc.date.issued", "dc.date.published"),
    *("dcterms.created", "dc.date.created", "release_date", "citation_publication_date", "citation_online_date"),
    *("citation_date", "article_date_original", "date.release", "date", "dc.date", "dcterms.date", "displaydate"),
)
_PUBLISHED: Final = re.compile(
    r"(?:발행일|등록일|작성일|게시일|게재일|배포일|보도일|공고일|고시일|공포일|입력|등록|게시|승인|기사입력|최초입력"
    r"|公布日期|公布时间|发布时间|发布日期|发稿时间|时间|日期|發布日期|發佈日期|發布時間|公告日期|張貼日期|刊登日期|上版日期|日期"
    r"|掲載日|公開日|公表日|発表日|発行日|配信日|投稿日|登録日|掲載|公開"
    r"|(?<![a-z])(?:(?:first )?published|posted|released?|issued)(?: on| date| at|:)?"
    r"|(?<![a-z])(?:release |publication |issue )?date(?: of (?:publication|issue))?(?: published| posted)?)"
    r"(?:时间|日時|시간|일시|日)?[\s:：|\[\]【】〕)]{1,6}",
    re.IGNORECASE,
)
_CHANGED: Final = re.compile(
    r"更新日|最終更新|更新时间|更新日期|更新時間|수정일|최종수정|成文日期|发文日期|updated", re.IGNORECASE
)


def find(tree: Any, blocks: Sequence[Block], headline: str, url: str, latest: str, lang: str = "") -> str:
    """The day as `YYYY-MM-DD`, not after the day `latest` (if that is given); empty where none is found.

    `lang`: as the page declares it. One in Traditional Chinese may count the years of the Republic behind a label.
    """
    republic = bool(_TRADITIONAL.match(lang))
    lines = [unicodedata.normalize("NFKC", block.text[:LABELLED]) for block in blocks]
    place = _headline_at(blocks, headline)
    beside: list[Callable[[], str]] = [
        lambda: _labelled(blocks, lines, place, latest, republic),
        lambda: _near(blocks, lines, place, latest),
    ]
    for day, in_utc in _structured(tree):
        if _possible(day, latest):
            shown = next(filter(None, (look() for look in beside)), "") if in_utc else ""
            return shown if shown and _days_between(shown, day) == 1 else day
    others: list[Callable[[], str]] = [lambda: _in_url(url, latest), *beside, lambda: _alone(blocks, lines, latest)]
    if found := next(filter(None, (look() for look in others)), ""):
        return found
    return _guessed(tree, url, latest) or _changed(lines, latest)


def day_in(text: str) -> str:
    """The first day of a text as `YYYY-MM-DD`: 2019-07-01, 2019. 7. 1., 令和元年7月1日, 1 July 2019."""
    return next((day for _, day in _days_in(text)), "")


def _days_in(text: str) -> Iterator[tuple[re.Match[str], str]]:
    for found in _DATE.finditer(text):
        if day := _iso(found):
            yield found, day


def _iso(found: re.Match[str]) -> str:
    part = found.groupdict()
    if part["era"]:
        year, month, day = ERAS[part["era"]] + _number(part["of"]), _number(part["em"]), _number(part["ed"])
    elif part["y"]:
        year, month, day = int(part["y"]), int(part["m"]), int(part["d"])
    elif part["cy"]:
        year = int("".join(str(_NUMERALS[character]) for character in part["cy"]))
        month, day = _number(part["cm"]), _number(part["cd"])
    else:
        name = (part["month"] or part["us_month"]).lower()[:3]
        year, month, day = (
            int(part["year"] or part["us_year"]),
            _MONTHS.index(name) + 1,
            int(part["day"] or part["us_day"]),
        )
    return _calendar(year, month, day)


def _of_the_republic(text: str) -> str:
    """The day that a text begins with, its year counted from 1912."""
    found = _REPUBLIC.match(text)
    return _calendar(1911 + int(found["y"]), int(found["m"]), int(found["d"])) if found else ""


def _number(text: str) -> int:
    """12, 元 (1), 十二, 二十三."""
    if text.isdecimal():
        return int(text)
    tens, ten, units = text.rpartition("十")
    return (10 * (_NUMERALS.get(tens, 0) if tens else 1) if ten else 0) + _NUMERALS.get(units, 0)


def _calendar(year: int, month: int, day: int) -> str:
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return ""


def _possible(day: str, latest: str) -> bool:
    return day >= EARLIEST and (not latest or day <= latest)


def _days_between(one: str, other: str) -> int:
    return abs((datetime.date.fromisoformat(one) - datetime.date.fromisoformat(other)).days)


def _structured(tree: Any) -> Iterator[tuple[str, bool]]:
    """Days that data and metadata name, best first; and whether they are given in universal time."""
    articles = linkeddata.articles(tree)
    yield from _read(linkeddata.said(thing, "datePublished") for thing in articles)
    named: dict[str, str] = {}
    for element in tree.iter("meta"):
        for attribute in ("property", "name", "itemprop"):
            if (name := element.get(attribute)) and (said := element.get("content")):
                named.setdefault(name.strip().lower(), said)
    yield from _read(named.get(name, "") for name in _META)
    times = [element for element in tree.iter("time") if element.get("datetime")]
    sure = [
        element
        for element in times
        if element.get("itemprop") == "datePublished"
        or element.get("pubdate") is not None
        or "publish" in (element.get("class") or "")
    ]
    yield from _read(element.get("datetime") for element in sure)
    days = {day_in(element.get("datetime")) for element in times}
    if len(days) == 1:
        yield from _read([times[0].get("datetime")])


def _read(values: Any) -> Iterator[tuple[str, bool]]:
    for value in values:
        text = unicodedata.normalize("NFKC", value[:100])
        compact = _COMPACT.match(text)
        if day := (_calendar(*map(int, compact.groups())) if compact else day_in(text)):
            yield day, bool(re.search(r"\d(?:Z|[+]00:?00)\s*$|GMT|UTC", text))


def _in_url(url: str, latest: str) -> str:
    path = url.partition("://")[2].partition("/")[2].partition("?")[0]
    days = [_calendar(*(int(part) for part in found.groups() if part)) for found in _IN_URL.finditer(path)]
    return next((day for day in reversed(days) if day and _possible(day, latest)), "")


def _headline_at(blocks: Sequence[Block], headline: str) -> int:
    """Where the headline stands: as a heading, else as a line that is no link; -1 for nowhere."""
    said = heard(headline)
    places = [number for number, block in enumerate(blocks) if said and not block.link and block.said == said]
    return next((number for number in places if blocks[number].heading), places[0] if places else -1)


def _labelled(blocks: Sequence[Block], lines: Sequence[str], place: int, latest: str, republic: bool) -> str:
    """The first day, from the headline on, that follows a label for the day of publication, in its line or the next."""
    order = [*range(max(0, place - NEAR_BEFORE), len(lines)), *range(max(0, place - NEAR_BEFORE))]
    for number in order:
        if blocks[number].link:
            continue
        for label in _PUBLISHED.finditer(lines[number] + "\n"):
            after = lines[number][label.end() :] or (lines[number + 1] if number + 1 < len(lines) else "")
            after = after.lstrip(" '\"(")
            day = _iso(found) if (found := _DATE.match(after)) else ""
            if not day and (republic or _TRADITIONAL_LABEL.search(label[0])):
                day = _of_the_republic(after)
            if day and _possible(day, latest):
                return day
    return ""


def _near(blocks: Sequence[Block], lines: Sequence[str], place: int, latest: str) -> str:
    """A day in a short line under the headline and before the text, else just above it."""
    if place < 0:
        return ""
    below = range(place + 1, min(len(lines), place + 1 + NEAR))
    above = range(place - 1, max(-1, place - 1 - NEAR_BEFORE), -1)
    for numbers in (below, above):
        for number in numbers:
            if width(lines[number]) > 2 * ALONE:
                break
            if blocks[number].link or width(lines[number]) > ALONE or _CHANGED.search(lines[number]):
                continue
            day = day_in(lines[number])
            if day and _possible(day, latest):
                return day
    return ""


def _alone(blocks: Sequence[Block], lines: Sequence[str], latest: str) -> str:
    """The day of the only line that holds nothing else, as letters are dated at their begin or end."""
    days = set()
    for block, line in zip(blocks, lines, strict=True):
        found = None if block.link or block.aside else _DATE.match(line)
        if found and len(line) - found.end() <= 4 and _possible(day := _iso(found), latest):
            days.add(day)
    return days.pop() if len(days) == 1 else ""


def _changed(lines: Sequence[str], latest: str) -> str:
    """The day of the last change, where no other is known."""
    for line in lines:
        if (label := _CHANGED.search(line)) and _possible(day := day_in(line[label.end() :]), latest):
            return day
    return ""


def _guessed(tree: Any, url: str, latest: str) -> str:
    """htmldate's guess, first without the parts that list other pages; a year alone is no day."""
    copied = _readable(tree)
    words = " ".join(copied.itertext())
    for pruned in (True, False):
        if pruned:
            attempt = copy.deepcopy(copied)
            _prune(attempt)
        else:
            attempt = copied
        found = _htmldate(attempt, url, latest)
        if found and found >= EARLIEST and (not found.endswith("-01-01") or _names_january_first(words, found[:4])):
            return found
    return ""


def _htmldate(tree: Any, url: str, latest: str) -> str:
    from htmldate import find_date

    try:
        return find_date(tree, url=url or None, original_date=True, max_date=latest or None) or ""
    except MemoryError:
        raise
    except Exception:  # Pages break it in ways nobody can list.
        return ""


def _readable(tree: Any) -> Any:
    """A copy in which days that htmldate cannot read (2019年12月16日, 令和元年7月1日) are written 2019-12-16.

    It has no characters that a tree gives and does not take back: its parts could not be taken out.
    """
    copied = copy.deepcopy(tree)
    for element in copied.iter():
        for place in ("text", "tail"):
            text = getattr(element, place)
            if not text or not isinstance(text, str):
                continue
            said = _NOT_XML.sub("", text)
            if "年" in said or "년" in said:
                # Spaces, because the standards of neither language know any before and after a date.
                said = _DATE.sub(lambda found: f" {_iso(found) or found[0]} ", said)
            if said != text:
                setattr(element, place, said)
    return copied


def _prune(tree: Any) -> None:
    for element in list(tree.iter()):
        if isinstance(element.tag, str) and is_aside(element, element.tag) and element.getparent() is not None:
            element.drop_tree()


def _names_january_first(words: str, year: str) -> bool:
    """A year alone (in a copyright line) is reported as its first day; believe only a page that names the day."""
    month, day = r"jan\w*\.?", r"0?1(?:st)?"
    forms = rf"{year}\D{{0,3}}0?1\D{{1,3}}0?1(?!\d)|{year}0101|{month} {day},? {year}|\b{day} {month},? {year}"
    return re.search(forms, words, re.IGNORECASE) is not None
