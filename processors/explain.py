"""Why the claims are as they are, in plain words: for a person who doubts one of them.

    explanation = explain(document, rules)

Nothing is decided here: the study of the document is told again, each claim with the words that made it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from exportwatch.model import Claims, Document, Mention, Span
from processors import languages
from processors.classify import Rules, Study, study
from processors.directions import Direction
from processors.events import Event
from processors.grammar import Around
from processors.mentions import FieldReading
from processors.relevance import THRESHOLD

_BACK: Final = 90
_MOST: Final = 400
_KINDS: Final = {
    "topic": "a name of the matter",
    "programme": "a list, regime or programme of export control",
    "instrument": "a law of export control",
    "agency": "an office of export control",
    "item": "goods that are controlled",
}
_MODIFIERS: Final = {
    "negation": "denied",
    "demand": "only demanded",
    "supposition": "only supposed or asked",
    "hedge": "not certain or not yet decided",
    "recalled": "told as background",
}
_NOTES: Final = {
    "negation": "denied",
    "demand": "only demanded",
    "supposition": "only supposed",
    "hedge": "not certain",
    "recalled": "recalled",
}
_STATUSES: Final = ("suspended", "withdrawn", "expired", "drafted")


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of the reasoning: what is claimed, why, and the words; `weight` where it counts towards a sum."""

    claim: str
    why: str
    spans: tuple[Span, ...] = ()
    weight: float | None = None
    note: str = ""
    """In a word or two what keeps it from counting in full."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The claims of a document with the reasons for each of them and for what was left out."""

    document: Document
    claims: Claims
    total: float
    """The sum of the reasons for relevance; from `THRESHOLD` on a document is relevant."""
    relevance: tuple[Reason, ...]
    sides: tuple[Reason, ...]
    acts: tuple[Reason, ...]
    measures: tuple[tuple[Reason, ...], ...]
    """For each measure of the claims what else is told of it."""


def explain(document: Document, rules: Rules) -> Explanation:
    """All that was found in the document and why it counts or does not; pure, like `classify`."""
    studied = study(document, rules)
    return Explanation(
        document=document,
        claims=studied.claims,
        total=round(studied.reasons.total, 2),
        relevance=tuple(_relevance(studied, rules)),
        sides=tuple(_sides(studied)),
        acts=tuple(_acts(studied, document.day)),
        measures=tuple(tuple(_measure(studied, number)) for number in range(len(studied.claims.measures))),
    )


def _relevance(studied: Study, rules: Rules) -> Iterator[Reason]:
    fields = {reading.field: reading for reading in studied.readings}
    for key, weight, (_, which, start, end) in studied.reasons.counted():
        reading = fields[which]
        concept = rules.taxonomy.concepts.get(key)
        cue = rules.taxonomy.cues.get(key)
        if concept:
            why = f"{_KINDS.get(concept.kind, concept.kind)}: {concept.label}"
        elif cue:
            why = "a state restrains or frees exports of controlled goods in this sentence"
        else:
            why = "speaks for export control" if weight > 0 else "speaks of a neighbouring matter"
        yield Reason(_quote(reading, start, end), why, (_span(reading, start, end),), round(weight, 2))


def _sides(studied: Study) -> Iterator[Reason]:
    """Every name that grammar gave a role, and those that count without one."""
    told: set[tuple[str, str, str]] = set()
    for role in studied.roles[:_MOST]:
        if not role.role:
            continue
        why = _grammar(role, studied.language)
        key = (role.code, role.role, why)
        if key not in told:
            told.add(key)
            yield Reason(f"{role.role} {role.code}", why, (_span(role.reading, role.found.start, role.found.end),))
    named = {role.code for role in studied.roles if role.role == "implementing"}
    for code in studied.claims.implementing:
        if code not in named:
            yield Reason(f"implementing {code}", *_without_grammar(code, studied))
    for code in dict.fromkeys(role.code for role in studied.roles):
        if code not in (*studied.claims.implementing, *studied.claims.affected):
            first = next(role for role in studied.roles if role.code == code)
            why = (
                "only named: no words beside it make it a side"
                if not first.role
                else "outweighed by the others in the document as a whole"
            )
            yield Reason(f"left out {code}", why, (_span(first.reading, first.found.start, first.found.end),))


