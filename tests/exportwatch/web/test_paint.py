"""Spans over text become well-formed elements, whatever they do to each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exportwatch.web.paint import DEEPEST, Mark, Part, painted

TEXT = "フッ化水素の수출규제と出口管制 and so on"


def mark(start: int, end: int, anchor: str = "") -> Mark:
    return Mark(start=start, end=end, anchor=anchor or f"{start}-{end}", kind="item")


def drawn(*marks: Mark, text: str = "abcdefgh") -> str:
    found = []
    for part in painted(text, marks):
        anchor = part.mark.anchor if part.mark else ""
        found.append(
            part.text if part.what == "text" else f"[{anchor if part.first else ''}" if part.what == "open" else "]"
        )
    return "".join(found)


def test_apart_nested_touching() -> None:
    assert drawn(mark(1, 3), mark(5, 7)) == "a[1-3bc]de[5-7fg]h"
    assert drawn(mark(1, 7), mark(2, 4)) == "a[1-7b[2-4cd]efg]h"
    assert drawn(mark(0, 4), mark(4, 8)) == "[0-4abcd][4-8efgh]"


def test_what_crosses_is_cut_and_has_its_anchor_once() -> None:
    assert drawn(mark(1, 4), mark(3, 6)) == "a[1-4bc[3-6d]][ef]gh"


def test_the_same_span_twice() -> None:
    assert drawn(mark(2, 4, "x"), mark(2, 4, "y")) == "ab[x[ycd]]efgh"


def test_what_lies_outside_is_left_out() -> None:
    assert drawn(mark(-1, 3), mark(3, 3), mark(5, 4), mark(6, 9)) == "abcdefgh"


def test_only_so_deep() -> None:
    parts = list(painted("x" * 100, [mark(n, 100 - n) for n in range(40)]))
    assert sum(part.what == "open" for part in parts) == DEEPEST
    assert "".join(part.text for part in parts) == "x" * 100


SPANS = st.lists(st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT))), max_size=12)


@given(SPANS)
def test_the_text_is_whole_and_the_elements_are_well_formed(spans: list[tuple[int, int]]) -> None:
    marks = [mark(start, end, str(number)) for number, (start, end) in enumerate(spans)]
    parts = list(painted(TEXT, marks))
    assert "".join(part.text for part in parts) == TEXT
    opened: list[Part] = []
    covered: dict[str, str] = {}
    firsts: list[str] = []
    for part in parts:
        if part.what == "open":
            opened.append(part)
            assert part.mark
            firsts += [part.mark.anchor] if part.first else []
        elif part.what == "close":
            assert opened.pop().mark is part.mark
        for around in opened:
            assert around.mark
            covered[around.mark.anchor] = covered.get(around.mark.anchor, "") + part.text
    assert opened == []
    assert len(firsts) == len(set(firsts))
    # Every mark that was painted at all covers just its own words.
    for each in marks:
        if each.anchor in covered:
            assert covered[each.anchor] == TEXT[each.start : each.end]
        elif len(marks) <= DEEPEST:
            assert each.start >= each.end
