"""Measures: one event each, with who, whom, what, when, how sure, and the spans that prove it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from exportwatch.model import Action, Measure, Span
from processors.directions import Direction
from processors.events import Event
from processors.mentions import FieldReading
from processors.numbers import Number

_EVIDENCE: Final = 6
_RECALLED: Final = 8
_EFFECTIVE_AFTER: Final = re.compile(
    r"[ 、,，(（]{0,2}(?:起|から(?:施行|適用|実施)|より(?:施行|適用)|に?(?:施行|発効|適用)|부터|자로|"
    r"에? ?(?:시행|발효)|生效)"
)
_EFFECTIVE_BEFORE: Final = re.compile(
    r"(?:effective(?: on| from)?|take effect on|in force (?:on|from)|自|施行日[：:は]?) ?\Z"
)
_EXPIRES_BEFORE: Final = re.compile(r"(?:until|through|expires on|expire on|至|まで|截至) ?\Z")


@dataclass(frozen=True, slots=True)
class Parts:
    """What the document as a whole names, for its main measure."""

    implementing: tuple[str, ...]
    affected: tuple[str, ...]
    roles: tuple[Direction, ...]
    items: tuple[str, ...]
    agencies: tuple[str, ...]
    codes: tuple[str, ...]
    instruments: tuple[str, ...]
    dates: tuple[str, ...]
    days: tuple[tuple[FieldReading, Number], ...]
    published: str


def main_measure(action: Action, happened: Sequence[Event], parts: Parts) -> Measure:
    """What the document mainly reports, with everything it names."""
    saying = [event for event in happened if event.action == action and event.happens and not event.recalled]
    saying.sort(key=lambda event: -event.weight)
    effective, expires = _term(parts.days)
    spans = [event.span() for event in saying[:2]]
    spans += [_role_span(role) for role in parts.roles if role.role and role.code in _sides(parts)][: _EVIDENCE - 2]
    hedged = bool(saying) and all(event.hedged for event in saying)
    return Measure(
        action=action,
        implementing=parts.implementing,
        affected=parts.affected,
        items=parts.items,
        codes=parts.codes,
        agency=parts.agencies[0] if parts.agencies else "",
        basis=parts.instruments[0] if parts.instruments else "",
        announced=parts.published,
        published=parts.published,
        effective=effective,
        expires=expires,
        status="proposed" if hedged else "in force" if effective and effective <= parts.published else "announced",
        confidence=_confidence(saying, hedged),
        evidence=tuple(spans),
    )


def recalled_measures(actions: Sequence[Action], happened: Sequence[Event], parts: Parts) -> Iterator[Measure]:
    """Background: each other action that is told as past, with the sides of its own sentence."""
    told: set[tuple[Action, tuple[int, int]]] = set()
    actions_told: set[Action] = set()
    for event in happened:
        key = (event.action, event.sentence)
        if not (event.recalled and event.happens) or event.action in actions[:1] or key in told:
            continue
        told.add(key)
        if event.action in actions_told or len(actions_told) >= _RECALLED:
            continue
        actions_told.add(event.action)
        yield _recalled(event, parts)


def _recalled(event: Event, parts: Parts) -> Measure:
    low, high = event.sentence
    roles = [
        role for role in parts.roles if role.reading is event.reading and low <= role.found.start < high and role.role
    ]
    items = [
        found.name.concept.id
        for found in event.reading.found
        if low <= found.start < high and found.name.concept.kind == "item"
    ]
    return Measure(
        action=event.action,
        implementing=_codes(roles, "implementing") or parts.implementing,
        affected=_codes(roles, "affected") or parts.affected,
        items=tuple(dict.fromkeys(items)),
        reported="recalled",
        status="",
        confidence=0.5,
        evidence=(event.span(), *(_role_span(role) for role in roles[: _EVIDENCE - 1])),
    )


def _codes(roles: Sequence[Direction], wanted: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(role.code for role in roles if role.role == wanted))


def _sides(parts: Parts) -> frozenset[str]:
    return frozenset((*parts.implementing, *parts.affected))


def _role_span(role: Direction) -> Span:
    start, end = role.reading.folded.origin(role.found.start, role.found.end)
    return Span(field=role.reading.field, start=start, end=end)


def _term(days: Sequence[tuple[FieldReading, Number]]) -> tuple[str, str]:
    """The first day said to be that of entry into force, and the first said to be the last."""
    effective = expires = ""
    for reading, number in days:
        text = reading.folded.text
        before = text[max(0, number.start - 16) : number.start]
        if not effective and (_EFFECTIVE_AFTER.match(text, number.end) or _EFFECTIVE_BEFORE.search(before)):
            effective = number.value
        elif not expires and _EXPIRES_BEFORE.search(before):
            expires = number.value
    return effective, expires


def _confidence(saying: Sequence[Event], hedged: bool) -> float:
    if not saying:
        return 0.2
    sure = min(0.95, 0.4 + 0.12 * sum(event.weight for event in saying[:3]))
    return round(sure * (0.5 if hedged else 1.0), 2)
