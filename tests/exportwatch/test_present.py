"""Claim lines and snippets: alike for claims and alerts, safe, and cut where the evidence is."""

from __future__ import annotations

import pytest

from exportwatch.model import Claims, Span
from exportwatch.present import AROUND, Piece, claim_line, language_name, pieces, snippets


def claims(**given: object) -> Claims:
    known: dict[str, object] = {"lang": "ja", "relevant": True, "score": 1.0, "actions": ("dialogue",)}
    return Claims(**(known | given))  # type: ignore[arg-type]


def spans(*places: tuple[int, int]) -> list[Span]:
    return [Span(field="text", start=start, end=end) for start, end in places]


def test_a_claim_is_one_line_with_its_day() -> None:
    said = claims(implementing=("JP",), affected=("KR",), item_labels=("hydrogen fluoride",), agencies=("METI",))
    assert claim_line(said, "2019-12-16") == "JP dialogue → KR: hydrogen fluoride · METI · 2019-12-16"
    assert claim_line(said) == "JP dialogue → KR: hydrogen fluoride · METI"


def test_what_is_not_claimed_is_left_out() -> None:
    assert claim_line(claims()) == "? dialogue"
    assert claim_line(claims(actions=("tighten", "list"), implementing=("US", "NL"))) == "US, NL tighten, list"


def test_a_document_about_something_else_claims_nothing() -> None:
    assert claim_line(claims(relevant=False, actions=()), "2019-12-16") == ""


def test_many_items_are_counted() -> None:
    assert claim_line(claims(item_labels=tuple("abcdef"))).endswith(": a, b, c, d and 2 more")


def test_a_day_of_a_hostile_source_cannot_leave_the_line() -> None:
    assert claim_line(claims(), "2019\n\x1b[2J\u202e") == "? dialogue · 2019 \ufffd[2J\ufffd"


@pytest.mark.parametrize("text", ["フッ化水素の輸出", "불화수소 수출규제", "氟化氢出口管制", "hydrogen fluoride"])
def test_pieces_are_the_text(text: str) -> None:
    found = list(pieces(text, spans((0, 2), (3, 4))))
    assert "".join(piece.text for piece in found) == text
    assert [piece.text for piece in found if piece.marked] == [text[0:2], text[3:4]]


def test_a_snippet_has_text_around_its_evidence_and_marks_all_of_it() -> None:
    text = "あ" * 100 + "フッ化水素" + "い" * 10 + "規制" + "う" * 100
    (found,) = snippets(text, spans((100, 105), (115, 117)))
    assert (found.before, found.after) == (True, True)
    assert [piece.text for piece in found.pieces if piece.marked] == ["フッ化水素", "規制"]
    assert found.pieces[0] == Piece("あ" * AROUND, False)
    assert "".join(piece.text for piece in found.pieces) == text[100 - AROUND : 105 + AROUND]


def test_at_most_a_few_snippets_none_twice() -> None:
    text = "수출 " * 1000
    places = spans(*((start, start + 2) for start in range(0, 3000, 3)))
    found = list(snippets(text, places))
    assert len(found) == 3
    assert [snippet.before for snippet in found] == [False, True, True]
    assert list(snippets("", [])) == []


def test_languages_have_english_names() -> None:
    assert [language_name(tag) for tag in ("ja", "zh-Hant", "und", "de")] == [
        "Japanese",
        "Chinese (traditional)",
        "language unknown",
        "de",
    ]
