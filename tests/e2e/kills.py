"""Kills workers by SIGKILL while documents flow, then proves that nothing was lost or doubled.

    python -m tests.e2e.kills --documents 2760 --pair embedded|cluster [--seed N] [--batch N]

Ten kills at random moments, then one at each named fault point of each role. What flows are new documents and, as
long as kills are left, new revisions of the same documents.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.e2e import documents
from tests.e2e.check import Verdict, check
from tests.e2e.pairs import ROLES, Pair, Progress, Running, cluster, embedded, until
from tests.servers.launch import launch

POINTS: Final = ("after-send", "after-flush", "before-commit")
KILLS: Final = 10


class Chaos:
    """One pair, its two workers, and an importer that always has something more to send."""

    def __init__(
        self, pair: Pair, lines: Sequence[documents.Line], seed: int, say: Callable[[str], None] = print
    ) -> None:
        self._pair = pair
        self._lines = list(lines)
        self._random = random.Random(seed)
        self._say = say
        self._progress = Progress(pair)
        self._workers: dict[str, Running] = {}
        self._importer: Running | None = None
        self._revision = 0

    def run(self) -> Verdict:
        """Everything; the verdict of the checker at the end."""
        try:
            for role in ROLES:
                self._start(role)
            for number in range(KILLS):
                self._kill(self._random.choice(list(ROLES)), number)
            for point in POINTS:
                self._die_at(point)
            self._finish()
        finally:
            self._progress.close()
        return check(self._pair.options, {line["id"] for line in self._lines})

    def _start(self, role: str, fault: str = "") -> None:
        self._workers[role] = self._pair.start(role, fault=fault)

    def _kill(self, role: str, number: int) -> None:
        """SIGKILL a while after this worker's first progress, in the middle of work; start it again at once."""
        goal = self._progress.done(role) + self._random.randint(1, max(1, len(self._lines) // KILLS))
        until(f"{role} passes {goal} records with more to do", lambda: self._reached(role, goal), seconds=180)
        time.sleep(self._random.uniform(0, 0.02))  # so that kills fall on every part of a batch
        done, left = self._progress.role(role)
        self._workers[role].kill()
        self._say(f"kill {number + 1}: {role} after {done} records, {left} left")
        self._start(role)

    def _reached(self, role: str, goal: int) -> bool:
        self._alive()
        done, left = self._progress.role(role)
        return bool(done >= goal and left) or self._feed(self._lines)

    def _feed(self, lines: Sequence[documents.Line]) -> bool:
        """Import the documents, or the next revision of them, unless something is still on its way. Always False."""
        if self._importer:
            if self._importer.alive or self._progress.lag():
                return False
            assert self._importer.ended() == 0, self._importer.said
        sent = documents.revised(lines, self._revision) if self._revision else list(lines)
        path = documents.write(self._pair.folder / f"revision-{self._revision}.jsonl", sent)
        self._revision += 1
        self._importer = self._pair.start("import", str(path))
        return False

    def _die_at(self, point: str) -> None:
        """Each worker must die at its second pass of the point, and its successor go on."""
        self._settle()
        codes = self._pair.stop(self._workers.values())
        assert codes == [0, 0], codes
        for role in ROLES:
            self._start(role, fault=f"{point}:2")
        for role in ROLES:
            worker = self._workers[role]
            until(f"{role} dies at {point}", lambda w=worker: not w.alive or self._feed(self._some()), seconds=120)  # type: ignore[misc]
            assert worker.ended() == -signal.SIGKILL, worker.said[-2000:]
            self._say(f"{role} died at {point}")
            self._start(role)

    def _some(self) -> list[documents.Line]:
        """Every third document: enough for a few batches."""
        return self._lines[::3]

    def _settle(self) -> None:
        """Return when the importer has ended and nothing is left."""
        importer = self._importer
        assert importer
        until("the importer ends", lambda: self._alive() and not importer.alive, seconds=300)
        assert importer.ended() == 0, importer.said
        until("all is done", lambda: self._alive() and self._progress.idle(len(self._lines)), seconds=300)

    def _alive(self) -> bool:
        for role, worker in self._workers.items():
            assert worker.alive, f"{role} ended by itself with {worker.ended()}: {worker.said[-2000:]}"
        return True

    def _finish(self) -> None:
        self._settle()
        codes = self._pair.stop(self._workers.values())
        assert codes == [0, 0], codes


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.kills", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--documents", type=int, default=2760)
    parser.add_argument("--pair", choices=["embedded", "cluster"], default="embedded")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--batch", type=int, default=50)
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pair = stack.enter_context(pair_of(given.pair, folder, stack))
        pair.environment = {"EXPORTWATCH_BATCH": str(given.batch)}
        print(f"seed {given.seed}, {given.documents} documents, batches of {given.batch}, {pair.name}")
        began = time.monotonic()
        verdict = Chaos(pair, documents.repeated(given.documents), given.seed).run()
        print(f"{verdict} ({time.monotonic() - began:.0f} s)")
    return 1 if verdict.problems else 0


def pair_of(name: str, folder: Path, stack: ExitStack) -> Pair:
    """The pair by name; servers of its own for the cluster, closed with the stack."""
    if name == "embedded":
        return embedded(folder)
    servers = {}
    for server in ("kafka", "elasticsearch"):
        servers[server] = launch(server)
        stack.callback(servers[server].close)
    return cluster(
        folder, folder.name.lower(), kafka=servers["kafka"].address, elasticsearch=servers["elasticsearch"].address
    )


if __name__ == "__main__":
    sys.exit(main())
