"""The embedded log: one SQLite file in WAL mode, written by several processes at once.

A topic is a table of one partition; a row is a record, its rowid the offset. A flush is one transaction. `topics`
holds where each begins and ends, so that offsets are never used twice, whatever is pruned.

Producers commit with synchronous=FULL: an acknowledged record survives a power cut. Consumers commit their offsets
with NORMAL, which survives SIGKILL; a power cut may forget the last offsets, whose records are then read once more.
"""

from __future__ import annotations

import fcntl
import math
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from exportwatch.bus import DAY, TOPICS, PartitionState, Record, TopicPartition, check_size, gone
from exportwatch.clock import Clock
from exportwatch.errors import BadRecord, ExportwatchError, Misconfigured, Retryable, Stopped

SCHEMA = 1
BUSY_SECONDS = 5.0
BUSY_PAUSE = 0.002
POLL_SECONDS = (0.005, 0.05)
"""First and longest wait between two looks at an idle log: the latency of a hop."""
POLL_BYTES = 32 * 1024 * 1024
"""A poll returns fewer records than asked rather than much more than this."""
TIDY_SECONDS = 600.0
SUPERSEDED = 30 * DAY
PRUNE_SLICE = 1000
PRUNE_SLICES = 20
_PERMANENT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class SqliteBus:
    """The log in the file `path`, made when a door is first opened; its folder must be there."""

    def __init__(self, path: Path, namespace: str, clock: Clock) -> None:
        self._file = _File(path, namespace)
        self._clock = clock

    def producer(self) -> SqliteProducer:
        return SqliteProducer(self._file, self._clock)

    def consumer(self, group: str, topic: str, *, member: str) -> SqliteConsumer:
        """Misconfigured, naming the holder, when another process or consumer is the group's member."""
        return SqliteConsumer(self._file, self._clock, group, topic, member)

    def operator(self) -> SqliteOperator:
        return SqliteOperator(self._file, self._clock)


class _File:
    """Where the log lies, and how its errors read."""

    def __init__(self, path: Path, namespace: str) -> None:
        self.path = path
        self.namespace = namespace

    def table(self, topic: str) -> str:
        """The quoted name of a topic's table."""
        name = f"{self.namespace}.{topic}".replace('"', '""')
        return f'"{name}"'

    def connect(self, *, durable: bool) -> sqlite3.Connection:
        """A connection in autocommit; makes the file when it is not there."""
        with self.errors(), self.locked("open"):
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                self._prepare(connection, durable)
            except BaseException:
                connection.close()
                raise
            return connection

    def _prepare(self, connection: sqlite3.Connection, durable: bool) -> None:
        connection.execute(f"PRAGMA journal_size_limit={64 * 1024 * 1024}")
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            raise Misconfigured(f"{self.path} has schema {version}, this one reads up to {SCHEMA}: upgrade exportwatch")
        if version == SCHEMA:
            return
        connection.executescript(
            f"""
            PRAGMA page_size=8192;
            PRAGMA journal_mode=WAL;
            BEGIN IMMEDIATE;
            CREATE TABLE topics (name TEXT PRIMARY KEY, begins INTEGER NOT NULL, ends INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE commits (
                "group" TEXT, topic TEXT, next INTEGER NOT NULL, time INTEGER NOT NULL, PRIMARY KEY ("group", topic)
            ) WITHOUT ROWID;
            PRAGMA user_version={SCHEMA};
            COMMIT;
            """
        )

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Holds `<path>.<name>.lock`, waiting for it."""
        with open(self.lock_path(name), "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def lock_path(self, name: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{name}.lock")

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Translates what SQLite and the file system raise."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._translated(error) from error
        except FileNotFoundError as error:
            raise Misconfigured(f"there is no folder {self.path.parent}") from error
        except PermissionError as error:
            raise Misconfigured(f"{self.path}: {error.strerror}; run as its owner, or choose another --data") from error
        except OSError as error:
            raise Retryable(f"{self.path}: {error}") from error

    def _translated(self, error: sqlite3.Error) -> ExportwatchError:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _PERMANENT:
            return Misconfigured(
                f"{self.path} is damaged ({error}): restore it, or move it away and collect and import again"
            )
        return Retryable(f"{self.path}: {error}")


@contextmanager
def _reading(connection: sqlite3.Connection) -> Iterator[None]:
    """Every query inside sees the same moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")


@contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[None]:
    _begin(connection)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _begin(connection: sqlite3.Connection) -> None:
    """Take the write lock. SQLite's own waiting sleeps ever longer, up to 100 ms, while writers in a tight loop leave
    the lock free for a millisecond: four such processes starved each other for more than five seconds."""
    deadline = time.monotonic() + BUSY_SECONDS
    connection.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            time.sleep(BUSY_PAUSE)
    finally:
        connection.execute(f"PRAGMA busy_timeout={round(BUSY_SECONDS * 1000)}")


def _bounds(connection: sqlite3.Connection, file: _File, topic: str) -> tuple[int, int] | None:
    """(begin, end) of a topic; None when it is not made yet."""
    query = "SELECT begins, ends FROM topics WHERE name = ?"
    row: tuple[int, int] | None = connection.execute(query, (f"{file.namespace}.{topic}",)).fetchone()
    return row


def _select(connection: sqlite3.Connection, file: _File, topic: str, offset: int, most: int) -> list[Record]:
    query = f"SELECT offset, time, key, value FROM {file.table(topic)} WHERE offset >= ? ORDER BY offset LIMIT ?"
    records: list[Record] = []
    size = 0
    for number, appended, key, value in connection.execute(query, (offset, most)):
        records.append(Record(topic, 0, number, key, value, appended))
        size += len(value or b"")
        if size > POLL_BYTES:
            break
    return records


