"""The only loop: poll -> stage -> send -> flush -> commit -> poll. It owns offsets, retries and time.

One batch is in flight. A record ends in exactly one of sent, filtered, dead-lettered, and is counted once. Whatever
fails is either waited for (the stage or the log is away) or becomes a dead letter; nothing is committed past a
record that is nowhere. Order of a key is kept: nothing of a batch is sent before every outcome of it is known.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from exportwatch import codec
from exportwatch.blobs import Blobs
from exportwatch.brake import Brake, publisher_of
from exportwatch.bus import DEAD_LETTERS, Consumer, Producer, Record, TopicPartition, check_size
from exportwatch.clock import Clock
from exportwatch.errors import BadRecord, ExportwatchError, Retryable, Stopped
from exportwatch.faults import Faults
from exportwatch.metrics import Metrics
from exportwatch.model import INLINE_BYTES, DeadLetter

LONE_ATTEMPTS: Final = 10
"""A record refused this often while others pass is a bad record."""
MOST_LONE: Final = 3
"""More than so many refused at once are an overload, to be waited out."""
_WITNESS_BYTES: Final = 64 * 1024
SAY_EVERY: Final = 30.0
_ALIVE_EVERY: Final = 5.0
_POLL_SECONDS, _POLL_SECONDS_ONCE, _ASK_EVERY = 1.0, 0.2, 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 15.0

log = logging.getLogger("exportwatch")


@dataclass(frozen=True, slots=True)
class Send:
    """A record for a topic; records of equal `partition_by` keep their order."""

    topic: str
    key: str
    value: bytes | None
    partition_by: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The record ended in its sink: in these topics, or (none) in the sink the stage wrote to itself."""

    sends: tuple[Send, ...] = ()


