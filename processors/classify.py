"""Document -> Claims: language, relevance, actions, who, whom, what, when; each claim with its span and its rule.

rules = Rules(taxonomy)             compiled once
claims = classify(document, rules)  pure
row(id, claims)                     the JSON of `exportwatch classify`
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any, Final, NamedTuple

from exportwatch.model import Action, Claims, Document, Mention, MentionKind
from exportwatch.taxonomy import Taxonomy
from processors import languages
from processors.dates import Day, days, tells_of_the_past
from processors.directions import Direction, directions
from processors.entities import parties as named_parties
from processors.events import Event, events, ranked
from processors.goods import goods
from processors.language import detect
from processors.lexicon import Lexicon
from processors.measures import Parts, measures
from processors.mentions import FieldReading, limited, read_field, settle
from processors.numbers import Citations, Number, numbers
from processors.parties import implementing_and_affected
from processors.relevance import THRESHOLD, Reasons, score, weigh
from processors.restraint import commodities

_SECOND: Final = 0.8
_MOST_ACTIONS: Final = 2
# What a text that names no act may still say: sides, items and days, with little confidence.
_TOLD: Final[tuple[Action, ...]] = ("report",)
_TRUSTED: Final = 0.4
_FAR: Final = 1 << 62


class Rules:
    """A taxonomy compiled for classification; build once, share freely."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self.lexicon = Lexicon(taxonomy)
        self.citations = Citations(taxonomy)
        self.commodities = commodities(taxonomy)


class Study(NamedTuple):
    """A document as it was read, for those who ask why."""

    claims: Claims
    language: str
    readings: list[FieldReading]
    reasons: Reasons
    roles: tuple[Direction, ...]
    happened: list[Event]


def classify(document: Document, rules: Rules) -> Claims:
    """What the document says, by these rules alone."""
    return study(document, rules).claims


def study(document: Document, rules: Rules) -> Study:
    """The claims with all that led to them; sides and acts only of a relevant document."""
    language = detect(document.title, document.text, document.lang)
    readings = [
        read_field("title", document.title, language, rules.lexicon),
        read_field("text", document.text, language, rules.lexicon),
    ]
    settle(readings, language)
    reasons = weigh(readings, language, rules.commodities)
    total = reasons.total
    found = [(reading, number) for reading in readings for number in _numbers(reading, rules, total)]
    dated = [(reading, day) for reading in readings for day in days(reading, document.day)]
    named = _mentions(readings, found, dated)
    if total < THRESHOLD:
        mentions, truncated = limited(named)
        claims = Claims(lang=language, relevant=False, score=score(total), mentions=mentions, truncated=truncated)
        return Study(claims, language, readings, reasons, (), [])
    happened = events(readings, language)
    remember(happened, document.day)
    parts = _parts(document, readings, found, dated, happened, language, rules)
    totals = ranked(happened)
    actions = _actions(totals)
    parties = _party_mentions(readings, happened, language)
    mentions, truncated = limited(chain(named, _action_mentions(happened, actions), parties))
    claims = Claims(
        lang=language,
        relevant=True,
        score=score(total),
        actions=actions,
        implementing=parts.implementing,
        affected=parts.affected,
        items=parts.items,
        item_labels=tuple(rules.taxonomy.concepts[f"item:{item}"].label for item in parts.items),
        agencies=parts.agencies,
        codes=parts.codes,
        instruments=parts.instruments,
        dates=parts.dates,
        mentions=mentions,
        measures=measures(actions or _TOLD, totals, happened, parts, rules.taxonomy),
        truncated=truncated,
    )
    return Study(claims, language, readings, reasons, parts.roles, happened)


def row(id: str, claims: Claims) -> dict[str, Any]:
    """The contract's JSON object of `exportwatch classify`."""
    fields = asdict(claims)
    fields.pop("truncated")
    return {"id": id, **fields}


def _numbers(reading: FieldReading, rules: Rules, total: float) -> list[Number]:
    """Codes and citations, where the document speaks of export control at all."""
    return [*numbers(reading), *rules.citations.read(reading)] if total >= _TRUSTED else []


def _mentions(
    readings: Sequence[FieldReading],
    numbers: Iterable[tuple[FieldReading, Number]],
    dated: Iterable[tuple[FieldReading, Day]],
) -> Iterator[Mention]:
    for reading in readings:
        for found in reading.found:
            yield reading.mention(found)
    for reading, number in numbers:
        yield _mention(number.kind, number.value, reading, _span(reading, number), number.rule)
    for reading, day in dated:
        rule = f"{day.rule}#{day.role}" if day.role else day.rule
        yield _mention("date", day.value, reading, reading.folded.origin(day.start, day.end), rule)


