"""The one adapter of feedparser: the text of a feed in XML -> what it says.

feedparser's readers of the dialects are driven here, not its `parse`, under conditions that keep them linear in the
size of the input: no sanitising (what is shown is cleaned when it is shown), no rewriting of links inside texts, no
author, no categories, no dates (collectors.dates reads them), no document type. They never see a URL to open. What
is nearly XML is mended first; only what cannot be is left to the reader that takes anything for markup.
"""

from __future__ import annotations

import contextlib
import html
import re
import xml.sax
import xml.sax.handler
import xml.sax.xmlreader
from collections.abc import Mapping
from typing import Any, Final

import feedparser.html  # type: ignore[import-untyped]
import feedparser.mixin  # type: ignore[import-untyped]
import feedparser.parsers.loose  # type: ignore[import-untyped]
import feedparser.parsers.strict  # type: ignore[import-untyped]
import feedparser.urls  # type: ignore[import-untyped]

from collectors import mending
from collectors.entry import MOST_ENTRIES, TOO_MUCH, Feed, FeedEntry, NotAFeed, Text

_XML_DECLARATION: Final = re.compile(r"<\?xml\s[^>]{0,300}\?>")
_ROOTS: Final = frozenset({"rss", "rdf", "feed", "channel"})
_PERIODS: Final = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}
_LONGEST_TTL: Final = 31536000
_NUMBER: Final = re.compile(r"\s*(\d{1,9})(?:\.\d*)?\s*", re.ASCII)
_WEB: Final = re.compile(r"https?://\S", re.IGNORECASE)
_ALTERNATE: Final = ("alternate", "http://www.iana.org/assignments/relation/alternate")
_NO_PAGE: Final = frozenset(
    {
        *("self", "edit", "edit-media", "replies", "next", "previous", "prev", "first", "last", "hub", "search"),
        *("service", "license", "icon", "stylesheet", "author", "payment"),
    }
)
_DATES: Final = (
    ("published", "issued", "pubdate", "dc_date", "prism_publicationdate", "prism_publishdate", "date"),
    ("updated", "modified", "prism_modificationdate", "created"),
)
_INLINE: Final = re.compile(
    r"</?(?:a|abbr|b|big|br|code|div|em|font|i|img|p|s|small|span|strong|sub|sup|tt|u|wbr)(?:\s[^<>]{0,1000})?/?>",
    re.IGNORECASE,
)
_REFERENCE: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,30});")
_TITLES: Final = ("title", "dc_title", "itunes_title", "media_title")
_SUMMARIES: Final = ("summary", "media_description", "itunes_summary", "subtitle")
_UNREAD: Final = ("georss_", "gml_", "geo_", "psc_", "cc_", "creativecommons_", "itunes_", "media_", "dcterms_valid")
"""Prefixes of elements whose readers only cost time; those read here are defined again below."""

_DEEPEST: Final = 5_000
"""A feed that is nested deeper (one whose elements are never closed, say) is read to there."""
_MOST_ATTRIBUTES: Final = 100
_LONGEST_BASE: Final = 2_000
_MOST_TAGS: Final = 200_000
"""Elements read in all attempts together; each costs some 20 µs."""
_MOST_LOOSE: Final = 100_000
"""Signs `<` outside CDATA sections in what is no XML even when mended; each costs up to 30 µs there."""

_Mixin: Any = feedparser.mixin._FeedParserMixin


class _Enough(Exception):
    """What is read so far is all that is wanted: nested deeper, or with more entries, than any feed is."""


