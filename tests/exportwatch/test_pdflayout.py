"""Tables row by row, columns one after the other, in files as they are printed and in places made up."""

from __future__ import annotations

import pytest

from exportwatch import pdf
from exportwatch.pdflayout import Part, Piece, arranged
from tests.exportwatch.articles import TONGUES, Tongue
from tests.exportwatch.printed import printed, rows

IN_TONGUES = pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.furniture.lang)


@IN_TONGUES
@pytest.mark.parametrize("wrapped", [True, False], ids=["wrapped cells", "cells of a line"])
def test_a_table_is_read_row_by_row_between_paragraphs_made_whole(tongue: Tongue, wrapped: bool) -> None:
    table = rows(tongue)
    if not wrapped:
        table = tuple((first, f"{number}", last) for number, (first, _, last) in enumerate(table))
    expected = [
        line
        for article in tongue.articles
        for line in (article.title, *article.paragraphs, *("\t".join(row) for row in table))
    ]
    found = pdf.read(printed(tongue, table=table, wrapped=wrapped))[1]
    assert [line for line in found.split("\n") if line] == expected


@IN_TONGUES
def test_columns_are_read_one_after_the_other(tongue: Tongue) -> None:
    found = "".join(pdf.read(printed(tongue, columns=2))[1].split())
    expected = "".join(text for article in tongue.articles for text in (article.title, *article.paragraphs * 2))
    assert found == "".join(expected.split())


def pieces(*lines: tuple[str, float, float, float]) -> list[Piece]:
    """Of text, left and right edge, and height above the foot of the page."""
    return [Piece(text, left, bottom, right, bottom + 10) for text, left, right, bottom in lines]


def texts(parts: list[Part]) -> list[tuple[str, list[str]]]:
    return [
        (
            "row" if part.row else "alone" if part.alone else "",
            ["".join(piece.text for piece in run) for run in part.runs],
        )
        for part in parts
    ]


def test_what_stands_above_a_table_is_no_part_of_it() -> None:
    found = arranged(
        pieces(
            ("上", 50, 500, 100),
            ("a", 50, 90, 80),
            ("b", 200, 240, 80),
            ("c", 50, 90, 60),
            ("d", 200, 240, 60),
            ("下", 50, 500, 40),
        )
    )
    assert texts(list(found)) == [("", ["上"]), ("row", ["a", "b"]), ("row", ["c", "d"]), ("", ["下"])]


def test_a_cell_in_the_middle_of_a_high_row_is_in_the_row() -> None:
    first = (("a", 50, 90, 93), ("b", 200, 240, 100), ("b", 200, 240, 86))
    second = (("c", 50, 90, 63), ("d", 200, 240, 70), ("d", 200, 240, 56))
    assert texts(list(arranged(pieces(*first, *second)))) == [("row", ["a", "bb"]), ("row", ["c", "dd"])]


def test_columns_drawn_line_by_line_are_columns() -> None:
    drawn = [
        (f"{side}{number}", left, left + 200 - number % 2, 700 - 14 * number)
        for number in range(6)
        for side, left in (("左", 50), ("右", 300))
    ]
    assert texts(list(arranged(pieces(*drawn)))) == [("alone", ["左0左1左2左3左4左5右0右1右2右3右4右5"])]


def test_columns_are_no_row() -> None:
    left = [(f"左{number}", 50, 250, 700 - 14 * number) for number in range(4)]
    right = [(f"右{number}", 300, 500, 700 - 14 * number) for number in range(3)]
    assert texts(list(arranged(pieces(*left, *right)))) == [("alone", ["左0左1左2左3右0右1右2"])]


def test_a_lone_line_is_cut_only_at_a_gap_that_no_justified_text_has() -> None:
    assert texts(list(arranged(pieces(("별지", 50, 90, 80), ("수출", 105, 240, 80))))) == [("", ["별지 수출"])]
    assert texts(list(arranged(pieces(("별지", 50, 90, 80), ("수출", 200, 240, 80))))) == [("row", ["별지", "수출"])]


def test_an_empty_page() -> None:
    assert list(arranged([])) == []


def test_korean_wrapped_between_words_gets_its_spaces_back() -> None:
    lines = [
        "산업통상부는 오늘 불화수소 수출통제를",
        "강화한다고 밝혔으며 이에 따라 기업은",
        "미리 허가를 받아야 하고 사전에 신고를",
        "하여야 한다.",
    ]
    assert pdf.flowing(lines, spaces=True) == " ".join(lines)
    assert pdf.flowing(lines) == "".join(lines)
