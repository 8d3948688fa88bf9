"""How sites build the page around a release: one function a make, each `(article, furniture) -> html`."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from typing import Final

from tests.exportwatch.articles import TONGUES, Article, Furniture

Make = Callable[[Article, Furniture], str]


def day(article: Article, furniture: Furniture) -> str:
    """The day of publication as the site writes it."""
    return datetime.date.fromisoformat(article.day).strftime(furniture.date)


def page(article: Article, furniture: Furniture, body: str, head: str = "") -> str:
    return f"""<!DOCTYPE html>
<html lang="{furniture.lang}"><head><meta charset="{furniture.charset}">
<title>{article.title} | {furniture.site}</title>{head}</head>
<body>{body}</body></html>"""


def menu(furniture: Furniture, times: int = 4) -> str:
    entries = [
        f'<li><a href="/{turn}/{number}/">{entry}</a></li>'
        for turn in range(times)
        for number, entry in enumerate(furniture.menu)
    ]
    return f"<ul>{''.join(entries)}</ul>"


def teasers(furniture: Furniture, times: int = 2) -> str:
    """A list of other releases: linked headline, day, and a sentence that is no link."""
    rows = [
        f'<li><a href="/r/{turn}{number}.html">{title}</a> <span>2024-0{turn + 1}-1{number}</span><p>{summary}</p></li>'
        for turn in range(times)
        for number, (title, summary) in enumerate(furniture.teasers)
    ]
    return f"<h3>{furniture.related}</h3><ul>{''.join(rows)}</ul>"


def headlines(furniture: Furniture) -> str:
    rows = [f'<li><a href="/n/{number}.html">{title}</a></li>' for number, (title, _) in enumerate(furniture.teasers)]
    return f"<ul>{''.join(rows * 2)}</ul>"


def comments(furniture: Furniture) -> str:
    rows = [
        f'<div class="comment"><b>user{number}</b> <span>2024-05-0{number + 1}</span><p>{comment}</p></div>'
        for number, comment in enumerate(furniture.comments)
    ]
    return f'<div id="comments">{"".join(rows)}</div>'


def share(furniture: Furniture) -> str:
    return "<div class='sns'>" + "".join(f'<a href="#{word}">{word}</a> ' for word in furniture.share) + "</div>"


def paragraphs(article: Article) -> str:
    return "\n".join(f"<p>{paragraph}</p>" for paragraph in article.paragraphs)


def news_with_teasers_and_comments(article: Article, furniture: Furniture) -> str:
    return page(
        article,
        furniture,
        f"""<header><a href="/">{furniture.site}</a><nav>{menu(furniture)}</nav></header>
<main><article><h1>{article.title}</h1><p class="byline">{furniture.label} {day(article, furniture)}</p>
{share(furniture)}<div class="body">{paragraphs(article)}</div></article>
<section class="more">{teasers(furniture)}</section>{comments(furniture)}</main>
<footer><p>{furniture.footer}</p></footer>""",
    )


def notice_in_a_layout_of_tables(article: Article, furniture: Furniture) -> str:
    rows = "".join(f'<tr><td height="24">　{paragraph}</td></tr>' for paragraph in article.paragraphs)
    side = "".join(f'<tr><td><a href="/{entry}">{entry}</a></td></tr>' for entry in furniture.menu)
    return page(
        article,
        furniture,
        f"""<table width="760" border="0"><tr><td colspan="2"><a href="/">{furniture.site}</a></td></tr>
<tr><td width="160"><table>{side}</table></td><td><table>
<tr><td align="center"><font size="4"><b>{article.title}</b></font></td></tr>
<tr><td align="right">{day(article, furniture)}</td></tr>{rows}</table></td></tr>
<tr><td colspan="2" align="center">{furniture.footer}</td></tr></table>""",
    )


def text_between_breaks(article: Article, furniture: Furniture) -> str:
    words = "<br><br>\n　　".join(article.paragraphs)
    return page(
        article,
        furniture,
        f"""<div id="top">{menu(furniture)}</div><div class="wrap"><div class="left">
