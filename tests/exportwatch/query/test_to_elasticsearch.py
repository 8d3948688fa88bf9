"""to_elasticsearch.py: what only the shape shows; that it means the same is shown in tests/contracts/test_query.py."""

from __future__ import annotations

from typing import Any

from exportwatch.query.fields import FIELDS, SLOP_MAX
from exportwatch.query.to_elasticsearch import properties, source, translate
from exportwatch.query.tree import And, Boost, Node, Not, OneMeasure, Or, Phrase, Range, Value
from tests.entries import entry

BARE = {"bool", "term", "match_phrase", "intervals", "wildcard", "range", "nested", "match_all", "match_none"}
"""The queries of a server without modules."""


def levels(query: dict[str, Any]) -> int:
    """How many queries lie within each other."""
    (name, body), *more = query.items()
    assert not more
    assert name in BARE
    if name == "nested":
        return 1 + levels(body["query"])
    if name != "bool":
        return 1
    inner = [each for clause in ("must", "should", "must_not") for each in body.get(clause, ())]
    return 1 + max(map(levels, inner))


def test_every_field_is_mapped_and_measures_are_nested() -> None:
    mapping = properties()
    assert mapping.keys() == {*FIELDS, "measures"}
    assert mapping["text"] == {"type": "text", "analyzer": "whitespace", "position_increment_gap": SLOP_MAX + 1}
    assert mapping["code"] == mapping["published"] == {"type": "keyword"}
    assert mapping["measures"]["type"] == "nested"
    assert set(mapping["measures"]["properties"]) == {name for name, field in FIELDS.items() if field.measure}


def test_a_document_has_its_fields() -> None:
    made = entry("x:1", title="輸出", body="수출", values={"lang": ("ja",)}, measures=({"action": ("ease",)},))
    expected = {"title": "輸 出", "text": "수 출", "lang": ["ja"], "measures": [{"action": ["ease"]}]}
    assert source(made) == expected


def test_a_conjunction_is_one_bool_with_its_negations_and_alternatives() -> None:
    a, b, c = (Value("lang", lang) for lang in "abc")
    written = translate(And((a, Not(b), Or((b, c)))))
    terms = {lang: {"term": {"lang": {"value": lang}}} for lang in "abc"}
    assert written == {
        "bool": {
            "must": [terms["a"]],
            "must_not": [terms["b"]],
            "should": [terms["b"], terms["c"]],
            "minimum_should_match": 1,
        }
    }


def test_trees_of_fifty_levels_fit_into_thirty() -> None:
    word = Phrase(("title", "text"), ("出",))
    tree: Node = Boost(word, 2.0)
    for level in range(50):
        tree = And((word, tree)) if level % 2 else Or((Boost(word, 3.0), tree))
    assert levels(translate(tree)) <= 30


def test_measures_are_asked_by_path() -> None:
    written = translate(OneMeasure(Range("effective", "2019", None, False)))
    query = {"range": {"measures.effective": {"gt": "2019"}}}
    assert written == {"nested": {"path": "measures", "query": query, "score_mode": "max"}}


def test_boosts_multiply_and_nothing_means_all_or_none() -> None:
    boosted = translate(Boost(Boost(Value("lang", "ko"), 2.0), 3.0))
    assert boosted == {"bool": {"must": [{"term": {"lang": {"value": "ko"}}}], "boost": 6.0}}
    assert translate(And(())) == {"match_all": {}}
    assert translate(Or(())) == {"match_none": {}}
