"""Command `completion`: the script that makes a shell complete exportwatch's commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from exportwatch.cli import main


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    For bash: exportwatch completion bash > ~/.local/share/bash-completion/completions/exportwatch
    """
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(main, {}, "exportwatch", "_EXPORTWATCH_COMPLETE").source())
