"""Headlines of pages whose `title` is no headline."""

from __future__ import annotations

import pytest

from exportwatch.markup import Page, check
from tests.exportwatch.makes import MAKES, Make, pages
from tests.exportwatch.makes_later import LATER


def title(head: str, body: str) -> str:
    html = f"<html><head>{head}</head><body>{body}</body></html>"
    return Page(html, check(html)).title


@pytest.mark.parametrize("makes", [MAKES, LATER], ids=["first", "later"])
def test_the_headline_of_every_page(makes: tuple[Make, ...]) -> None:
    for name, article, html in pages(makes):
        assert (name, Page(html, check(html)).title) == (name, article.title)


LOGO = "<div class=logo><a href='/'>x</a></div>"
TEXT = "<p>本日より、輸出に個別の許可が必要となります。詳しくは窓口にお尋ねください。</p>"


@pytest.mark.parametrize(
    ("head", "body", "headline"),
    [
        ("<title>Ministry of Trade</title>", "<h1>New controls on chips</h1>", "New controls on chips"),
        (
            "<title>経済貿易省</title>",
            f"<h1><a href='/'>経済貿易省</a></h1><h2>輸出管理の見直し</h2>{TEXT}",
            "輸出管理の見直し",
        ),
        ("<title>산업무역부</title>", "<div class='view_tit'>수출입고시 개정안</div>", "수출입고시 개정안"),
        (
            "<title>보도자료 | 산업무역부</title>",
            "<h2>보도자료</h2><p class='subject'>수출입고시 개정</p>",
            "수출입고시 개정",
        ),
        ("<title>对外贸易部</title><meta name='ArticleTitle' content='关于镓的公告'>", TEXT, "关于镓的公告"),
        ("<title>國際貿易局</title>", "<div class='bt'>修正輸出管制清單</div>", "修正輸出管制清單"),
        ("<title>新闻发布</title>", "<td class='title'>出口管制的决定</td>", "出口管制的决定"),
        (
            "<title>Bureau</title><script type='application/ld+json'>"
            '{"@type":"NewsArticle","headline":"Two firms settle"}</script>',
            "<h2>Menu</h2>",
            "Two firms settle",
        ),
        (
            "<meta property='og:title' content='산업무역부'><meta property='og:site_name' content='산업무역부'>",
            "<h1>정책 대화 개최</h1>",
            "정책 대화 개최",
        ),
        ("<title>輸出管理の見直しについて（METI/経済貿易省）</title>", TEXT, "輸出管理の見直しについて"),
        ("<title>Closed on Monday | Bureau of Strategic Trade</title>", "<p>Closed on Monday</p>", "Closed on Monday"),
        ("<title>수출입고시 개정안 행정예고 &gt; 산업무역부</title>", "", "수출입고시 개정안 행정예고"),
        ("<title>対話（第七回）</title>", TEXT, "対話（第七回）"),
        ("<title>經濟貿易署-新聞稿</title>", f"<h2>輸出管制清單修正</h2>{TEXT}", "輸出管制清單修正"),
        ("<title>Bureau of Strategic Trade | News</title>", "<h2>Two firms settle</h2>", "Two firms settle"),
        ("<title>輸出管制清單修正-新聞稿</title>", f"<h2>輸出管制清單修正</h2>{TEXT}", "輸出管制清單修正"),
        ("<title>Two firms settle | News</title>", "<p>Two firms settle</p><h2>Menu of it</h2>", "Two firms settle"),
        ("<title>经济部</title>", TEXT, "经济部"),
    ],
)
def test_a_title_that_names_the_site_or_a_part_of_it_is_no_headline(head: str, body: str, headline: str) -> None:
    assert title(head, LOGO + body) == headline


ARTICLE = "关于对镓、锗相关物项实施出口管制的公告"


@pytest.mark.parametrize(
    ("shorter", "headline"),
    [
        ("关于对镓、锗相关物项", ARTICLE),
        ("关于对镓、锗相关物项…", ARTICLE),
        ("关于对镓、锗相关物项...", ARTICLE),
        ("镓、锗相关物项实施出口管制", ARTICLE),
        (ARTICLE, ARTICLE),
        ("对外贸易部令第七号", "对外贸易部令第七号"),
    ],
)
def test_the_title_of_the_article_is_preferred_to_a_title_that_is_a_part_of_it(shorter: str, headline: str) -> None:
    head = f"<title>{shorter}</title><meta name='ArticleTitle' content='{ARTICLE}'>"
    assert title(head, f"{LOGO}<p>{shorter}</p>{TEXT}") == headline
