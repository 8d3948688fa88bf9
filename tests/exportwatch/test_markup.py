"""Bounds, titles, languages, dates and main text of pages."""

from __future__ import annotations

import time

import pytest

from exportwatch.errors import BadRecord
from exportwatch.markup import THOROUGH_TAGS, Page, check
from tests.exportwatch.pages import HOSTILE, SAMPLES, Sample


def page(html: str) -> Page:
    return Page(html, check(html))


def body(words: str, more: str = "") -> str:
    return f"<html><head>{more}</head><body>{words}</body></html>"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_refused_at_once(name: str) -> None:
    begin = time.process_time()
    with pytest.raises(BadRecord, match="page not read: "):
        check(HOSTILE[name])
    assert time.process_time() - begin < 1


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.lang)
def test_an_honest_page_is_not(sample: Sample) -> None:
    assert 50 < check(sample.html) < 2000


@pytest.mark.parametrize(
    "html",
    [
        "<p>x" * 5000,
        "<ul>" + "<li>x" * 5000,
        "<table>" + "<tr><td>x<td>y" * 5000,
        "<dl>" + "<dt>x<dd>y" * 3000,
        "<div><span>x</div>" * 3000,
        "<br>" * 5000 + "<img src=a>" * 5000,
        "<a name=1>" * 3000,
        "<font><font><b>" + "<div>x</div>" * 100_000,
        "<table>" + "<tr><td><font size=2>x</td></tr>" * 2000,
        "<table>" + "<tr><td><font size=2>x" * 2000,
        "<svg>" + "<path d='M0'/>" * 3000 + "</svg>",
        "<script>" + "if (a<b) '<div>';" * 3000 + "</script>",
        "<!--" + "<div>" * 3000 + "-->",
        "<!--><p>x" + "<p>y" * 1000,
        "<title>" + "<div>" * 3000 + "</title>",
        "<p title='" + "<div>" * 3000 + "'>x",
        "<b>x</b>" * 100_000,
        "<select>" + "<option>x" * 3000 + "</select>",
    ],
)
def test_untidy_pages_are_not_hostile(html: str) -> None:
    check(body(html))


@pytest.mark.parametrize("depth", [512, 513])
def test_the_depth_allowed(depth: int) -> None:
    html = "<p>1</p>" * 10 + "<div>" * depth + "x" + "</div>" * depth
    if depth <= 512:
        check(html)
    else:
        with pytest.raises(BadRecord, match="more than 512 deep"):
            check(html)


