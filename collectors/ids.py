"""Names of releases: readable, the publisher's own where its pages show them, at most 200 bytes, never from a body."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from collectors.sources import Source
from exportwatch.model import ID_BYTES, url_id

_MOST_SEARCHED: Final = 2_000
_PLAIN: Final = re.compile(r"[\w.()\[\]-]+")


def release(source: Source, url: str, guid: str = "") -> str:
    """By the source's rule; where that finds nothing, or too much, by the URL, or the feed's own id without one."""
    if source.id_rule is not None:
        text = guid if source.id_rule.source == "guid" else url
        match = re.search(source.id_rule.pattern, text[:_MOST_SEARCHED])
        native = "-".join(filter(None, match.groups())) if match else ""
        name = f"{source.publisher}:{native}"
        if native and len(name.encode("utf-8")) <= ID_BYTES and not any(c.isspace() for c in native):
            return name
    return url_id(source.publisher, url or guid)


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
