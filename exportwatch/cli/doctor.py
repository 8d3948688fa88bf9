"""Command `doctor`: what is well, what is not, and what to do about it."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable
from typing import Literal, NamedTuple

import click

from exportwatch import configfiles
from exportwatch.bus import DEAD_LETTERS
from exportwatch.cli import pass_settings
from exportwatch.cli.console import line, print_json
from exportwatch.errors import ExportwatchError
from exportwatch.settings import Settings, shown
from exportwatch.supervise import lags
from exportwatch.wiring import Wiring

_LOW_DISK = 1024**3


class Finding(NamedTuple):
    """One line of the report."""

    check: str
    status: Literal["ok", "warning", "failed"]
    message: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a check.")
@pass_settings
def doctor(settings: Settings, as_json: bool) -> int:
    """Check this installation: configuration, data folder, log, index, store. Exit code 1 if something failed."""
    wiring = Wiring(settings, person=True)
    try:
        findings = [_safely(name, check, wiring) for name, check in CHECKS.items()]
    finally:
        wiring.close()
    for finding in findings:
        if as_json:
            print_json(finding._asdict())
        else:
            print(f"{finding.status:8} {finding.check:10} {line(finding.message)}")
    return 1 if any(finding.status == "failed" for finding in findings) else 0


def _safely(name: str, check: Callable[[Wiring], Finding], wiring: Wiring) -> Finding:
    try:
        return check(wiring)
    except ExportwatchError as error:
        return Finding(name, "failed", str(error))


def _python(wiring: Wiring) -> Finding:
    status: Literal["ok", "failed"] = "ok" if sys.version_info >= (3, 11) else "failed"
    return Finding("python", status, f"Python {platform.python_version()} (3.11 or later is needed)")


def _taxonomy(wiring: Wiring) -> Finding:
    concepts = len(wiring.taxonomy.concepts)
    return Finding("taxonomy", "ok", f"{concepts:,} concepts from {configfiles.shipped() / 'taxonomy'}")


def _sources(wiring: Wiring) -> Finding:
    from collectors import sourcefiles

    found = sourcefiles.load(configfiles.files("sources", wiring.folder))
    enabled = sum(source.enabled for source in found.values())
    return Finding("sources", "ok", f"{enabled} of {len(found)} sources enabled")


def _data(wiring: Wiring) -> Finding:
    folder = wiring.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".doctor"
        probe.write_bytes(b"")
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("data", "failed", f"{folder}: {error.strerror}; choose another folder with --data")
    if free < _LOW_DISK:
        return Finding(
            "data", "warning", f"{folder}: only {free / 1e9:.1f} GB free; make room before workers must wait"
        )
    return Finding("data", "ok", f"{folder}, {free / 1e9:.0f} GB free")


def _log(wiring: Wiring) -> Finding:
    states = wiring.bus.operator().state()
    if not states:
        return Finding(
            "log", "ok", f"{shown(wiring.settings.bus)} answers; no topics yet, the first worker or import makes them"
        )
    waiting = ", ".join(f"{number:,} to {role}" for role, number in lags(states).items())
    return Finding("log", "ok", f"{shown(wiring.settings.bus)} answers; {waiting}")


def _dead_letters(wiring: Wiring) -> Finding:
    states = [state for state in wiring.bus.operator().state() if state.topic == DEAD_LETTERS]
    letters = sum(state.end - state.begin for state in states)
    if letters:
        advice = "`exportwatch tail dead-letters` shows why, `exportwatch replay --dead-letters` tries them again"
        return Finding("letters", "warning", f"{letters:,} dead letters: {advice}")
    return Finding("letters", "ok", "no dead letters")


def _index(wiring: Wiring) -> Finding:
    from exportwatch.query.tree import Everything

    total = wiring.index.search(Everything(), limit=1).total
    return Finding("index", "ok", f"{shown(wiring.settings.index)} answers; {total:,} documents")


def _store(wiring: Wiring) -> Finding:
    wiring.store.get_many(["doctor"])
    return Finding("store", "ok", f"{shown(wiring.settings.store)} answers")


CHECKS: dict[str, Callable[[Wiring], Finding]] = {
    "python": _python,
    "taxonomy": _taxonomy,
    "sources": _sources,
    "data": _data,
    "log": _log,
    "letters": _dead_letters,
    "index": _index,
    "store": _store,
}
