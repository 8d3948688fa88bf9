"""Command `run`: every role as a child process, watched until told to stop."""

from __future__ import annotations

import dataclasses
import json
import logging
import sys
import tempfile
import threading
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from exportwatch import configfiles, locks
from exportwatch.cli import COMMANDS, log_to_stderr, pass_settings
from exportwatch.cli.console import safe
from exportwatch.cli.roles import worker_process
from exportwatch.errors import Misconfigured
from exportwatch.settings import NAMES, Settings
from exportwatch.supervise import ROLES, Supervisor

_WIDTH: Final = max(map(len, ROLES))
_role = click.Choice(ROLES)
log = logging.getLogger("exportwatch")


@click.command()
@click.option("--only", metavar="ROLE", type=_role, multiple=True, help="Start this role only. Repeatable.")
@click.option("--without", metavar="ROLE", type=_role, multiple=True, help="Leave this role out. Repeatable.")
@click.option("--demo", is_flag=True, help="Watch the bundled sources instead, in a temporary folder unless --data.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the pages, instead of that of `exportwatch web`.")
@pass_settings
def run(settings: Settings, only: tuple[str, ...], without: tuple[str, ...], demo: bool, port: int | None) -> None:
    """Run everything: one process a role, started again when it dies, its lines under its name.

    Roles: collect, process, index, match, deliver, clock, web. SIGTERM or Ctrl-C ends all within ten seconds. A role
    that ends with exit code 2 or by its brake stays ended; the others go on.
    """
    chosen = [role for role in ROLES if role in COMMANDS and role not in without and (not only or role in only)]
    roles: dict[str, Sequence[str]] = {
        role: ("--port", str(port)) if role == "web" and port is not None else () for role in chosen
    }
    if not roles:
        raise Misconfigured("no role is left to run: see --only and --without")
    log_to_stderr(log.level, _prefix("run"))
    if not demo:
        _run(settings, roles)
        return
    with _demo(settings) as changed:
        _run(changed, roles)


def _run(settings: Settings, roles: Mapping[str, Sequence[str]]) -> None:
    with locks.held(settings.folder, "run"), worker_process(settings) as (wiring, stopping):
        supervisor = Supervisor(
            roles, settings, wiring.clock, Lines(), embedded=wiring.embedded, options=_options(log.level)
        )
        log.info("started on %s; Ctrl-C or SIGTERM ends it", settings.folder)
        supervisor.run(lambda: stopping.asked)
        log.info("stopped")


def _options(level: int) -> tuple[str, ...]:
    """The options that make a child log as much as we do."""
    return ("--quiet",) if level >= logging.WARNING else ("--verbose",) if level <= logging.DEBUG else ()


def _prefix(role: str) -> str:
    return f"{role:{_WIDTH}} | "


class Lines:
    """Writes the lines of children under their role's name; whatever they hold is inert on a terminal."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, role: str, line: str, error: bool) -> None:
        stream = sys.stderr if error else sys.stdout
        try:
            with self._lock:
                stream.write(f"{_prefix(role)}{safe(line)}\n")
                stream.flush()
        except (OSError, ValueError):
            pass  # nobody reads any more; the roles go on


@contextmanager
def _demo(settings: Settings) -> Iterator[Settings]:
    """The bundled sources served on loopback, and the settings that watch them and no others."""
    from exportwatch.demo import server

    with tempfile.TemporaryDirectory(prefix="exportwatch-demo-") as folder, server.serve() as serving:
        if settings.data == NAMES["data"].default:
            settings = dataclasses.replace(settings, data=folder)
        with bundled_sources(settings.folder, serving.url):
            yield dataclasses.replace(settings, private_addresses=serving.address, http_proxy="")


@contextmanager
def bundled_sources(data: Path, base: str) -> Iterator[None]:
    """Within the block DATA/config holds the bundled sources, and each of the catalogue disabled."""
    from exportwatch.demo import sources

    folder = data / "config" / "sources"
    if own := [path for path in folder.glob("*.toml") if not _of_demo(path)]:
        raise Misconfigured(f"{own[0]} is not of the demo: give run --demo a --data of its own")
    catalogue = configfiles.files("sources", data)
    written = sources.write(folder, base)
    for path in catalogue:
        if path.parent != folder:
            written.append(folder / path.name)
            written[-1].write_text(_disabled(path), encoding="utf-8")
    try:
        yield
    finally:
        for path in written:
            path.unlink(missing_ok=True)


_NOTE: Final = "not watched by the demo"


def _of_demo(path: Path) -> bool:
    return path.stem.startswith("demo-") or _NOTE in path.read_text(encoding="utf-8", errors="replace")


def _disabled(path: Path) -> str:
    """A source of the catalogue as an overlay that switches it off."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    kept = {key: table[key] for key in ("publisher", "url", "kind", "jurisdiction", "language") if key in table}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in kept.items()]
    return "\n".join([*lines, "enabled = false", f'note = "{_NOTE}"', ""])
