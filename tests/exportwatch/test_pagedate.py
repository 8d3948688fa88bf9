"""The day of publication: each kind of evidence, their order, and days that are none."""

from __future__ import annotations

import pytest

from exportwatch.markup import Page, check
from exportwatch.pagedate import day_in
from tests.exportwatch.makes import MAKES, Make, pages
from tests.exportwatch.makes_later import LATER


def published(body: str, head: str = "", url: str = "", latest: str = "2026-01-01") -> str:
    html = f"<html><head><title>輸出管理の見直し</title>{head}</head><body>{body}</body></html>"
    return Page(html, check(html)).published(url, latest)


@pytest.mark.parametrize("makes", [MAKES, LATER], ids=["first", "later"])
def test_the_day_of_every_page(makes: tuple[Make, ...]) -> None:
    for name, article, html in pages(makes):
        assert (name, Page(html, check(html)).published("", "2026-01-01")) == (name, article.day)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019-07-01", "2019-07-01"),
        ("2019.07.01", "2019-07-01"),
        ("2019. 7. 1.", "2019-07-01"),
        ("2019/7/1 10:00", "2019-07-01"),
        ("2019年7月1日", "2019-07-01"),
        ("2019년 7월 1일", "2019-07-01"),
        ("令和元年7月1日", "2019-07-01"),
        ("平成三十一年四月一日", "2019-04-01"),
        ("令和 7. 3.31", "2025-03-31"),
        ("中華民國108年7月1日", "2019-07-01"),
        ("二〇一九年七月一日", "2019-07-01"),
        ("二○二四年十二月三十一日", "2024-12-31"),
        ("1 July 2019", "2019-07-01"),
        ("1st of July, 2019", "2019-07-01"),
        ("Dec. 16, 2019", "2019-12-16"),
        ("2019-13-01 then 2019-07-01", "2019-07-01"),
        ("32 July 2019", ""),
        ("12019-07-011", ""),
        ("公告2024年第51号", ""),
        ("", ""),
    ],
)
def test_days_as_they_are_written(text: str, day: str) -> None:
    assert day_in(text) == day


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@type":"Report","datePublished":"2019-07-01T08:00+09:00"}</script>',
        '<meta property="article:published_time" content="2019-07-01T23:30:00+09:00">',
        '<meta name="PubDate" content="2019-07-01 09:15">',
        '<meta name="pubdate" content="20190701">',
        '<meta name="DC.date.issued" content="2019-07-01">',
        '<meta name="citation_publication_date" content="2019/7/1">',
        '<meta itemprop="datePublished" content="Mon, 01 Jul 2019 01:00:00 +0900">',
        '<meta name="publishdate" content="２０１９年７月１日">',
        '<meta name="date" content="20190701123000">',
    ],
)
def test_what_the_page_says_of_itself_goes_before_what_it_shows(head: str) -> None:
    shown = "<h1>輸出管理の見直し</h1><p>更新日：2020年2月2日</p><p>掲載日：2020年1月1日</p>"
    assert published(shown, head, "https://x.example/2021/03/03/a.html") == "2019-07-01"


@pytest.mark.parametrize(
    "time",
    [
        "<time itemprop='datePublished' datetime='2019-07-01'>x</time><time datetime='2020-01-01'>y</time>",
        "<time datetime='2020-01-01'>y</time><time pubdate datetime='2019-07-01T10:00'>x</time>",
        "<time datetime='2019-07-01T10:00'>x</time><time datetime='2019-07-01'>y</time>",
    ],
)
def test_elements_of_time(time: str) -> None:
    assert published(f"<h1>수출</h1>{time}<p>2020-03-03</p>") == "2019-07-01"


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://x.example/2019/0701/a.html", "2019-07-01"),
        ("https://x.example/2019/07/01/a", "2019-07-01"),
        ("https://x.example/press/2019-07-01-notice", "2019-07-01"),
        ("https://x.example/press/2025/03/20260331013/20260331013.html", "2026-03-31"),
        ("https://x.example/art/201907/t20190701_1234567.html", "2019-07-01"),
        ("https://x.example/press/2019/1216_001.html", "2019-12-16"),
        ("https://x.example/20191216001/20191216001.html", "2019-12-16"),
        ("https://x.example/2031/01/01/", ""),
        ("https://x.example/99201907019999999/", ""),
        ("https://x.example/2019/13/45/", ""),
        ("", ""),
    ],
)
def test_the_day_in_the_address(url: str, day: str) -> None:
    assert published("<p>出口管制</p>", url=url, latest="2026-06-01") == day


