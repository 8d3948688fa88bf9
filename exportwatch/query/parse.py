"""The grammar of the query language: Lucene's syntax as people know it, NOT before AND before OR.

    parse('by:JP "hydrogen fluoride" -draft')      Syntax

Words side by side mean AND. `^N` is accepted anywhere and changes only the order. `word~` is accepted and means the
word: spellings are not guessed. Characters that are no operator where they stand are ordinary text (lexer.py).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, Final

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer

from exportwatch.query.lexer import Piece, pieces, wrong
from exportwatch.query.syntax import Either, Every, Exactly, InField, Side, Syntax, Weighted, Without

_GRAMMAR: Final = """
    start: either
    either: every (OR every)*
    every: side (AND side)*
    side: clause+
    ?clause: NOT clause -> without
        | PLUS clause -> required
        | EXACT clause -> exactly
        | FIELD clause -> in_field
        | weighted
    ?weighted: single
        | single BOOST -> boosted
    ?single: OPEN either CLOSE -> group
        | WORD -> leaf
        | QUOTED -> leaf
        | RANGE -> leaf
    %declare OR AND NOT PLUS BOOST OPEN CLOSE EXACT FIELD WORD QUOTED RANGE
"""
BOOST_MAX: Final = 1e6
"""Higher factors of `^` count as this one."""


def parse(text: str) -> Syntax:
    """Raises Misconfigured, with the column, for anything that is no query. Safe from several threads."""
    found = pieces(text)
    if not found:
        raise wrong(1, "the query is empty; * finds everything")
    try:
        tree: Syntax = _parser().parse(found)  # type: ignore[assignment]
    except UnexpectedToken as error:
        raise _complaint(found, error.token) from error
    return tree


class _Pieces(Lexer):
    """Hands the pieces of the scanner to the parser; holds no state."""

    __future_interface__ = 2

    def __init__(self, _: Any) -> None: ...

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
        for place, piece in enumerate(lexer_state.text):
            yield Token(piece.type, piece, start_pos=place, column=piece.column)


class _Build(Transformer[Token, Syntax]):
    """Called for each rule while parsing, with what its symbols became."""

    def start(self, children: list[Any]) -> Syntax:
        return _value(children[0])

    def either(self, children: list[Any]) -> Syntax:
        return _grouped(Either, children)

    def every(self, children: list[Any]) -> Syntax:
        return _grouped(Every, children)

    def side(self, children: list[Any]) -> Syntax:
        return _grouped(Side, children)

    def without(self, children: list[Any]) -> Syntax:
        return Without(children[1])

    def required(self, children: list[Any]) -> Syntax:
        return Every((children[1],))

    def boosted(self, children: list[Any]) -> Syntax:
        return Weighted(children[0], min(float(children[1].value.value), BOOST_MAX))

    def group(self, children: list[Any]) -> Syntax:
        return Every((children[1],))

    def exactly(self, children: list[Any]) -> Syntax:
        return Exactly(children[1])

    def in_field(self, children: list[Any]) -> Syntax:
        piece: Piece = children[0].value
        return InField(str(piece.value), piece.column, children[1])

    def leaf(self, children: list[Any]) -> Syntax:
        return _value(children[0].value.value)


def _value(value: Any) -> Syntax:
    found: Syntax = value
    return found


def _grouped(kind: type[Either] | type[Every] | type[Side], children: list[Any]) -> Syntax:
    operands = tuple(child for child in children if not isinstance(child, Token))
    return _value(operands[0]) if len(operands) == 1 else kind(operands)


@functools.cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer=_Pieces, transformer=_Build(), maybe_placeholders=False)


_NAMES: Final = {"CLOSE": ")", "OPEN": "(", "PLUS": "+", "EXACT": "="}


def _complaint(found: list[Piece], token: Token) -> Exception:
    if token.type == "$END":
        last = found[-1]
        return wrong(last.column, f"a word, phrase or group should follow {_typed(last)}")
    place = token.start_pos or 0
    piece = found[place]
    before = found[place - 1] if place else None
    if piece.type == "CLOSE" and before and before.type == "OPEN":
        return wrong(before.column, "there is nothing between these parentheses")
    if piece.type == "BOOST":
        return wrong(piece.column, f"^{piece.value} follows another ^")
    where = f"between {_typed(before)} and {_typed(piece)}" if before else f"before {_typed(piece)}"
    return wrong(piece.column, f"a word, phrase or group should stand {where}")


def _typed(piece: Piece) -> str:
    if piece.type == "FIELD":
        return f"{piece.value}:"
    return str(piece.value) if isinstance(piece.value, str) else _NAMES.get(piece.type, piece.type.lower())
