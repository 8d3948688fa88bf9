"""The query tree as an Elasticsearch query, and the fields of a document it asks for. Pure; imports no client.

Only queries of the bare server are used. Token fields hold text.joined() text under the whitespace analyzer, so that
nothing is analysed but by text.py. `properties()` is the mapping, `source()` a document.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from exportwatch.index import Entry
from exportwatch.query.fields import FIELDS, SLOP_MAX
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
    depth,
)

Query = dict[str, Any]
TITLE_WEIGHT: Final = 2.0
"""A word of the title counts that much more in the order of hits."""


def properties() -> dict[str, Any]:
    """The mapping of every field of `FIELDS`; none of the strings is kept or analysed otherwise."""
    tokens = {"type": "text", "analyzer": "whitespace", "position_increment_gap": SLOP_MAX + 1}
    keyword = {"type": "keyword"}
    measured = {field.name: keyword for field in FIELDS.values() if field.measure}
    flat = {field.name: tokens if field.type == "tokens" else keyword for field in FIELDS.values()}
    return {**flat, "measures": {"type": "nested", "properties": measured}}


def source(entry: Entry) -> dict[str, Any]:
    """The fields of a document that queries ask for."""
    return {
        "title": entry.title,
        "text": entry.text,
        **{name: list(values) for name, values in entry.values.items()},
        "measures": [{name: list(values) for name, values in measure.items()} for measure in entry.measures],
    }


def translate(node: Node) -> Query:
    """A query that matches exactly the documents whose entries the matcher accepts."""
    return _translate(node, "")


def _translate(node: Node, path: str) -> Query:
    return _TRANSLATIONS[type(node)](node, path)


def _any(queries: list[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    alternatives = [each for query in queries for each in _alternatives(query)]
    return {"bool": {"should": alternatives, "minimum_should_match": 1}} if alternatives else {"match_none": {}}


def _alternatives(query: Query) -> list[Query]:
    """Those of a query that is nothing but alternatives; servers bound the depth of queries, so none is nested."""
    clauses = query.get("bool", {})
    return clauses["should"] if clauses.keys() == {"should", "minimum_should_match"} else [query]


def _everything(_: Everything, __: str) -> Query:
    return {"match_all": {}}


def _phrase(node: Phrase, _: str) -> Query:
    return _any([_phrase_in(field, node) for field in node.fields])


def _phrase_in(field: str, node: Phrase) -> Query:
    boost = TITLE_WEIGHT if field == "title" else 1.0
    if len(node.tokens) == 1:
        return {"term": {field: {"value": node.tokens[0], "boost": boost}}}
    words = " ".join(node.tokens)
    if not node.slop:
        return {"match_phrase": {field: {"query": words, "boost": boost}}}
    return {"intervals": {field: {"match": {"query": words, "max_gaps": node.slop, "ordered": False}, "boost": boost}}}


def _wildcard(node: Wildcard, _: str) -> Query:
    return _any([{"wildcard": {field: {"value": node.pattern}}} for field in node.fields])


def _value(node: Value, path: str) -> Query:
    return {"term": {path + node.field: {"value": node.value}}}


def _value_wildcard(node: ValueWildcard, path: str) -> Query:
    return {"wildcard": {path + node.field: {"value": node.pattern}}}


def _range(node: Range, path: str) -> Query:
    bounds: dict[str, str] = {}
    if node.low is not None:
        bounds["gte" if node.include_low else "gt"] = node.low
    if node.high is not None:
        bounds["lte" if node.include_high else "lt"] = node.high
    return {"range": {path + node.field: bounds}} if bounds else {"wildcard": {path + node.field: {"value": "*"}}}


def _and(node: And, path: str) -> Query:
    """One bool holds a conjunction, its negations, and its deepest alternatives."""
    alternatives = max((child for child in node.children if isinstance(child, Or)), key=depth, default=None)
    clauses: dict[str, Any] = {}
    for child in node.children:
        if child is alternatives:
            clauses["should"] = _alternatives(_translate(child, path))
            clauses["minimum_should_match"] = 1
        elif isinstance(child, Not):
            clauses.setdefault("must_not", []).append(_translate(child.child, path))
        else:
            clauses.setdefault("must", []).append(_translate(child, path))
    return {"bool": clauses} if clauses else {"match_all": {}}


def _or(node: Or, path: str) -> Query:
    return _any([_translate(child, path) for child in node.children])


def _not(node: Not, path: str) -> Query:
    return _and(And((node,)), path)


def _one_measure(node: OneMeasure, _: str) -> Query:
    return {"nested": {"path": "measures", "query": _translate(node.child, "measures."), "score_mode": "max"}}


def _boost(node: Boost, path: str) -> Query:
    query = _translate(node.child, path)
    clauses = query.get("bool", {"must": [query]})
    return {"bool": {**clauses, "boost": clauses.get("boost", 1.0) * node.factor}}


_TRANSLATIONS: Final[dict[type, Callable[[Any, str], Query]]] = {
    Everything: _everything,
    Phrase: _phrase,
    Wildcard: _wildcard,
    Value: _value,
    ValueWildcard: _value_wildcard,
    Range: _range,
    And: _and,
    Or: _or,
    Not: _not,
    OneMeasure: _one_measure,
    Boost: _boost,
}
