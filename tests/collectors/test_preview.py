"""What saved bytes are taken for, and what they yield: feeds under any name, lists by their rule, single pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors import preview
from collectors.sources import DateRule, IdRule, ListRule, Source
from exportwatch.model import Fetched, url_id
from tests.collectors.kit import fetched, source

URL = "https://ministry.example/news/"
RSS = """<?xml version="1.0" encoding="{charset}"?><rss version="2.0"><channel><title>t</title>
<item><title>{title}</title><link>/news/7.html</link><pubDate>Mon, 02 Sep 2024 10:00:00 +0900</pubDate>
<description>&lt;p&gt;{text}&lt;/p&gt;&lt;p&gt;&lt;b&gt;2&lt;/b&gt;&lt;/p&gt;</description></item></channel></rss>"""
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="{charset}"><title>{title}</title></head>
<body><h1>{title}</h1><p>{date}</p><p>{text}</p><p>{text} {text}</p></body></html>"""
WORDS = {
    "en": ("Export controls tightened", "The ministry tightened export controls on hydrogen fluoride today."),
    "ja": ("輸出管理の見直しについて", "経済産業省は本日、フッ化水素の輸出管理を見直すことを公表しました。"),
    "ko": ("수출통제 고시 개정", "산업통상자원부는 오늘 불화수소 수출통제를 강화한다고 발표했습니다."),
    "zh-Hans": ("关于实施出口管制的公告", "商务部今天发布公告，决定对氟化氢实施出口管制，自即日起施行。"),
    "zh-Hant": ("出口管制公告", "經濟部今日公告，對氟化氫實施輸出管制，並自即日起生效，廠商應注意。"),
}
CHARSETS = {"en": "utf-8", "ja": "shift_jis", "ko": "euc-kr", "zh-Hans": "gb18030", "zh-Hant": "big5"}


def seen(got: Fetched, given: Source | None = None, *, named: bool = False) -> preview.Preview:
    return preview.read(got, given or preview.anybody(got.url), named)


@pytest.mark.parametrize("lang", WORDS)
@pytest.mark.parametrize("served", ["", "application/rss+xml", "text/html", "text/plain", "application/octet-stream"])
def test_a_feed_is_one_however_it_is_served(lang: str, served: str) -> None:
    title, text = WORDS[lang]
    charset = CHARSETS[lang]
    found = seen(fetched(RSS.format(title=title, text=text, charset=charset).encode(charset), served, URL))
    assert found.kind == "feed"
    (line,) = found.lines
    assert (line.title, line.url) == (title, "https://ministry.example/news/7.html")
    assert (line.published, line.published_precision) == ("2024-09-02T10:00:00+09:00", "second")
    assert line.text.split() == f"{text} 2".split()
    assert line.id == url_id("import", line.url)


@pytest.mark.parametrize("lang", WORDS)
@pytest.mark.parametrize("served", ["", "text/html", "application/octet-stream"])
def test_a_page_is_one_line(lang: str, served: str) -> None:
    title, text = WORDS[lang]
    charset = CHARSETS[lang]
    html = PAGE.format(title=title, text=text, charset=charset, lang=lang, date="2019-07-01")
    found = seen(fetched(html.encode(charset), served, URL))
    assert (found.kind, len(found.lines)) == ("page", 1)
    (line,) = found.lines
    assert (line.title, line.published, line.published_precision) == (title, "2019-07-01", "day")
    assert text in line.text
    assert (line.id, line.url, line.lang) == (url_id("import", URL), URL, lang)


@pytest.mark.parametrize(
    "quoted",
    [
        '<pre>&lt;rss version="2.0"&gt;</pre>',
        '<pre><rss version="2.0"><channel><item><title>x</title></item></channel></rss></pre>',
        "<p>RSS 구독 · RSS配信 · rss 订阅</p><item>x</item>",
        '<link rel="alternate" type="application/rss+xml" href="/feed"><feed xmlns="http://www.w3.org/2005/Atom"/>',
    ],
)
@pytest.mark.parametrize("bare", [False, True])
def test_a_page_that_speaks_of_feeds_is_a_page(quoted: str, bare: bool) -> None:
    title, text = WORDS["en"]
    html = PAGE.format(title=title, text=f"{text}{quoted}", charset="utf-8", lang="en", date="2019-07-01")
    if bare:
        html = html.replace('<html lang="en">', "").replace("</html>", "")
    found = seen(fetched(html.encode(), "text/html", URL))
    assert [(line.title, found.kind) for line in found.lines] == [(title, "page")]


