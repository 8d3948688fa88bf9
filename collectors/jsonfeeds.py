"""JSON Feed 1.0 and 1.1: the text of a feed in JSON -> what it says."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urljoin

import msgspec

from collectors.entry import Feed, FeedEntry, NotAFeed, Text


def looks_like(text: str) -> bool:
    """Whether a text is to be read as JSON: neither XML nor HTML begins so."""
    return text[:200].lstrip("\ufeff \t\r\n").startswith("{")


def read(text: str, url: str) -> Feed:
    """What a feed says; raises NotAFeed. An item that is no object is passed over."""
    try:
        table = _decoded(text.lstrip("\ufeff"))
    except (RecursionError, ValueError) as error:
        raise NotAFeed(f"no JSON: {error}"[:500]) from error
    items = table.get("items") if isinstance(table, dict) else None
    version = _str(table, "version") if isinstance(table, dict) else ""
    if not isinstance(items, list) or not ("jsonfeed.org" in version or _like_items(items)):
        raise NotAFeed("JSON, but no JSON Feed: it has no version of jsonfeed.org and no items")
    return Feed(
        entries=tuple(_entry(item, url) for item in items if isinstance(item, dict)),
        dialect="json10" if version.rstrip("/").endswith("/1") else "json11",
        title=Text(value=_str(table, "title")),
        link=_link(table, url, "home_page_url"),
        language=_str(table, "language"),
        next=_link(table, url, "next_url"),
    )


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        # Slower, and takes what is often served: control characters in strings, lone surrogates.
        return json.loads(text, strict=False)


def _like_items(items: list[Any]) -> bool:
    return any(isinstance(item, dict) and {"id", "url"} & item.keys() for item in items[:10])


def _entry(item: dict[str, Any], url: str) -> FeedEntry:
    guid = _str(item, "id")
    link = _link(item, url, "url", "external_url")
    return FeedEntry(
        title=Text(value=_str(item, "title")),
        link=link or (guid if guid.startswith(("https://", "http://")) else ""),
        guid=guid,
        published=_str(item, "date_published"),
        updated=_str(item, "date_modified"),
        content=_content(item),
    )


def _content(item: dict[str, Any]) -> Text:
    if markup := _str(item, "content_html"):
        return Text(value=markup, html=True)
    return Text(value=_str(item, "content_text") or _str(item, "summary"))


def _link(table: dict[str, Any], base: str, *keys: str) -> str:
    """The first of these members that can be a link, absolute."""
    for key in keys:
        if value := _str(table, key):
            try:
                return urljoin(base, value)
            except ValueError:
                continue
    return ""


def _str(table: dict[str, Any], key: str) -> str:
    """A string, or a number as one: 1.0 has both as ids and dates."""
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # A lone surrogate is no character of any text that is to be written down.
    return str(value).strip().encode("utf-8", "replace").decode("utf-8")