@dataclass(frozen=True, slots=True)
class Filtered:
    """The record ended on purpose without a result; a purge is passed on in `sends`."""

    reason: str
    sends: tuple[Send, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """The record can never be processed. `sends` is what can be said of it all the same."""

    reason: str
    sends: tuple[Send, ...] = ()
    publisher: str = ""
    bug: bool = False
    """An error nobody expected: ours, not the record's."""


@dataclass(frozen=True, slots=True)
class Again:
    """The record was refused for now, while others may have passed."""

    reason: str


Outcome = Sent | Filtered | Rejected | Again
Waiting = Callable[[], None]


class Stage(Protocol):
    """What a worker does with a batch: one outcome a record, in order. Raises Retryable when its sink is away."""

    name: str

    def run(self, records: Sequence[Record], waiting: Waiting) -> list[Outcome]:
        """`waiting` must be called every few seconds of slow work, so that the worker stays in its group."""
        ...


def each(function: Callable[[Record], Outcome], records: Iterable[Record], waiting: Waiting) -> list[Outcome]:
    """Run a function of one record over a batch; its errors become outcomes, also those nobody expected.

    Retryable goes through: what one record needs is away for all, and is waited for.
    """
    outcomes: list[Outcome] = []
    for record in records:
        waiting()
        try:
            outcomes.append(function(record))
        except BadRecord as error:
            outcomes.append(Rejected(str(error)))
        except ExportwatchError:
            raise
        except Exception as error:  # a bug must cost one dead letter, not the worker; the brake stops an epidemic
            log.exception("%s %d@%d: unexpected error", record.topic, record.partition, record.offset)
            outcomes.append(Rejected(f"unexpected {type(error).__name__}: {error}", bug=True))
    return outcomes


@dataclass(slots=True)
class _Batch:
    """The batch in flight: its records, and each outcome once known."""

    records: list[Record]
    outcomes: dict[TopicPartition, dict[int, Outcome]] = field(default_factory=dict)
    attempts: dict[TopicPartition, dict[int, int]] = field(default_factory=dict)

    def outcome(self, record: Record) -> Outcome | None:
        return self.outcomes.get(record.place, {}).get(record.offset)

    def settle(self, record: Record, outcome: Outcome) -> None:
        self.outcomes.setdefault(record.place, {})[record.offset] = outcome

    def pending(self) -> list[Record]:
        return [record for record in self.records if self.outcome(record) is None]

    def attempt(self, record: Record) -> int:
        """Count one more lone refusal of the record."""
        counts = self.attempts.setdefault(record.place, {})
        counts[record.offset] = counts.get(record.offset, 0) + 1
        return counts[record.offset]

    def drop(self, lost: frozenset[TopicPartition]) -> int:
        kept = [record for record in self.records if record.place not in lost]
        dropped = len(self.records) - len(kept)
        self.records = kept
        return dropped

    def offsets(self) -> dict[TopicPartition, int]:
        """The offset to read next, by partition."""
        return {record.place: record.offset + 1 for record in self.records}


class Worker:
    """One member of a group running one stage. `run` returns when asked to stop, or when `done` says so."""

    def __init__(
        self,
        stage: Stage,
        consumer: Consumer,
        producer: Producer,
        *,
        blobs: Blobs,
        clock: Clock,
        metrics: Metrics,
        faults: Faults | None = None,
        brake: Brake | None = None,
        batch: int = 200,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._stage = stage
        self._consumer = consumer
        self._producer = producer
        self._blobs = blobs
        self._clock = clock
        self._metrics = metrics
        self._faults = faults or Faults()
        self._brake = brake
        self._size = batch
        self._jitter = jitter
        self._stopping = False
        self._alive_at = clock.monotonic()
        self._lost: frozenset[TopicPartition] = frozenset()
        self._witness: Record | None = None
        """A small record that passed: whether it passes again tells a bad record from an overload."""

    def stop(self) -> None:
        """Ask the loop to finish its batch, commit and return. Safe in a signal handler."""
        self._stopping = True

    def run(self, done: Callable[[], bool] | None = None) -> None:
        """Work until stopped, or until `done`, asked between batches: when there is nothing to do, and every second."""
        pauses = _Pauses(self._stage.name, self._clock, self._jitter)
        asked = self._clock.monotonic() - _ASK_EVERY
        while not self._stopping:
            try:
                records = self._consumer.poll(self._size, _POLL_SECONDS if done is None else _POLL_SECONDS_ONCE)
                if records:
                    self._alive_at = self._clock.monotonic()
                    self._lost = frozenset()
                    self._work(_Batch(records))
                if done and (not records or self._clock.monotonic() - asked >= _ASK_EVERY):
                    asked = self._clock.monotonic()
                    if done():
                        return
            except Retryable as error:
                self._metrics.count("retries")
                self._wait(pauses.next(str(error)))
                continue
            pauses.over()

    def _work(self, batch: _Batch) -> None:
        self._metrics.count("records_received", len(batch.records))
        finished = self._settle(batch) and self._deliver(batch)
        if not finished or not batch.records:
            return
        self._count(batch)
        self._faults.point("before-commit")
        lost = self._commit(batch)
        self._metrics.count("batches_committed", int(len(lost) < len(batch.offsets())))

    def _settle(self, batch: _Batch) -> bool:
        """Run the stage until every record has an outcome; False when asked to stop before that."""
        pauses = _Pauses(self._stage.name, self._clock, self._jitter)
        refused = False
        while pending := batch.pending():
            tried = [self._witness, *pending] if refused and self._witness else pending
            try:
                outcomes = self._stage.run(tried, self._waiting)
            except Retryable as error:
                reason = str(error)
            else:
                reason = self._take(batch, tried, outcomes)
                refused = True
            self._drop_lost(batch)
            if not batch.pending():
                return True
            if self._stopping:
                return False
            self._metrics.count("retries")
            self._wait(pauses.next(reason))
            self._drop_lost(batch)
        return True

    def _take(self, batch: _Batch, tried: Sequence[Record], outcomes: Sequence[Outcome]) -> str:
        """Settle what can be settled; returns why the rest could not. `tried` may begin with the witness."""
        pairs = list(zip(tried, outcomes, strict=True))
        passed = [record for record, outcome in pairs if isinstance(outcome, Sent)]
        refused = [(record, outcome) for record, outcome in pairs if isinstance(outcome, Again)]
        for record, outcome in pairs:
            if record is not self._witness and not isinstance(outcome, Again):
                batch.settle(record, outcome)
        if passed and len(refused) <= MOST_LONE:
            for record, again in refused:
                if record is not self._witness and batch.attempt(record) >= LONE_ATTEMPTS:
                    reason = f"refused {LONE_ATTEMPTS} times while others passed: {again.reason}"
                    batch.settle(record, Rejected(reason))
        small = [record for record in passed if record.value and len(record.value) <= _WITNESS_BYTES]
        self._witness = small[0] if small else self._witness
        return refused[0][1].reason if refused else ""

    def _deliver(self, batch: _Batch) -> bool:
        """Send every outcome in order and flush, again as a whole until acknowledged; False when asked to stop."""
        if self._brake:
            for record in batch.records:
                self._brake.saw(*verdict(record, batch.outcome(record)))
        pauses = _Pauses("the log", self._clock, self._jitter)
        while batch.records:
            try:
                self._send(batch)
                self._faults.point("after-send")
                self._producer.flush()
                self._faults.point("after-flush")
                return True
            except Retryable as error:
                if self._stopping:
                    return False
                self._metrics.count("retries")
                self._wait(pauses.next(str(error)))
                self._drop_lost(batch)
        return True

    def _send(self, batch: _Batch) -> None:
        # All is made before anything is sent: what can fail here must not leave half a batch queued.
        sends = [send for record in batch.records for send in self._sends(batch, record)]
        for send in sends:
            try:
                self._producer.send(send.topic, send.key, send.value, partition_by=send.partition_by)
            except BadRecord as error:
                raise Stopped(f"the topic {send.topic} refuses the record {send.key}: {error}") from error

    def _sends(self, batch: _Batch, record: Record) -> list[Send]:
        outcome = batch.outcome(record)
        assert outcome is not None
        assert not isinstance(outcome, Again)
        for send in outcome.sends:
            if too_large := check_size(send.topic, send.key, send.value):
                outcome = Rejected(too_large)
                batch.settle(record, outcome)
                break
        letters = [self._letter(record, outcome.reason)] if isinstance(outcome, Rejected) else []
        return [*outcome.sends, *letters]

    def _letter(self, record: Record, reason: str) -> Send:
        log.warning(
            "%s: dead letter %s/%d/%d %s: %s", self._stage.name, *record.place, record.offset, record.key, reason
        )
        letter = dead_letter(record, stage=self._stage.name, reason=reason, at=self._clock.now(), blobs=self._blobs)
        return Send(DEAD_LETTERS, letter.id, codec.DEAD_LETTER.encode(letter), letter.id)

    def _count(self, batch: _Batch) -> None:
        names = {Sent: "records_sent", Filtered: "records_filtered", Rejected: "records_dead_lettered"}
        for record in batch.records:
            outcome = batch.outcome(record)
            self._metrics.count(names[type(outcome)])
            if isinstance(outcome, Filtered) and outcome.reason == "stale":
                self._metrics.count("records_stale")

    def _commit(self, batch: _Batch) -> frozenset[TopicPartition]:
        pauses = _Pauses("the log", self._clock, self._jitter)
        while True:
            offsets = {place: offset for place, offset in batch.offsets().items() if place not in self._lost}
            if not offsets:
                return frozenset(batch.offsets())
            try:
                lost = self._consumer.commit(offsets)
            except Retryable as error:
                if self._stopping:
                    return frozenset(offsets)
                self._metrics.count("retries")
                self._wait(pauses.next(str(error)))
                continue
            if lost:
                log.info("%s: %d partitions went to another worker before the commit", self._stage.name, len(lost))
            return lost | self._lost

    def _drop_lost(self, batch: _Batch) -> None:
        dropped = batch.drop(self._lost)
        if dropped:
            log.info("%s: dropped %d records whose partitions went to another worker", self._stage.name, dropped)
            self._metrics.count("records_dropped", dropped)

    def _waiting(self) -> None:
        """Stay in the group during slow work; cheap to call often."""
        if self._clock.monotonic() - self._alive_at >= _ALIVE_EVERY:
            self._lost |= self._consumer.keep_alive()
            self._alive_at = self._clock.monotonic()

    def _wait(self, seconds: float) -> None:
        end = self._clock.monotonic() + seconds
        while not self._stopping and (left := end - self._clock.monotonic()) > 0:
            self._clock.sleep(min(left, _ALIVE_EVERY))
            self._waiting()


class _Pauses:
    """Growing pauses with full jitter while something is away, said in the log at once and every 30 s."""

    def __init__(self, name: str, clock: Clock, jitter: Callable[[], float]) -> None:
        self._name = name
        self._clock = clock
        self._jitter = jitter
        self._since: float | None = None
        self._said = 0.0
        self._pause = _FIRST_PAUSE

    def next(self, reason: str) -> float:
        """Seconds to wait now."""
        now = self._clock.monotonic()
        if self._since is None:
            self._since, self._said = now, now - SAY_EVERY
        if now - self._said >= SAY_EVERY:
            log.warning("%s: waiting for %.0f s: %s", self._name, now - self._since, reason)
            self._said = now
        pause = self._pause * (0.5 + 0.5 * self._jitter())
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        return pause

    def over(self) -> None:
        """What was away is back."""
        if self._since is not None:
            log.warning("%s: going on after %.0f s", self._name, self._clock.monotonic() - self._since)
            self._since, self._pause = None, _FIRST_PAUSE


def verdict(record: Record, outcome: Outcome | None) -> tuple[str, str, bool]:
    """What the brake sees of a record: its publisher, why it was rejected (empty: it was not), whether by a bug."""
    if not isinstance(outcome, Rejected):
        return publisher_of(record.key), "", False
    return outcome.publisher or publisher_of(record.key), outcome.reason, outcome.bug


def dead_letter(record: Record, *, stage: str, reason: str, at: int, blobs: Blobs) -> DeadLetter:
    """The letter of a record; a large original goes to Blobs, so that a letter always fits its topic."""
    original = record.value or b""
    inline = len(original) <= INLINE_BYTES
    sha256 = "" if inline else blobs.put(original)
    return DeadLetter(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        stage=stage,
        reason=reason[:2000],
        at=at,
        original=original if inline else None,
        purge=record.value is None,
        sha256=sha256,
        size=len(original),
    )


def wait_for(what: str, action: Callable[[], None], clock: Clock, stopping: Callable[[], bool]) -> bool:
    """Repeat an action until it stops raising Retryable, however long; False when asked to stop first."""
    pauses = _Pauses(what, clock, random.random)
    while not stopping():
        try:
            action()
        except Retryable as error:
            clock.sleep(pauses.next(str(error)))
            continue
        pauses.over()
        return True
    return False
