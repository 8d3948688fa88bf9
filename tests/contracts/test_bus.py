"""The contract of the Bus (exportwatch/bus.py), kept by every backend; Kafka is a real one."""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from exportwatch.bus import (
    ALERTS,
    DELIVERER,
    DOCUMENTS,
    INDEXER,
    PROCESSOR,
    RELEASES,
    SOURCES,
    TOPICS,
    Record,
    TopicPartition,
)
from exportwatch.errors import BadRecord, Misconfigured, Retryable, Stopped
from tests.contracts.buses import Backend, Doors, Kafka, Memory, Sqlite, ends, produce, take, wait_for

WORDS = ["規制", "수출규제", "出口管制", "出口管制（繁體）", "export"]


@pytest.fixture(params=["memory", "sqlite", pytest.param("kafka", marks=pytest.mark.servers)])
def backend(
    request: pytest.FixtureRequest, tmp_path: Path, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Backend]:
    match request.param:
        case "memory":
            yield Memory(namespace)
        case "sqlite":
            yield Sqlite(tmp_path, namespace, monkeypatch)
        case _:
            kafka = Kafka(request.getfixturevalue("kafka_server"), namespace, monkeypatch)
            yield kafka
            kafka.clear()


@pytest.fixture
def doors(backend: Backend) -> Iterator[Doors]:
    doors = Doors(backend.bus)
    doors.operator().ensure_topics()
    yield doors
    doors.close()


def everything(doors: Doors, topic: str) -> list[Record]:
    """All records of a topic, read without a group."""
    operator = doors.operator()
    records: list[Record] = []
    for state in operator.state():
        offset = state.begin
        while state.topic == topic and offset < state.end:
            # A read may bring less than is there, but nothing only at the end.
            batch = operator.read(TopicPartition(topic, state.partition), offset, 1000, 0)
            if not batch:
                break
            records += batch
            offset = batch[-1].offset + 1
    return records


def test_records_of_one_key_keep_their_order_and_their_bytes(doors: Doors) -> None:
    sent = [(f"{WORDS[i % 5]}{i % 20}", f"{i} {WORDS[i % 5]}".encode()) for i in range(300)]
    produce(doors.producer(), DOCUMENTS, sent)
    by_key = defaultdict(list)
    for record in take(doors.consumer(INDEXER, DOCUMENTS), 300):
        by_key[record.key].append(record.value)
    wanted = defaultdict(list)
    for key, value in sent:
        wanted[key].append(value)
    assert by_key == wanted


def test_offsets_grow_within_a_partition_and_the_time_is_that_of_appending(doors: Doors) -> None:
    before = time.time_ns() // 1_000_000
    produce(doors.producer(), DOCUMENTS, [("a", b"1"), ("a", b"2")])
    first, second = take(doors.consumer(INDEXER, DOCUMENTS), 2)
    assert (first.offset, second.offset) == (0, 1)
    assert first.place == second.place
    assert before <= first.timestamp <= time.time_ns() // 1_000_000


def test_a_flush_that_cannot_deliver_raises_and_the_batch_sent_again_lands_in_order(
    doors: Doors, backend: Backend
) -> None:
    producer = doors.producer()
    produce(producer, DOCUMENTS, [("a", b"before")])
    batch = [("a", b"1"), ("a", b"2"), ("a", b"3")]
    producer.send(DOCUMENTS, *batch[0], partition_by="a")
    with backend.away():
        for key, value in batch[1:]:
            producer.send(DOCUMENTS, key, value, partition_by=key)
        with pytest.raises(Retryable):
            producer.flush()
    producer.flush()
    produce(producer, DOCUMENTS, batch)
    values = [record.value for record in everything(doors, DOCUMENTS)]
    assert values[0] == b"before"
    assert values[-3:] == [b"1", b"2", b"3"]
    # What had left before the fault may be there twice, but what failed did not come late.
    assert values[1:-3] in ([], [b"1"])


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_a_record_of_exactly_the_limit_passes_and_one_byte_more_is_bad(doors: Doors, topic: str) -> None:
    producer = doors.producer()
    value = os.urandom(TOPICS[topic].record_bytes - len("規"))
    value = value[: TOPICS[topic].record_bytes - len("規".encode())]
    with pytest.raises(BadRecord, match="over the limit"):
        producer.send(topic, "規", value + b"+", partition_by="規")
    produce(producer, topic, [("規", value)])
    (record,) = take(doors.consumer((*TOPICS[topic].groups, "any")[0], topic), 1)
    assert record.value == value


def test_a_key_that_is_not_unicode_is_a_bad_record(doors: Doors) -> None:
    with pytest.raises(BadRecord, match="surrogate"):
        doors.producer().send(DOCUMENTS, "\ud800", b"", partition_by="a")


def test_a_null_and_an_empty_value_differ(doors: Doors) -> None:
    produce(doors.producer(), DOCUMENTS, [("a", None), ("a", b"")])
    assert [record.value for record in take(doors.consumer(INDEXER, DOCUMENTS), 2)] == [None, b""]


