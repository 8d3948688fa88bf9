"""Where in a document its answer to a query stands: spans of the title and text as given, computed by us.

Offsets come from text.tokens(), the same tokens that were matched; concepts are shown by the mentions that prove
them, one measure by its evidence. Branches of an OR that do not hold, and negations, show nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from exportwatch.index import Entry
from exportwatch.model import Classified, Field, Mention, Span
from exportwatch.query.fields import WORDS, mention_of, prepare
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
from exportwatch.text import Token, tokens

SPANS: Final = 200
"""At most this many spans a document."""
_WORD_FIELDS: Final[dict[str, Field]] = {"title": "title", "text": "text"}


def highlights(resolved: Resolved, classified: Classified) -> tuple[Span, ...]:
    """Sorted spans, title first; where they overlap they are one. At most SPANS; none when nothing matches."""
    return Highlighter(classified, resolved.taxonomy).spans(resolved.tree)


class _Words(NamedTuple):
    """The tokens of one field, and the places of each."""

    tokens: list[Token]
    places: dict[str, list[int]]


class Highlighter:
    """One document for any number of queries; its fields are tokenised when first asked for."""

    def __init__(self, classified: Classified, taxonomy: Taxonomy, entry: Entry | None = None) -> None:
        self._classified = classified
        self._taxonomy = taxonomy
        self._entry: Entry = entry or prepare(classified, taxonomy, b"")
        self._words: dict[str, _Words] = {}

    def spans(self, tree: Node) -> tuple[Span, ...]:
        """As `highlights` says."""
        found = set(self._of(tree)) if matches(tree, self._entry) else set()
        return tuple(itertools.islice(_merged(sorted(found, key=_order)), SPANS))

    def _of(self, node: Node) -> Iterator[Span]:
        """Of a node that holds for this document."""
        match node:
            case And() | Or():
                for child in node.children:
                    if isinstance(node, And) or matches(child, self._entry):
                        yield from self._of(child)
            case Boost():
                yield from self._of(node.child)
            case OneMeasure():
                yield from self._evidence(node)
            case Phrase() | Wildcard():
                for field in node.fields:
                    yield from self._in_words(field, node)
            case Range():
                yield from self._in_words(node.field, node)
                yield from self._mentions(node.field, lambda value: within(node, value))
            case Value():
                yield from self._mentions(node.field, node.value.__eq__)
            case ValueWildcard():
                pattern = value_pattern(node.pattern)
                yield from self._mentions(node.field, lambda value: bool(pattern.fullmatch(value)))

    def _in_words(self, field: str, node: Phrase | Wildcard | Range) -> Iterator[Span]:
        known = _WORD_FIELDS.get(field)
        if known:
            words = self._words_of(known)
            for first, last in itertools.islice(sorted(_stretches(node, words)), SPANS):
                yield Span(field=known, start=words.tokens[first].start, end=words.tokens[last].end)

    def _words_of(self, field: Field) -> _Words:
        if field not in self._words:
            found = tokens(getattr(self._classified.document, field))
            places: dict[str, list[int]] = {}
            for place, token in enumerate(found):
                places.setdefault(token.text, []).append(place)
            self._words[field] = _Words(found, places)
        return self._words[field]

    def _mentions(self, field: str, wanted: Callable[[str], bool]) -> Iterator[Span]:
        known: dict[tuple[str, str], bool] = {}
        for mention in self._classified.claims.mentions:
            key = (mention.kind, mention.concept)
            if key not in known:
                known[key] = any(map(wanted, mention_of(field, mention, self._taxonomy)))
            if known[key]:
                yield _span(mention)

    def _evidence(self, node: OneMeasure) -> Iterator[Span]:
        for measure, values in zip(self._classified.claims.measures, self._entry.measures, strict=True):
            if matches(node.child, replace(self._entry, values=values)):
                yield from measure.evidence


def _span(mention: Mention) -> Span:
    return Span(field=mention.field, start=mention.start, end=mention.end)


def _stretches(node: Phrase | Wildcard | Range, words: _Words) -> Iterable[tuple[int, int]]:
    """First and last token of everything that answers the node."""
    if isinstance(node, Phrase):
        return _near(node, words) if node.slop else _adjacent(node.tokens, words)
    if isinstance(node, Wildcard):
        pattern = token_pattern(node.pattern)
        return _singles(words, lambda text: bool(pattern.fullmatch(text)))
    return _singles(words, lambda text: within(node, text))


def _singles(words: _Words, wanted: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    for text, places in words.places.items():
        if wanted(text):
            yield from ((place, place) for place in places)


def _adjacent(wanted: tuple[str, ...], words: _Words) -> Iterator[tuple[int, int]]:
    size = len(wanted)
    for place in words.places.get(wanted[0], ()):
        if tuple(token.text for token in words.tokens[place : place + size]) == wanted:
            yield place, place + size - 1


def _near(node: Phrase, words: _Words) -> Iterator[tuple[int, int]]:
    if all(token in words.places for token in node.tokens):
        yield from windows([token.text for token in words.tokens], node.tokens, node.slop)


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
