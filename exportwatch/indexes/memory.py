"""An index in memory, by plain evaluation of the query tree: for tests, and the reference for the other engines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exportwatch.index import Entry, Hit, Hits, PutResult
from exportwatch.indexes.check import check_page, problem, problem_of_id
from exportwatch.query.matcher import matches
from exportwatch.query.tree import Node


class MemoryIndex:
    """Every hit has the score 1; everything put is searchable at once."""

    def __init__(self) -> None:
        self._versions: dict[str, int] = {}
        self._entries: dict[str, Entry] = {}

    def put(self, entries: Sequence[Entry]) -> list[PutResult]:
        return [self._put(entry) for entry in entries]

    def _put(self, entry: Entry) -> PutResult:
        if reason := problem(entry):
            return PutResult(entry.id, "rejected", reason)
        if self._versions.get(entry.id, -1) > entry.version:
            return PutResult(entry.id, "stale")
        self._versions[entry.id] = entry.version
        self._entries[entry.id] = entry
        return PutResult(entry.id, "indexed")

    def delete(self, versions: Sequence[tuple[str, int]]) -> list[PutResult]:
        return [self._delete(id, version) for id, version in versions]

    def _delete(self, id: str, version: int) -> PutResult:
        if reason := problem_of_id(id, version):
            return PutResult(id, "rejected", reason)
        if self._versions.get(id, -1) > version:
            return PutResult(id, "stale")
        self._versions[id] = version
        self._entries.pop(id, None)
        return PutResult(id, "deleted")

    def refresh(self) -> None:
        """Nothing to do."""

    def search(self, query: Node, *, limit: int, offset: int = 0) -> Hits:
        check_page(limit, offset)
        found = [entry for _, entry in sorted(self._entries.items()) if matches(query, entry)]
        page = found[offset : offset + limit]
        return Hits(total=len(found), hits=tuple(Hit(entry.id, 1.0, entry.body) for entry in page))

    def get(self, ids: Sequence[str]) -> dict[str, bytes]:
        return {id: self._entries[id].body for id in ids if id in self._entries}

    def scan(self) -> Iterator[tuple[str, int, bytes]]:
        for id, entry in sorted(self._entries.items()):
            yield id, entry.version, entry.body

    def close(self) -> None:
        """Nothing to do."""