class _Reader(_Mixin):  # type: ignore[misc]
    """feedparser's reader without what is costly, and with what it mixes up kept apart."""

    # The id of an entry is what the feed says; `_end_guid` makes the link of it.
    can_be_relative_uri = _Mixin.can_be_relative_uri - {"id"}
    resolve_relative_uris = False
    sanitize_html = False
    tags = 0

    def unknown_starttag(self, tag: str, attributes: list[tuple[str, str]]) -> None:
        self.tags += 1
        if self.tags > _MOST_TAGS:
            raise NotAFeed(f"{TOO_MUCH}: more than {_MOST_TAGS:,} elements, counting those read again for want of XML")
        if self.depth >= _DEEPEST:
            raise _Enough
        if len(self.baseuri) > _LONGEST_BASE:
            attributes = [each for each in attributes if each[0].lower() not in ("xml:base", "base")]
        super().unknown_starttag(tag, attributes[:_MOST_ATTRIBUTES])

    def _start_item(self, attributes: dict[str, str]) -> None:
        if len(self.entries) > MOST_ENTRIES:  # one more than wanted, so that others see that there are more
            raise _Enough
        super()._start_item(attributes)

    _start_entry = _start_item

    def _sync_author_detail(self, key: str = "author") -> None: ...

    def _add_tag(self, term: object, scheme: object, label: object) -> None: ...

    def _start_category(self, attributes: dict[str, str]) -> None:
        self.push("category", 1)

    def _end_category(self) -> None:
        self.pop("category")

    _start_keywords = _start_itunes_category = _start_media_category = _start_dc_subject = _start_category
    _end_keywords = _end_itunes_category = _end_media_category = _end_dc_subject = _end_category

    def _start_tags(self, attributes: dict[str, str]) -> None:
        self.push("tags", 1)

    def _end_tags(self) -> None:
        self.pop("tags")

    def _start_guid(self, attributes: dict[str, str]) -> None:
        self.permalink = attributes.get("ispermalink", "").strip().lower()
        self.guidislink = 0
        self.push("id", 1)

    def _end_guid(self) -> None:
        value = self.pop("id")
        context = self._get_context()
        if value and self.permalink == "true":
            context["permalink"] = self.resolve_uri(value)
        if self.permalink == "false":
            context["opaque"] = True

    _start_id, _end_id = _start_guid, _end_guid

    def _end_published(self) -> None:
        self.pop("published")

    def _end_updated(self) -> None:
        self.pop("updated")

    def _end_created(self) -> None:
        self.pop("created")

    def _end_expirationdate(self) -> None:
        self.pop("expired")

    def _start_dc_date(self, attributes: dict[str, str]) -> None:
        self.push("dc_date", 1)

    def _end_dc_date(self) -> None:
        self.pop("dc_date")

    _end_issued = _end_pubdate = _end_published
    _end_modified = _end_lastbuilddate = _end_updated

    def _start_dc_title(self, attributes: dict[str, str]) -> None:
        self.push_content("dc_title", attributes, "text/plain", 1)

    def _end_dc_title(self) -> None:
        self.pop_content("dc_title")

    def _start_media_title(self, attributes: dict[str, str]) -> None:
        self.push_content("media_title", attributes, "text/plain", 1)

    def _end_media_title(self) -> None:
        self.pop_content("media_title")

    def _start_media_description(self, attributes: dict[str, str]) -> None:
        self.push_content("media_description", attributes, "text/plain", 1)

    def _end_media_description(self) -> None:
        self.pop_content("media_description")

    def _start_itunes_summary(self, attributes: dict[str, str]) -> None:
        self.push_content("itunes_summary", attributes, "text/plain", 1)

    def _end_itunes_summary(self) -> None:
        self.pop_content("itunes_summary")

    def _start_hour(self, attributes: dict[str, str]) -> None:
        self.push("hour", 1)

    def _end_hour(self) -> None:
        self.feeddata.setdefault("skip_hours", []).append(self.pop("hour"))

    def _start_day(self, attributes: dict[str, str]) -> None:
        self.push("day", 1)

    def _end_day(self) -> None:
        self.feeddata.setdefault("skip_days", []).append(self.pop("day"))

    def resolve_uri(self, uri: str) -> str:
        return str(feedparser.urls._urljoin(self.baseuri or "", uri.strip()))


def _leave_unread() -> None:
    """Elements of those prefixes are passed over: their text is nobody's."""
    own = vars(_Reader)
    for name in dir(_Mixin):
        if name.startswith(tuple(f"{when}{prefix}" for when in ("_start_", "_end_") for prefix in _UNREAD)):
            prefixed = name.removeprefix("_start_").removeprefix("_end_")
            if name not in own:
                start = name.startswith("_start_")
                setattr(_Reader, name, _start_unread(prefixed) if start else _end_unread(prefixed))
    for name in ("_start_dcterms_valid", "_start_itunes_block", "_start_itunes_explicit", "_start_itunes_keywords"):
        setattr(_Reader, name, _start_unread(name.removeprefix("_start_")))


