"""Command `web`: the pages on loopback, until told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

import click

from exportwatch import locks
from exportwatch.bus import RELEASES, Operator, Record, TopicPartition
from exportwatch.cli import pass_settings
from exportwatch.cli.roles import worker_process
from exportwatch.cli.seen import read_events, seen
from exportwatch.settings import Settings
from exportwatch.web.backends import Backends
from exportwatch.wiring import Wiring

T = TypeVar("T")

log = logging.getLogger("exportwatch")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="NAME", help="Address or name to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8480, show_default=True, help="Port to listen on; 0: a free one."
)
@pass_settings
def web(settings: Settings, host: str, port: int) -> None:
    """Serve the pages and their JSON: search, documents, sources, subscriptions.

    They only read. They answer to the names of this machine itself and to the given host, and to no other.
    """
    from exportwatch.web.app import application
    from exportwatch.web.serve import Server, listen, shown

    with worker_process(settings) as (wiring, stopping):
        if wiring.embedded:
            wiring.closing.enter_context(locks.held(settings.folder, "web"))
        server = Server(application(pages(wiring), [shown(host)]), listen(host, port), host)
        # Between the signals that are ours and those that the server takes, none is lost.
        stopping.tell = server.stop
        if stopping.asked:
            server.stop()
        server.run()
        log.info("web: stopped")


def pages(wiring: Wiring) -> Backends:
    """What the pages read. They are made in several threads, so each thing is opened under one lock."""
    lock = threading.RLock()
    operators: list[Operator] = []

    def opened(get: Callable[[], T]) -> Callable[[], T]:
        def locked() -> T:
            with lock:
                return get()

        return locked

    def operator() -> Operator:
        if not operators:
            operators.append(wiring.bus.operator())
            wiring.closing.callback(operators[0].close)
        return operators[0]

    def release(partition: int, offset: int) -> Record | None:
        with lock:
            records = operator().read(TopicPartition(RELEASES, partition), offset, 1, 0.0)
        return next((record for record in records if record.offset == offset), None)

    store = opened(lambda: wiring.store)
    return Backends(
        taxonomy=wiring.taxonomy,
        clock=wiring.clock,
        index=opened(lambda: wiring.index),
        store=store,
        blobs=opened(lambda: wiring.blobs),
        release=release,
        sources=lambda: seen(wiring, store()),
        events=opened(lambda: read_events(operator())),
    )
