"""names.py: which words are names, what fields take, and what a query means in the end."""

from __future__ import annotations

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportwatch.errors import Misconfigured
from exportwatch.query.names import TREE_DEPTH, Expansion, resolve
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
from tests.contracts.querying import SmallTaxonomy

TAXONOMY = SmallTaxonomy()
WORDS = ("title", "text")


def tree(text: str) -> Node:
    return resolve(text, TAXONOMY).tree


def word(*tokens: str, fields: tuple[str, ...] = WORDS, slop: int = 0) -> Phrase:
    return Phrase(fields, tokens, slop)


def name(concept: str, *tokens: str) -> Or:
    return Or((Value("concept", concept), word(*tokens)))


def spread(text: str) -> list[str]:
    return list(text)


EXPANDED = [
    ("Korea", "jurisdiction:KR", ["korea"]),
    ("south korea", "jurisdiction:KR", ["south", "korea"]),
    ('"South, KOREA"', "jurisdiction:KR", ["south", "korea"]),
    ("ｋｏｒｅａ", "jurisdiction:KR", ["korea"]),
    ("韓国", "jurisdiction:KR", spread("韓国")),
    ("한국", "jurisdiction:KR", spread("한국")),
    (unicodedata.normalize("NFD", "한국"), "jurisdiction:KR", spread("한국")),
    ("韩国", "jurisdiction:KR", spread("韩国")),
    ("韓國", "jurisdiction:KR", spread("韓國")),
    ("ﾌｯ化水素", "item:hydrogen-fluoride", spread("フッ化水素")),
    ("hydrogen-fluoride", "item:hydrogen-fluoride", ["hydrogen", "fluoride"]),
    ("“エンティティー・リスト”", "programme:entity-list", spread("エンティティーリスト")),
    ("輸出規制", "topic:export-control", spread("輸出規制")),
    ("수출통제", "topic:export-control", spread("수출통제")),
    ("出口管制", "topic:export-control", spread("出口管制")),
    ("export controls", "topic:export-control", ["export", "controls"]),
]


@pytest.mark.parametrize(("text", "concept", "tokens"), EXPANDED)
def test_names_mean_their_concept_or_the_words(text: str, concept: str, tokens: list[str]) -> None:
    found = resolve(text, TAXONOMY)
    assert found.tree == name(concept, *tokens)
    ((typed, concepts),) = found.expansions
    assert concepts == (concept,)
    assert unicodedata.normalize("NFKC", typed) in unicodedata.normalize("NFKC", text)


def test_the_longest_run_of_words_is_the_name() -> None:
    found = resolve("south korea hydrogen fluoride gas", TAXONOMY)
    korea, fluoride = name("jurisdiction:KR", "south", "korea"), name("item:hydrogen-fluoride", "hydrogen", "fluoride")
    assert found.tree == And((korea, fluoride, word("gas")))
    assert found.expansions == (
        Expansion("south korea", ("jurisdiction:KR",)),
        Expansion("hydrogen fluoride", ("item:hydrogen-fluoride",)),
    )


def test_a_longer_name_wins_over_a_shorter_one() -> None:
    assert tree("hydrogen fluoride etching") == name("item:etching", "hydrogen", "fluoride", "etching")


LITERAL = [
    ("=Korea", word("korea")),
    ('="south korea"', word("south", "korea")),
    ("=(한국)", word(*"한국")),
    ("title:Korea", word("korea", fields=("title",))),
    ("text:(韓国)", word(*"韓国", fields=("text",))),
    ('"south korea"~1', word("south", "korea", slop=1)),
    ("kore*", Wildcard(WORDS, "kore*")),
    ("korean", word("korean")),
    ("韓国向け", word(*"韓国向け")),
    ("south AND korean", And((word("south"), word("korean")))),
    ("hydrogen AND fluoride", And((word("hydrogen"), word("fluoride")))),
    ("hydrogen^2 fluoride", And((Boost(word("hydrogen"), 2.0), word("fluoride")))),
    ("hydrogen +fluoride", And((word("hydrogen"), word("fluoride")))),
    ("(hydrogen) fluoride", And((word("hydrogen"), word("fluoride")))),
]


@pytest.mark.parametrize(("text", "expected"), LITERAL)
def test_what_is_no_name_stays_words(text: str, expected: Node) -> None:
    assert resolve(text, TAXONOMY).expansions == ()
    assert tree(text) == expected


def test_punctuation_asks_nothing_and_parts_no_name() -> None:
    assert tree("hydrogen — fluoride") == name("item:hydrogen-fluoride", "hydrogen", "fluoride")
    assert tree("by:(日本 - 韓国)") == And((Value("implementing", "JP"), Value("implementing", "KR")))
    assert tree('gas AND "" & …') == tree('gas OR ""') == tree("gas -( % )") == word("gas")
    with pytest.raises(Misconfigured, match="only punctuation"):
        tree('— "" …')


