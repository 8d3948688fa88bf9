from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportwatch.text import CJK, fold
from processors.lexicon import Sense, scan_form
from processors.mentions import joins, limited, longest, read_field, settle
from tests.documents import claims, named, reading, rules


@pytest.mark.parametrize(
    ("text", "key", "quote"),
    [
        ("exports of hydrogen fluoride", "item:hydrogen-fluoride", "hydrogen fluoride"),
        ("フッ化水素の輸出", "item:hydrogen-fluoride", "フッ化水素"),
        ("ﾌｯ化水素の輸出", "item:hydrogen-fluoride", "ﾌｯ化水素"),
        ("불화수소를 수출", "item:hydrogen-fluoride", "불화수소"),
        ("氟化氢的出口", "item:hydrogen-fluoride", "氟化氢"),
        ("氟化氫的出口", "item:hydrogen-fluoride", "氟化氫"),
        ("METI said", "agency:METI", "METI"),
        ("通商産業省は輸出を承認した", "agency:METI", "通商産業省"),
        ("산업자원부 고시", "agency:MOTIE", "산업자원부"),
        ("산업통상부는 밝혔다", "agency:MOTIE", "산업통상부"),
        ("the U.S. said", "jurisdiction:US", "U.S."),
        ("ＵＡＥ向け", "jurisdiction:AE", "ＵＡＥ"),
        ("added to the Entity List", "programme:entity-list", "Entity List"),
        ("列入实体清单", "programme:entity-list", "实体清单"),
        ("dual\nuse goods", "item:dual-use-items", "dual\nuse goods"),
        ("dual-use goods", "item:dual-use-items", "dual-use goods"),
        ("photomasks were shipped", "item:photomask", "photomasks"),
        ("日韓の協議", "jurisdiction:JP", "日韓"),
        ("한일 협의", "jurisdiction:KR", "한일"),
        ("対韓輸出を規制", "jurisdiction:KR", "対韓"),
        ("대일 수출", "jurisdiction:JP", "대일"),
        ("对美出口管制", "jurisdiction:US", "对美"),
        ("对美国出口", "jurisdiction:US", "美国"),
    ],
)
def test_names_are_found_in_every_script(text: str, key: str, quote: str) -> None:
    assert (key, quote) in named(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("He told us so, and we all believed it.", "jurisdiction:US"),
        ("She played it by ear.", "instrument:ear"),
        ("The HF radio was loud and the chemical plant far.", "item:hydrogen-fluoride"),
        ("industry and business", "jurisdiction:US"),
        ("They resist the pressure of exports.", "item:photoresist"),
        ("blue-chip exports", "item:semiconductors"),
        ("turkey for Thanksgiving", "jurisdiction:TR"),
        ("日中は晴れた", "jurisdiction:KR"),
        ("대한민국에 대한 수출", "jurisdiction:JP"),
        ("그 방안에 대한 수출 논의", "jurisdiction:KR"),
        ("군사대국화를 위한 수단으로 악용", "jurisdiction:SD"),
        ("对美好生活的向往", "jurisdiction:US"),
        ("美しい日本", "jurisdiction:US"),
        ("中华人民共和国", "jurisdiction:JP"),
        ("preexporting", "topic:export-control"),
    ],
)
def test_words_that_look_like_names_are_not(text: str, key: str) -> None:
    assert key not in [found for found, _ in named(text)]


def test_places_survive_characters_that_fold_to_several_or_none() -> None:
    text = "ﬀ①㈱e\u0301 \u1112\u1161\u11ab フッ化水素 ﾌｯ化水素、㎏ Hydrogen-Fluoride"
    quotes = [quote for key, quote in named(text, "ja") if key == "item:hydrogen-fluoride"]
    assert quotes == ["フッ化水素", "ﾌｯ化水素", "Hydrogen-Fluoride"]


def test_a_guarded_label_counts_only_beside_a_word_of_its_field() -> None:
    assert ("item:hydrogen-fluoride", "HF") in named("Deliveries of HF to chemical plants were stopped")
    assert named("The HF was nice this summer") == []
    assert ("item:lithium", "lithium") in named("Exports of lithium need a licence")


def test_the_longest_name_wins_and_parts_of_another_kind_nest() -> None:
    keys = [key for key, _ in named("韩国产业通商资源部宣布")]
    assert keys == ["agency:MOTIE", "jurisdiction:KR"]
    assert ("item:military-items", "武器") in named("武器輸出三原則等")
    assert [key for key, _ in named("high-purity hydrogen fluoride")] == ["item:high-purity-hydrogen-fluoride"]


