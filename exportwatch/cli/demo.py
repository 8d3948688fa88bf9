"""Command `demo`: the whole way once, on bundled sources served over real HTTP on loopback."""

from __future__ import annotations

import dataclasses
import logging
import tempfile
from pathlib import Path

import click

from exportwatch.cli import pass_settings
from exportwatch.cli.console import console
from exportwatch.cli.importing import wait_until_searchable
from exportwatch.settings import NAMES, Settings
from exportwatch.wiring import Wiring


@click.command()
@pass_settings
def demo(settings: Settings) -> int:
    """Collect, classify and index a few bundled releases in four languages, and search them.

    Everything is kept in a temporary folder that goes with the command; --data keeps it.
    """
    with tempfile.TemporaryDirectory(prefix="exportwatch-demo-") as folder:
        if settings.data == NAMES["data"].default:
            settings = dataclasses.replace(settings, data=folder)
        return _demo(settings)


def _demo(settings: Settings) -> int:
    from exportwatch.demo import QUERIES, server, sources

    with server.serve() as serving:
        paths = sources.write(Path(settings.data) / "config" / "sources", serving.url)
        wiring = Wiring(dataclasses.replace(settings, private_addresses=serving.address))
        try:
            _collect(wiring, paths)
            wait_until_searchable(wiring)
            found = [_search(wiring, query.caption, query.text) for query in QUERIES]
        finally:
            wiring.close()
    return 0 if all(found) else 1


def _collect(wiring: Wiring, paths: list[Path]) -> None:
    from collectors import sources as source_files

    out = console()
    out.print("Collecting the bundled sources over HTTP on loopback", style="bold green")
    logging.getLogger("exportwatch").setLevel(logging.ERROR)  # the same is printed below, for people
    summary = wiring.collect(list(source_files.load(paths).values()), once=True)
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
    total = show(wiring, query, limit=3)
    out.print()
    return total