def test_a_compacted_topic_keeps_every_revision_of_a_key_until_a_null_purges_it(doors: Doors, backend: Backend) -> None:
    producer = doors.producer()
    produce(producer, RELEASES, [("a", b"A"), ("a", b"B"), ("a", b"A"), ("b", b"stays")], by="a")
    records = take(doors.consumer(PROCESSOR, RELEASES), 4)
    assert [record.value for record in records] == [b"A", b"B", b"A", b"stays"]
    assert len(everything(doors, RELEASES)) == 4
    backend.compact(RELEASES)
    produce(producer, RELEASES, [("a", None)], by="a")
    produce(producer, RELEASES, [("c", b"newest")], by="a")

    def left() -> list[tuple[str, bytes | None]]:
        return [(record.key, record.value) for record in everything(doors, RELEASES) if record.value is not None]

    wait_for(lambda: left() == [("b", b"stays"), ("c", b"newest")], "the purge was not done")
    produce(producer, RELEASES, [("a", b"again")], by="a")
    assert everything(doors, RELEASES)[-1].offset == 6


def test_a_committed_offset_older_than_the_log_stops_with_the_count_and_the_replay(
    doors: Doors, backend: Backend
) -> None:
    produce(doors.producer(), DOCUMENTS, [("a", b"%d" % i) for i in range(5)])
    consumer = doors.consumer(INDEXER, DOCUMENTS)
    records = take(consumer, 1, most=1)
    consumer.commit(ends(records))
    consumer.close()
    backend.truncate(records[0].place, 4)
    again = doors.consumer(INDEXER, DOCUMENTS)
    with pytest.raises(Stopped, match=r"3 records are gone.*exportwatch replay`"):
        take(again, 1)


def test_what_a_group_cannot_read_any_more_is_skipped_on_demand(doors: Doors, backend: Backend) -> None:
    produce(doors.producer(), DOCUMENTS, [("a", b"%d" % i) for i in range(5)])
    consumer = doors.consumer(INDEXER, DOCUMENTS)
    records = take(consumer, 1, most=1)
    consumer.commit(ends(records))
    backend.truncate(records[0].place, 4)
    with pytest.raises(Misconfigured):
        doors.operator().skip_gone(INDEXER)
    consumer.close()
    # A static member is one until its session ends.
    assert wait_for(lambda: skipped(doors), "the group never became empty") == 3
    assert doors.operator().skip_gone(INDEXER) == 0
    assert take(doors.consumer(INDEXER, DOCUMENTS), 1)[0].offset == 4


def skipped(doors: Doors) -> int:
    try:
        return doors.operator().skip_gone(INDEXER)
    except Misconfigured:
        return 0


def test_committed_records_do_not_come_again_and_uncommitted_ones_do(doors: Doors) -> None:
    produce(doors.producer(), DOCUMENTS, [("a", b"%d" % i) for i in range(10)])
    consumer = doors.consumer(INDEXER, DOCUMENTS)
    assert consumer.commit(ends(take(consumer, 4, most=4))) == frozenset()
    assert [record.value for record in take(consumer, 3, most=3)] == [b"4", b"5", b"6"]
    consumer.close()
    again = doors.consumer(INDEXER, DOCUMENTS)
    assert [record.value for record in take(again, 6)] == [b"4", b"5", b"6", b"7", b"8", b"9"]


def test_two_groups_each_read_everything_from_the_start(doors: Doors) -> None:
    produce(doors.producer(), DOCUMENTS, [(f"k{i}", b"") for i in range(10)])
    assert len(take(doors.consumer("indexer", DOCUMENTS), 10)) == 10
    assert len(take(doors.consumer("matcher", DOCUMENTS), 10)) == 10


def test_seek_reads_an_assigned_partition_again(doors: Doors) -> None:
    produce(doors.producer(), DOCUMENTS, [("a", b"%d" % i) for i in range(4)])
    consumer = doors.consumer(INDEXER, DOCUMENTS)
    records = take(consumer, 4)
    consumer.seek(records[0].place, 2)
    assert [record.value for record in take(consumer, 2)] == [b"2", b"3"]


def test_keep_alive_takes_no_records(doors: Doors) -> None:
    producer = doors.producer()
    produce(producer, DOCUMENTS, [(f"k{i % 7}", b"%d" % i) for i in range(50)])
    consumer = doors.consumer(INDEXER, DOCUMENTS)
    assert consumer.keep_alive() == frozenset()
    seen: list[Record] = []
    for _ in range(5):
        batch = take(consumer, 10, most=10)
        assert consumer.keep_alive() == frozenset()
        produce(producer, DOCUMENTS, [("k1", b"more")])
        assert consumer.keep_alive() == frozenset()
        assert consumer.commit(ends(batch)) == frozenset()
        seen += batch
    seen += take(consumer, 5)
    offsets = defaultdict(list)
    for record in seen:
        offsets[record.place].append(record.offset)
    assert all(numbers == list(range(len(numbers))) for numbers in offsets.values())
    assert len(seen) == 55


