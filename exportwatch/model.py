"""What flows through exportwatch, named for its place in the flow.

    Fetched -> Release -> Document -> Classified -> Entry (index.py)
       fetch     feed…     extract     classify |    search
                                                -> Alert
                                                     match

Everything is frozen and built from plain values, so that a stage is a function and a replay gives the same
result. Instants are milliseconds since the epoch (UTC); dates are strings as the publisher gave them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

Origin = Literal["live", "import", "backfill", "replay"]
State = Literal["ok", "too large", "unreadable"]
Precision = Literal["day", "second"]
Field = Literal["title", "text"]
Action = Literal[
    "tighten",
    "ease",
    "list",
    "delist",
    "license",
    "enforce",
    "investigate",
    "dialogue",
    "complaint",
    "guidance",
    "report",
]
MentionKind = Literal[
    "item", "code", "agency", "jurisdiction", "programme", "instrument", "topic", "action", "party", "date"
]

INLINE_BYTES = 256 * 1024
"""Bodies up to this size travel inside the record; larger ones lie in Blobs (claim check)."""
ID_BYTES = 200
"""A document id is at most this many UTF-8 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What one request brought: decoded body bytes, lower-case header names, when it was observed."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    observed: int
    requested: str = ""
    """The URL asked for, where redirects led elsewhere."""
    moved: str = ""
    """Where redirects led that all hold for good (301, 308); empty where there were none, or one for the time being."""

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The original bytes of a release: inline, or by hash in Blobs, or (state `too large`) neither."""

    content_type: str
    sha256: str
    size: int
    data: bytes | None = None
    """None: the bytes lie in Blobs under `sha256`, or were not kept (Release.state says which)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A new or changed release as it was observed: the archive. A new revision is a new Release of one id."""

    id: str
    publisher: str
    source: str
    kind: str
    url: str
    title: str
    published: str
    """`YYYY-MM-DD`, or RFC 3339 with the source's own offset; empty when unknown."""
    published_precision: Precision
    lang: str
    """As declared by the source or the importer; empty when nobody said."""
    body: Body | None
    observed: int
    origin: Origin
    content_hash: str
    """Over all that a Release carries but `observed`, `origin`, `source` and `supplied`: `content_hash()`."""
    state: State = "ok"
    root: str = ""
    """For an attachment: the id of its release page."""
    supplied: str = ""
    """Of an imported original: who supplied it, and from which file."""

    @property
    def key(self) -> str:
        return f"{self.id}@{self.observed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A release read: title and main text exactly as given or extracted; never rewritten afterwards."""

    id: str
    publisher: str
    source: str
    kind: str
    url: str
    title: str
    text: str
    lang: str
    published: str
    published_precision: Precision
    observed: int
    origin: Origin
    content_hash: str
    sha256: str
    """Of the original bytes; empty where there are none."""
    size: int
    state: State = "ok"
    root: str = ""
    truncated: int = 0
    """Characters of text beyond `max_text_characters`, counted and dropped."""
    place: tuple[int, int] | None = None
    """Partition and offset of its release in the topic releases, where the original bytes are found."""
    supplied: str = ""
    """Of an imported original: who supplied it, and from which file."""

    @property
    def native_id(self) -> str:
        """The id as the publisher gives it."""
        return self.id.removeprefix(f"{self.publisher}:")

    @property
    def day(self) -> str:
        """The publisher's calendar day of publication, or empty."""
        return self.published[:10]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Code-point offsets into one field of a Document: `field[start:end]` is the quote."""

    field: Field
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One thing named in the document, and the rule that says so; `text` is the quote."""

    kind: MentionKind
    concept: str
    """Taxonomy id, code, acronym, ISO 3166 code, action or ISO day, by kind."""
    field: Field
    start: int
    end: int
    text: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One event of export control: who does what against whom, for which items, when, and how sure we are."""

    action: Action
    implementing: tuple[str, ...] = ()
    affected: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    agency: str = ""
    basis: str = ""
    announced: str = ""
    published: str = ""
    effective: str = ""
    expires: str = ""
    status: str = ""
    reported: Literal["now", "recalled"] = "now"
    confidence: float = 0.0
    evidence: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a classifier says of a document; the JSON of `exportwatch classify` but for the id."""

    lang: str
    relevant: bool
    score: float
    actions: tuple[Action, ...] = ()
    implementing: tuple[str, ...] = ()
    affected: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    item_labels: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()
    measures: tuple[Measure, ...] = ()
    truncated: int = 0
    """Mentions beyond the limits, counted and dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """A document with its claims and the generation of the rules that made them (0-999)."""

    document: Document
    claims: Claims
    generation: int = 0

    @property
    def version(self) -> int:
        """Orders revisions in the index: observation first, then rules."""
        return self.document.observed * 1000 + self.generation


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who wants to be told of what. Kept in the Store (subscriptions.py)."""

    id: str
    """Readable: a-z, 0-9 and hyphens, at most 60."""
    query: str
    """Of the search language, as typed."""
    channels: tuple[str, ...]
    """URLs: `console:`, `file:/path.jsonl`, `https://…`, `mailto:someone@example.org`."""
    changed: int
    """When it was made or last changed, in milliseconds; it fires only for what was observed later."""
    all_origins: bool = False
    """Whether it fires for backfill and replay too."""
    secret: str = field(default="", repr=False)
    """Key of the signatures of its webhooks; shown once, when it is made, never logged."""
    note: str = ""
    health: bool = False
    """Whether it is told when a source changes its state, and of no documents; its query is then empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words that prove a hit, with a little text around: `text[mark_start:mark_end]` is `field[start:end]`."""

    field: Field
    start: int
    end: int
    text: str
    """As in the document, with up to 60 characters on either side."""
    mark_start: int
    mark_end: int
    concept: str = ""
    """The English label of what the words name; empty where they are the subscriber's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One revision of a document that answers a subscription: all that a message says of it."""

    subscription: str
    document: str
    root: str
    """The id of the release page for an attachment, else that of the document."""
    observed: int
    origin: Origin
    claims_hash: str
    """Hex, over what is claimed (`claims_hash()`); root and claims hash make an alert of a subscription unique."""
    title: str
    lang: str
    url: str
    source: str
    publisher: str
    published: str
    actions: tuple[Action, ...]
    implementing: tuple[str, ...]
    affected: tuple[str, ...]
    item_labels: tuple[str, ...]
    """In English."""
    agencies: tuple[str, ...]
    evidence: tuple[Quote, ...]
    matched: int
    """When it was found, in milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A record that could not be processed: why, where it came from, and the record itself."""

    topic: str
    partition: int
    offset: int
    key: str
    stage: str
    reason: str
    at: int
    original: bytes | None = None
    """The record's own bytes; None: they lie in Blobs under `sha256`."""
    sha256: str = ""
    size: int = 0
    purge: bool = False
    """The record's value was null."""

    @property
    def id(self) -> str:
        """A repeat of the same record is the same letter."""
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """An input that never became a Release, with the place to look at (file and line, or URL)."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a parser found in one input: releases-to-be and what it had to refuse, in order."""

    drafts: tuple[Draft, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    ttl: int = 0
    """Seconds for which the publisher asks us to stay away; 0 for no wish."""
    next: str = ""
    """URL of the next older page of the same list; empty for none."""
    semantic_hash: str = ""
    """Hex SHA-256 over what was read, in order; the same where only layout and the time of making differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A release as read from a source, before anyone knows whether it is new (`collectors.publish`)."""

    id: str
    publisher: str
    source: str
    kind: str
    url: str
    title: str
    published: str = ""
    published_precision: Precision = "day"
    lang: str = ""
    content_type: str = "text/plain; charset=utf-8"
    body: bytes | None = None
    """None: `too large`, or the page behind it has still to be fetched."""
    size: int = 0
    """Of the original, where `body` is None."""
    state: State = "ok"
    root: str = ""
    supplied: str = ""
    """Of an imported original: who supplied it, and from which file. The same bytes of another are no change."""
    extra: dict[str, str] = field(default_factory=dict)
    """What only this collector's next step needs (a link to follow); never published."""


def content_hash(draft: Draft) -> str:
    """Hex SHA-256 over all that a release of this draft would carry but observed, origin, source and supplied."""
    digest = hashlib.sha256()
    for part in (
        draft.id,
        draft.publisher,
        draft.kind,
        draft.url,
        draft.title,
        draft.published,
        draft.published_precision,
        draft.lang,
        draft.content_type,
        draft.state,
        draft.root,
        str(draft.size),
    ):
        digest.update(part.encode("utf-8", "surrogatepass"))
        digest.update(b"\x1f")
    digest.update(draft.body if draft.body is not None else b"\x00")
    return digest.hexdigest()


def claims_hash(claims: Claims) -> str:
    """Hex SHA-256 over what is claimed; the same for a page that says the same in other words."""
    digest = hashlib.sha256(b"relevant" if claims.relevant else b"other")
    for values in (
        claims.actions,
        claims.implementing,
        claims.affected,
        claims.items,
        claims.codes,
        claims.agencies,
    ):
        digest.update(b"\x1e")
        for value in sorted(values):
            digest.update(value.encode("utf-8", "surrogatepass") + b"\x1f")
    return digest.hexdigest()


def url_id(publisher: str, url: str) -> str:
    """The id of a document that has no native id: `<publisher>:` and 16 hex digits of its URL's hash."""
    return f"{publisher}:{hashlib.sha256(url.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
