"""Addresses: any id there and back, and what of the outside may be linked to."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exportwatch.web import links

IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(IDS)
def test_an_id_is_one_segment_that_leads_back(id: str) -> None:
    for path in (links.document(id), links.raw(id).removesuffix("/raw")):
        # As a browser resolves it, dots and all.
        resolved = urlsplit(urljoin("http://127.0.0.1:8480/here/there", path)).path
        assert resolved == path
        assert path.startswith("/documents/")
        segment = path.removeprefix("/documents/")
        assert "/" not in segment
        assert not segment.endswith(".json")
        assert links.read_id(segment) == id
    twin = links.document_twin(id).removeprefix("/documents/")
    assert links.read_id(twin.removesuffix(".json"), twin=True) == id


@pytest.mark.parametrize("segment", ["", "%FF", "%C0%AF", "%ED%A0%80", "a" * 201, "%EA%B0%80" * 67])
def test_what_is_no_id(segment: str) -> None:
    assert links.read_id(segment) == ""


@pytest.mark.parametrize(
    "url", ["https://www.meti.go.jp/press/?a=b#c", "http://127.0.0.1:8000/x", "HTTPS://X.EXAMPLE/輸出"]
)
def test_the_web_may_be_linked_to(url: str) -> None:
    assert links.outward(url) == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)"),
        *("data:text/html,x", "file:///etc/passwd", "//evil.example", "/sources", "https:evil", "http://[", "https://"),
        *("https://x.example/\n", "\x01https://x.example/", "mailto:a@b.example", "vbscript:x", "ftp://x.example/"),
    ],
)
def test_nothing_else_may(url: str) -> None:
    assert links.outward(url) == ""


@pytest.mark.parametrize(
    ("tag", "attribute"), [("zh-Hant", "zh-Hant"), ("en", "en"), ("und", ""), ('"><b>', ""), ("", "")]
)
def test_a_language_is_a_tag_or_unknown(tag: str, attribute: str) -> None:
    assert links.lang(tag) == attribute


def test_a_search_is_an_address() -> None:
    assert links.search('by:JP "フッ化水素"') == "/?q=by%3AJP+%22%E3%83%95%E3%83%83%E5%8C%96%E6%B0%B4%E7%B4%A0%22"
    assert links.search("a&b", 3) == "/?q=a%26b&page=3"
    assert links.search("") == "/"
