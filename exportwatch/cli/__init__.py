"""The command line. Modules of commands are imported when asked for, so that --help stays quick."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NoReturn, TypeVar

import click

from exportwatch import __version__
from exportwatch.errors import ExportwatchError, Misconfigured, Retryable, Stopped
from exportwatch.settings import TABLE, Settings, load

COMMANDS: Final = {
    "run": "exportwatch.cli.running:run",
    "import": "exportwatch.cli.importing:import_",
    "collect": "exportwatch.cli.roles:collect",
    "backfill": "exportwatch.cli.backfilling:backfill",
    "process": "exportwatch.cli.roles:process",
    "index": "exportwatch.cli.roles:index",
    "match": "exportwatch.cli.roles:match",
    "deliver": "exportwatch.cli.roles:deliver",
    "clock": "exportwatch.cli.roles:clock",
    "search": "exportwatch.cli.searching:search",
    "web": "exportwatch.cli.web:web",
    "sources": "exportwatch.cli.sources:sources",
    "subscriptions": "exportwatch.cli.subscriptions:subscriptions",
    "classify": "exportwatch.cli.classifying:classify",
    "taxonomy": "exportwatch.cli.taxonomy:taxonomy",
    "replay": "exportwatch.cli.replaying:replay",
    "tail": "exportwatch.cli.topics:tail",
    "topics": "exportwatch.cli.topics:topics",
    "health": "exportwatch.cli.health:health",
    "doctor": "exportwatch.cli.doctor:doctor",
    "demo": "exportwatch.cli.demo:demo",
    "completion": "exportwatch.cli.completion:completion",
}


class _ReaderGone(Exception):
    """A broken pipe, under a name that click does not turn into exit code 1."""


@contextmanager
def _reader_may_go() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise _ReaderGone from error


class Program(click.Group):
    """A group whose commands are imported on demand and whose errors are one line and an exit code."""

    when_stopped = "exit"

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        with _reader_may_go():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _reader_may_go():
            return super().invoke(ctx)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        _mend_streams()
        try:
            result = super().main(args, prog_name or "exportwatch", complete_var, standalone_mode=False, **extra)
            sys.stdout.flush()
        except click.exceptions.Abort:
            _fail("interrupted", 1)
        except click.ClickException as error:
            _fail(error.format_message(), 2 if isinstance(error, click.UsageError) else error.exit_code)
        except (_ReaderGone, BrokenPipeError):
            # The reader has seen enough. Nothing may be written when the interpreter closes standard output.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        except OSError as error:  # mostly of standard output: the disk behind it is full
            _fail(f"{error.filename or 'standard output'}: {error.strerror or error}", 1)
        except Stopped as error:
            _stopped(str(error), self.when_stopped)
        except ExportwatchError as error:
            _fail(str(error), 2 if isinstance(error, Misconfigured | Retryable) else 1)
        sys.exit(result if isinstance(result, int) else 0)


def _mend_streams() -> None:
    """Standard streams that are closed lead nowhere; ones that are not UTF-8 show what they cannot as escapes."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for as long as the process lives
        elif stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(errors="backslashreplace")


def _fail(message: str, code: int) -> NoReturn:
    print(f"exportwatch: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)


def _stopped(message: str, then: str) -> NoReturn:
    """The end of a worker that only a person can start again: it would do the same, or worse, the next time."""
    from exportwatch.supervise import STOPPED_CODE

    if then != "hold":
        _fail(message, STOPPED_CODE if then == "exit-3" else 1)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(1))
    print(f"exportwatch: {' '.join(message.split())}. Held until told to end", file=sys.stderr)
    while True:
        signal.pause()


Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def _setting_options(function: Decorated) -> Decorated:
    """Every setting of the table as an option of the program."""
    for setting in reversed(TABLE):
        default = "none" if setting.default == "" else setting.default
        shown = f"{setting.help} [{setting.env}, default {default}]"
        option = click.option(
            setting.option, setting.name, default=None, metavar="VALUE", help=shown, hidden=setting.hidden
        )
        function = option(function)
    return function


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@_setting_options
@click.option("-q", "--quiet", is_flag=True, help="Log warnings and errors only.")
@click.option("-v", "--verbose", is_flag=True, help="Log more.")
@click.option(
    "--when-stopped",
    type=click.Choice(["exit", "exit-3", "hold"]),
    default="exit",
    help="What a worker does that only a person should start again (the brake, records gone from the log): exit with 1,"
    " exit with 3 so that a service manager can tell, or hold until told to end.  [default: exit]",
)
@click.option("--parent-pipe", is_flag=True, hidden=True, help="End when standard input closes.")
@click.version_option(__version__, prog_name="exportwatch", message="%(prog)s %(version)s")
@click.pass_context
def main(
    ctx: click.Context, /, quiet: bool, verbose: bool, when_stopped: str, parent_pipe: bool, **options: Any
) -> None:
    """Who controls what against whom, since when: collect, classify and search export-control news with proof."""
    log_to_stderr(logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO)
    assert isinstance(ctx.command, Program)
    ctx.command.when_stopped = when_stopped
    ctx.obj = load(options)
    if parent_pipe:
        from exportwatch.supervise import end_with_parent

        end_with_parent()


class _OneLine(logging.Formatter):
    """One record, one line, whatever foreign text it carries; a traceback (a bug) may take more."""

    def format(self, record: logging.LogRecord) -> str:
        from exportwatch.cli.console import safe

        text = super().format(record)
        return safe(text) if record.exc_info else safe(text.replace("\n", " "))


def log_to_stderr(level: int, prefix: str = "") -> None:
    """Log from this level on to standard error, one line a record."""
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine(f"{prefix}%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("exportwatch")
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


pass_settings = click.make_pass_decorator(Settings)
