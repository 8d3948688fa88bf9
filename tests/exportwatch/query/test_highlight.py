"""highlight.py: the quotes that answer a query, in four languages."""

from __future__ import annotations

from typing import Any

import pytest

from exportwatch.query.highlight import SPANS, highlights
from exportwatch.query.names import resolve
from tests.contracts.querying import SmallTaxonomy, classified

TAXONOMY = SmallTaxonomy()
ROW: dict[str, Any] = {
    "id": "x:1",
    "title": "韓国向けﾌｯ化水素 Cafe\u0301",
    "text": "The U.S. and Seoul met: 수출규제를 논의. 对韩国出口管制 red, green red HBM3E.",
    "lang": "zh-Hans",
    "published": "2019-07-04",
    "relevant": True,
    "affected": ["KR"],
    "actions": ["dialogue"],
    "items": ["hydrogen-fluoride"],
    "mentions": [
        ["jurisdiction", "KR", "Seoul"],
        ["jurisdiction", "KR", "韩国"],
        ["item", "hydrogen-fluoride", "ﾌｯ化水素"],
        ["topic", "export-control", "出口管制"],
        ["action", "dialogue", "met"],
    ],
    "measures": [
        {"action": "dialogue", "affected": ["KR"], "quote": "met: 수출규제를"},
        {"action": "tighten", "affected": ["CN"], "quote": "red HBM3E"},
    ],
}


def quotes(query: str, row: dict[str, Any] = ROW) -> list[str]:
    document = classified(row)
    found = highlights(resolve(query, TAXONOMY), document)
    texts = {"title": document.document.title, "text": document.document.text}
    return [texts[span.field][span.start : span.end] for span in found]


EXAMPLES = [
    ("red", ["red", "red"]),
    ("CAFE", ["Cafe\u0301"]),
    ("us", ["U.S."]),
    ("=フッ化水素", ["ﾌｯ化水素"]),
    ("수출규제", ["수출규제"]),
    ("=出口管制", ["出口管制"]),
    ("hbm*", ["HBM3E"]),
    ('"red green"', ["red, green"]),
    ('"red green"~0 OR "green red"', ["red, green red"]),
    ('"hbm3e green"~1', ["green red HBM3E"]),
    ("Korea", ["Seoul", "韩国"]),
    ("chemicals", ["ﾌｯ化水素"]),
    ("export controls", ["出口管制"]),
    ("title:韓国 text:韩国", ["韓国", "韩国"]),
    ("against:韓国", ["Seoul", "韩国"]),
    ("action:dialogue", ["met"]),
    ("action:dia*", ["met"]),
    ("item:chemicals", ["ﾌｯ化水素"]),
    ("measure:(against:KR)", ["met: 수출규제를"]),
    ("measure:(action:tighten against:CN)", ["red HBM3E"]),
    ("measure:(action:tighten against:KR) OR green", ["green"]),
    ("green -black", ["green"]),
    ("green NOT (black OR white)", ["green"]),
    ("(green AND nowhere) OR red^2", ["red", "red"]),
    ("text:[gree TO greez]", ["green"]),
    ("published:2019", []),
    ("*", []),
    ("NOT nowhere", []),
    ("nowhere", []),
    ("green nowhere", []),
]


AGENCY: dict[str, Any] = {
    "id": "x:3",
    "title": "経済産業省の発表",
    "text": "The Export Administration Regulations (EAR) now 전략물자 on Huawei 华为 from 2019-07-04.",
    "relevant": True,
    "actions": ["tighten", "report"],
    "implementing": ["JP", "KR"],
    "instruments": ["Export Administration Regulations"],
    "mentions": [
        ["agency", "METI", "経済産業省"],
        ["instrument", "ear", "Export Administration Regulations"],
        ["party", "Huawei", "Huawei 华为"],
        ["date", "2019-07-04", "2019-07-04"],
    ],
    "measures": [
        {"action": "tighten", "implementing": ["JP"], "effective": "2019-07-04", "quote": "전략물자"},
        {"action": "report", "implementing": ["KR"]},
    ],
}
STANDING = [
    ("by:Japan", ["전략물자"]),
    ("by:J*", ["전략물자"]),
    ("by:[JA TO JQ]", ["전략물자"]),
    ("by:韓国", ["Export Administration Regulations"]),
    ("measure:(by:KR)", ["Export Administration Regulations"]),
    ("export controls", ["Export Administration Regulations"]),
    ("輸出規制 OR Huawei", ["Huawei"]),
    ("by:JP OR 発表", ["発表"]),
    ("by:JP 発表", ["発表", "전략물자"]),
    ("(by:JP AND 発表) OR nowhere", ["発表"]),
    ("effective:2019", ["2019-07-04"]),
    ("party:huawei", ["Huawei 华为"]),
    ("party:华*", ["Huawei 华为"]),
    ("instrument:administration", ["Export Administration Regulations"]),
    ("NOT by:US", []),
    ("lang:en", []),
    ("kind:news", []),
    ("source:test", []),
]


@pytest.mark.parametrize(("query", "expected"), STANDING)
def test_what_no_mention_proves_is_shown_by_evidence(query: str, expected: list[str]) -> None:
    assert quotes(query, AGENCY) == expected


def test_without_any_mention_the_first_evidence_stands_for_the_topic() -> None:
    assert quotes("수출통제", {**AGENCY, "mentions": []}) == ["전략물자"]
    assert quotes("수출통제", {**AGENCY, "mentions": [], "measures": []}) == []


@pytest.mark.parametrize(("query", "expected"), EXAMPLES)
def test_quotes_answer_the_query(query: str, expected: list[str]) -> None:
    assert quotes(query) == expected


def test_there_is_an_end_to_them() -> None:
    assert quotes("수", {"id": "x:2", "text": "수 출 " * 1000}) == ["수"] * SPANS
    assert quotes("a*", {"id": "x:2", "title": "ab", "text": "ab x " * 1000})[:2] == ["ab", "ab"]
