"""Command `replay`: the brake of a worker, no gap skipped unless filled, and letters put back as they were."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from exportwatch import codec
from exportwatch.bus import DEAD_LETTERS, DOCUMENTS, INDEXER, RELEASES, Record, TopicPartition
from exportwatch.cli import main
from exportwatch.engine import dead_letter
from exportwatch.settings import load
from exportwatch.wiring import Wiring


class House:
    """An embedded log in a folder of its own, and `replay` over it in this process."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self._capsys = capsys
        self.wiring = Wiring(load({"data": str(data)}, {}))
        self.operator = self.wiring.bus.operator()
        self.operator.ensure_topics()

    def send(self, topic: str, records: list[tuple[str, bytes | None]]) -> None:
        with contextlib.closing(self.wiring.bus.producer()) as producer:
            for key, value in records:
                producer.send(topic, key, value, partition_by=key)
            producer.flush()

    def replay(self, *arguments: str) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["--data", str(self.data), "--quiet", "replay", *arguments])
        said = self._capsys.readouterr()
        return ended.value.code, said.out, said.err

    def read(self, topic: str) -> list[Record]:
        return self.operator.read(TopicPartition(topic, 0), 0, 1000, 0.0)

    def committed(self) -> int | None:
        (state,) = (state for state in self.operator.state() if state.topic == DOCUMENTS)
        return state.committed[INDEXER]

    def cut(self, begin: int) -> None:
        """Take away the documents before an offset, as retention does."""
        with contextlib.closing(sqlite3.connect(self.data / "bus.db")) as connection, connection:
            connection.execute('DELETE FROM "exportwatch.documents" WHERE offset < ?', (begin,))
            connection.execute("UPDATE topics SET begins = ? WHERE name = 'exportwatch.documents'", (begin,))


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> House:
    return House(tmp_path / "data", capsys)


def unreadable(number: int) -> list[tuple[str, bytes | None]]:
    return [(f"p{i % 4}:{i}@1", b"{") for i in range(number)]


def test_the_brake_stops_a_replay_before_any_dead_letter(house: House) -> None:
    house.send(RELEASES, unreadable(60))
    code, _, errors = house.replay()
    assert code == 1
    assert "brake: 50 records in a row from 4 publishers" in errors
    assert house.read(DEAD_LETTERS) == []


def test_what_is_rejected_makes_the_exit_code_1(house: House) -> None:
    house.send(RELEASES, unreadable(60))
    code, output, _ = house.replay("--no-brake")
    assert (code, output) == (1, "60 replayed, 0 changed, 60 rejected\n")
    assert len(house.read(DEAD_LETTERS)) == 60


@pytest.mark.parametrize("narrowed", [("--publisher", "nosuch"), ("--from", "2019-07-01")])
def test_only_a_replay_of_everything_lets_a_group_go_on_behind_a_gap(house: House, narrowed: tuple[str, str]) -> None:
    house.send(DOCUMENTS, [(f"p:{i}", b"{}") for i in range(6)])
    with contextlib.closing(house.wiring.bus.consumer(INDEXER, DOCUMENTS, member="test")) as consumer:
        consumer.poll(1, 1.0)
        consumer.commit({TopicPartition(DOCUMENTS, 0): 1})
    house.cut(4)
    assert house.replay(*narrowed)[0] == 0
    assert house.committed() == 1
    code, _, errors = house.replay()
    assert code == 0
    assert "group indexer goes on without 3 records" in errors
    assert house.committed() == 4


def test_dead_letters_go_back_as_they_were_a_purge_as_a_purge_and_nothing_else(house: House) -> None:
    originals = [None, b"", "輸出規制 수출규제 出口管制".encode()]
    records = [Record(DOCUMENTS, 0, i, f"p:{i}", value, 1) for i, value in enumerate(originals)]
    letters = [dead_letter(r, stage="index", reason="no", at=1, blobs=house.wiring.blobs) for r in records]
    house.send(DEAD_LETTERS, [(letter.id, codec.DEAD_LETTER.encode(letter)) for letter in letters])
    assert house.replay("--dead-letters")[:2] == (0, "3 replayed\n")
    assert [record.value for record in house.read(DOCUMENTS)] == originals
