"""The query tree after names are resolved: the one meaning that all three engines give an answer to.

Grammar and names are resolved before (parse.py, names.py); Elasticsearch, the embedded index and the matcher
each translate or evaluate these nodes against an Entry (index.py), nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches every document (`*`)."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens next to each other in one of the token fields; one token is a word.

    With `slop`, at most that many other tokens may stand between them, in any order.
    """

    fields: tuple[str, ...]
    tokens: tuple[str, ...]
    slop: int = 0


@dataclass(frozen=True, slots=True)
class Wildcard:
    """One whole token of a token field against a pattern of `?` (one character) and `*` (any number)."""

    fields: tuple[str, ...]
    pattern: str


@dataclass(frozen=True, slots=True)
class Value:
    """A normalised value of a keyword field."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class ValueWildcard:
    """A normalised value of a keyword field against a pattern of `?` and `*`."""

    field: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Range:
    """Any value of a keyword or date field between two bounds (None: open), compared as strings."""

    field: str
    low: str | None
    high: str | None
    include_low: bool = True
    include_high: bool = True


@dataclass(frozen=True, slots=True)
class And:
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    child: Node


@dataclass(frozen=True, slots=True)
class OneMeasure:
    """One and the same measure of the document satisfies the child (Value, Range and booleans of them)."""

    child: Node


@dataclass(frozen=True, slots=True)
class Boost:
    """Changes the order of hits, never which documents match."""

    child: Node
    factor: float


Node = Everything | Phrase | Wildcard | Value | ValueWildcard | Range | And | Or | Not | OneMeasure | Boost
