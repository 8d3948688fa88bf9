"""patterns.py: against the plain meaning of `?` and `*`, and in bounded time."""

from __future__ import annotations

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from exportwatch.query.patterns import automaton, backtracking, plain

ALPHABET = "ab*?\\.수素"


def means(pattern: str, text: str) -> bool:
    """The definition, one character at a time."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return means(pattern[1:], text) or (text != "" and means(pattern, text[1:]))
    if pattern[0] == "\\" and len(pattern) > 1:
        return text[:1] == pattern[1] and means(pattern[2:], text[1:])
    return text != "" and pattern[0] in ("?", text[0]) and means(pattern[1:], text[1:])


@given(st.text(ALPHABET, max_size=8), st.text(ALPHABET, max_size=8))
def test_both_expressions_mean_the_pattern(pattern: str, text: str) -> None:
    expected = means(pattern, text)
    assert bool(re.fullmatch(backtracking(pattern, "."), text, re.DOTALL)) == expected
    assert bool(re.fullmatch(automaton(pattern), text, re.DOTALL)) == expected


@given(st.text(ALPHABET, max_size=8), st.text(ALPHABET, max_size=8))
def test_a_plain_text_matches_itself_alone(one: str, other: str) -> None:
    assert bool(re.fullmatch(backtracking(plain(one), "."), other)) == (one == other)


def test_many_stars_do_not_explode() -> None:
    start = time.perf_counter()
    assert not re.fullmatch(backtracking("*a" * 10 + "*b", "."), "a" * 200)
    assert time.perf_counter() - start < 1
