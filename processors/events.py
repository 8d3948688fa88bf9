"""What is said to happen: action words with their negations, hedges, demands and recollections, weighed by place.

The title and the lead say what a document mainly reports; the same words further down are background. A negated or
demanded event did not happen: `declined to say whether Korea demanded that Japan retract the controls` is no easing.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

from exportwatch.model import Action, Span
from processors import languages
from processors.grammar import SENTENCE_END
from processors.mentions import CueHit, FieldReading

_MODIFIERS: Final = ("negation", "hedge", "demand", "supposition", "recalled")
_NEVER_MODIFIED: Final = ("complaint", "report", "enforce")
_TITLE: Final = 3.0
_ENOUGH: Final = 0.55
_STORY: Final = 320
_STORY_EAST: Final = 120
_ASKS: Final = 3
_SPOKEN: Final = 20
# 輸出規制 names the matter; it is not yet an act. A statute lays down a duty to ask for a licence, it tightens nothing.
_MATTER: Final = 0.25
_STATUTE: Final = 0.15
_EASED: Final = ("action:ease", "action:tighten")
_PROTESTED: Final = 0.4
_STATUTE_TITLE: Final = re.compile(
    r"(?:条例|條例|法律|法|規則|规则|辦法|办法|管理令|省令|政令|標準|标准)(?:[【（(].*)?$"
    r"|제 ?\d+조|\b(?:act|regulations)$"
)


@dataclass(slots=True)
class Event:
    """One action word at its place: how much it weighs, and whether it is said to happen, and when."""

    action: Action
    weight: float
    reading: FieldReading
    start: int
    end: int
    sentence: tuple[int, int]
    happens: bool = True
    hedged: bool = False
    recalled: bool = False
    lead: bool = False

    def span(self) -> Span:
        start, end = self.reading.folded.origin(self.start, self.end)
        return Span(field=self.reading.field, start=start, end=end)


def events(readings: Sequence[FieldReading], language: str) -> list[Event]:
    """All action words of the document, title first."""
    title = next((reading.scanned.strip() for reading in readings if reading.field == "title"), "")
    statute = bool(_STATUTE_TITLE.search(title))
    found: list[Event] = []
    for reading in readings:
        found.extend(_of_field(reading, language, bool(title), statute))
    if languages.grammar(language).verb_last:
        _set_back_the_protested(found)
    _set_back_what_follows(found, languages.grammar(language).protest_first)
    _tell(found, sum(len(reading.scanned) for reading in readings), language)
    return found


def _set_back_the_protested(found: Sequence[Event]) -> None:
    """輸出規制の強化に抗議した reports the protest; the act stands in the same sentence before it."""
    protests: dict[tuple[str, int], int] = {}
    for event in found:
        if event.action == "complaint" and event.happens:
            protests[event.reading.field, event.sentence[0]] = event.start
    for event in found:
        last = protests.get((event.reading.field, event.sentence[0]), 0)
        if event.action != "complaint" and event.end <= last:
            event.weight *= _PROTESTED


def _set_back_what_follows(found: Sequence[Event], protest: re.Pattern[str]) -> None:
    """China condemned the decision to add its firms: the same the other way round, but not where it hits back."""
    last: Event | None = None
    for event in sorted(found, key=lambda event: (event.reading.field, event.start)):
        if event.action == "complaint":
            last = event if protest.match(event.reading.scanned, event.start) else None
        elif last and last.reading is event.reading and last.sentence == event.sentence:
            event.weight *= _PROTESTED


def _tell(found: Sequence[Event], length: int, language: str) -> None:
    """Where a text of some length tells nothing but what is past, that is what it mainly reports."""
    happening = [event for event in found if event.happens]
    if length >= (_STORY if language == "en" else _STORY_EAST) and all(event.recalled for event in happening):
        for event in happening:
            event.recalled = False


def _of_field(reading: FieldReading, language: str, titled: bool, statute: bool) -> Iterator[Event]:
    matter = {(found.start, found.end) for found in reading.found if found.name.concept.kind == "topic"}
    acts = _outermost(reading, matter)
    if not acts:
        return
    modifiers = {name: [hit.start for hit in reading.cues.get(f"cue:{name}", ())] for name in _MODIFIERS}
    spoken = [match.span() for match in languages.grammar(language).spoken.finditer(reading.scanned)]
    neighbours = [hit.start for hit in reading.cues.get("cue:neighbour", ())]
    ends = [match.end() for match in SENTENCE_END.finditer(reading.scanned)]
    east = language != "en"
    recalled_before = -1
    for hit in acts:
        sentence = _sentence(ends, hit.start, len(reading.scanned))
        place = _place_weight(reading, hit.start, east, titled)
        action = cast(Action, hit.cue.key.removeprefix("action:"))
        length = hit.end - hit.start
        weight = place * hit.cue.weight * (1.2 if length >= (4 if east else 14) else 0.8)
        if (hit.start, hit.end) in matter:
            weight *= _MATTER
        if statute and action in ("tighten", "ease"):
            weight *= _STATUTE
        if any(first <= hit.start < last for first, last in spoken[:_SPOKEN]):
            weight *= _MATTER
        if action == "complaint" and _any_within(neighbours, sentence):
            weight *= _MATTER  # a protest against tariffs
        event = Event(action, weight, reading, hit.start, hit.end, sentence, lead=place >= 2.0)
        _modify(event, modifiers, language)
        if event.recalled:
            recalled_before = sentence[1]
        elif not event.lead and 0 <= sentence[0] - recalled_before <= 1:
            event.recalled = True  # the story told in the sentence before goes on
            recalled_before = sentence[1]
        yield event


def _outermost(reading: FieldReading, matter: set[tuple[int, int]]) -> list[CueHit]:
    """Action words without those inside a longer one; 수출규제 gives way to the 규제 철회 of 수출규제 철회."""
    kept: list[CueHit] = []
    acts = [hit for key, hits in reading.cues.items() if key.startswith("action:") for hit in hits]
    for hit in sorted(acts, key=lambda hit: (hit.start, -hit.end)):
        if kept and hit.start < kept[-1].end and hit.cue.key == kept[-1].cue.key:
            if hit.end <= kept[-1].end:
                continue
            kept.pop()  # 철회하라고 and 라고 촉구 ask once; 승인을 내주지 않 says more than 수출 승인
        if kept and kept[-1].start < hit.start < kept[-1].end and (kept[-1].cue.key, hit.cue.key) == _EASED:
            continue  # the ban on exports of `lifts ban on exports`
        if kept and hit.start < kept[-1].end and hit.cue.key != kept[-1].cue.key:
            if hit.end <= kept[-1].end and (hit.start, hit.end) != (kept[-1].start, kept[-1].end):
                continue
            if (kept[-1].start, kept[-1].end) in matter:
                kept.pop()
        kept.append(hit)
    return kept


def _sentence(ends: Sequence[int], place: int, length: int) -> tuple[int, int]:
    index = bisect_right(ends, place)
    return ends[index - 1] if index else 0, ends[index] if index < len(ends) else length


def _place_weight(reading: FieldReading, place: int, east: bool, titled: bool) -> float:
    if reading.field == "title":
        return _TITLE
    lead, body = (140, 600) if east else (320, 1_400)
    if place < lead:
        return 2.0 if titled else _TITLE
    return 1.0 if place < body else 0.5


def _modify(event: Event, modifiers: dict[str, list[int]], language: str) -> None:
    grammar = languages.grammar(language)
    low, high = event.sentence
    heard = {
        name: _any(modifiers.get(name), max(low, event.start - reach.left), min(high, event.end + reach.right), event)
        for name, reach in grammar.reaches.items()
    }
    if event.action not in _NEVER_MODIFIED:
        event.happens = not (heard["negation"] or heard["demand"])
    if heard.get("supposition") or grammar.question.search(event.reading.scanned, max(low, high - _ASKS), high):
        event.happens = False
    event.hedged = heard["hedge"]
    told = event.action == "report" or (event.lead and event.reading.field == "title")
    event.recalled = not told and _any(modifiers.get("recalled"), low, high, event)


def _any_within(places: list[int], bounds: tuple[int, int]) -> bool:
    index = bisect_left(places, bounds[0])
    return index < len(places) and places[index] < bounds[1]


def _any(places: list[int] | None, low: int, high: int, event: Event) -> bool:
    """Whether a modifier begins within these bounds, outside the action word itself."""
    if not places:
        return False
    index = bisect_left(places, low)
    while index < len(places) and places[index] < high:
        if not event.start <= places[index] < event.end:
            return True
        index += 1
    return False


def ranked(found: Sequence[Event]) -> list[tuple[Action, float]]:
    """Actions that happen now, the most prominent first; each further word of an action adds half as much."""
    weights: dict[Action, list[float]] = {}
    for event in found:
        if event.happens and not event.recalled:
            weights.setdefault(event.action, []).append(event.weight * (0.5 if event.hedged else 1.0))
    totals = {
        action: sum(weight * 0.5**place for place, weight in enumerate(sorted(values, reverse=True)[:6]))
        for action, values in weights.items()
    }
    enough = ((action, total) for action, total in totals.items() if total >= _ENOUGH)
    return sorted(enough, key=lambda total: (-total[1], total[0]))
