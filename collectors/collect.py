"""The role `collect`: each due source is polled, many at once; what they have seen is remembered together.

One loop starts the polls, by an Agenda that knows which hosts are busy, and saves the states of those that have
ended. A poll runs in a thread of its own, or with `threads=1` in the caller's. A source that stands in for another is
polled only while that one is not well.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from collectors import schedule, state
from collectors.pausing import Pausing
from collectors.polite import Polite
from collectors.polling import Alerts, House, Outcome, Polled, Poller, Status
from collectors.publish import NONE, Attempt, Counts, Publisher, at_once
from collectors.readers import Readers, read
from collectors.sources import Source
from collectors.state import STATE, SourceState
from exportwatch.clock import Clock
from exportwatch.errors import Retryable
from exportwatch.metrics import Metrics
from exportwatch.store import Put, Store

__all__ = ["STATE", "Outcome", "SourceState", "Status", "Summary", "read", "run"]

GRACE: Final = 3.0
"""Seconds that polls get to end when told to stop; what is in the middle of a fetch is left behind."""
_LONGEST_SLEEP: Final = 60.0
_LOOK: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The last outcome of each source that was polled, and all counts together."""

    outcomes: tuple[Outcome, ...] = ()
    counts: Counts = NONE

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.status == "failed")


def run(
    sources: Iterable[Source],
    polite: Polite,
    publisher: Publisher,
    store: Store,
    clock: Clock,
    *,
    once: bool,
    stop: Callable[[], bool],
    metrics: Metrics,
    log: logging.Logger,
    readers: Readers | None = None,
    pausing: Pausing | None = None,
    attempt: Attempt = at_once,
    threads: int = 1,
    alerts: Alerts = lambda event, source: (),
) -> Summary:
    """Poll every due source once (`once`), or go on polling until `stop()`; logs one line a poll.

    Raises Retryable when the log or the store is away and `attempt` waits no longer; a stop in the meantime ends the
    run without an error.
    """
    enabled = [source for source in sources if source.enabled]
    if not enabled:
        log.warning("no source is enabled")
        return Summary()
    house = House(
        polite=polite,
        publisher=publisher,
        store=store,
        clock=clock,
        metrics=metrics,
        log=log,
        readers=readers or Readers(),
        pausing=pausing or Pausing(clock, log, metrics, attempt=attempt, stop=stop),
        stop=stop,
        alerts=alerts,
    )
    try:
        loop = _Loop(house, enabled, once, threads)
    except Retryable:
        if stop():
            return Summary()
        raise
    try:
        loop.run()
    except Retryable:
        if not stop():
            raise
    return loop.summary()


