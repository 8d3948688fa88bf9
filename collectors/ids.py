"""Names of releases: readable, the publisher's own where its pages show them, at most 200 bytes, never from a body."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from collectors.sources import Source
from exportwatch.model import ID_BYTES, url_id

_MOST_SEARCHED: Final = 2_000
_PLAIN: Final = re.compile(r"[\w.()\[\]-]+")


def release(source: Source, url: str, guid: str = "", title: str = "") -> str:
    """By the source's rule; where that finds nothing, or too much, by the URL, or the feed's own id without one."""
    rule = source.id_rule
    if rule is not None:
        texts = {"link": url, "guid": guid, "title": _compatible(title)}
        for pattern, text in ((rule.title, texts["title"]), (rule.pattern, texts[rule.source])):
            native = _native(pattern, text)
            if native and len(f"{source.publisher}:{native}".encode()) <= ID_BYTES:
                return f"{source.publisher}:{native}"
    return url_id(source.publisher, url or guid)


def _native(pattern: str, text: str) -> str:
    """The groups joined by hyphens; empty where there is no match, or white space in it."""
    match = re.search(pattern, text[:_MOST_SEARCHED]) if pattern else None
    native = "-".join(filter(None, match.groups())) if match else ""
    return "" if any(c.isspace() for c in native) else native


def _compatible(title: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", title[:_MOST_SEARCHED]).split())


def attachments(root: str, publisher: str, links: Sequence[str]) -> list[str]:
    """An id a link: `<root>/<file name>`, or 16 hex digits in place of a name that is shared, odd or asks for more."""
    names = [_file_name(link) for link in links]
    return [
        _attachment(root, publisher, link, name if names.count(name) == 1 else "")
        for link, name in zip(links, names, strict=True)
    ]


def _file_name(link: str) -> str:
    """Empty where the path does not say all: a query may be the whole difference between two files."""
    parts = urlsplit(link)
    name = unquote(parts.path.rpartition("/")[2])
    return "" if parts.query or not _PLAIN.fullmatch(name) else name


def _attachment(root: str, publisher: str, link: str, name: str) -> str:
    hashed = hashlib.sha256(link.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    for candidate in filter(None, (name, hashed)):
        if len(f"{root}/{candidate}".encode()) <= ID_BYTES:
            return f"{root}/{candidate}"
    return url_id(publisher, link)