<h1>{article.title}</h1><div class="info">{furniture.label}{day(article, furniture)}</div>
<div id="zoom">　　{words}<br></div>{share(furniture)}</div><div class="right">{headlines(furniture)}</div></div>
<div class="foot">{furniture.footer}</div>""",
    )


def nested_fonts(article: Article, furniture: Furniture) -> str:
    words = "<br>".join(
        f'<font face="x"><font size="2">　<font color="#333333">{paragraph}</font></font></font>'
        for paragraph in article.paragraphs
    )
    return page(
        article,
        furniture,
        f"""<center><table><tr><td>{menu(furniture, 2)}</td></tr></table></center>
<center><font size="5"><b>{article.title}</b></font></center><hr>
<table width="95%"><tr><td><font size="2">{furniture.label}{day(article, furniture)}</font><br><br>{words}</td></tr>
</table><hr>{headlines(furniture)}<center><font size="1">{furniture.footer}</font></center>""",
    )


def boxes_without_paragraphs(article: Article, furniture: Furniture) -> str:
    boxes = "".join(
        f'<div class="x{number}"><div><span>{text}</span></div></div>' for number, text in enumerate(article.paragraphs)
    )
    return page(
        article,
        furniture,
        f"""<div id="app"><div class="a1">{menu(furniture)}</div><div class="b2"><div class="c3">
<div class="t">{article.title}</div>
<div class="d">{day(article, furniture)}</div></div><div class="e5">{boxes}</div></div>
<div class="f6">{teasers(furniture)}</div><div class="g7">{furniture.footer}</div></div>""",
    )


def split_by_advertisements(article: Article, furniture: Furniture) -> str:
    advertisement = f'<div class="ad"><a href="/ad"><p>{furniture.advertisement}</p></a></div>'
    parts = f"</div>{advertisement}<div class='text-part'>".join(
        f"<p>{paragraph}</p>" for paragraph in article.paragraphs
    )
    return page(
        article,
        furniture,
        f"""<nav>{menu(furniture)}</nav><div class="story"><h1>{article.title}</h1>
<time datetime="{article.day}T09:00:00+09:00">{day(article, furniture)}</time><div class="text-part">{parts}</div>
</div>
<aside>{headlines(furniture)}</aside><footer>{furniture.footer}</footer>""",
    )


def entries_of_a_list(article: Article, furniture: Furniture) -> str:
    entries = "".join(f"<li>{paragraph}</li>" for paragraph in article.paragraphs)
    return page(
        article,
        furniture,
        f"""<div class="gnb">{menu(furniture)}</div><div id="content"><h1>{article.title}</h1>
<dl class="meta"><dt>{furniture.label}</dt><dd>{day(article, furniture)}</dd></dl><ol>{entries}</ol></div>
<div class="related">{headlines(furniture)}</div><footer>{furniture.footer}</footer>""",
    )


def cookies_first(article: Article, furniture: Furniture) -> str:
    buttons = "".join(f"<button>{word}</button>" for word in furniture.share)
    return page(
        article,
        furniture,
        f"""<div id="consent" role="dialog"><h2>{furniture.site}</h2><p>{furniture.cookies}</p>
<p>{furniture.cookies}</p><p>{furniture.cookies}</p>{buttons}</div>
<header>{menu(furniture, 2)}</header><div role="main"><h1>{article.title}</h1><p>{day(article, furniture)}</p>
{paragraphs(article)}</div><footer>{menu(furniture, 2)}<p>{furniture.footer}</p></footer>""",
    )


def mostly_navigation(article: Article, furniture: Furniture) -> str:
    return page(
        article,
        furniture,
        f"""<div class="skip"><a href="#c">{furniture.menu[0]}</a></div><div class="header">{menu(furniture, 8)}</div>
<div class="path"><a href="/">{furniture.menu[0]}</a> &gt;
<a href="/p">{furniture.menu[2]}</a> &gt; {article.title}</div>
<div class="lnb">{menu(furniture, 3)}</div><div class="view"><div class="view_tit">{article.title}</div>
<ul class="view_info"><li><b>{furniture.label}</b> {day(article, furniture)}</li></ul>
<div class="view_cont">{paragraphs(article)}</div>
<div class="file"><a href="/f/1.pdf">{article.title}.pdf</a> (120 KB)</div></div>
<div class="quick">{headlines(furniture)}</div>
<div class="footer">{menu(furniture, 4)}<address>{furniture.footer}</address></div>""",
    )


def with_linked_data(article: Article, furniture: Furniture) -> str:
    data = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebSite", "name": furniture.site},
            {
                "@type": "NewsArticle",
                "headline": article.title,
                "datePublished": f"{article.day}T08:00:00+00:00",
                "articleBody": article.text,
            },
        ],
    }
    inner = "".join(f'<div class="para">{paragraph}</div>' for paragraph in article.paragraphs)
    return page(
        article,
        furniture,
        f"""<div class="top">{menu(furniture)}</div><h1>{article.title}</h1><div class="story">{inner}</div>
