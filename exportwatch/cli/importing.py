"""Command `import`: files into the log, and with --wait until they are searchable."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exportwatch import configfiles
from exportwatch.cli import pass_settings
from exportwatch.cli.console import Bar, line, print_json, progress
from exportwatch.errors import Misconfigured
from exportwatch.model import Draft, Rejection
from exportwatch.settings import Settings
from exportwatch.supervise import catch_up
from exportwatch.wiring import Wiring

if TYPE_CHECKING:
    from collectors.originals import Terms

_BATCH_BYTES = 32 * 1024 * 1024
"""A batch ends early at this many bytes of bodies."""
_MOST_NAME = 200
_MOST_KINDS = 20


@click.command(name="import")
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--wait", is_flag=True, help="Return when everything is searchable.")
@click.option("--as", "source", metavar="SOURCE", help="Read them as what this source would have served.")
@click.option("--supplied-by", metavar="TEXT", default="", help="Who supplied them; kept with each document.")
@click.option("--json", "as_json", is_flag=True, help="The summary as a JSON object.")
@pass_settings
def import_(
    settings: Settings, paths: tuple[Path, ...], wait: bool, source: str | None, supplied_by: str, as_json: bool
) -> int:
    """Import JSON Lines, pages, mail, web archives, PDF, Word and Hangul files, plain text, or folders of them.

    A JSON line has `id` or `url`, `title`, `text` or `html`, and may have lang, published, source, kind. A page keeps
    the address it was saved from, a mail its Message-ID; what is attached to a mail becomes documents of its own.
    With --as, a document gets the id under which that source brings it.

    Importing the same again changes nothing. Exit code 1 if anything was rejected; the rest is in.
    """
    for path in paths:
        _check(path)
    if len(supplied_by) > _MOST_NAME:
        raise Misconfigured(f"--supplied-by has {len(supplied_by):,} characters; at most {_MOST_NAME} are kept")
    wiring = Wiring(settings)
    try:
        counts = _import(wiring, paths, terms(wiring, source, supplied_by))
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


def terms(wiring: Wiring, name: str | None, supplied_by: str) -> Terms:
    """On what terms to read. Raises Misconfigured for a source that is none."""
    from collectors import sourcefiles
    from collectors.originals import Terms, one_line, utf8

    source = None
    if name is not None:
        known = sourcefiles.load(configfiles.files("sources", wiring.folder))
        if name not in known:
            raise Misconfigured(f"--as: there is no source {line(name)!r}; known: {' '.join(known)}")
        source = known[name]
    return Terms(
        max_document_bytes=wiring.settings.max_document_bytes,
        source=source,
        supplied_by=one_line(utf8(supplied_by)),
        run=wiring.sandbox.run,
    )


def _import(wiring: Wiring, paths: tuple[Path, ...], using: Terms) -> dict[str, int]:
    from collectors.publish import Publisher, batches

    operator = wiring.bus.operator()
    wiring.closing.callback(operator.close)
    operator.ensure_topics()
    producer = wiring.bus.producer()
    wiring.closing.callback(producer.close)
    publisher = Publisher(producer, wiring.store, wiring.blobs, wiring.clock)
    counts = {"new": 0, "changed": 0, "unchanged": 0, "rejected": 0}
    skipped: Counter[tuple[str, str]] = Counter()
    with progress("importing") as bar:
        for batch in batches(_read(using, paths, counts, skipped), _BATCH_BYTES):
            published = publisher.publish(batch, "import")
            counts["new"] += published.new
            counts["changed"] += published.changed
            counts["unchanged"] += published.unchanged
            for rejection in published.rejections:
                _reject(counts, rejection)
            bar.update(sum(counts.values()))
    _say_skipped(skipped)
    return counts


def _read(
    using: Terms, paths: tuple[Path, ...], counts: dict[str, int], skipped: Counter[tuple[str, str]]
) -> Iterator[Draft]:
    """Every draft of the files; rejections are counted and said on standard error, what was skipped is counted."""
    from collectors import files
    from collectors.originals import Skipped

    for path in paths:
        for found in files.read(path, using):
            if isinstance(found, Rejection):
                _reject(counts, found)
            elif isinstance(found, Skipped):
                skipped[found.what, found.kind] += 1
            else:
                if notice := found.extra.get("notice"):
                    print(f"exportwatch: {line(found.extra['where'])}: {line(notice)}", file=sys.stderr)
                yield found


def _say_skipped(skipped: Counter[tuple[str, str]]) -> None:
    """`3 files of other kinds skipped: .jpg .css`, the most frequent first."""
    for what in dict.fromkeys(what for what, _ in skipped):
        kinds = Counter({kind: number for (each, kind), number in skipped.items() if each == what})
        named = [line(kind) for kind, _ in kinds.most_common(_MOST_KINDS)]
        noun = what if kinds.total() != 1 else what.replace("s ", " ", 1)
        listed = (", " if any(" " in kind for kind in named) else " ").join(named)
        more = " …" if len(kinds) > len(named) else ""
        print(f"exportwatch: {kinds.total():,} {noun} skipped: {listed}{more}", file=sys.stderr)


def _reject(counts: dict[str, int], rejection: Rejection) -> None:
    counts["rejected"] += 1
    print(f"exportwatch: {line(rejection.where)}: {line(rejection.reason)}", file=sys.stderr)


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
