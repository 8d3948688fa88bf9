"""The Bus against a bare kafka-python loop with the same settings on the same Kafka; the embedded log beside it.

Batches of 200 records of 3 kB, as the engine takes them: produce and flush, then poll and commit.
Run with `python -m benchmarks.bus`; it starts its own Kafka (tests/servers), or uses the one in TEST_KAFKA.
"""

from __future__ import annotations

import random
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from exportwatch.bus import DOCUMENTS, INDEXER, Bus
from exportwatch.buses.kafka import (
    REQUEST_SECONDS,
    KafkaBus,
    KafkaConsumer,
    KafkaProducer,
    OffsetAndMetadata,
    consumer_settings,
    producer_settings,
)
from exportwatch.buses.sqlite import SqliteBus
from exportwatch.clock import SystemClock
from tests.servers.launch import launch

RECORDS = 12_000
BATCH = 200
ROUNDS = 5
AIM = 1.25


class Pace(NamedTuple):
    """How one way went. The processor's time is the steadier figure where other programs run beside."""

    rate: float
    """Records a second."""
    processor: float
    """Microseconds a record, both threads of the client together."""


class Rates(NamedTuple):
    produce: Pace
    consume: Pace


def main() -> None:
    values = _values()
    server = launch("kafka")
    try:
        _warm(server.address, values[: 10 * BATCH])
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(_kafka(server.address, values))
            bare.append(_bare(server.address, values))
    finally:
        server.close()
    with tempfile.TemporaryDirectory() as folder:
        embedded = _bus(SqliteBus(Path(folder) / "bus.db", "bench", SystemClock()), values)
    for name in Rates._fields:
        peer = _best(bare, name)
        _report(name, "kafka", _best(ours, name), peer, f" (aim at most {AIM})")
        _report(name, "sqlite", getattr(embedded, name), peer, "")


def _best(rounds: Sequence[Rates], name: str) -> Pace:
    paces = [getattr(rates, name) for rates in rounds]
    return Pace(max(pace.rate for pace in paces), min(pace.processor for pace in paces))


def _report(name: str, backend: str, pace: Pace, peer: Pace, aim: str) -> None:
    print(
        f"{name:8} {backend:7}{pace.rate:9,.0f}/s  bare {peer.rate:9,.0f}/s  overhead {peer.rate / pace.rate:.2f}{aim};"
        f"  processor {pace.processor:4.0f} µs, bare {peer.processor:4.0f} µs, {pace.processor / peer.processor:.2f}"
    )


def _values() -> list[bytes]:
    """Compressible about as well as text is."""
    source = random.Random(1)
    words = [source.randbytes(source.randrange(2, 6)).hex() for _ in range(4000)]
    return [" ".join(source.choices(words, k=450)).encode()[:3000] for _ in range(RECORDS)]


def _warm(address: str, values: Sequence[bytes]) -> None:
    """A Java that has just started is slow; nobody should pay for it."""
    _kafka(address, values)
    _bare(address, values)


def _kafka(address: str, values: Sequence[bytes]) -> Rates:
    return _bus(KafkaBus(address, f"bench-{secrets.token_hex(4)}"), values)


def _bus(bus: Bus, values: Sequence[bytes]) -> Rates:
    with closing(bus.operator()) as operator:
        operator.ensure_topics()
    with closing(bus.producer()) as producer, closing(bus.consumer(INDEXER, DOCUMENTS, member="bench")) as consumer:

        def produce(batch: Sequence[bytes]) -> None:
            for i, value in enumerate(batch):
                producer.send(DOCUMENTS, f"key-{i}", value, partition_by=f"key-{i}")
            producer.flush()

        def consume() -> int:
            records = consumer.poll(BATCH, 1.0)
            if records:
                consumer.commit({record.place: record.offset + 1 for record in records})
            return len(records)

        return _measured(produce, consume, values)


def _bare(address: str, values: Sequence[bytes]) -> Rates:
    """What one would write without a Bus."""
    namespace = f"bench-{secrets.token_hex(4)}"
    with closing(KafkaBus(address, namespace).operator()) as operator:
        operator.ensure_topics()
    topic = f"{namespace}.{DOCUMENTS}"
    options = {"bootstrap_servers": address, "request_timeout_ms": round(REQUEST_SECONDS * 1000)}
    consumer_options = {**consumer_settings(), **options, "auto_offset_reset": "earliest"}
    with (
        closing(KafkaProducer(**{**producer_settings(), **options})) as producer,
        closing(KafkaConsumer(topic, group_id=namespace, group_instance_id="bench", **consumer_options)) as consumer,
    ):

        def produce(batch: Sequence[bytes]) -> None:
            for i, value in enumerate(batch):
                producer.send(topic, value, f"key-{i}".encode())
            producer.flush()

        def consume() -> int:
            batches = consumer.poll(timeout_ms=1000, max_records=BATCH)
            if batches:
                offsets = {
                    place: OffsetAndMetadata(records[-1].offset + 1, "", -1) for place, records in batches.items()
                }
                consumer.commit(offsets)
            return sum(map(len, batches.values()))

        return _measured(produce, consume, values)


def _measured(produce: Callable[[Sequence[bytes]], None], consume: Callable[[], int], values: Sequence[bytes]) -> Rates:
    """Connecting, and joining the group, is not counted."""
    produce(values[:BATCH])
    left = BATCH
    while left:
        left -= consume()
    with _timed() as producing:
        for start in range(0, len(values), BATCH):
            produce(values[start : start + BATCH])
    left = len(values)
    with _timed() as consuming:
        while left:
            left -= consume()
    return Rates(_pace(len(values), producing), _pace(len(values), consuming))


def _pace(count: int, seconds: Sequence[float]) -> Pace:
    wall, processor = seconds
    return Pace(count / wall, processor / count * 1e6)


@contextmanager
def _timed() -> Iterator[list[float]]:
    """Wall and processor time, filled in at the end."""
    seconds: list[float] = []
    started, processor = time.perf_counter(), time.process_time()
    yield seconds
    seconds += [time.perf_counter() - started, time.process_time() - processor]


if __name__ == "__main__":
    main()
