"""Fetched -> Parsed for feeds of every dialect: pure, and run in the sandbox by wiring.

What a publisher lists is kept, however little it says: an entry without title, text or page is still one. Only what
says nothing at all is a Rejection that names the source and the entry; the others go on. What is no feed at all is
one Rejection and no draft.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from collectors import dates, ids, urls
from collectors.entries import FeedEntry, NotAFeed, Text, read
from collectors.entry import MOST_ENTRIES as MOST_ENTRIES
from collectors.sources import Source
from exportwatch.model import Draft, Fetched, Parsed, Rejection, url_id

VERSION: Final = 2
"""Counts up with every change of what is read from the same bytes: an unchanged feed is then read again."""
_MOST_TITLE: Final = 2_000
_MOST_URL: Final = 2_000
_TAG: Final = re.compile(r"<(?:[A-Za-z/!?][^<>]{0,2000})?>")
_COMMENT: Final = re.compile(r"<!--[^<>]{0,2000}-->")
_BREAK: Final = re.compile(
    r"</?(?:br|p|div|li|ul|ol|tr|td|th|h[1-6]|blockquote|hr|pre)(?:\s[^<>]{0,1000})?/?>", re.IGNORECASE
)
_PLAIN, _HTML = "text/plain; charset=utf-8", "text/html; charset=utf-8"


def parse(fetched: Fetched, source: Source) -> Parsed:
    """The drafts of a feed in its order. Never raises; the same input gives the same answer.

    With `source.follow`, a draft whose entry has a page carries `body` None and the page's URL in
    `extra["follow"]`; what the entry itself says is kept in `extra["content"]` and `extra["content_type"]`.
    """
    try:
        feed = read(fetched.body, fetched.content_type, fetched.url, source.encoding)
    except NotAFeed as error:
        return Parsed(rejections=(Rejection(where=f"{source.id} {fetched.url}", reason=f"not a feed: {error}"),))
    where = f"{source.id} {fetched.url}"
    drafts, rejections = _drafts(feed.entries[:MOST_ENTRIES], fetched.url, source)
    if len(feed.entries) > MOST_ENTRIES:
        reason = f"entries beyond the first {MOST_ENTRIES:,} are not read"
        rejections.append(Rejection(where=where, reason=reason))
    return Parsed(
        drafts=tuple(drafts),
        rejections=tuple(rejections),
        ttl=feed.ttl_seconds,
        next=urls.canonical(feed.next, fetched.url) if feed.next else "",
        semantic_hash=semantic_hash(drafts),
    )


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


def _drafts(entries: Sequence[FeedEntry], base: str, source: Source) -> tuple[list[Draft], list[Rejection]]:
    """In the feed's order, each under an id of its own."""
    rejections: dict[int, Rejection] = {}
    found: list[tuple[int, str, Draft]] = []
    for number, entry in enumerate(entries, start=1):
        draft = _draft(entry, base, source)
        if draft is None:
            rejections[number] = _rejection(source, number, "", "it has no title, text, link, id or date")
        else:
            found.append((number, entry.guid or draft.title, draft))
    names: dict[str, set[str]] = {}
    for _, name, draft in found:
        names.setdefault(draft.id, set()).add(name)
    drafts: dict[str, Draft] = {}
    for number, name, draft in found:
        named = _named(draft, name, len(names[draft.id]) > 1, drafts)
        if named is None:
            reason = f"repeats the id {draft.id} of an entry before it, with another text"
            rejections[number] = _rejection(source, number, draft.url or name, reason)
        else:
            drafts[named.id] = named
    return list(drafts.values()), [rejections[number] for number in sorted(rejections)]


def _named(draft: Draft, name: str, shared: bool, taken: dict[str, Draft]) -> Draft | None:
    """The draft under the first id that no other draft has, or where it is there already; None for a second text."""
    holder = taken.get(draft.id)
    if holder is not None and draft.url and draft.url == holder.url and draft.id != url_id(draft.publisher, draft.url):
        return holder if holder == draft else None  # the publisher's own number says that it is the same release
    for each in _ids(draft, name, shared):
        candidate = replace(draft, id=each)
        if taken.get(each, candidate) == candidate:
            return candidate
    return None


def _ids(draft: Draft, name: str, shared: bool) -> Iterator[str]:
    """The ids a draft may have. Entries that share a URL, but are not named the same, are all known by their names.

    Not the later ones only: which of them is first changes with every new entry.
    """
    by_url = url_id(draft.publisher, draft.url)
    if shared and draft.id == by_url:
        yield url_id(draft.publisher, f"{draft.url}\n{name}")
    else:
        yield draft.id
    if draft.url and not shared:
        yield by_url
    yield url_id(draft.publisher, f"{draft.url}\n{name}\n{draft.title}\n{draft.published}")


def _rejection(source: Source, number: int, name: str, reason: str) -> Rejection:
    return Rejection(where=f"{source.id} entry {number}{f' ({name[:200]})' if name else ''}", reason=reason)


def _draft(entry: FeedEntry, base: str, source: Source) -> Draft | None:
    """A draft, or None for an entry that says nothing. A link that is no http(s) URL, or endless, is no link."""
    link = entry.link if len(entry.link) <= _MOST_URL else ""
    url = urls.canonical(link, base) if link else ""
    title, text = plain(entry.title)[:_MOST_TITLE], entry.content.value
    name = entry.guid or entry.link or title or entry.published or entry.updated or text
    if not name:
        return None
    follow = url if source.follow else ""
    native = ids.release(source, url, name, title)
    if url and "#" in link and native == url_id(source.publisher, url):
        # Known by its URL alone: entries may be paragraphs of one page.
        url = urls.canonical(link, base, fragment=True)
        native = url_id(source.publisher, url)
    published, precision = dates.dated((entry.published, entry.updated), source.date_rule, native)
    content_type = _HTML if entry.content.html else _PLAIN
    return Draft(
        id=native,
        publisher=source.publisher,
        source=source.id,
        kind=source.kind,
        url=url,
        title=title,
        published=published,
        published_precision=precision,
        lang=source.language,
        content_type=content_type,
        body=None if follow else text.encode("utf-8"),
        extra={"follow": follow, "content": text, "content_type": content_type} if follow else {},
    )


def semantic_hash(drafts: Iterable[Draft]) -> str:
    """Hex SHA-256 over ids, titles, URLs, dates and texts in order, whatever white space is between words."""
    digest = hashlib.sha256()
    for draft in drafts:
        text = draft.extra.get("content") or (draft.body or b"").decode("utf-8", "replace")
        for part in (draft.id, draft.title, draft.url, draft.published, " ".join(text.split())):
            digest.update(part.encode("utf-8", "surrogatepass") + b"\x1f")
        digest.update(b"\x1e")
    return digest.hexdigest()


def plain(text: Text) -> str:
    """A title in one line; one that is markup loses its tags and entities."""
    value = html.unescape(_TAG.sub("", _BREAK.sub(" ", _COMMENT.sub("", text.value)))) if text.html else text.value
    return " ".join(value.split())
