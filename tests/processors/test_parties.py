from __future__ import annotations

import pytest

from tests.documents import claims


@pytest.mark.parametrize(
    ("text", "implementing"),
    [
        # An office, a law or a list speaks for its jurisdiction.
        ("BIS amends the Export Administration Regulations.", ("US",)),
        ("外為法に基づく輸出管理を徹底する。", ("JP",)),
        ("대외무역법에 따른 전략물자 수출허가를 받아야 한다.", ("KR",)),
        ("根据《出口管制法》，海关总署公告如下。", ("CN",)),
        ("依貿易法，經濟部管制戰略性高科技貨品輸出。", ("TW",)),
        # Nobody named: a document speaks of its own country.
        (
            "輸出管理については、先端技術の動向や国際情勢の変化を踏まえ、実効性を保つように改善を重ねていくことが必要だと考えております。",
            ("JP",),
        ),
        (
            "수출통제는 기술의 발전과 국제 정세의 변화를 반영하여 꾸준히 개선해 나가야 하며 "
            "기업과의 소통도 중요하다고 생각합니다.",
            ("KR",),
        ),
        # A bare headline does not even do that.
        ("수출통제 확대 우려", ()),
        ("輸出規制の拡大に懸念", ()),
        ("Export controls matter.", ()),
    ],
)
def test_who_acts_where_no_state_is_the_subject(text: str, implementing: tuple[str, ...]) -> None:
    assert claims(text).implementing == implementing


def test_a_spokesman_comments_and_does_not_act() -> None:
    found = claims(
        "有记者问：美方宣布扩大出口管制，请问有何评论？答：中方坚决反对，美方滥用出口管制。",
        "商务部新闻发言人就美方扩大出口管制答记者问",
    )
    assert found.implementing == ("US",)


def test_one_remark_about_another_state_makes_it_no_actor() -> None:
    text = "Japan tightened export controls on chips. Japan will require licences, and METI issued the rules. " * 3
    found = claims(text + "China introduced export controls years ago.", "Japan tightens export controls")
    assert found.implementing == ("JP",)
    both = claims("Japan and China tightened export controls.", "Japan and China tighten export controls")
    assert both.implementing == ("CN", "JP") or both.implementing == ("JP", "CN")


def test_groups_and_the_united_nations_are_no_jurisdictions() -> None:
    found = claims("G7 tightened export controls and the United Nations imposed restrictions on exports to Iran.")
    assert found.implementing == ()
    assert found.affected == ("IR",)


def test_the_side_acted_upon_does_not_act_by_having_offices() -> None:
    found = claims(
        "Japan tightened export controls on shipments to South Korea, "
        "and South Korea's trade ministry regretted the curbs."
    )
    assert (found.implementing, found.affected) == (("JP",), ("KR",))


def test_a_regime_of_many_states_acts_for_none() -> None:
    assert claims("成员国就清单交换了意见。", "核供应国集团修改出口管制清单").implementing == ()
