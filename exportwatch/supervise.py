"""Roles as child processes: started, watched, stopped. A child ends with its parent, however that one ends."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Final, Protocol

from exportwatch import locks
from exportwatch.bus import DOCUMENTS, INDEXER, MATCHER, PROCESSOR, RELEASES, Operator, PartitionState
from exportwatch.clock import Clock
from exportwatch.engine import SAY_EVERY
from exportwatch.errors import Misconfigured, Stopped
from exportwatch.settings import PREFIX, Settings

PARENT_PIPE: Final = "--parent-pipe"
STOPPED_CODE: Final = 3
"""Exit code of a child that only a person should start again (Stopped); to people it is 1."""
ROLES: Final = ("collect", "process", "index", "match", "deliver", "clock", "web")
"""What `run` starts, in the way of a document."""
_STOP_SECONDS: Final = 8.0
_ORPHAN_SECONDS: Final = 8.0
_LINE_BYTES: Final = 64 * 1024

log = logging.getLogger("exportwatch")


@dataclass(frozen=True, slots=True)
class Role:
    """A worker that `import --wait` runs where nobody else does, and the group whose lag it works off."""

    name: str
    topic: str
    group: str


PIPELINE = (Role("process", RELEASES, PROCESSOR), Role("index", DOCUMENTS, INDEXER), Role("match", DOCUMENTS, MATCHER))


class Output(Protocol):
    """Takes the lines of children; called from several threads."""

    def __call__(self, role: str, line: str, error: bool) -> None:
        """One line without its end, as the child wrote it to standard output or (`error`) standard error."""
        ...


class Child:
    """One role in a process of its own, with the settings of this one. Without `output` it writes where we do."""

    def __init__(
        self,
        role: str,
        settings: Settings,
        arguments: Sequence[str] = (),
        *,
        options: Sequence[str] = ("--quiet",),
        output: Output | None = None,
    ) -> None:
        self.role = role
        environment = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        environment.update(settings.environment(), PYTHONUNBUFFERED="1")
        ours = (*options, PARENT_PIPE, "--when-stopped", "exit-3")
        command = [sys.executable, "-m", "exportwatch", *ours, role, *arguments]
        pipe = subprocess.PIPE if output else None
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=pipe, stderr=pipe, start_new_session=True
        )
        self._readers: list[threading.Thread] = []
        if output:
            self._follow(self._process.stdout, output, error=False)
            self._follow(self._process.stderr, output, error=True)

    @property
    def pid(self) -> int:
        return self._process.pid

    def _follow(self, pipe: IO[bytes] | None, output: Output, *, error: bool) -> None:
        assert pipe

        def read() -> None:
            with pipe:
                while raw := pipe.readline(_LINE_BYTES):
                    output(self.role, raw.decode("utf-8", "replace").removesuffix("\n"), error)

        self._readers.append(threading.Thread(target=read, daemon=True, name=f"{self.role} output"))
        self._readers[-1].start()

    def ended(self) -> int | None:
        """The exit code (negative: the signal that killed it), or None while it runs."""
        return self._process.poll()

    def close(self) -> None:
        """After its end: pass on its last lines."""
        if self._process.stdin:
            self._process.stdin.close()
        for reader in self._readers:
            reader.join(1.0)  # a grandchild that is still ending may hold the pipe

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""
        self._process.terminate()

    def wait_or_kill(self, seconds: float) -> None:
        """Give it so long to end, then SIGKILL to it and to what it has started."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            log.warning("%s has not ended in time and is killed", self.role)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self.close()


def stop(children: Iterable[Child], seconds: float = _STOP_SECONDS) -> None:
    """SIGTERM to all together, a few seconds for the batches in flight, then SIGKILL."""
    children = list(children)
    for child in children:
        child.terminate()
    deadline = time.monotonic() + seconds
    for child in children:
        child.wait_or_kill(max(0.0, deadline - time.monotonic()))


