"""Where in a document its answer to a query stands: spans of the title and text as given, computed by us.

Offsets come from text.tokens(), the same tokens that were matched; concepts are shown by the mentions that prove
them, one measure by its evidence. What no words and no mention show is shown by the evidence of the measures that
hold it, else by what makes the document one of export control. Branches of an OR that do not hold, and negations,
show nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Final

from exportwatch.index import Entry
from exportwatch.model import Classified, Field, Mention, Span
from exportwatch.query.fields import FIELDS, WORDS, mention_of, prepare
from exportwatch.query.matcher import matches, token_pattern, value_pattern, within
from exportwatch.query.names import Resolved, Taxonomy
from exportwatch.query.tree import (
    And,
    Boost,
    Node,
    OneMeasure,
    Or,
    Phrase,
    Range,
    Value,
    ValueWildcard,
    Wildcard,
)
from exportwatch.query.windows import windows
from exportwatch.text import joined, spans

SPANS: Final = 200
"""At most this many spans a document."""
_TOPICAL: Final = ("topic", "programme", "instrument")
_QUOTED_FIELDS: Final = ("party", "instrument")
"""Token fields whose words are those of mentions."""
_WORD_FIELDS: Final[dict[str, Field]] = {"title": "title", "text": "text"}


def highlights(resolved: Resolved, classified: Classified, most: int = SPANS) -> tuple[Span, ...]:
    """Sorted spans, title first; where they overlap they are one. The first few; none when nothing matches."""
    return Highlighter(classified, resolved.taxonomy, most=most).spans(resolved.tree)


class _Words:
    """The tokens of one field. What is costly is made when first asked for: most fields hold nothing that is."""

    def __init__(self, original: str, joined: str) -> None:
        self._original = original
        self.joined = joined
        """`text.joined(original)`"""

    def spans(self, stretches: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Of these first and last tokens, in the original."""
        stretches = list(stretches)
        numbers = sorted({number for stretch in stretches for number in stretch})
        where = dict(zip(numbers, spans(self._original, numbers), strict=True))
        return ((where[first][0], where[last][1]) for first, last in stretches)

    @cached_property
    def texts(self) -> list[str]:
        return self.joined.split(" ") if self.joined else []

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """The tokens of each text."""
        found: dict[str, list[int]] = {}
        for place, text in enumerate(self.texts):
            found.setdefault(text, []).append(place)
        return found


