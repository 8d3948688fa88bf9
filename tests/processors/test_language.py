from __future__ import annotations

import pytest

from processors.language import detect


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Japan tightens exports", "en"),
        ("輸出規制を強化", "ja"),
        ("안전보장 무역관리", "ko"),
        ("商务部公布管制清单", "zh-Hans"),
        ("經濟部公告輸出管制", "zh-Hant"),
        # Han characters alone, ten or fewer.
        ("安全保障貿易管理", "ja"),
        ("貨物等省令改正", "ja"),
        ("輸出貿易管理令", "ja"),
        ("対韓輸出規制", "ja"),
        ("出口管制法", "zh-Hans"),
        ("两用物项", "zh-Hans"),
        ("兩用物項", "zh-Hant"),
        ("戰略性高科技貨品", "zh-Hant"),
        # Mixed with Latin.
        ("HBM 수출통제", "ko"),
        ("METIが輸出規制", "ja"),
        ("美国BIS新增28家实体", "zh-Hans"),
        ("台積電ADR漲", "zh-Hant"),
        ("US chip firms eye 中国 market despite curbs", "en"),
    ],
)
def test_titles_of_ten_characters_are_enough(title: str, language: str) -> None:
    assert detect(title, "") == language
    assert detect("", title) == language


def test_the_declaration_decides_only_what_the_text_leaves_open() -> None:
    assert detect("", "", "ja") == "ja"
    assert detect("12.5 %", "", "") == "und"
    assert detect("12.5 %", "", "ko") == "ko"
    assert detect("出口", "", "zh-TW") == "zh-Hant"
    assert detect("出口", "", "zh_CN") == "zh-Hans"
    assert detect("수출통제 강화", "", "ja") == "ko"
    assert detect("Règlement sur les exportations", "", "fr") == "fr"
    assert detect("Export controls", "", "zh-Hans") == "en"
    assert detect("Контроль экспорта", "", "ru") == "ru"


def test_decomposed_hangul_and_half_width_kana_are_read() -> None:
    assert detect("수출통제", "") == "ko"
    assert detect("ﾌｯ化水素ﾉ輸出", "") == "ja"


def test_a_foreign_name_changes_nothing() -> None:
    assert detect("商务部就日本「半導体」企业答记者问，坚决反对无理做法", "") == "zh-Hans"
    assert detect("", "The ministry (経済産業省) said on Monday that talks would go on in Tokyo next week.") == "en"