@pytest.mark.parametrize(
    ("text", "lang", "key"),
    [
        ("商务部发布公告", "zh-Hans", "agency:MOFCOM"),
        ("美商务部发布公告", "zh-Hans", "agency:US-DOC"),
        ("中国商務省は発表した", "ja", "agency:MOFCOM"),
        ("米国の商務省は発表した。米国は", "ja", "agency:US-DOC"),
        ("중국은 밝혔다. 중국 상무부는 수출을 통제한다", "ko", "agency:MOFCOM"),
        ("미국의 상무부와 회의했다", "ko", "agency:US-DOC"),
    ],
)
def test_a_shared_label_belongs_to_the_jurisdiction_spoken_of(text: str, lang: str, key: str) -> None:
    assert key in [found for found, _ in named(text, lang)]
    agencies = [found for found, _ in named(text, lang) if found.startswith("agency:")]
    assert len(agencies) == 1


ALPHABET = st.sampled_from(
    [
        *("hydrogen fluoride", "HF", "US", "us", "米", "対韓輸出", "フッ化水素", "ﾌｯ化", "수출통제", "불화수소"),
        *("出口管制", "美国", "e\u0301", "ﬀ", "㎏", "①", "\r\n", "\n", " ", "-", "・", "。", ".", "가\u0301"),
        *("\u1112\u1161\u11ab", "𠮷", "😀", "Ａ", "ß", "İ", "㈱", "China", "Japan", "to", "export", "3A090.a"),
        *("7664-39-3", "2024年9月15日", "Entity List", "\x00"),
    ]
)
TEXTS = st.lists(ALPHABET | st.characters(codec="utf-8"), max_size=40).map("".join)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_every_mention_and_every_piece_of_evidence_is_its_quote(title: str, text: str) -> None:
    found = claims(text, title)
    fields = {"title": title, "text": text}
    for mention in found.mentions:
        assert fields[mention.field][mention.start : mention.end] == mention.text
        assert mention.text
        assert mention.rule
    for measure in found.measures:
        for span in measure.evidence:
            assert fields[span.field][span.start : span.end]


def by_brute_force(text: str, language: str) -> list[tuple[int, int, str]]:
    """Every name tried at every place of the scanned text, with none of the matcher's short cuts."""
    lexicon = rules().lexicon
    folded = fold(text)
    scanned = scan_form(folded.text)
    candidates = []
    for pattern, sense in zip(lexicon.patterns, lexicon.table(language), strict=True):
        if sense is None or not (sense.names or sense.plain) or pattern.text not in scanned:
            continue
        for match in re.finditer(f"(?={re.escape(pattern.text)})", scanned):
            start, end = match.start(), match.start() + len(pattern.text)
            if holds(sense, scanned, start, end, text, folded.origin(start, end)):
                names = tuple(
                    name
                    for name in sense.names
                    if name.label.role != "toward" or lexicon.toward[name.label.language].match(scanned, end)
                )
                if names or sense.plain:
                    candidates.append((start, end, names))
    edge = "A-Za-z0-9Ａ-Ｚａ-ｚ"
    for match in re.finditer(f"(?<![{edge}])[A-ZＡ-Ｚ][A-Z0-9&Ａ-Ｚ０-９＆]{{1,7}}(?![{edge}])", text):
        names = lexicon.acronyms.get(fold(match[0]).text.upper(), ())
        places = [i for i in range(len(scanned)) if match.start() <= folded.origin(i, i + 1)[0] < match.end()]
        if names and places:
            candidates.append((places[0], places[-1] + 1, names))
    return [(start, end, name.rule) for start, end, names in longest(candidates) for name in names]


def holds(sense: Sense, scanned: str, start: int, end: int, text: str, origin: tuple[int, int]) -> bool:
    word = f"[^\\W{CJK}]"
    if sense.left and start and re.match(word, scanned[start - 1]) and joins(scanned[start - 1]):
        return False
    if sense.right and end < len(scanned) and re.match(word, scanned[end]) and joins(scanned[end]):
        return False
    return not sense.exact or text[origin[0] : origin[1]] == sense.exact


@settings(deadline=None)
@given(st.lists(ALPHABET, max_size=12).map("".join), st.sampled_from(["en", "ja", "ko", "zh-Hans", "zh-Hant"]))
def test_the_mention_pass_equals_a_brute_force_matcher(text: str, language: str) -> None:
    fast = read_field("text", text, language, rules().lexicon)
    assert [(f.start, f.end, f.name.rule) for f in fast.found] == by_brute_force(text, language)


def test_mentions_are_limited_a_concept_and_the_rest_is_counted() -> None:
    field = reading("輸出管理。" * 300)
    kept, dropped = limited(field.mention(found) for found in field.found)
    assert (len(kept), dropped) == (200, 100)
    found = claims("輸出管理とフッ化水素。" * 300)
    assert len(found.mentions) <= 5_000
    assert found.truncated >= 200


def test_a_text_of_capitals_names_nothing_by_acronym() -> None:
    assert named("TELL US WHAT THE EAR HEARS") == []


def test_settling_an_empty_document_is_no_trouble() -> None:
    empty = read_field("text", "", "ja", rules().lexicon)
    settle([empty], "ja")
    assert empty.found == []