class Highlighter:
    """One document for any number of queries; its fields are tokenised when first asked for."""

    def __init__(
        self, classified: Classified, taxonomy: Taxonomy, entry: Entry | None = None, most: int = SPANS
    ) -> None:
        self._most = most
        self._classified = classified
        self._taxonomy = taxonomy
        self._entry: Entry = entry or prepare(classified, taxonomy, b"")
        self._words: dict[str, _Words] = {}

    def spans(self, tree: Node) -> tuple[Span, ...]:
        """As `highlights` says."""
        found = set(self._of(tree, alone=True)) if matches(tree, self._entry) else set()
        return tuple(itertools.islice(_merged(sorted(found, key=_order)), self._most))

    def _of(self, node: Node, *, alone: bool) -> Iterator[Span]:
        """Of a node that holds for this document; `alone`: where it has no evidence of its own, what stands for it."""
        match node:
            case And():
                for child in node.children:
                    yield from self._of(child, alone=alone)
            case Or():
                holding = [child for child in node.children if matches(child, self._entry)]
                found = [span for child in holding for span in self._of(child, alone=False)]
                if alone and not found:
                    found = [span for child in holding for span in self._of(child, alone=True)]
                yield from found
            case Boost():
                yield from self._of(node.child, alone=alone)
            case OneMeasure():
                yield from self._evidence(node) or (self._of_the_topic() if alone else ())
            case Phrase() | Wildcard():
                for field in node.fields:
                    yield from self._in_words(field, node)
            case Range() | Value() | ValueWildcard():
                yield from self._valued(node, alone)

    def _valued(self, node: Range | Value | ValueWildcard, alone: bool) -> Iterator[Span]:
        wanted = _wanted(node)
        found = list(self._mentions(node.field, wanted))
        if isinstance(node, Range):
            found.extend(self._in_words(node.field, node))
        yield from found or (self._standing_for(node.field, wanted) if alone else ())

    def _standing_for(self, field: str, wanted: Callable[[str], bool]) -> Iterable[Span]:
        """Evidence of a claim that no mention proves, such as the jurisdiction of an agency."""
        if field != "concept" and not FIELDS[field].measure:
            return ()
        measures = zip(self._classified.claims.measures, self._entry.measures, strict=True)
        having = [measure for measure, values in measures if any(map(wanted, values.get(field, ())))]
        return [span for measure in having for span in measure.evidence] or self._of_the_topic()

    def _of_the_topic(self) -> Iterable[Span]:
        """Mentions of programmes and laws, else the first evidence: why the document is one of export control."""
        claims = self._classified.claims
        found = [_span(mention) for mention in claims.mentions if mention.kind in _TOPICAL]
        return found or [span for measure in claims.measures for span in measure.evidence][:1]

    def _in_words(self, field: str, node: Phrase | Wildcard | Range) -> Iterator[Span]:
        known = _WORD_FIELDS.get(field)
        if field in _QUOTED_FIELDS:
            yield from self._quoted(field, node)
        if known:
            words = self._words_of(known)
            found = itertools.islice(sorted(_stretches(node, words)), self._most)
            yield from (Span(field=known, start=start, end=end) for start, end in words.spans(found))

    def _quoted(self, field: str, node: Phrase | Wildcard | Range) -> Iterator[Span]:
        """Whole mentions that hold an answer."""
        for mention in self._classified.claims.mentions:
            if mention.kind == field and any(_stretches(node, _Words(mention.text, joined(mention.text)))):
                yield _span(mention)

    def _words_of(self, field: Field) -> _Words:
        if field not in self._words:
            self._words[field] = _Words(getattr(self._classified.document, field), getattr(self._entry, field))
        return self._words[field]

    def _mentions(self, field: str, wanted: Callable[[str], bool]) -> Iterator[Span]:
        known: dict[tuple[str, str], bool] = {}
        for mention in self._classified.claims.mentions:
            key = (mention.kind, mention.concept)
            if key not in known:
                known[key] = any(map(wanted, mention_of(field, mention, self._taxonomy)))
            if known[key]:
                yield _span(mention)

    def _evidence(self, node: OneMeasure) -> list[Span]:
        found: list[Span] = []
        for measure, values in zip(self._classified.claims.measures, self._entry.measures, strict=True):
            if matches(node.child, replace(self._entry, values=values)):
                found.extend(measure.evidence)
        return found


def _wanted(node: Range | Value | ValueWildcard) -> Callable[[str], bool]:
    match node:
        case Range():
            return lambda value: within(node, value)
        case Value():
            return node.value.__eq__
        case ValueWildcard():
            pattern = value_pattern(node.pattern)
            return lambda value: bool(pattern.fullmatch(value))


def _span(mention: Mention) -> Span:
    return Span(field=mention.field, start=mention.start, end=mention.end)


def _stretches(node: Phrase | Wildcard | Range, words: _Words) -> Iterable[tuple[int, int]]:
    """First and last token of everything that answers the node."""
    if isinstance(node, Phrase):
        return _near(node, words) if node.slop else _adjacent(node.tokens, words.joined)
    if isinstance(node, Wildcard):
        pattern = token_pattern(node.pattern)
        return _singles(words, lambda text: bool(pattern.fullmatch(text)))
    return _singles(words, lambda text: within(node, text))


def _singles(words: _Words, wanted: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    for text, places in words.places.items():
        if wanted(text):
            yield from ((place, place) for place in places)


def _adjacent(wanted: tuple[str, ...], joined: str) -> Iterator[tuple[int, int]]:
    text, phrase = f" {joined} ", f" {' '.join(wanted)} "
    place, counted = 0, 0
    found = text.find(phrase)
    while found >= 0:
        place += text.count(" ", counted, found)
        yield place, place + len(wanted) - 1
        counted = found
        found = text.find(phrase, found + 1)


def _near(node: Phrase, words: _Words) -> Iterator[tuple[int, int]]:
    if all(token in words.joined for token in node.tokens):
        yield from windows(words.texts, node.tokens, node.slop)


def _order(span: Span) -> tuple[int, int, int]:
    return WORDS.index(span.field), span.start, span.end


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Sorted spans with those that overlap joined; those that only touch stay apart."""
    last: Span | None = None
    for span in spans:
        if last and span.field == last.field and span.start < last.end:
            last = Span(field=last.field, start=last.start, end=max(last.end, span.end))
            continue
        if last:
            yield last
        last = span
    if last:
        yield last
