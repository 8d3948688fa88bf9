"""JSON-LD as sites write it, and as they should not."""

from __future__ import annotations

import json

import lxml.html  # type: ignore[import-untyped]
import pytest

from exportwatch.linkeddata import articles, said


def found(text: str, kind: str = "application/ld+json") -> list[str]:
    tree = lxml.html.document_fromstring(
        f"<html><head><script type='{kind}'>{text}</script></head><body>x</body></html>"
    )
    return [said(thing, "headline") for thing in articles(tree)]


ARTICLE = {"@type": "NewsArticle", "headline": "輸出管理"}


@pytest.mark.parametrize(
    ("text", "headlines"),
    [
        (json.dumps(ARTICLE), ["輸出管理"]),
        (json.dumps([{"@type": "Organization"}, ARTICLE], ensure_ascii=False), ["輸出管理"]),
        (
            json.dumps({"@graph": [{"@type": "WebPage", "headline": "수출"}, {**ARTICLE, "@type": ["Article", "x"]}]}),
            ["輸出管理", "수출"],
        ),
        (json.dumps({"@type": "WebPage", "headline": "出口", "mainEntity": ARTICLE}), ["輸出管理", "出口"]),
        ('{"@type": "Article", "headline": "two\nlines"}', ["two\nlines"]),
        ("<!-- " + json.dumps(ARTICLE) + " -->", ["輸出管理"]),
        (json.dumps({**ARTICLE, "headline": ["x"]}), [""]),
        ('{"@type": "Article", ', []),
        ("[" * 100_000, []),
        ('{"@graph":' * 900 + json.dumps(ARTICLE) + "}" * 900, []),
        (json.dumps({**ARTICLE, "articleBody": "x" * 600_000}), []),
        ("", []),
    ],
)
def test_articles(text: str, headlines: list[str]) -> None:
    assert found(text) == headlines


def test_other_scripts_say_nothing() -> None:
    assert found(json.dumps(ARTICLE), "application/json") == []
