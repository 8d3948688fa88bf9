"""What a document names: one pass of the automaton over each field, longest names, guards, and places in the text.

    reading = read(document, language, lexicon)     mentions and cue hits of title and text, in order

A guarded label counts only beside a word of its field (`guards.NEAR` characters); of several concepts that share a
label, the one whose jurisdiction the document speaks of counts.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from itertools import chain, islice, pairwise
from typing import Final, NamedTuple

from exportwatch.model import Field, Mention
from exportwatch.taxonomy import Concept, Cue
from exportwatch.text import Folded, fold
from processors import languages
from processors.lexicon import Lexicon, Name, Sense, scan_form

PER_CONCEPT: Final = 200
PER_DOCUMENT: Final = 5_000
NEAR: Final = 80
_REST: Final = 40
# No part of a phrase is longer than what this leaves for it.
_REST_AT_MOST: Final = 140
_LINE: Final = 150
_NOTHING: Final = Folded("")
_HOME: Final = {"ja": "JP", "ko": "KR", "zh-Hans": "CN", "zh-Hant": "TW", "en": "US"}
_ACRONYM: Final = re.compile(
    r"[A-ZＡ-Ｚ](?<![A-Za-z0-9Ａ-Ｚａ-ｚ][A-ZＡ-Ｚ])[A-Z0-9&Ａ-Ｚ０-９＆]{1,7}(?![A-Za-z0-9Ａ-Ｚａ-ｚ])"
)
_WORD_REST: Final = re.compile(r"[a-z]*")
_SHOUTED: Final = re.compile(r"(?<![A-Z])[A-Z]+ (?=[A-Z])")
_CONTEXT: Final = "cue:context"
_HOLDS: Final = {
    "item": frozenset({"topic", "programme", "instrument"}),
    "jurisdiction": frozenset({"topic", "programme", "instrument", "agency"}),
}
_NO_KINDS: Final[frozenset[str]] = frozenset()


class Found(NamedTuple):
    """A name found at a place of a scanned field."""

    start: int
    end: int
    name: Name


class CueHit(NamedTuple):
    """A cue found at a place of a scanned field; `end` covers what follows its `…`."""

    start: int
    end: int
    cue: Cue


@dataclass(slots=True)
class FieldReading:
    """One field as read: its scanned form, its names in order of place, its cues."""

    field: Field
    original: str
    folded: Folded
    scanned: str
    found: list[Found] = attribute(default_factory=list)
    cues: dict[str, list[CueHit]] = attribute(default_factory=dict)
    """By the cue's key, each in order of place."""

    def mention(self, found: Found) -> Mention:
        start, end, name = found
        concept = name.concept
        kind = concept.kind
        start, end = self.folded.origin(start, end)
        return Mention(
            kind=kind,
            concept=concept.value if kind in ("agency", "jurisdiction") else concept.id,
            field=self.field,
            start=start,
            end=end,
            text=self.original[start:end],
            rule=name.rule,
        )


def read_field(which: Field, original: str, language: str, lexicon: Lexicon) -> FieldReading:
    """Names and cues of one field; guards and shared labels are still open (`settle`)."""
    if not original:
        return FieldReading(which, original, _NOTHING, "")
    folded = fold(original)
    reading = FieldReading(which, original, folded, scan_form(folded.text))
    names = _hits(reading, language, lexicon)
    names.extend(_acronyms(reading, lexicon))
    names.extend(_letters(reading, language, lexicon))
    reading.found = [Found(start, end, name) for start, end, meant in longest(names) for name in meant]
    return reading


_Candidate = tuple[int, int, tuple[Name, ...]]


def _hits(reading: FieldReading, language: str, lexicon: Lexicon) -> list[_Candidate]:
    """All names of the automaton, overlapping; the cues go straight into the reading."""
    scanned, cues = reading.scanned, reading.cues
    table = lexicon.table(language)
    borders = languages.grammar(language).borders
    length = len(scanned)
    names: list[_Candidate] = []
    for index, start, end in lexicon.automaton.find_matches_as_indexes(scanned, overlapping=True):
        sense = table[index]
        if sense is None:
            continue
        left, right, prefix, plain, meaning, _, said, words = sense
        if left and start and scanned[start - 1].isalnum() and joins(scanned[start - 1]):
            continue
        if right and end < length and scanned[end].isalnum() and joins(scanned[end]):
            continue
        if prefix:
            end = _WORD_REST.match(scanned, end).end()  # type: ignore[union-attr]  # matches always
        for cue in said:
            cues.setdefault(cue.key, []).append(CueHit(start, end, cue))
        if words:
            near = scanned[end : end + _REST_AT_MOST]
            for cue, _, rest in words:
                if rest[0] in near and (stop := _after(scanned, end, rest, borders)):
                    cues.setdefault(cue.key, []).append(CueHit(start, stop, cue))
        if plain:
            names.append((start, end, meaning))
        elif meaning and (meant := _meant(reading, sense, start, end, lexicon)):
            names.append((start, end, meant))
    return names


