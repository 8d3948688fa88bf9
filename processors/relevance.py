"""Is this document about export control? A sum of reasons, each with its weight; neighbouring matters speak against.

A name of the matter, of a list, regime or law of export control weighs 1 in the title, less further down; words that
only support weigh a third; tariffs, statistics, exits and files weigh against. A sentence in which a state restrains
or frees the exports of a controlled item is a reason of its own. From 1 on a document is relevant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from exportwatch.model import Field
from processors.flows import restrained_flows
from processors.mentions import FieldReading
from processors.restraint import restrained_exports

THRESHOLD: Final = 1.0
_CUES: Final = ("cue:control", "cue:strong", "cue:matter", "cue:neighbour")
_REPEATS: Final = (1.0, 0.5, 0.3, 0.2)
_Hit = tuple[float, Field, int, int]


class Reasons(NamedTuple):
    """What speaks for and against, by concept or word: the weight of each hit and its place (field, start, end)."""

    for_it: dict[str, list[_Hit]]
    against: dict[str, list[_Hit]]
    share: float
    """How much what speaks against counts: less in a long text."""

    @property
    def total(self) -> float:
        """The sum of reasons, at least 0; relevant from THRESHOLD on."""
        return max(0.0, _sum(self.for_it) - self.share * _sum(self.against))

    def counted(self) -> Iterator[tuple[str, float, _Hit]]:
        """Each reason that counts with what it adds to the sum, the heaviest first; repeats of it are summed up."""
        signed = [(self.for_it, 1.0), (self.against, -self.share)]
        reasons = [(key, sign * _of_key(hits), max(hits)) for by_key, sign in signed for key, hits in by_key.items()]
        yield from sorted(reasons, key=lambda reason: -abs(reason[1]))


def weigh(readings: Sequence[FieldReading], language: str, commodities: frozenset[str]) -> Reasons:
    """All reasons of a document, in linear time. `commodities`: ids of items no list controls."""
    for_it: defaultdict[str, list[_Hit]] = defaultdict(list)
    against: defaultdict[str, list[_Hit]] = defaultdict(list)
    length = sum(len(reading.scanned) for reading in readings) * (1 if language == "en" else 2)
    titled = any(reading.field == "title" and reading.scanned.strip() for reading in readings)
    for reading in readings:
        for start, end, name in reading.found:
            if weight := name.concept.weight:
                weight *= _place(reading, start, language, titled)
                for_it[name.concept.key].append((weight, reading.field, start, end))
        for hit in restrained_exports(reading, language, commodities):
            weight = hit.cue.weight * _place(reading, hit.start, language, titled)
            for_it[hit.cue.key].append((weight, reading.field, hit.start, hit.end))
        for key in _CUES:
            for hit in reading.cues.get(key, ()):
                weight = hit.cue.weight * _place(reading, hit.start, language, titled)
                side = for_it if weight > 0 else against
                side[reading.scanned[hit.start : hit.end]].append((abs(weight), reading.field, hit.start, hit.end))
    reasons = Reasons(for_it, against, min(1.0, 4_000 / (length + 2_000)))
    for reading in readings if reasons.total < THRESHOLD else ():
        for hit in restrained_flows(reading, language, commodities):  # dear, and for what says nothing plainer
            weight = _place(reading, hit.start, language, titled)
            for_it["cue:restraint"].append((weight, reading.field, hit.start, hit.end))
    return reasons


def score(total: float) -> float:
    """A sum of reasons as a number between 0 and 1; THRESHOLD is one half."""
    return round(total / (total + THRESHOLD), 4)


def _sum(reasons: dict[str, list[_Hit]]) -> float:
    return sum(map(_of_key, reasons.values()))


def _of_key(hits: list[_Hit]) -> float:
    """The heaviest hit in full, three more in part, further ones not at all."""
    if len(hits) == 1:
        return hits[0][0]
    return sum(hit[0] * factor for hit, factor in zip(sorted(hits, reverse=True), _REPEATS, strict=False))


def _place(reading: FieldReading, place: int, language: str, titled: bool) -> float:
    if reading.field == "title":
        return 1.4
    lead, body = (500, 2_000) if language == "en" else (220, 900)
    if place < lead:
        return 1.0 if titled else 1.2
    return 0.8 if place < body else 0.4
