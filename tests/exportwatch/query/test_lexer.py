"""lexer.py: what is an operator where, and what is ordinary text, in four languages."""

from __future__ import annotations

import pytest

from exportwatch.errors import Misconfigured
from exportwatch.query.lexer import Piece, pieces
from exportwatch.query.syntax import ANY, ONE, Bounds, Quoted, Word


def shapes(text: str) -> list[str]:
    return [piece.type for piece in pieces(text)]


def words(text: str) -> list[str]:
    found = pieces(text)
    assert {piece.type for piece in found} <= {"WORD"}
    return [piece.value.typed for piece in found if isinstance(piece.value, Word)]


ORDINARY = [
    ("C++", ["C++"]),
    ("15 CFR 744.23", ["15", "CFR", "744.23"]),
    ("https://example.org/a?b=c", ["https://example.org/a?b=c"]),
    ("file:/etc C:\\\\temp", ["file:/etc", "C:\\temp"]),
    ("a-b 3A090.z AT&T", ["a-b", "3A090.z", "AT&T"]),
    ("he said: yes", ["he", "said:", "yes"]),
    ("彼は言った: 그는 말했다: 他说:", ["彼は言った:", "그는", "말했다:", "他说:"]),
    ("title : x", ["title", ":", "x"]),
    ("a - b + c ! d", ["a", "-", "b", "+", "c", "!", "d"]),
    ("- 輸出 ! 규제 + 出口", ["-", "輸出", "!", "규제", "+", "出口"]),
    ("2019~2020 ５～１０", ["2019~2020", "5~10"]),
    ("~x 1月〜3月", ["~x", "1月〜3月"]),
    ("a/b /x/y https://x/y/ //host/ / x / and/or", ["a/b", "/x/y", "https://x/y/", "//host/", "/", "x", "/", "and/or"]),
    ("a\\^b ^o^", ["a^b", "^o^"]),
    ("50% #hash @me $5 ~x x^ a~b", ["50%", "#hash", "@me", "$5", "~x", "x^", "a~b"]),
    ("12:30 EUR-Lex:32021R0821", ["12:30", "EUR-Lex:32021R0821"]),
    ("Japan - Korea + EU = trade !", ["Japan", "-", "Korea", "+", "EU", "=", "trade", "!"]),
    ("and or not to AND1 ANDROID", ["and", "or", "not", "to", "AND1", "ANDROID"]),
    ("[sic] {x} ]", ["[sic]", "{x}", "]"]),
    ("経済産業省：発表 경제：통상 商务部:公告", ["経済産業省:発表", "경제:통상", "商务部:公告"]),
    ("輸出　規制\u00a0수출\t出口", ["輸出", "規制", "수출", "出口"]),
    ("word~ word~2 word~0.8", ["word", "word", "word"]),
    ("\\AND \\(x\\) a\\:b \\* \\\\ end\\", ["AND", "(x)", "a:b", "*", "\\", "end", ""]),
]


@pytest.mark.parametrize(("text", "expected"), ORDINARY)
def test_ordinary_text_is_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


OPERATORS = [
    ("a AND b OR NOT c", "WORD AND WORD OR NOT WORD"),
    ("ａ　ＡＮＤ　ｂ", "WORD AND WORD"),
    ("a&&b||c", "WORD AND WORD OR WORD"),
    ("a && ! b", "WORD AND NOT WORD"),
    ("a AND - b", "WORD AND NOT WORD"),
    ("a || ! b", "WORD OR NOT WORD"),
    ("a ! b", "WORD WORD WORD"),
    ("(월)~(금)", "OPEN WORD CLOSE WORD OPEN WORD CLOSE"),
    ("title:+x by:(-JP)", "FIELD PLUS WORD FIELD OPEN NOT WORD CLOSE"),
    (r"title:\(1\+1\)\:2 source:/var/x", "FIELD WORD FIELD WORD"),
    ("+a -b !c =d", "PLUS WORD NOT WORD NOT WORD EXACT WORD"),
    ("－韓国 ！한국", "NOT WORD NOT WORD"),
    ("NOT(a)AND(b)", "NOT OPEN WORD CLOSE AND OPEN WORD CLOSE"),
    ('"a"AND"b"', "QUOTED AND QUOTED"),
    ('foo"bar"', "WORD QUOTED"),
    ("title:a by:JP Title:b", "FIELD WORD FIELD WORD FIELD WORD"),
    ("ｔｉｔｌｅ：（輸出）", "FIELD OPEN WORD CLOSE"),
    ("title: a", "FIELD WORD"),
    ("title:text:x title:=x", "FIELD WORD FIELD EXACT WORD"),
    ("measure:by:JP", "FIELD FIELD WORD"),
    ('a^2 "b"^.5 (c)^2.25 [d TO e]^3', "WORD BOOST QUOTED BOOST OPEN WORD CLOSE BOOST RANGE BOOST"),
    ("a~0.7^2", "WORD BOOST"),
    ("a\\^2", "WORD"),
    ("a \\AND b =AND", "WORD WORD WORD WORD"),
]


@pytest.mark.parametrize(("text", "expected"), OPERATORS)
def test_operators_where_they_stand(text: str, expected: str) -> None:
    assert " ".join(shapes(text)) == expected


def test_wildcards_stand_in_place_and_escaped_ones_are_letters() -> None:
    (piece,) = pieces("a**b?c\\*\\?")
    assert piece.value == Word(f"a{ANY}b{ONE}c*?", 1)


