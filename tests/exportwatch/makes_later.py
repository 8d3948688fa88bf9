"""More makes of pages, written when the rule for the main text was fixed: they measure it, they shaped nothing."""

from __future__ import annotations

from typing import Final

from tests.exportwatch.articles import Article, Furniture
from tests.exportwatch.makes import Make, comments, day, headlines, menu, page, paragraphs, share, teasers


def weblog(article: Article, furniture: Furniture) -> str:
    return page(
        article,
        furniture,
        f"""<div id="page" class="hfeed site"><header id="masthead"><p class="site-title">
<a href="/">{furniture.site}</a></p>
<nav class="main-navigation">{menu(furniture, 1)}</nav></header><div id="content" class="site-content">
<div id="primary"><main><article class="post type-post"><header class="entry-header">
<h1 class="entry-title">{article.title}</h1>
<div class="entry-meta">
<time class="entry-date published" datetime="{article.day}T10:00:00+08:00">{day(article, furniture)}</time>
</div></header><div class="entry-content">{paragraphs(article)}{share(furniture)}</div></article>
<div id="comments" class="comments-area"><ol>{comments(furniture)}</ol></div></main></div>
<div id="secondary" class="widget-area"><section class="widget">{headlines(furniture)}</section>
<section class="widget"><p>{furniture.cookies}</p></section></div></div>
<footer class="site-footer">{furniture.footer}</footer></div>""",
    )


def portal(article: Article, furniture: Furniture) -> str:
    """The text is loose in one `div`, with a picture, its caption, and the reporter's address at the end."""
    words = "<br/><br/>".join(article.paragraphs)
    return page(
        article,
        furniture,
        f"""<div class="header_wrap">{menu(furniture, 3)}</div><div id="ct" class="newsct">
<div class="media_end_head">
<h2 class="headline"><span>{article.title}</span></h2>
<span class="datestamp" data-date-time="{article.day} 09:30:00">{day(article, furniture)} 09:30</span>
{share(furniture)}</div><div id="contents"><div class="go_trans"><article id="dic_area">
<span class="end_photo"><img src="p.jpg" alt="">
<em class="img_desc">{furniture.site}</em></span>{words}</article></div>
<div class="byline"><span>kim@news.example</span></div><div class="copyright">&copy; {furniture.site}</div></div>
<div class="media_end_linked">{teasers(furniture, 2)}</div></div>
<div class="aside_wrap">{headlines(furniture)}{headlines(furniture)}</div>
<div class="footer_wrap">{furniture.footer}</div>""",
    )


def word_processor(article: Article, furniture: Furniture) -> str:
    """Pasted from Word into a content management system."""
    words = "".join(
        '<p class="MsoNormal" style="text-indent:2em"><span lang="EN-US"><o:p></o:p></span>'
        f'<span style="font-family:x">{part}</span></p>'
        for part in article.paragraphs
    )
    return page(
        article,
        furniture,
        f"""<div class="top_nav">{menu(furniture, 2)}</div><div class="weizhi">
<a href="/">{furniture.menu[0]}</a> &gt; <a href="/z">{furniture.menu[3]}</a></div>
<table class="xxgk"><tr><td>{furniture.label}</td><td>{day(article, furniture)}</td></tr></table>
<div class="art-title">{article.title}</div><div class="TRS_Editor"><div class="Custom_UnionStyle">{words}</div></div>
<div class="xglj">{headlines(furniture)}</div><div class="bottom">{furniture.footer}</div>""",
    )


def preformatted(article: Article, furniture: Furniture) -> str:
    words = "\n\n".join(article.paragraphs)
    return page(
        article,
        furniture,
        f"""<p><a href="/">{furniture.site}</a> | <a href="/i">{furniture.menu[2]}</a></p><h1>{article.title}</h1>
<p>{day(article, furniture)}</p>
<pre>{words}</pre><hr><p><a href="/p">{furniture.menu[4]}</a> <a href="/n">{furniture.menu[5]}</a></p>
<address>{furniture.footer}</address>""",
    )


