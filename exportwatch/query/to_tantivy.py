"""The query tree as a tantivy query, and the fields of a document it asks for.

tantivy has no nested documents, no ranges on strings but through its query parser, and a slop of its own meaning.
Where it cannot say what a node means, the answer holds every document that matches and perhaps more, and says so:
the embedded index then keeps of the candidates those that matcher.matches() accepts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from exportwatch.index import Entry
from exportwatch.query.fields import FIELDS
from exportwatch.query.patterns import automaton
from exportwatch.query.tree import (
    And,
    Boost,
    Everything,
    Node,
    Not,
    OneMeasure,
    Or,
    Phrase,
    Range,
    Value,
    ValueWildcard,
    Wildcard,
)

if TYPE_CHECKING:
    import tantivy

TITLE_WEIGHT: Final = 2.0
"""A word of the title counts that much more in the order of hits."""
_MEASURE: Final = "measure_"
_PLAIN: Final = re.compile(r"\w[\w-]*")


class Translated(NamedTuple):
    """`exact`: the query's documents are those that match. Otherwise they are candidates, none missing."""

    query: tantivy.Query
    exact: bool


class Column(NamedTuple):
    """One text field of the tantivy schema: its tokenizer (`whitespace`, `raw`) and index option."""

    name: str
    tokenizer: str
    index_option: str


def columns() -> Iterator[Column]:
    """Every field that queries ask for; those of measures hold the values of all measures of a document."""
    for field in FIELDS.values():
        yield Column(field.name, *(("whitespace", "position") if field.type == "tokens" else ("raw", "basic")))
        if field.measure:
            yield Column(_MEASURE + field.name, "raw", "basic")


def values(entry: Entry) -> Iterator[tuple[str, str]]:
    """Column and text of every value of a document; a column may come several times."""
    yield "title", entry.title
    yield "text", entry.text
    for name, found in entry.values.items():
        for value in found:
            yield name, value
    for name, value in dict.fromkeys(_measured(entry)):
        yield _MEASURE + name, value


def _measured(entry: Entry) -> Iterator[tuple[str, str]]:
    for measure in entry.measures:
        for name, found in measure.items():
            for value in found:
                yield name, value


def translate(node: Node, index: tantivy.Index) -> Translated:
    """For an index whose schema has all `columns()`, with tokenizers of those names registered."""
    return _Translation(index).of(node, at_least=True)


