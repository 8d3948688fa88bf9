"""Command `backfill`: bring in what a source published before it was watched."""

from __future__ import annotations

import datetime
import sys

import click
import msgspec

from exportwatch import configfiles
from exportwatch.cli import pass_settings
from exportwatch.cli.console import line, print_json
from exportwatch.cli.roles import worker_process
from exportwatch.clock import rfc3339
from exportwatch.errors import Misconfigured, Retryable
from exportwatch.settings import Settings


@click.command()
@click.argument("source")
@click.option("--from", "begin", required=True, metavar="DATE", help="The first day, as YYYY-MM-DD.")
@click.option("--to", "end", metavar="DATE", help="The last day.  [default: today]")
@click.option("--json", "as_json", is_flag=True, help="The result as one JSON object.")
@pass_settings
def backfill(settings: Settings, source: str, begin: str, end: str | None, as_json: bool) -> int:
    """Walk the pages of SOURCE's list back to a day and publish what lies between, as backfill: nobody is alerted.

    A call that was interrupted goes on where it was. Exit code 1 when the first day could not be reached.
    """
    from collectors import sourcefiles

    known = sourcefiles.load(configfiles.files("sources", settings.folder))
    if source not in known:
        raise Misconfigured(f"no source {source!r}; there are {', '.join(known)}")
    with worker_process(settings) as (wiring, stopping):
        last = _day(end, "--to") if end else rfc3339(wiring.clock.now())[:10]
        first = _day(begin, "--from")
        if first > last:
            raise Misconfigured(f"--from {first} lies after --to {last}")
        try:
            found = wiring.backfill(
                known[source],
                first,
                last,
                say=lambda text: print(line(text), file=sys.stderr),
                stop=lambda: stopping.asked,
            )
        except Retryable as error:
            if not stopping.asked:
                raise
            print(f"exportwatch: {line(str(error))}", file=sys.stderr)
            return 1
    progress = found.progress
    if as_json:
        print_json(
            {"source": source, "complete": found.complete, "reason": found.reason, **msgspec.to_builtins(progress)}
        )
    else:
        said = f"{progress.new} new, {progress.changed} changed, {progress.unchanged} unchanged"
        print(f"back to {progress.reached or 'no day'}: {said}, {progress.outside} of other days")
    if not found.complete:
        print(f"exportwatch: {first} was not reached: {line(found.reason)}", file=sys.stderr)
    return 0 if found.complete else 1


def _day(text: str, option: str) -> str:
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise Misconfigured(f"{option} {text!r} is no day; write it as 2019-07-01") from error
