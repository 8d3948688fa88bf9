"""The truth of the embedded index: documents, their versions and tombstones in one SQLite file.

Every change gets the next number of one sequence, so that an inverted index can catch up from where it stopped. The
narrow table is what versions, order and the sequence are read from; the wide one holds the contents.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from exportwatch.index import Entry
from exportwatch.sqlite import Database

SCHEMA_VERSION: Final = 1
PAGE: Final = 200
_SCHEMA: Final = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    sequence INTEGER NOT NULL UNIQUE,
    live INTEGER NOT NULL
);
CREATE TABLE contents (number INTEGER PRIMARY KEY, prepared BLOB NOT NULL, body BLOB NOT NULL)
"""
_SET: Final = """
INSERT INTO documents (id, version, sequence, live) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, sequence = excluded.sequence, live = excluded.live
RETURNING number
"""


class Change(NamedTuple):
    """The present state of a document that changed at this place of the sequence; None: deleted."""

    sequence: int
    number: int
    entry: Entry | None
    """Without its body."""


class _Prepared(msgspec.Struct, array_like=True):
    title: str
    text: str
    values: Mapping[str, tuple[str, ...]]
    measures: tuple[Mapping[str, tuple[str, ...]], ...]


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Prepared).decode


class Documents:
    """Any number of processes may write; each call is one transaction, durable when it returns."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA, SCHEMA_VERSION)

    def put(self, entries: Sequence[Entry]) -> list[bool]:
        """For each whether it is in; False: a higher version is there already."""
        prepared = [_encode(_Prepared(e.title, e.text, e.values, e.measures)) for e in entries]
        with self._database.writing() as connection:
            changes = _Changes(connection)
            return [changes.put(entry, packed) for entry, packed in zip(entries, prepared, strict=True)]

    def delete(self, versions: Sequence[tuple[str, int]]) -> list[bool]:
        """The same for deletes; a tombstone stays for ever."""
        with self._database.writing() as connection:
            changes = _Changes(connection)
            return [changes.delete(id, version) for id, version in versions]

    def last(self) -> int:
        """The place of the latest change in the sequence; 0: nothing was ever put."""
        with self._database.reading() as connection:
            return _last(connection)

    def changes(self, after: int) -> list[Change]:
        """The next changes in order, at most PAGE."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT sequence, d.number, id, version, prepared FROM documents d LEFT JOIN contents USING (number)"
                " WHERE sequence > ? ORDER BY sequence LIMIT ?",
                (after, PAGE),
            ).fetchall()
        return [
            Change(sequence, number, None if packed is None else _entry(id, version, packed))
            for sequence, number, id, version, packed in rows
        ]

    def entries(self, numbers: Sequence[int]) -> Iterator[tuple[int, Entry]]:
        """The live ones of these, without their bodies, in no order."""
        for start in range(0, len(numbers), PAGE):
            with self._database.reading() as connection:
                rows = connection.execute(
                    "SELECT d.number, id, version, prepared FROM documents d JOIN contents USING (number)"
                    " WHERE d.number IN (SELECT value FROM json_each(?))",
                    (json.dumps(numbers[start : start + PAGE]),),
                ).fetchall()
            for number, id, version, packed in rows:
                yield number, _entry(id, version, packed)

    def ids(self, numbers: Sequence[int]) -> dict[int, str]:
        """Of the live ones of these."""
        with self._database.reading() as connection:
            return dict(
                connection.execute(
                    "SELECT number, id FROM documents WHERE live AND number IN (SELECT value FROM json_each(?))",
                    (json.dumps(numbers),),
                )
            )

    def bodies(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Of the live ones of these."""
        found: dict[str, bytes] = {}
        with self._database.reading() as connection:
            for id in ids:
                row = connection.execute(
                    "SELECT body FROM documents JOIN contents USING (number) WHERE id = ?", (id,)
                ).fetchone()
                if row:
                    found[id] = row[0]
        return found

    def live(self) -> int:
        """How many there are."""
        with self._database.reading() as connection:
            count: int = connection.execute("SELECT sum(live) FROM documents").fetchone()[0] or 0
            return count

    def page(self, limit: int, offset: int) -> list[str]:
        """Ids of the live ones, in order."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id FROM documents WHERE live ORDER BY id LIMIT ? OFFSET ?", (limit, offset)
            )
            return [id for (id,) in rows]

    def scan(self) -> Iterator[tuple[str, int, bytes]]:
        """The live ones as id, version and body, by id; a page at a time, so that no transaction stays open."""
        last = ""
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(
                    "SELECT id, version, body FROM documents JOIN contents USING (number)"
                    " WHERE id > ? ORDER BY id LIMIT ?",
                    (last, PAGE),
                ).fetchall()
            yield from rows
            if len(rows) < PAGE:
                return
            last = rows[-1][0]

    @property
    def opened(self) -> bool:
        """Whether anything was asked of it yet."""
        return self._database.opened

    def close(self) -> None:
        self._database.close()


class _Changes:
    """The changes of one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._last = _last(connection)

    def put(self, entry: Entry, prepared: bytes) -> bool:
        number = self._set(entry.id, entry.version, live=True)
        if number is None:
            return False
        self._connection.execute(
            "INSERT OR REPLACE INTO contents (number, prepared, body) VALUES (?, ?, ?)", (number, prepared, entry.body)
        )
        return True

    def delete(self, id: str, version: int) -> bool:
        number = self._set(id, version, live=False)
        if number is None:
            return False
        self._connection.execute("DELETE FROM contents WHERE number = ?", (number,))
        return True

    def _set(self, id: str, version: int, *, live: bool) -> int | None:
        present = self._connection.execute("SELECT version FROM documents WHERE id = ?", (id,)).fetchone()
        if present and present[0] > version:
            return None
        self._last += 1
        number: int = self._connection.execute(_SET, (id, version, self._last, live)).fetchone()[0]
        return number


def _last(connection: sqlite3.Connection) -> int:
    last: int = connection.execute("SELECT max(sequence) FROM documents").fetchone()[0] or 0
    return last


def _entry(id: str, version: int, packed: bytes) -> Entry:
    prepared = _decode(packed)
    return Entry(
        id=id,
        version=version,
        title=prepared.title,
        text=prepared.text,
        values=prepared.values,
        measures=prepared.measures,
        body=b"",
    )