def _grammar(role: Direction, language: str) -> str:
    """The words beside a name that gave it its role."""
    reading, found = role.reading, role.found
    name = _quote(reading, found.start, found.end)
    if found.name.label.role == "toward":
        return f"'{name}' means 'towards {role.code}' where trade follows"
    for field, pattern in languages.grammar(language)._asdict().items():
        if field.startswith(role.role) and (words := _beside(reading, found.start, found.end, field, pattern)):
            return words
    if found.start == 0:
        return f"'{name}' begins the line as its actor"
    return f"'{name}' stands in a list or line whose other names have this role"


def _beside(reading: FieldReading, start: int, end: int, field: str, pattern: object) -> str:
    scanned, first = reading.scanned, max(0, start - _BACK)
    name = _quote(reading, start, end)
    if isinstance(pattern, Around):
        before, after = pattern.before.search(scanned, first, start), pattern.after.match(scanned, end)
        if before and after:
            return f"'{name}' stands between '{_words(reading, before)}' and '{_words(reading, after)}'"
    elif isinstance(pattern, re.Pattern):
        if field.endswith("before") and (before := pattern.search(scanned, first, start)):
            return f"'{name}' follows '{_words(reading, before)}'"
        if not field.endswith("before") and (after := pattern.match(scanned, end)):
            return f"'{_words(reading, after)}' follows '{name}'"
    return ""


def _without_grammar(code: str, studied: Study) -> tuple[str, tuple[Span, ...]]:
    for reading in studied.readings:
        for found in reading.found:
            concept = found.name.concept
            if concept.jurisdiction == code and concept.kind != "jurisdiction":
                kind = "office" if concept.kind == "agency" else "list or law"
                why = f"{concept.label} is its {kind}"
                return why, (_span(reading, found.start, found.end),)
    return f"no side is named, and the text is written for readers there ({studied.language})", ()


def _acts(studied: Study, published: str) -> Iterator[Reason]:
    """Every word of an act, whether it counts, and what was denied, hedged, demanded or recalled and by which word."""
    for event in studied.happened[:_MOST]:
        words = _quote(event.reading, event.start, event.end)
        place = "in the title" if event.reading.field == "title" else "in the lead" if event.lead else "further down"
        why = f"'{words}' {place}"
        weight: float | None = round(event.weight, 2)
        for state, cue in _states(event):
            heard = _heard(event, cue)
            by = f", because of '{heard[0]}'" if heard else _unheard(cue, published)
            why += f"; {state}{by}"
            spans = (event.span(), *((heard[1],) if heard else ()))
            weight = None if cue != "hedge" else round(event.weight / 2, 2)
            yield Reason(event.action, why, spans, weight, _NOTES[cue])
            break
        else:
            yield Reason(event.action, why, (event.span(),), weight)


def _states(event: Event) -> Iterator[tuple[str, str]]:
    if not event.happens:
        cue = next((name for name in ("negation", "demand", "supposition") if _heard(event, name)), "negation")
        yield f"does not count: {_MODIFIERS[cue]}", cue
    elif event.recalled:
        yield f"recalled: {_MODIFIERS['recalled']}", "recalled"
    elif event.hedged:
        yield f"counts half: {_MODIFIERS['hedge']}", "hedge"


def _unheard(cue: str, published: str) -> str:
    if cue == "recalled":
        return f": its sentence goes on with background, or dates it well before {published or 'the text'}"
    return ": the sentence asks, or tells of what is not done"


def _heard(event: Event, cue: str) -> tuple[str, Span] | None:
    """The nearest such word of the sentence, outside the act itself."""
    low, high = event.sentence
    hits = [
        hit
        for hit in event.reading.cues.get(f"cue:{cue}", ())
        if low <= hit.start < high and not event.start <= hit.start < event.end
    ]
    if not hits:
        return None
    nearest = min(hits, key=lambda hit: abs(hit.start - event.start))
    quote = _quote(event.reading, nearest.start, nearest.end)
    return quote, _span(event.reading, nearest.start, nearest.end)


