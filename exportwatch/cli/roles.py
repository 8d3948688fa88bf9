"""Commands of the roles: workers that run until told to stop, or (--once) until what is there now is done."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click

from exportwatch import configfiles, locks
from exportwatch.alive import Pulse
from exportwatch.brake import Brake
from exportwatch.bus import (
    ALERTS,
    DELIVERER,
    DOCUMENTS,
    INDEXER,
    MATCHER,
    PROCESSOR,
    RELEASES,
    Consumer,
    Operator,
    PartitionState,
)
from exportwatch.cli import pass_settings
from exportwatch.clock import SystemClock
from exportwatch.engine import Stage, Worker, wait_for
from exportwatch.errors import Misconfigured
from exportwatch.faults import Faults
from exportwatch.metrics import Recorded
from exportwatch.settings import Settings
from exportwatch.wiring import Wiring

log = logging.getLogger("exportwatch")
once_option = click.option("--once", is_flag=True, help="End when the group has worked off what is in the log now.")
brake_option = click.option("--no-brake", is_flag=True, help="Go on however many records end as dead letters.")


class Stopping:
    """SIGTERM and SIGINT ask for an orderly end; who must know is told at once."""

    def __init__(self, clock: SystemClock) -> None:
        self.asked = False
        self._clock = clock
        self.tell: Callable[[], None] = lambda: None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        self._clock.wake()
        self.tell()


@contextmanager
def worker_process(settings: Settings, role: str = "") -> Iterator[tuple[Wiring, Stopping]]:
    """The wiring of a long-running process, and its orderly end. With a role it leaves signs of life."""
    clock = Pulse(settings.folder, role) if role else SystemClock()
    stopping = Stopping(clock)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stopping)
    wiring = Wiring(settings, clock)
    try:
        yield wiring, stopping
    finally:
        wiring.close()


class _Once:
    """Whether the group has committed all that was in the topic when this was made."""

    def __init__(self, operator: Operator, topic: str, group: str) -> None:
        self._operator = operator
        self._topic = topic
        self._group = group
        self._ends = {partition: state.end for partition, state in self._states().items()}

    def _states(self) -> dict[int, PartitionState]:
        return {s.partition: s for s in self._operator.state() if s.topic == self._topic}

    def __call__(self) -> bool:
        states = self._states()
        return all(p in states and states[p].end - states[p].lag(self._group) >= end for p, end in self._ends.items())


def run_worker(
    settings: Settings,
    role: str,
    group: str,
    topic: str,
    stage: Callable[[Wiring], Stage],
    once: bool,
    no_brake: bool,
    after: Callable[[Wiring, Stopping], None] = lambda wiring, stopping: None,
) -> None:
    """Start a worker of a role, waiting as long as it takes for whatever is away, and run it to its end.

    `after` is called when it ends by itself (--once).
    """
    with worker_process(settings, role) as (wiring, stopping):
        faults = Faults(settings.fault)
        operator = wiring.bus.operator()
        wiring.closing.callback(operator.close)
        consumers: list[Consumer] = []
        stages: list[Stage] = []
        done: list[Callable[[], bool]] = []

        def start() -> None:
            operator.ensure_topics()
            if not stages:
                stages.append(stage(wiring))
            if not consumers:
                consumers.append(wiring.consumer(group, topic, role))
            if once:
                done.append(_Once(operator, topic, group))

        if not wait_for(role, start, wiring.clock, lambda: stopping.asked):
            return
        producer = wiring.bus.producer()
        wiring.closing.callback(producer.close)
        metrics = Recorded()
        worker = Worker(
            stages[0],
            consumers[0],
            producer,
            blobs=wiring.blobs,
            clock=wiring.clock,
            metrics=metrics,
            faults=faults,
            brake=None if no_brake else Brake(),
            batch=settings.batch,
        )
        stopping.tell = worker.stop
        log.info("%s: started on topic %s", role, topic)
        try:
            if not stopping.asked:
                worker.run(done[0] if once else None)
        finally:
            log.info("%s: stopped %s", role, metrics.line())
        if not stopping.asked:
            after(wiring, stopping)


@click.command()
@once_option
@brake_option
@pass_settings
def process(settings: Settings, once: bool, no_brake: bool) -> None:
    """Classify: releases -> documents."""
    run_worker(settings, "process", PROCESSOR, RELEASES, Wiring.process, once, no_brake)


@click.command()
@once_option
@brake_option
@pass_settings
def index(settings: Settings, once: bool, no_brake: bool) -> None:
    """Make documents searchable: documents -> index."""

    def stage(wiring: Wiring) -> Stage:
        from indexers.search import Search

        return Search(wiring.index, wiring.taxonomy)

    run_worker(settings, "index", INDEXER, DOCUMENTS, stage, once, no_brake)


@click.command()
@once_option
@brake_option
@pass_settings
def match(settings: Settings, once: bool, no_brake: bool) -> None:
    """Find what subscriptions ask for: documents -> alerts."""
    run_worker(settings, "match", MATCHER, DOCUMENTS, Wiring.match, once, no_brake)


@click.command()
@click.option("--once", is_flag=True, help="End when what is in the log now is in the outbox and what is due was sent.")
@brake_option
@pass_settings
def deliver(settings: Settings, once: bool, no_brake: bool) -> None:
    """Put each alert into the outbox once: alerts -> outbox. Role clock sends from there."""
    run_worker(settings, "deliver", DELIVERER, ALERTS, Wiring.deliver, once, no_brake, _send_due)


def _send_due(wiring: Wiring, stopping: Stopping) -> None:
    metrics = Recorded()
    wiring.alert_clock("deliver-once", metrics).once(lambda: stopping.asked)
    log.info("deliver: sent what was due %s", metrics.line())


@click.command()
@pass_settings
def clock(settings: Settings) -> None:
    """Send what is due: outbox -> channels. Of several, one sends and the others stand by."""
    with worker_process(settings, "clock") as (wiring, stopping):
        if wiring.embedded:
            wiring.closing.enter_context(locks.held(settings.folder, "clock"))
        metrics = Recorded()
        sending = wiring.alert_clock("clock", metrics)
        log.info("clock: started")
        try:
            sending.run(lambda: stopping.asked)
        finally:
            log.info("clock: stopped %s", metrics.line())


@click.command()
@click.option("--once", is_flag=True, help="Poll each due source once, then end.")
@pass_settings
def collect(settings: Settings, once: bool) -> None:
    """Poll the sources: feeds -> releases."""
    from collectors import sourcefiles

    found = sourcefiles.load(configfiles.files("sources", settings.folder))
    if not any(source.enabled for source in found.values()):
        raise Misconfigured("no source is enabled: see config/sources and DATA/config/sources")
    with worker_process(settings, "collect") as (wiring, stopping):
        if wiring.embedded:
            wiring.closing.enter_context(locks.held(settings.folder, "collect"))
        summary = wiring.collect(list(found.values()), once=once, stop=lambda: stopping.asked)
        if once and not summary.outcomes:
            log.info("collect: no source is due")
