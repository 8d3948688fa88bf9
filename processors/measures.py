"""Measures: one event each, with who, whom, what, when, how sure, and the spans that prove it.

What a document reports now has a measure for each of its actions; what it recalls has one for each action and pair of
sides. A measure takes sides, goods, codes, agency, law and days from its own sentences; the main one also what the
rest of the document names, but for what only the sentences of the others name.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Literal, NamedTuple, TypeVar

from exportwatch.model import Action, Field, Measure, MentionKind, Span
from exportwatch.taxonomy import Taxonomy
from processors.dates import Day, Role
from processors.directions import Direction
from processors.events import Event
from processors.goods import goods_told
from processors.mentions import FieldReading, Found
from processors.numbers import Number

_EVIDENCE: Final = 8
_RECALLED: Final = 8
_NOW: Final = 4
# A further act reported now weighs at least so much of the main one; less is a side remark.
_SHARE: Final = 0.4
_CLEAR: Final = 0.9
# The sentences that tell an act most clearly; the others repeat it.
_FEW: Final = 3
_FAR: Final = 1 << 62
# What changes the rules has a status; what happens once neither enters into force nor ends.
_RULES: Final = frozenset({"tighten", "ease", "list", "delist", "license"})
_ONCE: Final = frozenset({"enforce", "investigate", "dialogue", "complaint"})
_REMARKS: Final = frozenset({"report", "guidance", "license"})
_ARTICLE: Final = re.compile(
    r"\s*(?:第 ?[\d一二三四五六七八九十百]+ ?[条條]|제 ?\d+ ?조|[一1]、|\d+\. ?[—-]? ?\(1\)|(?:article|section) \d+)"
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the document as a whole names, with its places."""

    implementing: tuple[str, ...]
    affected: tuple[str, ...]
    roles: tuple[Direction, ...]
    items: tuple[str, ...]
    agencies: tuple[str, ...]
    instruments: tuple[str, ...]
    numbers: tuple[tuple[FieldReading, Number], ...]
    days: tuple[tuple[FieldReading, Day], ...]
    readings: tuple[FieldReading, ...]
    published: str

    @property
    def codes(self) -> tuple[str, ...]:
        """Numbers of things, each once, in order."""
        return tuple(dict.fromkeys(number.value for _, number in self.numbers if number.kind == "code"))

    @property
    def dates(self) -> tuple[str, ...]:
        """ISO days, each once, in order."""
        return tuple(dict.fromkeys(day.value for _, day in self.days))


Entry = TypeVar("Entry")


class _Place(NamedTuple):
    """A sentence of a field, or another stretch of it."""

    field: Field
    low: int
    high: int


class _Telling:
    """The words that tell of one act, the clearest first, and the sentences they stand in."""

    def __init__(self, action: Action, events: Iterable[Event], recalled: bool = False) -> None:
        self.action = action
        self.events = sorted(events, key=lambda event: -event.weight)
        self.recalled = recalled
        self.places = list(dict.fromkeys(_place(event) for event in self.events))
        self._bounds: dict[Field, list[tuple[int, int]]] = defaultdict(list)
        for place in sorted(self.places):
            self._bounds[place.field].append(place[1:])

    def holds(self, which: Field, start: int) -> bool:
        """Whether a place of a field lies within its sentences, which do not overlap."""
        bounds = self._bounds.get(which, ())
        index = bisect_right(bounds, (start, _FAR)) - 1
        return index >= 0 and start < bounds[index][1]