def test_an_agency_is_found_by_acronym_too() -> None:
    class Renamed(SmallTaxonomy):
        def resolve(self, field: str, joined_tokens: str, /) -> tuple[str, ...]:
            return ("MITI",) if (field, joined_tokens) == ("agency", "meti") else ()

    expected = Or((Value("concept", "agency:METI"), Value("concept", "agency:MITI"), word("meti")))
    assert resolve("METI", Renamed()).tree == expected


FIELDS = [
    ("item:フッ化水素", Value("item", "hydrogen-fluoride")),
    ("by:Korea", Value("implementing", "KR")),
    ("against:日本", Value("affected", "JP")),
    ('agency:"경제산업성"', Value("agency", "METI")),
    ("agency:meti", Value("agency", "METI")),
    ("action:Tighten", Value("action", "tighten")),
    ("code:3a090.a", Value("code", "3A090.A")),
    ("code:2811.11", Value("code", "281111")),
    ("code:3A0*", ValueWildcard("code", "3A0*")),
    ("lang:ZH-Hant", Value("lang", "zh-hant")),
    ("publisher:JP-Meti", Value("publisher", "jp-meti")),
    ("publisher:a\\*b?", ValueWildcard("publisher", "a\\*b?")),
    ("kind:*", ValueWildcard("kind", "*")),
    ("title:*", Wildcard(("title",), "*")),
    ("source:METI", word("meti", fields=("source",))),
    ('party:"화웨이 技術"', word(*"화웨이技術", fields=("party",))),
    ("instrument:ear", Or((Value("concept", "instrument:ear"), word("ear", fields=("instrument",))))),
    ("instrument:=ear", word("ear", fields=("instrument",))),
    ('instrument:"15 CFR 744"', word("15", "cfr", "744", fields=("instrument",))),
    ("published:2019-07-01", Value("published", "2019-07-01")),
    ("published:2019/7/1", Value("published", "2019-07-01")),
    ("published:2019年7月1日", Value("published", "2019-07-01")),
    ("published:2019-07-01T10:00:00+09:00", Value("published", "2019-07-01")),
    ("published:2019-07", Range("published", "2019-07-01", "2019-07-31")),
    ("published:２０１９", Range("published", "2019-01-01", "2019-12-31")),
    ("published:[2019 TO 2020]", Range("published", "2019-01-01", "2020-12-31")),
    ("published:{2019 TO 2020}", Range("published", "2019-12-31", "2020-01-01", False, False)),
    ("published:>2019-07", Range("published", "2019-07-31", None, False, True)),
    ("published:<=2019-07", Range("published", None, "2019-07-31", True, True)),
    ("effective:(>=2019 AND <2020)", And((Range("effective", "2019-01-01", None), tree("effective:<2020")))),
    ("code:[3A TO 3B}", Range("code", "3A", "3B", True, False)),
    ("title:[Ａ TO É]", Range("title", "a", "e")),
    ("[a TO *]", Or((Range("title", "a", None), Range("text", "a", None)))),
    ("measure:(by:JP -against:KR)", OneMeasure(And((Value("implementing", "JP"), Not(Value("affected", "KR")))))),
    ("measure:*", OneMeasure(Everything())),
]


@pytest.mark.parametrize(("text", "expected"), FIELDS)
def test_what_fields_take(text: str, expected: Node) -> None:
    assert tree(text) == expected


def test_a_value_nobody_bears_is_told() -> None:
    assert resolve("by:Japn OR by:Japn", TAXONOMY).notes == ('no implementing is called "Japn"',)
    assert resolve("by:Japan", TAXONOMY).notes == ()


def test_a_name_may_hold_a_comma() -> None:
    class Numbered(SmallTaxonomy):
        def resolve(self, field: str, joined_tokens: str, /) -> tuple[str, ...]:
            return ("udmh",) if (field, joined_tokens) == ("item", "1 1 dimethylhydrazine") else ()

    assert resolve("item:1,1-dimethylhydrazine", Numbered()).tree == Value("item", "udmh")


NOTED = [
    ("dialogue~ talks", ("~ after dialogue is left out: fuzzy search is not supported",)),
    ("title:수출~0.8", ("~0.8 after 수출 is left out: fuzzy search is not supported",)),
    ("輸出 /規制/", ("/規制/ is taken as a word: regular expressions are not supported",)),
    ("item:없음 agency:無し", ('no item is called "없음"', 'no agency is called "無し"')),
    ("item:1,2-none item:化学品,none", ('no item is called "1,2-none"', 'no item is called "化学品,none"')),
    ('item:"polyimide, fluorinated"', ('no item is called "polyimide, fluorinated"',)),
    ("lang:japanese", ('no lang is called "japanese"',)),
    ("lang:en-GB action:tighten code:3A090 kind:a,b", ()),
]


@pytest.mark.parametrize(("text", "notes"), NOTED)
def test_notes_say_what_was_not_taken_as_typed(text: str, notes: tuple[str, ...]) -> None:
    assert resolve(text, TAXONOMY).notes == notes


