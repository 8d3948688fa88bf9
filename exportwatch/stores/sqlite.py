"""The embedded store: one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from exportwatch.sqlite import Database
from exportwatch.store import ANY, NEW, Put, Stored, Wrote, check_keys

SCHEMA_VERSION: Final = 1
PAGE: Final = 500
_SCHEMA: Final = """
CREATE TABLE kept (key TEXT PRIMARY KEY, value BLOB NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE counter (last INTEGER NOT NULL);
INSERT INTO counter VALUES (0)
"""
_PUT: Final = "INSERT OR REPLACE INTO kept (key, value, version) VALUES (?, ?, ?)"


class SqliteStore:
    """Opened when first used; any number of processes share the file."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA, SCHEMA_VERSION)

    def get_many(self, keys: Sequence[str]) -> dict[str, Stored]:
        check_keys(keys)
        found: dict[str, Stored] = {}
        with self._database.reading() as connection:
            for key in keys:
                row = connection.execute("SELECT value, version FROM kept WHERE key = ?", (key,)).fetchone()
                if row:
                    found[key] = Stored(row[0], str(row[1]))
        return found

    def put_many(self, puts: Sequence[Put]) -> list[Wrote]:
        check_keys(put.key for put in puts)
        if not puts:
            return []
        with self._database.writing() as connection:
            last: int = connection.execute("SELECT last FROM counter").fetchone()[0]
            wrote = [_put(connection, put, last + number) for number, put in enumerate(puts, 1)]
            connection.execute("UPDATE counter SET last = ?", (last + len(puts),))
        return wrote

    def delete(self, keys: Sequence[str]) -> None:
        check_keys(keys)
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM kept WHERE key = ?", [(key,) for key in keys])

    def scan(self, prefix: str) -> Iterator[tuple[str, Stored]]:
        # A page at a time, so that no transaction stays open while the caller works. SQLite compares text by its
        # UTF-8 bytes, which is the order of code points.
        condition, start = ">=", prefix
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(
                    f"SELECT key, value, version FROM kept WHERE key {condition} ? ORDER BY key LIMIT ?", (start, PAGE)
                ).fetchall()
            for key, value, version in rows:
                if not key.startswith(prefix):
                    return
                yield key, Stored(value, str(version))
            if len(rows) < PAGE:
                return
            condition, start = ">", rows[-1][0]

    def close(self) -> None:
        self._database.close()


def _put(connection: sqlite3.Connection, put: Put, version: int) -> Wrote:
    if put.expected != ANY:
        row = connection.execute("SELECT version FROM kept WHERE key = ?", (put.key,)).fetchone()
        if put.expected != (str(row[0]) if row else NEW):
            return Wrote(put.key, "", True)
    connection.execute(_PUT, (put.key, put.value, version))
    return Wrote(put.key, str(version), False)
