"""Which jurisdictions implement and which are affected: votes of grammar, agencies, lists and laws."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Final

from processors import languages
from processors.directions import Direction
from processors.grammar import SENTENCE_END
from processors.mentions import FieldReading

_HOME: Final = {"ja": "JP", "ko": "KR", "zh-Hans": "CN", "zh-Hant": "TW"}
_HEADLINE: Final = 60
_SPEAKS: Final = 8
_SHARE: Final = 0.55


def implementing_and_affected(
    readings: Sequence[FieldReading], roles: Sequence[Direction], language: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """ISO codes of both sides, the most prominent first."""
    acting, suffering = _by_grammar(roles, language)
    acting += _by_own_government(readings, language)
    suffering = suffering or _by_own_country(readings, language)
    total = acting + _by_offices(readings, language)
    for code in list(total):
        if suffering[code] > acting[code] * 1.5 and suffering[code] > total[code] * 0.5:
            del total[code]
    home = _HOME.get(language, "")
    spoken = sum(len(reading.scanned) for reading in readings if reading.field == "text")
    if not total and home and spoken >= _HEADLINE and not suffering[home] and not _international(readings):
        total[home] = 1
    for code in [code for code in total if not _is_state(code)]:
        del total[code]
    implementing = _leading(total, acting)
    affected = tuple(code for code, _ in suffering.most_common() if code not in implementing and _is_state(code))
    return implementing, affected


def _is_state(code: str) -> bool:
    """ISO alpha-2 and EU; not the United Nations, nor groups such as G7."""
    return len(code) == 2 and code.isalpha() and code != "UN"


def _by_grammar(roles: Sequence[Direction], language: str) -> tuple[Counter[str], Counter[str]]:
    acting: Counter[str] = Counter()
    suffering: Counter[str] = Counter()
    aside: dict[str, list[tuple[int, int]]] = {}
    for direction in roles:
        if direction.reading.field not in aside:
            aside[direction.reading.field] = _of_neighbours(direction.reading)
        if _within(aside[direction.reading.field], direction.found.start):
            continue
        weight = _place(direction.reading, direction.found.start, language)
        if direction.role == "implementing":
            acting[direction.code] += weight // (2 if direction.found.name.label.role == "adjective" else 1)
        elif direction.role == "affected":
            suffering[direction.code] += weight
    return acting, suffering


def _of_neighbours(reading: FieldReading) -> list[tuple[int, int]]:
    """The sentences that speak of a neighbouring matter, as of tariffs, and not of export control; in order."""
    others = reading.cues.get("cue:neighbour")
    if not others:
        return []
    ends = [end.end() for end in SENTENCE_END.finditer(reading.scanned)]
    own = {bisect_right(ends, found.start) for found in reading.found if found.name.concept.weight}
    aside = sorted({bisect_right(ends, hit.start) for hit in others} - own)
    edges = [0, *ends, len(reading.scanned) + 1]
    return [(edges[number], edges[number + 1]) for number in aside]


def _within(spans: Sequence[tuple[int, int]], place: int) -> bool:
    index = bisect_right(spans, (place, sys.maxsize))
    return bool(index) and place < spans[index - 1][1]


def _by_own_government(readings: Sequence[FieldReading], language: str) -> Counter[str]:
    """政府 alone, where it acts, is that of the language's home; once a field."""
    votes: Counter[str] = Counter()
    home = languages.grammar(language).home
    for reading in readings:
        if match := home.search(reading.scanned):
            votes[_HOME[language]] += _place(reading, match.start(), language)
    return votes


def _by_own_country(readings: Sequence[FieldReading], language: str) -> Counter[str]:
    """Whose government protests, whose firms suffer, where the text names nobody; once a field."""
    votes: Counter[str] = Counter()
    home = languages.grammar(language).home_affected
    for reading in readings:
        if match := home.search(reading.scanned):
            votes[_HOME[language]] += _place(reading, match.start(), language)
    return votes


def _place(reading: FieldReading, start: int, language: str) -> int:
    if reading.field == "title":
        return 6
    return 4 if start < languages.lead(language) else 2


def _by_offices(readings: Sequence[FieldReading], language: str) -> Counter[str]:
    """Agencies, lists and laws vote for their jurisdiction, each once a field; a spokesman only comments."""
    votes: Counter[str] = Counter()
    for reading in readings:
        speakers = [hit.start for hit in reading.cues.get("cue:speaker", ())]
        counted: set[str] = set()
        for found in reading.found:
            concept = found.name.concept
            if not concept.jurisdiction or concept.key in counted:
                continue
            if concept.kind == "agency" and any(0 <= start - found.end <= _SPEAKS for start in speakers):
                continue
            counted.add(concept.key)
            weight = _place(reading, found.start, language)
            votes[concept.jurisdiction] += weight if concept.kind == "agency" and concept.acts else weight // 2
    return votes


def _international(readings: Sequence[FieldReading]) -> bool:
    """Whether a regime of many states is named: then nobody's own rules are meant."""
    return any(
        found.name.concept.kind == "programme" and not found.name.concept.jurisdiction and reading.field == "title"
        for reading in readings
        for found in reading.found
    )


def _leading(total: Counter[str], acting: Counter[str]) -> tuple[str, ...]:
    """The jurisdiction with most votes, and others that grammar shows acting nearly as often."""
    if not total:
        return ()
    best = total.most_common(1)[0][1]
    return tuple(
        code
        for place, (code, votes) in enumerate(total.most_common())
        if not place or (votes >= best * _SHARE and acting[code] >= 4)
    )