NOTED = [
    ("word~", "word", "~ after word is left out: fuzzy search is not supported"),
    ("輸出~0.8", "輸出", "~0.8 after 輸出 is left out"),
    ("수출~2^3", "수출", "~2 after 수출 is left out"),
    ("/出口/", "/出口/", "/出口/ is taken as a word: regular expressions are not supported"),
    ("export", "export", ""),
    ("2019~2020", "2019~2020", ""),
]


@pytest.mark.parametrize(("text", "word", "note"), NOTED)
def test_what_is_left_out_is_noted(text: str, word: str, note: str) -> None:
    value = pieces(text)[0].value
    assert isinstance(value, Word)
    assert value.text == word
    assert value.note.startswith(note)
    assert bool(value.note) == bool(note)


QUOTES = [
    ('"red green"', Quoted("red green", 0, 1)),
    ("“輸出 規制”~3", Quoted("輸出 規制", 3, 1)),
    ("＂수출＂", Quoted("수출", 0, 1)),
    ("〝出口〟~2.0", Quoted("出口", 2, 1)),
    (r'"say \"x\" \\ AND ( *"', Quoted(r'say "x" \ AND ( *', 0, 1)),
    ('""', Quoted("", 0, 1)),
]


@pytest.mark.parametrize(("text", "expected"), QUOTES)
def test_phrases(text: str, expected: Quoted) -> None:
    assert pieces(text) == [Piece("QUOTED", expected, 1)]


RANGES = [
    ("[a TO b]", Bounds("a", "b", True, True, 1)),
    ("{ a   TO\tb }", Bounds("a", "b", False, False, 1)),
    ("[2019-07 TO *}", Bounds("2019-07", None, True, False, 1)),
    ("{* TO 수출]", Bounds(None, "수출", False, True, 1)),
    ('["a b" TO "c]"]', Bounds("a b", "c]", True, True, 1)),
    ("[a TO]", Bounds("a", None, True, True, 1)),
    ("[TO b]", Bounds(None, "b", True, True, 1)),
    ("［１ ＴＯ ２］", Bounds("1", "2", True, True, 1)),
    (r"[a\] TO b\ c]", Bounds("a]", "b c", True, True, 1)),
]


@pytest.mark.parametrize(("text", "expected"), RANGES)
def test_ranges(text: str, expected: Bounds) -> None:
    assert pieces(text) == [Piece("RANGE", expected, 1)]


WRONG = [
    ('輸出 "規制', 4, "no second one"),
    ("(a OR (b", 7, "never closed"),
    ("a) b", 2, "never opened"),
    ("foo:bar", 1, 'no field is called "foo"; fields are title'),
    ("x titel:y", 3, 'did you mean "title:"'),
    ("x concept:item", 3, "no field is called"),
    ("published:[2019 TO", 11, "a range is written"),
    ('"a b"~1000', 1, "at most 999"),
    ("수출 a*b*c*d*e*f*g*h*i*j*k*l", 4, "at most 10"),
    ("ok \ud800", 4, "surrogate"),
    ("輸出 \udce8\udcbc", 4, "encoding of your terminal, which is not UTF-8"),
    ("by:-JP", 4, 'no - after "by:"; write -by:JP'),
    ("수출 By:!일본", 7, 'no ! after "By:"; write -By:일본'),
    ('title: -"出口 管制"', 8, "write -title:…"),
    ("measure:-by:JP", 9, "write -measure:by:JP"),
    ("title:", 1, '"title:" needs a word after it; for the word itself write title\\:'),
    ("輸出 by: AND 規制", 4, '"by:" needs a word'),
    ("(규제 measure:)", 5, '"measure:" needs a word'),
    ("title: by:JP", 1, '"title:" needs a word after it, not another field'),
    ('"輸出 規制"~x', 8, "takes a number of words"),
    ('"a b"~2x', 6, "takes a number of words"),
    ("(수출 OR 출구)~3", 11, "~N stands after a phrase only"),
    ("[a TO b]~ c", 9, "~N stands after a phrase only"),
    ("dialogue^a", 9, "^ takes a number"),
    ("出口 管制^x", 6, "^ takes a number"),
    ("a^2b", 2, "^ takes a number"),
    ('"a b"^x', 6, "^ takes a number"),
    ("(a b)^2x", 6, "^ takes a number"),
    ("輸出 /fo+o/", 4, "/fo+o/: regular expressions are not supported"),
    ("/joh?n(ath[oa]n)/", 1, "regular expressions are not supported"),
    ("title:/수출 규제/", 7, "regular expressions are not supported"),
    ("a" * 4001, 4001, "4,000 characters"),
    ("a " * 201, 401, "200 terms"),
    ("(" * 31 + "a" + ")" * 31, 31, "30 levels"),
    ("NOT " * 31 + "a", 125, "30 levels"),
    ("-" * 31 + "韓", 32, "30 levels"),
]


@pytest.mark.parametrize(("text", "column", "message"), WRONG)
def test_errors_name_the_column(text: str, column: int, message: str) -> None:
    with pytest.raises(Misconfigured, match=f"column {column}: ") as caught:
        pieces(text)
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["a" * 4000, "a " * 200, "(" * 30 + "a" + ")" * 30, "NOT " * 30 + "a"])
def test_the_limits_themselves_are_within(text: str) -> None:
    assert pieces(text)
