from __future__ import annotations

import pytest

from tests.documents import claims


@pytest.mark.parametrize(
    ("text", "effective", "expires"),
    [
        ("Export controls effective July 4, 2019, and until 31 December 2021.", "2019-07-04", "2021-12-31"),
        ("輸出管理の改正は令和元年7月4日から施行する。", "2019-07-04", ""),
        ("수출통제 고시는 2024년 9월 15일부터 시행한다.", "2024-09-15", ""),
        ("出口管制公告自2024年12月1日起实施，暂停至2026年11月10日。", "2024-12-01", "2026-11-10"),
        ("出口管制公告自2024年12月1日起實施。", "2024-12-01", ""),
        ("Export controls were discussed on July 4, 2019.", "", ""),
    ],
)
def test_the_days_of_entry_into_force_and_of_expiry(text: str, effective: str, expires: str) -> None:
    measure = claims(text).measures[0]
    assert (measure.effective, measure.expires) == (effective, expires)


def test_a_measure_in_force_differs_from_one_announced_and_one_proposed() -> None:
    text = "决定对镓实施出口管制，自2023年8月1日起实施。"
    assert claims(text, published="2023-07-03").measures[0].status == "announced"
    assert claims(text, published="2023-08-02").measures[0].status == "in force"
    hedged = claims("The ministry may tighten export controls.").measures[0]
    assert (hedged.action, hedged.status) == ("tighten", "proposed")
    assert hedged.confidence < claims("The ministry tightened export controls.").measures[0].confidence


def test_background_takes_sides_and_goods_from_its_own_sentence() -> None:
    text = "China and the United States held an export control dialogue. " + "They talked for hours. " * 20
    text += "Last year Japan tightened controls on exports of photoresist to South Korea."
    recalled = [measure for measure in claims(text).measures if measure.reported == "recalled"]
    assert [(m.action, m.implementing, m.affected, m.items) for m in recalled] == [
        ("tighten", ("JP",), ("KR",), ("photoresist",))
    ]
    quotes = [text[span.start : span.end] for span in recalled[0].evidence]
    assert quotes == ["tightened", "Japan", "South Korea", "photoresist"]


def test_each_background_action_is_told_once() -> None:
    text = "The export control dialogue was held. " + "It took long. " * 40
    text += "Last year Japan tightened controls. Last year Japan tightened them again. Last year it filed a complaint."
    recalled = [measure.action for measure in claims(text).measures if measure.reported == "recalled"]
    assert recalled == ["tighten", "complaint"]
