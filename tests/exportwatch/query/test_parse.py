"""parse.py: what binds how, errors with their columns, and nothing but Misconfigured for any text."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exportwatch.errors import Misconfigured
from exportwatch.query.parse import BOOST_MAX, parse
from exportwatch.query.syntax import (
    Bounds,
    Either,
    Every,
    Exactly,
    InField,
    Quoted,
    Side,
    Syntax,
    Weighted,
    Without,
    Word,
)


def written(part: Syntax) -> str:
    """The syntax with a bracket for every operator."""
    match part:
        case Word():
            return part.typed
        case Quoted():
            return f"'{part.text}'" + (f"~{part.slop}" if part.slop else "")
        case Bounds():
            return f"<{part.low}..{part.high}>"
        case InField():
            return f"{part.name}:{written(part.child)}"
        case Exactly():
            return f"={written(part.child)}"
        case Without():
            return f"-{written(part.child)}"
        case Weighted():
            return f"{written(part.child)}^{part.factor:g}"
    joint = {Side: " ", Every: " & ", Either: " | "}[type(part)]
    return f"({joint.join(map(written, part.children))})"


BINDING = [
    ("a", "a"),
    ("a b c", "(a b c)"),
    ("a b OR c", "((a b) | c)"),
    ("a OR b AND c", "(a | (b & c))"),
    ("a AND b OR NOT c", "((a & b) | -c)"),
    ("a && b || c && d", "((a & b) | (c & d))"),
    ("(a OR b) AND c", "(((a | b)) & c)"),
    ("a NOT b", "(a -b)"),
    ("NOT a b", "(-a b)"),
    ("NOT NOT a", "--a"),
    ("NOT (a OR b)", "-((a | b))"),
    ("+a -b", "((a) -b)"),
    ("a AND b c OR d", "((a & (b c)) | d)"),
    ("-title:(a b)^2", "-title:((a b))^2"),
    ("title:a^2 b", "(title:a^2 b)"),
    ('="two words" =(a b)', "(='two words' =((a b)))"),
    ("title:=a", "title:=a"),
    ("=-a", "=-a"),
    ("((a))", "((a))"),
    ("published:[a TO b] OR [c TO *]", "(published:<a..b> | <c..None>)"),
    ("by:JP AND measure:(against:KR -code:x)", "(implementing:JP & measure:((affected:KR -code:x)))"),
    ("韓国 OR 한국 AND NOT 韩国", "(韓国 | (한국 & -韩国))"),
    ("“輸出 規制”~2 ＯＲ（出口　管制）", "('輸出 規制'~2 | ((出口 管制)))"),
]


@pytest.mark.parametrize(("text", "expected"), BINDING)
def test_what_binds_how(text: str, expected: str) -> None:
    assert written(parse(text)) == expected


WRONG = [
    ("", 1, "the query is empty"),
    (" \u3000\t", 1, "the query is empty"),
    ("a AND", 3, "should follow AND"),
    ("AND a", 1, "should stand before AND"),
    ("輸出 OR OR 規制", 7, "between OR and OR"),
    ("a AND NOT", 7, "should follow NOT"),
    ("x ()", 3, "nothing between these parentheses"),
    ("(a OR )", 7, "between OR and )"),
    ("(a b)^5^2 c", 8, "another ^"),
    ("title:(OR a)", 8, "between ( and OR"),
]


@pytest.mark.parametrize(("text", "column", "message"), WRONG)
def test_errors_name_the_column(text: str, column: int, message: str) -> None:
    with pytest.raises(Misconfigured, match=f"column {column}: ") as caught:
        parse(text)
    assert message in str(caught.value)


def test_a_factor_is_bounded() -> None:
    assert parse("a^" + "9" * 400) == Weighted(Word("a", 1), BOOST_MAX)


SIGNS = [*'()"[]{}+-!=^~:*?\\ \u3000<>&|', " AND ", " OR ", "NOT ", " TO ", "~2", "^3", "[a TO b]", "ＡＮＤ", "“"]
TEXTS = ["title:", "by:", "measure:", "published:", "a", "韓国", "수출", "出口", "2019", "ﾌｯ", "é", "\x00", "\ud800"]
PARTS = st.sampled_from(SIGNS + TEXTS)


@settings(max_examples=600)
@given(st.lists(PARTS, max_size=25).map("".join) | st.text(max_size=60))
@example("NOT " * 999 + "a")
@example("(" * 2000)
@example("=" * 3000)
@example("title:" * 600)
@example("\\" * 4000)
@example("[" * 4000)
@example("a^" * 2000)
@example('"' * 3999)
@example("a~" * 2000)
def test_any_text_is_a_query_or_misconfigured(text: str) -> None:
    with suppress(Misconfigured):
        assert parse(text)


def test_threads_do_not_mix_their_queries() -> None:
    queries = [f"word{n} AND (title:{n} OR -x{n})" for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(parse, queries)) == [parse(query) for query in queries]
