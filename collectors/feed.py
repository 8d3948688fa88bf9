"""Fetched -> Parsed for RSS and Atom: pure, and run in the sandbox by wiring.

A broken entry is a Rejection that names the source and the entry; the others go on. What is no feed at all is one
Rejection and no draft.
"""

from __future__ import annotations

import html
import re
from typing import Any, Final

import msgspec

from collectors import dates, ids, urls
from collectors.entries import FeedEntry, NotAFeed, Text, read
from collectors.sources import Source
from exportwatch.model import Draft, Fetched, Parsed, Rejection

VERSION: Final = 1
"""Counts up with every change of what is read from the same bytes: an unchanged feed is then read again."""
MOST_ENTRIES: Final = 2_000
_MOST_TITLE: Final = 2_000
_MOST_URL: Final = 2_000
_TAG: Final = re.compile(r"<[^<>]{0,1000}>")
_BREAK: Final = re.compile(r"</?(?:br|p|div|li|h[1-6])(?:\s[^<>]{0,1000})?/?>", re.IGNORECASE)
_PLAIN, _HTML = "text/plain; charset=utf-8", "text/html; charset=utf-8"


def parse(fetched: Fetched, source: Source) -> Parsed:
    """The drafts of a feed in its order. Never raises; the same input gives the same answer.

    With `source.follow`, a draft whose entry has a page carries `body` None and the page's URL in
    `extra["follow"]`; what the entry itself says is kept in `extra["content"]` and `extra["content_type"]`.
    """
    try:
        found = read(fetched.body, fetched.content_type, fetched.url)
    except NotAFeed as error:
        return Parsed(rejections=(Rejection(where=f"{source.id} {fetched.url}", reason=f"not a feed: {error}"),))
    drafts: dict[str, Draft] = {}
    rejections: list[Rejection] = []
    for number, entry in enumerate(found[:MOST_ENTRIES], start=1):
        draft = _draft(entry, fetched.url, source)
        if isinstance(draft, Draft) and draft.id in drafts:
            draft = f"repeats the id {draft.id} of an entry before it"
        if isinstance(draft, Draft):
            drafts[draft.id] = draft
        else:
            rejections.append(Rejection(where=_where(source, number, entry), reason=draft))
    if len(found) > MOST_ENTRIES:
        reason = f"{len(found) - MOST_ENTRIES:,} entries beyond the first {MOST_ENTRIES:,} are not read"
        rejections.append(Rejection(where=f"{source.id} {fetched.url}", reason=reason))
    return Parsed(drafts=tuple(drafts.values()), rejections=tuple(rejections))


def parse_payload(payload: dict[str, Any]) -> dict[str, Any]:
    """`parse` between plain values, for the sandbox: `{"fetched": …, "source": …}` -> Parsed as a dictionary."""
    parsed = parse(msgspec.convert(payload["fetched"], Fetched), msgspec.convert(payload["source"], Source))
    plain: dict[str, Any] = msgspec.to_builtins(parsed, builtin_types=(bytes,))
    return plain


def payload(fetched: Fetched, source: Source) -> dict[str, Any]:
    """What `parse_payload` takes."""
    return {
        "fetched": msgspec.to_builtins(fetched, builtin_types=(bytes,)),
        "source": msgspec.to_builtins(source),
    }


def parsed(answer: dict[str, Any]) -> Parsed:
    """What `parse_payload` gave."""
    return msgspec.convert(answer, Parsed)


def _where(source: Source, number: int, entry: FeedEntry) -> str:
    name = entry.link or entry.guid or entry.title.value
    return f"{source.id} entry {number}{f' ({name[:200]})' if name else ''}"


def _draft(entry: FeedEntry, base: str, source: Source) -> Draft | str:
    """A draft, or the reason why there is none."""
    url = urls.canonical(entry.link, base) if entry.link else urls.canonical(entry.guid)
    if entry.link and not url:
        return f"its link is no http(s) URL: {entry.link[:200]!r}"
    if not url and not entry.guid:
        return "it has neither link nor id"
    if len(url) > _MOST_URL:
        return f"its link has {len(url):,} characters"
    title = _plain(entry.title)[:_MOST_TITLE]
    follow = url if source.follow else ""
    if not title and not entry.content.value and not follow:
        return "it has neither title nor text"
    published, precision = dates.published(entry.published or entry.updated)
    content, content_type = entry.content.value.encode("utf-8"), _HTML if entry.content.html else _PLAIN
    return Draft(
        id=ids.release(source, url, entry.guid),
        publisher=source.publisher,
        source=source.id,
        kind=source.kind,
        url=url,
        title=title,
        published=published,
        published_precision=precision,
        lang=source.language,
        content_type=content_type,
        body=None if follow else content,
        extra={"follow": follow, "content": entry.content.value, "content_type": content_type} if follow else {},
    )


def _plain(title: Text) -> str:
    """A title in one line; one that is markup loses its tags and entities."""
    value = html.unescape(_TAG.sub("", _BREAK.sub(" ", title.value))) if title.html else title.value
    return " ".join(value.split())
