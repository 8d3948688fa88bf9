"""The log that everything moves on: three narrow doors, and the table of topics.

Names at the doors carry no namespace; a backend adds it. A backend is chosen by URL (wiring.py) and passes
`tests/contracts/test_bus.py`. `sqlite:` is the embedded log (one partition a topic, one member a group).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

DAY = 24 * 60 * 60 * 1000

RELEASES = "releases"
DOCUMENTS = "documents"
ALERTS = "alerts"
SOURCES = "sources"
DEAD_LETTERS = "dead-letters"

PROCESSOR = "processor"
INDEXER = "indexer"
MATCHER = "matcher"
DELIVERER = "deliverer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Settings a topic is created with, and the groups that read it by design."""

    name: str
    partitions: int
    """On Kafka; the embedded log has one."""
    groups: tuple[str, ...] = ()
    compacted: bool = False
    retention: int | None = None
    """Milliseconds; None keeps for ever."""
    max_bytes: int = 1_048_588
    """Kafka's `max.message.bytes`; 1,048,588 is Kafka's own default."""

    @property
    def record_bytes(self) -> int:
        """Most that key, value and partitioning may weigh together: room is left for Kafka's batch header."""
        return self.max_bytes - 512


_LARGE = 16 * 1024 * 1024
TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        Topic(name=RELEASES, partitions=12, groups=(PROCESSOR,), compacted=True),
        Topic(name=DOCUMENTS, partitions=12, groups=(INDEXER, MATCHER), retention=30 * DAY, max_bytes=_LARGE),
        Topic(name=ALERTS, partitions=6, groups=(DELIVERER,), retention=30 * DAY),
        Topic(name=SOURCES, partitions=1, compacted=True),
        Topic(name=DEAD_LETTERS, partitions=3, max_bytes=_LARGE),
    )
}


class TopicPartition(NamedTuple):
    """One ordered log of a topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read. `value` None is a purge (Kafka's tombstone)."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None
    timestamp: int
    """Milliseconds since the epoch at which the record was appended."""

    @property
    def place(self) -> TopicPartition:
        return TopicPartition(self.topic, self.partition)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionState:
    """Where a partition begins and ends, and what each group has committed (None: nothing yet)."""

    topic: str
    partition: int
    begin: int
    end: int
    """The offset the next record will get."""
    committed: Mapping[str, int | None]
    """By group name, for every group that reads the topic by design."""

    def lag(self, group: str) -> int:
        """Records the group has still to read."""
        committed = self.committed[group]
        # Ends and commits are read one after the other: a group may by then have passed the end that was read.
        return max(0, self.end - (self.begin if committed is None else max(committed, self.begin)))


class Producer(Protocol):
    """Appends records. Not thread-safe; one a worker."""

    def send(self, topic: str, key: str, value: bytes | None, *, partition_by: str) -> None:
        """Queue one record; records with equal `partition_by` keep their order.

        Raises BadRecord when key and value together exceed the topic's `record_bytes`, Retryable when the log
        cannot take it now; nothing sent since the last flush is then still on its way.
        """
        ...

    def flush(self) -> None:
        """Return only when every record sent since the last flush is durably acknowledged.

        Else raises Retryable; the caller then sends the whole batch again, in order (a repeat is harmless).
        After a failed flush nothing of the failed batch is still on its way. An empty flush returns at once.
        """
        ...

    def close(self) -> None:
        """Release everything; what was not flushed may or may not arrive."""
        ...


class Consumer(Protocol):
    """One member of a group, reading one topic from the start of the log. Not thread-safe."""

    def poll(self, max_records: int, timeout: float) -> list[Record]:
        """Up to `max_records` next records, in order within a partition; empty after `timeout` seconds.

        Rebalances happen only in here and in keep_alive, so nothing is uncommitted when poll is called.
        Raises Retryable when the log is away, Stopped when the group's committed offset is older than the log's
        begin (the message says how many records are gone and which replay brings them back).
        """
        ...

    def commit(self, offsets: Mapping[TopicPartition, int]) -> frozenset[TopicPartition]:
        """Durably store, for each partition, the offset to read next; returns the partitions lost meanwhile.

        A lost partition's offset was not stored: its records will be delivered to somebody else.
        """
        ...

    def keep_alive(self) -> frozenset[TopicPartition]:
        """Stay in the group while a batch waits; at least every 10 s. Returns the partitions lost since the last poll.

        Takes no records, never raises for a log that is away.
        """
        ...

    def seek(self, place: TopicPartition, offset: int) -> None:
        """Read an assigned partition next from `offset`."""
        ...

    def close(self) -> None:
        """Leave without committing. A static member's place is kept for its successor until the session ends."""
        ...


class Operator(Protocol):
    """For start-up, people and measuring: no group membership, reads change nothing."""

    def ensure_topics(self) -> None:
        """Create what is missing with the settings of TOPICS; Misconfigured on fewer partitions than there."""
        ...

    def state(self) -> list[PartitionState]:
        """Every topic-partition, ordered by topic and partition. A topic not made yet is left out."""
        ...

    def read(self, place: TopicPartition, offset: int, max_records: int, timeout: float) -> list[Record]:
        """Records from `offset` (or the log's begin, if later) on; empty at the end after `timeout` seconds."""
        ...

    def skip_gone(self, group: str) -> int:
        """Move the group's commits that lie outside its logs to their begin; the number of records so given up.

        For `replay`, which brings them back. Misconfigured while a worker of the group runs.
        """
        ...

    def close(self) -> None: ...


class Bus(Protocol):
    """A backend: opens the doors. Cheap to make; nothing connects before a door is opened or used."""

    def producer(self) -> Producer: ...

    def consumer(self, group: str, topic: str, *, member: str) -> Consumer:
        """`member` names this worker among its group (a static member on Kafka)."""
        ...

    def operator(self) -> Operator: ...


def check_size(topic: str, key: str, value: bytes | None) -> str | None:
    """The reason why a record can never be in its topic, or None. The same on every backend."""
    limit = TOPICS[topic].record_bytes
    try:
        size = len(key.encode()) + len(value or b"")
    except UnicodeEncodeError:
        return "the key of a record holds a lone surrogate, which no encoding can carry"
    return None if size <= limit else f"record of {size:,} bytes is over the limit of {limit:,} for topic {topic}"


def gone(group: str, place: TopicPartition, committed: int, begin: int, end: int) -> str:
    """Why a group whose next offset lies outside the log must stop, and what to do. The same on every backend."""
    where = f"group {group} reads {place.topic} partition {place.partition} next from offset {committed}"
    if committed > end:
        return f"{where}, but the log ends at {end}: it was replaced. Restore it, or run `exportwatch replay`"
    remedy = {
        RELEASES: "The archive was cut by hand: restore it from a backup, or collect and import again",
        DOCUMENTS: "Bring them back with `exportwatch replay`",
        ALERTS: "What they would have sent is not sent any more; go on with `exportwatch replay`",
    }.get(place.topic, "Go on without them with `exportwatch replay`")
    return f"{where}, but the log begins at {begin}: {begin - committed:,} records are gone. {remedy}"
