"""What the grammar makes of a query, before fields and names are resolved. Columns count from 1 as typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ANY: Final = "\U00010920"
ONE: Final = "\U00010921"
"""Letters of a dead script (Lydian) stand for `*` and `?` in a Word, so that the tokeniser keeps them in place."""


@dataclass(frozen=True, slots=True)
class Word:
    """One bare word or value: escapes resolved, `*` and `?` as ANY and ONE."""

    text: str
    column: int
    note: str = ""
    """For whoever typed it, where not all of it was taken as it is elsewhere; without the column."""

    @property
    def typed(self) -> str:
        return self.text.replace(ANY, "*").replace(ONE, "?")

    @property
    def has_wildcards(self) -> bool:
        return ANY in self.text or ONE in self.text


@dataclass(frozen=True, slots=True)
class Quoted:
    """`"…"` or `"…"~N`."""

    text: str
    slop: int
    column: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """`[a TO b]`, `{a TO b}` or mixed; None is open."""

    low: str | None
    high: str | None
    include_low: bool
    include_high: bool
    column: int


@dataclass(frozen=True, slots=True)
class InField:
    """`name:child`"""

    name: str
    column: int
    child: Syntax


@dataclass(frozen=True, slots=True)
class Exactly:
    """`=child`: names in it are not expanded."""

    child: Syntax


@dataclass(frozen=True, slots=True)
class Side:
    """Side by side: all of them, and neighbouring words may be one name."""

    children: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """`a AND b`"""

    children: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """`a OR b`"""

    children: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """`NOT a`"""

    child: Syntax


@dataclass(frozen=True, slots=True)
class Weighted:
    """`a^factor`"""

    child: Syntax
    factor: float


Syntax = Word | Quoted | Bounds | InField | Exactly | Side | Every | Either | Without | Weighted
