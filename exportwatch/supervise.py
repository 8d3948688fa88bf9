"""Roles as child processes: started, watched, stopped. A child ends with its parent, however that one ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from exportwatch import locks
from exportwatch.bus import DOCUMENTS, INDEXER, MATCHER, PROCESSOR, RELEASES, Operator, PartitionState
from exportwatch.errors import Misconfigured, Stopped
from exportwatch.settings import PREFIX, Settings

PARENT_PIPE = "--parent-pipe"
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Role:
    """A worker that `import --wait` runs where nobody else does, and the group whose lag it works off."""

    name: str
    topic: str
    group: str


PIPELINE = (Role("process", RELEASES, PROCESSOR), Role("index", DOCUMENTS, INDEXER), Role("match", DOCUMENTS, MATCHER))


class Child:
    """One role in a process of its own, with the settings of this one."""

    def __init__(self, role: str, settings: Settings, arguments: Sequence[str] = ()) -> None:
        self.role = role
        environment = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        environment.update(settings.environment())
        command = [sys.executable, "-m", "exportwatch", "--quiet", PARENT_PIPE, role, *arguments]
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, start_new_session=True)

    def ended(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """SIGTERM, a few seconds for the batch in flight, then SIGKILL."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()


def end_with_parent() -> None:
    """In a child: ask myself to stop when the pipe from my parent closes."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="parent-pipe").start()


def lags(states: Sequence[PartitionState], roles: Sequence[Role] = PIPELINE) -> dict[str, int]:
    """Records each role has still to work off."""
    return {role.name: sum(s.lag(role.group) for s in states if s.topic == role.topic) for role in roles}


def catch_up(
    operator: Operator,
    settings: Settings,
    *,
    embedded: bool,
    progress: Callable[[dict[str, int]], None] = lambda lag: None,
    every: float = 0.1,
) -> None:
    """Run the roles that nobody holds until all lag is worked off; returns when the last one is caught up.

    Raises Stopped when a role ended by itself with an error that waiting cannot cure.
    """
    children: dict[str, Child] = {}
    asked: dict[str, float] = {}
    try:
        while not _caught_up(operator, progress):
            for role in PIPELINE:
                _keep_running(role.name, children, asked, settings, embedded)
            time.sleep(every)
    finally:
        for child in children.values():
            child.stop()


def _caught_up(operator: Operator, progress: Callable[[dict[str, int]], None]) -> bool:
    """A role counts as done only in a look taken after the one before it was done: offsets are read one by one."""
    for role in PIPELINE:
        lag = lags(operator.state())
        progress(lag)
        if lag[role.name]:
            return False
    return True


def _keep_running(
    role: str, children: dict[str, Child], asked: dict[str, float], settings: Settings, embedded: bool
) -> None:
    child = children.get(role)
    if child is not None:
        code = child.ended()
        if code is None:
            return
        del children[role]
        if code == 2 and (not embedded or locks.free(settings.folder, role)):
            raise Misconfigured(f"{role} could not start (see above)")
        if code == 1:
            raise Stopped(f"{role} stopped (see above); nothing is lost, run it again when that is mended")
    if time.monotonic() - asked.get(role, -60.0) < 1.0:
        return
    asked[role] = time.monotonic()
    if not embedded or locks.free(settings.folder, role):
        children[role] = Child(role, settings)
