"""Draft -> Release in the log: decides what is new or changed, and remembers it only once the log has it.

A revision is compared with the last one known under its id, not with all before it, so A, B, A again are three
revisions. The order is: bodies to Blobs, records to the log, flush, then the Store. A crash in between sends a
revision twice, which is harmless, and never loses one.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from exportwatch import codec
from exportwatch.blobs import Blobs
from exportwatch.bus import RELEASES, Producer, check_size
from exportwatch.clock import Clock
from exportwatch.errors import BadRecord, Retryable
from exportwatch.faults import Faults
from exportwatch.model import (
    ID_BYTES,
    INLINE_BYTES,
    Body,
    Draft,
    Origin,
    Rejection,
    Release,
    content_hash,
)
from exportwatch.store import NEW, Put, Store, Stored

BATCH: Final = 500
BATCH_BYTES: Final = 64 * 1024 * 1024
"""A batch ends early at this many bytes of bodies."""
SEEN: Final = "seen/"
_ATTEMPTS: Final = 5
"""How often a batch is looked at again because another publisher was faster with one of its ids."""

Attempt = Callable[[Callable[[], None]], object]
"""Runs an action, again as long as it sees fit while it raises Retryable; may return without success when stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of drafts: each is counted once."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejections: tuple[Rejection, ...] = ()

    @property
    def rejected(self) -> int:
        return len(self.rejections)

    @property
    def published(self) -> int:
        return self.new + self.changed

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
            rejections=self.rejections + other.rejections,
        )


NONE: Final = Counts()


class Seen(msgspec.Struct, frozen=True):
    """The last known revision of an id, under `seen/<id>` in the Store."""

    content_hash: str
    observed: int


@dataclass(slots=True)
class _Known:
    """What is known of an id while its batch is worked on."""

    version: str
    seen: Seen | None
    dirty: bool = False


def at_once(action: Callable[[], None]) -> None:
    """The Attempt that waits for nothing."""
    action()


class Publisher:
    """Publishes drafts of any collector. Not thread-safe; one a worker, like its producer."""

    def __init__(
        self,
        producer: Producer,
        store: Store,
        blobs: Blobs,
        clock: Clock,
        *,
        attempt: Attempt = at_once,
        faults: Faults | None = None,
    ) -> None:
        """`attempt` decides how long a log or store that is away is waited for; by default not at all."""
        self._producer = producer
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._attempt = attempt
        self._faults = faults or Faults()
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(Seen)

    def publish(self, drafts: Iterable[Draft], origin: Origin, *, observed: int | None = None) -> Counts:
        """Send what is new or changed; everything counted here is durable when this returns.

        `observed` is the instant in milliseconds at which the drafts were fetched, by default the present of each
        batch. Rejected are drafts that no release can carry (`where` is the draft's `extra["where"]`, its URL or its
        id). Raises Retryable as `attempt` lets it through; publishing the same drafts again is harmless.
        """
        counts = Counts()
        for batch in _batches(drafts):
            counts += self._publish_batch(batch, origin, self._clock.now() if observed is None else observed)
        return counts

    def _publish_batch(self, batch: Sequence[Draft], origin: Origin, observed: int) -> Counts:
        counts = Counts()
        left = batch
        for _ in range(_ATTEMPTS):
            run = _Run(origin, observed, left)
            self._attempt(functools.partial(self._run, run))
            if not run.ended:
                raise Retryable("stopped before the log had everything")
            counts += run.counts
            if not run.conflicts:
                return counts
            left = [draft for draft in left if draft.id in run.conflicts]
        raise Retryable(f"another publisher keeps writing {SEEN}{left[0].id}")

    def _run(self, run: _Run) -> None:
        """Publish a batch from the start: reading, sending, flushing, remembering. Safe to repeat."""
        run.begin()
        known = self._known([draft.id for draft in run.drafts])
        for draft in run.drafts:
            self._one(draft, run, known)
        # Only now, so that Blobs that are away leave nothing half queued.
        for release, record in run.sends:
            self._producer.send(RELEASES, release.key, record, partition_by=release.id)
        self._faults.point("after-send")
        self._producer.flush()
        self._faults.point("after-flush")
        dirty = {name: state for name, state in known.items() if state.dirty}
        puts = [Put(SEEN + name, self._encoder.encode(state.seen), state.version) for name, state in dirty.items()]
        if puts:
            wrote = self._store.put_many(puts)
            run.end({result.key.removeprefix(SEEN) for result in wrote if result.conflict})
        else:
            run.end(set())

    def _known(self, ids: Sequence[str]) -> dict[str, _Known]:
        names = {name for name in ids if _usable(name)}
        stored = self._store.get_many([SEEN + name for name in names])
        return {name: self._state(stored.get(SEEN + name)) for name in names}

    def _state(self, stored: Stored | None) -> _Known:
        if stored is None:
            return _Known(NEW, None)
        return _Known(stored.version, self._decoder.decode(stored.value))

    def _one(self, draft: Draft, run: _Run, known: dict[str, _Known]) -> None:
        state = known.get(draft.id)
        if state is None:
            run.reject(draft, f"its id is empty, not Unicode, or longer than {ID_BYTES} bytes")
            return
        hashed = content_hash(draft)
        if state.seen is not None and state.seen.content_hash == hashed:
            run.count(draft, "unchanged")
            return
        observed = run.observed if state.seen is None else max(run.observed, state.seen.observed + 1)
        try:
            release = release_of(draft, self._body(draft), observed, run.origin, hashed)
            record = codec.RELEASE.encode(release)
            if too_large := check_size(RELEASES, release.key, record):
                raise BadRecord(too_large)
        except BadRecord as error:
            run.reject(draft, str(error))
            return
        run.sends.append((release, record))
        run.count(draft, "new" if state.seen is None else "changed")
        state.seen, state.dirty = Seen(hashed, observed), True

    def _body(self, draft: Draft) -> Body:
        if draft.body is None and draft.state == "ok":
            raise BadRecord("it has no body, and nothing says why")
        if draft.body is None:
            return Body(content_type=draft.content_type, sha256="", size=draft.size)
        inline = len(draft.body) <= INLINE_BYTES
        sha256 = hashlib.sha256(draft.body).hexdigest() if inline else self._blobs.put(draft.body)
        data = draft.body if inline else None
        return Body(content_type=draft.content_type, sha256=sha256, size=len(draft.body), data=data)


