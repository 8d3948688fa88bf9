"""Nothing is fetched that could not be kept, and it is said once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collectors.pausing import Pausing
from exportwatch.clock import SystemClock
from exportwatch.engine import wait_for
from exportwatch.errors import Retryable, Stopped
from exportwatch.metrics import Recorded
from exportwatch.store import Put, Wrote
from exportwatch.stores.memory import MemoryStore
from tests.collectors.house import House, item, rss
from tests.collectors.kit import LOG, StandingClock, serve

MIB = 1024 * 1024


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with serve() as server:
        yield House(server, tmp_path)


class Disk:
    """Free bytes that change when asked so often."""

    def __init__(self, *free: int) -> None:
        self.free = list(free)
        self.asked = 0

    def __call__(self) -> int:
        self.asked += 1
        return self.free.pop(0) if len(self.free) > 1 else self.free[0]


def test_a_full_disk_pauses_until_there_is_room(caplog: pytest.LogCaptureFixture) -> None:
    clock, metrics = StandingClock(), Recorded()
    disk = Disk(*[5 * MIB] * 10, 500 * MIB)
    pausing = Pausing(clock, LOG, metrics, free=disk, least=256 * MIB, folder="/data")
    with caplog.at_level(logging.WARNING):
        pausing()
        pausing()
    assert sum(clock.slept) == pytest.approx(20, abs=3)
    assert [record.getMessage() for record in caplog.records] == [
        "collect: paused: 5.0 MiB are free on the disk of /data, at least 256 MiB are wanted (least_free_bytes); "
        "it goes on when there is room",
        "collect: going on after 20 s: there is room again",
    ]
    assert metrics.totals["pauses"] == 1


def test_a_stop_ends_the_pause() -> None:
    clock = StandingClock()
    pausing = Pausing(clock, LOG, Recorded(), free=lambda: 0, least=1, stop=lambda: len(clock.slept) > 3)
    with pytest.raises(Retryable, match="stopped"):
        pausing()


def test_a_run_that_does_not_wait_ends_on_a_full_disk_and_says_why(house: House) -> None:
    house.answer(rss(item(1)))
    pausing = Pausing(
        house.clock, LOG, house.metrics, free=lambda: 5 * MIB, least=256 * MIB, folder="/data", waits=False
    )
    for _ in range(2):
        with pytest.raises(Stopped, match=r"^collect: 5\.0 MiB are free on the disk of /data, at least 256 MiB"):
            house.run(house.source(), pausing=pausing)
    assert house.server.paths == []
    assert house.clock.slept == []


def test_on_a_full_disk_nothing_is_fetched(house: House) -> None:
    house.answer(rss(item(1)))
    disk = Disk(0, 0, 0, MIB)

    def free() -> int:
        assert house.server.paths == [] or disk.free == [MIB]
        return disk()

    pausing = Pausing(house.clock, LOG, house.metrics, free=free, least=MIB)
    assert house.poll(pausing=pausing).counts.new == 1
    assert disk.asked > 3


class Away(MemoryStore):
    """A store that cannot be written while `down`."""

    down = False

    def put_many(self, puts: list[Put]) -> list[Wrote]:  # type: ignore[override]
        if self.down:
            raise Retryable("the store is away")
        return super().put_many(puts)


def test_while_the_store_refuses_nothing_more_is_fetched(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.archive.store = store = Away()
    for name in ("a", "b", "c"):
        house.answer(rss(item(1)), f"/{name}")
    store.down = True
    fetched_while_down: list[int] = []

    def attempt(action: Callable[[], None]) -> object:
        def observed() -> None:
            try:
                action()
            except Retryable:
                fetched_while_down.append(len(house.server.paths))
                store.down = len(fetched_while_down) < 20
                raise

        return wait_for("collect", observed, house.clock, lambda: False)

    with caplog.at_level(logging.WARNING, "exportwatch"):
        logging.getLogger("exportwatch").propagate = True
        summary = house.run(*[house.source(name, publisher=name) for name in ("a", "b", "c")], attempt=attempt)
    assert summary.counts.new == 3
    assert set(fetched_while_down) == {1}
    assert house.metrics.totals["pauses"] == 1


def test_while_one_poll_waits_for_the_log_no_other_fetches() -> None:
    clock, refused, back, passed = SystemClock(), threading.Event(), threading.Event(), threading.Event()

    def action() -> None:
        if not back.is_set():
            refused.set()
            raise Retryable("away")

    pausing = Pausing(clock, LOG, Recorded(), attempt=lambda given: wait_for("collect", given, clock, lambda: False))
    waiting = threading.Thread(target=pausing.attempt, args=(action,), daemon=True)
    waiting.start()
    assert refused.wait(10)

    def fetch() -> None:
        pausing()
        passed.set()

    other = threading.Thread(target=fetch, daemon=True)
    other.start()
    assert not passed.wait(0.3)
    back.set()
    assert passed.wait(20)
    waiting.join(20)
    other.join(20)
