"""to_tantivy.py: exact answers are exact, others hold every match; against the matcher, on a tantivy index alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import tantivy
from hypothesis import given, settings
from hypothesis import strategies as st

from exportwatch.index import Entry
from exportwatch.query.matcher import matches
from exportwatch.query.to_tantivy import columns, translate, values
from exportwatch.query.tree import And, Boost, Everything, Node, Not, OneMeasure, Or, Phrase, Range, Value, Wildcard
from tests.contracts.trees import entries, trees
from tests.entries import entry


def built(documents: Sequence[Entry]) -> tantivy.Index:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("number", stored=True)
    for column in columns():
        builder.add_text_field(column.name, tokenizer_name=column.tokenizer, index_option=column.index_option)
    index = tantivy.Index(builder.build())
    analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("whitespace", analyzer)
    writer = index.writer(15_000_000, 1)
    for number, document in enumerate(documents):
        row = tantivy.Document()
        row.add_unsigned("number", number)
        for name, value in values(document):
            row.add_text(name, value)
        writer.add_document(row)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index


def numbers(index: tantivy.Index, query: tantivy.Query) -> set[int]:
    searcher = index.searcher()
    return {searcher.doc(address)["number"][0] for _, address in searcher.search(query, 1000).hits}


DOCUMENTS = [
    entry("0", title="red", body="green red 수출규제 フッ化水素 出口管制"),
    entry("1", body="red xx green", values={"lang": ("ko",), "published": ("2019-07-04",)}),
    entry("2", values={"party": ("red", "green")}, measures=({"action": ("ease",), "affected": ("KR",)},)),
    entry("3", measures=({"action": ("ease",)}, {"action": ("list",), "affected": ("KR",)})),
]
TEXT = ("text",)
EXACT: list[tuple[Node, set[int]]] = [
    (Everything(), {0, 1, 2, 3}),
    (And(()), {0, 1, 2, 3}),
    (Or(()), set()),
    (Phrase(TEXT, tuple("수출규제")), {0}),
    (Phrase(TEXT, tuple("化水素")), {0}),
    (Phrase(("title", "text"), ("red",)), {0, 1}),
    (Phrase(("party",), ("red", "green")), set()),
    (Wildcard(TEXT, "x?"), {1}),
    (Value("lang", "ko"), {1}),
    (Range("published", "2019-07", "2019-08"), {1}),
    (Range("published", "2019-07-04", None, False), set()),
    (Range("text", "出", None), {0}),
    (Range("title", None, None), {0}),
    (Not(Value("lang", "ko")), {0, 2, 3}),
    (OneMeasure(Value("affected", "KR")), {2, 3}),
    (OneMeasure(Everything()), {2, 3}),
    (Boost(Not(Phrase(TEXT, ("管", "制"))), 3.0), {1, 2, 3}),
]
CANDIDATES: list[tuple[Node, set[int]]] = [
    (Phrase(TEXT, ("red", "green"), 1), {0, 1}),
    (OneMeasure(And((Value("action", "ease"), Value("affected", "KR")))), {2, 3}),
    (OneMeasure(Not(Value("action", "ease"))), {2, 3}),
    (Not(Phrase(TEXT, ("green", "red"), 2)), {1, 2, 3}),
    (Not(OneMeasure(And((Value("action", "ease"), Value("affected", "KR"))))), {0, 1, 2, 3}),
    (Range("text", "a b", None), {0, 1, 2, 3}),
    (Wildcard(TEXT, "?" * 200), {0, 1, 2, 3}),
]


@pytest.fixture(scope="module")
def index() -> tantivy.Index:
    return built(DOCUMENTS)


@pytest.mark.parametrize(("node", "expected"), EXACT, ids=lambda value: repr(value)[:60])
def test_exact_answers(index: tantivy.Index, node: Node, expected: set[int]) -> None:
    query, exact = translate(node, index)
    assert exact
    assert numbers(index, query) == expected


@pytest.mark.parametrize(("node", "expected"), CANDIDATES, ids=lambda value: repr(value)[:60])
def test_candidates_say_that_they_are_no_more(index: tantivy.Index, node: Node, expected: set[int]) -> None:
    query, exact = translate(node, index)
    assert not exact
    assert numbers(index, query) == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(entries, min_size=1, max_size=10), st.lists(trees, min_size=20, max_size=20))
def test_random_answers_are_exact_or_hold_every_match(documents: list[Entry], asked: list[Node]) -> None:
    index = built(documents)
    for node in asked:
        query, exact = translate(node, index)
        found = numbers(index, query)
        expected = {number for number, document in enumerate(documents) if matches(node, document)}
        assert found == expected if exact else found >= expected
