"""Commands `sources …`: what the catalogue holds and how each source does, and what bytes or a site would yield."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exportwatch import configfiles
from exportwatch.cli import pass_settings
from exportwatch.cli.adding import add
from exportwatch.cli.console import line, print_json
from exportwatch.cli.parsing import parse
from exportwatch.cli.trying import try_
from exportwatch.errors import Misconfigured
from exportwatch.settings import Settings
from exportwatch.wiring import Wiring

if TYPE_CHECKING:
    from exportwatch.web.sources import SourceView


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_settings
@click.pass_context
def sources(ctx: click.Context, settings: Settings, as_json: bool) -> None:
    """The sources and how they do; or with a command: check, parse, try, add.

    A source is a file of `config/sources`; one of the same name in `DATA/config/sources` takes its place.
    """
    if ctx.invoked_subcommand is None:
        _list(settings, as_json)


def _list(settings: Settings, as_json: bool) -> None:
    from exportwatch.cli.seen import seen
    from exportwatch.web.sources import view

    wiring = Wiring(settings, person=True)
    try:
        now = wiring.clock.now()
        views = [view(each, now) for each in seen(wiring, wiring.store)]
    finally:
        wiring.close()
    for each in views:
        print_json(_row(each)) if as_json else _print(each)
    if not views and not as_json:
        print("no sources; `exportwatch sources add URL` makes one")


def _row(seen: SourceView) -> dict[str, Any]:
    return {
        "id": seen.id,
        "publisher": seen.publisher,
        "kind": seen.kind,
        "language": seen.lang,
        "url": seen.url,
        "enabled": seen.enabled,
        "health": seen.health,
        "state": seen.state,
        "since": seen.since,
        "reason": seen.last_failure,
        "last_success": seen.last_seen,
        "last_new": seen.last_new,
        "next_due": seen.next_due,
        "fallback": seen.fallback,
        "stands_in": seen.stands_in,
    }


def _print(seen: SourceView) -> None:
    moved = seen.health == "well" and seen.state == "MOVED"
    state = seen.state if moved or (seen.health == "failing" and seen.state) else seen.health
    facts = f"last seen {seen.last_seen_words}"
    due = f", next due {seen.next_due_words}" if seen.next_due else ""
    print(f"{seen.id:28}  {state:8}  {seen.lang or '-':7}  {seen.publisher:14}  {line(seen.kind)}  {facts}{due}")
    if moved:
        print(f"    {line(seen.last_failure)}")
    if seen.health in ("failing", "late"):
        print(f"    {line(seen.words.replace('`', ''))}{f' {line(seen.last_failure)}' if seen.last_failure else ''}")


@sources.command()
@click.argument("files", metavar="[FILE…]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a complaint.")
@pass_settings
def check(settings: Settings, files: tuple[Path, ...], as_json: bool) -> int:
    """All that is wrong with the files of the sources, with file, line and key; FILEs are checked among the others.

    Exit code 2 if anything is.
    """
    from collectors import sourcefiles

    for path in files:
        if path.suffix != ".toml" or not path.is_file():
            raise Misconfigured(f"{path}: no file that ends in .toml")
    paths = [*configfiles.files("sources", settings.folder), *files]
    complaints = sourcefiles.check(paths)
    for complaint in complaints:
        print_json({"complaint": complaint}) if as_json else print(line(complaint))
    if complaints:
        return 2
    if not as_json:
        number = len({path.stem for path in paths})
        print(f"{number} source{' is' if number == 1 else 's are'} in order")
    return 0


sources.add_command(parse)
sources.add_command(try_)
sources.add_command(add)
