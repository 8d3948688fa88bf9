"""Commands `sources …`: what the catalogue holds and how each source does, and what bytes or a site would yield."""

from __future__ import annotations

import click

from exportwatch.cli import pass_settings
from exportwatch.cli.parsing import parse
from exportwatch.settings import Settings


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_settings
@click.pass_context
def sources(ctx: click.Context, settings: Settings, as_json: bool) -> None:
    """All sources and how they do; or with a command: check, parse, try, add."""


sources.add_command(parse)
