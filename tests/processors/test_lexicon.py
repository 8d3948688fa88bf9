from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exportwatch.taxonomy import load
from processors.lexicon import Lexicon, own, readable, scan_form
from processors.mentions import read_field
from tests.documents import rules

RULES = """
[item.gauge]
en = ["pressure gauge", "assembly"]
ja = ["圧力計"]
abbreviations = ["pGa"]
not = ["gauge theory"]

[cue.negation]
en = ["not", "impos*…controls"]
ja = ["ない"]
"""


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    path = tmp_path / "a.toml"
    path.write_text(RULES, encoding="utf-8")
    return Lexicon(load([path]))


def test_english_names_are_found_in_the_plural_too(lexicon: Lexicon) -> None:
    text = "Pressure gauges, assemblies and a pressure gauge"
    found = read_field("text", text, "en", lexicon).found
    assert [text[f.start : f.end] for f in found] == ["Pressure gauges", "assemblies", "pressure gauge"]


def test_mixed_case_abbreviations_are_read_as_written(lexicon: Lexicon) -> None:
    assert [f.start for f in read_field("text", "pga pGa PGA", "en", lexicon).found] == [4]


def test_cues_belong_to_their_language_and_may_have_a_gap(lexicon: Lexicon) -> None:
    text = "It imposed new controls. It imposed. New controls."
    cues = read_field("text", text, "en", lexicon).cues
    assert [text[hit.start : hit.end] for hit in cues["cue:negation"]] == ["imposed new controls"]
    assert read_field("text", "圧力計ではない", "zh-Hans", lexicon).cues == {}
    assert len(read_field("text", "圧力計ではない", "ja", lexicon).cues["cue:negation"]) == 1


def test_han_names_of_the_other_language_are_other_words() -> None:
    assert own("zh-Hans") == own("zh-Hant")
    assert not readable("ja") & own("zh-Hans")
    assert not readable("zh-Hant") & own("ja")
    assert readable("und") & own("ja")
    assert rules().lexicon.table("fr") is rules().lexicon.table("und")


@given(st.text())
def test_the_scan_form_keeps_every_place(text: str) -> None:
    assert len(scan_form(text)) == len(text)