@pytest.mark.parametrize(
    "line",
    [
        "<p>掲載日：2019年7月1日</p>",
        "<p>公開日 令和元年7月1日（月）</p>",
        "<p>掲載日：&#50;019&#24180;7&#26376;1&#26085;</p>",
        "<dl><dt>등록일</dt><dd>2019.07.01 11:00</dd></dl>",
        "<p>담당부서 무역안보과 | 작성일 : 2019-07-01 | 조회수 1044</p>",
        "<p>[게시일] 2019년 7월 1일</p>",
        "<div>发布时间：2019-07-01 10:30 来源：本部</div>",
        "<div>公布日期： 二〇一九年七月一日</div>",
        "<table><tr><td>發布日期</td><td>2019/07/01</td></tr></table>",
        "<span>Published on 1 July 2019</span>",
        "<span>Release date: July 1, 2019</span>",
    ],
)
def test_a_labelled_day_goes_before_others(line: str) -> None:
    others = "<p>The order of 5 May 2017 and that of 2018-03-03 are repealed.</p>"
    ranking = "<ul><li><a href=x>別の発表</a> 2024年2月2日</li></ul>"
    assert published(f"{ranking}<h1>輸出管理の見直し</h1><p>更新日 2020-02-02</p>{line}{others}") == "2019-07-01"


@pytest.mark.parametrize(
    ("body", "day"),
    [
        (
            "<h1>輸出管理の見直し</h1><p>2019年7月1日</p><p>2017年5月5日の政令は廃止します。これに伴う経過措置は次のとおりです。</p>",
            "2019-07-01",
        ),
        (
            "<p>2019-07-01</p><h1>輸出管理の見直し</h1><p>2017年5月5日の政令は廃止します。これに伴う経過措置は別に定めるものとします。</p>",
            "2019-07-01",
        ),
        (
            "<p>특히 2017년 5월 5일의 고시는 폐지한다. 시행은 2018년 3월 3일부터 한다.</p><p>2019년 7월 1일</p>",
            "2019-07-01",
        ),
        ("<p>根据二〇一七年五月五日的决定，现公告如下。</p><p>商务部</p><p>二〇一九年七月一日</p>", "2019-07-01"),
        ("<h1>輸出管理の見直し</h1><p>本文です。</p><p>更新日：2019年7月1日</p>", "2019-07-01"),
        ("<p>出口管制</p><footer>© 2019 局</footer>", ""),
        ("<p>1965-01-01</p>", ""),
        ("<p>2031年1月1日</p>", ""),
    ],
)
def test_days_without_a_label(body: str, day: str) -> None:
    assert published(body) == day


@pytest.mark.parametrize(
    "said", ["113-04-01", "113/4/1", "113.4.1", "113年4月1日", "１１３年４月１日", "民國113年4月1日"]
)
@pytest.mark.parametrize("label", ["發布日期：{}", "<dl><dt>張貼日期</dt><dd>{}</dd></dl>", "公告日期 : {} 點閱數 12"])
def test_years_of_the_republic_behind_a_label_of_a_page_in_traditional_chinese(label: str, said: str) -> None:
    html = f"<html lang=zh-Hant-TW><body><h1>輸出管制</h1><p>{label.format(said)}</p><p>2017年5月5日</p></body></html>"
    assert Page(html, check(html)).published("", "2026-01-01") == "2024-04-01"


def test_a_short_year_is_of_the_republic_only_where_the_script_says_so() -> None:
    assert published("<p>發布日期：113/4/1</p>") == "2024-04-01"
    assert published("<p>日期：113/4/1</p>") == ""
    assert published("<p>公開日：113-04-01</p>") == ""
    assert published("<p>등록일 113-04-01</p>") == ""
    assert published("<p>Published: 113-04-01</p>") == ""
    for no_day in ("113-13-01", "151-04-01", "113-04-011", "1130-04-01", "79-04-01"):
        assert published(f"<p>發布日期：{no_day}</p>") == "", no_day


def test_an_instant_in_universal_time_is_the_day_that_the_page_shows() -> None:
    head = '<meta property="article:published_time" content="2019-06-30T23:30:00Z">'
    assert published("<h1>輸出管理の見直し</h1><p>2019年7月1日</p>", head) == "2019-07-01"
    assert published("<h1>輸出管理の見直し</h1><p>2019年7月9日</p>", head) == "2019-06-30"
    assert published("<p>輸出</p>", head) == "2019-06-30"


def test_a_day_of_the_future_is_passed_over() -> None:
    head = '<meta name="date" content="2031-05-05"><meta name="dc.date" content="2019-07-01">'
    assert published("<p>輸出</p>", head) == "2019-07-01"


@pytest.mark.parametrize("strange", ["\x01", "\x05", "\x1f", "&#2;", "\ufffe"])
def test_characters_that_no_tree_takes_back_break_nothing(strange: str) -> None:
    assert published(f"<p>本公告自113年5月1日{strange}起生效</p><p>2024년의{strange} 고시</p>") == ""
    assert published(f"<p>a{strange}</p>b<nav>메뉴</nav>{strange}<div>c{strange}<nav>d</nav>{strange}e</div>") == ""
    assert published(f"<p>令和{strange}の見直し、2019年12月{strange}</p>") == ""
