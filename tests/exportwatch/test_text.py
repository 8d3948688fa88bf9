"""text.py: examples in four languages, and properties over all of Unicode."""

from __future__ import annotations

import sys
import unicodedata
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exportwatch import text

EXAMPLES = [
    ("Export controls on HBM3E", "export controls on hbm3e"),
    ("U.S. firms; the E.U.'s list, U.S.A", "us firms the eu s list usa"),
    ("3A090.z and 7664-39-3", "3a090 z and 7664 39 3"),
    ("naïve café", "naive cafe"),
    ("cafe\u0301", "cafe"),
    ("ﾌｯ化水素", "フ ッ 化 水 素"),
    ("ﾊﾞｯｸ", "バ ッ ク"),
    ("ガ", "ガ"),
    ("㈱東京", "株 東 京"),
    ("수출규제를", "수 출 규 제 를"),
    (unicodedata.normalize("NFD", "수출규제"), "수 출 규 제"),
    ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
    ("出口管制HBM出口", "出 口 管 制 hbm 出 口"),
    ("エンティティー・リスト", "エ ン テ ィ テ ィ ー リ ス ト"),
    ("snake_case e-mail", "snake case e mail"),
    ("Straße İstanbul", "strasse istanbul"),
    ("हिन्दी", "हिन्दी"),
    ("人々", "人 々"),
    ("𠮷野", "𠮷 野"),
    ("반도체ㆍ디스플레이", "반 도 체 디 스 플 레 이"),
    ("葛\U000e0100城 ex\u00adport hy\u200bdrogen", "葛 城 export hydrogen"),
    ("半导体……出口№5", "半 导 体 出 口 no5"),
    ("", ""),
    ("\x00—…", ""),
]


@pytest.mark.parametrize(("given_text", "expected"), EXAMPLES)
def test_examples(given_text: str, expected: str) -> None:
    assert text.joined(given_text) == expected


def test_offsets_lead_back_to_the_original() -> None:
    original = "The U.S. ﾊﾞｯｸ cafe\u0301 ﷺ 수출"
    quotes = [original[t.start : t.end] for t in text.tokens(original)]
    assert quotes[:6] == ["The", "U.S.", "ﾊﾞ", "ｯ", "ｸ", "cafe\u0301"]
    assert quotes[-2:] == ["수", "출"]


def test_long_runs_are_cut_every_200_characters() -> None:
    assert [len(t.text) for t in text.tokens("a" * 450)] == [200, 200, 50]


def test_every_mark_of_unicode_joins_the_letter_before_it() -> None:
    marks = [chr(c) for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c))[0] == "M"]
    assert len(marks) > 2000
    assert [mark for mark in marks if len(text.tokens("a" + mark)) != 1] == []


ANY_TEXT = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("\u200b\ufe0fㆍ…ﾊﾞｯ가ㄱㅏᄀ\u0301\u3099がßİﷺ.U한国々ー１ａ")),
    max_size=60,
)


@given(ANY_TEXT)
def test_folding_is_idempotent(sample: str) -> None:
    once = text.fold(sample).text
    assert text.fold(once).text == once


@given(ANY_TEXT)
def test_joined_is_the_tokens(sample: str) -> None:
    assert text.joined(sample) == " ".join(t.text for t in text.tokens(sample))


@given(ANY_TEXT, st.sampled_from([1, 5, 400]), st.data())
def test_spans_are_those_of_the_tokens(sample: str, block: int, data: st.DataObject) -> None:
    expected = [(token.start, token.end) for token in text.tokens(sample)]
    numbers = sorted(data.draw(st.sets(st.sampled_from(range(len(expected)))))) if expected else []
    with mock.patch.object(text, "BLOCK_CHARACTERS", block):
        assert text.spans(sample, range(len(expected))) == expected
        assert text.spans(sample, numbers) == [expected[number] for number in numbers]


@given(ANY_TEXT)
def test_spans_prove_their_tokens(sample: str) -> None:
    for token in text.tokens(sample):
        assert 0 <= token.start < token.end <= len(sample)
        assert token.text
        assert token.text in text.fold(sample[token.start : token.end]).text.replace(".", "")


@given(ANY_TEXT, ANY_TEXT)
def test_joined_text_is_a_fixed_point(left: str, right: str) -> None:
    once = text.joined(left + " " + right)
    assert text.joined(once) == once


@given(ANY_TEXT)
def test_canonical_equivalents_have_the_same_tokens(sample: str) -> None:
    assert text.joined(unicodedata.normalize("NFD", sample)) == text.joined(unicodedata.normalize("NFC", sample))
