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


@pytest.mark.parametrize(
    "headline",
    [
        "Japan tightens exports of hydrogen fluoride to Korea",
        "China restricts gallium exports",
        "China bans antimony exports to the US",
        "US blocks exports of AI chips to China",
        "Washington allows Nvidia to export advanced computing chips to China",
        "METI will require individual licences for exports of hydrogen fluoride.",
        "China lifts ban on gallium exports",
        "U.S. eases rules on exports of satellites",
        "中国、ガリウムの輸出を制限",
        "日本、韓国へのフッ化水素の輸出を厳格化",
        "米国、中国へのAI半導体の輸出を許可",
        "중국, 갈륨 수출 제한",
        "미국, 중국에 AI 반도체 수출 차단",
        "일본, 한국에 포토레지스트 수출 요건 완화",
        "中国限制镓出口",
        "美国限制对华芯片出口",
        "中国放宽稀土出口",
        "中國限制鎵出口",
        "美國禁止對中出口AI晶片",
        "日本收緊對韓氟化氫出口",
    ],
)
@pytest.mark.parametrize("field", ["title", "text"])
def test_restrained_exports_of_a_controlled_item(headline: str, field: str) -> None:
    assert claims(**{"text": "", field: headline}).relevant


@pytest.mark.parametrize(
    "headline",
    [
        # Goods that no list controls.
        "India bans rice exports",
        "Export restrictions on onions lifted by India",
        "OPEC cuts oil exports",
        "Saudi Arabia limits crude oil exports",
        "インド、コメの輸出を禁止",
        "인도, 쌀 수출 금지",
        "인도, 밀 수출 허용",
        "印度禁止大米出口",
        "印度限制小麥出口",
        # Trade figures.
        "Wheat exports to Egypt rise",
        "China's gallium exports rose 20 % in May",
        "Korea's semiconductor exports hit a record",
        "Despite curbs, China's semiconductor exports rose in May",
        "Chip boom lifts Korean semiconductor exports",
        "Weak demand curbs Korea's semiconductor exports",
        "Typhoon halts Korean semiconductor exports",
        "米国の規制でも、中国の半導体輸出は前年同月比5%増",
        "5월 갈륨 수출 20% 증가",
        "미국 규제에도 중국 반도체 수출 증가",
        "中国5月镓出口同比增长20%",
        "尽管美国限制，中国芯片出口同比增长",
        "儘管美國限制，台灣半導體出口年增20%",
        # Support of exports.
        "Japan approves subsidies to boost semiconductor exports",
        "US approves free trade deal, boosting Korea's semiconductor exports",
        "한국, 반도체 수출 지원 위해 규제 완화",
        "中国批准补贴，支持芯片出口",
        # Tariffs and imports.
        "EU tariffs on Chinese graphite exports",
        "US tariffs curb Korea's semiconductor exports",
        "US bans imports of Chinese drones as exports soar",
        "米国、関税で中国の黒鉛輸出を制限",
        "米国、中国製ドローンの輸入を禁止 輸出企業に打撃",
        "미국, 중국산 흑연에 관세…수출 제한 우려",
        "미국, 중국산 드론 수입 금지…수출 타격",
        "欧盟加征关税，中国石墨出口受限制",
        "美国禁止进口中国无人机，出口企业受影响",
        "歐盟加徵關稅，限制中國石墨出口",
        # No state is named, or the words stand in different sentences, or far apart.
        "Our plant limits noise. Semiconductor exports from China are handled by a broker.",
        "请从A出口离开，无人机限制飞行",
    ],
)
@pytest.mark.parametrize("field", ["title", "text"])
def test_restrained_exports_of_other_things(headline: str, field: str) -> None:
    assert not claims(**{"text": "", field: headline}).relevant


def test_restraint_must_stand_near_the_item_in_its_sentence() -> None:
    filler = "and the committee heard from farmers about the harvest and the weather " * 2
    assert claims("China restricts exports of gallium.").relevant
    assert not claims(f"China restricts hunting {filler} while exports of gallium go on.").relevant
    assert not claims("China restricts hunting. Exports of gallium go on.").relevant


def test_a_state_must_be_named_that_could_restrain() -> None:
    assert claims("", "Chinese curbs on gallium exports").relevant
    assert not claims("", "Slow ports curb Korean semiconductor exports").relevant
    assert not claims("", "The firm limits exports of gallium").relevant
