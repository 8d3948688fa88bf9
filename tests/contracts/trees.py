"""Random trees of queries, and random documents that some of them match."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from exportwatch.index import Entry
from exportwatch.query.fields import FIELDS
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

TOKENS: Final = (
    "red",
    "green",
    "blue",
    "xx",
    "apple",
    "control",
    "hbm3e",
    "a",
    "フ",
    "水",
    "素",
    "수",
    "출",
    "管",
    "制",
)
VALUES: Final = {
    "item": ("chemicals", "hydrogen-fluoride"),
    "code": ("3A090", "3A090.A", "2811", "7664-39-3"),
    "agency": ("METI", "MOTIE"),
    "implementing": ("JP", "KR", "US"),
    "affected": ("JP", "KR", "CN"),
    "action": ("tighten", "delist", "list"),
    "concept": ("item:chemicals", "topic:export-control", "jurisdiction:KR"),
    "lang": ("en", "ja", "zh", "zh-hans"),
    "publisher": ("jp-meti", "odd*one?", "back\\slash", "two words", "日本"),
    "kind": ("news", "ministry"),
    "published": ("2019-07-01", "2019-12-16", "2020-02-29"),
    "effective": ("2019-07-04", "2021-01-15"),
}
_MEASURED: Final = tuple(name for name in VALUES if FIELDS[name].measure)
_TOKEN_FIELDS: Final = ("title", "text", "party", "instrument", "source")

_tokens = st.sampled_from(TOKENS)
_words = st.lists(_tokens, max_size=8).map(" ".join)
_fields = st.sampled_from([("title", "text"), ("text",), ("title",), ("party",), ("source", "instrument")])
_patterns = st.text(st.sampled_from("?*ade水フr"), min_size=1, max_size=4)
_value_patterns = st.text(st.sampled_from("?*\\JP2019-ao:"), min_size=1, max_size=5).filter(
    lambda pattern: len(pattern.replace("\\\\", "")) - len(pattern.replace("\\\\", "").rstrip("\\")) == 0
)


def _measured(leaf: st.SearchStrategy[Node], size: int) -> st.SearchStrategy[Node]:
    return st.recursive(leaf, _compound, max_leaves=size)


def _compound(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(children, max_size=3).map(tuple)
    boosts: st.SearchStrategy[Node] = st.builds(Boost, children, st.floats(0, 9))
    return st.one_of(st.builds(And, several), st.builds(Or, several), st.builds(Not, children), boosts)


def _values(names: tuple[str, ...]) -> st.SearchStrategy[Node]:
    pairs = st.sampled_from([(name, value) for name in names for value in VALUES[name]])
    fields = st.sampled_from(names)
    values: st.SearchStrategy[Node] = pairs.map(lambda pair: Value(*pair))
    return st.one_of(values, st.builds(ValueWildcard, fields, _value_patterns), _ranges(fields))


def _ranges(fields: st.SearchStrategy[str]) -> st.SearchStrategy[Node]:
    bounds = st.none() | st.sampled_from(["2019", "2019-07-04", "2020-02-29", "J", "red", "水", "a b", "TO", "3A090"])
    return st.builds(Range, fields, bounds, bounds, st.booleans(), st.booleans())


_leaves: st.SearchStrategy[Node] = st.one_of(
    st.just(Everything()),
    st.builds(Phrase, _fields, st.lists(_tokens, min_size=1, max_size=4).map(tuple), st.integers(0, 4)),
    st.builds(Wildcard, _fields, _patterns),
    _values(tuple(VALUES)),
    _ranges(st.sampled_from(_TOKEN_FIELDS)),
    st.builds(OneMeasure, _measured(st.just(Everything()) | _values(_MEASURED), 4)),
)
trees: st.SearchStrategy[Node] = st.recursive(_leaves, _compound, max_leaves=8)


def _table(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, tuple[str, ...]]]:
    optional = {name: st.lists(st.sampled_from(VALUES[name]), min_size=1, max_size=2).map(tuple) for name in names}
    return st.fixed_dictionaries({}, optional=optional)


def _measure() -> st.SearchStrategy[dict[str, tuple[str, ...]]]:
    actions = st.sampled_from(VALUES["action"]).map(lambda action: {"action": (action,)})
    return st.builds(lambda values, action: {**values, **action}, _table(_MEASURED), actions)


_texts = st.fixed_dictionaries(
    {}, optional={name: st.lists(_words, min_size=1, max_size=3).map(tuple) for name in _TOKEN_FIELDS[2:]}
)
entries: st.SearchStrategy[Entry] = st.builds(
    Entry,
    id=st.integers(0, 40).map(lambda number: f"random:{number}"),
    version=st.just(1),
    title=_words,
    text=_words,
    values=st.builds(lambda values, texts: {**values, **texts}, _table(tuple(VALUES)), _texts),
    measures=st.lists(_measure(), max_size=3).map(tuple),
    body=st.just(b"{}"),
)
