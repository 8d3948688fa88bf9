"""Which rows of a page are taken for its releases: made-up pages in the manners of ministries, in five languages."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from collectors import page
from collectors.finding import look
from collectors.sources import ListRule
from tests.collectors.kit import fetched, source

URL = "https://ministry.example/news/"
TITLES = {
    "en": [
        "Controls on exports of gallium",
        "Licensing of chip tools revised",
        "Guidance on hydrogen fluoride",
        "Notice",
    ],
    "ja": [
        "輸出貿易管理令の一部改正",
        "フッ化水素の輸出管理",
        "安全保障貿易管理説明会の開催",
        "パブリックコメントの募集",
    ],
    "ko": ["전략물자 수출입고시 개정", "불화수소 수출통제 강화", "수출통제 설명회 개최 안내", "행정예고"],
    "zh-Hans": ["关于对镓锗实施出口管制的公告", "两用物项出口许可证管理目录", "出口管制合规指南发布", "公告"],
    "zh-Hant": ["戰略性高科技貨品輸出管制", "輸出管制實體名單更新公告", "貨品輸出管理辦法修正", "公告"],
}
DAYS = {
    "en": "{day} September 2024",
    "ja": "令和6年9月{day}日",
    "ko": "2024. 9. {day}.",
    "zh-Hans": "2024年9月{day}日",
    "zh-Hant": "中華民國113年9月{day}日",
}
NAV = (
    "<nav><ul class=gnb>"
    + "".join(f'<li><a href="/menu/{n}">Menu entry {n}</a></li>' for n in range(12))
    + "</ul></nav>"
)
FOOTER = (
    "<footer><ul>"
    + "".join(f'<li><a href="/site/{n}">Related organisations {n}</a></li>' for n in range(9))
    + "</ul></footer>"
)


class Shape(NamedTuple):
    """How rows are marked up: around them, one of them, and one that is odd."""

    around: str
    row: str


SHAPES = {
    "ul": Shape(
        "<ul id=news>{rows}</ul>",
        '<li class="item n{n}"><a href="/r/{n}.html">{title}</a><span class=date>{day}</span></li>',
    ),
    "ul without names": Shape(
        "<div class=main><ul>{rows}</ul></div>", "<li><span>{day}</span> <a href='/r/{n}.html'>{title}</a></li>"
    ),
    "table": Shape(
        "<table class=board><thead><tr><th>No<th>Title<th>Date</tr></thead><tbody>{rows}</tbody></table>",
        "<tr><td>{n}</td><td class=subject><a href='view?id={n}'>{title}</a></td><td>{day}</td></tr>",
    ),
    "dl": Shape("<dl class=whatsnew>{rows}</dl>", "<dt>{day}</dt><dd><a href='/r/{n}.html'>{title}</a></dd>"),
    "div": Shape(
        "<div class=list>{rows}</div>",
        "<div class=box><a class=img href='/r/{n}.html'><img src=x></a>"
        "<p class=t><a href='/r/{n}.html'>{title}</a></p><em>{day}</em></div>",
    ),
    "article with time": Shape(
        "<main>{rows}</main>",
        "<article class=teaser><h3><a href='/r/{n}.html'>{title}</a></h3>"
        "<time>{day}</time><a href='/r/{n}.html'>More</a></article>",
    ),
}


def made(shape: str, lang: str) -> bytes:
    rows = "".join(
        SHAPES[shape].row.format(n=number, title=title, day=DAYS[lang].format(day=number))
        for number, title in enumerate(TITLES[lang], start=1)
    )
    body = f"{NAV}<h1>News</h1>{SHAPES[shape].around.format(rows=rows)}{FOOTER}"
    return f"<html lang={lang}><head><meta charset=utf-8><title>x</title></head><body>{body}</body></html>".encode()


@pytest.mark.parametrize("lang", TITLES)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_proposed_rule_reads_every_release_and_nothing_else(shape: str, lang: str) -> None:
    got = fetched(made(shape, lang), "text/html", URL)
    proposal = look(got).lists[0]
    rule = ListRule(row=proposal.row, link=proposal.link, date=proposal.date)
    parsed = page.parse(got, source(url=URL, parser="page", list_rule=rule))
    assert [(draft.title, draft.published) for draft in parsed.drafts] == [
        (title, f"2024-09-0{number}") for number, title in enumerate(TITLES[lang], start=1)
    ]
    assert (proposal.rows, proposal.dated) == (4, 4)


def test_menus_and_footers_are_no_lists() -> None:
    assert look(fetched(f"<body>{NAV}<p>text</p>{FOOTER}</body>".encode(), "text/html", URL)).lists == ()


@pytest.mark.parametrize("lang", TITLES)
def test_rows_without_dates_are_a_list_if_their_titles_are_long(lang: str) -> None:
    titles = [f"{title} — {title} {number}" for number, title in enumerate(TITLES[lang])]
    rows = "".join(f"<li><a href='/r/{n}.html'>{title}</a></li>" for n, title in enumerate(titles))
    (first, *_) = look(fetched(f"<body>{NAV}<ul class=l>{rows}</ul></body>".encode(), "text/html", URL)).lists
    assert (first.row, first.date, first.dated) == ("ul.l > li", "", 0)


def test_a_dated_box_beside_the_content_comes_after_it() -> None:
    box = "".join(
        f"<li><a href='/ad/{n}'>Popular this week in all of our languages {n}</a> <i>2024-09-0{n}</i></li>"
        for n in range(1, 9)
    )
    aside = f"<aside><ul class=popular>{box}</ul></aside>".encode()
    body = made("ul", "ja").replace(b"<h1>", aside + b"<h1>")
    first, second, *_ = look(fetched(body, "text/html", URL)).lists
    assert (first.row, second.row) == ("#news > li.item", "ul.popular > li")
