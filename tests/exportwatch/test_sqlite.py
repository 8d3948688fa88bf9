"""SQLite files: whole transactions, one writer at a time, errors that say what to do."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from exportwatch import sqlite
from exportwatch.errors import ExportwatchError, Misconfigured, Retryable
from exportwatch.sqlite import Database

SCHEMA = "CREATE TABLE t (n INTEGER NOT NULL); CREATE TABLE other (n INTEGER)"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "folder" / "file.db", SCHEMA, 1)
    yield database
    database.close()


def rows(database: Database) -> list[int]:
    with database.reading() as connection:
        return [n for (n,) in connection.execute("SELECT n FROM t ORDER BY n")]


def insert(database: Database, *numbers: int | None, fail: bool = False) -> None:
    with database.writing() as connection:
        for number in numbers:
            connection.execute("INSERT INTO t VALUES (?)", (number,))
        if fail:
            raise KeyError


def test_a_block_happens_whole_or_not_at_all(database: Database) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(KeyError):
        insert(database, 2, fail=True)
    with pytest.raises(ExportwatchError):
        insert(database, 3, None)
    assert rows(database) == [1]


def test_what_was_written_is_on_disk_before_the_block_ends(database: Database) -> None:
    with database.writing() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_threads_and_other_openers_share_a_file(database: Database, tmp_path: Path) -> None:
    other = Database(tmp_path / "folder" / "file.db", SCHEMA, 1)

    def count(mine: Database) -> None:
        for _ in range(50):
            with mine.writing() as connection:
                (last,) = connection.execute("SELECT count(*) FROM t").fetchone()
                connection.execute("INSERT INTO t VALUES (?)", (last,))

    threads = [threading.Thread(target=count, args=(mine,)) for mine in (database, database, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(other) == list(range(150))
    other.close()


def test_a_file_held_too_long_is_retryable(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    rows(database)
    holder = sqlite3.connect(tmp_path / "folder" / "file.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Retryable, match=r"file\.db"), database.writing():
        pass
    holder.close()
    with database.writing():
        pass


def test_a_file_of_another_version_is_refused(database: Database, tmp_path: Path) -> None:
    rows(database)
    newer = Database(tmp_path / "folder" / "file.db", SCHEMA, 2)
    with pytest.raises(Misconfigured, match="has schema version 1, this exportwatch needs 2"):
        rows(newer)
    newer.close()


def test_a_folder_that_cannot_be_made_is_misconfigured(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(Misconfigured, match="cannot make the folder"):
        rows(Database(tmp_path / "taken" / "file.db", SCHEMA, 1))
    with pytest.raises(Misconfigured, match="cannot be used"):
        rows(Database(tmp_path, SCHEMA, 1))


def test_no_exception_of_sqlite_leaves(tmp_path: Path) -> None:
    found = [value for value in vars(sqlite3).values() if isinstance(value, type) and issubclass(value, sqlite3.Error)]
    assert len(found) >= 9
    for error in found:
        assert isinstance(sqlite.translate(error("why"), tmp_path), ExportwatchError)


def test_closed_it_opens_again(database: Database) -> None:
    opened = [database.opened]
    insert(database, 1)
    opened.append(database.opened)
    database.close()
    opened.append(database.opened)
    assert opened == [False, True, False]
    assert rows(database) == [1]
