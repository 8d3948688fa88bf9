"""Where in a document its answer to a query stands: spans of the title and text as given, computed by us.

Offsets come from text.tokens(), the same tokens that were matched; concepts are shown by the mentions that prove
them, one measure by its evidence. Branches of an OR that do not hold, and negations, show nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Final

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
from exportwatch.text import spans

SPANS: Final = 200
"""At most this many spans a document."""
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
        found = set(self._of(tree)) if matches(tree, self._entry) else set()
        return tuple(itertools.islice(_merged(sorted(found, key=_order)), self._most))

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
            found = itertools.islice(sorted(_stretches(node, words)), self._most)
            yield from (Span(field=known, start=start, end=end) for start, end in words.spans(found))

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

    def _evidence(self, node: OneMeasure) -> Iterator[Span]:
        for measure, values in zip(self._classified.claims.measures, self._entry.measures, strict=True):
            if matches(node.child, replace(self._entry, values=values)):
                yield from measure.evidence


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
