"""Every mention and every piece of evidence proves its quote, in any Unicode; the mention pass misses no name."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exportwatch.model import Claims
from exportwatch.text import fold
from processors.classify import classify
from processors.explain import explain
from processors.language import detect
from processors.lexicon import Lexicon, scan_form
from processors.mentions import longest, read_field
from tests.documents import document, rules
from tests.processors import quality

# Words that make claims, and characters that move offsets: marks, full width, ligatures, astral signs, line ends.
WORDS = (
    *(
        "Japan tightened export controls",
        "exports of hydrogen fluoride to South Korea",
        "effective July 4, 2019",
        "Entity List",
    ),
    *(
        "adds Larkfield Co., Ltd. to the Entity List",
        "15 CFR 744.23",
        "3A090",
        "CAS 7664-39-3",
        "BIS",
        "ﬂuoride",
        "Café",
    ),
    *(
        "韓国向けフッ化水素の輸出規制を強化",
        "令和元年７月４日から施行",
        "公布の日から施行",
        "ｶﾞﾘｳﾑ",
        "㈱青葉精機",
        "経済産業省",
    ),
    *("对美国出口镓", "商务部公告2024年第46号", "自2024年12月3日起实施", "将北门防务系统公司列入管控名单", "出口管制"),
    *(
        "일본의 대한국 불화수소 수출규제",
        "2019년 7월 4일부터 시행",
        "산업통상자원부",
        "공포한 날부터 시행",
        "\u1100\u1161\u11a8",
    ),
    *(
        "e\u0301",
        "ﬁ",
        "Ｆｕｌｌ　ｗｉｄｔｈ",
        "\U0001f468\u200d\U0001f469",
        "𠮷",
        "\u0130",
        "ß",
        "\u00ad",
        "\r\n",
        "\n",
        "\u2028",
        " ",
    ),
)
TEXTS = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=14).map(lambda parts: " ".join(parts))
PROPERTY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def proves(claims: Claims, title: str, text: str) -> None:
    fields = {"title": title, "text": text}
    for mention in claims.mentions:
        assert fields[mention.field][mention.start : mention.end] == mention.text
        assert mention.start < mention.end
    for measure in claims.measures:
        for span in measure.evidence:
            assert 0 <= span.start < span.end <= len(fields[span.field])


@PROPERTY
@given(TEXTS, TEXTS)
def test_every_span_proves_its_quote(title: str, text: str) -> None:
    given_document = document(text, title)
    proves(classify(given_document, rules()), title, text)
    for reason in explain(given_document, rules()).relevance:
        (span,) = reason.spans
        assert 0 <= span.start < span.end <= len({"title": title, "text": text}[span.field])


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_both_kinds_of_line_ends_give_the_same_claims(ends: str) -> None:
    text = (
        "日本は韓国向けフッ化水素の輸出規制を強化した。\n\n2019年7月4日から施行する。\nJapan tightened export controls."
    )
    found = classify(document(text.replace("\n", ends)), rules())
    proves(found, "", text.replace("\n", ends))
    plain = classify(document(text), rules())
    assert [(m.concept, m.text) for m in found.mentions] == [(m.concept, m.text) for m in plain.mentions]
    assert [replace(m, evidence=()) for m in found.measures] == [replace(m, evidence=()) for m in plain.measures]


def brute_force(text: str, language: str, lexicon: Lexicon) -> set[tuple[int, int]]:
    """Where the names of the automaton stand, found label by label with plain searches, the longest kept."""
    scanned = scan_form(fold(text).text)
    table = lexicon.table(language)
    candidates = []
    for pattern, sense in zip(lexicon.patterns, table, strict=True):
        if sense is None or not (sense.plain or sense.names) or pattern.text not in scanned:
            continue
        for match in re.finditer(f"(?={re.escape(pattern.text)})", scanned):
            start, end = match.start(), match.start() + len(pattern.text)
            before, after = scanned[start - 1 : start], scanned[end : end + 1]
            if (sense.left and before and letter(before)) or (sense.right and after and letter(after)):
                continue
            if sense.prefix:
                while end < len(scanned) and "a" <= scanned[end] <= "z":
                    end += 1
            if sense.plain:
                candidates.append((start, end, sense.names))
    return {(start, end) for start, end, _ in longest(candidates)}


def letter(character: str) -> bool:
    return character.isalnum() and not ("\u1100" <= character <= "\u11ff" or character >= "\u2e80")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
def test_the_mention_pass_equals_a_matcher_without_an_automaton(text: str) -> None:
    lexicon = rules().lexicon
    language = detect("", text)
    reading = read_field("text", text, language, lexicon)
    found = {(name.start, name.end) for name in reading.found}
    missing = {
        (start, end)
        for start, end in brute_force(text, language, lexicon)
        if not any(low < end and start < high for low, high in found)
    }
    assert missing == set()


def test_every_span_proves_its_quote_in_real_documents() -> None:
    if not quality.SHARED.is_dir():
        pytest.skip("the real documents for development are not beside this checkout")
    dev = quality.SHARED / "dev"
    labels = [*quality.read(dev / "docs.jsonl"), *quality.read(dev / "short_docs.jsonl")]
    for label in labels:
        title, text = label.get("title") or "", label.get("text") or ""
        proves(classify(document(text, title), rules()), title, text)
    assert len(labels) > 200
