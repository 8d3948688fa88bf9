from __future__ import annotations

import re

import pytest

from processors.numbers import needed, numbers
from tests.documents import claims, reading, rules
from tests.processors.quality import GOLD, read


def codes(text: str) -> list[str]:
    return [number.value for number in numbers(reading(text))]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("items under ECCN 3A090 and 5A002.a.1.", ["3A090", "5A002.a.1"]),
        ("3B001.c.1.a に該当する装置", ["3B001.c.1.a"]),
        ("１Ｃ３５０の化学品", ["1C350"]),
        ("非1C226项下管制的碳化钨；1C117.c．具有", ["1C226", "1C117.c"]),
        ("통제번호 1C350에 해당", ["1C350"]),
        ("hydrogen fluoride (CAS 7664-39-3)", ["7664-39-3"]),
        ("HS 2811.11 のフッ化水素", ["2811.11"]),
        ("HSK 2811.11-1000 불화수소", ["2811111000"]),
        ("（参考海关商品编号：8110101000、8110102000）", ["8110101000", "8110102000"]),
        ("(參考海關商品編號:8110101000)", ["8110101000"]),
        # Part numbers, dates, prices, wrong check digits, laws.
        ("part XC3A090B and model A3A090", []),
        ("on 2019-07-04 and 2019-12-1", []),
        ("CAS 7664-39-4", []),
        ("the price rose to 2811.11 dollars", []),
        ("tel. 8110101000", []),
        ("2811.11円", []),
        ("15 CFR 744.23", []),
        ("公告2024年第51号", []),
    ],
)
def test_numbers_of_things_by_grammar(text: str, values: list[str]) -> None:
    assert codes(text) == values


def test_codes_need_a_document_about_export_control() -> None:
    assert claims("Meet me in room 3A090 after lunch.").codes == ()


@pytest.mark.parametrize(
    ("text", "concept", "quote"),
    [
        ("under 15 CFR 744.23 of the EAR", "ear", "15 CFR 744.23"),
        ("商务部公告2024年第51号", "mofcom-announcement", "商务部公告2024年第51号"),
        ("輸出令別表第1の5の項に掲げる", "export-order-jp", "輸出令別表第1の5の項"),
        ("외국환과 대외무역법 제19조에 따라", "foreign-trade-act-kr", "대외무역법 제19조"),
        ("外為法第48条第1項の許可", "fefa", "外為法第48条第1項"),
        ("依《中华人民共和国出口管制法》第十二条", "export-control-law-cn", "《中华人民共和国出口管制法》第十二条"),
        ("Regulation (EU) 2021/821 applies", "eu-2021-821", "Regulation (EU) 2021/821"),
    ],
)
def test_citations_of_law_are_instruments(text: str, concept: str, quote: str) -> None:
    field = reading(text)
    found = {number.value: text[number.start : number.end] for number in rules().citations.read(field)}
    assert found == {concept: quote}
    assert codes(text) == []


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        (r"\b15\s*C\.?F\.?R\.?\s*(?:§+\s*)?7\d\d", "15"),
        (r"《?(?:中华人民共和国)?对外贸易法》?第[一二三0-9]+条", "对外贸易法"),
        (r"「?대외무역법」?\s*제\s*\d+\s*조(?:의\s*\d+)?", "대외무역법"),
        (r"(?:貨物等|おそれ)省令第[0-9]{1,2}条", "省令第"),
        (r"Acts{0,1}? of[ab]?", "Act"),
        (r"ab{2}cd*ef+?ghi", "ghi"),
        (r"(?:one|other)", ""),
        (r"one|other", ""),
        (r"(?i:one)", ""),
        (r"[]ab]cd", ""),
    ],
)
def test_a_citation_is_not_looked_for_where_its_plain_text_is_missing(pattern: str, part: str) -> None:
    assert needed(pattern) == part


def test_what_a_citation_needs_is_in_all_that_it_matches() -> None:
    patterns = [pattern for concept in rules().taxonomy.concepts.values() for pattern in concept.citations]
    texts = [row["text"] for row in read(GOLD / "documents.jsonl")]
    found = [
        (needed(pattern), match[0]) for pattern in patterns for text in texts for match in re.finditer(pattern, text)
    ]
    assert len(found) > 10
    assert all(part in quote for part, quote in found)
    assert sum(1 for pattern in patterns if needed(pattern)) > 0.9 * len(patterns)
