"""Addresses of our own pages, and which foreign ones may be linked to.

An id may hold any character, so it is one segment of the path, quoted whole; the guard leaves paths quoted until a
handler reads them. `.json` at the end asks for the twin, and one `.html` at the end is no part of the id: it is put
behind ids that end like that themselves, and behind those that browsers would take for a folder (. and ..).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote, urlencode, urlsplit

from exportwatch.model import ID_BYTES

_TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_SAFE: Final = ":@!$,~"
"""May stand in a segment as they are; the rest of what RFC 3986 allows is quoted all the same."""


def document(id: str, query: str = "") -> str:
    """The page of a document; with the query that found it, its words are marked there."""
    return f"/documents/{_segment(id)}{_query(q=query)}"


def document_twin(id: str) -> str:
    """Its JSON."""
    return f"/documents/{quote(id, safe=_SAFE)}.json"


def raw(id: str) -> str:
    """Its original bytes."""
    return f"/documents/{_segment(id)}/raw"


def source(id: str) -> str:
    """Where a source stands on the page of the sources."""
    return f"/sources#{_segment(id)}"


def evidence(id: str, sha256: str) -> str:
    """The bytes of a source's answer that were no use."""
    return f"/sources/{_segment(id)}/evidence/{quote(sha256, safe='')}"


def search(query: str, page: int = 1) -> str:
    """The page of hits."""
    return f"/{_query(q=query, page=page if page > 1 else '')}"


def read_id(quoted: str, *, twin: bool = False) -> str:
    """The id of a path segment, `twin` of one that stood before .json; empty for what cannot be one."""
    try:
        id = unquote(quoted if twin else quoted.removesuffix(".html"), errors="strict")
        return id if 1 <= len(id.encode()) <= ID_BYTES else ""
    except UnicodeError:
        return ""


def outward(url: str) -> str:
    """The URL if it may be linked to (http or https, with a host), else empty."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\x00-\x20\x7f]", url)
    except ValueError:
        return ""
    return url if usable else ""


def lang(tag: str) -> str:
    """A value for the attribute `lang`; empty (unknown) for what is no tag of a language."""
    return tag if tag != "und" and _TAG.fullmatch(tag) else ""


def _segment(id: str) -> str:
    suffix = ".html" if id in (".", "..") or id.endswith((".html", ".json")) else ""
    return quote(id, safe=_SAFE) + suffix


def _query(**values: str | int) -> str:
    given = {name: value for name, value in values.items() if value}
    return f"?{urlencode(given)}" if given else ""
