from __future__ import annotations

import pytest

from processors import relevance
from tests.documents import claims


@pytest.mark.parametrize(
    "text",
    [
        "The Bureau of Industry and Security amends the Export Administration Regulations to require a license.",
        "Japan removed South Korea from its white list and tightened exports of photoresist.",
        "経済産業省は安全保障貿易管理の徹底を求めた。",
        "対韓輸出規制を強化し、フッ化水素を個別許可の対象とする。",
        "일본이 반도체 소재 수출규제를 강화했다.",
        "정부는 전략물자 수출통제를 논의했다.",
        "商务部决定对锑等物项实施出口管制。",
        "美国将多家中国企业列入实体清单。",
        "經濟部公告戰略性高科技貨品輸出管制。",
    ],
)
def test_documents_about_export_control(text: str) -> None:
    assert claims(text).relevant


@pytest.mark.parametrize(
    "text",
    [
        # Tariffs and trade remedies.
        "The President raised tariffs on steel imports; exporters in South Korea face higher customs duties.",
        "関税の引き上げを受け、輸出企業は対応に追われている。",
        "반덤핑 관세로 철강 수출에 타격이 예상된다.",
        "美国宣布加征关税，中方将在世贸组织起诉。",
        "經濟部對進口鋼品課徵反傾銷稅。",
        # Statistics and promotion.
        "Exports rose 5 percent in May, the customs office said, led by semiconductors and cars.",
        "5月の輸出額は前年同月比で5%増えた。半導体が好調だった。",
        "5월 수출 실적은 반도체 호조로 역대 최대를 기록했다.",
        "前四个月我国外贸进出口总值增长，出口额再创新高，芯片表现亮眼。",
        "財政部公布5月出口額年增5%，電子零組件暢旺。",
        # Licences to export farm goods, exports held back by the exporters themselves.
        "The Commission granted export licences for barley and sugar with an export rebate of 40 Ecus a tonne.",
        "Car makers agreed to a voluntary restraint of exports; tariffs, the export ban feared by dealers, stay away.",
        "원전 사고로 수산물 수입금지를 한 나라에 수출규제 해제를 요청하고 관세와 원산지 문제도 논의했다.",
        # Software.
        "Version control keeps the history; use export default to export the function, or export to CSV.",
        "結果をCSVに輸出する関数を呼び出し、計算した値を輸出する。",
        "데이터를 CSV로 내보내기 하려면 내보내기 단추를 누른다.",
        "点击导出按钮，把文件导出为表格；版本控制见下节。",
        "點擊匯出按鈕，將檔案匯出為表格。",
        # Ways out.
        "Take the exit at the end of the platform and turn left.",
        "请从地铁A出口出站，安全出口在右侧，高速出口封闭。",
        "請由捷運2號出口離站，安全出口在右側。",
        # Others.
        "HF radio operators met on Saturday to trade antennas.",
        "The Treasury blocked the property of two banks under financial sanctions.",
        "外為法の改正で対内直接投資の審査が強化される。",
        "후쿠시마 수산물 수입금지 조치를 유지한다.",
        "도심 교통 통제와 출입 통제가 이어진다.",
    ],
)
def test_neighbouring_matters_are_refused(text: str) -> None:
    found = claims(text)
    assert not found.relevant
    assert (found.actions, found.implementing, found.measures, found.codes) == ((), (), (), ())


def test_the_score_is_one_half_at_the_threshold_and_grows_with_reasons() -> None:
    assert relevance.score(relevance.THRESHOLD) == 0.5
    assert relevance.score(0) == 0
    assert 0.5 < relevance.score(2) < relevance.score(5) < 1


def test_a_name_in_the_title_speaks_louder_than_one_far_down() -> None:
    filler = "The harvest was good and the weather fine. " * 100
    assert claims(filler, "Export controls on drones").score > claims(filler + "Export controls on drones").score
