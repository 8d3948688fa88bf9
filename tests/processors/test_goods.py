"""processors/goods.py: what a measure controls, among all the goods that a text names. Sentences of our own."""

from __future__ import annotations

import pytest

from processors.classify import Rules
from processors.goods import MOST, goods
from processors.language import detect
from processors.mentions import read_field, settle
from tests.documents import taxonomy as shipped


@pytest.fixture(scope="module")
def rules() -> Rules:
    return Rules(shipped())


def chosen(rules: Rules, text: str, title: str = "", language: str = "") -> set[str]:
    language = language or detect(title, text, "")
    readings = [
        read_field("title", title, language, rules.lexicon),
        read_field("text", text, language, rules.lexicon),
    ]
    settle(readings, language)
    return set(goods(readings, language, rules.taxonomy))


@pytest.mark.parametrize(
    ("text", "goods"),
    [
        (
            "The ministry now requires a licence for exports of gallium, germanium and antimony.",
            "gallium germanium antimony",
        ),
        ("ガリウム、ゲルマニウム及びアンチモンの輸出には許可が必要となる。", "gallium germanium antimony"),
        ("갈륨, 게르마늄 및 안티모니 수출에는 허가가 필요하다.", "gallium germanium antimony"),
        ("自下月起对镓、锗、锑实施出口管制。", "gallium germanium antimony"),
        ("自下月起對鎵、鍺、銻實施出口管制。", "gallium germanium antimony"),
    ],
)
def test_an_enumeration_brings_all_its_members(rules: Rules, text: str, goods: str) -> None:
    assert chosen(rules, text) == set(goods.split())


@pytest.mark.parametrize(
    "text",
    [
        "Exports of gallium, a metal used in fighter jets, need a licence.",
        "戦闘機の製造に使われるガリウムの輸出に許可が必要となる。",
        "전투기 제조에 쓰이는 갈륨 수출에 허가가 필요하다.",
        "对可用于制造战斗机的镓实施出口管制。",
        "對可用於製造戰鬥機的鎵實施出口管制。",
    ],
)
def test_a_purpose_is_no_controlled_good(rules: Rules, text: str) -> None:
    assert chosen(rules, text) == {"gallium"}


@pytest.mark.parametrize(
    "text",
    [
        "Photoresist exports to the country were restricted, and display panels makers complained.",
        "レジストの輸出が制限され、自動車メーカーが懸念を示した。",
        "포토레지스트 수출이 제한되자 자동차 업계가 우려를 나타냈다.",
        "光刻胶出口受到限制，汽车企业表示担忧。",
        "光阻劑出口受到限制，面板廠表示擔憂。",
    ],
)
def test_the_industry_that_suffers_is_no_controlled_good(rules: Rules, text: str) -> None:
    assert chosen(rules, text) == {"photoresist"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("对钨镍铁合金和铋实施出口管制。", {"tungsten-nickel-iron", "bismuth"}),
        ("锗酸铋的出口须经许可。", {"bismuth-germanate"}),
        ("对钼铜合金和镓的出口实施管制。", {"gallium"}),
        ("对镓锗出口实施管制。", {"gallium", "germanium"}),
        ("鎢鎳鐵合金出口須經許可。", {"tungsten-nickel-iron"}),
        ("商务部对钨掺铜、镓的出口实施管制。", {"tungsten-copper", "gallium"}),
    ],
)
def test_an_element_inside_a_compound_is_not_named(rules: Rules, text: str, expected: set[str]) -> None:
    assert chosen(rules, text, language="zh-Hant" if "鎢" in text else "zh-Hans") == expected