def _start_unread(name: str) -> Any:
    def start(self: Any, attributes: dict[str, str]) -> None:
        self.push(name, 0)

    return start


def _end_unread(name: str) -> Any:
    def end(self: Any) -> None:
        self.pop(name)

    return end


_leave_unread()


class _Strict(feedparser.parsers.strict._StrictFeedParser, _Reader, xml.sax.handler.ContentHandler):  # type: ignore[misc]
    """Of well-formed XML; `complete` once the root element of a feed has ended, whatever comes after it."""

    complete = False
    root = ""

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attributes: Any) -> None:
        self.root = self.root or name[1].lower()
        if len(attributes) > _MOST_ATTRIBUTES:  # looked up one by one, each in all
            attributes = xml.sax.xmlreader.AttributesNSImpl({}, {})
        super().startElementNS(name, qname, attributes)

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:
        super().endElementNS(name, qname)
        self.complete = self.complete or (self.depth == 0 and self.root in _ROOTS)


class _Loose(feedparser.parsers.loose._LooseFeedParser, _Reader, feedparser.html._BaseHTMLProcessor):  # type: ignore[misc]
    """Of anything that looks like markup."""


_NAMESPACES: Final[dict[str, str]] = {
    **{prefix: uri for uri, prefix in reversed(_Mixin.namespaces.items()) if prefix},
    "atom": "http://www.w3.org/2005/Atom",
    "a10": "http://www.w3.org/2005/Atom",
    "rss": "http://purl.org/rss/1.0/",
}


def read(text: str, url: str) -> Feed:
    """What a feed says; raises NotAFeed. Malformed XML is read as far as it makes sense."""
    netscape = "netscape" in text[:2000].lower() and "<!doctype" in text[:2000].lower()
    body, entities = mending.without_prolog(_XML_DECLARATION.sub("", mending.NOT_XML.sub("", text), count=1))
    if mending.is_page(body):
        raise NotAFeed("a page of HTML, no feed")
    try:
        reader = _read(body, entities, url)
    except NotAFeed:
        raise
    except Exception as error:  # feedparser promises no exception and lets many through
        raise NotAFeed(f"feedparser fails on it: {error!r}"[:500]) from error
    known = reader.version or _root(body) or (reader.entries and "rss")
    if not known:
        raise NotAFeed(f"no RSS, Atom or JSON Feed, it begins with {' '.join(text[:80].split())!r}")
    return _feed(reader, "rss091n" if netscape and known == "rss091u" else str(known))


def _root(body: str) -> str:
    """`rss`, `rss11` or `cdf` for a feed whose version feedparser does not know."""
    found = re.match(r"<(?:[\w.-]{1,50}:)?(rss|rdf|channel)[\s>/]", body, re.IGNORECASE)
    if found is None:
        return ""
    channel = "rss11" if "http://purl.org/net/rss1.1#" in body[:2000] else "cdf"
    return channel if found[1].lower() == "channel" else "rss"


def _read(body: str, entities: Mapping[str, str], url: str) -> Any:
    reader = _Strict(url, None, "utf-8")
    if _understood(reader, mending.with_entities(body, entities)):
        return reader
    body = mending.mended(body, entities, _NAMESPACES)
    again = _Strict(url, None, "utf-8")
    again.tags = reader.tags
    if _understood(again, body):
        return again
    if mending.signs(body) > _MOST_LOOSE:
        raise NotAFeed(f"{TOO_MUCH}: no XML, and more than {_MOST_LOOSE:,} signs '<'")
    loose = _Loose(url, None, "utf-8", {})
    loose.tags = again.tags
    with contextlib.suppress(_Enough):
        loose.feed(body)
    return loose


def _understood(reader: _Strict, body: str) -> bool:
    """Whether it was well-formed XML; the reader holds what it said."""
    sax = xml.sax.make_parser(["xml.sax.expatreader"])
    sax.setFeature(xml.sax.handler.feature_namespaces, True)
    sax.setFeature(xml.sax.handler.feature_external_ges, False)
    sax.setContentHandler(reader)
    sax.setErrorHandler(reader)
    try:
        # In one piece: expat reads an unfinished token again with every further piece.
        sax.feed(body.encode("utf-8"))  # type: ignore[attr-defined]
        sax.close()  # type: ignore[attr-defined]
    except NotAFeed:
        raise
    except Exception as error:  # also feedparser's own
        return reader.complete or isinstance(error, _Enough)
    return True


