"""No text costs much more than prose of its length, nor more a character when it grows: calls are counted, not time."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from processors.classify import classify
from tests.documents import document, rules

LENGTH = 40_000
PROSE = (
    "The ministry said it would tighten export controls on hydrogen fluoride bound for South Korea from July. "
    "The committee met on Tuesday to hear how farmers expect the harvest to develop after a dry spring. "
)


def calls(text: str, length: int = LENGTH) -> int:
    """How many functions, ours and built-in ones, are called to classify the text repeated to this length."""
    given = document((text * (length // len(text) + 1))[:length])
    classify(given, rules())  # what is compiled or kept once is not counted
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        classify(given, rules())
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize(
    "text",
    [
        *(
            "a",
            "半",
            "(",
            "1234567890",
            "hydrogen fluoride ",
            "export controls ",
            "e\u0301",
            "公告2024年第1号",
            "1日",
            "日",
        ),
        *(
            "2024年7月4日から施行",
            "effective July 4, 2024 ",
            "将某公司列入管控名单",
            "1. Abc Ltd.\n",
            "禁止向",
            "韓国への",
        ),
        *("한국을 명단에 추가", "exports to China and ", "Last year Japan tightened controls on exports to China. "),
    ],
)
def test_a_strange_text_is_at_most_fifteen_times_the_work_of_prose(text: str) -> None:
    assert calls(text) <= 15 * calls(PROSE)


def test_work_grows_with_the_text_and_no_faster() -> None:
    assert calls(PROSE, LENGTH * 8) <= 8 * 1.25 * calls(PROSE)
