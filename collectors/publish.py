"""Draft -> Release in the log: decides what is new or changed, and remembers it only once the log has it.

A revision is compared with the last one known under its id, not with all before it, so A, B, A again are three
revisions. The order is: bodies to Blobs, records to the log, flush, then the Store. A crash in between sends a
revision twice, which is harmless, and never loses one.

What collectors publish (`weighing`) is no revision either where a source only says again what it said the last time
in other bytes, or a second source of the same publisher only words differently what the first has said.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from exportwatch import codec
from exportwatch.blobs import Blobs
from exportwatch.bus import ALERTS, RELEASES, SOURCES, Producer, check_size
from exportwatch.clock import Clock
from exportwatch.errors import BadRecord, Retryable
from exportwatch.faults import Faults
from exportwatch.health import HealthEvent
from exportwatch.model import (
    ID_BYTES,
    INLINE_BYTES,
    Alert,
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
MEANING: Final = "meaning"
"""In `Draft.extra`: what the body means, as `version:hash`; the same for bytes that differ in a counter alone."""
_MOST_VOICES: Final = 4
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


class Seen(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last known revision of an id, under `seen/<id>` in the Store."""

    content_hash: str
    observed: int
    source: str = ""
    """Whose words it has, where a collector published it."""
    url: str = ""
    """Hash of its URL."""
    meaning: str = ""
    """Of its body (MEANING), if that is known."""
    said: dict[str, str] = {}
    """By source: hash of what that said of it the last time."""

    def news(self, draft: Draft, hashed: str) -> bool:
        """Whether the draft of a collector says anything that was not known."""
        if self.content_hash == hashed:
            return False
        said = self.said.get(draft.source)
        if said == _saying(draft):
            return False
        if not self.said or self.source == draft.source:
            return True
        # Another source's words stand. This one's are news only where it has changed them, or means something else.
        meaning = draft.extra.get(MEANING, "")
        if meaning and self.meaning and meaning.partition(":")[0] == self.meaning.partition(":")[0]:
            return meaning != self.meaning
        return said is not None or _short(draft.url) != self.url

    def noted(self, draft: Draft) -> Seen:
        """As before, but with what the draft's source says."""
        said = {name: text for name, text in self.said.items() if name != draft.source}
        kept = dict(list(said.items())[-_MOST_VOICES + 1 :])
        return msgspec.structs.replace(self, said={**kept, draft.source: _saying(draft)})

    def stands(self, draft: Draft) -> bool:
        """Whether another source has said it, of the same page, and the draft's own source nothing yet."""
        silent = draft.source not in self.said
        return bool(self.said) and silent and self.url == _short(draft.url)


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
    """Publishes drafts of any collector, and events of sources. The one door to its producer: one thread at a time."""

    def __init__(
        self,
        producer: Producer,
        store: Store,
        blobs: Blobs,
        clock: Clock,
        *,
        attempt: Attempt = at_once,
        faults: Faults | None = None,
        weighing: bool = False,
    ) -> None:
        """`attempt` decides how long a log or store that is away is waited for; by default not at all.

        `weighing`: what is sent is weighed against what each source has said before (`Seen.news`), not only compared.
        """
        self._lock = threading.RLock()
        self._closed = False
        self._weighing = weighing
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
        for batch in batches(drafts):
            with self._alone():
                counts += self._publish_batch(batch, origin, self._clock.now() if observed is None else observed)
        return counts

    def seen(self, ids: Iterable[str]) -> dict[str, Seen]:
        """What is known of those ids that were ever published. Raises Retryable as `attempt` lets it through."""
        found: list[dict[str, _Known]] = []
        with self._alone():
            self._attempt(lambda: found.append(self._known(list(ids))))
        if not found:
            raise Retryable("stopped before the store had answered")
        return {name: known.seen for name, known in found[-1].items() if known.seen is not None}

    def report(self, event: HealthEvent, alerts: Iterable[Alert] = (), evidence: bytes = b"") -> None:
        """Send what has become of a source, and to whom that is to be told; durable when this returns.

        `evidence` goes to Blobs. Raises Retryable as `attempt` lets it through; a repeat is harmless.
        """
        done: list[bool] = []
        told = list(alerts)

        def send() -> None:
            sha256 = self._blobs.put(evidence) if evidence else ""
            whole = replace(event, evidence=sha256, size=len(evidence))
            self._producer.send(SOURCES, event.source, codec.HEALTH.encode(whole), partition_by=event.source)
            for alert in told:
                name = alert.subscription
                self._producer.send(ALERTS, name, codec.ALERT.encode(alert), partition_by=name)
            self._producer.flush()
            done.append(True)

        with self._alone():
            self._attempt(send)
        if not done:
            raise Retryable("stopped before the log had everything")

    def close(self) -> None:
        """Take nothing more: waits for whoever publishes at this moment, and refuses all that come later."""
        with self._lock:
            self._closed = True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise Retryable("stopped before the log had everything")
            yield

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
        if not draft.title.strip() and draft.body is not None and not draft.body.strip():
            run.reject(draft, "it has neither a title nor a text")
            return
        hashed = content_hash(draft)
        if state.seen is not None and not self._news(state.seen, draft, hashed):
            run.count(draft, "unchanged")
            self._note(state, draft)
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
        state.seen, state.dirty = self._revised(state.seen, draft, hashed, observed), True

    def _news(self, seen: Seen, draft: Draft, hashed: str) -> bool:
        return seen.news(draft, hashed) if self._weighing else seen.content_hash != hashed

    def _note(self, state: _Known, draft: Draft) -> None:
        """Remember what a source says, though it is nothing new."""
        if self._weighing and state.seen is not None and (noted := state.seen.noted(draft)) != state.seen:
            state.seen, state.dirty = noted, True

    def _revised(self, seen: Seen | None, draft: Draft, hashed: str, observed: int) -> Seen:
        """What is known once the draft is in the log. What somebody imports does not change what sources said."""
        said = seen.said if seen is not None else {}
        if not self._weighing:
            return Seen(hashed, observed, said=said)
        revised = Seen(hashed, observed, draft.source, _short(draft.url), draft.extra.get(MEANING, ""), said)
        return revised.noted(draft)

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


def batches(drafts: Iterable[Draft], most_bytes: int = BATCH_BYTES) -> Iterable[list[Draft]]:
    """At most BATCH drafts each, and little more than `most_bytes` of bodies."""
    iterator = iter(drafts)
    while batch := list(itertools.islice(iterator, 1)):
        size = len(batch[0].body or b"")
        while len(batch) < BATCH and size < most_bytes and (more := list(itertools.islice(iterator, 1))):
            batch += more
            size += len(more[0].body or b"")
        yield batch


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _saying(draft: Draft) -> str:
    """Hash of all that the draft's source says; of its body the meaning, where that is known."""
    meaning = draft.extra.get(MEANING, "")
    said = replace(draft, body=meaning.encode(), size=0, content_type="") if meaning else draft
    return content_hash(said)[:32]


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
