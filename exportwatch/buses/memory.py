"""The log in memory, for tests: gone with the process. One member a group, like the embedded log."""

from __future__ import annotations

import bisect
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from exportwatch.bus import TOPICS, PartitionState, Record, TopicPartition, check_size, gone
from exportwatch.errors import BadRecord, Misconfigured, Retryable, Stopped


@dataclass
class _Log:
    """One partition. `records` is ordered by offset, with holes where purges went."""

    begin: int = 0
    end: int = 0
    records: list[Record] = field(default_factory=list)

    def after(self, offset: int, most: int) -> list[Record]:
        first = bisect.bisect_left(self.records, offset, key=lambda record: record.offset)
        return self.records[first : first + most]

    def append(self, place: TopicPartition, key: str, value: bytes | None) -> None:
        if value is None and TOPICS[place.topic].compacted:
            self.records = [record for record in self.records if record.key != key]
        self.records.append(Record(*place, self.end, key, value, time.time_ns() // 1_000_000))
        self.end += 1


class MemoryBus:
    """Every door opened on one instance sees the same log. Unlike the other logs it may be used from any thread."""

    def __init__(self, namespace: str, *, partitions: int = 1) -> None:
        self._namespace = namespace
        self._partitions = partitions
        self.changed = threading.Condition()
        self.logs: dict[TopicPartition, _Log] = {}
        self.commits: dict[tuple[str, TopicPartition], int] = {}
        self.holders: dict[str, str] = {}
        """Member by group."""

    def producer(self) -> MemoryProducer:
        return MemoryProducer(self)

    def consumer(self, group: str, topic: str, *, member: str) -> MemoryConsumer:
        """Misconfigured when another member of the group is open."""
        return MemoryConsumer(self, group, topic, member)

    def operator(self) -> MemoryOperator:
        return MemoryOperator(self)

    def partition(self, topic: str, partition_by: str) -> TopicPartition:
        return TopicPartition(topic, zlib.crc32(partition_by.encode()) % self._partitions)

    def ensure(self) -> None:
        with self.changed:
            for topic in TOPICS:
                for partition in range(self._partitions):
                    self.logs.setdefault(TopicPartition(topic, partition), _Log())

    def truncate(self, place: TopicPartition, begin: int) -> None:
        """For tests: drop what lies before `begin`, as retention does."""
        with self.changed:
            log = self.logs[place]
            log.begin = begin
            log.records = log.after(begin, len(log.records))


class MemoryProducer:
    """`send` collects, `flush` appends."""

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus
        self._batch: list[tuple[TopicPartition, str, bytes | None]] = []

    def send(self, topic: str, key: str, value: bytes | None, *, partition_by: str) -> None:
        if reason := check_size(topic, key, value):
            raise BadRecord(reason)
        self._batch.append((self._bus.partition(topic, partition_by), key, value))

    def flush(self) -> None:
        batch, self._batch = self._batch, []
        with self._bus.changed:
            if missing := {place.topic for place, _, _ in batch if place not in self._bus.logs}:
                raise Retryable(f"there is no topic {min(missing)} yet; the start of a worker makes it")
            for place, key, value in batch:
                self._bus.logs[place].append(place, key, value)
            self._bus.changed.notify_all()

    def close(self) -> None:
        self._batch = []


class MemoryConsumer:
    """The only member of its group."""

    def __init__(self, bus: MemoryBus, group: str, topic: str, member: str) -> None:
        if holder := bus.holders.get(group):
            raise Misconfigured(f"group {group} has a member already: {holder}")
        bus.holders[group] = member
        self._bus = bus
        self._group = group
        self._topic = topic
        self._positions: dict[TopicPartition, int] = {}
        self._closed = False

    def poll(self, max_records: int, timeout: float) -> list[Record]:
        with self._bus.changed:
            self._bus.changed.wait_for(lambda: self._next(1), timeout)
            records = self._next(max_records)
            for record in records:
                self._positions[record.place] = record.offset + 1
            return records

    def _next(self, most: int) -> list[Record]:
        records: list[Record] = []
        for place, log in self._bus.logs.items():
            if place.topic == self._topic and len(records) < most:
                records += log.after(self._position(place, log), most - len(records))
        return records

    def _position(self, place: TopicPartition, log: _Log) -> int:
        position = self._positions.get(place, self._bus.commits.get((self._group, place)))
        if position is None:
            return log.begin
        if not log.begin <= position <= log.end:
            raise Stopped(gone(self._group, place, position, log.begin, log.end))
        return position

    def commit(self, offsets: Mapping[TopicPartition, int]) -> frozenset[TopicPartition]:
        with self._bus.changed:
            for place, offset in offsets.items():
                self._bus.commits[self._group, place] = offset
        return frozenset()

    def keep_alive(self) -> frozenset[TopicPartition]:
        return frozenset()

    def seek(self, place: TopicPartition, offset: int) -> None:
        self._positions[place] = offset

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            del self._bus.holders[self._group]


class MemoryOperator:
    """Reads and makes topics."""

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus

    def ensure_topics(self) -> None:
        self._bus.ensure()

    def state(self) -> list[PartitionState]:
        with self._bus.changed:
            return [self._state(place, log) for place, log in sorted(self._bus.logs.items(), key=lambda item: item[0])]

    def _state(self, place: TopicPartition, log: _Log) -> PartitionState:
        committed = {group: self._bus.commits.get((group, place)) for group in TOPICS[place.topic].groups}
        return PartitionState(
            topic=place.topic, partition=place.partition, begin=log.begin, end=log.end, committed=committed
        )

    def read(self, place: TopicPartition, offset: int, max_records: int, timeout: float) -> list[Record]:
        with self._bus.changed:
            log = self._bus.logs.get(place, _Log())
            self._bus.changed.wait_for(lambda: log.after(offset, 1), timeout)
            return log.after(offset, max_records)

    def skip_gone(self, group: str) -> int:
        if holder := self._bus.holders.get(group):
            raise Misconfigured(f"stop the worker of group {group} first: {holder}")
        skipped = 0
        for (name, place), committed in self._bus.commits.items():
            log = self._bus.logs[place]
            if name == group and not log.begin <= committed <= log.end:
                skipped += max(0, log.begin - committed)
                self._bus.commits[name, place] = log.begin
        return skipped

    def close(self) -> None:
        """Nothing is held."""