@pytest.mark.parametrize("number", [1000, 1001])
def test_the_attributes_allowed(number: int) -> None:
    html = "<p " + " ".join(f"a{i}='>' b" for i in range(number // 2)) + (" c" if number % 2 else "") + "><div>"
    if number <= 1000:
        check(html)
    else:
        with pytest.raises(BadRecord, match="attributes"):
            check(html)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.lang)
def test_the_parts_of_a_page(sample: Sample) -> None:
    read = page(sample.html)
    assert read.title == sample.title
    assert read.lang == sample.lang
    assert read.published("https://www.example/", "2026-01-01") == sample.day
    for paragraph in sample.paragraphs:
        assert paragraph in read.text
    for entry in sample.menu:
        assert entry not in read.text


@pytest.mark.parametrize(
    ("head", "words", "title"),
    [
        ("<title>輸出管理の見直し</title>", "", "輸出管理の見直し"),
        ("<title>輸出管理の見直し｜経済貿易省</title>", "", "輸出管理の見直し"),
        ("<title>关于镓的公告_对外贸易部</title>", "", "关于镓的公告"),
        ("<title>关于镓的公告-对外贸易部</title>", "", "关于镓的公告"),
        ("<title>수출입고시 개정안 행정예고 &lt; 산업무역부</title>", "", "수출입고시 개정안 행정예고"),
        ("<title>New rules on chips - Ministry</title>", "", "New rules on chips"),
        ("<title>Rules - Ministry of Foreign Trade</title>", "", "Rules - Ministry of Foreign Trade"),
        ("<title>Dual-use items</title>", "", "Dual-use items"),
        ("<title>Ministry | Rules on chips</title>", "<h1>Rules on chips</h1>", "Rules on chips"),
        ("<title>Rules on chips | Ministry</title>", "<h1>Ministry</h1>", "Rules on chips"),
        ("<title>Rules on chips | Ministry</title>", "<h1> Rules\n on chips </h1>", "Rules on chips"),
        ("<title>Ministry</title><meta property='og:title' content='Rules on chips'>", "", "Rules on chips"),
        (
            "<meta property='og:site_name' content='Trade'><meta property='og:title' content='Rules on chips – Trade'>",
            "",
            "Rules on chips",
        ),
        ("", "<h1>戰略性高科技貨品</h1>", "戰略性高科技貨品"),
        ("", "<h1>One</h1><h1>Two</h1>", ""),
        ("<title> \n </title>", "", ""),
        ("<title>" + "長" * 5000 + "</title>", "", "長" * 1000),
    ],
)
def test_titles(head: str, words: str, title: str) -> None:
    assert page(body(words, head)).title == title


@pytest.mark.parametrize(
    ("html", "lang"),
    [
        ('<html lang="ko"><p>x', "ko"),
        ('<html xml:lang="zh-Hant-TW"><p>x', "zh-Hant-TW"),
        ('<html lang=""><head><meta http-equiv="content-language" content="ja"></head><p>x', "ja"),
        ('<html lang="Japanese please"><p>x', ""),
        ("<p>x", ""),
    ],
)
def test_languages(html: str, lang: str) -> None:
    assert page(html).lang == lang


@pytest.mark.parametrize(
    ("html", "day"),
    [
        (body("x", '<meta property="article:published_time" content="2019-12-16T21:00:00+09:00">'), "2019-12-16"),
        (body("<time datetime='2019-12-16'>Monday</time>"), "2019-12-16"),
        (body("<p class='date'>2019年12月16日</p><p>輸出管理</p>"), "2019-12-16"),
        (body("<p class='date'>&#50;019&#24180;4&#26376;2&#26085;</p><p>輸出管理</p>"), "2019-04-02"),
        (body("<div><p>发布时间：2019年12月16日 来源：本部</p><p>公告</p></div>"), "2019-12-16"),
        (body("<div><p>発表日　令和元年７月１日</p><p>輸出管理</p></div>"), "2019-07-01"),
        (body("<div><p class='date'>平成31年4月1日</p><p>輸出管理</p></div>"), "2019-04-01"),
        (body("<div><p class='date'>2019년 8월 14일</p><p>수출</p></div>"), "2019-08-14"),
        (body("<p>nothing here</p>"), ""),
        (body("<p>text</p><footer>© 2019 Ministry</footer>"), ""),
        (body("<p>text</p><p class='date'>1 January 2019</p>"), "2019-01-01"),
        (body("x", '<meta name="date" content="2031-05-05">'), ""),
    ],
)
def test_dates(html: str, day: str) -> None:
    assert page(html).published("", "2026-01-01") == day


def test_a_short_page_has_text_too() -> None:
    assert page("<p>공고").text == "공고"
    assert page("").text == ""
    assert page("").title == ""
    assert page("<!-- only -->").text == ""


def test_a_page_nested_as_deep_as_allowed_is_read_to_its_end() -> None:
    words = "輸出管理の運用を見直し、韓国向けの輸出に個別の許可を求める。"
    html = body(
        f"<article><p>始 {words}</p>" + "<div>" * 400 + f"<p>中 {words}</p>" + "</div>" * 400 + f"<p>終 {words}</p>"
    )
    assert [part in page(html).text for part in (f"始 {words}", f"中 {words}", f"終 {words}")] == [True] * 3


def test_a_page_of_megabytes_is_read_quickly() -> None:
    paragraph = "<p>輸出管理の運用を見直す。 Hydrogen fluoride needs a licence.</p>\n"
    html = body("<p class='date'>2019-12-16</p>" + paragraph * 100_000, "<title>輸出管理</title>")
    assert len(html) > 2 * 1024 * 1024
    begin = time.process_time()
    read = page(html)
    assert read.title == "輸出管理"
    assert read.text.count("輸出管理の運用を見直す。") == 100_000
    assert read.published("", "2026-01-01") == ""
    assert time.process_time() - begin < 10


@pytest.mark.parametrize("crowd", ["<br/>", "<p xmlns:a=1>", "<li>", "<p>a"])
def test_a_page_crowded_with_tags_is_left_to_the_quick_reader(crowd: str) -> None:
    head = "<title>輸出管理</title>"
    few, many = (body("<p class='date'>2019-12-16</p><p>수출 통제</p>" + crowd * n, head) for n in (100, THOROUGH_TAGS))
    assert page(few).published("", "2026-01-01") == "2019-12-16"
    begin = time.process_time()
    read = page(many)
    assert (read.title, read.published("", "2026-01-01")) == ("輸出管理", "")
    assert "수출 통제" in read.text
    assert time.process_time() - begin < 5