<div class="more">{teasers(furniture, 3)}</div><div class="bottom">{furniture.footer}</div>""",
        f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>',
    )


def with_a_frame_and_noscript(article: Article, furniture: Furniture) -> str:
    words = "</span></p><p>&nbsp;</p><p><span>".join(article.paragraphs)
    return page(
        article,
        furniture,
        f"""<noscript><p>{furniture.cookies}</p></noscript><iframe src="/gnb.html">{furniture.menu[0]}</iframe>
<div class="hd">{menu(furniture, 3)}</div><section><h2>{article.title}</h2>
<span class="date">{day(article, furniture)}</span>
<div class="se_view"><p><span style="font-size:11pt">{words}</span></p></div>
</section><div>{headlines(furniture)}</div><div class="ft">{furniture.footer}</div>""",
    )


def accelerated(article: Article, furniture: Furniture) -> str:
    return page(
        article,
        furniture,
        f"""<amp-sidebar id="s">{menu(furniture)}</amp-sidebar><header><amp-img src="/l.png" width="1" height="1">
</amp-img></header>
<article><h1>{article.title}</h1><amp-img src="/1.jpg" width="2" height="2" alt="{furniture.site}"></amp-img>
<figcaption>{furniture.site}</figcaption>{paragraphs(article)}</article><amp-list>{headlines(furniture)}</amp-list>
<footer>{furniture.footer}</footer>""",
        f'<meta property="article:published_time" content="{article.day}T00:30:00Z">',
    )


def long_teasers_beside(article: Article, furniture: Furniture) -> str:
    """The other releases hold more words than the release."""
    boxes = "".join(
        f'<div class="card"><h4><a href="/c/{number}{turn}">{title}</a></h4><p>{summary}</p><p>{summary}</p></div>'
        for turn in range(4)
        for number, (title, summary) in enumerate(furniture.teasers)
    )
    return page(
        article,
        furniture,
        f"""<nav>{menu(furniture, 2)}</nav><div class="row"><div class="col-8"><h1>{article.title}</h1>
<p><small>{day(article, furniture)}</small></p>{paragraphs(article)}</div><div class="col-4">{boxes}</div></div>
<footer><p>{furniture.footer}</p></footer>""",
    )


def headings_between(article: Article, furniture: Furniture) -> str:
    """Each paragraph has a section and a linked word of its own, as laws and guidance have."""
    sections = "".join(
        f'<section><h3 id="s{number}">{number}</h3><div>{text} <a href="#s1">[1]</a></div></section>'
        for number, text in enumerate(article.paragraphs, start=1)
    )
    return page(
        article,
        furniture,
        f"""<div class="masthead">{menu(furniture, 3)}</div><div class="doc"><h1>{article.title}</h1>
<div class="date">{day(article, furniture)}</div>{sections}</div><div class="siblings">{headlines(furniture)}</div>
<div class="legal">{furniture.footer}</div>""",
    )


MAKES: Final[tuple[Make, ...]] = (
    news_with_teasers_and_comments,
    notice_in_a_layout_of_tables,
    text_between_breaks,
    nested_fonts,
    boxes_without_paragraphs,
    split_by_advertisements,
    entries_of_a_list,
    cookies_first,
    mostly_navigation,
    with_linked_data,
    with_a_frame_and_noscript,
    accelerated,
    long_teasers_beside,
    headings_between,
)


def pages(makes: tuple[Make, ...]) -> Iterator[tuple[str, Article, str]]:
    """Name, article and html of every make in every language; the articles take turns."""
    for number, make in enumerate(makes):
        for turn, tongue in enumerate(TONGUES):
            article = tongue.articles[(number + turn) % 3]
            yield f"{make.__name__} {tongue.furniture.lang}", article, make(article, tongue.furniture)