def _mention(kind: MentionKind, concept: str, reading: FieldReading, span: tuple[int, int], rule: str) -> Mention:
    start, end = span
    quote = reading.original[start:end]
    return Mention(kind=kind, concept=concept, field=reading.field, start=start, end=end, text=quote, rule=rule)


def _span(reading: FieldReading, number: Number) -> tuple[int, int]:
    """Citations are read in the text as given, all else in its folded form."""
    if number.kind == "instrument":
        return number.start, number.end
    return reading.folded.origin(number.start, number.end)


def _action_mentions(happened: Sequence[Event], actions: Sequence[Action]) -> Iterable[Mention]:
    for event in happened:
        if event.action in actions and event.happens:
            span = event.span()
            yield Mention(
                kind="action",
                concept=event.action,
                field=span.field,
                start=span.start,
                end=span.end,
                text=event.reading.original[span.start : span.end],
                rule=f"actions/{event.action}#{'recalled' if event.recalled else 'now'}",
            )


def _party_mentions(readings: Sequence[FieldReading], happened: Sequence[Event], language: str) -> Iterable[Mention]:
    by_field = {reading.field: reading for reading in readings}
    for party in named_parties(readings, happened, language):
        yield _mention("party", party.concept, by_field[party.field], (party.start, party.end), party.rule)


def remember(happened: Sequence[Event], published: str) -> None:
    """What a sentence of the body dates to long before publication is background."""
    past: dict[tuple[int, int], bool] = {}
    for event in happened:
        opens = event.lead and not event.reading.scanned[: event.sentence[0]].strip()
        if event.recalled or opens or event.reading.field == "title":
            continue
        if event.sentence not in past:
            past[event.sentence] = tells_of_the_past(event.reading.folded.text, *event.sentence, published)
        event.recalled = past[event.sentence]


def _actions(totals: Sequence[tuple[Action, float]]) -> tuple[Action, ...]:
    """The most prominent, and the second where it is nearly so; a text may speak of controls without an act."""
    if not totals:
        return ()
    best = totals[0][1]
    return tuple(action for action, total in totals if total >= best * _SECOND)[:_MOST_ACTIONS]


def _parts(
    document: Document,
    readings: Sequence[FieldReading],
    found: Sequence[tuple[FieldReading, Number]],
    dated: Sequence[tuple[FieldReading, Day]],
    happened: Sequence[Event],
    language: str,
    rules: Rules,
) -> Parts:
    roles = [direction for reading in readings for direction in directions(reading, language)]
    implementing, affected = implementing_and_affected(readings, _told_now(roles, happened), language)
    return Parts(
        implementing=implementing,
        affected=affected,
        roles=tuple(roles),
        items=goods(readings, language, rules.taxonomy),
        agencies=_agencies(readings, implementing, language),
        instruments=_instruments(readings, found),
        numbers=tuple(found),
        days=tuple(dated),
        readings=tuple(readings),
        published=document.day,
    )


def _told_now(roles: Sequence[Direction], happened: Sequence[Event]) -> list[Direction]:
    """The roles without those of sentences that only recall: who acted long ago is no side of what is reported."""
    now = {(event.reading.field, event.sentence) for event in happened if event.happens and not event.recalled}
    past = {(event.reading.field, event.sentence) for event in happened if event.recalled} - now
    if not now or not past:
        return list(roles)
    lows = {field: sorted(sentence for which, sentence in past if which == field) for field in ("title", "text")}
    kept = [role for role in roles if not _within(lows[role.reading.field], role.found.start)]
    # Talks name their sides only in what they are about.
    return kept if any(role.role == "affected" for role in kept) else list(roles)


def _within(sentences: Sequence[tuple[int, int]], place: int) -> bool:
    index = bisect_right(sentences, (place, _FAR)) - 1
    return index >= 0 and place < sentences[index][1]


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _instruments(readings: Sequence[FieldReading], found: Sequence[tuple[FieldReading, Number]]) -> tuple[str, ...]:
    cited = (" ".join(r.original[n.start : n.end].split()) for r, n in found if n.kind == "instrument")
    named = (
        reading.mention(name).text
        for reading in readings
        for name in reading.found
        if name.name.concept.kind == "instrument"
    )
    return _distinct((*cited, *named))


def _agencies(readings: Sequence[FieldReading], implementing: Sequence[str], language: str) -> tuple[str, ...]:
    """Acronyms of the offices that act: those of the implementing side, and others of the title and the lead."""
    lead = languages.lead(language)
    weights: Counter[str] = Counter()
    for reading in readings:
        for found in reading.found:
            concept = found.name.concept
            if concept.kind == "agency" and concept.acts:
                prominent = reading.field == "title" or found.start < lead
                if concept.jurisdiction in implementing or prominent:
                    weights[concept.value] += 2 if prominent else 1
    return tuple(acronym for acronym, _ in weights.most_common())
