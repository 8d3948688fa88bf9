"""Command `sources try`: one poll of a source over the network, of which nothing is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
import msgspec

from exportwatch import addresses
from exportwatch.cli import pass_settings
from exportwatch.cli.console import line, print_json
from exportwatch.cli.parsing import known
from exportwatch.clock import Clock
from exportwatch.settings import Settings
from exportwatch.wiring import Wiring

if TYPE_CHECKING:
    from collectors.publish import Seen
    from collectors.sources import Source
    from collectors.state import SourceState
    from collectors.trial import Trial


class _Names:
    """A resolver that counts its seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds = 0.0

    def __call__(self, host: str, port: int, timeout: float) -> Sequence[str]:
        begin = self._clock.monotonic()
        try:
            return addresses.resolve(host, port, timeout)
        finally:
            self.seconds += self._clock.monotonic() - begin


@click.command(name="try")
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a release, a step and the result.")
@pass_settings
def try_(settings: Settings, id: str, as_json: bool) -> int:
    """Poll one source without keeping anything: what would be published, what not and why, and how long it takes.

    Asks for its list and up to three pages behind it. Exit code 1 if the source is not well.
    """
    source = known(settings, id)
    wiring = Wiring(settings, person=True)
    try:
        trial = run(wiring, source)
    finally:
        wiring.close()
    _print_json(trial) if as_json else _print(trial, source)
    return 0 if trial.condition.well else 1


def run(wiring: Wiring, source: Source) -> Trial:
    """The trial of a source as it would be polled now. Raises Retryable when the store is away."""
    from collectors.asking import Asking
    from collectors.trial import Runner
    from exportwatch.metrics import Recorded

    names = _Names(wiring.clock)
    polite = wiring.polite(resolver=names)

    def asking(asked: Source) -> Asking:
        return Asking(asked, polite, Recorded(), wiring.clock, lambda: None)

    runner = Runner(
        asking,
        wiring.readers,
        lambda ids: _seen(wiring, ids),
        wiring.clock,
        lambda: names.seconds,
    )
    return runner.run(source, _state(wiring, source.id))


def _state(wiring: Wiring, id: str) -> SourceState:
    """What the collector remembers; nothing where there is no data folder yet, which a trial does not make."""
    from collectors import state

    if not _has_store(wiring):
        return state.SourceState()
    return state.states(wiring.store, [id])[id]


def _seen(wiring: Wiring, ids: Sequence[str]) -> Mapping[str, Seen]:
    from collectors.publish import SEEN, Seen

    if not ids or not _has_store(wiring):
        return {}
    stored = wiring.store.get_many([SEEN + name for name in ids])
    return {key.removeprefix(SEEN): msgspec.json.decode(value.value, type=Seen) for key, value in stored.items()}


def _has_store(wiring: Wiring) -> bool:
    return not wiring.settings.store.startswith("sqlite:") or wiring.folder.is_dir()


def _print_json(trial: Trial) -> None:
    for step in trial.steps:
        shown = {"step": step.name, "seconds": round(step.seconds, 3), "said": step.said, "failed": step.failed}
        print_json(shown)
    for item in trial.items:
        print_json(msgspec.to_builtins(item))
    print_json(_result(trial))


def _result(trial: Trial) -> dict[str, Any]:
    fates: dict[str, int] = dict(Counter(str(item.fate) for item in trial.items))
    found = trial.condition
    return {"state": found.state, "reason": found.reason, "publishes": found.publishes, "notes": trial.notes, **fates}


def _print(trial: Trial, source: Source) -> None:
    for step in trial.steps:
        print(f"{step.name:8} {step.seconds:7.3f} s  {'FAILED: ' if step.failed else ''}{line(step.said)}")
    for item in trial.items:
        print(f"{item.fate:9}  {item.published[:10] or 'no date':10}  {line(item.title or item.url)[:110]}")
        print(f"           {line(f'{item.id}  {item.url}') if item.id else ''}  ({line(item.why)})")
    for note in trial.notes:
        print(line(note))
    fates = Counter(item.fate for item in trial.items)
    counted = ", ".join(f"{number} {fate}" for fate, number in fates.items()) or "no release"
    reason = f": {line(trial.condition.reason)}" if trial.condition.reason else ""
    print(f"{source.id} would be {trial.condition.state}{reason}; {counted}; nothing was kept")
