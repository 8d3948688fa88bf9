from __future__ import annotations

import json

import pytest

from exportwatch.model import Claims
from processors.classify import classify, row
from tests.documents import claims, document, rules

STORY = """Officials of Japan and South Korea explained their export control systems to each other but did not dial \
back the stricter screening in their first policy dialogue in years, the Ministry of Economy, Trade and Industry said.

The talks in Tokyo lasted ten hours.

Relations soured last year when Japan tightened controls on exports to South Korea of hydrogen fluoride and \
fluorinated polyimide. Japan also removed South Korea from a list of trusted countries.

The ministry declined to say whether South Korea demanded that Japan retract the measures.

Earlier, South Korea withdrew a complaint at the World Trade Organization over the controls.
"""


def test_a_dialogue_is_no_easing_and_its_background_is_recalled() -> None:
    found = claims(STORY)
    assert found.lang == "en"
    assert found.actions == ("dialogue",)
    assert (found.implementing, found.affected, found.agencies) == (("JP",), ("KR",), ("METI",))
    by_action = {measure.action: measure for measure in found.measures}
    assert by_action["dialogue"].reported == "now"
    assert {action for action, measure in by_action.items() if measure.reported == "recalled"} == {
        "tighten",
        "delist",
        "complaint",
    }
    assert by_action["tighten"].items == ("hydrogen-fluoride", "fluorinated-polyimide")
    assert "ease" not in by_action


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        (
            "Addition of Entities to the Entity List",
            "The Bureau of Industry and Security (BIS) amends the EAR by adding five entities to the Entity List under "
            "the destination of China. Licence requirements under 15 CFR 744.11 apply to items under ECCN 3A090.",
            {
                "lang": "en",
                "actions": ("list",),
                "implementing": ("US",),
                "affected": ("CN",),
                "agencies": ("BIS",),
                "codes": ("3A090",),
                "instruments": ("15 CFR 744.11", "EAR"),
            },
        ),
        (
            "韓国向け輸出管理の運用の見直しについて",
            "経済産業省は、令和元年7月4日より、フッ化水素、レジスト及びフッ化ポリイミドの韓国向け輸出を包括許可から"
            "個別許可に切り替え、管理を厳格化する。外為法第48条第1項に基づく。",
            {
                "lang": "ja",
                "actions": ("tighten",),
                "implementing": ("JP",),
                "affected": ("KR",),
                "agencies": ("METI",),
                "dates": ("2019-07-04",),
                "items": ("hydrogen-fluoride", "photoresist", "fluorinated-polyimide"),
            },
        ),
        (
            "일본, 한국을 화이트리스트에서 제외",
            "일본 경제산업성은 한국을 백색국가에서 제외하는 수출규제 강화 조치를 발표했다. "
            "불화수소 수출이 영향을 받는다.",
            {
                "lang": "ko",
                "actions": ("tighten", "delist"),
                "implementing": ("JP",),
                "affected": ("KR",),
                "agencies": ("METI",),
                "items": ("hydrogen-fluoride",),
            },
        ),
        (
            "商务部 海关总署公告2024年第46号 关于加强相关两用物项对美国出口管制的公告",
            "禁止两用物项对美国军事用户出口。原则上不予许可镓、锗、锑相关两用物项对美国出口（参考海关商品编号：8110101000）。"
            "本公告自2024年12月3日起实施。",
            {
                "lang": "zh-Hans",
                "actions": ("tighten",),
                "implementing": ("CN",),
                "affected": ("US",),
                "agencies": ("MOFCOM", "GACC"),
                "codes": ("8110101000",),
                "dates": ("2024-12-03",),
            },
        ),
        (
            "經濟部公告修正戰略性高科技貨品出口管制清單",
            "經濟部國際貿易署將量子電腦納入管制清單，輸往南非的晶片出口應先申請輸出許可證。",
            {"lang": "zh-Hant", "implementing": ("TW",), "affected": ("ZA",), "agencies": ("MOEA", "BOFT")},
        ),
    ],
)
def test_a_release_in_each_language(title: str, text: str, expected: dict[str, object]) -> None:
    found = claims(text, title)
    assert found.relevant
    assert {name: getattr(found, name) for name in expected} == expected


