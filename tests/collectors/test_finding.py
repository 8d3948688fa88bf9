"""Which feed a page is taken to have: pages of our own making, in the manners of many sites, in five languages."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from bs4 import BeautifulSoup

from collectors.finding import candidates, guesses, look
from tests.collectors.kit import fetched

SITE = "https://ministry.example/"
RSS, ATOM = "application/rss+xml", "application/atom+xml"


class Case(NamedTuple):
    """A page, and the paths (or URLs) of its feeds: the first of them comes first, and no others come at all."""

    name: str
    html: str
    wanted: tuple[str, ...]
    url: str = SITE


def link(href: str, kind: str = RSS, title: str = "", **more: str) -> str:
    rest = "".join(f' {name}="{value}"' for name, value in more.items())
    return f'<link rel="alternate" type="{kind}" href="{href}" title="{title}"{rest}>'


CASES = [
    Case("rss", link("/rss.xml"), ("/rss.xml",)),
    Case("atom", link("/atom", ATOM), ("/atom",)),
    Case("json feed", link("/feed.json", "application/feed+json"), ("/feed.json",)),
    Case("json that is named a feed", link("/feed.json", "application/json"), ("/feed.json",)),
    Case("rdf", link("index.rdf", "application/rdf+xml"), ("/news/index.rdf",), f"{SITE}news/"),
    Case("relative to base", '<base href="/kor/">' + link("rss.do"), ("/kor/rss.do",)),
    Case("protocol-relative", link("//feeds.ministry.example/all"), ("https://feeds.ministry.example/all",)),
    Case("a misspelt type", link("/r.aspx", "application/rss xml"), ("/r.aspx",)),
    Case("an old type", link("/news.rss", "application/x-rss+xml"), ("/news.rss",)),
    Case("a type in capitals with a parameter", link("/f", "Application/RSS+XML; charset=utf-8"), ("/f",)),
    Case("text/xml", link("/rss/all.xml", "text/xml"), ("/rss/all.xml",)),
    Case("xml that is no feed", link("/data.xml", "text/xml"), ()),
    Case("no type, named RSS", '<link rel="alternate" title="RSS 구독" href="/feed/press">', ("/feed/press",)),
    Case("rel=feed", '<link rel="feed" href="/stream">', ("/stream",)),
    Case("rel in capitals among others", f'<link rel="ALTERNATE home" type="{RSS}" href="/z">', ("/z",)),
    Case("single quotes, no head", f"<link rel='alternate' type='{RSS}' href='/q.xml'>", ("/q.xml",)),
    Case("in the body", f"<body><p>x</p>{link('/body.xml')}</body>", ("/body.xml",)),
    Case("entities in the address", link("/rss?a=1&amp;b=2"), ("/rss?a=1&b=2",)),
    Case(
        "translations are no feeds",
        '<link rel="alternate" hreflang="ko" href="/ko/"><link rel="alternate" hreflang="ja" href="/ja/feed/">',
        (),
    ),
    Case("oembed is none", link("/wp-json/oembed/1.0/embed?url=x", "application/json+oembed"), ()),
    Case("nor is the API", link("/wp-json/wp/v2/pages/2", "application/json", "JSON"), ()),
    Case("nor a style sheet", f'<link rel="alternate stylesheet" type="{RSS}" href="/feed.css">', ()),
    Case(
        "comments come last", link("/comments/feed/", title="Comments") + link("/feed/"), ("/feed/", "/comments/feed/")
    ),
    Case("コメント", link("/c.xml", title="コメントのRSS") + link("/n.xml", title="新着情報"), ("/n.xml", "/c.xml")),
    Case("댓글", link("/c.xml", title="댓글 피드") + link("/n.xml", title="보도자료"), ("/n.xml", "/c.xml")),
    Case("评论", link("/c.xml", title="评论") + link("/n.xml", title="新闻发布"), ("/n.xml", "/c.xml")),
    Case("留言", link("/c.xml", title="留言回應") + link("/n.xml", title="最新消息"), ("/n.xml", "/c.xml")),
    Case("tags come last", link("/tag/steel/feed/") + link("/feed/"), ("/feed/", "/tag/steel/feed/")),
    Case(
        "of the page's own section",
        link("/rss.xml") + link("/trade/rss.xml"),
        ("/trade/rss.xml", "/rss.xml"),
        f"{SITE}trade/news.html",
    ),
    Case(
        "of the whole site on its entrance",
        link("/feed/") + link("/trade/export/feed/"),
        ("/feed/", "/trade/export/feed/"),
    ),
    Case(
        "of the page's language",
        link("/en/rss.xml") + link("/ja/rss.xml"),
        ("/ja/rss.xml", "/en/rss.xml"),
        f"{SITE}ja/",
    ),
    Case(
        "a link with an icon", '<a href="/ml_release.xml"><img src="/img/rss.gif" alt="RSS"></a>', ("/ml_release.xml",)
    ),
    Case("RSS配信", '<a href="/shared/whatsnew.xml">RSS配信</a>', ("/shared/whatsnew.xml",)),
    Case("구독", '<a href="/bbs/rss.do?id=7">RSS 구독하기</a>', ("/bbs/rss.do?id=7",)),
    Case("订阅", '<a href="/xwfb/rss.xml">订阅</a>', ("/xwfb/rss.xml",)),
    Case("訂閱", '<a href="/rss/news.xml" title="另開視窗">RSS訂閱</a>', ("/rss/news.xml",)),
    Case(
        "by a query",
        '<a href="/index.php?format=feed&amp;type=rss">News feed</a>',
        ("/index.php?format=feed&type=rss",),
    ),
    Case("a page about feeds is none", '<a href="/rss.html">About RSS</a><a href="/help/feeds.htm">RSS</a>', ()),
    Case("a sitemap is none", '<a href="/sitemap.xml">Site map (XML)</a>', ()),
    Case("feed: of old readers", '<a href="feed://ministry.example/rss">Feed</a>', ("http://ministry.example/rss",)),
    Case("feed:https", '<a href="feed:https://ministry.example/rss">Feed</a>', ("/rss",)),
    Case(
        "through a reader in the web",
        '<a href="https://feedly.com/i/subscription/feed%2Fhttps%3A%2F%2Fministry.example%2Fnews.xml">RSS</a>',
        ("/news.xml",),
    ),
    Case(
        "feedburner",
        '<a href="https://feeds.feedburner.com/ministry">Subscribe</a>',
        ("https://feeds.feedburner.com/ministry",),
    ),
    Case(
        "words of other kinds",
        '<a href="/news/feedback">Feedback</a><a href="/atomic">Atomic</a><a href="/press">報道</a>',
        (),
    ),
    Case("sharing is none", '<a href="https://twitter.com/share?url=https://ministry.example/rss">RSS</a>', ()),
    Case("declared before linked", '<a href="/other.rss">RSS</a>' + link("/main.xml"), ("/main.xml", "/other.rss")),
    Case("said twice", link("/rss.xml", title="x") + '<a href="/rss.xml">RSS</a>', ("/rss.xml",)),
    Case("itself is none", link(SITE), ()),
    Case("nothing at all", "<p>輸出管理 수출통제 出口管制 輸出管制 export controls</p>", ()),
    Case("a script is none", '<a href="javascript:openRss()">RSS</a><a href="mailto:rss@ministry.example">RSS</a>', ()),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_feeds_of_a_page(case: Case) -> None:
    body = (
        case.html if "<body" in case.html else f"<html><head>{case.html}</head><body><a href='/x'>x</a></body></html>"
    )
    found = [each.url for each in look(fetched(body.encode(), "text/html; charset=utf-8", case.url)).feeds]
    wanted = [each if ":" in each[:6] else SITE + each.lstrip("/") for each in case.wanted]
    assert found == wanted


def test_there_are_enough_pages() -> None:
    assert len(CASES) >= 30
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize(
    ("lang", "codec", "declared", "text"),
    [
        ("ja", "shift_jis", True, "輸出管理のお知らせ"),
        ("ko", "euc-kr", True, "수출통제 알림"),
        ("zh-CN", "gb18030", False, "关于两用物项出口管制的公告和说明，自公布之日起施行。"),
        ("zh-TW", "big5", False, "戰略性高科技貨品輸出管制公告，自即日起生效，請廠商注意。"),
        ("en", "utf-8", True, "Export controls"),
    ],
)
def test_language_and_charset(lang: str, codec: str, declared: bool, text: str) -> None:
    meta = f'<meta charset="{codec}">' if declared else ""
    page = f'<html lang="{lang}"><head>{meta}<title> {text} </title></head><body>{text * 5}</body></html>'
    found = look(fetched(page.encode(codec), "text/html", SITE))
    assert (found.lang, found.title, found.declared) == (lang, text, declared)
    assert text.encode(found.codec) == text.encode(codec)


def test_few_addresses_are_guessed() -> None:
    assert [each.url for each in guesses(SITE)] == [
        SITE + name for name in ("feed", "rss.xml", "atom.xml", "index.xml")
    ]
    section = [each.url for each in guesses(f"{SITE}news/")]
    assert section[0] == f"{SITE}news/feed"
    assert len(section) == 4


def test_many_links_are_bounded() -> None:
    html = "".join(f'<a href="/feed{n}.rss">RSS {n}</a>' for n in range(20_000))
    assert len(candidates(BeautifulSoup(html, "lxml"), SITE)) == 20
