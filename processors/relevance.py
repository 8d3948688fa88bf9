"""Is this document about export control? A sum of reasons, each with its weight; neighbouring matters speak against.

A name of the matter, of a list, regime or law of export control weighs 1 in the title, less further down; words that
only support weigh a third; tariffs, statistics, exits and files weigh against. A sentence in which a state restrains
or frees the exports of a controlled item is a reason of its own. From 1 on a document is relevant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from processors.mentions import FieldReading
from processors.restraint import restrained_exports

THRESHOLD: Final = 1.0
_CUES: Final = ("cue:control", "cue:strong", "cue:neighbour")
_REPEATS: Final = (1.0, 0.5, 0.3, 0.2)


def weigh(readings: Sequence[FieldReading], language: str, commodities: frozenset[str]) -> float:
    """The sum of reasons, at least 0; relevant from THRESHOLD on. `commodities`: ids of items no list controls."""
    for_it: defaultdict[str, list[float]] = defaultdict(list)
    against: defaultdict[str, list[float]] = defaultdict(list)
    length = sum(len(reading.scanned) for reading in readings) * (1 if language == "en" else 2)
    titled = any(reading.field == "title" and reading.scanned.strip() for reading in readings)
    for reading in readings:
        for found in reading.found:
            if weight := found.name.concept.weight:
                for_it[found.name.concept.key].append(weight * _place(reading, found.start, language, titled))
        for hit in restrained_exports(reading, language, commodities):
            for_it[hit.cue.key].append(hit.cue.weight * _place(reading, hit.start, language, titled))
        for key in _CUES:
            for hit in reading.cues.get(key, ()):
                weight = hit.cue.weight * _place(reading, hit.start, language, titled)
                reasons = for_it if weight > 0 else against
                reasons[reading.scanned[hit.start : hit.end]].append(abs(weight))
    return max(0.0, _sum(for_it) - min(1.0, 4_000 / (length + 2_000)) * _sum(against))


def score(reasons: float) -> float:
    """A sum of reasons as a number between 0 and 1; THRESHOLD is one half."""
    return round(reasons / (reasons + THRESHOLD), 4)


def _sum(weights: dict[str, list[float]]) -> float:
    return sum(
        weight * factor
        for values in weights.values()
        for weight, factor in zip(sorted(values, reverse=True), _REPEATS, strict=False)
    )


def _place(reading: FieldReading, place: int, language: str, titled: bool) -> float:
    if reading.field == "title":
        return 1.4
    lead, body = (500, 2_000) if language == "en" else (220, 900)
    if place < lead:
        return 1.0 if titled else 1.2
    return 0.8 if place < body else 0.4
