"""Takes a server away while documents flow: workers wait, say so, and go on by themselves; nothing is lost.

    python -m tests.e2e.outage --server kafka|elasticsearch [--seconds 180] [--how stop|kill|freeze] [--documents N]

During the outage another worker of each role is started (it waits as well), and commands for people give up.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from tests.e2e import documents
from tests.e2e.check import Verdict, check
from tests.e2e.pairs import ROLES, Done, Pair, Progress, Running, cluster, until
from tests.servers.launch import launch
from tests.servers.server import Server

GIVES_UP: Final = 20.0
"""Seconds within which a command for people must end without its server: 10 of waiting, and its own start."""
WAITS: Final = {"kafka": ("process", "index"), "elasticsearch": ("index",)}
"""Roles that cannot work without a server."""


class Outage:
    """One outage of one server of a cluster pair."""

    def __init__(
        self, pair: Pair, name: str, server: Server, lines: Sequence[documents.Line], say: Callable[[str], None] = print
    ) -> None:
        self._pair = pair
        self._name = name
        self._server = server
        self._lines = list(lines)
        self._say = say

    def run(self, seconds: float, how: str = "stop") -> Verdict:
        """Take the server away in the middle of the flow for so many seconds; the checker's verdict at the end."""
        # Both servers are needed by the importer, a command for people that would rightly give up.
        self._pair.ok("import", documents.write(self._pair.folder / "flow.jsonl", self._lines))
        index = self._pair.start("index")
        until("index has started", lambda: "started" in index.said)
        workers = [self._pair.start("process"), index]
        self._flowing()
        before = [len(worker.said) for worker in workers]
        self._take_away(how)
        workers += self._during(seconds, workers, before)
        self._give_back(how)
        self._recovers(workers)
        return check(self._pair.options, {line["id"] for line in self._lines})

    def _flowing(self) -> None:
        """Return when `index`, the last in the way, has done something and has more to do."""
        with closing(Progress(self._pair)) as progress:
            until("documents flow", lambda: all(progress.role("index")), every=0)
            self._say(f"left to do: {', '.join(f'{progress.role(role)[1]} to {role}' for role in ROLES)}")

    def _take_away(self, how: str) -> None:
        """No client of this process is open meanwhile: kafka-python leaves sockets of refused connections about."""
        if how == "freeze":
            self._server.pause()
        else:
            self._server.stop(kill=how == "kill")
        self._say(f"{self._name}: {how}")

    def _during(self, seconds: float, workers: Sequence[Running], before: Sequence[int]) -> list[Running]:
        """The outage itself, at least so many seconds long; returns the workers started meanwhile."""
        end = time.monotonic() + seconds
        late = [self._pair.start(role) for role in ROLES]
        self._gives_up()
        watched = dict(zip(ROLES, zip(workers, before, strict=True), strict=True))
        for role in WAITS[self._name]:
            worker, seen = watched[role]
            until(f"{role} says that it waits", lambda w=worker, s=seen: "waiting" in w.said[s:], seconds=60)  # type: ignore[misc]
        for worker in late if self._name == "kafka" else late[1:]:
            until(f"{worker.log.name} says that it waits", lambda w=worker: "waiting" in w.said, seconds=60)  # type: ignore[misc]
        while (left := end - time.monotonic()) > 0:
            self._alive([*workers, *late])
            time.sleep(min(left, 1))
        return late

    def _gives_up(self) -> None:
        began = time.monotonic()
        command = ("search", "--json", "export") if self._name == "elasticsearch" else ("topics",)
        done = self._pair.run(*command, seconds=60)
        took = time.monotonic() - began
        assert done.code == 2, done
        assert took < GIVES_UP, f"{command} gave up only after {took:.0f} s"
        one_line(done)
        self._say(f"`{command[0]}` gave up after {took:.1f} s: {done.errors.strip()}")

    def _give_back(self, how: str) -> None:
        began = time.monotonic()
        if how == "freeze":
            self._server.resume()
        else:
            self._server.start()
        self._say(f"{self._name}: back (start took {time.monotonic() - began:.0f} s)")

    def _recovers(self, workers: Sequence[Running]) -> None:
        began = time.monotonic()
        count = len(self._lines)
        with closing(Progress(self._pair)) as progress:
            until("all is done", lambda: self._alive(workers) and progress.idle(count), seconds=300, every=0.1)
        self._say(f"caught up {time.monotonic() - began:.0f} s after the server was back")
        codes = self._pair.stop(workers)
        assert codes == [0] * len(workers), codes
        assert not any("Traceback" in worker.said for worker in workers)

    def _alive(self, workers: Sequence[Running]) -> bool:
        for worker in workers:
            assert worker.alive, f"{worker.log.name} ended by itself with {worker.ended()}: {worker.said[-2000:]}"
        return True


def one_line(done: Done) -> None:
    """Assert that a command failed as a person wants it: one line on standard error, nothing else."""
    assert done.errors.count("\n") == 1, done.errors
    assert "Traceback" not in done.errors
    assert not done.output, done.output


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.outage", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--server", choices=list(WAITS), required=True)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--how", choices=["stop", "kill", "freeze"], default="stop")
    parser.add_argument("--documents", type=int, default=2760)
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = {}
        for name in WAITS:
            servers[name] = launch(name)
            stack.callback(servers[name].close)
        addresses = {name: server.address for name, server in servers.items()}
        pair = stack.enter_context(cluster(folder, folder.name.lower(), **addresses))
        outage = Outage(pair, given.server, servers[given.server], documents.repeated(given.documents))
        verdict = outage.run(given.seconds, given.how)
        print(verdict)
    return 1 if verdict.problems else 0


if __name__ == "__main__":
    sys.exit(main())
