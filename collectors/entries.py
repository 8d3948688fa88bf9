"""The one adapter of feedparser: bytes of a feed -> its entries, untouched but for the character set.

feedparser is given bytes and options under which it is linear in the size of its input: no sanitising (what is shown
is cleaned when it is shown), no rewriting of links inside texts, no author, no categories (both take quadratic time
on hostile input, and nothing here reads them). It never sees a URL to open.
"""

from __future__ import annotations

import io
import re
import sys
from dataclasses import dataclass
from typing import Any, Final

import feedparser  # type: ignore[import-untyped]
import feedparser.mixin  # type: ignore[import-untyped]

from exportwatch.charset import decode_page

MOST_BYTES: Final = 8 * 1024 * 1024
"""Larger feeds are refused: the largest real ones hold a few hundred entries of some kilobytes."""


def _nothing(*_: object, **__: object) -> None: ...


feedparser.mixin._FeedParserMixin._sync_author_detail = _nothing
feedparser.mixin._FeedParserMixin._add_tag = _nothing

_XML_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE: Final = re.compile(r"&#([xX][0-9a-fA-F]{1,20}|[0-9]{1,20});")


class NotAFeed(Exception):
    """The bytes are no feed; caught in collectors.feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text construct of a feed: as given, and whether it is markup."""

    value: str = ""
    html: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One entry as the feed gives it; links are absolute, dates as written."""

    title: Text
    link: str
    guid: str
    published: str
    updated: str
    content: Text


def read(body: bytes, content_type: str, url: str) -> list[FeedEntry]:
    """The entries in the feed's order; raises NotAFeed. Malformed XML is read as far as it makes sense."""
    if len(body) > MOST_BYTES:
        raise NotAFeed(f"{len(body):,} bytes are more than a feed may have ({MOST_BYTES:,})")
    text = _XML_DECLARATION.sub("", _NOT_XML.sub("", decode_page(body, content_type)), count=1)
    parsed = _feedparser(_REFERENCE.sub(_legal, text), url)
    if not parsed.get("version") and not parsed.entries:
        raise NotAFeed(f"no RSS or Atom, it begins with {' '.join(text[:80].split())!r}")
    return [_entry(entry) for entry in parsed.entries]


def _feedparser(text: str, url: str) -> Any:
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    # A bytes argument would be tried as a file name first.
    stream = io.BytesIO(text.encode("utf-8"))
    try:
        return feedparser.parse(stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # feedparser promises no exception and lets many through
        raise NotAFeed(f"feedparser fails on it: {error!r}"[:500]) from error


def _legal(reference: re.Match[str]) -> str:
    """A character reference as it is, or U+FFFD for one to what is no character of XML."""
    digits = reference[1]
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    return reference[0] if code < sys.maxunicode and not _NOT_XML.match(chr(code)) else "\ufffd"


def _entry(entry: Any) -> FeedEntry:
    detail = entry.get("title_detail") or {}
    return FeedEntry(
        title=Text(value=_str(entry, "title"), html=_is_html(detail.get("type"))),
        link=_str(entry, "link"),
        guid=_str(entry, "id"),
        published=_str(entry, "published"),
        updated=_str(entry, "updated"),
        content=_content(entry),
    )


def _content(entry: Any) -> Text:
    """The full content where there is one, else the summary."""
    for detail in [*(entry.get("content") or []), entry.get("summary_detail") or {}]:
        if value := _str(detail, "value"):
            return Text(value=value, html=_is_html(detail.get("type")))
    return Text(value=_str(entry, "summary"))


def _is_html(content_type: object) -> bool:
    return content_type in ("text/html", "application/xhtml+xml")


def _str(mapping: Any, key: str) -> str:
    # Not the mapping's own get, which answers with other fields where one is missing.
    value = dict.get(mapping, key)
    return value.strip() if isinstance(value, str) else ""