def test_a_list_is_one_by_the_rule_of_a_source_that_is_named() -> None:
    rows = "".join(
        f'<li><a href="/n/{n}">{title}</a> <i>2024-0{n}-01</i></li>' for n, (title, _) in enumerate(WORDS.values(), 1)
    )
    body = f"<html><body><ul id=news>{rows}</ul></body></html>".encode()
    listed = source(
        url=URL,
        parser="page",
        list_rule=ListRule(row="#news li", date="i"),
        id_rule=IdRule(pattern=r"/n/(\d+)"),
        date_rule=DateRule(),
    )
    found = seen(fetched(body, "text/html", URL), listed, named=True)
    assert found.kind == "list"
    assert [(line.id, line.title) for line in found.lines] == [
        (f"demo:{n}", title) for n, (title, _) in enumerate(WORDS.values(), 1)
    ]
    assert seen(fetched(body, "text/html", URL)).kind == "page"


def test_a_page_of_a_source_has_the_id_of_its_rule_and_the_text_its_selector_names() -> None:
    title, text = WORDS["ko"]
    html = f"<html><body><h1>{title}</h1><div id=a>{text}</div><div id=b>{text * 20}</div></body></html>"
    given = source(url=URL, parser="page", list_rule=ListRule(row="li"), main="#a", language="ko")
    given = replace(given, id_rule=IdRule(pattern=r"/n/(\d+)"))
    found = seen(fetched(html.encode(), "text/html", "https://ministry.example/n/77"), given, named=True)
    assert [(line.id, line.text, line.lang) for line in found.lines] == [("demo:77", text, "ko")]


def test_a_list_whose_selector_finds_nothing_says_so() -> None:
    given = source(url=URL, parser="page", list_rule=ListRule(row="#gone li"))
    found = seen(fetched(b"<html><body><p>hello</p></body></html>", "text/html", URL), given, named=True)
    assert (found.lines, "#gone li" in found.rejections[0].reason) == ((), True)


def test_a_feed_that_is_too_large_is_refused_and_not_taken_for_a_page() -> None:
    text = "&lt;p&gt;輸出管理 수출통제 出口管制&lt;/p&gt;" * 200_000
    feeds = (
        RSS.format(title="t", text=text, charset="utf-8"),
        '{"version":"https://jsonfeed.org/version/1","x":"' + text,
    )
    for body in feeds:
        found = seen(fetched(body.encode(), "", URL))
        assert (found.kind, found.lines) == ("feed", ())
        assert "more than a feed may have" in found.rejections[0].reason


def test_an_encoding_a_person_gives_holds_above_a_wrong_declaration() -> None:
    title, text = WORDS["ko"]
    body = PAGE.format(title=title, text=text, charset="shift_jis", lang="ko", date="2019-07-01").encode("euc-kr")
    found = seen(fetched(body, "text/html", URL), preview.anybody(URL, "euc-kr"))
    assert [line.title for line in found.lines] == [title]


@pytest.mark.parametrize(
    "body", [b"\x00\x01\x02\x03" * 50, b"<?xml version='1.0'?><urlset/>", b"PK\x03\x04broken", b"%PDF-1.7"]
)
def test_what_nobody_reads_is_refused_with_a_reason(body: bytes) -> None:
    found = seen(fetched(body, "", URL))
    assert found.lines == ()
    assert found.rejections[0].reason


def test_a_plain_text_is_titled_by_its_first_line() -> None:
    title, text = WORDS["zh-Hant"]
    (line,) = seen(fetched(f"{title}\n\n{text}\n".encode(), "text/plain", URL)).lines
    assert (line.title, line.text) == (title, f"{title}\n\n{text}\n")


def test_the_markup_of_an_entry_that_no_parser_may_be_given_only_loses_its_tags() -> None:
    text = "&lt;div&gt;" * 2000 + WORDS["ja"][1]
    (line,) = seen(fetched(RSS.format(title="x", text=text, charset="utf-8").encode(), "", URL)).lines
    assert line.text.split() == f"{WORDS['ja'][1]} 2".split()


@pytest.mark.parametrize("inner", ["<a/" * 110_000, "<item><title>輸出" + "<br/>" * 210_000])
def test_a_feed_given_up_for_its_cost_is_no_page(inner: str) -> None:
    found = seen(fetched(f"<rss version='2.0'><channel>{inner}".encode()))
    assert (found.kind, found.lines) == ("feed", ())
    assert found.rejections[0].reason.startswith("not a feed: too much to read: ")
