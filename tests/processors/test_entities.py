from __future__ import annotations

import pytest

from processors.companies import normalised
from processors.entities import MOST
from tests.documents import claims


def told(text: str, title: str = "") -> list[tuple[str, str]]:
    """Name and fate of each party, in order."""
    return [
        (mention.text, mention.rule.removeprefix("parties/"))
        for mention in claims(text, title).mentions
        if mention.kind == "party"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The Commerce Department adds Larkfield Technologies Co., Ltd. and 12 others to the Entity List.",
            [("Larkfield Technologies Co., Ltd.", "listed")],
        ),
        (
            "Taiwan has put Huawei and SMIC on its export control entity list.",
            [("Huawei", "listed"), ("SMIC", "listed")],
        ),
        (
            "BIS removed Brightwater Optics GmbH from the Unverified List.",
            [("Brightwater Optics GmbH", "delisted")],
        ),
        (
            "Kestrel Vacuum Corp. of Massachusetts agreed to pay a penalty for export control violations.",
            [("Kestrel Vacuum Corp.", "fined")],
        ),
        (
            "商务部决定将北门防务系统公司、Larkfield Inc.等12家实体列入出口管制管控名单。",
            [("北门防务系统公司", "listed"), ("Larkfield Inc.", "listed")],
        ),
        ("商務部將青鳥航太股份有限公司列入出口管制管控名單。", [("青鳥航太股份有限公司", "listed")]),
        (
            "経済産業省は、青葉精機株式会社とカワセミ電子を輸出管理の外国ユーザーリストに追加した。",
            [("青葉精機株式会社", "listed"), ("カワセミ電子", "listed")],
        ),
        (
            "미국이 룽신테크놀로지 등 중국 기업 80곳을 수출통제 명단에 올렸다.",
            [("룽신테크놀로지", "listed")],
        ),
    ],
)
def test_names_in_the_place_that_grammar_gives_them(text: str, expected: list[tuple[str, str]]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The Commerce Department adds China to Country Group D:5 and tightens export controls.",
        "Japan removed South Korea from a list of trusted countries under its export controls.",
        "The export control rule does not apply to Larkfield Technologies Co., Ltd.",
        "The ministry did not add Larkfield Technologies Co., Ltd. to the Entity List.",
        "日本政府は韓国を輸出管理のホワイト国のリストから除外した。",
        "中国将镓、锗列入出口管制清单，并将12家美国企业列入管控名单。",
        "日本政府将韩国重新纳入出口优惠国名单。",
        "일본이 한국을 수출관리 우대국 명단에서 제외했다.",
        "상무부는 중국 기업 27곳을 수출통제 미검증 명단에서 삭제했다.",
    ],
)
def test_states_goods_counts_and_what_is_denied_are_no_parties(text: str) -> None:
    assert told(text) == []


def test_the_rows_of_a_notice_that_lists() -> None:
    text = (
        "The Bureau of Industry and Security adds the following entities to the Entity List:\n"
        "(1) Larkfield Technologies Co., Ltd., a.k.a. LT, Room 5, Harbour Road;\n"
        "(2) 青葉精機株式会社（東京都）\n"
        "3. 北门防务系统有限公司；\n"
        "4) 주식회사 한빛정밀 (서울)\n"
        "5. Blue Peak Research Institute\n"
        "6. All items subject to the EAR.\n"
    )
    assert told(text, "Additions of Entities to the Entity List") == [
        ("Larkfield Technologies Co., Ltd.", "listed"),
        ("青葉精機株式会社", "listed"),
        ("北门防务系统有限公司", "listed"),
        ("주식회사 한빛정밀", "listed"),
        ("Blue Peak Research Institute", "listed"),
    ]


def test_a_name_is_one_with_or_without_its_form() -> None:
    for name in ("Larkfield Technologies Co., Ltd.", "LARKFIELD  TECHNOLOGIES", "Larkfield Technologies, Inc."):
        assert normalised(name) == "larkfield technologies"
    assert normalised("青葉精機株式会社") == normalised("青葉精機")
    assert normalised("주식회사 한빛정밀") == "한빛정밀"
    assert normalised("Limited") == "limited"


def test_parties_are_bounded() -> None:
    rows = "".join(f"{number}. Larkfield {number} Ltd.\n" for number in range(1, MOST * 2))
    title = "Additions of Entities to the Entity List"
    assert len(told("BIS adds entities to the Entity List:\n" + rows, title)) == MOST