def joins(character: str) -> bool:
    """Whether a letter or digit beside a word makes it another word (Han, kana and Hangul do not)."""
    return character.isalnum() and not ("\u1100" <= character <= "\u11ff" or character >= "\u2e80")


def _meant(reading: FieldReading, sense: Sense, start: int, end: int, lexicon: Lexicon) -> tuple[Name, ...]:
    """The names that hold here: written so where case matters, followed by trade where 対韓 must be."""
    if sense.exact:
        first, last = reading.folded.origin(start, end)
        if reading.original[first:last] != sense.exact:
            return ()
    return tuple(
        name
        for name in sense.names
        if name.label.role != "toward" or lexicon.toward[name.label.language].match(reading.scanned, end)
    )


def _after(scanned: str, end: int, rest: tuple[str, ...], borders: re.Pattern[str]) -> int:
    """Where the last of `rest` ends, if each follows within the sentence and a few characters; else 0."""
    for part in rest:
        place = scanned.find(part, end, end + _REST + len(part))
        if place < 0 or borders.search(scanned, end, place):
            return 0
        end = place + len(part)
    return end


def _acronyms(reading: FieldReading, lexicon: Lexicon) -> Iterator[_Candidate]:
    """Words in capitals, looked up as given; in a headline all in capitals they prove nothing."""
    if reading.original.isupper() and len(_SHOUTED.findall(reading.original)) >= 3:
        return
    direct = reading.folded.starts is None
    for match in _ACRONYM.finditer(reading.original):
        text = match[0] if match[0].isascii() else fold(match[0]).text.upper()
        if names := lexicon.acronyms.get(text):
            if direct:
                yield match.start(), match.end(), names
            elif place := _place(reading.folded, match.start(), match.end()):
                yield *place, names


def _letters(reading: FieldReading, language: str, lexicon: Lexicon) -> Iterator[_Candidate]:
    """Press letters that stand alone for a state, in a title or a text of one line."""
    if len(reading.scanned) > _LINE:
        return
    for match in languages.grammar(language).press.finditer(reading.scanned):
        for group, letter in enumerate(match.groups(), 1):
            if letter and (name := lexicon.letters.get((language, letter))):
                yield match.start(group), match.end(group), (name,)


def _place(folded: Folded, start: int, end: int) -> tuple[int, int] | None:
    """The span of folded text made from original[start:end]."""
    starts = folded.starts or ()
    first = bisect_left(starts, start)
    last = bisect_left(starts, end)
    return (first, last) if first < last else None