def _measure(studied: Study, number: int) -> Iterator[Reason]:
    """What made the days and the status of a measure."""
    measure = studied.claims.measures[number]
    days = [mention for mention in studied.claims.mentions if mention.kind == "date"]
    for name in ("announced", "effective", "expires"):
        value = getattr(measure, name)
        if value and (found := next((m for m in days if m.concept == value and m.rule.endswith(f"#{name}")), None)):
            yield Reason(f"{name} {value}", _day(found), (_mention_span(found),))
        elif value:
            yield Reason(
                f"{name} {value}", "the day of publication" if name == "announced" else "named in its sentence"
            )
    if measure.status:
        yield Reason(f"status {measure.status}", _status(studied, number))


def _day(mention: Mention) -> str:
    how = {
        "date/day": "written in full",
        "date/resolved": "its year or month is that nearest to publication",
        "date/weekday": "reckoned from the day of publication",
        "date/publication": "counted from the day of publication",
        "date/fiscal-year": "the first day of the fiscal year",
        "date/same-day": "the day named before",
    }
    return f"'{mention.text}': {how.get(mention.rule.partition('#')[0], 'read as a day')}"


def _status(studied: Study, number: int) -> str:
    measure = studied.claims.measures[number]
    for reading in studied.readings:
        starts = [span.start for span in measure.evidence if span.field == reading.field][:1]
        for cue in _STATUSES if starts else ():
            for hit in reading.cues.get(f"cue:{cue}", ()):
                place, _ = reading.folded.origin(hit.start, hit.end)
                says = cue == measure.status or (cue == "drafted" and measure.status == "proposed")
                if says and abs(place - starts[0]) < _MOST:
                    return f"because of '{_quote(reading, hit.start, hit.end)}'"
    return {
        "in force": "its day of effect is not after publication, or the text is the law itself",
        "expired": "its last day is before publication",
        "proposed": "all that tells it is hedged",
        "announced": "told as decided; no day of effect has come yet",
    }.get(measure.status, "told in its sentence")


def _mention_span(mention: Mention) -> Span:
    return Span(field=mention.field, start=mention.start, end=mention.end)


def _span(reading: FieldReading, start: int, end: int) -> Span:
    first, last = reading.folded.origin(start, end)
    return Span(field=reading.field, start=first, end=last)


def _quote(reading: FieldReading, start: int, end: int) -> str:
    first, last = reading.folded.origin(start, end)
    return " ".join(reading.original[first:last].split())


def _words(reading: FieldReading, match: re.Match[str]) -> str:
    """What matched, to the end of its word: patterns hold the beginnings of verbs."""
    start, end = match.span()
    while start < end < len(reading.scanned) and reading.scanned[end - 1 : end + 1].isascii():
        if not reading.scanned[end - 1 : end + 1].isalnum():
            break
        end += 1
    return _quote(reading, start, end).strip() if end > start else ""


def verdict(explanation: Explanation) -> str:
    """In one sentence why the document counts as relevant or not."""
    found = explanation.relevance
    if explanation.claims.relevant:
        return f"Relevant: the reasons sum up to {explanation.total:g}, and {THRESHOLD:g} suffices."
    if not found:
        return "Not relevant: nothing in it speaks of export control."
    against = [reason.claim for reason in found if (reason.weight or 0) < 0]
    because = f"; against it speak {', '.join(repr(claim) for claim in against[:5])}" if against else ""
    return f"Not relevant: the reasons sum up to {explanation.total:g}, and {THRESHOLD:g} is needed{because}."


def spans_of(explanation: Explanation) -> Sequence[tuple[Span, str]]:
    """What to mark in the text, with a label each, none overlapping: acts and sides before names."""
    wanted = [
        (span, f"{reason.claim} ({reason.note})" if reason.note else reason.claim)
        for reason in (*explanation.acts, *explanation.sides)
        for span in reason.spans[:1]
    ]
    wanted += [
        (_mention_span(mention), f"{mention.kind} {mention.concept}")
        for mention in explanation.claims.mentions
        if mention.kind not in ("action", "jurisdiction")
    ]
    kept: list[tuple[Span, str]] = []
    for span, label in sorted(wanted, key=lambda marked: (marked[0].field, marked[0].start, -marked[0].end)):
        if not kept or kept[-1][0].field != span.field or span.start >= kept[-1][0].end:
            kept.append((span, label))
    return kept
