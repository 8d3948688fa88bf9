"""How to write a query without its expansions."""

from __future__ import annotations

import pytest

from exportwatch.errors import Misconfigured
from exportwatch.query.names import resolve
from exportwatch.web.search import WrongQuery, switched_off
from tests.documents import taxonomy

QUERIES = [
    ("METI", "=METI"),
    ("METI AND Korea", "=METI AND =Korea"),
    ('"hydrogen fluoride" by:JP', '="hydrogen fluoride" by:JP'),
    ("hydrogen fluoride Korea", '="hydrogen fluoride" =Korea'),
    ("フッ化水素 OR 불화수소", "=フッ化水素 OR =불화수소"),
    ("(镓 出口管制) -lang:en", "(镓 =出口管制) -lang:en"),
    ('"south korea"^2', '="south korea"^2'),
]


@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_every_expansion_can_be_switched_off(query: str, expected: str) -> None:
    for typed, _ in resolve(query, taxonomy()).expansions:
        query = switched_off(query, typed)
    assert query == expected
    assert resolve(query, taxonomy()).expansions == ()


def test_what_is_not_in_the_query_as_it_was_read_is_left_alone() -> None:
    assert switched_off("ＭＥＴＩ", "METI") == ""
    assert switched_off("METIS =METI", "METI") == ""


def test_a_wrong_query_knows_its_column() -> None:
    wrong = WrongQuery("a (", Misconfigured("query, column 3: this parenthesis is never closed"))
    assert (wrong.column, wrong.reason) == (3, "this parenthesis is never closed")
    whole = WrongQuery("a", Misconfigured("something else"))
    assert (whole.column, whole.reason) == (0, "something else")