class SqliteProducer:
    """`send` collects, `flush` appends in one transaction; nothing of a failed flush stays."""

    def __init__(self, file: _File, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self._batch: dict[str, list[tuple[str, bytes | None]]] = {}
        self._tidied: dict[str, float] = {}

    def send(self, topic: str, key: str, value: bytes | None, *, partition_by: str) -> None:
        if reason := check_size(topic, key, value):
            raise BadRecord(reason)
        self._batch.setdefault(topic, []).append((key, value))

    def flush(self) -> None:
        batch, self._batch = self._batch, {}
        if not batch:
            return
        if self._connection is None:
            self._connection = self._file.connect(durable=True)
        with self._file.errors(), _writing(self._connection):
            for topic, records in batch.items():
                self._append(self._connection, topic, records)
        self._tidy(self._connection, set(batch))

    def _append(self, connection: sqlite3.Connection, topic: str, records: list[tuple[str, bytes | None]]) -> None:
        bounds = _bounds(connection, self._file, topic)
        if bounds is None:
            raise Retryable(f"there is no topic {topic} yet; the start of a worker makes it")
        end = bounds[1]
        now = self._clock.now()
        table = self._file.table(topic)
        rows = [(end + i, now, key, value) for i, (key, value) in enumerate(records)]
        connection.executemany(f"INSERT INTO {table} (offset, time, key, value) VALUES (?, ?, ?, ?)", rows)
        if TOPICS[topic].compacted:
            purges = [(key, offset) for offset, _, key, value in rows if value is None]
            connection.executemany(f"DELETE FROM {table} WHERE key = ? AND offset < ?", purges)
        ends = (end + len(rows), f"{self._file.namespace}.{topic}")
        connection.execute("UPDATE topics SET ends = ? WHERE name = ?", ends)

    def _tidy(self, connection: sqlite3.Connection, topics: set[str]) -> None:
        """Drop what is past its time, now and then; what fails now is done later."""
        now = self._clock.monotonic()
        due = {topic for topic in topics if now - self._tidied.get(topic, -math.inf) >= TIDY_SECONDS}
        self._tidied.update(dict.fromkeys(due, now))
        with suppress(Retryable), self._file.errors():
            for topic in due:
                if TOPICS[topic].compacted:
                    self._drop_superseded(connection, topic)
                elif TOPICS[topic].retention is not None:
                    self._prune(connection, topic)

    def _drop_superseded(self, connection: sqlite3.Connection, topic: str) -> None:
        """As Kafka's compaction does, but only after a while: until then a topic holds every record of a key."""
        table = self._file.table(topic)
        # Answered by the index on keys alone.
        repeated = connection.execute(f"SELECT key, max(offset) FROM {table} GROUP BY key HAVING count(*) > 1")
        rows = [(*row, self._clock.now() - SUPERSEDED) for row in repeated]
        if rows:
            with _writing(connection):
                connection.executemany(f"DELETE FROM {table} WHERE key = ? AND offset < ? AND time < ?", rows)

    def _prune(self, connection: sqlite3.Connection, topic: str) -> None:
        """In slices, so that no other writer waits long."""
        for _ in range(PRUNE_SLICES):
            with _writing(connection):
                if not self._prune_slice(connection, topic):
                    return

    def _prune_slice(self, connection: sqlite3.Connection, topic: str) -> bool:
        """Whether there may be more."""
        retention = TOPICS[topic].retention
        assert retention is not None
        cutoff = self._clock.now() - retention
        table = self._file.table(topic)
        last = None
        taken = 0
        for offset, appended in connection.execute(
            f"SELECT offset, time FROM {table} ORDER BY offset LIMIT {PRUNE_SLICE}"
        ):
            if appended >= cutoff:
                break
            last = offset
            taken += 1
        if last is not None:
            connection.execute(f"DELETE FROM {table} WHERE offset <= ?", (last,))
            begins = (last + 1, f"{self._file.namespace}.{topic}")
            connection.execute("UPDATE topics SET begins = ? WHERE name = ?", begins)
        return taken == PRUNE_SLICE

    def close(self) -> None:
        self._batch = {}
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class SqliteConsumer:
    """The only member of its group: it holds a lock that the kernel frees even after SIGKILL."""

    def __init__(self, file: _File, clock: Clock, group: str, topic: str, member: str) -> None:
        self._file = file
        self._clock = clock
        self._group = f"{file.namespace}.{group}"
        self._shown = group
        self._topic = topic
        self._place = TopicPartition(topic, 0)
        self._position: int | None = None
        self._version: int | None = None
        self._connection: sqlite3.Connection | None = None
        with file.errors():
            self._lock = open(file.lock_path(self._group), "a+")  # noqa: SIM115 - held until close
        self._hold(member)

    def _hold(self, member: str) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.seek(0)
            holder = self._lock.read().strip()
            self._lock.close()
            raise Misconfigured(
                f"group {self._shown} has a member already ({holder}): the embedded log takes one worker a role"
            ) from error
        self._lock.truncate(0)
        self._lock.write(f"{member}, process {os.getpid()}\n")
        self._lock.flush()

    def poll(self, max_records: int, timeout: float) -> list[Record]:
        waited = 0.0
        pause, longest = POLL_SECONDS
        while True:
            with self._file.errors():
                records = self._read(max_records)
            if records or waited >= timeout:
                return records
            pause = min(pause, timeout - waited)
            self._clock.sleep(pause)
            waited += pause
            pause = min(pause * 1.5, longest)

    def _read(self, most: int) -> list[Record]:
        if self._connection is None:
            self._connection = self._file.connect(durable=False)
        # The cheapest question SQLite answers: has any other connection written since?
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if version == self._version:
            return []
        with _reading(self._connection):
            position = self._next(self._connection)
            if position is None:
                return []
            records = _select(self._connection, self._file, self._topic, position, most)
        if records:
            self._position = records[-1].offset + 1
        else:
            self._position, self._version = position, version
        return records

    def _next(self, connection: sqlite3.Connection) -> int | None:
        """The offset to read next; None while the topic is not there."""
        bounds = _bounds(connection, self._file, self._topic)
        if bounds is None:
            return None
        begin, end = bounds
        query = 'SELECT next FROM commits WHERE "group" = ? AND topic = ?'
        (committed,) = connection.execute(query, (self._group, self._topic)).fetchone() or (None,)
        position = committed if self._position is None else self._position
        if position is None:
            return begin
        if not begin <= position <= end:
            raise Stopped(gone(self._shown, self._place, position, begin, end))
        return int(position)

    def commit(self, offsets: Mapping[TopicPartition, int]) -> frozenset[TopicPartition]:
        if self._place not in offsets:
            return frozenset()
        if self._connection is None:
            self._connection = self._file.connect(durable=False)
        row = (self._group, self._topic, offsets[self._place], self._clock.now())
        with self._file.errors(), _writing(self._connection):
            self._connection.execute("INSERT OR REPLACE INTO commits VALUES (?, ?, ?, ?)", row)
        return frozenset()

    def keep_alive(self) -> frozenset[TopicPartition]:
        return frozenset()

    def seek(self, place: TopicPartition, offset: int) -> None:
        self._position, self._version = offset, None

    def close(self) -> None:
        self._lock.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class SqliteOperator:
    """Reads and makes topics."""

    def __init__(self, file: _File, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._connection: sqlite3.Connection | None = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._file.connect(durable=False)
        return self._connection

    def ensure_topics(self) -> None:
        connection = self._open()
        with self._file.errors():
            if all(_bounds(connection, self._file, topic) for topic in TOPICS):
                return
            with _writing(connection):
                for topic in TOPICS.values():
                    self._make(connection, topic.name, topic.compacted)

    def _make(self, connection: sqlite3.Connection, topic: str, compacted: bool) -> None:
        table = self._file.table(topic)
        columns = "offset INTEGER PRIMARY KEY, time INTEGER NOT NULL, key TEXT NOT NULL, value BLOB"
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
        if compacted:
            connection.execute(f'CREATE INDEX IF NOT EXISTS {table[:-1]}.key" ON {table} (key)')
        connection.execute("INSERT OR IGNORE INTO topics VALUES (?, 0, 0)", (f"{self._file.namespace}.{topic}",))

    def state(self) -> list[PartitionState]:
        connection = self._open()
        with self._file.errors(), _reading(connection):
            return [
                self._state(connection, topic, *bounds)
                for topic in sorted(TOPICS)
                if (bounds := _bounds(connection, self._file, topic))
            ]

    def _state(self, connection: sqlite3.Connection, topic: str, begin: int, end: int) -> PartitionState:
        committed: dict[str, int | None] = dict.fromkeys(TOPICS[topic].groups)
        query = 'SELECT next FROM commits WHERE "group" = ? AND topic = ?'
        for group in committed:
            row = connection.execute(query, (f"{self._file.namespace}.{group}", topic)).fetchone()
            committed[group] = row and row[0]
        return PartitionState(topic=topic, partition=0, begin=begin, end=end, committed=committed)

    def read(self, place: TopicPartition, offset: int, max_records: int, timeout: float) -> list[Record]:
        connection = self._open()
        waited = 0.0
        while True:
            with self._file.errors():
                known = place.partition == 0 and _bounds(connection, self._file, place.topic)
                records = _select(connection, self._file, place.topic, offset, max_records) if known else []
            if records or waited >= timeout:
                return records
            pause = min(POLL_SECONDS[1], timeout - waited)
            self._clock.sleep(pause)
            waited += pause

    def skip_gone(self, group: str) -> int:
        for topic in TOPICS.values():
            if group in topic.groups:
                # Opened, so that no worker of the group runs meanwhile.
                consumer = SqliteConsumer(self._file, self._clock, group, topic.name, "operator")
                try:
                    return self._skip(consumer, group, TopicPartition(topic.name, 0))
                finally:
                    consumer.close()
        return 0

    def _skip(self, consumer: SqliteConsumer, group: str, place: TopicPartition) -> int:
        for state in self.state():
            committed = state.committed.get(group)
            if state.topic == place.topic and committed is not None and not state.begin <= committed <= state.end:
                consumer.commit({place: state.begin})
                return max(0, state.begin - committed)
        return 0

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
