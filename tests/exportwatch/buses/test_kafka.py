"""What only Kafka has: partitions that move between members, static members, brokers that freeze or refuse."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exportwatch.bus import DOCUMENTS, INDEXER, TOPICS, Consumer, Record, TopicPartition
from exportwatch.errors import Misconfigured, Retryable, Stopped
from tests.contracts.buses import Doors, Kafka, ends, need_control, produce, take, wait_for
from tests.servers.server import Server, free_ports

pytestmark = pytest.mark.servers
MEMBER = Path(__file__).with_name("member.py")
PARTITIONS = TOPICS[DOCUMENTS].partitions
ONE_EACH = [(f"k{i}", b"%d" % i) for i in range(400)]


@pytest.fixture
def backend(kafka_server: Server, namespace: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kafka]:
    backend = Kafka(kafka_server, namespace, monkeypatch)
    yield backend
    backend.clear()


@pytest.fixture
def doors(backend: Kafka) -> Iterator[Doors]:
    doors = Doors(backend.bus)
    doors.operator().ensure_topics()
    yield doors
    doors.close()


@contextlib.contextmanager
def member_process(backend: Kafka, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """A member that has read something of `documents`."""
    command = [sys.executable, "-m", "tests.exportwatch.buses.member"]
    arguments = [backend.server.address, backend.namespace, INDEXER, DOCUMENTS, name]
    with subprocess.Popen([*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline(), "the member ended without a record"
        try:
            yield process
        finally:
            process.kill()


def partitions(records: list[Record]) -> set[int]:
    return {record.partition for record in records}


def drain(consumer: Consumer, seconds: float) -> list[Record]:
    deadline = time.monotonic() + seconds
    records: list[Record] = []
    while time.monotonic() < deadline:
        records += consumer.poll(500, 0.2)
    return records


def test_a_topic_with_fewer_partitions_is_refused(backend: Kafka, namespace: str) -> None:
    with backend.admin() as admin:
        admin.create_topics({f"{namespace}.{DOCUMENTS}": {"num_partitions": 2, "replication_factor": 1}})
        admin.wait_for_topics([f"{namespace}.{DOCUMENTS}"])
    with (
        contextlib.closing(backend.bus.operator()) as operator,
        pytest.raises(Misconfigured, match=r"documents has 2 partitions and needs 12"),
    ):
        operator.ensure_topics()


def test_topics_are_made_with_their_settings(doors: Doors, backend: Kafka, namespace: str) -> None:
    from exportwatch.buses.kafka import ConfigResource

    with backend.admin() as admin:
        resources = [ConfigResource("TOPIC", f"{namespace}.{topic}") for topic in TOPICS]
        described = admin.describe_configs(resources)["topic"]
    for topic in TOPICS.values():
        configs = {name: config["value"] for name, config in described[f"{namespace}.{topic.name}"].items()}
        assert configs["cleanup.policy"] == ("compact" if topic.compacted else "delete")
        assert configs["retention.ms"] == str(topic.retention or -1)
        # Kafka lists only what differs from its default.
        assert int(configs.get("max.message.bytes", 1_048_588)) == topic.max_bytes


def test_a_key_lies_where_every_kafka_client_would_put_it(doors: Doors) -> None:
    # The vectors of Kafka's own test of murmur2.
    hashes = {
        "21": -973932308,
        "foobar": -790332482,
        "a-little-bit-long-string": -985981536,
        "a-little-bit-longer-string": -1486304829,
        "abc": 479470107,
    }
    produce(doors.producer(), DOCUMENTS, [(key, b"") for key in hashes])
    records = take(doors.consumer(INDEXER, DOCUMENTS), len(hashes))
    placed = {record.key: record.partition for record in records}
    assert placed == {key: (value & 0x7FFFFFFF) % PARTITIONS for key, value in hashes.items()}


def test_a_member_that_keeps_alive_outlives_the_poll_interval(backend: Kafka, doors: Doors) -> None:
    produce(doors.producer(), DOCUMENTS, ONE_EACH)
    short = Doors(backend.with_poll_interval(6.0))
    try:
        consumer = short.consumer(INDEXER, DOCUMENTS)
        batch = take(consumer, 50, most=50)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            assert consumer.keep_alive() == frozenset()
            time.sleep(1)
        assert consumer.commit(ends(batch)) == frozenset()
        rest = take(consumer, 350)
        assert {record.key for record in batch + rest} == {key for key, _ in ONE_EACH}
    finally:
        short.close()


def test_a_member_that_does_not_keep_alive_loses_everything_and_reads_it_again(backend: Kafka, doors: Doors) -> None:
    produce(doors.producer(), DOCUMENTS, ONE_EACH)
    short = Doors(backend.with_poll_interval(3.0))
    try:
        consumer = short.consumer(INDEXER, DOCUMENTS)
        batch = take(consumer, 50, most=50)
        state = consumer._kafka.group_metadata  # type: ignore[attr-defined]
        wait_for(lambda: "unjoined" in state().state, "the member was never dropped")
        assert consumer.commit(ends(batch)) == {record.place for record in batch}
        again = take(consumer, 400)
        assert {record.key for record in again} == {key for key, _ in ONE_EACH}
    finally:
        short.close()


def test_partitions_that_move_while_a_batch_waits_are_reported_and_read_by_their_new_owner(
    backend: Kafka, doors: Doors
) -> None:
    produce(doors.producer(), DOCUMENTS, ONE_EACH)
    first, second = doors.consumer(INDEXER, DOCUMENTS, "first"), doors.consumer(INDEXER, DOCUMENTS, "second")
    batch = take(first, 400)
    assert partitions(batch) == set(range(PARTITIONS))
    moved: list[Record] = []
    stop = threading.Event()

    def join() -> None:
        while not stop.is_set():
            moved.extend(second.poll(100, 0.2))

    thread = threading.Thread(target=join)
    thread.start()
    try:
        lost = wait_for(first.keep_alive, "nothing was reported as lost")
        assert 0 < len(lost) < PARTITIONS
        assert first.keep_alive() >= lost
        # The whole batch, as if the engine had not dropped what was lost.
        assert first.commit(ends(batch)) == lost
        orphans = {(record.place, record.offset) for record in batch if record.place in lost}
        wait_for(
            lambda: orphans <= {(record.place, record.offset) for record in moved} or first.keep_alive() is None,
            "the new owner did not get what was lost",
        )
    finally:
        stop.set()
        thread.join()
    assert {record.place for record in moved} == lost
    assert drain(first, 1.0) == []
    state = [state for state in doors.operator().state() if state.topic == DOCUMENTS]
    committed = {TopicPartition(DOCUMENTS, s.partition) for s in state if s.committed[INDEXER] is not None}
    assert committed == {TopicPartition(DOCUMENTS, p) for p in range(PARTITIONS)} - lost


def test_the_partitions_of_a_killed_member_go_to_the_other(backend: Kafka, doors: Doors) -> None:
    produce(doors.producer(), DOCUMENTS, ONE_EACH)
    consumer = doors.consumer(INDEXER, DOCUMENTS, "survivor")
    read: set[int] = set()

    def grown() -> int:
        read.update(partitions(consumer.poll(500, 0.2)))
        return len(read)

    with member_process(backend, "victim") as process:
        wait_for(grown, "the second member got no partition")
        drain(consumer, 1.0)
        assert grown() < PARTITIONS
        process.kill()
        process.wait()
        wait_for(lambda: grown() == PARTITIONS, "nobody took over from the killed member", seconds=40)


def test_the_successor_of_a_killed_member_goes_on_at_once(backend: Kafka, doors: Doors) -> None:
    produce(doors.producer(), DOCUMENTS, ONE_EACH)
    with member_process(backend, "worker") as process:
        process.kill()
        process.wait()
        started = time.monotonic()
        successor = doors.consumer(INDEXER, DOCUMENTS, "worker")
        assert len(take(successor, 400)) == 400
        assert time.monotonic() - started < 5  # the session lasts 10 s


def test_a_member_whose_name_was_taken_stops(backend: Kafka, doors: Doors) -> None:
    produce(doors.producer(), DOCUMENTS, ONE_EACH)
    old = doors.consumer(INDEXER, DOCUMENTS, "twin")
    batch = take(old, 100, most=100)
    new = doors.consumer(INDEXER, DOCUMENTS, "twin")
    take(new, 400)
    with pytest.raises(Stopped, match="took this one's place"):
        old.commit(ends(batch))


def test_what_a_commit_reports_as_lost_comes_again_when_it_stays(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    from exportwatch.buses.kafka import errors

    produce(doors.producer(), DOCUMENTS, ONE_EACH)
    consumer = doors.consumer(INDEXER, DOCUMENTS)
    first = take(consumer, 100, most=100)
    assert consumer.commit(ends(first)) == frozenset()
    batch = take(consumer, 100, most=50)

    def refuse(*arguments: object, **options: object) -> None:
        raise errors.CommitFailedError("as in the middle of a rebalance")

    with monkeypatch.context() as patch:
        patch.setattr(consumer._kafka, "commit", refuse)  # type: ignore[attr-defined]
        assert consumer.commit(ends(batch)) == {record.place for record in batch}
    rest = take(consumer, 300)
    assert {record.key for record in first + rest} == {key for key, _ in ONE_EACH}


def test_retention_that_overtakes_a_running_member_stops_it(backend: Kafka, doors: Doors) -> None:
    producer = doors.producer()
    produce(producer, DOCUMENTS, [("a", b"1")])
    consumer = doors.consumer(INDEXER, DOCUMENTS)
    batch = take(consumer, 1)
    consumer.commit(ends(batch))
    # kafka-python fetches ahead: what it holds already is no loss.
    fetching = consumer._kafka._fetcher.in_flight_fetches  # type: ignore[attr-defined]
    wait_for(lambda: not fetching(), "the fetch ahead never ended")
    produce(producer, DOCUMENTS, [("a", b"%d" % i) for i in range(5)])
    backend.truncate(batch[0].place, 4)
    with pytest.raises(Stopped, match=r"3 records are gone.*exportwatch replay`"):
        take(consumer, 1)


def test_a_poll_says_that_the_broker_is_away_and_goes_on_when_it_is_back(
    backend: Kafka, doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exportwatch.buses.kafka.COMMIT_SECONDS", 2.0)
    producer = doors.producer()
    produce(producer, DOCUMENTS, [("a", b"before")])
    consumer = doors.consumer(INDEXER, DOCUMENTS)
    batch = take(consumer, 1)
    with backend.away():
        with pytest.raises(Retryable, match="does not answer"):
            drain(consumer, 60)
        assert consumer.keep_alive() == frozenset()
        with pytest.raises(Retryable):
            consumer.commit(ends(batch))
    wait_for(lambda: committed(consumer, batch), "the commit never succeeded")
    produce(doors.producer(), DOCUMENTS, [("a", b"after")])
    assert [record.value for record in take_patiently(consumer, 1)] == [b"after"]


def committed(consumer: Consumer, batch: list[Record]) -> bool:
    try:
        return not consumer.commit(ends(batch))
    except Retryable:
        return False


def take_patiently(consumer: Consumer, count: int) -> list[Record]:
    """As the engine polls: Retryable is waited out."""
    records: list[Record] = []

    def enough() -> bool:
        with contextlib.suppress(Retryable):
            records.extend(consumer.poll(count - len(records), 0.5))
        return len(records) == count

    wait_for(enough, "the records did not come")
    return records


def test_a_flush_to_a_frozen_broker_raises_in_time_and_the_batch_sent_again_arrives(
    backend: Kafka, doors: Doors
) -> None:
    need_control(backend.server)
    producer = doors.producer()
    produce(producer, DOCUMENTS, [("a", b"before")])
    backend.server.pause()
    try:
        started = time.monotonic()
        with pytest.raises(Retryable):
            produce(producer, DOCUMENTS, [("a", b"1"), ("a", b"2")])
        assert time.monotonic() - started < 30  # 8 s are allowed here, and as much to close
    finally:
        backend.server.resume()
    wait_for(lambda: resent(doors), "the batch could not be sent again")
    values = [record.value for record in take(doors.consumer(INDEXER, DOCUMENTS), 3)]
    assert values == [b"before", b"1", b"2"]


def resent(doors: Doors) -> bool:
    try:
        produce(doors.producer(), DOCUMENTS, [("a", b"1"), ("a", b"2")])
    except Retryable:
        return False
    return True


def test_an_address_where_nobody_listens_is_retryable_soon_and_leaves_nothing_behind(
    namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exportwatch.buses import kafka

    assert kafka.CONNECT_SECONDS < 10
    assert kafka.BLOCK_SECONDS < 10
    monkeypatch.setattr(kafka, "CONNECT_SECONDS", 2.0)
    monkeypatch.setattr(kafka, "BLOCK_SECONDS", 2.0)
    doors = Doors(kafka.KafkaBus(f"127.0.0.1:{free_ports(1)[0]}", namespace))
    before = threading.active_count()
    for ask in (
        doors.operator().ensure_topics,
        doors.operator().state,
        lambda: doors.operator().read(TopicPartition(DOCUMENTS, 0), 0, 1, 1),
        lambda: doors.producer().send(DOCUMENTS, "a", b"", partition_by="a"),
        lambda: doors.consumer(INDEXER, DOCUMENTS).poll(1, 1),
    ):
        started = time.monotonic()
        with pytest.raises(Retryable, match="does not answer"):
            ask()
        assert time.monotonic() - started < 8
    doors.close()
    assert threading.active_count() == before


def test_an_address_that_takes_connections_and_says_nothing_is_retryable_too(namespace: str) -> None:
    from exportwatch.buses import kafka

    with socket.create_server(("127.0.0.1", 0)) as silent:
        operator = kafka.KafkaBus(f"127.0.0.1:{silent.getsockname()[1]}", namespace).operator()
        started = time.monotonic()
        with pytest.raises(Retryable, match="does not answer"):
            operator.state()
        assert time.monotonic() - started < 15
