"""From the text of a query to the tree all engines answer: fields, and names that stand for concepts.

    resolve('韓国 action:tighten', taxonomy)      Resolved(tree, expansions, notes)

A phrase, a word, or the longest run of words side by side that is a name means documents that mention the concept,
or hold the words. `=` and a field of text (title:, text:) switch that off. A word without letters or digits is
punctuation and asks nothing. A wildcard is one word: broken by punctuation, it asks for all its parts; beside Han,
Kana or Hangul, which match as substrings anyway, `*` and `?` add nothing.
"""

from __future__ import annotations

import datetime
import difflib
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, Protocol, get_args

from exportwatch.errors import Misconfigured
from exportwatch.model import Action
from exportwatch.query import syntax
from exportwatch.query.fields import FIELDS, WORDS, Field, code_asked, normal
from exportwatch.query.lexer import MEASURE, wrong
from exportwatch.query.parse import BOOST_MAX, parse
from exportwatch.query.patterns import plain
from exportwatch.query.syntax import ANY, ONE, Bounds, Quoted, Syntax, Word
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
from exportwatch.text import fold, joined


class Taxonomy(Protocol):
    """What a query asks of the taxonomy; names are given as `text.joined()`."""

    @property
    def longest(self) -> int:
        """Tokens of the longest name."""
        ...

    def named(self, joined_tokens: str, /) -> tuple[str, ...]:
        """`kind:id` of the concepts for which this is a name that widens a query."""
        ...

    def resolve(self, field: str, joined_tokens: str, /) -> tuple[str, ...]:
        """Values of a field for an id, code, acronym or any label."""
        ...

    def closure(self, kind: str, id: str, /) -> tuple[str, ...]:
        """`kind:id` of the concept and of everything broader."""
        ...

    def __hash__(self) -> int: ...