class _Run:
    """One attempt at a batch; what it found stands only once it has ended."""

    def __init__(self, origin: Origin, observed: int, drafts: Sequence[Draft]) -> None:
        self.origin: Origin = origin
        self.observed = observed
        self.drafts = drafts
        self.conflicts: set[str] = set()
        self.ended = False
        self.sends: list[tuple[Release, bytes]] = []
        self._outcomes: list[tuple[str, str | Rejection]] = []

    def begin(self) -> None:
        self.sends, self._outcomes, self.conflicts, self.ended = [], [], set(), False

    def count(self, draft: Draft, outcome: str) -> None:
        self._outcomes.append((draft.id, outcome))

    def reject(self, draft: Draft, reason: str) -> None:
        where = draft.extra.get("where") or draft.url or draft.id[:ID_BYTES]
        self._outcomes.append((draft.id, Rejection(where=where, reason=reason)))

    def end(self, conflicts: set[str]) -> None:
        """Ids in conflict are looked at again, so nothing of them is counted yet."""
        self.conflicts, self.ended = conflicts, True

    @property
    def counts(self) -> Counts:
        outcomes = [outcome for name, outcome in self._outcomes if name not in self.conflicts]
        return Counts(
            new=outcomes.count("new"),
            changed=outcomes.count("changed"),
            unchanged=outcomes.count("unchanged"),
            rejections=tuple(outcome for outcome in outcomes if isinstance(outcome, Rejection)),
        )


def _batches(drafts: Iterable[Draft]) -> Iterable[list[Draft]]:
    """At most BATCH drafts each, and little more than BATCH_BYTES of bodies."""
    iterator = iter(drafts)
    while batch := list(itertools.islice(iterator, 1)):
        size = len(batch[0].body or b"")
        while len(batch) < BATCH and size < BATCH_BYTES and (more := list(itertools.islice(iterator, 1))):
            batch += more
            size += len(more[0].body or b"")
        yield batch


def _usable(name: str) -> bool:
    try:
        return 0 < len(name.encode("utf-8")) <= ID_BYTES
    except UnicodeEncodeError:
        return False


def release_of(draft: Draft, body: Body, observed: int, origin: Origin, hashed: str) -> Release:
    """The release of a draft whose body is at hand."""
    return Release(
        id=draft.id,
        publisher=draft.publisher,
        source=draft.source,
        kind=draft.kind,
        url=draft.url,
        title=draft.title,
        published=draft.published,
        published_precision=draft.published_precision,
        lang=draft.lang,
        body=body,
        observed=observed,
        origin=origin,
        content_hash=hashed,
        state=draft.state,
        root=draft.root,
        supplied=draft.supplied,
    )
