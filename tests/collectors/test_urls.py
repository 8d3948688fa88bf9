"""One page, one form of its URL."""

from __future__ import annotations

import pytest

from collectors.urls import canonical


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example", "https://a.example/"),
        (" HTTPS://A.Example:443/News?b=2&a=1#top ", "https://a.example/News?b=2&a=1"),
        ("http://a.example:80/", "http://a.example/"),
        ("http://a.example:8080/", "http://a.example:8080/"),
        ("https://a.example./x", "https://a.example/x"),
        ("https://a.example/x?utm_source=rss&id=7&UTM_Medium=b&fbclid=1&_ga=2", "https://a.example/x?id=7"),
        ("https://a.example/x?utm_source=rss", "https://a.example/x"),
        ("https://a.example/x?", "https://a.example/x"),
        ("https://산업통상부.한국/수출", "https://xn--or3b91dqb533aulr.xn--3e0b707e/수출"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        ("https://u@a.example/x", "https://a.example/x"),
    ],
)
def test_urls_take_one_form(url: str, expected: str) -> None:
    assert canonical(url) == expected
    assert canonical(expected) == expected


def test_links_are_made_absolute() -> None:
    base = "https://a.example/press/index.html"
    assert canonical("../news/1.html", base) == "https://a.example/news/1.html"
    assert canonical("//b.example/1", base) == "https://b.example/1"


@pytest.mark.parametrize(
    "url", ["", "news/1", "mailto:a@a.example", "javascript:x()", "http://", "http://a:x/", "http://["]
)
def test_what_is_no_web_address_is_empty(url: str) -> None:
    assert canonical(url) == ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x#제2조", "https://a.example/x#제2조"),
        ("https://a.example/x#", "https://a.example/x"),
        ("https://a.example/x#xtor=RSS-1", "https://a.example/x"),
        ("https://a.example/x#utm_source=rss", "https://a.example/x"),
        ("https://a.example/x#top", "https://a.example/x"),
        ("https://a.example/x#rss", "https://a.example/x"),
        ("https://a.example/x#topics", "https://a.example/x#topics"),
    ],
)
def test_a_place_on_the_page_may_stay(url: str, expected: str) -> None:
    assert canonical(url, fragment=True) == expected
    assert canonical(url) == "https://a.example/x"