class _Index:
    """What the document names, by place; a text may hold thousands of sentences and names."""

    def __init__(self, parts: Parts, taxonomy: Taxonomy) -> None:
        self.parts = parts
        self._taxonomy = taxonomy
        self.texts = {reading.field: reading for reading in parts.readings}
        self._roles = _Row((role.reading.field, role.found.start, role) for role in parts.roles if role.role)
        self._named = _Row((reading.field, found.start, found) for reading in parts.readings for found in reading.found)
        self.owner = {
            found.name.concept.value: found.name.concept.jurisdiction
            for reading in parts.readings
            for found in reading.found
            if found.name.concept.kind == "agency"
        }
        """By acronym, the jurisdiction of each office named."""
        self._hands: dict[_Place, tuple[str, ...]] = {}

    def roles(self, places: Iterable[_Place]) -> list[Direction]:
        """The sides that grammar shows within these stretches."""
        return [role for place in places for role in self._roles.within(place)]

    def named(self, places: Iterable[_Place], kind: MentionKind) -> list[tuple[Field, Found]]:
        """The names of this kind within these stretches."""
        within = ((place.field, found) for place in places for found in self._named.within(place))
        return [(which, found) for which, found in within if found.name.concept.kind == kind]

    def items(self, places: Sequence[_Place]) -> tuple[str, ...]:
        """Ids of the goods that these sentences are about."""
        told: dict[str, None] = {}
        for which in dict.fromkeys(place.field for place in places):
            found = (name for _, name in self.named((p for p in places if p.field == which), "item"))
            told.update(dict.fromkeys(goods_told(self.texts[which], found, self._taxonomy)))
        return tuple(told)

    def hands(self, place: _Place) -> tuple[str, ...]:
        """Who acts in this sentence."""
        if place not in self._hands:
            self._hands[place] = _codes(self.roles([place]), "implementing")
        return self._hands[place]

    def paragraph(self, place: _Place) -> _Place:
        """The paragraph around a sentence."""
        text = self.texts[place.field].folded.text
        after = text.find("\n", max(0, place.high - 1))
        return _Place(place.field, text.rfind("\n", 0, place.low) + 1, after if after >= 0 else len(text))

    def span(self, which: Field, start: int, end: int) -> Span:
        """Where these folded characters come from."""
        first, last = self.texts[which].folded.origin(start, end)
        return Span(field=which, start=first, end=last)


class _Row(Generic[Entry]):
    """Entries of a document in order of place, to be asked for by stretch."""

    def __init__(self, entries: Iterable[tuple[Field, int, Entry]]) -> None:
        self._starts: dict[Field, list[int]] = defaultdict(list)
        self._entries: dict[Field, list[Entry]] = defaultdict(list)
        for which, start, entry in entries:
            self._starts[which].append(start)
            self._entries[which].append(entry)

    def within(self, place: _Place) -> list[Entry]:
        starts = self._starts.get(place.field, [])
        return self._entries.get(place.field, [])[bisect_left(starts, place.low) : bisect_left(starts, place.high)]


def _place(event: Event) -> _Place:
    return _Place(event.reading.field, *event.sentence)


def measures(
    actions: Sequence[Action],
    totals: Sequence[tuple[Action, float]],
    happened: Sequence[Event],
    parts: Parts,
    taxonomy: Taxonomy,
) -> tuple[Measure, ...]:
    """What is reported now, the main act first, then what is recalled. `totals`: the weight of each action."""
    index = _Index(parts, taxonomy)
    main, *others = _now(actions, totals, happened)
    main, elsewhere = _elsewhere(main, index)
    others += elsewhere
    recalled = list(_recalled(main, happened, index))
    first = _main(main, [*others, *recalled], index)
    return (first, *(_other(telling, first, index) for telling in (*others, *recalled)))


def _now(
    actions: Sequence[Action], totals: Sequence[tuple[Action, float]], happened: Sequence[Event]
) -> list[_Telling]:
    """The document's actions, and further ones told clearly in sentences of their own."""
    saying: dict[Action, list[Event]] = defaultdict(list)
    for event in happened:
        if event.happens and not event.recalled:
            saying[event.action].append(event)
    found = [_Telling(action, saying[action]) for action in actions]
    best = totals[0][1] if totals else 0.0
    for action, total in totals:
        if action in actions or action in _REMARKS or total < best * _SHARE or len(found) >= _NOW:
            continue
        telling = _Telling(action, (event for event in saying[action] if not event.hedged))
        clear = bool(telling.events) and telling.events[0].weight >= _CLEAR
        if clear and {*telling.places[:_FEW]}.isdisjoint(place for other in found for place in other.places):
            found.append(telling)
    return found


def _elsewhere(main: _Telling, index: _Index) -> tuple[_Telling, list[_Telling]]:
    """The same act by another hand, told now (`the United States also tightened`), taken out of the main one."""
    sides = {*index.parts.implementing, *index.parts.affected}
    apart: dict[str, list[Event]] = defaultdict(list)
    kept: list[Event] = []
    for event in main.events:
        hands = index.hands(_place(event))
        foreign = bool(hands) and sides.isdisjoint(hands) and not event.hedged
        (apart[hands[0]] if foreign and (hands[0] in apart or len(apart) < _FEW) else kept).append(event)
    if not kept:
        return main, []
    return _Telling(main.action, kept), [_Telling(main.action, events) for events in apart.values()]


