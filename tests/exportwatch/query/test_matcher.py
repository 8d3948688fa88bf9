"""matcher.py: the meaning of each node, in four languages."""

from __future__ import annotations

import time

import pytest

from exportwatch.query.matcher import matches
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
from tests.entries import entry

TEXT = ("text",)
BOTH = ("title", "text")
ENTRY = entry(
    "x:1",
    title="Red hydrogen",
    body="green apple 수출규제를 강화 フッ化水素酸 出口管制 HBM3E red red",
    values={
        "publisher": ("a*b?\\c", "two\nlines"),
        "published": ("2019-07-04",),
        "party": ("red", "hydrogen 水"),
        "lang": ("zh-hant", "zh"),
    },
    measures=({"action": ("tighten",), "affected": ("KR",)}, {"action": ("ease",), "affected": ("CN",)}),
)
NOWHERE = Phrase(BOTH, ("nowhere",))

TRUE: list[Node] = [
    Everything(),
    And(()),
    Phrase(BOTH, ("red",)),
    Phrase(BOTH, ("red", "hydrogen")),
    Phrase(TEXT, ("red", "red")),
    Phrase(TEXT, tuple("수출규제")),
    Phrase(TEXT, tuple("化水素")),
    Phrase(TEXT, tuple("出口管制")),
    Phrase(TEXT, ("apple", "green"), 1),
    Phrase(TEXT, ("red", "制", "red"), 1),
    Wildcard(TEXT, "hbm*"),
    Wildcard(TEXT, "?p*e"),
    Wildcard(TEXT, "水"),
    Wildcard(("party",), "*"),
    Value("lang", "zh"),
    ValueWildcard("publisher", "a\\*b\\?\\\\c"),
    ValueWildcard("publisher", "two?lines"),
    ValueWildcard("lang", "*"),
    Range("published", "2019-07-04", None),
    Range("published", None, "2019-07-05", True, False),
    Range("text", "hbm", "hbn"),
    Range("party", "水", "水"),
    Or((NOWHERE, Value("lang", "zh"))),
    Not(NOWHERE),
    Not(Or(())),
    Boost(Value("lang", "zh"), 0.0),
    OneMeasure(And((Value("action", "ease"), Value("affected", "CN")))),
    OneMeasure(Not(Value("action", "ease"))),
    OneMeasure(Everything()),
]
FALSE: list[Node] = [
    Or(()),
    NOWHERE,
    Phrase(TEXT, ("red", "hydrogen")),
    Phrase(BOTH, ("hydrogen", "green")),
    Phrase(TEXT, ("red", "red", "red"), 9),
    Phrase(TEXT, ("app",)),
    Phrase(TEXT, tuple("수출강화"), 2),
    Phrase(("party",), ("red", "hydrogen"), 9),
    Phrase(("nothing",), ("red",)),
    Wildcard(TEXT, "hbm"),
    Wildcard(TEXT, "水?"),
    Wildcard(("source",), "*"),
    Value("lang", "zh-han"),
    ValueWildcard("publisher", "a\\*b\\?c"),
    ValueWildcard("kind", "*"),
    Range("published", "2019-07-04", None, False),
    Range("published", None, "2019-07-04", True, False),
    Range("kind", None, None),
    And((NOWHERE, Everything())),
    OneMeasure(And((Value("action", "ease"), Value("affected", "KR")))),
    Value("action", "ease"),
]


@pytest.mark.parametrize("node", TRUE, ids=repr)
def test_what_holds(node: Node) -> None:
    assert matches(node, ENTRY)


@pytest.mark.parametrize("node", FALSE, ids=repr)
def test_what_does_not(node: Node) -> None:
    assert not matches(node, ENTRY)


def test_an_empty_text_holds_no_token() -> None:
    empty = entry("x:2")
    for node in (Wildcard(BOTH, "*"), Range("text", None, None), Phrase(BOTH, ("red",)), OneMeasure(Everything())):
        assert not matches(node, empty)


def test_a_pattern_of_many_stars_takes_no_longer_than_the_text() -> None:
    long = entry("x:3", body=" ".join(["a" * 200] * 500))
    start = time.perf_counter()
    assert not matches(Wildcard(TEXT, "*a" * 9 + "*b"), long)
    assert time.perf_counter() - start < 5
