"""Command `demo`: the whole way once, on bundled sources served over real HTTP on loopback."""

from __future__ import annotations

import dataclasses
import logging
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from exportwatch.cli import pass_settings
from exportwatch.cli.console import console
from exportwatch.cli.importing import wait_until_searchable
from exportwatch.errors import Misconfigured, Stopped
from exportwatch.settings import NAMES, Settings
from exportwatch.wiring import Wiring

if TYPE_CHECKING:
    from collectors.sources import Source
    from exportwatch.demo.server import Server

_DELIVER_SECONDS: Final = 60.0
_HOST: Final = "127.0.0.1"


@click.command()
@pass_settings
def demo(settings: Settings) -> int:
    """Collect and search bundled releases in four languages, subscribe, and be told of one that appears.

    Everything is kept in a temporary folder that goes with the command; --data keeps it. At a terminal the pages
    are served at the end, until Ctrl-C.
    """
    with tempfile.TemporaryDirectory(prefix="exportwatch-demo-") as folder:
        if settings.data == NAMES["data"].default:
            settings = dataclasses.replace(settings, data=folder)
        return _demo(settings)


def _demo(settings: Settings) -> int:
    from collectors import sourcefiles
    from exportwatch.cli.running import bundled_sources
    from exportwatch.demo import QUERIES, server

    logging.getLogger("exportwatch").setLevel(logging.ERROR)  # the same is printed below, for people
    with server.serve() as serving, bundled_sources(settings.folder, serving.url):
        settings = dataclasses.replace(settings, private_addresses=serving.address, http_proxy="")
        found = sourcefiles.load((settings.folder / "config" / "sources").glob("demo-*.toml"))
        with _wired(settings) as wiring:
            _collect_all(wiring, list(found.values()))
            wait_until_searchable(wiring)
            hits = [_search(wiring, query.caption, query.text) for query in QUERIES]
            told = _watch(wiring, serving, found)
        if sys.stdin.isatty() and sys.stdout.isatty():
            _serve(settings)
    return 0 if told and all(hits) else 1


@contextmanager
def _wired(settings: Settings) -> Iterator[Wiring]:
    wiring = Wiring(settings)
    try:
        yield wiring
    finally:
        wiring.close()


def _collect_all(wiring: Wiring, sources: list[Source]) -> None:
    from exportwatch.demo import APPEARS_IN

    console().print("Collecting the bundled sources over HTTP on loopback", style="bold green")
    # The one in which something will appear is to be due again at once.
    _collect(wiring, [dataclasses.replace(s, interval=0) if s.id == APPEARS_IN else s for s in sources])


def _collect(wiring: Wiring, sources: list[Source]) -> None:
    out = console()
    summary = wiring.collect(sources, once=True)
    for outcome in summary.outcomes:
        out.print(f"  {outcome}")
        for rejection in outcome.counts.rejections:
            out.print(f"  left out: {rejection.where}: {rejection.reason}", style="yellow")
    out.print()


def _search(wiring: Wiring, caption: str, query: str) -> int:
    from exportwatch.cli.searching import show

    out = console()
    out.print(f"{caption}:  exportwatch search '{query}'", style="bold green")
    out.print()
    total = show(wiring, query, limit=4)
    out.print()
    return total


def _watch(wiring: Wiring, serving: Server, sources: dict[str, Source]) -> bool:
    """Subscribe, let a release appear, and show what the subscriber is told; whether there was something to tell."""
    from exportwatch.alerts import outbox
    from exportwatch.demo import APPEARS_IN, SUBSCRIPTION_ID

    out = console()
    _subscribe(wiring)
    out.print("A new release appears, and its source is polled again", style="bold green")
    serving.release()
    _collect(wiring, [sources[APPEARS_IN]])
    wait_until_searchable(wiring)
    out.print("You are told, once:", style="bold green")
    out.print()
    if said := _deliver(wiring.settings):
        for line in said:
            out.print(line)
        return True
    out.print("Nothing is new since the demo last ran on this data, and nobody is told twice.")
    return any(True for _ in wiring.store.scan(f"{outbox.LEDGER}{SUBSCRIPTION_ID}/"))


def _subscribe(wiring: Wiring) -> None:
    from exportwatch import subscriptions
    from exportwatch.demo import SUBSCRIPTION, SUBSCRIPTION_ID
    from exportwatch.model import Subscription

    out = console()
    out.print(
        f"Subscribing to what comes from now on:  exportwatch subscriptions add '{SUBSCRIPTION}'", style="bold green"
    )
    out.print()
    now = wiring.clock.now()
    wanted = Subscription(id=SUBSCRIPTION_ID, query=SUBSCRIPTION, channels=("console:",), changed=now)
    subscriptions.add(wiring.store, wanted, replace=True)


def _deliver(settings: Settings) -> list[str]:
    """Run the role `deliver --once`; the lines that its channel, the console, has shown."""
    from exportwatch.supervise import Child

    said: list[str] = []

    def output(role: str, line: str, error: bool) -> None:
        if error:
            print(line, file=sys.stderr)
        else:
            said.append(line)

    child = Child("deliver", settings, ("--once",), output=output)
    child.wait_or_kill(_DELIVER_SECONDS)
    if child.ended():
        raise Stopped("deliver has failed (see above)")
    return said


def _serve(settings: Settings) -> None:
    """The pages of what was collected, until Ctrl-C."""
    from exportwatch.cli.roles import worker_process
    from exportwatch.cli.web import pages
    from exportwatch.web.app import application
    from exportwatch.web.serve import Server

    out = console()
    with worker_process(settings) as (wiring, stopping):
        listening = _listen()
        out.print(f"The same as pages:  http://{_HOST}:{listening.getsockname()[1]}/", style="bold green")
        out.print("Ctrl-C ends it.")
        server = Server(application(pages(wiring), [_HOST]), listening, _HOST)
        stopping.tell = server.stop
        if stopping.asked:
            server.stop()
        server.run()


def _listen() -> socket.socket:
    """On the port of `exportwatch web`, or on a free one where that is taken."""
    from exportwatch.cli.web import web
    from exportwatch.web.serve import listen

    port = next(parameter.default for parameter in web.params if parameter.name == "port")
    assert isinstance(port, int)
    try:
        return listen(_HOST, port)
    except Misconfigured:
        return listen(_HOST, 0)