def test_state_tells_begin_end_and_lag_also_before_the_first_commit(doors: Doors) -> None:
    produce(doors.producer(), ALERTS, [("s", b"1"), ("s", b"2"), ("s", b"3")])
    consumer = doors.consumer(DELIVERER, ALERTS)
    operator = doors.operator()
    (before,) = [state for state in operator.state() if state.topic == ALERTS and state.end]
    assert (before.begin, before.end, dict(before.committed)) == (0, 3, {DELIVERER: None})
    assert before.lag(DELIVERER) == 3
    consumer.commit(ends(take(consumer, 2, most=2)))
    (after,) = [state for state in operator.state() if state.topic == ALERTS and state.end]
    assert (after.committed[DELIVERER], after.lag(DELIVERER)) == (2, 1)
    places = [(state.topic, state.partition) for state in operator.state()]
    assert places == sorted(places)
    assert {topic for topic, _ in places} == set(TOPICS)
    assert {state.topic: set(state.committed) for state in operator.state()} == {
        topic.name: set(topic.groups) for topic in TOPICS.values()
    }


def test_read_needs_no_group_and_changes_nothing(doors: Doors, backend: Backend) -> None:
    produce(doors.producer(), DOCUMENTS, [("a", b"%d" % i) for i in range(5)])
    operator = doors.operator()
    before = operator.state()
    (place,) = [TopicPartition(state.topic, state.partition) for state in before if state.end]
    assert [record.value for record in operator.read(place, 0, 2, 0)] == [b"0", b"1"]
    assert [record.value for record in operator.read(place, 2, 10, 0)] == [b"2", b"3", b"4"]
    assert operator.read(place, 5, 10, 0) == []
    assert operator.read(place, 500, 10, 0) == []
    assert operator.read(TopicPartition(DOCUMENTS, 77), 0, 10, 0) == []
    assert operator.state() == before
    backend.truncate(place, 3)
    assert [record.offset for record in operator.read(place, 0, 10, 0)] == [3, 4]


def test_read_at_the_end_waits_for_what_comes(doors: Doors) -> None:
    operator = doors.operator()
    producer = doors.producer()
    produce(producer, SOURCES, [("s", b"old")])
    place = TopicPartition(SOURCES, 0)
    assert len(operator.read(place, 0, 1, 0)) == 1
    threading.Timer(0.2, lambda: produce(doors.producer(), SOURCES, [("s", b"new")])).start()
    assert [record.value for record in operator.read(place, 1, 10, 30)] == [b"new"]


def test_a_waiting_poll_ends_when_a_record_comes(doors: Doors) -> None:
    consumer = doors.consumer(INDEXER, DOCUMENTS)
    produce(doors.producer(), DOCUMENTS, [("a", b"first")])
    take(consumer, 1)
    started = time.monotonic()
    threading.Timer(0.2, lambda: produce(doors.producer(), DOCUMENTS, [("a", b"next")])).start()
    assert [record.value for record in consumer.poll(10, 30)] == [b"next"]
    assert time.monotonic() - started < 15


def test_an_empty_poll_ends_after_its_timeout(doors: Doors) -> None:
    consumer = doors.consumer(INDEXER, DOCUMENTS)
    started = time.monotonic()
    assert consumer.poll(10, 0.5) == []
    assert 0.4 <= time.monotonic() - started < 10


def test_topics_are_ensured_again_without_harm(doors: Doors, backend: Backend) -> None:
    produce(doors.producer(), DOCUMENTS, [("a", b"1")])
    doors.operator().ensure_topics()
    assert len(everything(doors, DOCUMENTS)) == 1


def test_an_empty_flush_and_a_second_close_do_nothing(doors: Doors) -> None:
    producer, consumer, operator = doors.producer(), doors.consumer(INDEXER, DOCUMENTS), doors.operator()
    producer.flush()
    for door in (producer, consumer, operator):
        door.close()
        door.close()


def test_a_bus_without_topics_is_retryable_to_write_and_empty_to_ask(backend: Backend) -> None:
    doors = Doors(backend.bus)
    try:
        assert doors.operator().state() == []
        producer = doors.producer()
        with pytest.raises(Retryable):
            produce(producer, DOCUMENTS, [("a", b"1")])
    finally:
        doors.close()


def test_several_producers_at_once_lose_and_repeat_nothing(doors: Doors) -> None:
    def run(number: int) -> None:
        producer = doors.producer()
        for i in range(20):
            produce(producer, DOCUMENTS, [(f"{number}", b"%d" % i)] * 5, by="all")

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records = take(doors.consumer(INDEXER, DOCUMENTS), 400)
    assert [record.offset for record in records] == list(range(400))
    for number in range(4):
        mine = [record.value for record in records if record.key == str(number)]
        assert mine == [b"%d" % i for i in range(20) for _ in range(5)]
