"""The embedded index: SQLite holds the documents (the truth), tantivy what is needed to find them (disposable).

    <folder>/documents.db    documents.py
    <folder>/tantivy/        inverted.py
    <folder>/locks/inverted  held by the one process that writes tantivy, while it does

A put is done when SQLite has it. tantivy catches up from the sequence of changes: in the process that puts at most
once a second, and before a search in whichever process finds it behind and can take the lock; who cannot trusts the
holder. So nothing is lost by a kill between the two, and a missing or damaged tantivy folder is made again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from exportwatch import locks
from exportwatch.errors import ExportwatchError, Retryable
from exportwatch.index import Entry, Hit, Hits, PutResult
from exportwatch.indexes.check import check_page, problem, problem_of_id
from exportwatch.indexes.documents import Documents
from exportwatch.indexes.inverted import Broken, Found, Inverted, Mark
from exportwatch.query.matcher import matches
from exportwatch.query.tree import Everything, Node

CATCH_UP_SECONDS: Final = 1.0
"""While puts go on, tantivy commits at most this often."""
WAIT_SECONDS: Final = 60.0
"""How long refresh, and a search that cannot do without, wait for another process that writes tantivy."""
COMMIT_CHANGES: Final = 20_000
"""A long catch-up commits after so many changes, so that a kill does not cost all of it."""

_log: Final = logging.getLogger(__name__)


class EmbeddedIndex:
    """In a folder, which is made. Any number of processes may put and search."""

    def __init__(self, folder: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._monotonic = monotonic
        self._documents = Documents(folder / "documents.db")
        self._inverted = Inverted(folder / "tantivy")
        self._caught_up = -CATCH_UP_SECONDS

    def put(self, entries: Sequence[Entry]) -> list[PutResult]:
        problems = [problem(entry) for entry in entries]
        fine = [entry for entry, reason in zip(entries, problems, strict=True) if not reason]
        done = iter(self._documents.put(fine) if fine else ())
        results = [
            PutResult(entry.id, "rejected", reason)
            if reason
            else PutResult(entry.id, "indexed" if next(done) else "stale")
            for entry, reason in zip(entries, problems, strict=True)
        ]
        self._catch_up_now_and_then()
        return results

    def delete(self, versions: Sequence[tuple[str, int]]) -> list[PutResult]:
        problems = [problem_of_id(id, version) for id, version in versions]
        fine = [pair for pair, reason in zip(versions, problems, strict=True) if not reason]
        done = iter(self._documents.delete(fine) if fine else ())
        results = [
            PutResult(id, "rejected", reason) if reason else PutResult(id, "deleted" if next(done) else "stale")
            for (id, _), reason in zip(versions, problems, strict=True)
        ]
        self._catch_up_now_and_then()
        return results

    def _catch_up_now_and_then(self) -> None:
        if self._monotonic() - self._caught_up < CATCH_UP_SECONDS:
            return
        try:
            self._catch_up()
        except ExportwatchError as error:  # the put itself is done
            _log.warning("%s", error)
        self._caught_up = self._monotonic()

    def refresh(self) -> None:
        target = self._documents.last()
        deadline = self._monotonic() + WAIT_SECONDS
        while not self._catch_up():
            mark = self._inverted.mark()
            if mark and mark.sequence >= target:
                return
            if self._monotonic() > deadline:
                raise Retryable(f"another process has been writing the index in {self._folder} for {WAIT_SECONDS:g} s")
            time.sleep(0.02)

    def _catch_up(self, broken: str = "") -> bool:
        """Bring tantivy up to the last change; False: another process is at it.

        `broken` is a generation that was found unusable: a new one is made unless somebody already has.
        """
        mark = self._usable_mark(broken)
        if mark and mark.sequence == self._documents.last():
            return True
        try:
            lock = locks.acquire(self._folder, "inverted")
        except locks.Held:
            return False
        with lock:
            try:
                self._write(self._usable_mark(broken))
            except Broken as error:
                _log.warning("making the inverted index in %s again: %s", self._folder, error)
                self._write(None)
        return True

    def _usable_mark(self, broken: str) -> Mark | None:
        """None where a new generation has to be made."""
        mark = self._inverted.mark()
        if mark is None or mark.generation == broken:
            return None
        # documents.db may be an older one, put back, than the mark belongs to.
        return None if mark.sequence > self._documents.last() else mark

    def _write(self, mark: Mark | None) -> None:
        target = self._documents.last()
        if mark and mark.sequence == target:
            return
        with self._inverted.writing(mark) as writer:
            uncommitted = 0
            while writer.mark.sequence < target:
                changes = self._documents.changes(writer.mark.sequence)
                writer.apply(changes)
                uncommitted += len(changes)
                # A new generation is committed once, whole: readers stay with the old one until then.
                if mark and uncommitted >= COMMIT_CHANGES:
                    writer.commit()
                    uncommitted = 0
            writer.commit()

    def search(self, query: Node, *, limit: int, offset: int = 0) -> Hits:
        check_page(limit, offset)
        if isinstance(query, Everything):
            ids = self._documents.page(limit, offset)
            return self._hits(self._documents.live(), [(1.0, id) for id in ids])
        total, ranked = self._ranked(query, limit + offset)
        return self._hits(total, ranked[offset : offset + limit])

    def _hits(self, total: int, ranked: Sequence[tuple[float, str]]) -> Hits:
        bodies = self._documents.bodies([id for _, id in ranked])
        return Hits(total=total, hits=tuple(Hit(id, score, bodies[id]) for score, id in ranked if id in bodies))

    def _ranked(self, query: Node, wanted: int) -> tuple[int, list[tuple[float, str]]]:
        """How many match, and at least the `wanted` best of them as score and id, in order."""
        found, exact = self._find(query, wanted)
        if exact:
            ids = self._documents.ids([number for _, number in found.hits])
            ranked = [(score, ids[number]) for score, number in found.hits if number in ids]
            total = found.total - (len(found.hits) - len(ranked))
        else:
            scores = {number: score for score, number in found.hits}
            candidates = self._documents.entries(list(scores))
            ranked = [(scores[number], entry.id) for number, entry in candidates if matches(query, entry)]
            total = len(ranked)
        ranked.sort(key=lambda pair: (-pair[0], pair[1]))
        return total, ranked

    def _find(self, query: Node, wanted: int) -> tuple[Found, bool]:
        broken = ""
        deadline = self._monotonic() + WAIT_SECONDS
        while True:
            caught_up = self._catch_up(broken)
            mark = self._inverted.mark()
            try:
                return self._inverted.search(query, wanted)
            except Broken as error:
                # Without a lock, another process is making it; made again by us, it must work.
                if (caught_up and broken) or self._monotonic() > deadline:
                    raise Retryable(f"the inverted index in {self._folder} cannot be used: {error}") from error
                if mark and mark.generation != broken:
                    _log.warning("the inverted index in %s cannot be used: %s", self._folder, error)
                    broken = mark.generation
            time.sleep(0.02)

    def get(self, ids: Sequence[str]) -> dict[str, bytes]:
        return self._documents.bodies([id for id in ids if not problem_of_id(id, 0)])

    def scan(self) -> Iterator[tuple[str, int, bytes]]:
        return self._documents.scan()

    def close(self) -> None:
        try:
            if self._documents.opened:
                self._catch_up()
        except ExportwatchError as error:  # the next process that opens the index catches up
            _log.warning("%s", error)
        self._inverted.close()
        self._documents.close()