def end_with_parent() -> None:
    """In a child: ask myself to stop when the pipe from my parent closes, and insist after a few seconds."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_ORPHAN_SECONDS)
        os._exit(1)

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
    deaths: Counter[str] = Counter()
    try:
        while not _caught_up(operator, progress):
            for role in PIPELINE:
                _keep_running(role.name, children, asked, deaths, settings, embedded)
            time.sleep(every)
    finally:
        stop(children.values())


def _caught_up(operator: Operator, progress: Callable[[dict[str, int]], None]) -> bool:
    """A role counts as done only in a look taken after the one before it was done: offsets are read one by one."""
    for role in PIPELINE:
        lag = lags(operator.state())
        progress(lag)
        if lag[role.name]:
            return False
    return True


def _keep_running(
    role: str,
    children: dict[str, Child],
    asked: dict[str, float],
    deaths: Counter[str],
    settings: Settings,
    embedded: bool,
) -> None:
    child = children.get(role)
    if child is not None:
        code = child.ended()
        if code is None:
            return
        children.pop(role).close()
        if code == 2 and (not embedded or locks.free(settings.folder, role)):
            raise Misconfigured(f"{role} could not start (see above)")
        if code in (1, STOPPED_CODE):
            raise Stopped(f"{role} stopped (see above); run it again when that is mended")
        deaths[role] += 1
        log.warning("%s %s", role, _how(code))
        if deaths[role] >= _MOST_DEATHS:
            raise Stopped(f"{role} {_how(code)}, {_MOST_DEATHS} times; is there enough memory?")
    if time.monotonic() - asked.get(role, -60.0) < 1.0:
        return
    asked[role] = time.monotonic()
    if not embedded or locks.free(settings.folder, role):
        children[role] = Child(role, settings)


_MOST_DEATHS: Final = 20
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
_HEALTHY_SECONDS: Final = 60.0
_ASK_EVERY: Final = 1.0
_LOOK_EVERY: Final = 0.1


@dataclass(slots=True)
class BackOff:
    """Pauses before what has died is started again: 1 s growing to 60 s, from 1 s again after a minute of health."""

    _next: float = _FIRST_PAUSE

    def after(self, lived: float) -> float:
        """Seconds to wait now that it has died after so many seconds."""
        pause = _FIRST_PAUSE if lived >= _HEALTHY_SECONDS else self._next
        self._next = min(pause * 2, _LONGEST_PAUSE)
        return pause


@dataclass(slots=True)
class _Watched:
    """What the supervisor knows of one role. Instants are monotonic seconds."""

    role: str
    arguments: Sequence[str]
    child: Child | None = None
    start_at: float = 0.0
    started: float = 0.0
    back_off: BackOff = field(default_factory=BackOff)
    said: float = float("-inf")
    given_up: int | None = None
    """The exit code after which only a person can start it again."""


class Supervisor:
    """One child a role: started, started again when it ends, stopped together."""

    def __init__(
        self,
        roles: Mapping[str, Sequence[str]],
        settings: Settings,
        clock: Clock,
        output: Output,
        *,
        embedded: bool,
        options: Sequence[str] = (),
    ) -> None:
        """`roles` gives each role the arguments of its command; `options` are those of the program for all."""
        self._watched = [_Watched(role, arguments) for role, arguments in roles.items()]
        self._settings = settings
        self._clock = clock
        self._output = output
        self._embedded = embedded
        self._options = options

    def run(self, stopping: Callable[[], bool]) -> None:
        """Until asked to stop. Raises Stopped or Misconfigured when no role is left that may be started again."""
        try:
            while not stopping():
                for watched in self._watched:
                    self._look(watched)
                if all(watched.given_up is not None for watched in self._watched):
                    self._nothing_left()
                self._clock.sleep(_LOOK_EVERY)
        finally:
            stop(watched.child for watched in self._watched if watched.child)

    def _look(self, watched: _Watched) -> None:
        if watched.child:
            if (code := watched.child.ended()) is not None:
                watched.child.close()
                watched.child = None
                self._ended(watched, code)
        elif watched.given_up is None and self._clock.monotonic() >= watched.start_at:
            self._start(watched)

    def _start(self, watched: _Watched) -> None:
        now = self._clock.monotonic()
        if holder := self._holder(watched.role):
            if now - watched.said >= SAY_EVERY:
                log.warning("%s waits: its lock is held by %s", watched.role, holder)
                watched.said = now
            watched.start_at = now + _ASK_EVERY
            return
        watched.child = Child(
            watched.role, self._settings, watched.arguments, options=self._options, output=self._output
        )
        watched.started, watched.said = now, float("-inf")
        log.info("%s started, process %d", watched.role, watched.child.pid)

    def _holder(self, role: str) -> str:
        return locks.holder(self._settings.folder, role) if self._embedded else ""

    def _ended(self, watched: _Watched, code: int) -> None:
        now = self._clock.monotonic()
        if code == 2 and self._holder(watched.role):  # somebody was quicker
            watched.start_at = now + _ASK_EVERY
            return
        if code in (2, STOPPED_CODE):
            watched.given_up = code
            log.error("%s ended and is not started again: mend what its last line says, then restart", watched.role)
            return
        pause = watched.back_off.after(now - watched.started)
        log.warning("%s %s; again in %.0f s", watched.role, _how(code), pause)
        watched.start_at = now + pause

    def _nothing_left(self) -> None:
        message = "no role is left that could be started again (see above)"
        if all(watched.given_up == 2 for watched in self._watched):
            raise Misconfigured(message)
        raise Stopped(message)


def _how(code: int) -> str:
    """How a process ended, by its exit code."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