def longest(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """Leftmost, then longest; a name inside another only where it nests. Decoys take their place and are left out."""
    outer: list[_Candidate] = []
    inner: list[_Candidate] = []
    reach = inner_reach = 0
    for candidate in sorted(candidates, key=_place_of):
        start, end, names = candidate
        if start >= reach:
            reach = end
            outer.append(candidate)
        elif names and (start, end) == outer[-1][:2] and outer[-1][2]:
            outer[-1] = (start, end, (*outer[-1][2], *names))
        elif start >= inner_reach and end <= reach and _nests(outer[-1][2], names):
            inner_reach = end
            inner.append(candidate)
    if inner:
        outer.extend(inner)
        outer.sort(key=_place_of)
    return [candidate for candidate in outer if candidate[2]]


def _place_of(candidate: _Candidate) -> tuple[int, int]:
    return candidate[0], -candidate[1]


def _nests(outer: tuple[Name, ...], names: tuple[Name, ...]) -> bool:
    """Whether a name inside another is a mention too: the weapons of 武器輸出, the state of 日本輸出管理政策."""
    if not names or not outer:
        return False
    within = {name.concept.kind for name in outer}
    return all(within <= _HOLDS.get(name.concept.kind, _NO_KINDS) for name in names)


def settle(readings: Sequence[FieldReading], language: str) -> None:
    """Drops guarded names without context and decides between concepts that share a label."""
    said = Counter(
        [
            found.name.concept.id
            for reading in readings
            for found in reading.found
            if found.name.concept.kind == "jurisdiction"
        ]
    )
    guarded = any(found.name.label.guarded for reading in readings for found in reading.found)
    sure = {
        found.name.concept.key
        for reading in readings
        for found in (reading.found if guarded else ())
        if not found.name.label.guarded
    }
    for reading in readings:
        reading.found = _one_each(reading.found, said, language)
        if guarded and any(found.name.label.guarded for found in reading.found):
            near = _context(reading, ("item",)), _context(reading, ("item", "jurisdiction"))
            reading.found = [
                found
                for found in reading.found
                if not found.name.label.guarded
                or found.name.concept.key in sure
                or _near(near[_wide(found, language)], found.start, found.end)
            ]


def _wide(found: Found, language: str) -> bool:
    """Whether jurisdictions nearby vouch too: for a list always; Turkey from a turkey they tell in English alone."""
    return language == "en" or found.name.concept.kind != "jurisdiction"


def _context(reading: FieldReading, kinds: tuple[str, ...]) -> list[int]:
    """Where the field speaks of control, or names something of these kinds without doubt."""
    places = [hit.start for hit in reading.cues.get(_CONTEXT, ())]
    for found in reading.found:
        concept = found.name.concept
        if not found.name.label.guarded and (concept.kind in kinds or concept.weight >= 0.4):
            places.append(found.start)
    return sorted(places)


def _near(places: list[int], start: int, end: int) -> bool:
    index = bisect_left(places, start - NEAR)
    return index < len(places) and places[index] <= end + NEAR


def _one_each(found: list[Found], said: Counter[str], language: str) -> list[Found]:
    """Of several concepts at one place, the one whose jurisdiction is nearest, or most spoken of, or at home."""
    if all(one[:2] != other[:2] for one, other in pairwise(found)):
        return found
    kept: list[Found] = []
    index = 0
    while index < len(found):
        last = index + 1
        while last < len(found) and found[last][:2] == found[index][:2]:
            last += 1
        group = found[index:last]
        if len(group) > 1 and group[0].name.label.role != "press":
            group = [_choose(group, kept, said, language)]
        kept.extend(group)
        index = last
    return kept


def _choose(group: list[Found], before: list[Found], said: Counter[str], language: str) -> Found:
    owned = [found for found in group if found.name.concept.jurisdiction]
    if not owned:
        return group[0]
    for earlier in before[-2:][::-1]:
        if group[0].start - earlier.end <= 6 and (near := _of(owned, earlier.name.concept.id)):
            return near
    by_home = _of(owned, _HOME.get(language, ""))
    most = max(owned, key=lambda found: said[found.name.concept.jurisdiction])
    if said[most.name.concept.jurisdiction] > (said[by_home.name.concept.jurisdiction] if by_home else 0):
        return most
    return by_home or group[0]


def _of(owned: list[Found], jurisdiction: str) -> Found | None:
    return next((found for found in owned if found.name.concept.jurisdiction == jurisdiction), None)


def limited(mentions: Iterator[Mention]) -> tuple[tuple[Mention, ...], int]:
    """The mentions within the limits a concept and a document, and how many were dropped."""
    given = tuple(islice(mentions, PER_CONCEPT + 1))
    if len(given) <= PER_CONCEPT:
        return given, 0
    counts: Counter[tuple[str, str]] = Counter()
    kept: list[Mention] = []
    dropped = 0
    for mention in chain(given, mentions):
        key = (mention.kind, mention.concept)
        if counts[key] >= PER_CONCEPT or len(kept) >= PER_DOCUMENT:
            dropped += 1
            continue
        counts[key] += 1
        kept.append(mention)
    return tuple(kept), dropped


def concepts(readings: Sequence[FieldReading], kind: str) -> Iterator[tuple[FieldReading, Found, Concept]]:
    """Every name of this kind, title first."""
    for reading in readings:
        for found in reading.found:
            if found.name.concept.kind == kind:
                yield reading, found, found.name.concept
