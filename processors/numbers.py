"""Numbers of things and citations of law in a field: read by grammar, not by list (days: `processors.dates`).

Codes are numbers of goods only (control-list entries, CAS, tariff lines); what cites a law is an instrument. Tariff
numbers count only after a word that announces them, so that prices and part numbers do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from exportwatch.model import MentionKind
from exportwatch.taxonomy import Taxonomy
from exportwatch.taxonomy.codes import cas_is_valid, tariff_form
from processors.mentions import FieldReading

_WINDOW: Final = (40, 90)
_MANY: Final = 2_000
_LIST: Final = re.compile(r"[0-9][a-e][0-9]{3}((?:\.[a-z0-9]{1,3}){0,6})(?![0-9a-z_])")
_NOT_AFTER: Final = frozenset("0123456789abcdefghijklmnopqrstuvwxyz./_")
_CAS: Final = re.compile(r"[0-9]{2,7}-[0-9]{2}-[0-9](?![\d-])")
_DATE_LIKE: Final = re.compile(r"(?:19|20)\d\d-(?:0\d|1[0-2])-\d")
_TARIFF_WORD: Final = re.compile(
    r"(?:商品编号|商品編號|税则号列|税号|稅則|貨品分類號列|品目番号|統計品目番号|"
    r"hs ?코드|hsk|세번|품목번호|\bhts(?:us)?|\bhs)(?: ?codes?| ?コード| ?heading| ?編碼)?[ :：(（]{0,3}"
)
_TARIFF_SIGN: Final = re.compile(r"商品[编編]|税[则号]|稅則|貨品分|品目番|統計品|세번|품목|hs|hts")
_TARIFF: Final = re.compile(r"\d{4}\.\d{2}(?:[.-]?\d{2,4}){0,2}|\d{10}|\d{8}|\d{6}|\d{4}(?![年.\d])")
_JOIN: Final = re.compile(r"[ 、,，;；和및과와and]{1,6}")
_HANGUL: Final = re.compile("[가-힣]")
_EAST: Final = re.compile("[가-힣一-鿿ぁ-ヿ]")
_DIGIT: Final = re.compile(r"\d")
# What of a citation pattern is no plain text that each match holds: classes, escapes, groups, what is optional.
_ESCAPE: Final = re.compile(r"\\.|\[(?:[^\]\\]|\\.)*\]")
_GROUP: Final = re.compile(r"\([^()]*\)")
_OPTIONAL: Final = re.compile(r"(?s:.)(?:[?*]|\{[^}]*\})[?+]?")
_KNOWN: Final = re.compile(r"\(\?(?::|!|<!)")


class Number(NamedTuple):
    """A number at a place of the scanned field: its kind, its indexed form and the rule that read it."""

    kind: MentionKind
    value: str
    start: int
    end: int
    rule: str


def numbers(reading: FieldReading) -> list[Number]:
    """Codes of a field; only to be asked where the document speaks of export control at all."""
    if not _DIGIT.search(reading.scanned):
        return []
    return [*_entries(reading), *_cas(reading), *_tariff(reading)][:_MANY]


def _entries(reading: FieldReading) -> Iterator[Number]:
    text = reading.folded.text
    for match in _LIST.finditer(text):
        start, end = match.span()
        if text[start - 1 : start] not in _NOT_AFTER:
            yield Number("code", text[start : start + 5].upper() + match[1], start, end, "code/list-entry")


def _cas(reading: FieldReading) -> Iterator[Number]:
    text = reading.folded.text
    for match in _CAS.finditer(text):
        before = text[match.start() - 1 : match.start()]
        if before == "-" or before.isdigit():
            continue
        if cas_is_valid(match[0]) and not _DATE_LIKE.fullmatch(match[0]):
            yield Number("code", match[0], match.start(), match.end(), "code/cas")


def _tariff(reading: FieldReading) -> Iterator[Number]:
    text = reading.folded.text
    for sign in _TARIFF_SIGN.finditer(text):
        word = _TARIFF_WORD.match(text, sign.start())
        if not word:
            continue
        place = word.end()
        while number := _TARIFF.match(text, place):
            yield Number("code", tariff_form(number[0]), number.start(), number.end(), "code/tariff")
            separator = _JOIN.match(text, number.end())
            if not separator:
                break
            place = separator.end()


class Citations:
    """The citation patterns of all instruments, tried only around the words of [cue.citation]."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        patterns = [
            (concept.id, re.compile(pattern), _script(pattern), needed(pattern))
            for concept in taxonomy.concepts.values()
            for pattern in concept.citations
        ]
        self._patterns = {
            script: [(id, pattern, part) for id, pattern, own, part in patterns if own in ("latin", script)]
            for script in ("latin", "han", "hangul")
        }

    def read(self, reading: FieldReading) -> list[Number]:
        """Citations of a field, longest first where they overlap."""
        found: list[Number] = []
        for low, high in _windows(reading):
            window = reading.original[low:high]
            for id, pattern, part in self._patterns[_script(window)]:
                for match in pattern.finditer(window) if part in window else ():
                    found.append(
                        Number("instrument", id, low + match.start(), low + match.end(), f"instruments/{id}#citation")
                    )
        kept: list[Number] = []
        for number in sorted(found, key=lambda number: (number.start, -number.end)):
            if not kept or number.start >= kept[-1].end:
                kept.append(number)
        return kept[:_MANY]


def needed(pattern: str) -> str:
    """The longest plain text that every match of a pattern holds, as far as is easily seen; else nothing.

    Most patterns need not be tried at all where it is missing.
    """
    plain = _ESCAPE.sub("\n", _KNOWN.sub("(", pattern))
    while plain != (outer := _GROUP.sub("\n", plain)):
        plain = outer
    if "|" in plain or any(sign in _KNOWN.sub("(", pattern) for sign in ("(?", "[]", "[^]")):
        return ""
    return max(re.split(r"[\n.^$+*?()]", _OPTIONAL.sub("\n", plain)), key=len)


def _script(text: str) -> str:
    """The script that a citation needs, or that a window offers."""
    return "latin" if not _EAST.search(text) else "hangul" if _HANGUL.search(text) else "han"


def _windows(reading: FieldReading) -> Iterator[tuple[int, int]]:
    """Spans of the original around the citation words, merged where they touch."""
    open_window: tuple[int, int] | None = None
    for hit in reading.cues.get("cue:citation", ()):
        start, end = reading.folded.origin(hit.start, hit.end)
        low, high = max(0, start - _WINDOW[0]), end + _WINDOW[1]
        if open_window and low <= open_window[1]:
            open_window = (open_window[0], high)
            continue
        if open_window:
            yield open_window
        open_window = (low, high)
    if open_window:
        yield open_window
