"""Where a sentence says that a state holds up or frees the way of a controlled item abroad, without the word export.

`New Swiss curbs bar Russian buyers from atomic clocks` and `Korea seized nickel powder bound for North Korea` name a
word of restraint, a controlled item and a jurisdiction that grammar shows to be its destination; `its controls on
quantum sensors` needs only somebody who acts. Arms are sold by treaty and by the tank: for them there is export.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from processors import languages
from processors.directions import Direction, directions
from processors.grammar import NEVER
from processors.mentions import CueHit, FieldReading, Found
from processors.restraint import sentence

_ENOUGH: Final = 2
_RESTRAINTS: Final = (
    "cue:restraint",
    "action:tighten",
    "action:ease",
    "action:license",
    "action:enforce",
    "action:investigate",
    "action:complaint",
    "action:list",
    "action:delist",
)
_PUNISHES: Final = "action:enforce"
_PERMITS: Final = re.compile(r"permit|licen|export")
_BORDER: Final = re.compile(r"smuggl|\bcustoms\b")
_ARMS: Final = "military-items"
_AGAINST: Final = ("cue:neighbour", "cue:figures")


def restrained_flows(reading: FieldReading, language: str, left_out: frozenset[str]) -> list[CueHit]:
    """The words of restraint that are said so of a controlled item on its way: the first few, one a sentence."""
    grammar = languages.grammar(language)
    if grammar.about is NEVER:
        return []
    items = [
        found
        for found in reading.found
        if (concept := found.name.concept).kind == "item"
        and concept.id not in left_out
        and concept.id != _ARMS
        and _ARMS not in concept.broader
    ]
    if not items and not reading.cues.get("cue:exporting"):
        return []
    return list(_few(_hits(reading, language, items, left_out)))


def _few(hits: Iterator[CueHit]) -> Iterator[CueHit]:
    for count, hit in enumerate(hits, 1):
        yield hit
        if count == _ENOUGH:
            return


def _hits(reading: FieldReading, language: str, items: Sequence[Found], left_out: frozenset[str]) -> Iterator[CueHit]:
    hits = sorted((hit for key in _RESTRAINTS for hit in reading.cues.get(key, ())), key=lambda hit: hit.start)
    punished = [hit.start for hit in reading.cues.get(_PUNISHES, ())]
    against = sorted(hit.start for key in _AGAINST for hit in reading.cues.get(key, ()))
    authorities = [hit.start for hit in reading.cues.get("cue:authority", ())]
    exporting = [hit.start for hit in reading.cues.get("cue:exporting", ())]
    commodities = [found.start for found in reading.found if found.name.concept.id in left_out]
    starts = [found.start for found in items]
    named = [found for found in reading.found if found.name.concept.kind in ("jurisdiction", "agency")]
    places = [found.start for found in named]
    roles: Mapping[int, Direction] | None = None
    done = -1
    for hit in hits:
        if hit.start < done:
            continue
        first, last = sentence(reading, hit.start)
        goods = items[bisect_left(starts, first) : bisect_left(starts, last)]
        sides = named[bisect_left(places, first) : bisect_left(places, last)]
        exported = _within(exporting, first, last) and not _within(commodities, first, last)
        if not (goods or exported) or not sides or _within(against, first, last):
            continue
        if roles is None:
            roles = {direction.found.start: direction for direction in directions(reading, language)}
        backed = _within(punished, first, last) or _within(authorities, first, last)
        smuggled = _within(punished, first, last) and _BORDER.search(reading.scanned, first, last)
        if (
            _held_up(sides, roles, backed)
            or _controlled(reading, language, goods, sides, roles)
            or (goods and smuggled and _acts(sides, roles))
        ):
            done = last
            yield hit


def _within(places: Sequence[int], first: int, last: int) -> bool:
    index = bisect_left(places, first)
    return index < len(places) and places[index] < last


def _held_up(sides: Sequence[Found], roles: Mapping[int, Direction], backed: bool) -> bool:
    """Whether one side receives and another may hold up."""
    to = {found.name.concept.id for found in sides if _role(found, roles) == "affected"}
    others = (found for found in sides if found.name.concept.acts and found.name.concept.id not in to)
    return bool(to) and (backed or any(True for _ in others))


def _controlled(
    reading: FieldReading,
    language: str,
    goods: Sequence[Found],
    sides: Sequence[Found],
    roles: Mapping[int, Direction],
) -> bool:
    """Whether the controls are upon the item itself, and an office or a state in the sentence acts."""
    if not _acts(sides, roles):
        return False
    grammar = languages.grammar(language)
    adjectives = {found.end for found in sides if found.name.label.role == "adjective"}
    for found in goods:
        if owned := grammar.owned.match(reading.scanned, found.end):
            # Turkish drone permits, but not Chinese drone curbs: those are upon imports.
            return found.start - 1 not in adjectives or bool(_PERMITS.search(owned[0]))
        if grammar.about.search(reading.scanned, max(0, found.start - 60), found.start):
            return found.start - 1 not in adjectives
    return False


def _acts(sides: Sequence[Found], roles: Mapping[int, Direction]) -> bool:
    return any(found.name.concept.kind == "agency" or _role(found, roles) == "implementing" for found in sides)


def _role(found: Found, roles: Mapping[int, Direction]) -> str:
    direction = roles.get(found.start)
    return direction.role if direction else ""
