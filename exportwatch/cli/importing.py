"""Command `import`: files into the log, and with --wait until they are searchable."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from exportwatch.cli import pass_settings
from exportwatch.cli.console import Bar, line, print_json, progress
from exportwatch.errors import Misconfigured
from exportwatch.model import Draft, Rejection
from exportwatch.settings import Settings
from exportwatch.supervise import catch_up
from exportwatch.wiring import Wiring

_BATCH = 500


@click.command(name="import")
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--wait", is_flag=True, help="Return when everything is searchable.")
@click.option("--json", "as_json", is_flag=True, help="The summary as a JSON object.")
@pass_settings
def import_(settings: Settings, paths: tuple[Path, ...], wait: bool, as_json: bool) -> int:
    """Import JSON Lines, HTML, plain text, or folders of them.

    A JSON line has `id` or `url`, `title`, `text` or `html`, and may have lang, published, source, kind.
    Importing the same again changes nothing. Exit code 1 if anything was rejected; the rest is in.
    """
    for path in paths:
        _check(path)
    wiring = Wiring(settings)
    try:
        counts = _import(wiring, paths)
        try:
            if wait:
                wait_until_searchable(wiring)
        finally:  # what is in, is in, also when it cannot be searched yet
            print_json(counts) if as_json else print(", ".join(f"{n} {name}" for name, n in counts.items()))
    finally:
        wiring.close()
    return 1 if counts["rejected"] else 0


def _check(path: Path) -> None:
    try:
        path.stat()
    except FileNotFoundError as error:
        raise Misconfigured(f"{path}: no such file or folder") from error
    except OSError as error:
        raise Misconfigured(f"{path}: {error.strerror}") from error


def _import(wiring: Wiring, paths: tuple[Path, ...]) -> dict[str, int]:
    from collectors.publish import Publisher

    operator = wiring.bus.operator()
    wiring.closing.callback(operator.close)
    operator.ensure_topics()
    producer = wiring.bus.producer()
    wiring.closing.callback(producer.close)
    publisher = Publisher(producer, wiring.store, wiring.blobs, wiring.clock)
    counts = {"new": 0, "changed": 0, "unchanged": 0, "rejected": 0}
    with progress("importing") as bar:
        for batch in _batches(_read(wiring.settings, paths, counts)):
            published = publisher.publish(batch, "import")
            counts["new"] += published.new
            counts["changed"] += published.changed
            counts["unchanged"] += published.unchanged
            for rejection in published.rejections:
                _reject(counts, rejection)
            bar.update(sum(counts.values()))
    return counts


def _read(settings: Settings, paths: tuple[Path, ...], counts: dict[str, int]) -> Iterator[Draft]:
    """Every draft of the files; rejections are counted and said on standard error."""
    from collectors import files

    for path in paths:
        for found in files.read(path, max_document_bytes=settings.max_document_bytes):
            if isinstance(found, Rejection):
                _reject(counts, found)
            else:
                if notice := found.extra.get("notice"):
                    print(f"exportwatch: {line(found.extra['where'])}: {line(notice)}", file=sys.stderr)
                yield found


def _reject(counts: dict[str, int], rejection: Rejection) -> None:
    counts["rejected"] += 1
    print(f"exportwatch: {line(rejection.where)}: {line(rejection.reason)}", file=sys.stderr)


def _batches(drafts: Iterator[Draft]) -> Iterator[list[Draft]]:
    batch: list[Draft] = []
    for draft in drafts:
        batch.append(draft)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def wait_until_searchable(wiring: Wiring) -> None:
    """Run the roles that nobody holds until the log is worked off, then refresh the index."""
    operator = wiring.bus.operator()
    wiring.closing.callback(operator.close)
    wiring.index.refresh()  # a person is told at once that the index is away; later the roles wait for it
    with progress("making searchable") as bar:
        catch_up(operator, wiring.settings, embedded=wiring.embedded, progress=lambda lag: _show(bar, lag))
    wiring.index.refresh()


def _show(bar: Bar, lag: dict[str, int]) -> None:
    waiting = ", ".join(f"{number} to {role}" for role, number in lag.items() if number)
    bar.update(0, description=waiting or "making searchable")
