"""exportwatch as a user runs it: the command line in processes of its own, on one of the two pairs of backends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, TypeVar

from exportwatch.bus import Operator
from exportwatch.errors import Retryable
from exportwatch.settings import load
from exportwatch.wiring import Wiring

ROLES = {"process": ("releases", "processor"), "index": ("documents", "indexer")}
"""Role -> the topic it reads and the group it commits for."""
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("EXPORTWATCH_")}
T = TypeVar("T")


class Done(NamedTuple):
    """A command that has ended."""

    code: int
    output: str
    errors: str

    @property
    def last(self) -> str:
        """The last line of standard output."""
        return self.output.splitlines()[-1] if self.output.strip() else ""

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Standard output as JSON, one object a line."""
        return [json.loads(line) for line in self.output.splitlines()]


class Running:
    """A worker in a process of its own; what it says goes to a file."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self.log = log
        self._output: IO[bytes] = log.open("ab")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            env={**CLEAN, **environment},
            start_new_session=True,
        )

    @property
    def said(self) -> str:
        """All that it has said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        self.process.kill()
        self.ended()

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self, seconds: float = 60) -> int:
        """Its exit code, once it has ended by itself."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"{self.log.name} has not ended within {seconds} s: {self.said[-2000:]}") from error
        self._output.close()
        return code


class Pair(AbstractContextManager["Pair"]):
    """One pair of backends with a data folder of its own; ends every worker it started."""

    def __init__(self, name: str, folder: Path, options: Mapping[str, str]) -> None:
        self.name = name
        self.folder = folder
        self.options = {"data": str(folder / "data"), **options}
        self.environment: dict[str, str] = {}
        """Added to the environment of every worker."""
        self._running: list[Running] = []

    @property
    def data(self) -> Path:
        return Path(self.options["data"])

    def command(self, *arguments: str) -> list[str]:
        """The command line of exportwatch with this pair's settings as options."""
        settings = [part for name, value in self.options.items() for part in (f"--{name}", value)]
        return [sys.executable, "-m", "exportwatch", *settings, *arguments]

    def run(self, *arguments: str | Path, text: str | None = None, seconds: float = 300) -> Done:
        """Run a command to its end, whatever its exit code."""
        done = subprocess.run(
            self.command(*map(str, arguments)),
            input=None if text is None else text.encode(),
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            env=CLEAN,
            timeout=seconds,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def ok(self, *arguments: str | Path, text: str | None = None) -> Done:
        """Run a command that must succeed."""
        done = self.run(*arguments, text=text)
        assert done.code == 0, f"{arguments} ended with {done.code}: {done.errors[-2000:]}"
        return done

    def search(self, *query: str, limit: int = 10_000) -> list[dict[str, Any]]:
        """The hits of `search --json`."""
        return self.ok("search", "--json", "--limit", str(limit), "--", *query).objects

    def ids(self, *query: str) -> list[str]:
        """Sorted ids of all that a query finds; a duplicate shows."""
        return sorted(hit["id"] for hit in self.search(*query))

    def start(self, *arguments: str, fault: str = "") -> Running:
        """Start a worker (or any command) in the background."""
        log = self.folder / f"{len(self._running):02}-{arguments[0]}.log"
        environment = {**self.environment, **({"EXPORTWATCH_FAULT": fault} if fault else {})}
        self._running.append(Running(self.command(*arguments), log, environment))
        return self._running[-1]

    def stop(self, workers: Iterable[Running]) -> list[int]:
        """SIGTERM to each; their exit codes."""
        return [worker.stop() for worker in workers]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for running in self._running:
            if running.alive:
                running.kill()


class Progress:
    """How far the groups have come; read through the operator's door because a command takes too long to race with."""

    def __init__(self, pair: Pair) -> None:
        self._wiring = Wiring(load(pair.options, {}))
        self._operator: Operator = self._wiring.bus.operator()

    def close(self) -> None:
        self._operator.close()
        self._wiring.close()

    def role(self, role: str) -> tuple[int, int]:
        """(records done, records left) of a role; (0, 0) before there are topics or while the log is away."""
        topic, group = ROLES[role]
        try:
            states = [state for state in self._operator.state() if state.topic == topic]
        except Retryable:
            return 0, 0
        return sum(state.end - state.begin - state.lag(group) for state in states), sum(
            state.lag(group) for state in states
        )

    def done(self, role: str) -> int:
        return self.role(role)[0]

    def lag(self) -> int:
        """Records left in the whole way; looks at the first role first, so that nothing hides between the two."""
        return self.role("process")[1] or self.role("index")[1]

    def idle(self, least: int) -> bool:
        """Whether all is done, and that is at least so many records a role."""
        roles = [self.role(role) for role in ROLES]
        return all(done >= least and not left for done, left in roles)


def until(what: str, condition: Callable[[], T], *, seconds: float = 90, every: float = 0.005) -> T:
    """Ask again until the condition holds; its value. Fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(every)
    return value


def embedded(folder: Path) -> Pair:
    """Log, index and store in the data folder."""
    return Pair("embedded", folder, {})


def cluster(folder: Path, namespace: str, *, kafka: str, elasticsearch: str) -> Pair:
    """Kafka at host:port and Elasticsearch at an address, under a namespace of its own."""
    options = {"bus": f"kafka://{kafka}", "index": elasticsearch, "store": elasticsearch, "namespace": namespace}
    return Pair("cluster", folder, options)