def _feed(reader: Any, dialect: str) -> Feed:
    data = reader.feeddata
    return Feed(
        entries=tuple(_entry(entry, guess=not dialect.startswith("atom")) for entry in reader.entries),
        dialect=dialect,
        title=_first(data, _TITLES),
        link=_page(data),
        language=_str(data, "language"),
        ttl_seconds=_ttl(data),
        skip_hours=tuple(sorted({hour % 24 for hour in map(_number, data.get("skip_hours") or []) if 0 <= hour <= 24})),
        skip_days=tuple(day.strip() for day in (data.get("skip_days") or [])[:7] if isinstance(day, str)),
        next=next((_str(link, "href") for link in _links(data) if link.get("rel") in ("next", "next-archive")), "")
        or next((_str(link, "href") for link in _links(data) if link.get("rel") == "prev-archive"), ""),
    )


def _ttl(data: Any) -> int:
    """`ttl` in minutes, or what the syndication module says; at most a year."""
    minutes = _number(_str(data, "ttl"))
    if minutes > 0:
        return min(minutes * 60, _LONGEST_TTL)
    period = _PERIODS.get(_str(data, "sy_updateperiod").lower(), 0)
    if not period and not _str(data, "sy_updatefrequency"):
        return 0
    return (period or _PERIODS["daily"]) // max(_number(_str(data, "sy_updatefrequency")), 1)


def _number(text: object) -> int:
    found = _NUMBER.fullmatch(text) if isinstance(text, str) else None
    return int(found[1]) if found else -1


def _entry(entry: Any, *, guess: bool) -> FeedEntry:
    """`guess`: the dialect does not say whether titles are markup."""
    published, updated = (next(filter(None, (_str(entry, key) for key in keys)), "") for keys in _DATES)
    return FeedEntry(
        title=_guessed(_first(entry, _TITLES)) if guess else _first(entry, _TITLES),
        link=_page(entry),
        guid=_str(entry, "id"),
        published=published,
        updated=updated,
        content=_content(entry),
    )


def _page(context: Any) -> str:
    """The page of an entry: the first alternate (of HTML, if there is one), else its permanent link, else what it has.

    What it has may be an enclosure, or out-of-line content.
    """
    links = [link for link in _links(context) if _str(link, "href")]
    alternates = [link for link in links if dict.get(link, "rel", "alternate") in _ALTERNATE]
    pages = [link for link in alternates if _is_html(dict.get(link, "type", "text/html"))]
    for link in [*pages, *alternates]:
        return _str(link, "href")
    named = _str(context, "id")
    own = _str(context, "permalink") or (named if _WEB.match(named) and "opaque" not in context else "")
    if own:
        return own
    others = [link for link in links if dict.get(link, "rel") not in _NO_PAGE]
    return next((_str(link, "href") for link in others), "")


def _links(context: Any) -> list[Any]:
    links = dict.get(context, "links")
    return links if isinstance(links, list) else []


def _first(context: Any, keys: tuple[str, ...]) -> Text:
    for key in keys:
        if value := _str(context, key):
            detail = dict.get(context, f"{key}_detail") or {}
            return Text(value=value, html=_is_html(detail.get("type")))
    return Text()


def _guessed(title: Text) -> Text:
    """Markup, where it has a tag of the kinds that titles have; else text whose references were meant to be read."""
    if title.html or _INLINE.search(title.value):
        return Text(value=title.value, html=True)
    return Text(value=_REFERENCE.sub(lambda reference: html.unescape(reference[0]), title.value))


def _content(entry: Any) -> Text:
    """The full content where there is one, else the summary."""
    for detail in dict.get(entry, "content") or []:
        if value := _str(detail, "value"):
            return Text(value=value, html=_is_html(detail.get("type")))
    return _first(entry, _SUMMARIES)


def _is_html(content_type: object) -> bool:
    return content_type in ("text/html", "application/xhtml+xml", "html", "xhtml")


def _str(mapping: Any, key: str) -> str:
    # Not the mapping's own get, which answers with other fields where one is missing.
    value = dict.get(mapping, key)
    return value.strip() if isinstance(value, str) else ""
