"""What the role `collect` remembers of a source, in the Store under `source/<id>`, and of its pages, `pages/<id>`.

Instants are milliseconds since the epoch; 0 for never. Whatever cannot be read is as if there had been nothing: a
source is then polled as for the first time, which repeats work and loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from exportwatch.health import HealthState
from exportwatch.model import Origin
from exportwatch.store import Put, Store, Stored

STATE: Final = "source/"
PAGES: Final = "pages/"
MOST_COUNTS: Final = 10

T = TypeVar("T")


class SourceState(msgspec.Struct, frozen=True):
    """What is remembered of a source."""

    reader: str = ""
    """Of what `etag`, `last_modified`, `body` and `meaning` hold: the parser's version and the source's definition."""
    etag: str = ""
    last_modified: str = ""
    body: str = ""
    """SHA-256 of the feed that was last published completely."""
    last_success: int = 0
    next_due: int = 0
    failures: int = 0
    """In a row."""
    troubles: dict[str, int] = {}
    """How many of them were of which kind (`freshness.Trouble`)."""
    reason: str = ""
    """Of `health`, or of the last failure; empty while all is well."""
    pages: dict[str, str] = {}
    """Of the entries in the feed whose page was published: id -> hash of the entry (and see `pages.Pages.done`)."""
    missing: dict[str, int] = {}
    """Of the entries whose page could not be had: id -> how often that was tried."""
    meaning: str = ""
    """`Parsed.semantic_hash` of the feed that was last published completely."""
    health: HealthState = ""
    since: int = 0
    """When `health` was first so."""
    moved: str = ""
    """Where the source is now, when it said that it has moved for good."""
    newest: int = 0
    """The latest instant of publication that it ever showed, but for the future."""
    last_new: int = 0
    """When a release appeared that was not known, after the first poll; or the first poll itself."""
    counts: tuple[int, ...] = ()
    """How many releases it showed in each of its last polls, at most MOST_COUNTS."""
    polls: int = 0
    """How often it was polled."""
    ttl: int = 0
    """`Parsed.ttl` of the feed that was read last."""
    quiet: int = 0
    """Polls in a row that brought nothing new."""
    gap: str = ""
    """The last release of a walk that broke off, by its id: down to it, and right behind it, some may not be known."""
    next_visit: int = 0
    """When the first of its pages is to be fetched again."""


class Page(msgspec.Struct, frozen=True, array_like=True):
    """A page that was or will be fetched, in as few bytes as may be: all of its draft that its source does not say."""

    id: str
    url: str
    follow: str
    title: str
    published: str
    precise: bool
    """Whether `published` has a time of day."""
    first: int
    """When it was first seen, in milliseconds."""
    visits: int = 0
    """How often it was looked at again."""
    etag: str = ""
    last_modified: str = ""
    root: str = ""
    lang: str = ""
    origin: Origin = "live"
    """While its page is missing: of the release that it will be."""
    tries: int = 0
    """While its page is missing: how often that was tried; 0 for a page that was had."""
    content: str = ""
    content_type: str = ""


class SourcePages(msgspec.Struct, frozen=True):
    """The pages of a source that are to be fetched again: once missing, or to see whether they were corrected."""

    pages: tuple[Page, ...] = ()


def read(stored: Stored | None, kind: type[T]) -> T:
    """What the Store holds, or an empty one."""
    if stored is None:
        return kind()
    try:
        return msgspec.json.decode(stored.value, type=kind)
    except msgspec.MsgspecError:
        return kind()


def states(store: Store, sources: Sequence[str]) -> dict[str, SourceState]:
    """Of each source by its id; raises Retryable."""
    kept = store.get_many([STATE + source for source in sources])
    return {source: read(kept.get(STATE + source), SourceState) for source in sources}


def put(source: str, value: SourceState | SourcePages) -> Put:
    """The write that remembers it."""
    prefix = STATE if isinstance(value, SourceState) else PAGES
    return Put(prefix + source, msgspec.json.encode(value))
