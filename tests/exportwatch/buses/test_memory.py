"""What the contract suite leaves open for the log in memory."""

from __future__ import annotations

import pytest

from exportwatch.bus import DOCUMENTS, INDEXER
from exportwatch.buses.memory import MemoryBus
from exportwatch.errors import Misconfigured
from tests.contracts.buses import Doors, produce, take


def test_a_second_member_is_refused_until_the_first_has_closed() -> None:
    bus = MemoryBus("test")
    bus.operator().ensure_topics()
    first = bus.consumer(INDEXER, DOCUMENTS, member="first")
    with pytest.raises(Misconfigured, match="first"):
        bus.consumer(INDEXER, DOCUMENTS, member="second")
    first.close()
    bus.consumer(INDEXER, DOCUMENTS, member="second").close()


def test_several_partitions_can_be_asked_for() -> None:
    bus = MemoryBus("test", partitions=4)
    doors = Doors(bus)
    doors.operator().ensure_topics()
    produce(doors.producer(), DOCUMENTS, [(f"k{i}", b"") for i in range(40)] * 2)
    records = take(doors.consumer(INDEXER, DOCUMENTS), 80)
    assert {record.partition for record in records} == {0, 1, 2, 3}
    places: dict[str, set[int]] = {}
    for record in records:
        places.setdefault(record.key, set()).add(record.partition)
    assert all(len(partitions) == 1 for partitions in places.values())
