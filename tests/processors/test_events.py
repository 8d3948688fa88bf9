from __future__ import annotations

import pytest

from processors.events import Event, events, ranked
from tests.documents import reading


def happened(text: str, language: str) -> list[Event]:
    return events([reading(text, language)], language)


def main(text: str, language: str) -> str:
    order = ranked(happened(text, language))
    return order[0][0] if order else ""


@pytest.mark.parametrize(
    ("language", "text", "action"),
    [
        ("en", "The ministry tightened controls on chips.", "tighten"),
        ("en", "The government lifted the curbs.", "ease"),
        ("en", "BIS is adding 32 entities to the Entity List.", "list"),
        ("en", "BIS is removing one entity from the Entity List.", "delist"),
        ("en", "The firm received an approval: an application for an export license was granted a license.", "license"),
        ("en", "The exporter was fined and pleaded guilty.", "enforce"),
        ("en", "Police launched an investigation.", "investigate"),
        ("en", "The two sides held a policy dialogue.", "dialogue"),
        ("en", "Seoul filed a WTO complaint.", "complaint"),
        ("en", "The bureau issued guidance and answers to frequently asked questions.", "guidance"),
        ("ja", "経済産業省は輸出管理を厳格化し、個別許可に切り替えた。", "tighten"),
        ("ja", "規制を解除し、グループAに再指定した。", "ease"),
        ("ja", "企業をエンティティー・リストに追加した。", "list"),
        ("ja", "経済産業大臣の許可を受けなければならない。", "license"),
        ("ja", "無許可輸出で社長を逮捕した。", "enforce"),
        ("ja", "局長級の政策対話を開いた。", "dialogue"),
        ("ja", "韓国はWTOに提訴した。", "complaint"),
        ("ja", "中小企業向けの説明会を開く。", "guidance"),
        ("ko", "정부는 수출통제를 강화했다.", "tighten"),
        ("ko", "화이트리스트에서 한국을 제외했다.", "delist"),
        ("ko", "규제를 해제하고 수출을 재개했다.", "ease"),
        ("ko", "기업을 거래제한 명단에 추가했다.", "list"),
        ("ko", "불화수소 수출을 허가했다.", "license"),
        ("ko", "무허가 수출로 기소되어 징역을 받았다.", "enforce"),
        ("ko", "국장급 정책대화를 열었다.", "dialogue"),
        ("ko", "한국은 WTO 제소 절차를 밟는다.", "complaint"),
        ("zh-Hans", "决定对镓实施出口管制。", "tighten"),
        ("zh-Hans", "宣布暂停实施该规则一年。", "ease"),
        ("zh-Hans", "将28家实体列入出口管制管控名单。", "list"),
        ("zh-Hans", "将两家企业移出不可靠实体清单。", "delist"),
        ("zh-Hans", "由商务部颁发许可证。", "license"),
        ("zh-Hans", "双方举行了磋商。", "dialogue"),
        ("zh-Hans", "中方对此坚决反对。", "complaint"),
        ("zh-Hant", "經濟部收緊出口管制。", "tighten"),
        ("zh-Hant", "應先申請輸出許可證。", "license"),
    ],
)
def test_plain_words_of_each_action(language: str, text: str, action: str) -> None:
    assert main(text, language) == action


@pytest.mark.parametrize(
    ("language", "text", "action"),
    [
        ("en", "Iida declined to say whether Seoul demanded that Japan retract the stringent controls.", "ease"),
        ("en", "The talks achieved no substantial results in dialing back the screening.", "ease"),
        ("en", "Seoul urged Tokyo to lift the curbs.", "ease"),
        ("en", "Tokyo did not ease anything.", "ease"),
        ("ja", "規制の撤回を求めた。", "ease"),
        ("ja", "規制を緩和する予定はない。", "ease"),
        ("ja", "輸出禁止ではないと述べた。", "tighten"),
        ("ko", "수출규제 철회를 촉구했다.", "ease"),
        ("ko", "규제를 완화하지 않았다.", "ease"),
        ("zh-Hans", "敦促美方解除管制。", "ease"),
        ("zh-Hans", "没有放宽。", "ease"),
        ("zh-Hant", "並未放寬。", "ease"),
    ],
)
def test_what_is_denied_or_demanded_does_not_happen(language: str, text: str, action: str) -> None:
    found = [event for event in happened(text, language) if event.action == action]
    assert found
    assert not any(event.happens for event in found)


def test_a_prohibition_inside_a_rule_is_the_measure_itself() -> None:
    # new or standing, the sentence alone does not tell
    assert main("未经许可，不得出口。", "zh-Hans") in ("tighten", "license")
    assert main("未經許可不得輸出。", "zh-Hant") in ("tighten", "license")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The dialogue was held. " * 20 + "Last year Japan tightened controls on exports."),
        ("ja", "政策対話が開かれた。" * 20 + "昨年、日本は輸出管理を厳格化した。"),
        ("ko", "정책대화가 열렸다. " * 20 + "지난해 일본은 수출통제를 강화했다."),
        ("zh-Hans", "双方举行对话。" * 30 + "去年日本收紧出口管制。"),
    ],
)
def test_background_is_recalled(language: str, text: str) -> None:
    tightened = [event for event in happened(text, language) if event.action == "tighten"]
    assert tightened
    assert all(event.recalled for event in tightened)
    assert main(text, language) == "dialogue"


def test_hedged_events_weigh_half() -> None:
    sure = ranked(happened("The ministry tightened controls.", "en"))
    hedged = ranked(happened("The ministry may have tightened controls.", "en"))
    assert hedged[0][1] == pytest.approx(sure[0][1] / 2)


def test_a_word_inside_a_longer_one_of_another_action_does_not_count() -> None:
    assert {event.action for event in happened("수출규제 철회", "ko")} == {"ease"}
