"""Bytes of a feed in any dialect -> what it says: decoded here, read as XML (collectors.xmlfeeds) or as JSON Feed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from collectors import jsonfeeds, xmlfeeds
from collectors.entry import Feed as Feed
from collectors.entry import FeedEntry as FeedEntry
from collectors.entry import NotAFeed as NotAFeed
from collectors.entry import Text as Text
from exportwatch import charset

MOST_BYTES: Final = 8 * 1024 * 1024
"""Larger feeds are refused: the largest real ones hold a few hundred entries of some kilobytes."""


def read(body: bytes, content_type: str, url: str, encoding: str = "") -> Feed:
    """The feed; raises NotAFeed. `url`: what relative links begin at; `encoding`: a label known to be right."""
    if len(body) > MOST_BYTES:
        raise NotAFeed(f"{len(body):,} bytes are more than a feed may have ({MOST_BYTES:,})")
    decoded = charset.read_page(body, content_type, encoding)
    read_text = jsonfeeds.read if jsonfeeds.looks_like(decoded.text) else xmlfeeds.read
    return replace(read_text(decoded.text, url), encoding=decoded.codec)
