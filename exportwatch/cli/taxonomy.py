"""Commands `taxonomy …`: what whoever edits config/taxonomy wants to know before a worker reads it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from exportwatch.cli import pass_settings
from exportwatch.cli.console import line, print_json
from exportwatch.configfiles import files
from exportwatch.errors import Misconfigured
from exportwatch.settings import Settings


@click.group()
def taxonomy() -> None:
    """The concepts exportwatch knows: those of the installation, with DATA/config/taxonomy laid over them."""


@taxonomy.command()
@click.argument("paths", metavar="[FILE…]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a problem, then one with the counts.")
@pass_settings
def check(settings: Settings, paths: tuple[Path, ...], as_json: bool) -> int:
    """Check labels, numbers and links of the taxonomy, or of these files alone; exit code 2 if one is wrong.

    Names the file and line of each label that two concepts bear, that fires on common words or that is missing in a
    language, of wrong check digits and formats, of numbers without a source, and of broader concepts that do not exist
    or go round in a circle.
    """
    from exportwatch.taxonomy import load
    from exportwatch.taxonomy.checking import problems

    known = load(paths or files("taxonomy", settings.folder))
    found = problems(known)
    for problem in found:
        if as_json:
            print_json(problem._asdict())
        else:
            where = f"{problem.file}:{problem.line}: [{problem.concept.replace(':', '.', 1)}]"
            print(line(f"{where} {problem.problem}"), file=sys.stderr)
    if as_json:
        print_json({"concepts": len(known.concepts), "problems": len(found)})
    if found:
        raise Misconfigured(f"{len(found)} problems in the taxonomy; change the lines named")
    if not as_json:
        print(f"{len(known.concepts)} concepts are in order")
    return 0