def test_the_main_measure_carries_what_the_document_names() -> None:
    text = "决定对镓相关物项实施出口管制。本公告自2023年8月1日起正式实施。"
    measure = claims(text, "商务部 海关总署公告2023年第23号", published="2023-07-03").measures[0]
    assert (measure.action, measure.implementing, measure.agency) == ("tighten", ("CN",), "MOFCOM")
    assert (measure.published, measure.effective, measure.reported) == ("2023-07-03", "2023-08-01", "now")
    assert measure.basis == "商务部 海关总署公告2023年第23号"
    assert 0 < measure.confidence <= 1


def test_labels_stand_beside_items_in_english() -> None:
    found = claims("일본이 불화수소와 포토레지스트 수출규제를 강화했다.")
    assert dict(zip(found.items, found.item_labels, strict=True)) == {
        "hydrogen-fluoride": "hydrogen fluoride",
        "photoresist": "photoresist",
    }


def test_the_row_is_exactly_the_contract() -> None:
    found = json.loads(json.dumps(row("jp-meti:1", claims(STORY)), ensure_ascii=False))
    assert set(found) == {
        *("id", "lang", "relevant", "score", "actions", "implementing", "affected", "items", "item_labels"),
        *("agencies", "codes", "instruments", "dates", "mentions", "measures"),
    }
    assert found["id"] == "jp-meti:1"
    assert set(found["mentions"][0]) == {"kind", "concept", "field", "start", "end", "text", "rule"}
    assert set(found["measures"][0]) == {
        *("action", "implementing", "affected", "items", "codes", "agency", "basis", "announced", "published"),
        *("effective", "expires", "status", "reported", "confidence", "evidence"),
    }
    assert set(found["measures"][0]["evidence"][0]) == {"field", "start", "end"}


def test_classification_is_pure() -> None:
    first: Claims = classify(document(STORY), rules())
    assert classify(document(STORY), rules()) == first


@pytest.mark.parametrize(
    "text",
    [
        *("", "\x00", "a" * 100_000, "半" * 100_000, "(" * 100_000, "1234567890" * 10_000),
        *("半導体" * 30_000, "export controls " * 6_000, "公告2024年第1号" * 9_000, "exports to China and " * 5_000),
        *("禁止向" * 30_000, "韓国への" * 20_000, "e\u0301" * 50_000),
    ],
)
def test_strange_texts_end_within_the_limits(text: str) -> None:
    found = claims(text)
    assert len(found.mentions) <= 5_000


def test_a_title_alone_is_a_document() -> None:
    assert claims("", "中国、ガリウムの輸出規制を強化").implementing == ("CN",)


@pytest.mark.parametrize(
    ("title", "action", "implementing", "affected"),
    [
        ("Japan tightens exports of hydrogen fluoride to Korea", "tighten", "JP", "KR"),
        ("China restricts gallium exports", "tighten", "CN", ""),
        ("China bans antimony exports to the US", "tighten", "CN", "US"),
        ("China lifts ban on gallium exports to the US", "ease", "CN", "US"),
        ("China eases exports of rare earth magnets", "ease", "CN", ""),
        ("US approves exports of AI chips to the UAE", "license", "US", "AE"),
        ("日本、韓国へのフッ化水素の輸出を厳格化", "tighten", "JP", "KR"),
        ("米国、中国へのAI半導体の輸出を禁止", "tighten", "US", "CN"),
        ("중국, 갈륨 수출 제한", "tighten", "CN", ""),
        ("미국, 중국에 AI 반도체 수출 차단", "tighten", "US", "CN"),
        ("中国限制镓出口", "tighten", "CN", ""),
        ("美国限制对华芯片出口", "tighten", "US", "CN"),
        ("中国放宽稀土出口", "ease", "CN", ""),
        ("中國限制鎵出口", "tighten", "CN", ""),
        ("美國禁止對中出口AI晶片", "tighten", "US", "CN"),
    ],
)
def test_a_headline_alone_says_what_who_and_whom(title: str, action: str, implementing: str, affected: str) -> None:
    found = claims("", title)
    assert found.actions[0] == action
    assert (" ".join(found.implementing), " ".join(found.affected)) == (implementing, affected)
    assert found.items
