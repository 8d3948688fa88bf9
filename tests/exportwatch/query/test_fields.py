"""fields.py: what engines index of a classified document."""

from __future__ import annotations

import pytest

from exportwatch import codec
from exportwatch.errors import BadRecord
from exportwatch.query.fields import FIELDS, TOPIC, VALUE_CHARACTERS, by_name, code_asked, code_values, normal, prepare
from tests.contracts.querying import SmallTaxonomy, classified

TAXONOMY = SmallTaxonomy()


def test_a_document_with_everything() -> None:
    given = classified(
        {
            "id": "jp-meti:1",
            "title": "韓国向け輸出",
            "text": "ﾌｯ化水素 and 불화수소 by METI, 氟化氢 for Huawei",
            "lang": "zh-Hant",
            "published": "2019-07-01T10:00:00+09:00",
            "publisher": "JP-METI",
            "source": "METI news",
            "kind": "Ministry",
            "relevant": True,
            "actions": ["tighten"],
            "implementing": ["DE"],
            "affected": ["KR", "RU"],
            "items": ["hydrogen-fluoride"],
            "agencies": ["METI"],
            "codes": ["3A090.a.1"],
            "instruments": ["15 CFR 744.23", "公告2024年第51号"],
            "mentions": [
                ["jurisdiction", "KR", "韓国"],
                ["item", "hydrogen-fluoride", "ﾌｯ化水素"],
                ["item", "hydrogen-fluoride", "불화수소"],
                ["party", "Huawei", "Huawei"],
            ],
            "measures": [
                {"action": "tighten", "implementing": ["DE"], "codes": ["3A090.a"], "effective": "2019-07-04"},
                {"action": "ease", "agency": "METI", "items": ["photoresist"]},
            ],
        }
    )
    entry = prepare(given, TAXONOMY)
    assert (entry.id, entry.version) == ("jp-meti:1", 1000)
    assert entry.title == "韓 国 向 け 輸 出"
    assert entry.text == "フ ッ 化 水 素 and 불 화 수 소 by meti 氟 化 氢 for huawei"
    assert entry.values == {
        "item": ("hydrogen-fluoride", "chemicals"),
        "code": ("3A090.A.1", "3A090.A", "3A090"),
        "agency": ("METI",),
        "implementing": ("DE", "EU"),
        "affected": ("KR", "RU"),
        "action": ("tighten",),
        "concept": (TOPIC, "jurisdiction:KR", "item:hydrogen-fluoride", "item:chemicals"),
        "party": ("huawei",),
        "instrument": ("15 cfr 744 23", "公 告 2024 年 第 51 号"),
        "lang": ("zh-hant", "zh"),
        "source": ("meti news",),
        "publisher": ("jp-meti",),
        "kind": ("ministry",),
        "published": ("2019-07-01",),
        "effective": ("2019-07-04",),
    }
    assert entry.measures == (
        {
            "action": ("tighten",),
            "implementing": ("DE", "EU"),
            "code": ("3A090.A", "3A090"),
            "effective": ("2019-07-04",),
        },
        {"action": ("ease",), "agency": ("METI",), "item": ("photoresist", "chemicals")},
    )
    assert codec.CLASSIFIED.decode(entry.body) == given
    assert prepare(given, TAXONOMY, b"at hand").body == b"at hand"


def test_a_bare_document_has_no_empty_values() -> None:
    entry = prepare(classified({"id": "x:1", "title": "수출", "source": "", "kind": ""}), TAXONOMY)
    assert entry.values == {"lang": ("en",), "publisher": ("test",)}
    assert entry.measures == ()


def test_a_lone_surrogate_is_a_bad_record() -> None:
    with pytest.raises(BadRecord):
        prepare(classified({"id": "x:1", "title": "輸出\ud800"}), TAXONOMY)


CODES = [
    ("3a090.a.1", ("3A090.A.1", "3A090.A", "3A090")),
    ("2811.11", ("2811.11", "2811", "281111")),
    ("2811110000", ("2811110000", "28111100", "281111", "2811")),
    ("7664-39-3", ("7664-39-3",)),
    ("５Ａ００２", ("5A002",)),
    ("EU 3B001.c", ("EU3B001.C", "EU3B001")),
    ("12345", ("12345",)),
    (".", (".",)),
]


@pytest.mark.parametrize(("code", "expected"), CODES)
def test_a_code_and_everything_above(code: str, expected: tuple[str, ...]) -> None:
    assert code_values(code) == expected
    assert code_asked(code) in expected


def test_values_are_compared_without_regard_to_width_case_and_accents() -> None:
    assert normal("publisher", "ＪＰ－Ｍeti ") == normal("publisher", "jp-méti") == "jp-meti"
    assert normal("agency", "meti") == normal("agency", "ＭＥＴＩ") == "METI"
    assert normal("publisher", "경" * 1000) == "경" * VALUE_CHARACTERS


def test_people_ask_by_name_or_alias() -> None:
    assert by_name("BY") is by_name("implementing") is FIELDS["implementing"]
    assert by_name("against") is FIELDS["affected"]
    assert by_name("concept") is by_name("輸出") is None
