"""The query tree after names are resolved: the one meaning that all three engines give an answer to.

Grammar and names are resolved before (parse.py, names.py); Elasticsearch, the embedded index and the matcher
each translate or evaluate these nodes against an Entry (index.py), nothing else. Strings compare by code point.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches every document (`*`)."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens next to each other, in order, in one value of one of the token fields; one token is a word.

    With `slop` > 0 order is free: some stretch of one value holds every token (a repeated token as often as it is
    repeated) and at most `slop` tokens besides.
    """

    fields: tuple[str, ...]
    tokens: tuple[str, ...]
    slop: int = 0


@dataclass(frozen=True, slots=True)
class Wildcard:
    """One whole token of a token field against a pattern of `?` (one code point) and `*` (any number)."""

    fields: tuple[str, ...]
    pattern: str


@dataclass(frozen=True, slots=True)
class Value:
    """A normalised value of a keyword or day field."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class ValueWildcard:
    r"""A whole value of a keyword or day field against `?` and `*`; a backslash makes the next character plain."""

    field: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Range:
    """Any value of a keyword or day field, or any token of a token field, between two bounds (None: open)."""

    field: str
    low: str | None
    high: str | None
    include_low: bool = True
    include_high: bool = True


@dataclass(frozen=True, slots=True)
class And:
    """All of the children; without any, everything."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of the children at least; without any, nothing."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Every document but those of the child."""

    child: Node


@dataclass(frozen=True, slots=True)
class OneMeasure:
    """One and the same measure satisfies the child: Everything, Value, ValueWildcard, Range, booleans of them."""

    child: Node


@dataclass(frozen=True, slots=True)
class Boost:
    """Changes the order of hits, never which documents match."""

    child: Node
    factor: float


Node = Everything | Phrase | Wildcard | Value | ValueWildcard | Range | And | Or | Not | OneMeasure | Boost


def depth(node: Node) -> int:
    """How many And, Or and OneMeasure lie within each other at most."""
    match node:
        case And() | Or():
            return 1 + max(map(depth, node.children), default=0)
        case OneMeasure():
            return 1 + depth(node.child)
        case Not() | Boost():
            return depth(node.child)
        case _:
            return 0
