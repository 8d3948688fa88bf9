"""The headline of a page, out of what its data, its metadata, its `title` and its headings say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from typing import Any, Final

from exportwatch import linkeddata
from exportwatch.blocks import Block, heard, width

LONGEST: Final = 300
"""A heading wider than this is none."""
SHORT: Final = 50
"""A `title` no wider than this may be the name of the site."""

_NAMED: Final = ("articletitle", "dc.title", "dcterms.title", "citation_title", "headline")
_SEPARATOR: Final = re.compile(r"\s*[|｜_¦]\s*|\s+[-–—:·•«»<>＜＞]+\s+|\s*[—–]\s*|(?<=[^\x00-\x7f])-(?=[^\x00-\x7f])")
_OFFICE: Final = re.compile(r"\s*[（(][^（()）]{0,20}/[^（()）]{1,30}[)）]$")
"""（METI/経済産業省）, which is no part of a headline."""
_CUT: Final = re.compile(r"\s*(?:…+|\.{3,})$")
_CLASSES: Final = re.compile(
    r"(?<![a-z])(?:title|tit|subject|headline|heading|bt)(?![a-z])|title$|_tit$", re.IGNORECASE
)
_SECTION: Final = re.compile(
    r"(?:press|news|media) ?(?:releases?|room|centre|center)?|announcements?|notices?|details?|view|home|untitled"
    r"|お知らせ|ニュース(?:リリース)?|報道発表(?:資料)?|新着情報|トップページ|詳細|보도 ?자료"
    r"|공지 ?사항|알림마당|고시·?공고|새소식|상세 ?보기|뉴스"
    r"|新闻(?:发布|中心|动态)?"
    r"|通知公告|公告|公示公告|政策发布|信息公开|正文|首页|新聞(?:發布|稿|中心)?|最新消息|公告訊息|首頁|詳細內容",
    re.IGNORECASE,
)
"""Names of parts of sites, which their templates give as titles of all pages."""
_SPACES: Final = re.compile(r"\s+")


def find(tree: Any, blocks: Sequence[Block]) -> str:
    """The headline: a lone `h1` that the page's title confirms, else `og:title`, else `title` without its site.

    Where those only name the site, what the page calls its headline: in its data, its metadata, its only `h1`, or the
    element whose class says so.
    """
    shared = meta(tree, "og:title") or meta(tree, "twitter:title")
    element = line(" ".join(tree.xpath("(//head//title|//title)[1]//text()")))
    if longer := _article_title(tree, element):
        return longer
    site = meta(tree, "og:site_name")
    headings = [said for said in (line(heading.text_content()) for heading in tree.iter("h1")) if said]
    heading = headings[0] if len(headings) == 1 else ""
    spoken = [block for block in blocks if not block.link and not block.aside and block.columns <= LONGEST]
    lines = {heard(cell) for block in spoken for cell in block.text.split("\t")}
    full = _OFFICE.sub("", shared or element)
    chosen = _choose(full, bool(shared), heading, site, lines)
    unsure = chosen == full or bool(_SECTION.fullmatch(_SEPARATOR.split(full)[-1]))
    if chosen and not _SECTION.fullmatch(chosen) and not (unsure and _only_the_site(chosen, site, lines)):
        return chosen
    return next(_others(tree, heading, chosen, site), chosen)


def meta(tree: Any, name: str) -> str:
    """The content of the first `meta` of a name, on one line."""
    path = "//meta[@property=$name or @name=$name or @http-equiv=$name]/@content"
    return line(next(iter(tree.xpath(path, name=name)), ""))


def line(text: str) -> str:
    """The text in one line, each run of white space one space."""
    return _SPACES.sub(" ", text).strip()


def _only_the_site(title: str, site: str, lines: Set[str]) -> bool:
    """Whether a title names the site: it says so, or no line of the page agrees with a title as short as a name."""
    if title == site:
        return True
    said = heard(title)
    return width(title) <= SHORT and not any(said in words or (len(words) > 3 and words in said) for words in lines)


def _others(tree: Any, heading: str, chosen: str, site: str) -> Iterator[str]:
    """What else may be the headline, best first."""
    candidates = [line(linkeddata.said(thing, "headline")) for thing in linkeddata.articles(tree)]
    names = _names(tree)
    candidates += [names.get(name, "") for name in _NAMED]
    candidates.append(heading)
    candidates += _classed(tree)
    candidates += [line(element.text_content()) for element in tree.iter("h2", "h3")]
    for candidate in candidates:
        if candidate and candidate not in (chosen, site) and 4 < width(candidate) <= LONGEST:
            yield candidate


def _article_title(tree: Any, element: str) -> str:
    """What Chinese offices call the headline, where their `title` is a part of it; else empty."""
    said, part = _names(tree).get("articletitle", ""), _CUT.sub("", element)
    return said if part and part in said and len(part) < len(said) and width(said) <= LONGEST else ""


def _names(tree: Any) -> dict[str, str]:
    """The contents of all `meta`, by their names in lower case."""
    return {
        (element.get("name") or "").strip().lower(): line(element.get("content") or "") for element in tree.iter("meta")
    }


def _classed(tree: Any) -> Iterator[str]:
    for element in tree.iter("h1", "h2", "h3", "h4", "div", "p", "td", "strong", "span", "dt"):
        name = f"{element.get('class') or ''} {element.get('id') or ''}"[:LONGEST]
        if name != " " and _CLASSES.search(name) and len(element) <= 3 and element.find(".//a") is None:
            yield line(element.text_content()[: 4 * LONGEST])


def _choose(full: str, shared: bool, heading: str, site: str, lines: Set[str]) -> str:
    """The part of a title that is the headline. `lines` are what the page says elsewhere, as `heard`."""
    if not full:
        return heading
    parts = [part for part in _SEPARATOR.split(full) if part]
    rest = _without(full, parts[-1]) if len(parts) > 1 else full
    if heading and heading != site and heading in full and (heading != parts[-1] or len(heading) >= len(rest)):
        return heading
    if len(parts) < 2 or (shared and not full.endswith(site or "\0")):
        return full
    if heard(rest) in lines:
        return rest
    return rest if len(rest) > len(parts[-1]) or parts[-1] == site else full


def _without(full: str, last: str) -> str:
    """`full` but for its last part and the separator before that."""
    end = len(full) - len(last)
    return next((full[: found.start()] for found in _SEPARATOR.finditer(full) if found.end() == end), full).strip()