@pytest.mark.parametrize(
    ("plain", "exported", "item"),
    [
        (
            "The licence office moved its software to new servers.",
            "Exports of software need a licence.",
            "controlled-software",
        ),
        ("輸出許可の申請は電子計算機で行う。船舶の船長は書類を備える。", "船舶の輸出には許可が必要である。", "ships"),
        ("수출허가 신청은 소프트웨어로 한다.", "소프트웨어 수출에는 허가가 필요하다.", "controlled-software"),
        ("出口许可申请须使用指定软件。", "软件出口须经许可。", "controlled-software"),
        ("申請輸出許可證須使用指定軟體。", "軟體出口須經許可。", "controlled-software"),
    ],
)
def test_wide_words_count_where_their_exports_are_spoken_of(rules: Rules, plain: str, exported: str, item: str) -> None:
    assert item not in chosen(rules, plain)
    assert item in chosen(rules, exported)


def test_technology_gives_way_to_the_goods_it_is_about(rules: Rules) -> None:
    assert chosen(rules, "機微技術の提供には許可が必要となる。") == {"controlled-technology"}
    assert chosen(rules, "ガリウムの輸出と技術の提供には許可が必要となる。") == {"gallium"}


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("", "대량살상무기와 그 운반수단인 미사일의 개발에 쓰일 물품을 수출하려는 자는 허가를 받아야 한다.", {"wmd"}),
        (
            "导弹及相关物项和技术出口管制办法",
            "防止可运载大规模杀伤性武器的导弹扩散，对导弹及相关物项出口实施管制。",
            {"missile-related"},
        ),
        ("", "核兵器等の開発等に用いられるおそれがある貨物の輸出には許可を要する。", {"wmd"}),
        ("", "Items for weapons of mass destruction and missiles need an export licence.", {"wmd"}),
    ],
)
def test_mass_destruction_and_its_means_are_one_formula(
    rules: Rules, title: str, text: str, expected: set[str]
) -> None:
    assert chosen(rules, text, title) == expected


@pytest.mark.parametrize(
    ("title", "text", "item"),
    [
        (
            "Nuclear Suppliers Group revises its guidelines",
            "The changes concern parameters and notes.",
            "nuclear-related",
        ),
        ("原子力供給国グループがガイドラインを改訂", "改訂は数値と注記に関わる。", "nuclear-related"),
        ("핵공급국그룹, 지침 개정", "이번 개정은 수치와 주석에 관한 것이다.", "nuclear-related"),
        ("核供应国集团修订准则", "修订涉及参数和注释。", "nuclear-related"),
        ("核子供應國集團修訂準則", "修訂涉及參數及註釋。", "nuclear-related"),
        ("", "政府は武器輸出の指針を見直す。", "military-items"),
        ("", "国家对核出口实行严格管制。", "nuclear-related"),
    ],
)
def test_a_regime_or_a_matter_names_its_goods(rules: Rules, title: str, text: str, item: str) -> None:
    assert chosen(rules, text, title) == {item}


def test_a_regime_named_in_passing_names_none(rules: Rules) -> None:
    text = "The state belongs to the Nuclear Suppliers Group. Exports of gallium need a licence."
    assert chosen(rules, text) == {"gallium"}


def test_the_general_gives_way_but_not_the_substance_of_a_title(rules: Rules) -> None:
    assert chosen(rules, "Exports of semiconductor materials such as photoresist need a licence.") == {"photoresist"}
    entries = "一、氧化钨(参考海关商品编号:2825901200);二、仲钨酸铵(参考海关商品编号:2841801000)。"
    assert chosen(rules, entries, "关于对钨相关物项实施出口管制的决定") == {"tungsten"}
    assert chosen(rules, entries, "关于实施出口管制的决定") == {"tungsten-oxide", "ammonium-paratungstate"}


def test_names_of_the_matter_count_where_nothing_else_is_named(rules: Rules) -> None:
    assert chosen(rules, "両用品目の輸出を禁じる。") == {"dual-use-items"}
    assert chosen(rules, "両用品目であるガリウムの輸出を禁じる。") == {"gallium"}


def test_there_are_not_more_than_a_reader_can_use(rules: Rules) -> None:
    names = [c.label for c in rules.taxonomy.concepts.values() if c.kind == "item" and not c.generic]
    text = "Exports of " + ", ".join(names) + " need a licence."
    assert len(chosen(rules, text)) == MOST
