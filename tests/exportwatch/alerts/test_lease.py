"""lease.py: one holder at a time, whatever their clocks say."""

from __future__ import annotations

import pytest

from exportwatch.alerts.lease import KEY, SECONDS, Lease, Lost
from exportwatch.stores.memory import MemoryStore
from tests.subscribed import Time


class Two:
    """Two machines that share a store and whose clocks are years apart."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.times = (Time(), Time(1_000_000))
        self.first = Lease(self.store, self.times[0], "first")
        self.second = Lease(self.store, self.times[1], "second")

    def sleep(self, seconds: float) -> None:
        for time in self.times:
            time.sleep(seconds)


@pytest.fixture
def two() -> Two:
    return Two()


def test_one_holds_and_the_other_does_not(two: Two) -> None:
    assert two.first.acquire()
    assert two.first.valid
    assert not two.second.acquire()
    assert not two.second.valid
    assert two.first.fence == 1


def test_a_lease_that_is_renewed_is_kept_for_ever(two: Two) -> None:
    two.first.acquire()
    for _ in range(20):
        two.sleep(SECONDS / 2)
        two.first.keep()
        assert two.first.valid
        assert not two.second.acquire()


def test_a_lease_that_is_not_renewed_is_taken_over_but_only_after_its_holder_has_stopped(two: Two) -> None:
    two.first.acquire()
    assert not two.second.acquire()
    taken = 0.0
    while not two.second.acquire():
        two.sleep(0.1)
        taken += 0.1
        if taken < SECONDS - 1:
            assert two.first.valid
    assert not two.first.valid
    assert SECONDS - 0.05 < taken < SECONDS + 0.2
    assert two.second.fence == 2
    with pytest.raises(Lost):
        two.first.keep()
    assert not two.first.acquire()


def test_a_waiting_one_counts_from_when_it_first_looked(two: Two) -> None:
    two.first.acquire()
    two.sleep(SECONDS * 10)
    assert not two.second.acquire(), "it cannot know how old this is"


def test_a_given_up_lease_is_free_at_once(two: Two) -> None:
    two.first.acquire()
    two.first.release()
    assert not two.first.valid
    assert two.second.acquire()
    assert two.second.fence == 2
    two.first.release()
    assert two.second.valid
    two.second.keep()


def test_a_successor_of_the_same_name_goes_on_at_once_and_its_predecessor_is_fenced_off(two: Two) -> None:
    two.first.acquire()
    successor = Lease(two.store, two.times[0], "first")
    assert successor.acquire()
    assert successor.fence == 2
    two.sleep(SECONDS / 2)
    with pytest.raises(Lost):
        two.first.keep()


def test_of_two_that_take_at_the_same_moment_one_gets_it(two: Two) -> None:
    read = two.store.get_many
    raced: list[bool] = []

    def meanwhile(keys: list[str]) -> object:
        found = read(keys)
        if not raced:
            raced.append(True)
            assert two.first.acquire()
        return found

    two.store.get_many = meanwhile  # type: ignore[assignment,method-assign]
    assert not two.second.acquire()
    assert two.first.valid
    assert b'"holder":"first"' in read([KEY])[KEY].value
