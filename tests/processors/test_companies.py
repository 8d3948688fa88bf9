from __future__ import annotations

import pytest

from processors.companies import EAST_FORM, ENDS_IN_FORM, normalised


@pytest.mark.parametrize("name", ["Aaa Co., Ltd.", "Aaa GmbH", "Aaa Pte. Ltd.", "Aaa Inc", "Aaa, LLC"])
def test_western_forms_end_a_name(name: str) -> None:
    assert ENDS_IN_FORM.search(name)
    assert normalised(name) == "aaa"


@pytest.mark.parametrize("name", ["北门有限公司", "青葉株式会社", "주식회사 한빛", "한빛㈜", "東海大學"])
def test_eastern_forms_show_a_name(name: str) -> None:
    assert EAST_FORM.search(name)


@pytest.mark.parametrize("word", ["limited exports", "半導体", "반도체"])
def test_other_words_are_no_forms(word: str) -> None:
    assert not ENDS_IN_FORM.search(word)
    assert not EAST_FORM.search(word)
