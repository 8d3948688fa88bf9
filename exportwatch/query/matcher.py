"""Plain evaluation of a query tree against one Entry: the meaning itself, which both engines are held to."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from exportwatch.index import Entry
from exportwatch.query.fields import TOKEN_FIELDS
from exportwatch.query.patterns import backtracking
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
from exportwatch.query.windows import windows

Values = Mapping[str, tuple[str, ...]]


def matches(node: Node, entry: Entry) -> bool:
    """Whether the entry answers the query. Cost is linear in its text for every phrase, wildcard and range on it."""
    return _holds(node, entry, entry.values)


def _holds(node: Node, entry: Entry, values: Values) -> bool:
    return _TESTS[type(node)](node, entry, values)


def texts(entry: Entry, values: Values, field: str) -> tuple[str, ...]:
    """The joined tokens of each value of a token field."""
    if field == "title":
        return (entry.title,)
    if field == "text":
        return (entry.text,)
    return values.get(field, ())


def _phrase(node: Phrase, entry: Entry, values: Values) -> bool:
    every = (text for field in node.fields for text in texts(entry, values, field))
    if not node.slop or len(node.tokens) == 1:
        wanted = f" {' '.join(node.tokens)} "
        return any(wanted in f" {text} " for text in every)
    return any(_near(text, node) for text in every)


def _near(text: str, node: Phrase) -> bool:
    if not all(token in text for token in node.tokens):
        return False
    return next(windows(text.split(" "), node.tokens, node.slop), None) is not None


@functools.lru_cache(maxsize=1024)
def token_pattern(pattern: str) -> re.Pattern[str]:
    """Finds a token that matches, in tokens between spaces."""
    return re.compile(f"(?<![^ ]){backtracking(pattern, '[^ ]')}(?![^ ])")


@functools.lru_cache(maxsize=1024)
def value_pattern(pattern: str) -> re.Pattern[str]:
    """Matches a whole value (fullmatch)."""
    return re.compile(backtracking(pattern, "."), re.DOTALL)


def _wildcard(node: Wildcard, entry: Entry, values: Values) -> bool:
    search = token_pattern(node.pattern).search
    # A text without tokens would otherwise be one empty token.
    return any(text and search(text) for field in node.fields for text in texts(entry, values, field))


def _value(node: Value, _: Entry, values: Values) -> bool:
    return node.value in values.get(node.field, ())


def _value_wildcard(node: ValueWildcard, _: Entry, values: Values) -> bool:
    return any(map(value_pattern(node.pattern).fullmatch, values.get(node.field, ())))


def _range(node: Range, entry: Entry, values: Values) -> bool:
    return any(within(node, value) for value in _comparable(node.field, entry, values))


def within(node: Range, value: str) -> bool:
    """Whether one value or token lies between the bounds."""
    if node.low is not None and (value < node.low or (value == node.low and not node.include_low)):
        return False
    return node.high is None or value < node.high or (value == node.high and node.include_high)


def _comparable(field: str, entry: Entry, values: Values) -> Iterable[str]:
    if field in TOKEN_FIELDS:
        return _each_token(texts(entry, values, field))
    return values.get(field, ())


def _each_token(every: tuple[str, ...]) -> Iterator[str]:
    for text in every:
        yield from text.split()


def _and(node: And, entry: Entry, values: Values) -> bool:
    return all(_TESTS[type(child)](child, entry, values) for child in node.children)


def _or(node: Or, entry: Entry, values: Values) -> bool:
    return any(_TESTS[type(child)](child, entry, values) for child in node.children)


def _not(node: Not, entry: Entry, values: Values) -> bool:
    return not _holds(node.child, entry, values)


def _boost(node: Boost, entry: Entry, values: Values) -> bool:
    return _holds(node.child, entry, values)


def _one_measure(node: OneMeasure, entry: Entry, _: Values) -> bool:
    return any(_holds(node.child, entry, measure) for measure in entry.measures)


_TESTS: Final[dict[type, Callable[[Any, Entry, Values], bool]]] = {
    Everything: lambda *_: True,
    Phrase: _phrase,
    Wildcard: _wildcard,
    Value: _value,
    ValueWildcard: _value_wildcard,
    Range: _range,
    And: _and,
    Or: _or,
    Not: _not,
    Boost: _boost,
    OneMeasure: _one_measure,
}
