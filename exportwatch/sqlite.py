"""SQLite files: opened alike, their errors translated, their schema versions checked."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from exportwatch.errors import ExportwatchError, Misconfigured, Retryable

BUSY_SECONDS: Final = 30.0
"""How long a write waits for another process to finish its own."""


class Database:
    """One file, opened when first used. Safe to share among threads; each block has it alone.

    `schema` makes the tables of a new file; `version` is stored in it, and a file of another version is refused.
    """

    def __init__(self, path: Path, schema: str, version: int) -> None:
        self.path = path
        self._schema = schema
        self._version = version
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    @property
    def opened(self) -> bool:
        """Whether it was used and not closed since."""
        return self._connection is not None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A consistent view. Raises Retryable or Misconfigured, like every method here."""
        with self._block("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All that is written in the block is durable when it ends, or none of it happened."""
        with self._block("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _block(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock, self._translated():
            connection = self._open()
            connection.execute(begin)
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise Misconfigured(f"cannot make the folder {self.path.parent}: {error.strerror}") from error
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            self._create(connection)
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found != self._version:
            raise Misconfigured(
                f"{self.path} has schema version {found}, this exportwatch needs {self._version}: "
                "use the exportwatch that made it, or move the file away"
            )

    def _create(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in self._schema.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {self._version}")
            connection.execute("COMMIT")
        except BaseException:
            connection.rollback()
            raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise translate(error, self.path) from error

    def close(self) -> None:
        """The file is opened again when used again."""
        with self._lock, self._translated():
            if self._connection is not None:
                self._connection.close()
                self._connection = None


_RETRYABLE: Final = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PROTOCOL,
)
_BROKEN: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def translate(error: sqlite3.Error, path: Path) -> ExportwatchError:
    """An exception of sqlite3 as one of ours, to be raised from it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _RETRYABLE:
        return Retryable(f"{path} cannot be used now: {error}")
    if code in _BROKEN:
        return Misconfigured(f"{path} is damaged ({error}): restore it from a backup, or move it away")
    return Misconfigured(f"{path} cannot be used: {error}")