def _recalled(main: _Telling, happened: Sequence[Event], index: _Index) -> Iterator[_Telling]:
    """Background: each action told as past, again where others do it; the main act only by another hand or of old."""
    told: dict[Action, set[tuple[str, ...]]] = defaultdict(set)
    looked: set[tuple[Action, _Place]] = set()
    for event in happened:
        place = _place(event)
        if not (event.recalled and event.happens) or (event.action, place) in looked:
            continue
        looked.add((event.action, place))
        hands = index.hands(place)
        known = told[event.action]
        if hands in known or (known and (not hands or () in known)):
            continue
        telling = _Telling(event.action, [event], recalled=True)
        same = not hands or hands[0] in index.parts.implementing
        if event.action == main.action and same and not _other_goods(telling, main, index):
            continue
        known.add(hands)
        yield telling
        if sum(map(len, told.values())) >= _RECALLED:
            return


def _other_goods(telling: _Telling, main: _Telling, index: _Index) -> bool:
    here = index.items(telling.places)
    return bool(here) and {*here}.isdisjoint(index.items(main.places[:_FEW]))


def _main(telling: _Telling, others: Sequence[_Telling], index: _Index) -> Measure:
    """The main act, with all the document names but what only the sentences of others name."""
    parts = index.parts

    def theirs(which: Field, start: int) -> bool:
        return not telling.holds(which, start) and any(other.holds(which, start) for other in others)

    spoken = dict.fromkeys(parts.items, not others)
    for reading in parts.readings if others else ():
        for found in reading.found:
            id = found.name.concept.id
            if found.name.concept.kind == "item" and spoken.get(id) is False:
                spoken[id] = not theirs(reading.field, found.start)
    codes = [n.value for r, n in parts.numbers if n.kind == "code" and not theirs(r.field, n.start)]
    own = [day for reading, day in parts.days if telling.holds(reading.field, day.start)]
    rest = [day for reading, day in parts.days if not theirs(reading.field, day.start)]
    return _measure(
        telling,
        index,
        implementing=parts.implementing,
        affected=parts.affected,
        items=tuple(item for item, here in spoken.items() if here),
        codes=tuple(dict.fromkeys(codes)),
        agency=_leading_agency(telling, index),
        basis=parts.instruments[0] if parts.instruments else "",
        days=[*own, *rest],
    )


def _other(telling: _Telling, main: Measure, index: _Index) -> Measure:
    """A further act, with the sides, goods, agency, law and days of its own sentences."""
    parts = index.parts
    implementing, affected = _own_sides(telling, main, index)
    # Who is taken off a list is no matter of goods; what a sentence says of them are its reasons.
    named = () if telling.action == "delist" else index.items(telling.places[:_FEW])
    codes = [n.value for r, n in parts.numbers if n.kind == "code" and telling.holds(r.field, n.start)]
    agency = _own_agency(telling, implementing, index)
    if not agency and not telling.recalled and index.owner.get(main.agency) in implementing:
        agency = main.agency
    return _measure(
        telling,
        index,
        implementing=implementing,
        affected=affected,
        items=tuple(item for item in named if telling.recalled or item in parts.items),
        codes=tuple(dict.fromkeys(codes)),
        agency=agency,
        basis=_own_basis(telling, parts),
        days=[day for reading, day in parts.days if telling.holds(reading.field, day.start)],
    )


