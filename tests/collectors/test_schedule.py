"""Which source is polled next, and when to look again: as a rule, without time and threads."""

from __future__ import annotations

import math
import random

import pytest

from collectors.schedule import SLOW_SECONDS, Agenda, fallbacks, host_of, stands_in
from tests.collectors.kit import source


def at_once(host: str) -> float:
    return 0.0


def test_the_longest_due_is_polled_first_and_only_what_is_due() -> None:
    agenda = Agenda(10)
    for name, due in (("b", 20), ("a", 10), ("c", 99)):
        agenda.put(name, name, due)
    assert agenda.start(50, at_once) == ["a", "b"]
    assert agenda.start(50, at_once) == []
    assert agenda.wake(50, at_once) == 99
    assert agenda.start(99, at_once) == ["c"]
    assert agenda.wake(99, at_once) is None


def test_of_one_host_one_source_runs_at_a_time() -> None:
    agenda = Agenda(10)
    for name in ("a", "b", "c"):
        agenda.put(name, "host", ord(name))
    assert agenda.start(1000, at_once) == ["a"]
    assert agenda.start(1000, at_once) == []
    agenda.done("a", 0.1)
    assert agenda.start(1000, at_once) == ["b"]


def test_no_more_run_than_there_are_slots() -> None:
    agenda = Agenda(3)
    for number in range(10):
        agenda.put(f"s{number}", f"h{number}", number)
    assert agenda.start(1000, at_once) == ["s0", "s1", "s2"]
    assert agenda.wake(1000, at_once) is None, "only an end makes room"
    agenda.done("s1", 0.1)
    assert agenda.start(1000, at_once) == ["s3"]


def test_a_host_that_wants_a_pause_is_waited_for_and_the_others_go_on() -> None:
    agenda = Agenda(10)
    agenda.put("a", "busy", 1)
    agenda.put("b", "free", 2)
    waits = {"busy": 2.5, "free": 0.0}
    assert agenda.start(1000, waits.__getitem__) == ["b"]
    assert agenda.wake(1000, waits.__getitem__) == 1000 + 2501
    waits["busy"] = math.inf
    assert (agenda.wake(1000, waits.__getitem__) or 0) <= 1000 + 60_001, "looked at again though nobody says when"


def test_slow_hosts_share_half_of_the_slots() -> None:
    agenda = Agenda(4)
    for number in range(6):
        agenda.put(f"slow{number}", f"slow{number}", number)
    for _ in range(2):
        for name in agenda.start(100, at_once):
            agenda.done(name, SLOW_SECONDS + 1)
    for number in range(6):
        agenda.put(f"slow{number}", f"slow{number}", 200)
        agenda.put(f"well{number}", f"well{number}", 300)
    assert agenda.start(400, at_once) == ["slow0", "slow1", "well0", "well1"]
    agenda.done("slow0", 0.1)
    assert agenda.start(400, at_once) == ["slow2"]


def test_one_slot_is_for_slow_hosts_too() -> None:
    agenda = Agenda(1)
    agenda.put("slow", "slow", 1)
    assert agenda.start(1, at_once) == ["slow"]
    agenda.done("slow", 99)
    agenda.put("slow", "slow", 2)
    assert agenda.start(2, at_once) == ["slow"]


def test_what_was_put_anew_or_dropped_is_forgotten() -> None:
    agenda = Agenda(10)
    agenda.put("a", "a", 10)
    agenda.put("a", "a", 500)
    agenda.put("b", "b", 10)
    agenda.drop("b")
    assert agenda.start(100, at_once) == []
    assert agenda.wake(100, at_once) == 500
    assert (agenda.planned("a"), agenda.planned("b")) == (True, False)
    agenda.put("a", "a", 50)
    assert agenda.start(100, at_once) == ["a"]
    assert agenda.planned("a")


@pytest.mark.parametrize("seed", range(5))
def test_nothing_starves_nothing_runs_twice_and_nothing_is_kept(seed: int) -> None:
    chance = random.Random(seed)
    agenda, now, polls = Agenda(5), 0, dict.fromkeys(map(str, range(40)), 0)
    for name in polls:
        agenda.put(name, f"host{int(name) % 13}", chance.randrange(1000))
    running: list[str] = []
    for _ in range(3000):
        started = agenda.start(now, lambda host: chance.choice([0.0, 0.0, 0.01]))
        assert not set(started) & set(running)
        running += started
        assert len(running) <= 5
        assert len({int(name) % 13 for name in running}) == len(running)
        if running and chance.random() < 0.7:
            name = running.pop(chance.randrange(len(running)))
            agenda.done(name, chance.choice([0.1, 10.0]))
            polls[name] += 1
            agenda.put(name, f"host{int(name) % 13}", now + 1000)
        now += 10
    assert min(polls.values()) > 10
    assert len(agenda._coming) + sum(map(len, agenda._ripe.values())) <= 40


def test_hosts_are_those_of_the_urls_or_what_the_source_says() -> None:
    assert host_of(source(url="https://A.example:443/x")) == "a.example"
    assert host_of(source(url="https://a.example:8443/x")) == "a.example:8443"
    assert host_of(source(url="https://a.example/x", politeness="gov")) == "gov"


def test_a_fallback_stands_in_for_what_is_not_well() -> None:
    sources = [source(id="a", fallback="b"), source(id="b"), source(id="c", fallback="d"), source(id="d")]
    assert fallbacks(sources) == {"b", "d"}
    assert stands_in(sources, {"a": "STALE", "b": "", "c": "MOVED", "d": ""}) == {"b": "a"}
    assert stands_in(sources, {"a": "OK", "b": "", "c": "", "d": "DOWN"}) == {}
