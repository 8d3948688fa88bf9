"""One story in five scripts: a dialogue is what is reported; what led to it is recalled, and nothing was eased.

Composed for this test after the events of 2019.
"""

from __future__ import annotations

import pytest

from exportwatch.model import Measure
from tests.documents import claims

STORIES = {
    "en": (
        "Japan and South Korea hold export control dialogue",
        "Officials of the two countries held a policy dialogue on export controls in Tokyo on Monday, the Ministry of "
        "Economy, Trade and Industry said. No easing of the controls was agreed.\n\n"
        "In July 2019 Japan tightened controls on exports of hydrogen fluoride, fluorinated polyimide and photoresist "
        "to South Korea, effective July 4, 2019.\n\n"
        "In August 2019 Japan removed South Korea from its list of trusted countries for export controls.\n\n"
        "South Korea filed a complaint at the World Trade Organization in September 2019 over Japan's export controls.",
    ),
    "ja": (
        "日韓、輸出管理の政策対話を開催",
        "経済産業省は、韓国の当局と輸出管理に関する政策対話を東京で開いたと発表した。規制の緩和は行わない。\n\n"
        "日本は2019年7月、韓国向けのフッ化水素、フッ化ポリイミド、レジストの輸出管理を厳格化し、2019年7月4日から施行した。\n\n"
        "2019年8月には韓国をホワイト国のリストから除外した。\n\n"
        "韓国は2019年9月、日本の輸出規制をWTOに提訴した。",
    ),
    "ko": (
        "한일 수출관리 정책대화 개최",
        "산업통상자원부와 일본 경제산업성은 도쿄에서 수출관리 정책대화를 열었다고 밝혔다.\n\n"
        "일본은 2019년 7월 불화수소, 불화폴리이미드, 포토레지스트의 대한국 수출규제를 강화해 "
        "2019년 7월 4일부터 시행했다.\n\n"
        "2019년 8월에는 한국을 백색국가에서 제외했다.\n\n"
        "한국은 2019년 9월 일본의 수출규제를 WTO에 제소했다.",
    ),
    "zh-Hans": (
        "日韩举行出口管制政策对话",
        "日本经济产业省表示，日韩两国在东京举行出口管制政策对话，双方交换了意见。\n\n"
        "2019年7月，日本收紧对韩国出口氟化氢、氟聚酰亚胺和光刻胶的管制，自2019年7月4日起实施。\n\n"
        "2019年8月，日本将韩国移出白名单。\n\n"
        "2019年9月，韩国就日本的出口管制诉诸世贸组织。",
    ),
    "zh-Hant": (
        "日韓舉行出口管制政策對話",
        "日本經濟產業省表示，日韓兩國在東京舉行出口管制政策對話，雙方交換意見。\n\n"
        "2019年7月，日本收緊對韓國出口氟化氫、光阻劑的管制，自2019年7月4日起實施。\n\n"
        "2019年8月，日本將韓國移出白名單。\n\n"
        "2019年9月，韓國就日本的出口管制訴諸世貿組織。",
    ),
}


def measures(language: str, reported: str) -> list[Measure]:
    title, text = STORIES[language]
    return [m for m in claims(text, title, published="2019-12-17").measures if m.reported == reported]


@pytest.mark.parametrize("language", STORIES)
def test_only_the_dialogue_is_reported_now(language: str) -> None:
    now = measures(language, "now")
    assert [measure.action for measure in now] == ["dialogue"]
    assert now[0].agency in ("METI", "MOTIE")


@pytest.mark.parametrize("language", STORIES)
def test_the_tightening_is_recalled_with_its_goods_sides_and_day(language: str) -> None:
    (tightened, *_) = [m for m in measures(language, "recalled") if m.action == "tighten"]
    assert (tightened.implementing, tightened.affected) == (("JP",), ("KR",))
    assert {"hydrogen-fluoride", "photoresist"} <= {*tightened.items}
    assert (tightened.effective, tightened.status) == ("2019-07-04", "in force")


@pytest.mark.parametrize("language", STORIES)
def test_nothing_is_eased_and_the_complaint_is_recalled(language: str) -> None:
    title, text = STORIES[language]
    told = claims(text, title, published="2019-12-17").measures
    assert "ease" not in {measure.action for measure in told}
    (complaint,) = [measure for measure in told if measure.action == "complaint"]
    assert (complaint.reported, complaint.implementing, complaint.affected) == ("recalled", ("JP",), ("KR",))
