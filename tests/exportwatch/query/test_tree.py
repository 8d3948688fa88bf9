"""tree.py: depth."""

from __future__ import annotations

from exportwatch.query.tree import And, Boost, Everything, Not, OneMeasure, Or, Value, depth


def test_depth_counts_what_lies_within_each_other() -> None:
    leaf = Value("lang", "ko")
    assert depth(leaf) == depth(Not(Boost(leaf, 2))) == depth(Everything()) == 0
    assert depth(And(())) == depth(Or((leaf, leaf))) == depth(OneMeasure(leaf)) == 1
    assert depth(And((leaf, Or((Not(And((leaf,))), leaf))))) == 3
