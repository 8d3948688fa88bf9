"""Command `web`: the pages on loopback, until told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from exportwatch import configfiles, locks
from exportwatch.bus import RELEASES, Operator, Record, TopicPartition
from exportwatch.cli import pass_settings
from exportwatch.cli.roles import worker_process
from exportwatch.settings import Settings
from exportwatch.store import Store, Stored
from exportwatch.web.backends import Backends, SourceSeen
from exportwatch.wiring import Wiring

if TYPE_CHECKING:
    from collectors.collect import SourceState
    from collectors.sources import Source

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

    def release(partition: int, offset: int) -> Record | None:
        with lock:
            if not operators:
                operators.append(wiring.bus.operator())
                wiring.closing.callback(operators[0].close)
            records = operators[0].read(TopicPartition(RELEASES, partition), offset, 1, 0.0)
        return next((record for record in records if record.offset == offset), None)

    store = opened(lambda: wiring.store)
    return Backends(
        taxonomy=wiring.taxonomy,
        clock=wiring.clock,
        index=opened(lambda: wiring.index),
        store=store,
        blobs=opened(lambda: wiring.blobs),
        release=release,
        sources=lambda: _sources(wiring, store()),
    )


def _sources(wiring: Wiring, store: Store) -> list[SourceSeen]:
    """Every source of the catalogue as it is now, with what the role `collect` remembers of it."""
    from collectors import collect, sourcefiles

    found = sourcefiles.load(configfiles.files("sources", wiring.folder)).values()
    states = store.get_many([collect.STATE + source.id for source in found])
    return [_seen(source, _state(states.get(collect.STATE + source.id))) for source in found]


def _state(stored: Stored | None) -> SourceState:
    from collectors.collect import SourceState

    try:
        return msgspec.json.decode(stored.value, type=SourceState) if stored else SourceState()
    except msgspec.MsgspecError:
        return SourceState()


def _seen(source: Source, state: SourceState) -> SourceSeen:
    return SourceSeen(
        id=source.id,
        publisher=source.publisher,
        jurisdiction=source.jurisdiction,
        kind=source.kind,
        language=source.language,
        url=source.url,
        parser=source.parser,
        interval=source.interval,
        enabled=source.enabled,
        note=source.note,
        last_success=state.last_success,
        next_due=state.next_due,
        failures=state.failures,
        reason=state.reason,
    )