@dataclass(frozen=True)
class _Translation:
    """`at_least`: an inexact answer holds every document that matches; otherwise, only such as match."""

    index: tantivy.Index
    prefix: str = ""

    def of(self, node: Node, *, at_least: bool) -> Translated:
        return _TRANSLATIONS[type(node)](self, node, at_least)

    def everything(self, _: Everything, at_least: bool) -> Translated:
        if self.prefix:  # every measure has an action
            return self._pattern(f"{self.prefix}action", "*", at_least)
        return Translated(_query().all_query(), True)

    def phrase(self, node: Phrase, at_least: bool) -> Translated:
        return self._either([self._phrase_in(field, node, at_least) for field in node.fields])

    def _phrase_in(self, field: str, node: Phrase, at_least: bool) -> Translated:
        found = self._tokens(field, node, at_least)
        return Translated(_query().boost_query(found.query, TITLE_WEIGHT), found.exact) if field == "title" else found

    def _tokens(self, field: str, node: Phrase, at_least: bool) -> Translated:
        schema = self.index.schema
        if len(node.tokens) == 1:
            return Translated(_query().term_query(schema, field, node.tokens[0], "freq"), True)
        if not node.slop or not at_least:
            return Translated(_query().phrase_query(schema, field, list(node.tokens)), not node.slop)
        words = [_query().term_query(schema, field, token, "freq") for token in dict.fromkeys(node.tokens)]
        return Translated(_all(words), False)

    def wildcard(self, node: Wildcard, at_least: bool) -> Translated:
        return self._either([self._pattern(field, node.pattern, at_least) for field in node.fields])

    def _pattern(self, column: str, pattern: str, at_least: bool) -> Translated:
        try:
            return Translated(_query().regex_query(self.index.schema, column, automaton(pattern)), True)
        except ValueError:  # more states than tantivy's automata may have
            return _unknown(at_least)

    def value(self, node: Value, _: bool) -> Translated:
        term = _query().term_query(self.index.schema, self.prefix + node.field, node.value, "basic")
        return Translated(term, True)

    def value_wildcard(self, node: ValueWildcard, at_least: bool) -> Translated:
        return self._pattern(self.prefix + node.field, node.pattern, at_least)

    def range(self, node: Range, at_least: bool) -> Translated:
        column = self.prefix + node.field
        bounds = [bound for bound in (node.low, node.high) if bound is not None]
        if not bounds:
            return self._pattern(column, "*", at_least)
        if not all(_PLAIN.fullmatch(bound) for bound in bounds):
            return _unknown(at_least)
        opening, closing = "[" if node.include_low else "{", "]" if node.include_high else "}"
        low, high = ("*" if bound is None else bound for bound in (node.low, node.high))
        try:
            return Translated(self.index.parse_query(f"{column}:{opening}{low} TO {high}{closing}"), True)
        except ValueError:  # a bound that is a word of tantivy's own syntax
            return _unknown(at_least)

    def conjunction(self, node: And, at_least: bool) -> Translated:
        found = [self.of(child, at_least=at_least) for child in node.children]
        if not found:
            return self.everything(Everything(), at_least)
        exact = all(part.exact for part in found) and (not self.prefix or len(found) == 1)
        if not exact and not at_least and self.prefix:
            return _unknown(at_least)
        return Translated(_all([part.query for part in found]), exact)

    def disjunction(self, node: Or, at_least: bool) -> Translated:
        return self._either([self.of(child, at_least=at_least) for child in node.children])

    def _either(self, found: list[Translated]) -> Translated:
        if len(found) == 1:
            return found[0]
        return Translated(_any([part.query for part in found]), all(part.exact for part in found))

    def negation(self, node: Not, at_least: bool) -> Translated:
        if self.prefix:  # some measure without it: columns of measures do not tell
            return self.everything(Everything(), at_least)._replace(exact=False) if at_least else _unknown(at_least)
        found = self.of(node.child, at_least=not at_least)
        occur = _occur()
        parts = [(occur.Must, _query().all_query()), (occur.MustNot, found.query)]
        return Translated(_query().boolean_query(parts), found.exact)

    def one_measure(self, node: OneMeasure, at_least: bool) -> Translated:
        """Columns of measures mix all measures of a document: one value is told exactly, several are candidates."""
        return _Translation(self.index, _MEASURE).of(node.child, at_least=at_least)

    def boost(self, node: Boost, at_least: bool) -> Translated:
        found = self.of(node.child, at_least=at_least)
        return Translated(_query().boost_query(found.query, node.factor), found.exact)


def _unknown(at_least: bool) -> Translated:
    return Translated(_query().all_query() if at_least else _query().empty_query(), False)


def _all(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    occur = _occur()
    return _query().boolean_query([(occur.Must, query) for query in queries])


def _any(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    occur = _occur()
    return _query().boolean_query([(occur.Should, query) for query in queries])


def _query() -> type[tantivy.Query]:
    from tantivy import Query

    return Query


def _occur() -> type[tantivy.Occur]:
    from tantivy import Occur

    return Occur


_TRANSLATIONS: Final[dict[type, Callable[[_Translation, Any, bool], Translated]]] = {
    Everything: _Translation.everything,
    Phrase: _Translation.phrase,
    Wildcard: _Translation.wildcard,
    Value: _Translation.value,
    ValueWildcard: _Translation.value_wildcard,
    Range: _Translation.range,
    And: _Translation.conjunction,
    Or: _Translation.disjunction,
    Not: _Translation.negation,
    OneMeasure: _Translation.one_measure,
    Boost: _Translation.boost,
}