def definitions(article: Article, furniture: Furniture) -> str:
    rows = "".join(f"<dt>{number}</dt><dd>{part}</dd>" for number, part in enumerate(article.paragraphs, start=1))
    return page(
        article,
        furniture,
        f"""<div id="header">{menu(furniture, 2)}</div><div id="main"><h1 class="pageTitle">{article.title}</h1>
<p class="date">{day(article, furniture)}</p>
<dl class="law">{rows}</dl></div><div id="sub">{menu(furniture, 2)}</div><div id="footer"><p>{furniture.footer}</p>
</div>""",
    )


def board(article: Article, furniture: Furniture) -> str:
    """A bulletin board that shows a notice as a table, and the list of notices below it."""
    rows = "".join(
        f'<tr><td>{90 - number}</td><td><a href="/v/{number}">{title}</a></td><td>{furniture.site}</td>'
        f"<td>2024-02-0{number + 1}</td><td>{number * 31}</td></tr>"
        for number, (title, _) in enumerate(furniture.teasers * 2)
    )
    return page(
        article,
        furniture,
        f"""<div id="gnb">{menu(furniture, 3)}</div><div id="contents"><h3>{furniture.menu[2]}</h3>
<table class="board_view"><tbody><tr><th>{furniture.menu[2]}</th><td colspan="3">{article.title}</td></tr>
<tr><th>{furniture.label}</th><td>{day(article, furniture)}</td><th>No.</th><td>1044</td></tr>
<tr><td colspan="4"><div class="con">{paragraphs(article)}</div></td></tr></tbody></table>
<table class="board_list"><tbody>{rows}</tbody></table></div><div id="footer">{furniture.footer}</div>""",
    )


def pages_of_a_long_read(article: Article, furniture: Furniture) -> str:
    parts = "".join(
        f'<section class="block"><div class="inner"><p class="lead">{part}</p></div></section>'
        for part in article.paragraphs
    )
    numbers = "".join(f'<li><a href="?page={number}">{number}</a></li>' for number in range(1, 9))
    return page(
        article,
        furniture,
        f"""<header class="gh">{menu(furniture, 1)}</header><article class="lr"><header><h1>
<a href="/self">{article.title}</a></h1>
<p class="pub">{furniture.label} {day(article, furniture)}</p></header>{parts}<ul class="pager">{numbers}</ul>
</article>
<section class="ranking"><h2>{furniture.related}</h2><ol>{headlines(furniture)}</ol></section>
<footer>{menu(furniture, 2)}{furniture.footer}</footer>""",
    )


def subscription_in_the_middle(article: Article, furniture: Furniture) -> str:
    half = len(article.paragraphs) // 2
    first = "".join(f"<p>{part}</p>" for part in article.paragraphs[:half])
    second = "".join(f"<p>{part}</p>" for part in article.paragraphs[half:])
    box = (
        f'<div class="newsletter-signup"><h4>{furniture.site}</h4><p>{furniture.cookies}</p>'
        "<form><input><button>OK</button></form></div>"
    )
    return page(
        article,
        furniture,
        f"""<nav class="t">{menu(furniture, 2)}</nav><div class="grid"><div class="story-body">
<h1>{article.title}</h1>
<div class="timestamp">{day(article, furniture)}</div>{first}{box}<figure><img src="x.png">
<figcaption>{furniture.site}</figcaption></figure>{second}</div>
<div class="rail">{teasers(furniture, 1)}</div></div><footer class="b">{furniture.footer}</footer>""",
    )


def scripted(article: Article, furniture: Furniture) -> str:
    """A page of an application: names of classes say nothing, templates and state lie around."""
    inner = "".join(f'<p class="sc-{number}kx">{part}</p>' for number, part in enumerate(article.paragraphs))
    return page(
        article,
        furniture,
        f"""<div id="__next"><div class="sc-a1"><ul class="sc-b2">{menu(furniture, 1)}</ul></div><div class="sc-c3">
<h1 class="sc-d4">{article.title}</h1>
<span class="sc-e5">{day(article, furniture)}</span><div class="sc-f6">{inner}</div><button>OK</button></div>
<div class="sc-g7">{headlines(furniture)}</div></div>
<template><p>{furniture.cookies}</p></template>
<script id="__NEXT_DATA__" type="application/json">{{"props":{{"text":"{furniture.advertisement}"}}}}</script>""",
    )


