"""What only the embedded log has: one file, one member a group, its own retention, and a disk that fills."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exportwatch.bus import DAY, DOCUMENTS, INDEXER, RELEASES, SOURCES, TopicPartition
from exportwatch.buses import sqlite
from exportwatch.buses.sqlite import SqliteBus
from exportwatch.clock import SystemClock
from exportwatch.errors import Misconfigured, Retryable
from tests.contracts.buses import Doors, ends, produce, take

PLACE = TopicPartition(DOCUMENTS, 0)


class Clock(SystemClock):
    """Real sleeps, a wall clock that a test moves."""

    def __init__(self) -> None:
        super().__init__()
        self.days = 0.0

    def now(self) -> int:
        return super().now() + round(self.days * DAY)

    def monotonic(self) -> float:
        return super().monotonic() + self.days * DAY / 1000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bus.db"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def doors(path: Path, clock: Clock) -> Iterator[Doors]:
    doors = Doors(SqliteBus(path, "test", clock))
    doors.operator().ensure_topics()
    yield doors
    doors.close()


def appender(path: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.exportwatch.buses.appender", str(path), "test"]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def test_a_second_member_is_refused_with_the_name_of_the_first(doors: Doors) -> None:
    first = doors.consumer(INDEXER, DOCUMENTS, "index-host-1")
    with pytest.raises(Misconfigured, match=r"index-host-1, process [0-9]+"):
        doors.consumer(INDEXER, DOCUMENTS, "index-host-2")
    first.close()
    doors.consumer(INDEXER, DOCUMENTS, "index-host-2")


def test_two_namespaces_in_one_file_see_nothing_of_each_other(path: Path, doors: Doors) -> None:
    other = Doors(SqliteBus(path, "other", SystemClock()))
    try:
        assert other.operator().state() == []
        other.operator().ensure_topics()
        produce(doors.producer(), DOCUMENTS, [("a", b"ours")])
        other.consumer(INDEXER, DOCUMENTS)
        assert [record.value for record in take(doors.consumer(INDEXER, DOCUMENTS), 1)] == [b"ours"]
        assert other.operator().read(PLACE, 0, 10, 0) == []
    finally:
        other.close()


def test_a_flush_cut_off_by_sigkill_is_there_whole_or_not_at_all(path: Path) -> None:
    for _ in range(3):
        with appender(path) as process:
            assert process.stdout
            for _ in range(5):
                assert process.stdout.readline()
            process.kill()
    with contextlib.closing(SqliteBus(path, "test", SystemClock()).operator()) as operator:
        records = operator.read(PLACE, 0, 100_000, 0)
        (state,) = [state for state in operator.state() if state.topic == DOCUMENTS]
    assert [record.offset for record in records] == list(range(state.end))
    assert state.end % 10 == 0
    assert state.end >= 150


def test_several_processes_make_one_file_at_once(path: Path) -> None:
    processes = [appender(path) for _ in range(4)]
    try:
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == b"0\n"
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_a_full_disk_is_retryable_and_the_batch_lands_when_there_is_room(doors: Doors) -> None:
    producer = doors.producer()
    produce(producer, DOCUMENTS, [("a", b"before")])
    connection: sqlite3.Connection = producer._connection  # type: ignore[attr-defined]
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(Retryable, match="full"):
        produce(producer, DOCUMENTS, [("a", b"half of a batch"), ("a", b"x" * 1_000_000)])
    connection.execute("PRAGMA max_page_count=1000000")
    produce(producer, DOCUMENTS, [("a", b"after")])
    assert [record.value for record in doors.operator().read(PLACE, 0, 10, 0)] == [b"before", b"after"]


def test_a_flush_that_fails_half_way_appends_nothing(path: Path, doors: Doors) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM topics WHERE name = 'test.sources'")
    producer = doors.producer()
    producer.send(DOCUMENTS, "a", b"1", partition_by="a")
    producer.send(SOURCES, "s", b"1", partition_by="s")
    with pytest.raises(Retryable, match="no topic sources"):
        producer.flush()
    assert doors.operator().read(PLACE, 0, 10, 0) == []


def test_a_read_only_file_is_retryable(doors: Doors) -> None:
    producer = doors.producer()
    produce(producer, DOCUMENTS, [("a", b"1")])
    producer._connection.execute("PRAGMA query_only=1")  # type: ignore[attr-defined]
    with pytest.raises(Retryable, match="readonly"):
        produce(producer, DOCUMENTS, [("a", b"2")])


def test_a_damaged_file_is_for_a_person_to_mend(path: Path) -> None:
    path.write_bytes(b"not a log at all" * 1000)
    with pytest.raises(Misconfigured, match=r"bus\.db is damaged"):
        SqliteBus(path, "test", SystemClock()).operator().ensure_topics()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"no folder .*nowhere"):
        SqliteBus(tmp_path / "nowhere" / "bus.db", "test", SystemClock()).operator().state()


def test_a_file_of_a_newer_version_asks_for_an_upgrade(path: Path, doors: Doors) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(Misconfigured, match="upgrade"):
        SqliteBus(path, "test", SystemClock()).operator().state()


def test_what_is_past_its_time_is_pruned_in_slices(doors: Doors, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PRUNE_SLICE", 4)
    producer = doors.producer()
    produce(producer, DOCUMENTS, [("a", b"old")] * 10)
    produce(producer, SOURCES, [("s", b"old")])
    clock.days = 29
    produce(producer, DOCUMENTS, [("a", b"young")])
    clock.days = 31
    produce(producer, DOCUMENTS, [("a", b"new")])
    (state,) = [state for state in doors.operator().state() if state.topic == DOCUMENTS]
    assert (state.begin, state.end) == (10, 12)
    assert [record.value for record in doors.operator().read(PLACE, 0, 100, 0)] == [b"young", b"new"]


def test_superseded_records_of_a_compacted_topic_go_after_a_month(doors: Doors, clock: Clock) -> None:
    producer = doors.producer()
    produce(producer, SOURCES, [("s", b"1"), ("s", b"2"), ("t", b"only")])
    clock.days = 31
    produce(producer, SOURCES, [("s", b"3")])
    left = doors.operator().read(TopicPartition(SOURCES, 0), 0, 100, 0)
    assert [(record.offset, record.value) for record in left] == [(2, b"only"), (3, b"3")]


def test_offsets_are_never_used_twice(doors: Doors, clock: Clock) -> None:
    producer = doors.producer()
    produce(producer, RELEASES, [("a", b"1")])
    produce(producer, RELEASES, [("a", None)])
    produce(producer, RELEASES, [("a", None)])
    produce(producer, RELEASES, [("b", b"2")])
    left = doors.operator().read(TopicPartition(RELEASES, 0), 0, 100, 0)
    assert [(record.offset, record.value) for record in left] == [(2, None), (3, b"2")]


def test_a_poll_holds_a_bounded_number_of_bytes(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "POLL_BYTES", 2500)
    produce(doors.producer(), DOCUMENTS, [("a", b"x" * 1000)] * 10)
    consumer = doors.consumer(INDEXER, DOCUMENTS)
    assert len(consumer.poll(100, 0)) == 3
    assert [record.offset for record in take(consumer, 7)] == list(range(3, 10))


def test_a_record_is_seen_within_a_tenth_of_a_second(path: Path, doors: Doors) -> None:
    consumer, producer = doors.consumer(INDEXER, DOCUMENTS), doors.producer()
    produce(producer, DOCUMENTS, [("a", b"first")])
    take(consumer, 1)
    delays = []
    for _ in range(20):
        flushed: list[float] = []

        def later(flushed: list[float] = flushed) -> None:
            time.sleep(0.15)  # long enough for the poll to reach its longest pause
            produce(doors.producer(), DOCUMENTS, [("a", b"next")])
            flushed.append(time.monotonic())

        thread = threading.Thread(target=later)
        thread.start()
        records = consumer.poll(1, 10)
        seen = time.monotonic()
        thread.join()
        assert consumer.commit(ends(records)) == frozenset()
        delays.append(seen - flushed[0])
    assert sorted(delays)[len(delays) // 2] < 0.1
