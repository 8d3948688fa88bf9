"""Where a page says that its feeds are: pure, run in the sandbox.

    <link rel="alternate" type="application/rss+xml" href="…">   declared, with every misspelling that readers forgive
    <a href="/news/rss.xml">RSS</a>                              linked to
    /feed, /rss.xml …                                            guessed, where a page says nothing

Candidates come best first: those of the page's own section and language before others, feeds of comments, tags and
authors last. Whether one is a feed, only its bytes show.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
from bs4 import BeautifulSoup, Tag

from collectors import listing, urls
from collectors.listing import Listing
from exportwatch import charset, markup
from exportwatch.model import Fetched

MOST: Final = 20
"""Candidates of one page."""
_MOST_LINKS: Final = 5_000
_MOST_URL: Final = 2_000
_TYPE: Final = re.compile(r"(?:application|text)/(?:x[.-])?(?:(?:rss|atom|rdf|feed)(?:[+ .]?(?:xml|json))?|json)", re.I)
_XML: Final = re.compile(r"(?:application|text)/xml", re.I)
_NAMED: Final = re.compile(r"(?<![a-z])(?:rss|atom|rdf|feeds?|syndication)(?![a-z])|rss2|feedburner", re.I)
_PATH: Final = re.compile(
    r"\.(?:rss|rdf|atom)$|(?:^|/)(?:rss2?|atom|feeds?)/?$|(?:rss|atom|feed|rdf|index)[^/]{0,40}\.(?:xml|json)$"
    r"|/(?:rss2?|feeds?|atom)/[^.]*(?:\.xml)?$|[\w-]*(?:rss|atom|feed)\.(?:xml|php|aspx?|jsp|do|cgi)$",
    re.I,
)
_QUERY: Final = re.compile(r"(?:^|[&?])(?:feed|format|type|output|alt)=(?:rss2?|atom|feed|rdf)\b", re.I)
_NO_FEED: Final = re.compile(
    r"sitemap|opensearch|oembed|wp-json|xmlrpc|manifest\.|rsd\.xml|\.(?:html?|css|js|png|svg|gif|ico|pdf)$", re.I
)
_SHARING: Final = re.compile(
    r"(?:^|\.)(?:facebook|twitter|x|linkedin|instagram|youtube|weibo|line|kakao|naver|hatena|t|pocket|reddit)"
    r"\.(?:com|me|ne\.jp|co)$",
    re.I,
)
_READERS: Final = re.compile(
    r"(?:^|\.)(?:feedly|inoreader|newsblur|netvibes|bloglovin|theoldreader|google)\.com$", re.I
)
_ASIDE: Final = re.compile(
    r"comment|replies|コメント|댓글|评论|評論|留言|trackback|/(?:tags?|category|categories|author|users?|labels?)/"
    r"|podcast|/(?:tags?|author)[=/]|[?&](?:p|tag|author|cat)=",
    re.I,
)
_WORD: Final = re.compile(r"rss|atom|feed|xml|配信|フィード|購読|구독|피드|订阅|訂閱|聚合", re.I)
_GUESSES: Final = ("feed", "rss.xml", "atom.xml", "index.xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An address that may be a feed, and why it was thought of."""

    url: str
    title: str = ""
    why: Literal["declared", "linked", "guessed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a page says that helps to make a source of it."""

    feeds: tuple[Candidate, ...] = ()
    lists: tuple[Listing, ...] = ()
    """Rows that repeat, the likeliest first."""
    title: str = ""
    lang: str = ""
    codec: str = ""
    """Python's name of the charset of its text."""
    declared: bool = True
    """Whether header, byte order mark or page name a charset."""


def look(fetched: Fetched) -> Found:
    """What the page says. Raises BadRecord for one that no parser may be given."""
    decoded = charset.read_page(fetched.body, fetched.content_type)
    markup.check(decoded.text)
    tree = BeautifulSoup(decoded.text, "lxml")
    root = tree.find("html")
    title = tree.find("title")
    return Found(
        feeds=tuple(candidates(tree, fetched.url)),
        lists=tuple(listing.proposals(tree, _base(tree, fetched.url))),
        title=" ".join(title.get_text().split())[:300] if title else "",
        lang=_attribute(root, "lang") if isinstance(root, Tag) else "",
        codec=decoded.codec,
        declared=bool(charset.declared(fetched.content_type)) or b"charset" in fetched.body[:4096].lower(),
    )


def look_payload(payload: dict[str, Any]) -> dict[str, Any]:
    """`look` between plain values, for the sandbox."""
    plain: dict[str, Any] = msgspec.to_builtins(look(msgspec.convert(payload, Fetched)), builtin_types=(bytes,))
    return plain


def guesses(url: str) -> list[Candidate]:
    """Well-known addresses, for a page that says nothing; few, because each is a request."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}/"
    folder = url if parts.path.endswith("/") and not parts.query else ""
    tried = dict.fromkeys([*([f"{folder}feed"] if folder and folder != root else []), *(root + g for g in _GUESSES)])
    return [Candidate(url=each, why="guessed") for each in tried][: len(_GUESSES)]


def candidates(tree: BeautifulSoup, url: str) -> list[Candidate]:
    """The addresses of feeds that a page declares or links to, the likeliest first."""
    base = _base(tree, url)
    page_lang = _language(url) or _short(_attribute(tree.find("html"), "lang"))
    found: dict[str, tuple[float, Candidate]] = {}
    for link in tree.find_all(["link", "a"], href=True, limit=_MOST_LINKS):
        candidate = _declared(link, base) if link.name == "link" else _linked(link, base)
        if candidate is not None and candidate.url != urls.canonical(url):
            score = _score(candidate, link, url, page_lang)
            if candidate.url not in found or found[candidate.url][0] < score:
                first = found.get(candidate.url, (0, candidate))[1]
                found[candidate.url] = (score, first if first.title else candidate)
    # Stable: of those alike, the page's own order stands.
    ranked = sorted(found.values(), key=lambda pair: -pair[0])
    return [candidate for _, candidate in ranked][:MOST]


def _declared(link: Tag, base: str) -> Candidate | None:
    relations = {each.lower() for each in _listed(link, "rel")}
    kind = _attribute(link, "type").partition(";")[0].strip()
    address = _address(_attribute(link, "href"), base)
    named = bool(_NAMED.search(unquote(urlsplit(address).path)) or _NAMED.search(_attribute(link, "title")))
    if not address or "stylesheet" in relations or _NO_FEED.search(urlsplit(address).path):
        return None
    if "feed" in relations and "alternate" not in relations and kind in ("", "text/html"):
        return Candidate(url=address, title=_attribute(link, "title"), why="declared")
    if not relations & {"alternate", "alternative", "feed", "service.feed"}:
        return None
    typed = _TYPE.fullmatch(kind) is not None and (not kind.lower().endswith("/json") or named)
    if typed or (_XML.fullmatch(kind) and named) or (not kind and named and not _attribute(link, "hreflang")):
        return Candidate(url=address, title=_attribute(link, "title"), why="declared")
    return None


def _linked(link: Tag, base: str) -> Candidate | None:
    address = _address(_attribute(link, "href"), base)
    parts = urlsplit(address)
    path = unquote(parts.path)
    if not address or _SHARING.search(parts.hostname or "") or _NO_FEED.search(path):
        return None
    words = f"{link.get_text(' ')} {_attribute(link, 'title')} {_attribute(link, 'class')}"
    image = link.find("img")
    words += f" {_attribute(image, 'alt')} {_attribute(image, 'src')}" if isinstance(image, Tag) else ""
    kind = _attribute(link, "type").partition(";")[0].strip()
    shaped = bool(_PATH.search(path) or _QUERY.search(parts.query) or "feedburner" in (parts.hostname or ""))
    said = bool(_WORD.search(words)) and path.lower().endswith((".xml", ".rdf", ".json", ".rss"))
    if not (shaped or said or _TYPE.fullmatch(kind)):
        return None
    return Candidate(url=address, title=" ".join(link.get_text(" ").split())[:200], why="linked")


def _address(href: str, base: str) -> str:
    """Absolute; of the schemes of old readers, and of links to readers in the web, the feed within."""
    href = href.strip()
    lower = href.lower()
    for scheme in ("feed:", "itpc:", "pcast:"):
        if lower.startswith(scheme):
            rest = href[len(scheme) :].lstrip("/")
            href = rest if rest.lower().startswith(("http:", "https:")) else f"http://{rest}"
    address = urls.canonical(href, base)
    parts = urlsplit(address)
    if _READERS.search(parts.hostname or ""):
        inside = re.search(r"https?[:%].*", unquote(address)[len(parts.netloc) + len(parts.scheme) + 3 :])
        asked = [value for values in parse_qs(parts.query).values() for value in values if value.startswith("http")]
        address = urls.canonical(asked[0] if asked else inside[0] if inside else "")
    return address if len(address) <= _MOST_URL else ""


def _score(candidate: Candidate, link: Tag, url: str, page_lang: str) -> float:
    page, feed = urlsplit(url), urlsplit(candidate.url)
    said = f"{unquote(feed.path)}?{feed.query} {candidate.title}"
    score = 10.0 if candidate.why == "declared" else 4.0
    score -= 8 * bool(_ASIDE.search(said)) * (not _ASIDE.search(f"{page.path}?{page.query}"))
    score -= 2 * (not _same_site(page.hostname or "", feed.hostname or ""))
    score += 3 * _shared(page.path, feed.path)
    lang = _language(candidate.url) or _short(_attribute(link, "hreflang"))
    score -= 3 * bool(lang and page_lang and lang != page_lang)
    depth = len([part for part in feed.path.split("/") if part])
    return score - 0.1 * max(0, depth - len([part for part in page.path.split("/") if part]) - 1)


def _shared(page: str, feed: str) -> float:
    """Which share of the folders of the page the feed stands in; 0 for a page that is the site's entrance."""
    folders = [part for part in page.lower().split("/")[:-1] if part]
    theirs = [part for part in feed.lower().split("/") if part]
    if not folders:
        return 0.0
    alike = next((n for n, (ours, other) in enumerate(zip(folders, theirs, strict=False)) if ours != other), None)
    return (min(len(folders), len(theirs)) if alike is None else alike) / len(folders)


def _same_site(one: str, other: str) -> bool:
    ours, theirs = one.removeprefix("www."), other.removeprefix("www.")
    return ours == theirs or ours.endswith(f".{theirs}") or theirs.endswith(f".{ours}") or "feedburner" in theirs


def _language(url: str) -> str:
    """Of an address that says it in a folder of its own: /en/, /ko-kr/."""
    match = re.search(r"/(en|ja|jp|ko|kr|zh|cn|tw|fr|de|es|eng|jpn|kor|chn)(?:[-_][a-z]{2,4})?(?=/|$)", url.lower())
    return (
        {"jp": "ja", "kr": "ko", "cn": "zh", "tw": "zh", "eng": "en", "jpn": "ja", "kor": "ko", "chn": "zh"}.get(
            match[1], match[1]
        )
        if match
        else ""
    )


def _short(tag: str) -> str:
    return tag.strip().lower().partition("-")[0].partition("_")[0]


def _base(tree: BeautifulSoup, url: str) -> str:
    base = tree.find("base", href=True)
    return (urls.canonical(_attribute(base, "href"), url) or url) if isinstance(base, Tag) else url


def _listed(element: Tag, name: str) -> list[str]:
    value = element.get(name)
    return value.split() if isinstance(value, str) else list(value or ())


def _attribute(element: object, name: str) -> str:
    value = element.get(name) if isinstance(element, Tag) else None
    return " ".join(value) if isinstance(value, list) else value or ""
