"""What saved bytes would yield: the entries of a feed, the rows of a list, or a single page. Pure, run in the sandbox.

Nobody says which of them it is: what is a feed is told from a page by its bytes, whatever it is served as, and a list
is only one by the rule of a source that is named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import msgspec

from collectors import dates, entries, feed, ids, urls
from collectors.entry import TOO_MUCH, Text
from collectors.sources import Source
from exportwatch import content
from exportwatch.clock import rfc3339
from exportwatch.errors import BadRecord
from exportwatch.model import Draft, Fetched, Parsed, Precision, Rejection

Kind = Literal["feed", "list", "page"]
PUBLISHER: Final = "import"
"""Namespace of the ids where no source is known."""
_DAY: Final = 24 * 3600 * 1000
_NO_FEED: Final = "not a feed"
_MOST_LINE: Final = 300
_FILES: Final = (b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_A_PAGE: Final = re.compile(rb"\s*(?:<!--.{0,1000}?-->\s*|<\?xml[^>]{0,200}>\s*)?<!doctype\s+html\b", re.I | re.S)
_A_FEED: Final = re.compile(rb"<(?:[\w.-]{1,50}:)?(?:rss|rdf|feed)[\s>]|//jsonfeed\.org/version/", re.IGNORECASE)
_MARKUP: Final = re.compile(rb"</(?:p|div|a|span|td|li|title|h[1-6]|article|section)\s*>", re.IGNORECASE)
_SNIFFED: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One release as it would be published; `lang` as declared, `text` plain."""

    id: str
    url: str
    title: str
    published: str
    published_precision: Precision
    lang: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the bytes were taken for, what they yield in order, and what had to be refused."""

    kind: Kind
    lines: tuple[Line, ...] = ()
    rejections: tuple[Rejection, ...] = ()


def read(fetched: Fetched, source: Source, named: bool = False) -> Preview:
    """Never raises BadRecord; the same input gives the same answer.

    `named`: the bytes are of this source, so its rules say how to read them. Else of a source only its publisher, id
    rule and encoding count, and `anybody` is one that gives ids by URL.
    """
    refused: tuple[Rejection, ...] = ()
    if named and source.parser != "feed" and not _is_release(fetched.url, source):
        parsed = _listed(fetched, source)
        if parsed.drafts or source.parser == "api" or urls.canonical(fetched.url) == urls.canonical(source.url):
            return _preview("list", parsed)
        refused = parsed.rejections
    parsed = _feed(fetched, source)
    if not _is_no_feed(parsed) or _too_large(fetched, parsed):
        return _preview("feed", parsed)
    if named and source.parser == "feed" and urls.canonical(fetched.url) == urls.canonical(source.url):
        return _preview("feed", parsed)
    page = _page(fetched, source, named)
    return replace(page, rejections=refused + page.rejections) if not page.lines else page


def read_payload(payload: dict[str, Any]) -> dict[str, Any]:
    """`read` between plain values, for the sandbox: fetched, source and named -> Preview as a dictionary."""
    fetched, source = msgspec.convert(payload["fetched"], Fetched), msgspec.convert(payload["source"], Source)
    plain: dict[str, Any] = msgspec.to_builtins(read(fetched, source, payload["named"]), builtin_types=(bytes,))
    return plain


def anybody(url: str, encoding: str = "") -> Source:
    """A source of which nothing is known but the URL of what it served."""
    return Source(id=PUBLISHER, publisher=PUBLISHER, url=url, kind="", minimum=0, encoding=encoding)


def _is_release(url: str, source: Source) -> bool:
    """Whether the id rule knows the URL as that of a single release."""
    rule = source.id_rule
    return (
        rule is not None and rule.source == "link" and re.search(rule.pattern, urls.canonical(url)[:2000]) is not None
    )


def _listed(fetched: Fetched, source: Source) -> Parsed:
    if source.parser == "api":
        from collectors import api

        return api.parse(fetched, source)
    from collectors import page

    return page.parse(fetched, source)


def _feed(fetched: Fetched, source: Source) -> Parsed:
    """As a feed; a file of an office or a page that says so at its begin is none, whatever it quotes."""
    head = fetched.body[:2048].replace(b"\x00", b"")
    if fetched.body.startswith(_FILES) or _A_PAGE.match(head):
        return Parsed(rejections=(Rejection(where=fetched.url, reason=f"{_NO_FEED}: a page or a file"),))
    return feed.parse(fetched, source)


def _is_no_feed(parsed: Parsed) -> bool:
    return not parsed.drafts and any(rejection.reason.startswith(_NO_FEED) for rejection in parsed.rejections)


def _too_large(fetched: Fetched, parsed: Parsed) -> bool:
    """Whether it is a feed that nobody reads for its size: as a page it would be one release of all its markup."""
    given_up = any(rejection.reason.startswith(f"{_NO_FEED}: {TOO_MUCH}") for rejection in parsed.rejections)
    return (given_up or len(fetched.body) > entries.MOST_BYTES) and bool(
        _A_FEED.search(fetched.body[:2048].replace(b"\x00", b""))
    )


def _preview(kind: Kind, parsed: Parsed) -> Preview:
    return Preview(kind=kind, lines=tuple(map(_line, parsed.drafts)), rejections=parsed.rejections)


def _line(draft: Draft) -> Line:
    said = draft.extra.get("content") or (draft.body or b"").decode("utf-8", "replace")
    content_type = draft.extra.get("content_type") or draft.content_type
    return Line(
        id=draft.id,
        url=draft.url,
        title=draft.title,
        published=draft.published,
        published_precision=draft.published_precision,
        lang=draft.lang,
        text=_plain(said) if content_type.startswith("text/html") else said,
    )


def _plain(markup_text: str) -> str:
    """All that an entry says, without its markup. What a parser may not be given loses its tags alone."""
    if not markup_text.strip():
        return ""
    from exportwatch import maintext, markup

    try:
        markup.check(markup_text)
    except BadRecord:
        return feed.plain(Text(value=markup_text, html=True))
    return maintext.everything(markup_text)


def _page(fetched: Fetched, source: Source, named: bool) -> Preview:
    url = urls.canonical(fetched.url) or fetched.url
    latest = rfc3339(fetched.observed + _DAY)[:10]
    main = source.main if named else ""
    kind = _content_type(fetched)
    try:
        found = content.extract(fetched.body, kind, fetched.url, latest=latest, main=main, encoding=source.encoding)
    except BadRecord as error:
        return _refused(fetched, str(error))
    title = " ".join(found.title.split()) or _first_line(found.text)
    if not title:
        return _refused(fetched, "neither a title nor any text was found")
    name = ids.release(source, url, title=title)
    rule = source.date_rule and replace(source.date_rule, listed="published")
    published, precision = dates.dated((found.published,), rule, name)
    line = Line(
        id=name,
        url=url,
        title=title,
        published=published,
        published_precision=precision,
        lang=(source.language if named else "") or found.lang,
        text=found.text,
    )
    return Preview(kind="page", lines=(line,))


def _refused(fetched: Fetched, reason: str) -> Preview:
    return Preview(kind="page", rejections=(Rejection(where=fetched.url, reason=reason),))


def _content_type(fetched: Fetched) -> str:
    """As served; of bytes that nobody says anything of and that do not begin as a page, by what is in them."""
    body, content_type = fetched.body, fetched.content_type
    media = content_type.partition(";")[0].strip().lower()
    if media.startswith("text/") or content.kind_of(body, content_type, fetched.url) not in ("", "text"):
        return content_type
    if body.startswith(_FILES):
        return content_type or "application/octet-stream"
    if _MARKUP.search(body[:_SNIFFED].replace(b"\x00", b"")):
        return f"text/html{content_type[len(media) :]}"
    return content_type or ("application/xml" if body.lstrip().startswith(b"<?xml") else "")


def _first_line(text: str) -> str:
    return next((" ".join(line.split()) for line in text.splitlines() if line.strip()), "")[:_MOST_LINE]