class _Loop:
    """What is known between two polls. Only the thread that made it touches it."""

    def __init__(self, house: House, sources: Sequence[Source], once: bool, threads: int) -> None:
        self._house = house
        self._sources = {source.id: source for source in sources}
        self._standing_by = schedule.fallbacks(sources) & self._sources.keys()
        self._principals = {name: [each.id for each in sources if each.fallback == name] for name in self._standing_by}
        self._once = once
        self._agenda = schedule.Agenda(threads)
        self._workers = _Workers(threads, house.clock)
        self._poller = Poller(house)
        self._outcomes: dict[str, Outcome] = {}
        self._counts = Counts()
        self._states = self._read()
        for name in self._sources:
            if name not in self._standing_by:
                self._plan(name)
        self._relieve()

    def run(self) -> None:
        try:
            while not self._house.stop() and self._turn():
                pass
        finally:
            self._leave()

    def summary(self) -> Summary:
        return Summary(outcomes=tuple(self._outcomes.values()), counts=self._counts)

    def _turn(self) -> bool:
        """Start what is due, settle what has ended, wait for more; False when all is done."""
        clock = self._house.clock
        self._house.pausing()
        for name in self._agenda.start(clock.now(), self._wait_for_host):
            self._workers.start(name, self._job(name))
        ended = self._workers.ended(0.0)
        if not ended and self._agenda.running:
            ended = self._workers.ended(self._patience(_LOOK))
        if ended:
            self._settle(ended)
        elif not self._agenda.running:
            wake = self._agenda.wake(clock.now(), self._wait_for_host)
            if wake is None:
                return False
            clock.sleep(min(max((wake - clock.now()) / 1000, 0.05), _LONGEST_SLEEP))
        return True

    def _patience(self, most: float) -> float:
        """Seconds until something else may be started."""
        wake = self._agenda.wake(self._house.clock.now(), self._wait_for_host)
        return most if wake is None else min(max((wake - self._house.clock.now()) / 1000, 0.005), most)

    def _wait_for_host(self, host: str) -> float:
        return self._house.polite.hosts.ready_at((host,)) - self._house.clock.monotonic()

    def _job(self, name: str) -> Callable[[], Polled]:
        source, before = self._sources[name], self._states[name]
        fallback = source.fallback if source.fallback in self._standing_by else ""
        since = max((self._newest(each) for each in self._principals.get(name, ())), default=0)
        return lambda: self._poller.poll(source, before, fallback=fallback, since=since)

    def _newest(self, name: str) -> int:
        """How far a source has brought us."""
        known = self._states[name]
        return max(known.newest, known.last_new) if known.last_success else 0

    def _settle(self, ended: Iterable[Ended]) -> None:
        """Remember what has been polled, say it, and plan what comes next."""
        puts: list[Put] = []
        failures = []
        for name, polled, seconds in ended:
            self._agenda.done(name, seconds)
            if isinstance(polled, BaseException):
                failures.append(polled)
                continue
            self._states[name] = polled.state
            puts.append(state.put(name, polled.state))
            if polled.pages is not None:
                puts.append(state.put(name, polled.pages))
            self._say(polled.outcome)
            self._plan(name)
        if puts:
            self._house.pausing.attempt(lambda: self._save(puts))
        if failures:
            raise failures[0]
        self._relieve()

    def _save(self, puts: Sequence[Put]) -> None:
        self._house.store.put_many(puts)

    def _say(self, outcome: Outcome) -> None:
        counts = replace(outcome.counts, rejections=())
        self._counts += counts
        self._outcomes[outcome.source] = outcome if self._once else replace(outcome, counts=counts)
        level = logging.WARNING if outcome.status == "failed" else logging.INFO
        self._house.log.log(level, "%s", outcome)

    def _plan(self, name: str) -> None:
        """Put the source on the agenda for when it, or a page of it, is due."""
        if self._once and name in self._outcomes:
            return
        known = self._states[name]
        looks_again = known.next_visit and known.health not in ("DOWN", "BLOCKED")
        due = min(known.next_due, known.next_visit) if looks_again else known.next_due
        if not self._once or due <= self._house.clock.now():
            self._agenda.put(name, schedule.host_of(self._sources[name]), due)

    def _relieve(self) -> None:
        """Have the fallbacks of sources that are not well polled, and no others."""
        if not self._standing_by:
            return
        needed = schedule.stands_in(self._sources.values(), {n: s.health for n, s in self._states.items()})
        for name in self._standing_by:
            if name not in needed:
                self._agenda.drop(name)
            elif not self._agenda.planned(name):
                self._plan(name)

    def _read(self) -> dict[str, SourceState]:
        answers: list[dict[str, SourceState]] = []
        self._house.pausing.attempt(lambda: answers.append(state.states(self._house.store, list(self._sources))))
        if not answers:
            raise Retryable("stopped before the store had answered")
        return answers[-1]

    def _leave(self) -> None:
        """Let polls that are publishing end, and remember what they did; nothing is published afterwards."""
        end = self._house.clock.monotonic() + GRACE
        while self._agenda.running and self._house.clock.monotonic() < end:
            if ended := self._workers.ended(_LOOK):
                self._settle(ended)
        if self._agenda.running:
            self._house.publisher.close()


Ended = tuple[str, Polled | BaseException, float]
"""A source, what its poll came to or was ended by, and how many seconds it took."""


class _Workers:
    """Runs polls in threads that do not outlive the process; with one alone, in the caller's."""

    def __init__(self, threads: int, clock: Clock) -> None:
        self._threads = threads
        self._clock = clock
        self._jobs: queue.SimpleQueue[tuple[str, Callable[[], Polled]]] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[Ended] = queue.SimpleQueue()
        self._made = 0
        self._running = 0

    def start(self, name: str, job: Callable[[], Polled]) -> None:
        """Never more than `threads` between two calls of `ended`."""
        self._running += 1
        if self._threads == 1:
            self._run(name, job)
            return
        if self._running > self._made:
            self._made += 1
            threading.Thread(target=self._work, name=f"poll-{self._made}", daemon=True).start()
        self._jobs.put((name, job))

    def ended(self, seconds: float) -> list[Ended]:
        """Those that have ended; waits so long for the first."""
        found: list[Ended] = []
        try:
            found.append(self._ended.get(timeout=seconds) if seconds > 0 else self._ended.get_nowait())
            while True:
                found.append(self._ended.get_nowait())
        except queue.Empty:
            self._running -= len(found)
            return found

    def _work(self) -> None:
        while True:
            self._run(*self._jobs.get())

    def _run(self, name: str, job: Callable[[], Polled]) -> None:
        began = self._clock.monotonic()
        try:
            ended: Polled | BaseException = job()
        except BaseException as error:  # raised again by the loop
            ended = error
        self._ended.put((name, ended, self._clock.monotonic() - began))
