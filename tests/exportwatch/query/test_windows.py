"""windows.py: against trying every stretch."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exportwatch.query.windows import windows

EXAMPLES = [
    ("red xx green", "red green", 1, [(0, 2)]),
    ("red xx green", "red green", 0, []),
    ("green red", "red green", 0, [(0, 1)]),
    ("red", "red red", 9, []),
    ("red xx red", "red red", 1, [(0, 2)]),
    ("red green red", "red green", 0, [(0, 1), (1, 2)]),
    ("수 출 의 규 제", "제 수", 3, [(0, 4)]),
    ("化 学 品 化", "化 品", 1, [(0, 2), (2, 3)]),
    ("输 出 管 制", "管 输", 1, [(0, 2)]),
]


@pytest.mark.parametrize(("text", "wanted", "slop", "expected"), EXAMPLES)
def test_examples(text: str, wanted: str, slop: int, expected: list[tuple[int, int]]) -> None:
    assert list(windows(text.split(), wanted.split(), slop)) == expected


@given(st.text("abcx", max_size=12), st.text("abc", min_size=1, max_size=4), st.integers(0, 5))
def test_some_stretch_holds_them_all(text: str, wanted: str, slop: int) -> None:
    holds = [
        (first, last)
        for first in range(len(text))
        for last in range(first, len(text))
        if not Counter(wanted) - Counter(text[first : last + 1]) and last - first + 1 - len(wanted) <= slop
    ]
    found = list(windows(text, wanted, slop))
    assert bool(found) == bool(holds)
    assert set(found) <= set(holds)