def _own_sides(telling: _Telling, main: Measure, index: _Index) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of the sentence, else of the paragraph; what is missing is as in the main act if the other side is the same."""
    roles = index.roles(telling.places) or index.roles(map(index.paragraph, telling.places[:1]))
    implementing, affected = _codes(roles, "implementing"), _codes(roles, "affected")
    affected = tuple(code for code in affected if code not in implementing)
    if telling.action == "complaint" and len(implementing) == 2 and not affected:
        return implementing[1:], implementing[:1]  # who is named first complains of the other
    if not roles or (telling.action == "complaint" and set(implementing) <= set(main.affected)):
        return main.implementing, main.affected  # a complaint is about what the other side does
    if not affected and set(implementing) == set(main.implementing):
        affected = main.affected
    if not implementing and not set(main.implementing) & set(affected):
        implementing = main.implementing
    return implementing, affected


def _measure(
    telling: _Telling,
    index: _Index,
    *,
    implementing: tuple[str, ...],
    affected: tuple[str, ...],
    items: tuple[str, ...],
    codes: tuple[str, ...],
    agency: str,
    basis: str,
    days: Sequence[Day],
) -> Measure:
    parts, lasts = index.parts, telling.action not in _ONCE
    effective = _first(days, "effective") if lasts else ""
    expires = _first(days, "expires") if lasts else ""
    hedged = bool(telling.events) and all(event.hedged for event in telling.events)
    return Measure(
        action=telling.action,
        implementing=implementing,
        affected=affected,
        items=items,
        codes=codes,
        agency=agency,
        basis=basis,
        announced=_announced(telling, days, parts),
        published="" if telling.recalled else parts.published,
        effective=effective,
        expires=expires,
        status=_status(telling, index, effective, expires, hedged),
        reported="recalled" if telling.recalled else "now",
        confidence=0.5 if telling.recalled else _confidence(telling.events, hedged),
        evidence=tuple(_evidence(telling, index, {*implementing, *affected}, items)),
    )


def _announced(telling: _Telling, days: Sequence[Day], parts: Parts) -> str:
    """The day it is said to have been announced; what is recalled happened on the one day of its sentence."""
    said = _first(days, "announced")
    if said or not telling.recalled:
        return said or parts.published
    plain = {day.value for day in days if not day.role}
    return plain.pop() if len(plain) == 1 else ""


def _status(telling: _Telling, index: _Index, effective: str, expires: str, hedged: bool) -> str:
    """proposed, announced, in force, suspended, withdrawn or expired; empty where none of them is told."""
    parts, rules = index.parts, telling.action in _RULES
    if _told(telling, index, "withdrawn") and (telling.action == "complaint" or (rules and telling.recalled)):
        return "withdrawn"
    if (rules or telling.action == "complaint") and telling.action != "tighten" and _told(telling, index, "suspended"):
        return "suspended"
    if not rules:
        return ""
    if _told(telling, index, "expired") or (expires and parts.published and expires < parts.published):
        return "expired"
    if telling.recalled:
        return "in force" if effective and effective <= parts.published else ""
    if hedged or _told(telling, index, "drafted"):
        return "proposed"
    if effective and effective <= parts.published:
        return "in force"
    law = telling.action == "license" and any(_ARTICLE.match(reading.scanned) for reading in parts.readings[1:])
    return "in force" if law else "announced"


def _told(telling: _Telling, index: _Index, status: Literal["suspended", "withdrawn", "expired", "drafted"]) -> bool:
    """Whether a word of this state stands in the sentences that tell the act most clearly."""
    return any(
        place.low <= hit.start < place.high
        for place in telling.places[:2]
        for hit in index.texts[place.field].cues.get(f"cue:{status}", ())
    )


def _evidence(telling: _Telling, index: _Index, sides: set[str], items: Sequence[str]) -> list[Span]:
    """The words of the act, then the sides, goods and days of its sentences; the sides of all the text if none."""
    places = telling.places[:_FEW]
    spans = [event.span() for event in telling.events[:2]]
    roles = [role for role in index.roles(places) if role.code in sides]
    if not roles and not telling.recalled:
        roles = [role for role in index.parts.roles if role.role and role.code in sides]
    spans += [index.span(role.reading.field, role.found.start, role.found.end) for role in _each_once(roles)][:3]
    named = {f.name.concept.id: (which, f.start, f.end) for which, f in index.named(places, "item")}
    spans += [index.span(*place) for item, place in named.items() if item in items][:2]
    said = ((r.field, d.start, d.end) for r, d in index.parts.days if d.role and telling.holds(r.field, d.start))
    spans += [index.span(*place) for place in said][:2]
    return list(dict.fromkeys(spans))[:_EVIDENCE]


def _each_once(roles: Sequence[Direction]) -> list[Direction]:
    return list({(role.code, role.role): role for role in reversed(roles)}.values())[::-1]


def _first(days: Iterable[Day], role: Role) -> str:
    return next((day.value for day in days if day.role == role), "")


def _codes(roles: Iterable[Direction], wanted: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(role.code for role in roles if role.role == wanted))


def _own_agency(telling: _Telling, implementing: Sequence[str], index: _Index) -> str:
    """The office named in its sentences; in a complaint that of the other side."""
    for _, found in index.named(telling.places[:_FEW], "agency"):
        concept = found.name.concept
        if concept.acts and (concept.jurisdiction in implementing or telling.action == "complaint"):
            return concept.value
    return ""


def _leading_agency(telling: _Telling, index: _Index) -> str:
    """The first of the document's offices that belongs to who acts; talks and complaints have two sides."""
    either = telling.action in ("dialogue", "complaint")
    sides = index.parts.implementing
    return next((a for a in index.parts.agencies if either or not sides or index.owner.get(a) in sides), "")


def _own_basis(telling: _Telling, parts: Parts) -> str:
    for reading, number in parts.numbers:
        # Citations are placed in the text as given, which differs from the folded one by little.
        if number.kind == "instrument" and telling.holds(reading.field, number.start):
            return " ".join(reading.original[number.start : number.end].split())
    return ""


def _confidence(saying: Sequence[Event], hedged: bool) -> float:
    if not saying:
        return 0.2
    sure = min(0.95, 0.4 + 0.12 * sum(event.weight for event in saying[:3]))
    return round(sure * (0.5 if hedged else 1.0), 2)
