"""The operators' door to Kafka: topics, offsets, and reading without a group."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from exportwatch.bus import TOPICS, PartitionState, Record, Topic, TopicPartition
from exportwatch.buses.kafka import (
    CONNECT_SECONDS,
    SESSION_SECONDS,
    Brokers,
    KafkaAdminClient,
    KafkaConsumer,
    OffsetAndMetadata,
    OffsetSpec,
    Place,
    errors,
    to_record,
)
from exportwatch.errors import Misconfigured, Retryable

T = TypeVar("T")


class LogOperator:
    """Connects when first used and stays connected; after an error it connects anew."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers
        self._admin: Any = None
        self._reader: Any = None

    @contextmanager
    def _administering(self) -> Iterator[Any]:
        if self._admin is None:
            self._admin = self._brokers.open(KafkaAdminClient, request_timeout_ms=round(CONNECT_SECONDS * 1000))
        try:
            with self._brokers.errors():
                yield self._admin
        except Retryable:
            self.close()
            raise

    def ensure_topics(self) -> None:
        names = {self._brokers.name(topic.name): topic for topic in TOPICS.values()}
        with self._administering() as admin:
            there = self._described(admin)
            missing = {name: _creation(topic) for name, topic in names.items() if name not in there}
            if missing:
                # Another worker may be making them at this moment.
                with suppress(errors.TopicAlreadyExistsError):
                    admin.create_topics(missing)
                admin.wait_for_topics(list(missing), timeout_ms=round(CONNECT_SECONDS * 1000))
                there = self._described(admin)
        for name, topic in names.items():
            if there[name] < topic.partitions:
                raise Misconfigured(
                    f"topic {name} has {there[name]} partitions and needs {topic.partitions}:"
                    " add them, or use another --namespace"
                )

    def _described(self, admin: Any) -> dict[str, int]:
        """Number of partitions of our topics that are there."""
        names = [self._brokers.name(topic) for topic in TOPICS]
        topics = _patiently(lambda: admin.describe_topics(names))
        return {topic["name"]: len(topic["partitions"]) for topic in topics if not topic["error_code"]}

    def state(self) -> list[PartitionState]:
        with self._administering() as admin:
            counts = self._described(admin)
            places = [Place(name, partition) for name in sorted(counts) for partition in range(counts[name])]
            if not places:
                return []
            begins = _patiently(lambda: admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST)))
            ends = _patiently(lambda: admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST)))
            commits = self._commits(admin, places)
        states = []
        for place in places:
            topic, partition = self._brokers.ours(place)
            committed = {group: commits[group].get(place) for group in TOPICS[topic].groups}
            begin, end = begins[place].offset, ends[place].offset
            states.append(PartitionState(topic=topic, partition=partition, begin=begin, end=end, committed=committed))
        return states

    def _commits(self, admin: Any, places: list[Any]) -> dict[str, dict[Any, int]]:
        """Committed offsets by group and partition; none where nothing was committed."""
        groups = sorted({group for topic in TOPICS.values() for group in topic.groups})
        wanted = {self._brokers.name(group): places for group in groups}
        answer = _patiently(lambda: admin.list_group_offsets(wanted))
        return {
            group: {
                place: commit.offset
                for place, commit in answer.get(self._brokers.name(group), {}).items()
                if commit.offset >= 0
            }
            for group in groups
        }

    def read(self, place: TopicPartition, offset: int, max_records: int, timeout: float) -> list[Record]:
        if self._reader is None:
            self._reader = self._brokers.open(
                KafkaConsumer, group_id=None, auto_offset_reset="earliest", allow_auto_create_topics=False
            )
        try:
            with self._brokers.errors():
                return self._read(self._reader, place, offset, max_records, timeout)
        except Retryable:
            self.close()
            raise

    def _read(self, reader: Any, place: TopicPartition, offset: int, most: int, timeout: float) -> list[Record]:
        there = self._brokers.place(place)
        if place.partition not in (reader.partitions_for_topic(there.topic) or ()):
            return []
        limit = round(CONNECT_SECONDS * 1000)
        if reader.assignment() != {there}:
            reader.assign([there])
        begin = reader.beginning_offsets([there], timeout_ms=limit)[there]
        end = reader.end_offsets([there], timeout_ms=limit)[there]
        position = max(offset, begin)
        if position > end:
            time.sleep(timeout)
            return []
        reader.seek(there, position)
        # What is there is waited for; `timeout` is for what may come.
        deadline = time.monotonic() + (CONNECT_SECONDS if position < end else timeout)
        while True:
            records = reader.poll(timeout_ms=100, max_records=most).get(there, [])
            if records or (position < end <= reader.position(there)):
                return [to_record(place.topic, record) for record in records]
            if time.monotonic() >= deadline:
                if position < end:
                    raise Retryable(f"Kafka at {self._brokers.address} does not answer: nothing fetched")
                return []

    def skip_gone(self, group: str) -> int:
        skipped = 0
        with self._administering() as admin:
            moves = {}
            for state in self.state():
                committed = state.committed.get(group)
                if committed is not None and not state.begin <= committed <= state.end:
                    place = Place(self._brokers.name(state.topic), state.partition)
                    moves[place] = OffsetAndMetadata(state.begin, "", -1)
                    skipped += max(0, state.begin - committed)
            for error in admin.alter_group_offsets(self._brokers.name(group), moves).values():
                if error is not errors.NoError:
                    raise Misconfigured(
                        f"group {group} has members: stop its workers, and try again {SESSION_SECONDS:.0f} s later"
                    )
        return skipped

    def close(self) -> None:
        for client in (self._admin, self._reader):
            if client is not None:
                with suppress(errors.KafkaError, RuntimeError):
                    client.close()
        self._admin = self._reader = None


def _patiently(ask: Callable[[], T]) -> T:
    """A broker that has just started, or a cluster asked for the first time, says `not yet` for a while."""
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            return ask()
        except errors.RetriableError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _creation(topic: Topic) -> dict[str, Any]:
    configs = {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": str(-1 if topic.retention is None else topic.retention),
        "max.message.bytes": str(topic.max_bytes),
        "message.timestamp.type": "LogAppendTime",
    }
    if topic.compacted:
        # A purge is done within a day, however slowly the topic grows.
        configs["max.compaction.lag.ms"] = str(24 * 60 * 60 * 1000)
    return {"num_partitions": topic.partitions, "replication_factor": -1, "configs": configs}
