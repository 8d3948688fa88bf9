"""The gate of each host: pauses, how many at once, and that whoever asks meets the same gate."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.hosts import LONGEST_DELAY, LONGEST_WAIT, Held, Hosts, key
from exportwatch.clock import SystemClock
from tests.collectors.kit import StandingClock

A = key("https://a.example/")
B = key("https://b.example/")


@pytest.mark.parametrize(
    ("url", "politeness", "expected"),
    [
        ("https://Www.METI.go.jp/press/", "", ("www.meti.go.jp",)),
        ("https://www.meti.go.jp:443/press/", "", ("www.meti.go.jp",)),
        ("http://www.meti.go.jp./", "", ("www.meti.go.jp",)),
        ("http://127.0.0.1:8080/", "", ("127.0.0.1:8080",)),
        ("https://www.mofcom.gov.cn/", "MOFCOM", ("www.mofcom.gov.cn", "mofcom")),
        ("https://a.example/", "a.example", ("a.example",)),
        ("https://a.example:x/", "", ()),
        ("", "k", ("k",)),
    ],
)
def test_a_key_is_the_host_and_the_politeness(url: str, politeness: str, expected: tuple[str, ...]) -> None:
    assert key(url, politeness) == expected


def test_a_pause_lies_between_the_end_of_a_request_and_the_next() -> None:
    clock = StandingClock()
    hosts = Hosts(clock)
    with hosts.turn(A, 2.0):
        clock.pass_(5)
    with hosts.turn(B, 2.0):
        pass
    assert clock.slept == []
    with hosts.turn(A, 2.0):
        pass
    assert clock.slept == [2.0]


def test_the_longer_pause_of_two_sources_holds() -> None:
    clock = StandingClock()
    hosts = Hosts(clock)
    for pause in (1.0, 5.0, 1.0, 1.0):
        with hosts.turn(A, pause):
            pass
    assert clock.slept == [5.0, 5.0, 1.0]


def test_sources_with_different_keys_meet_at_their_host_and_hosts_at_their_key() -> None:
    clock = StandingClock()
    hosts = Hosts(clock)
    first, second, other = (
        key("https://a.example/1", "one"),
        key("https://a.example/2", "two"),
        key("https://b.example/", "two"),
    )
    with hosts.turn(first, 1.0):
        assert not hosts.free(second)
        assert hosts.ready_at(second) == math.inf
        assert hosts.free(other)
    with hosts.turn(second, 1.0):
        assert not hosts.free(other)
    assert clock.slept == [1.0]
    with hosts.turn(other, 1.0):
        assert clock.slept == [1.0, 1.0]


@pytest.mark.parametrize(("most", "allowed"), [(0, 1), (1, 1), (2, 2), (50, 2)])
def test_never_more_at_once_than_one_or_two(most: int, allowed: int) -> None:
    hosts = Hosts(SystemClock(), most=most)
    lock = threading.Lock()
    inside = greatest = done = 0
    full = threading.Event()

    def work(number: int) -> None:
        nonlocal inside, greatest, done
        with hosts.turn(key("https://a.example/", f"key {number}"), 0.0):
            with lock:
                inside += 1
                greatest = max(greatest, inside)
                if inside == allowed:
                    full.set()
            full.wait(10)
            time.sleep(0.002)
            with lock:
                inside -= 1
                done += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (greatest, done) == (allowed, 12)


def test_a_request_that_fails_frees_its_host() -> None:
    hosts = Hosts(StandingClock())

    def fail() -> None:
        with hosts.turn(A, 0.0):
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        fail()
    assert hosts.free(A)


def test_a_host_that_wants_to_be_left_alone_is_for_everyone() -> None:
    clock = StandingClock()
    hosts = Hosts(clock)
    until = clock.monotonic() + 90
    hosts.hold(A, until)
    hosts.hold(A, until - 50)
    other = key("https://a.example/other", "other")
    assert hosts.ready_at(other) == until
    assert not hosts.free(other)
    with hosts.turn(other, 1.0):
        assert clock.monotonic() == until


def test_no_thread_waits_for_a_host_that_is_away_for_long() -> None:
    clock = StandingClock()
    hosts = Hosts(clock)
    hosts.hold(A, clock.monotonic() + LONGEST_WAIT + 1)
    with pytest.raises(Held) as held, hosts.turn(A, 1.0):
        pass
    assert held.value.seconds == LONGEST_WAIT + 1
    assert "a.example" in held.value.reason
    assert clock.slept == []


@pytest.mark.parametrize(("wish", "held"), [(10.0, 10.0), (1e9, LONGEST_DELAY), (-5.0, 1.0)])
def test_a_host_may_be_slower_within_a_bound(wish: float, held: float) -> None:
    clock = StandingClock()
    hosts = Hosts(clock)
    hosts.slow(A, wish)
    for _ in range(2):
        with hosts.turn(A, 1.0):
            pass
    assert clock.slept == [held]


def test_a_stop_ends_every_wait() -> None:
    stopping = threading.Event()
    hosts = Hosts(SystemClock(), stop=stopping.is_set)
    outcome: list[str] = []

    def wait() -> None:
        try:
            with hosts.turn(A, 0.0):
                outcome.append("in")
        except Held as held:
            outcome.append(held.reason)

    with hosts.turn(A, 0.0):
        thread = threading.Thread(target=wait)
        thread.start()
        stopping.set()
        thread.join(10)
    assert outcome == ["stopping"]


def test_hosts_that_nobody_asks_for_are_forgotten() -> None:
    clock = StandingClock()
    hosts = Hosts(clock)
    hosts.hold(A, clock.monotonic() + 10**6)
    for number in range(5_000):
        with hosts.turn(key(f"https://{number}.example/"), 1.0):
            clock.pass_(1)
    assert len(hosts) < 1_000
    assert not hosts.free(A)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "y"]), st.floats(0, 5), st.floats(0, 3)),
        max_size=40,
    )
)
def test_requests_to_a_host_are_never_closer_than_their_pause(asked: list[tuple[str, str, float, float]]) -> None:
    clock = StandingClock()
    hosts = Hosts(clock)
    last: dict[str, float] = {}
    for host, politeness, pause, length in asked:
        names = key(f"https://{host}.example/", politeness)
        with hosts.turn(names, pause):
            began = clock.monotonic()
            assert all(began - last[name] >= pause - 0.01 for name in names if name in last)
            clock.pass_(length)
        last |= dict.fromkeys(names, began)


def poll(condition: Callable[[], bool]) -> bool:
    """Whether a condition comes true within ten seconds."""
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


def test_waiting_threads_go_on_one_after_the_other() -> None:
    hosts = Hosts(SystemClock())
    began: list[int] = []
    leave = [threading.Event() for _ in range(3)]

    def work(number: int) -> None:
        with hosts.turn(A, 0.0):
            began.append(number)
            leave[number].wait(10)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for count in range(1, 4):
        assert poll(lambda count=count: len(began) == count)  # type: ignore[misc]
        leave[began[-1]].set()
    for thread in threads:
        thread.join(10)
    assert sorted(began) == [0, 1, 2]