def quotations(article: Article, furniture: Furniture) -> str:
    first, *others = article.paragraphs
    quoted = "".join(f"<blockquote><p>{part}</p></blockquote>" for part in others)
    return page(
        article,
        furniture,
        f"""<div class="topbar">{menu(furniture, 2)}</div><div class="column"><h1>{article.title}</h1>
<p>{day(article, furniture)}</p><p>{first}</p>{quoted}
<ul class="tags"><li><a href="/t/1">{furniture.menu[3]}</a></li><li><a href="/t/2">{furniture.menu[4]}</a></li></ul>
</div>
<div class="bottombar"><p>{furniture.footer}</p></div>""",
    )


def table_of_rows(article: Article, furniture: Furniture) -> str:
    rows = "".join(
        f"<tr><th>{number}</th><td>{part}</td></tr>" for number, part in enumerate(article.paragraphs, start=1)
    )
    return page(
        article,
        furniture,
        f"""<div class="hd">{menu(furniture, 2)}</div><div class="ct"><h1>{article.title}</h1>
<p class="dt">{day(article, furniture)}</p>
<table border="1"><caption></caption>{rows}</table></div><div class="sd">{headlines(furniture)}</div>
<div class="ft">{furniture.footer}</div>""",
    )


def share_box_and_disclaimer(article: Article, furniture: Furniture) -> str:
    return page(
        article,
        furniture,
        f"""<div class="nav_bar">{menu(furniture, 2)}</div><div class="main_left">
<h1 id="artibodyTitle">{article.title}</h1>
<div class="page-info"><span class="time-source">{day(article, furniture)} 14:05 <a href="/s">{furniture.site}</a>
</span></div>
<div id="artibody">{paragraphs(article)}<div class="app-download"><p>{furniture.advertisement}</p></div></div>
<div class="keywords"><a href="/k">{furniture.menu[1]}</a></div><div class="statement">{furniture.cookies}</div></div>
<div class="main_right">{teasers(furniture, 1)}</div><div class="foot_nav">{furniture.footer}</div>""",
    )


def framed_twice(article: Article, furniture: Furniture) -> str:
    """Two nested layouts of tables, all text in one cell, paragraphs by `br` within `font`."""
    words = "<br>　".join(article.paragraphs)
    cells = "".join(
        f'<td align="center"><a href="/{entry}"><font size="2">{entry}</font></a></td>' for entry in furniture.menu
    )
    return page(
        article,
        furniture,
        f"""<table width="100%"><tr>{cells}</tr></table><table width="100%"><tr>
<td valign="top" width="20%">{headlines(furniture)}</td>
<td valign="top"><table><tr><td><b>{article.title}</b></td></tr><tr><td>{day(article, furniture)}</td></tr>
<tr><td><font size="3">　{words}</font></td></tr></table></td></tr></table><center>{furniture.footer}</center>""",
    )


def government(article: Article, furniture: Furniture) -> str:
    return page(
        article,
        furniture,
        f"""<a class="skip-link" href="#content">{furniture.menu[0]}</a><div class="global-cookie-message">
<p>{furniture.cookies}</p><button>OK</button></div>
<header role="banner">{menu(furniture, 1)}</header><div class="breadcrumbs"><ol><li>
<a href="/">{furniture.menu[0]}</a></li><li><a href="/b">{furniture.menu[3]}</a></li></ol></div>
<main id="content" role="main"><div class="row"><h1 class="title">{article.title}</h1><dl class="metadata">
<dt>{furniture.label}</dt><dd>{day(article, furniture)}</dd>
<dt>{furniture.menu[1]}</dt><dd><a href="/o">{furniture.site}</a></dd></dl></div>
<div class="govspeak">{paragraphs(article)}</div>
<div class="contextual-sidebar">{headlines(furniture)}</div></main>
<footer role="contentinfo">{menu(furniture, 2)}<p>{furniture.footer}</p></footer>""",
    )


LATER: Final[tuple[Make, ...]] = (
    weblog,
    portal,
    word_processor,
    preformatted,
    definitions,
    board,
    pages_of_a_long_read,
    subscription_in_the_middle,
    scripted,
    quotations,
    table_of_rows,
    share_box_and_disclaimer,
    framed_twice,
    government,
)
