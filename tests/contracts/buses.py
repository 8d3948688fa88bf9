"""The three logs as the contract suite sees them: how each is opened, taken away, cut and compacted."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest

from exportwatch.bus import TOPICS, Bus, Consumer, Operator, Producer, Record, TopicPartition
from exportwatch.buses import memory, sqlite
from exportwatch.clock import SystemClock
from tests.servers.server import Server

T = TypeVar("T")
DEADLINE = 60.0


class Backend(Protocol):
    """What differs between logs; `bus` opens the doors."""

    @property
    def bus(self) -> Bus: ...

    def away(self) -> contextlib.AbstractContextManager[object]:
        """While inside, nothing can be appended."""
        ...

    def truncate(self, place: TopicPartition, begin: int) -> None:
        """Drop what lies before `begin`, as retention does."""
        ...

    def compact(self, topic: str) -> None:
        """Have compaction done soon."""
        ...


class Memory:
    def __init__(self, namespace: str) -> None:
        self.bus = self._memory = memory.MemoryBus(namespace)

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        logs, self._memory.logs = self._memory.logs, {}
        yield
        self._memory.logs = logs

    def truncate(self, place: TopicPartition, begin: int) -> None:
        self._memory.truncate(place, begin)

    def compact(self, topic: str) -> None:
        """Done at once."""


class Sqlite:
    def __init__(self, folder: Path, namespace: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sqlite, "BUSY_SECONDS", 2.0)
        self.path = folder / "bus.db"
        self._namespace = namespace
        self.bus = sqlite.SqliteBus(self.path, namespace, SystemClock())

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Another process holds the write lock."""
        with self.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    def truncate(self, place: TopicPartition, begin: int) -> None:
        name = f"{self._namespace}.{place.topic}"
        with self.connection() as connection:
            connection.execute(f'DELETE FROM "{name}" WHERE offset < ?', (begin,))
            connection.execute("UPDATE topics SET begins = ? WHERE name = ?", (begin, name))

    def compact(self, topic: str) -> None:
        """Done at once."""

    @contextlib.contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            yield connection


class Kafka:
    def __init__(self, server: Server, namespace: str, monkeypatch: pytest.MonkeyPatch) -> None:
        from exportwatch.buses import kafka

        monkeypatch.setattr(kafka, "DELIVERY_SECONDS", 8.0)
        monkeypatch.setattr(kafka, "REQUEST_SECONDS", 4.0)
        self.server = server
        self.namespace = namespace
        self.bus = kafka.KafkaBus(server.address, namespace)

    def with_poll_interval(self, seconds: float) -> Bus:
        from exportwatch.buses import kafka

        return kafka.KafkaBus(self.server.address, self.namespace, poll_interval=seconds)

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        need_control(self.server)
        self.server.stop(kill=True)
        try:
            yield
        finally:
            self.server.start()

    def truncate(self, place: TopicPartition, begin: int) -> None:
        from exportwatch.buses.kafka import Place

        with self.admin() as admin:
            admin.delete_records({Place(f"{self.namespace}.{place.topic}", place.partition): begin})

    def compact(self, topic: str) -> None:
        """Compaction skips the newest segment, so a segment is made to last for one record."""
        self.configure(topic, {"segment.ms": "1", "min.cleanable.dirty.ratio": "0"})

    def clear(self) -> None:
        """A broker with fewer topics is sooner up again."""
        from exportwatch.buses.kafka import errors

        with self.admin() as admin, contextlib.suppress(errors.UnknownTopicOrPartitionError):
            admin.delete_topics([f"{self.namespace}.{topic}" for topic in TOPICS])

    def configure(self, topic: str, configs: dict[str, str]) -> None:
        from exportwatch.buses.kafka import ConfigResource

        with self.admin() as admin:
            admin.alter_configs([ConfigResource("TOPIC", f"{self.namespace}.{topic}", configs=configs)])

    @contextlib.contextmanager
    def admin(self) -> Iterator[Any]:
        from exportwatch.buses.kafka import KafkaAdminClient

        with contextlib.closing(KafkaAdminClient(bootstrap_servers=self.server.address)) as admin:
            yield admin


def need_control(server: Server) -> None:
    if not server.controlled:
        pytest.skip("needs a server of its own to stop: unset TEST_KAFKA")


class Doors:
    """Opens doors of one bus and closes them all in the end."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._stack = contextlib.ExitStack()

    def producer(self) -> Producer:
        return self._kept(self._bus.producer())

    def consumer(self, group: str, topic: str, member: str = "one") -> Consumer:
        return self._kept(self._bus.consumer(group, topic, member=member))

    def operator(self) -> Operator:
        return self._kept(self._bus.operator())

    def _kept(self, door: T) -> T:
        self._stack.callback(door.close)  # type: ignore[attr-defined]
        return door

    def close(self) -> None:
        self._stack.close()


def produce(producer: Producer, topic: str, records: Sequence[tuple[str, bytes | None]], by: str = "") -> None:
    """Each record partitioned by its key, or all by `by`; flushed."""
    for key, value in records:
        producer.send(topic, key, value, partition_by=by or key)
    producer.flush()


def take(consumer: Consumer, count: int, most: int = 100) -> list[Record]:
    """Poll until `count` records came; fails when fewer come in time."""
    records: list[Record] = []
    deadline = time.monotonic() + DEADLINE
    while len(records) < count:
        assert time.monotonic() < deadline, f"{len(records)} of {count} records came"
        records += consumer.poll(min(most, count - len(records)), 0.5)
    return records


def ends(records: Sequence[Record]) -> dict[TopicPartition, int]:
    """What to commit for records as polled."""
    return {record.place: record.offset + 1 for record in records}


def wait_for(condition: Callable[[], T], what: str, seconds: float = DEADLINE) -> T:
    """The first true value of `condition`; fails after a while."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
    return value
