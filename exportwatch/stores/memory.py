"""A store in memory, for tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from exportwatch.store import ANY, NEW, Put, Stored, Wrote, check_keys


class MemoryStore:
    """Gone with the process."""

    def __init__(self) -> None:
        self._kept: dict[str, Stored] = {}
        self._versions = count(1)

    def get_many(self, keys: Sequence[str]) -> dict[str, Stored]:
        return {key: self._kept[key] for key in keys if key in self._kept}

    def put_many(self, puts: Sequence[Put]) -> list[Wrote]:
        check_keys(put.key for put in puts)
        return [self._put(put) for put in puts]

    def _put(self, put: Put) -> Wrote:
        stored = self._kept.get(put.key)
        present = stored.version if stored else NEW
        if put.expected not in (ANY, present):
            return Wrote(put.key, "", True)
        version = str(next(self._versions))
        self._kept[put.key] = Stored(put.value, version)
        return Wrote(put.key, version, False)

    def delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._kept.pop(key, None)

    def scan(self, prefix: str) -> Iterator[tuple[str, Stored]]:
        for key in sorted(key for key in self._kept if key.startswith(prefix)):
            if key in self._kept:
                yield key, self._kept[key]

    def close(self) -> None:
        """Nothing to do."""
