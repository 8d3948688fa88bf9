"""The loop: every record ends in exactly one place, whatever fails in between."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

import pytest

from exportwatch import codec
from exportwatch.blobs import open_blobs
from exportwatch.brake import IN_A_ROW, WINDOW, Brake
from exportwatch.bus import (
    DEAD_LETTERS,
    DOCUMENTS,
    PROCESSOR,
    RELEASES,
    TOPICS,
    Consumer,
    Producer,
    Record,
    TopicPartition,
)
from exportwatch.buses.memory import MemoryBus
from exportwatch.engine import LONE_ATTEMPTS, Again, Filtered, Outcome, Rejected, Send, Sent, Waiting, Worker, each
from exportwatch.errors import BadRecord, Retryable, Stopped
from exportwatch.metrics import Recorded
from exportwatch.model import INLINE_BYTES, DeadLetter

TITLES = ["Export controls", "輸出規制", "수출규제", "出口管制", "出口管制條例"]
VALUES: Sequence[bytes | None] = [title.encode() for title in TITLES]


class Time:
    """A clock that a sleep moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> int:
        return int(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Passing:
    """Sends every record on; `behave` may answer otherwise."""

    name = "process"

    def __init__(self, behave: Callable[[Record, int], Outcome | None] = lambda record, turn: None) -> None:
        self.behave = behave
        self.turns = 0

    def run(self, records: Sequence[Record], waiting: Waiting) -> list[Outcome]:
        self.turns += 1
        return each(self.one, records, waiting)

    def one(self, record: Record) -> Outcome:
        answer = self.behave(record, self.turns)
        return answer or Sent((Send(DOCUMENTS, record.key, record.value, record.key),))


class Failing:
    """A producer whose flushes fail as told: True fails before anything is stored."""

    def __init__(self, inner: Producer, failures: list[bool]) -> None:
        self._inner = inner
        self._failures = failures
        self._queue: list[tuple[str, str, bytes | None, str]] = []

    def send(self, topic: str, key: str, value: bytes | None, *, partition_by: str) -> None:
        self._queue.append((topic, key, value, partition_by))

    def flush(self) -> None:
        queue, self._queue = self._queue, []
        if self._failures and self._failures.pop(0):
            raise Retryable("broker away")
        for topic, key, value, by in queue:
            self._inner.send(topic, key, value, partition_by=by)
        self._inner.flush()

    def close(self) -> None:
        self._inner.close()


class House:
    """A bus in memory with records to process, and the worker over it."""

    def __init__(self, values: Sequence[bytes | None] = VALUES, publishers: int = 5) -> None:
        self.bus = MemoryBus("test")
        self.operator = self.bus.operator()
        self.operator.ensure_topics()
        self.time = Time()
        self.metrics = Recorded()
        self.blobs = open_blobs("memory:", None)  # type: ignore[arg-type]
        producer = self.bus.producer()
        for number, value in enumerate(values):
            producer.send(RELEASES, f"p{number % publishers}:{number}", value, partition_by="one")
        producer.flush()
        self.consumer: Consumer = self.bus.consumer(PROCESSOR, RELEASES, member="test")
        self.producer: Producer = self.bus.producer()

    def worker(self, stage: Passing, brake: Brake | None = None, batch: int = 100) -> Worker:
        return Worker(
            stage,
            self.consumer,
            self.producer,
            blobs=self.blobs,
            clock=self.time,
            metrics=self.metrics,
            brake=brake,
            batch=batch,
        )

    def run(self, stage: Passing, brake: Brake | None = None, batch: int = 100) -> None:
        self.worker(stage, brake, batch).run(lambda: self.lag() == 0)

    def lag(self) -> int:
        return sum(state.lag(PROCESSOR) for state in self.operator.state() if state.topic == RELEASES)

    def read(self, topic: str) -> list[Record]:
        places = [TopicPartition(s.topic, s.partition) for s in self.operator.state() if s.topic == topic]
        return [record for place in places for record in self.operator.read(place, 0, 10_000, 0.0)]

    def letters(self) -> list[DeadLetter]:
        return [codec.DEAD_LETTER.decode(record.value or b"") for record in self.read(DEAD_LETTERS)]


def test_every_record_is_sent_once_and_committed() -> None:
    house = House()
    house.run(Passing())
    assert {record.value for record in house.read(DOCUMENTS)} == set(VALUES)
    assert len(house.read(DOCUMENTS)) == len(TITLES)
    assert house.lag() == 0
    assert house.metrics.totals["records_sent"] == len(TITLES)


def test_a_failed_flush_resends_the_whole_batch_in_order_and_commits_once() -> None:
    house = House()
    house.producer = Failing(house.producer, [True, True, False])
    house.run(Passing(lambda r, turn: Sent((Send(DOCUMENTS, r.key, r.value, "same"),))))
    assert [record.value for record in house.read(DOCUMENTS)] == VALUES
    assert house.metrics.totals["retries"] == 2
    assert house.metrics.totals["records_sent"] == len(TITLES)
    assert house.metrics.totals["batches_committed"] == 1


def test_a_sink_that_is_away_is_waited_for_and_the_group_kept_alive() -> None:
    house = House()
    stage = Passing()
    calls = 0

    class Away(Passing):
        def run(self, records: Sequence[Record], waiting: Waiting) -> list[Outcome]:
            nonlocal calls
            calls += 1
            if calls <= 40:
                raise Retryable("elasticsearch away")
            return super().run(records, waiting)

    stage = Away()
    kept = _count_keep_alive(house)
    house.run(stage)
    assert house.time.seconds > 1180  # three minutes and more were waited
    assert len(kept) > 20
    assert max(after - before for before, after in itertools.pairwise(kept)) <= 10.0
    assert len(house.read(DOCUMENTS)) == len(TITLES)
    assert house.letters() == []


def _count_keep_alive(house: House) -> list[float]:
    inner, times = house.consumer, list[float]()

    class Counting:
        def keep_alive(self) -> frozenset[TopicPartition]:
            times.append(house.time.seconds)
            return inner.keep_alive()

        def __getattr__(self, name: str) -> object:
            return getattr(inner, name)

    house.consumer = Counting()  # type: ignore[assignment]
    return times


def test_a_rejected_record_is_a_dead_letter_with_reason_stage_origin_and_original_bytes() -> None:
    house = House()

    def bad(record: Record, turn: int) -> Outcome | None:
        if record.value == "輸出規制".encode():
            raise BadRecord("読めない")
        return None

    house.run(Passing(bad))
    (letter,) = house.letters()
    assert (letter.topic, letter.key, letter.stage, letter.reason) == (RELEASES, "p1:1", "process", "読めない")
    assert letter.original == "輸出規制".encode()
    assert letter.id == f"releases/{letter.partition}/{letter.offset}"
    assert len(house.read(DOCUMENTS)) == len(TITLES) - 1
    assert house.lag() == 0
    assert house.metrics.totals["records_dead_lettered"] == 1
    assert house.metrics.totals["records_sent"] == len(TITLES) - 1


def test_a_bug_costs_one_dead_letter_not_the_worker() -> None:
    house = House()
    house.run(Passing(lambda record, turn: 1 / 0 if record.key == "p0:0" else None))  # type: ignore[arg-type, return-value]
    assert "ZeroDivisionError" in house.letters()[0].reason
    assert len(house.read(DOCUMENTS)) == len(TITLES) - 1


def test_a_large_original_of_a_dead_letter_lies_in_blobs() -> None:
    original = b"x" * (INLINE_BYTES + 1)
    house = House([original])
    house.run(Passing(lambda record, turn: Rejected("no")))
    (letter,) = house.letters()
    assert letter.original is None
    assert house.blobs.get(letter.sha256) == original


def test_a_record_too_large_for_the_next_topic_is_a_dead_letter() -> None:
    house = House()
    huge = b"x" * TOPICS[DOCUMENTS].max_bytes
    house.run(Passing(lambda r, turn: Sent((Send(DOCUMENTS, r.key, huge, r.key),)) if r.key == "p0:0" else None))
    assert "over the limit" in house.letters()[0].reason
    assert len(house.read(DOCUMENTS)) == len(TITLES) - 1


def test_what_can_be_said_of_a_rejected_record_is_sent_beside_its_letter() -> None:
    house = House()
    send = Send(DOCUMENTS, "p0:0", b"unreadable", "p0:0")
    house.run(Passing(lambda record, turn: Rejected("killed", (send,)) if record.key == "p0:0" else None))
    assert len(house.letters()) == 1
    assert b"unreadable" in [record.value for record in house.read(DOCUMENTS)]


def test_purges_are_passed_on_and_counted_as_filtered() -> None:
    house = House([b"a", None])
    house.run(
        Passing(lambda r, turn: Filtered("purge", (Send(DOCUMENTS, r.key, None, r.key),)) if r.value is None else None)
    )
    assert [record.value for record in house.read(DOCUMENTS)].count(None) == 1
    assert house.metrics.totals["records_filtered"] == 1


def test_one_record_refused_while_others_pass_becomes_a_dead_letter_after_ten_attempts() -> None:
    house = House()
    stage = Passing(lambda record, turn: Again("429") if record.key == "p0:0" else None)
    house.run(stage)
    assert stage.turns == LONE_ATTEMPTS
    assert "refused 10 times" in house.letters()[0].reason
    assert len(house.read(DOCUMENTS)) == len(TITLES) - 1  # the witness was asked again, not sent again


def test_a_record_refused_alone_after_others_passed_is_no_bad_record_when_those_are_refused_now_too() -> None:
    house = House()
    turns = 40  # three minutes and more

    def overloaded(record: Record, turn: int) -> Outcome | None:
        passes = turn >= turns or (turn == 1 and record.key != "p0:0")
        return None if passes else Again("429 flood stage")

    house.run(Passing(overloaded))
    assert house.time.seconds > 1180
    assert house.letters() == []
    assert len(house.read(DOCUMENTS)) == len(TITLES)


def test_a_batch_of_one_is_waited_for_while_nothing_tells_it_from_an_overload() -> None:
    house = House([b"only"])
    house.run(Passing(lambda record, turn: Again("429") if turn < 40 else None))
    assert house.letters() == []


def test_a_record_of_an_earlier_batch_tells_that_a_lone_one_is_bad() -> None:
    house = House([b"good", b"bad"])
    house.run(Passing(lambda record, turn: Again("429") if record.value == b"bad" else None), batch=1)
    assert "refused 10 times" in house.letters()[0].reason
    assert [record.value for record in house.read(DOCUMENTS)] == [b"good"]


def test_what_one_record_needs_and_is_away_is_waited_for() -> None:
    house = House([b"needs blobs"])

    def away(record: Record, turn: int) -> Outcome | None:
        if turn < 40:
            raise Retryable("blobs away")
        return None

    house.run(Passing(away))
    assert house.letters() == []
    assert len(house.read(DOCUMENTS)) == 1


def test_a_purge_that_ends_as_a_dead_letter_stays_a_purge_and_empty_bytes_stay_bytes() -> None:
    house = House([None, b""])
    house.run(Passing(lambda record, turn: Rejected("no")))
    assert [(letter.purge, letter.original) for letter in house.letters()] == [(True, b""), (False, b"")]


def test_all_records_refused_is_an_overload_and_is_waited_out() -> None:
    house = House()
    house.run(Passing(lambda record, turn: Again("429") if turn < 30 else None))
    assert house.letters() == []
    assert len(house.read(DOCUMENTS)) == len(TITLES)


def test_order_of_a_key_is_kept_through_retries() -> None:
    house = House([b"1", b"2", b"3"])

    def behave(record: Record, turn: int) -> Outcome:
        if record.value == b"2" and turn < 3:
            raise Retryable("busy")
        return Sent((Send(DOCUMENTS, "key", record.value, "key"),))

    house.run(Passing(behave))
    assert [record.value for record in house.read(DOCUMENTS)] == [b"1", b"2", b"3"]


def test_a_refusing_dead_letter_topic_stops_the_worker_uncommitted() -> None:
    house = House()
    inner = house.producer

    class Refusing:
        def send(self, topic: str, key: str, value: bytes | None, *, partition_by: str) -> None:
            if topic == DEAD_LETTERS:
                raise BadRecord("too large")
            inner.send(topic, key, value, partition_by=partition_by)

        def __getattr__(self, name: str) -> object:
            return getattr(inner, name)

    house.producer = Refusing()  # type: ignore[assignment]
    with pytest.raises(Stopped, match="the topic dead-letters refuses"):
        house.run(Passing(lambda record, turn: Rejected("no")))
    assert house.lag() == len(TITLES)


def test_records_of_lost_partitions_are_dropped_uncommitted() -> None:
    house = House()
    inner = house.consumer
    lost = frozenset(TopicPartition(s.topic, s.partition) for s in house.operator.state() if s.topic == RELEASES)

    class Losing:
        def keep_alive(self) -> frozenset[TopicPartition]:
            return lost

        def __getattr__(self, name: str) -> object:
            return getattr(inner, name)

    house.consumer = Losing()  # type: ignore[assignment]
    stage = Passing()
    worker = house.worker(stage)

    def away(record: Record, turn: int) -> Outcome | None:
        if turn < 12:
            raise Retryable("away")
        worker.stop()
        return None

    stage.behave = away
    worker.run(lambda: house.metrics.totals["records_dropped"] > 0)
    assert house.metrics.totals["records_dropped"] == len(TITLES)
    assert house.read(DOCUMENTS) == []
    assert house.lag() == len(TITLES)


def test_a_lost_commit_counts_nothing_as_committed() -> None:
    house = House()
    inner = house.consumer
    refusals = [True]

    class Refusing:
        def commit(self, offsets: Mapping[TopicPartition, int]) -> frozenset[TopicPartition]:
            return frozenset(offsets) if refusals.pop() else inner.commit(offsets)

        def __getattr__(self, name: str) -> object:
            return getattr(inner, name)

    house.consumer = Refusing()  # type: ignore[assignment]
    worker = house.worker(Passing())
    worker.run(lambda: True)
    assert house.lag() == len(TITLES)
    assert house.metrics.totals["batches_committed"] == 0


def test_stop_finishes_the_batch_and_commits() -> None:
    house = House()
    stage = Passing()
    worker = house.worker(stage, batch=2)

    def stop(record: Record, turn: int) -> Outcome | None:
        worker.stop()
        return None

    stage.behave = stop
    worker.run()
    assert len(house.read(DOCUMENTS)) == 2
    assert house.lag() == len(TITLES) - 2


def test_stop_during_an_outage_leaves_the_batch_uncommitted() -> None:
    house = House()
    stage = Passing()
    worker = house.worker(stage)

    def away(record: Record, turn: int) -> Outcome | None:
        if turn == 3:
            worker.stop()
        raise Retryable("away")

    stage.behave = away
    worker.run()
    assert house.lag() == len(TITLES)
    assert house.letters() == []


def test_the_brake_stops_uncommitted_and_before_any_dead_letter() -> None:
    house = House([b"x"] * 200)
    with pytest.raises(Stopped, match=r"brake: 50 records in a row from 5 publishers.*--no-brake"):
        house.run(Passing(lambda record, turn: Rejected("bad deploy")), Brake())
    assert house.letters() == []
    assert house.lag() == 200


def test_bugs_pull_the_brake_even_with_one_publisher_alone() -> None:
    house = House([b"x"] * 200, publishers=1)

    def bug(record: Record, turn: int) -> Outcome | None:
        raise KeyError("a bad deploy")

    for _ in range(2):  # also after a restart, and nothing is ever committed
        house.consumer.close()
        house.consumer = house.bus.consumer(PROCESSOR, RELEASES, member="test")
        with pytest.raises(Stopped, match="50 records in a row ended in an error nobody expected"):
            house.run(Passing(bug), Brake())
    assert house.letters() == []
    assert house.lag() == 200


def test_without_the_brake_the_worker_goes_on() -> None:
    house = House([b"x"] * 200)
    house.run(Passing(lambda record, turn: Rejected("known")))
    assert len(house.letters()) == 200


def test_one_publisher_alone_never_pulls_the_brake() -> None:
    brake = Brake()
    for _ in range(IN_A_ROW * 3):
        brake.saw("jp-meti", "selectors find nothing")
    for _ in range(WINDOW * 2):
        brake.saw("jp-meti", "selectors find nothing")
        brake.saw("kr-motir", "")


def test_five_percent_of_the_last_thousand_pull_the_brake() -> None:
    brake = Brake()
    for number in range(WINDOW - 1):
        brake.saw("a", "bad" if number % 20 == 10 and number > 20 else "")
    with pytest.raises(Stopped, match="50 of the last 1000 records were rejected"):
        brake.saw("b", "bad")
