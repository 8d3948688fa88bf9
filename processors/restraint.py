"""Where a sentence says that a state restrains, licenses or frees the exports of a controlled item.

`Japan tightens exports of hydrogen fluoride` and 中国限制镓出口 name neither a law nor the matter itself: an item, a
word of exporting and a word of restraint stand near each other, in a sentence that names a state or its office and
speaks of no neighbouring matter (tariffs, imports, trade figures). Food, fuel and other commodities are no such items.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from exportwatch.taxonomy import Taxonomy
from processors.mentions import CueHit, FieldReading, Found

_ENOUGH: Final = 2
_REACH: Final = {"en": 80, "zh-Hans": 36, "zh-Hant": 36}
_REACH_EAST: Final = 28
_SENTENCE: Final = 240
_HEADLINE: Final = 60
# Unlike mentions.SENTENCE_END, not after a single letter: U.S. eases exports.
_END: Final = re.compile(r"[。！？!?;；.](?:(?<!\.)|(?<!\b[a-z]\.)(?=[\s\"'”’)]|$))")
_AGAINST: Final = ("cue:neighbour", "cue:figures")
_COMMODITIES: Final = "item:commodities"


def commodities(taxonomy: Taxonomy) -> frozenset[str]:
    """Ids of the items whose exports are restrained for reasons of supply, not of security."""
    return frozenset(
        concept.id
        for concept in taxonomy.concepts.values()
        if concept.kind == "item" and _COMMODITIES in taxonomy.closure("item", concept.id)
    )


def restrained_exports(reading: FieldReading, language: str, commodities: frozenset[str]) -> list[CueHit]:
    """The words of restraint that are said so of a controlled item's exports: the first few, one a sentence."""
    exporting = sorted(hit.start for hit in reading.cues.get("cue:exporting", ()))
    restraints = reading.cues.get("cue:restraint", ())
    if not exporting or not restraints:
        return []
    items = [
        found.start
        for found in reading.found
        if (concept := found.name.concept).kind == "item" and concept.id not in commodities
    ]
    items = sorted({*items, *(hit.start for hit in reading.cues.get("cue:goods", ()))})
    reach = _REACH.get(language, _REACH_EAST)
    sides = _sides(reading)
    kept: list[CueHit] = []
    done = -1
    for hit in restraints if items else ():
        if hit.start < done or next(_spans(hit.start, exporting, items, reach), None) is None:
            continue
        first, last = sentence(reading, hit.start)
        spans = _spans(hit.start, exporting, items, reach)
        if _holds(reading, hit, first, last, sides) and any(first <= low and high < last for low, high in spans):
            kept.append(hit)
            done = last
            if len(kept) == _ENOUGH:
                break
    return kept


def _spans(place: int, exporting: Sequence[int], items: Sequence[int], reach: int) -> Iterator[tuple[int, int]]:
    """First and last place of each group of restraint, exporting and item within reach of each other."""
    for export in _within(exporting, place - reach, place + reach):
        low, high = min(place, export), max(place, export)
        for item in _within(items, high - reach, low + reach):
            yield min(low, item), max(high, item)


def _within(places: Sequence[int], low: int, high: int) -> Sequence[int]:
    return places[bisect_left(places, low) : bisect_left(places, high + 1)]


def sentence(reading: FieldReading, place: int) -> tuple[int, int]:
    """Bounds of the sentence around a place, no further than a long sentence reaches; a short title is one."""
    scanned = reading.scanned
    if reading.field == "title" and len(scanned) <= _HEADLINE:
        return 0, len(scanned)
    first = max(0, place - _SENTENCE)
    for end in _END.finditer(scanned, first, place):
        first = end.end()
    end_after = _END.search(scanned, place, place + _SENTENCE)
    return first, end_after.end() if end_after else min(len(scanned), place + _SENTENCE)


class _Sides(NamedTuple):
    """Where a field names neighbouring matters, what speaks for a state, and states and offices, each in order."""

    against: list[int]
    authority: list[int]
    actors: list[Found]
    places: list[int]


def _sides(reading: FieldReading) -> _Sides:
    actors = [found for found in reading.found if found.name.concept.kind in ("jurisdiction", "agency")]
    return _Sides(
        sorted(hit.start for key in _AGAINST for hit in reading.cues.get(key, ())),
        sorted(hit.start for hit in reading.cues.get("cue:authority", ())),
        actors,
        [found.start for found in actors],
    )


def _holds(reading: FieldReading, restraint: CueHit, first: int, last: int, sides: _Sides) -> bool:
    """Whether the sentence names somebody who may restrain exports, or speaks for one, and no neighbouring matter."""
    if _within(sides.against, first, last - 1):
        return False
    if _within(sides.authority, first, last - 1):
        return True
    low, high = bisect_left(sides.places, first), bisect_left(sides.places, last)
    return any(_acts(reading.scanned, found, restraint) for found in sides.actors[low:high])


def _acts(scanned: str, found: Found, restraint: CueHit) -> bool:
    """A state or an office; after the verb neither `Korean` nor `Korea's`: those are whose exports suffer."""
    concept = found.name.concept
    if not concept.acts:
        return False
    owned = found.name.label.role == "adjective" or scanned.startswith(("'s", "’s"), found.end)
    return found.start < restraint.start or not owned