WILDCARDS = [
    ("*", Everything()),
    ("*:*", Everything()),
    ("??", Wildcard(WORDS, "??")),
    ("C?ntr*L", Wildcard(WORDS, "c?ntr*l")),
    ("ｈｂｍ＊", Wildcard(WORDS, "hbm*")),
    ("수출*", word(*"수출")),
    ("*規制?", word(*"規制")),
    ("3A090.*", word("3a090")),
    ("e-mail*", And((word("e"), Wildcard(WORDS, "mail*")))),
    ("AI*半導体", And((Wildcard(WORDS, "ai*"), word(*"半導体")))),
    ("a\\*b", word("a", "b")),
]


@pytest.mark.parametrize(("text", "expected"), WILDCARDS)
def test_wildcards_are_for_latin_words(text: str, expected: Node) -> None:
    assert tree(text) == expected


def test_trees_stay_flat() -> None:
    a, b, c = word("a"), word("b"), word("c")
    assert tree("((a b) AND (c))") == And((a, b, c))
    assert tree("a OR (b OR c)") == Or((a, b, c))
    assert tree("NOT (a OR NOT (b AND c))") == And((Not(a), b, c))
    assert tree("NOT NOT a") == a
    assert tree("(a OR -b^3)^2") == Or((Boost(a, 2.0), Not(b)))


def test_the_tree_is_not_deeper_than_engines_take() -> None:
    nested = "b OR a"
    for _ in range(24):
        nested = f"b OR a AND ({nested})"
    assert depth(tree(nested)) == TREE_DEPTH - 1
    with pytest.raises(Misconfigured, match="column 1: AND and OR are nested deeper"):
        tree(f"b OR a AND ({nested})")


WRONG = [
    ("published:yesterday", 11, "published wants YYYY"),
    ("a effective:[2019 TO soon]", 13, "effective wants YYYY"),
    ("published:2019-02-30", 11, '"2019-02-30" is no day, month or year of the calendar'),
    ("published:2019年13月", 11, "no day, month or year"),
    ("輸出 effective:[2019-01-01 TO 2019-04-31]", 14, "no day, month or year"),
    ("published:>2019-00", 11, "no day, month or year"),
    ("published:[2020 TO 2019]", 11, 'nothing lies in this range: "2020" comes after "2019"'),
    ("published:{2019-08-02 TO 2019-08-01]", 11, "nothing lies"),
    ("code:[9 TO 10]", 6, "character by character"),
    ("title:[b TO a]", 7, "nothing lies"),
    ("action:tighen", 8, 'no action is called "tighen"; did you mean "tighten"?'),
    ("규제 action:zzz", 11, 'no action is called "zzz"; actions are tighten, ease, list'),
    ("action:(tighten OR 強化)", 20, 'no action is called "強化"'),
    ("lang:en,ja", 6, "lang takes one value, no comma; for any of several: lang:(en OR ja)"),
    ("by:日本、한국", 4, "several: implementing:(日本 OR 한국)"),
    ("code:3A090,4A090", 6, "several: code:(3A090 OR 4A090)"),
    ("item:化学品,光刻胶", 6, "several: item:(化学品 OR 光刻胶)"),
    ("輸出 by:JP, KR", 7, "several: implementing:(JP OR …)"),
    ("action:tighten,ease", 8, "several: action:(tighten OR ease)"),
    ("수출 by:—", 4, "not only punctuation"),
    ('title:""', 1, '"title:" needs a word after it, not only punctuation'),
    ("輸出 title:— 規制", 4, "not only punctuation"),
    ('수출 by:""', 4, "not only punctuation"),
    ("measure:(—)", 1, '"measure:" needs a word'),
    ("measure:(수출)", 10, "everything needs a field"),
    ('measure:("韓国")', 10, "everything needs a field"),
    ("measure:(by:JP lang:ko)", 16, "a measure has no lang; it has item"),
    ("measure:(measure:(by:JP))", 10, "no measures within"),
]


@pytest.mark.parametrize(("text", "column", "message"), WRONG)
def test_errors_name_the_column(text: str, column: int, message: str) -> None:
    with pytest.raises(Misconfigured, match=f"column {column}: ") as caught:
        tree(text)
    assert message in str(caught.value)


PARTS = [*'()"[]{}-=^:*?\\ ', " AND ", " OR ", "NOT ", " TO ", "title:", "by:", "measure:", "published:", "code:", ">="]
PARTS += ["a", "korea", "south ", "韓国", "수출", "出口管制", "2019", "\x00", "[a TO b]", "\U00010920", "~2"]


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PARTS), max_size=20).map("".join) | st.text(max_size=40))
def test_any_text_is_a_query_or_misconfigured(text: str) -> None:
    with suppress(Misconfigured):
        assert depth(tree(text)) <= TREE_DEPTH