class Expansion(NamedTuple):
    """What was typed, and the concepts (`kind:id`) it was taken for."""

    typed: str
    concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A query as it is answered, what was expanded in it, and notes for whoever typed it."""

    tree: Node
    expansions: tuple[Expansion, ...]
    notes: tuple[str, ...]
    taxonomy: Taxonomy = field(repr=False, compare=False)
    """The one that resolved it, so that highlights know narrower concepts."""


def resolve(text: str, taxonomy: Taxonomy) -> Resolved:
    """Raises Misconfigured, naming the column, for anything that is no query."""
    resolution = _Resolution(taxonomy, [], [])
    tree = resolution.of(parse(text), _Scope())
    if tree is None:
        raise wrong(1, "there is no word in this query, only punctuation")
    if depth(tree) > TREE_DEPTH:
        raise wrong(1, f"AND and OR are nested deeper than {TREE_DEPTH} levels in this query")
    return Resolved(tree, tuple(resolution.expansions), tuple(dict.fromkeys(resolution.notes)), taxonomy)


@dataclass(frozen=True)
class _Scope:
    """What surrounds a part of a query: its field, whether names expand, whether it is asked of one measure."""

    field: Field | None = None
    exactly: bool = False
    measure: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        return (self.field.name,) if self.field else WORDS

    @property
    def expands(self) -> bool:
        return self.field is None and not self.exactly and not self.measure


TREE_DEPTH: Final = 50
"""Elasticsearch refuses more than 30 queries within each other; one holds an AND and an OR."""
_BY_TAXONOMY: Final = ("item", "agency", "implementing", "affected", "action")
_ACTIONS: Final = get_args(Action)
_ONE_VALUE: Final = ("lang", "code", *_BY_TAXONOMY)
"""Fields whose values hold no comma, but for labels of several words and names of substances."""
_COMMAS: Final = (",", "、")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", re.ASCII)
_DAY: Final = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?)?[年月日]?(?:T.*)?", re.ASCII)
_COMPARISON: Final = re.compile(r"([<>]=?)(.+)", re.DOTALL)


@dataclass(frozen=True)
class _Resolution:
    """Walks the syntax once. None stands for punctuation, which asks nothing."""

    taxonomy: Taxonomy
    expansions: list[Expansion]
    notes: list[str]

    def of(self, part: Syntax, scope: _Scope) -> Node | None:
        match part:
            case Word():
                return self._word(part, scope)
            case Quoted():
                return self._quoted(part, scope)
            case Bounds():
                return self._bounds(part, scope)
            case syntax.InField():
                return self._in_field(part, scope)
            case syntax.Side():
                return _both(self._side(part.children, scope))
            case _:
                return self._compound(part, scope)

    def _compound(
        self, part: syntax.Exactly | syntax.Every | syntax.Either | syntax.Without | syntax.Weighted, scope: _Scope
    ) -> Node | None:
        match part:
            case syntax.Every():
                return _both(self.of(child, scope) for child in part.children)
            case syntax.Either():
                return _either(self.of(child, scope) for child in part.children)
            case syntax.Exactly():
                return self.of(part.child, replace(scope, exactly=True))
            case syntax.Without():
                return _negated(self.of(part.child, scope))
            case syntax.Weighted():
                child = self.of(part.child, scope)
                return child and _boosted(child, part.factor)

    def _in_field(self, part: syntax.InField, scope: _Scope) -> Node | None:
        if part.name == MEASURE:
            if scope.measure:
                raise wrong(part.column, "a measure has no measures within")
            child = self.of(part.child, _Scope(exactly=scope.exactly, measure=True))
            return OneMeasure(_asked(child, part))
        found = FIELDS[part.name]
        if scope.measure and not found.measure:
            known = ", ".join(known.name for known in FIELDS.values() if known.measure)
            raise wrong(part.column, f"a measure has no {found.name}; it has {known}")
        return _asked(self.of(part.child, replace(scope, field=found)), part)

    def _side(self, children: Sequence[Syntax], scope: _Scope) -> list[Node | None]:
        found: list[Node | None] = []
        for is_run, group in itertools.groupby(children, lambda child: scope.expands and _is_bare(child)):
            if is_run:
                found.extend(self._run([part for part in group if isinstance(part, Word)], scope))
            else:
                found.extend(self.of(child, scope) for child in group)
        return found

    def _run(self, words: list[Word], scope: _Scope) -> list[Node | None]:
        """Words side by side, where the longest names win, from the left."""
        found: list[Node | None] = []
        self.notes.extend(word.note for word in words if word.note)
        texts = [joined(word.text) for word in words]
        start = 0
        while start < len(words):
            end = self._longest_name(texts, start)
            found.append(self._named(" ".join(word.typed for word in words[start:end]), texts[start:end], scope))
            start = end
        return found

    def _longest_name(self, texts: list[str], start: int) -> int:
        ends = itertools.accumulate(text.count(" ") + 1 if text else 0 for text in texts[start:])
        last = start + sum(1 for tokens in ends if tokens <= self.taxonomy.longest)
        for end in range(last, start + 1, -1):
            if self.taxonomy.named(" ".join(filter(None, texts[start:end]))):
                return end
        return start + 1

    def _named(self, typed: str, texts: Iterable[str], scope: _Scope, slop: int = 0) -> Node | None:
        """These tokens as a phrase, or as the concepts they name too."""
        text = " ".join(filter(None, texts))
        if not text:
            return None
        tokens = tuple(text.split(" "))
        literal = Phrase(scope.words, tokens, slop if len(tokens) > 1 else 0)
        concepts = self.taxonomy.named(text) if scope.expands and not slop else ()
        if not concepts:
            return literal
        self.expansions.append(Expansion(typed, concepts))
        return Or((*(Value("concept", concept) for concept in self._mentioned(concepts, text)), literal))

    def _mentioned(self, concepts: tuple[str, ...], text: str) -> Iterable[str]:
        """Mentions name an agency by its acronym, which is not always its id."""
        found = dict.fromkeys(concepts)
        if any(concept.startswith("agency:") for concept in concepts):
            found.update((f"agency:{value}", None) for value in self.taxonomy.resolve("agency", text))
        return found

    def _word(self, part: Word, scope: _Scope) -> Node | None:
        if part.note:
            self.notes.append(part.note)
        if scope.measure and scope.field is None:
            return self._measure_word(part)
        if part.text in (ANY, f"{ANY}:{ANY}") and scope.field is None:
            return Everything()
        if scope.field and (comparison := _COMPARISON.fullmatch(part.text)):
            return self._bounds(_compared(comparison[1], comparison[2], part), scope)
        if scope.field and scope.field.type != "tokens":
            return self._value(part.text, scope.field, part.column)
        if part.has_wildcards:
            return _both(_wildcard_parts(joined(part.text).split(), scope))
        if scope.field and scope.field.name == "instrument":
            return self._instrument(part.text, scope)
        return self._named(part.typed, [joined(part.text)], scope)

    def _measure_word(self, part: Word | Quoted | Bounds) -> Node | None:
        if isinstance(part, Word) and part.text == ANY:
            return Everything()
        if isinstance(part, Word) and not joined(part.text):
            return None
        raise wrong(part.column, "inside measure:( … ) everything needs a field, as in by:JP")

    def _quoted(self, part: Quoted, scope: _Scope) -> Node | None:
        if scope.measure and scope.field is None:
            return self._measure_word(part)
        # Within quotation marks the letters that stand for wildcards are letters.
        if scope.field and scope.field.type != "tokens":
            return self._value(part.text, scope.field, part.column)
        if scope.field and scope.field.name == "instrument" and not part.slop:
            return self._instrument(part.text, scope)
        return self._named(part.text, [joined(part.text)], scope, part.slop)

    def _instrument(self, text: str, scope: _Scope) -> Node | None:
        """A citation by its words, or a law by any of its names."""
        literal = self._named(text, [joined(text)], scope)
        ids = () if scope.exactly else self.taxonomy.resolve("instrument", joined(text))
        return _either([*(Value("concept", f"instrument:{id}") for id in ids), literal])

    def _value(self, text: str, asked: Field, column: int) -> Node | None:
        if not joined(text):
            return None
        if ANY in text or ONE in text:
            pattern = plain(normal(asked.name, text)).replace(ANY, "*").replace(ONE, "?")
            return ValueWildcard(asked.name, pattern)
        if asked.type == "day":
            low, high = _days(text, asked, column)
            return Value(asked.name, low) if low == high else Range(asked.name, low, high)
        if asked.name == "code":
            self._check_commas(text, asked, column)
            return Value(asked.name, code_asked(text))
        values = self.taxonomy.resolve(asked.name, joined(text)) if asked.name in _BY_TAXONOMY else ()
        if not values or text.endswith(_COMMAS):
            self._check_commas(text, asked, column)
        if not values:
            self._unknown(text, asked, column)
        return _either(Value(asked.name, normal(asked.name, value)) for value in values or (text,))

    def _check_commas(self, text: str, asked: Field, column: int) -> None:
        """Raises Misconfigured for `en,ja`, and for `en,` of `en, ja`, whose second half would be another word."""
        parts = [part for part in re.split("[,、]", text) if part]
        if asked.name not in _ONE_VALUE or parts == [text] or re.search(r"\s", text):
            return
        if asked.name == "item" and not all(self.taxonomy.resolve("item", joined(part)) for part in parts):
            return  # 1,2-dichloroethane
        together = " OR ".join(parts if len(parts) > 1 else [*parts, "…"])
        raise wrong(column, f"{asked.name} takes one value, no comma; for any of several: {asked.name}:({together})")

    def _unknown(self, text: str, asked: Field, column: int) -> None:
        """Notes that nothing bears this value, or raises where it can only be a slip."""
        value = normal(asked.name, text)
        if asked.name == "action" and value in _ACTIONS:
            return
        if asked.name == "action":
            near = difflib.get_close_matches(value, _ACTIONS, n=1, cutoff=0.5)
            meant = f'did you mean "{near[0]}"? Actions' if near else "actions"
            raise wrong(column, f'no action is called "{text}"; {meant} are {", ".join(_ACTIONS)}')
        if asked.name in _BY_TAXONOMY or (asked.name == "lang" and not _LANGUAGE.fullmatch(value)):
            self.notes.append(f'no {asked.name} is called "{text}"')

    def _bounds(self, part: Bounds, scope: _Scope) -> Node | None:
        if scope.field is None:
            if scope.measure:
                return self._measure_word(part)
            return _either(self._bounds(part, replace(scope, field=FIELDS[name])) for name in WORDS)
        name = scope.field.name
        low = _bound(part.low, scope.field, part.column, last=not part.include_low)
        high = _bound(part.high, scope.field, part.column, last=part.include_high)
        _check_order(part, scope.field)
        return Range(name, low, high, part.include_low, part.include_high)


def _asked(child: Node | None, part: syntax.InField) -> Node:
    """What a field is asked for; raises Misconfigured where that is nothing, which would ask something else."""
    if child is None:
        raise wrong(part.column, f'"{part.name}:" needs a word after it, not only punctuation')
    return child


def _is_bare(part: Syntax) -> bool:
    return isinstance(part, Word) and not part.has_wildcards


def _wildcard_parts(tokens: list[str], scope: _Scope) -> Iterable[Node]:
    meaning = [token for token in tokens if token.strip(ANY + ONE)] or tokens
    for has_wildcards, group in itertools.groupby(meaning, lambda token: ANY in token or ONE in token):
        if not has_wildcards:
            yield Phrase(scope.words, tuple(group))
            continue
        for token in group:
            yield Wildcard(scope.words, token.replace(ANY, "*").replace(ONE, "?"))


def _compared(operator: str, bound: str, part: Word) -> Bounds:
    if operator.startswith("<"):
        return Bounds(None, bound, True, operator == "<=", part.column)
    return Bounds(bound, None, operator == ">=", True, part.column)


def _bound(text: str | None, asked: Field, column: int, *, last: bool) -> str | None:
    """`last`: of a month or year, the last day is meant."""
    if text is None:
        return None
    if asked.type == "day":
        return _days(text, asked, column)[1 if last else 0]
    return fold(text).text if asked.type == "tokens" else normal(asked.name, text)


def _check_order(part: Bounds, asked: Field) -> None:
    """Raises Misconfigured for a range that nothing can lie in, as its bounds were exchanged."""
    low = _bound(part.low, asked, part.column, last=False)
    high = _bound(part.high, asked, part.column, last=True)
    if low is not None and high is not None and low > high:
        how = "" if asked.type == "day" else " (character by character, not as numbers)"
        raise wrong(part.column, f'nothing lies in this range: "{part.low}" comes after "{part.high}"{how}')


def _days(text: str, asked: Field, column: int) -> tuple[str, str]:
    """First and last day of a day, month or year; compared as strings, so every month may have 31."""
    match = _DAY.fullmatch(fold(text).text.strip().upper())
    if not match:
        raise wrong(column, f'{asked.name} wants YYYY, YYYY-MM or YYYY-MM-DD, not "{text}"')
    year, month, day = match.groups()
    try:
        datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError as error:
        raise wrong(column, f'"{text}" is no day, month or year of the calendar') from error
    months = (month, month) if month else ("1", "12")
    days = (day, day) if day else ("1", "31")
    first, last = (f"{year}-{int(m):02}-{int(d):02}" for m, d in zip(months, days, strict=True))
    return first, last


def _both(found: Iterable[Node | None]) -> Node | None:
    children: list[Node] = []
    for node in found:
        if isinstance(node, And):
            children.extend(node.children)
        elif node is not None:
            children.append(node)
    return And(tuple(children)) if len(children) > 1 else next(iter(children), None)


def _either(found: Iterable[Node | None]) -> Node | None:
    children: list[Node] = []
    for node in found:
        if isinstance(node, Or):
            children.extend(node.children)
        elif node is not None:
            children.append(node)
    return Or(tuple(children)) if len(children) > 1 else next(iter(children), None)


def _negated(node: Node | None) -> Node | None:
    """Negations go down to what holds no And and no Or, so that trees stay flat."""
    match node:
        case Not():
            return node.child
        case Boost():
            return _negated(node.child)
        case And():
            return _either(_negated(child) for child in node.children)
        case Or():
            return _both(_negated(child) for child in node.children)
        case _:
            return node and Not(node)


def _boosted(node: Node, factor: float) -> Node:
    """Boosts go down to the leaves, as scores are sums; again so that trees stay flat."""
    match node:
        case And() | Or():
            return type(node)(tuple(_boosted(child, factor) for child in node.children))
        case Boost():
            return Boost(node.child, min(node.factor * factor, BOOST_MAX))
        case Not():
            return node
        case _:
            return Boost(node, factor)


__all__ = ["Expansion", "Misconfigured", "Resolved", "Taxonomy", "resolve"]
