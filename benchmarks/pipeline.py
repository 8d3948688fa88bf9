"""`import` to searchable, on both pairs of backends, against the bare engine and the bare log, in one run.

    python -m benchmarks.pipeline [--documents 2760] [--pair embedded|cluster|both] [--profile]

All roles run in processes of their own: process and index are up and warm, then time counts from the start of `import`
until no role has anything left and the index is refreshed. (`--wait` would, on Kafka, add two members to the groups.)
Peers get the very records that came out of it: (a) the bare engine indexes the prepared documents (tantivy with one
commit, Elasticsearch with the library's streaming_bulk and one refresh); (b) the bare log produces and consumes the
records (a plain SQLite table, a plain kafka-python loop). The ratio is to the slower one.
`--profile` shows where each role spends its time, alone, under cProfile.
"""

from __future__ import annotations

import argparse
import pstats
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from exportwatch import codec
from exportwatch.bus import DOCUMENTS, Record, TopicPartition
from exportwatch.index import Entry
from exportwatch.indexes import elasticsearch as our_elasticsearch
from exportwatch.query import to_elasticsearch, to_tantivy
from exportwatch.query.fields import prepare
from exportwatch.settings import load
from exportwatch.wiring import Wiring
from tests.e2e import documents
from tests.e2e.check import check
from tests.e2e.kills import pair_of
from tests.e2e.pairs import CLEAN, ROLES, Pair, Progress, until
from tests.servers.jars import Unavailable

WARM: Final = 500
"""Documents before the measurement: a JVM is slow at first."""
BATCH: Final = 200
AIM: Final = 0.5


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline")
    parser.add_argument("--documents", type=int, default=2760)
    parser.add_argument("--pair", choices=["embedded", "cluster", "both"], default="both")
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    lines = documents.repeated(given.documents + WARM)
    for name in ("embedded", "cluster") if given.pair == "both" else (given.pair,):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            try:
                pair = stack.enter_context(pair_of(name, folder, stack))
            except Unavailable as error:
                print(f"{name}: not measured, {error}")
                continue
            _measure(pair, lines)
            if given.profile:
                _profile(pair, lines)
    return 0


def _measure(pair: Pair, lines: Sequence[documents.Line]) -> None:
    ours = _pipeline(pair, lines)
    keys = {line["id"] for line in lines[WARM:]}
    records = list({record.key: record for record in _records(pair) if record.key in keys}.values())
    entries = _entries(pair, records)
    text = sum(len(record.value or b"") for record in records)
    engine = _rate(len(entries), lambda: _engine(pair, entries))
    log = _rate(len(records), lambda: _log(pair, records))
    ratio = ours / min(engine, log)
    print(f"{pair.name}: {len(records)} documents of {text / len(records):,.0f} bytes as classified")
    print(f"  import to searchable   {ours:8.0f} documents/s")
    print(f"  bare engine            {engine:8.0f} documents/s   ratio {ours / engine:.2f}")
    print(f"  bare log               {log:8.0f} documents/s   ratio {ours / log:.2f}")
    print(f"  ratio to the slower    {ratio:8.2f}   aim {AIM}", flush=True)


def _rate(count: int, action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return count / (time.perf_counter() - began)


def _pipeline(pair: Pair, lines: Sequence[documents.Line]) -> float:
    """Documents a second of `import --wait` beside warm workers."""
    workers = [pair.start(role) for role in ROLES]
    pair.ok("import", documents.write(pair.folder / "warm.jsonl", lines[:WARM]))
    progress = Progress(pair)
    until("the workers are warm", lambda: progress.idle(WARM))
    path = documents.write(pair.folder / "flow.jsonl", lines[WARM:])
    rate = _rate(len(lines) - WARM, lambda: _import(pair, progress, path, len(lines)))
    progress.close()
    codes = pair.stop(workers)
    assert codes == [0, 0], codes
    verdict = check(pair.options, {line["id"] for line in lines})
    assert not verdict.problems, verdict
    return rate


def _import(pair: Pair, progress: Progress, path: Path, total: int) -> None:
    pair.ok("import", path)
    until("all is done", lambda: progress.idle(total), seconds=600, every=0.05)
    wiring = Wiring(load(pair.options, {}))
    wiring.index.refresh()
    wiring.close()


def _records(pair: Pair) -> list[Record]:
    """What came out of `process`, in the order in which it did; the same more than once where it had to repeat."""
    wiring = Wiring(load(pair.options, {}))
    operator = wiring.bus.operator()
    records: list[Record] = []
    for state in operator.state():
        offset = state.begin
        while state.topic == DOCUMENTS and offset < state.end:
            records += operator.read(TopicPartition(DOCUMENTS, state.partition), offset, BATCH, 10)
            offset = records[-1].offset + 1
    operator.close()
    wiring.close()
    return sorted(records, key=lambda record: (record.timestamp, record.offset))


def _entries(pair: Pair, records: Sequence[Record]) -> list[Entry]:
    taxonomy = Wiring(load(pair.options, {})).taxonomy
    found: list[Entry] = []
    for record in records:
        assert record.value is not None
        found.append(prepare(codec.CLASSIFIED.decode(record.value), taxonomy, body=record.value))
    return found


def _engine(pair: Pair, entries: Sequence[Entry]) -> None:
    if pair.name == "embedded":
        _tantivy(pair.folder / "bare", entries)
    else:
        _elasticsearch(pair.options["index"], entries)


def _tantivy(folder: Path, entries: Sequence[Entry]) -> None:
    import tantivy

    folder.mkdir()
    builder = tantivy.SchemaBuilder()
    for column in to_tantivy.columns():
        builder.add_text_field(column.name, tokenizer_name=column.tokenizer, index_option=column.index_option)
    builder.add_bytes_field("body", stored=True)
    index = tantivy.Index(builder.build(), path=str(folder))
    writer = index.writer(heap_size=64_000_000, num_threads=1)
    for entry in entries:
        document = tantivy.Document()
        for column_name, value in to_tantivy.values(entry):
            document.add_text(column_name, value)
        document.add_bytes("body", entry.body)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    assert index.searcher().num_docs == len(entries)


def _elasticsearch(address: str, entries: Sequence[Entry]) -> None:
    from elasticsearch import Elasticsearch
    from elasticsearch.helpers import streaming_bulk

    client = Elasticsearch(address, request_timeout=60)
    client.indices.create(index="bare", settings=our_elasticsearch.SETTINGS, mappings=our_elasticsearch.mapping())

    def actions() -> Iterator[dict[str, Any]]:
        for entry in entries:
            source = {**to_elasticsearch.source(entry), "id": entry.id, "body": entry.body.decode()}
            yield {"_index": "bare", "_id": entry.id, "_source": source}

    assert all(done for done, _ in streaming_bulk(client, actions(), raise_on_error=False))
    client.indices.refresh(index="bare")
    assert client.count(index="bare")["count"] == len(entries)
    client.close()


def _log(pair: Pair, records: Sequence[Record]) -> None:
    if pair.name == "embedded":
        _sqlite(pair.folder / "bare.db", records)
    else:
        _kafka(pair.options["bus"].removeprefix("kafka://"), records)


def _sqlite(path: Path, records: Sequence[Record]) -> None:
    """A table, a transaction a batch, each durable; then read in batches, each with its offset kept."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    connection.execute("CREATE TABLE log (offset INTEGER PRIMARY KEY, key TEXT, value BLOB)")
    connection.execute("CREATE TABLE position (offset INTEGER)")
    for start in range(0, len(records), BATCH):
        with _transaction(connection):
            rows = [(record.key, record.value) for record in records[start : start + BATCH]]
            connection.executemany("INSERT INTO log (key, value) VALUES (?, ?)", rows)
    read = 0
    while found := connection.execute("SELECT * FROM log WHERE offset > ? LIMIT ?", (read, BATCH)).fetchall():
        read = found[-1][0]
        with _transaction(connection):
            connection.execute("INSERT INTO position VALUES (?)", (read,))
    assert read == len(records)
    connection.close()


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("COMMIT")


def _kafka(address: str, records: Sequence[Record]) -> None:
    from kafka import KafkaConsumer, KafkaProducer
    from kafka.admin import KafkaAdminClient, NewTopic

    admin = KafkaAdminClient(bootstrap_servers=address)
    limits = {"max.message.bytes": str(16 * 1024 * 1024)}
    admin.create_topics([NewTopic(name="bare", num_partitions=12, replication_factor=1, topic_configs=limits)])
    admin.close()
    options = {"acks": "all", "enable_idempotence": True, "compression_type": "lz4", "linger_ms": 5}
    producer = KafkaProducer(bootstrap_servers=address, max_request_size=16 * 1024 * 1024, **options)
    for record in records:
        producer.send("bare", key=record.key.encode(), value=record.value)
    producer.flush()
    producer.close()
    consumer = KafkaConsumer(
        "bare", bootstrap_servers=address, group_id="bare", auto_offset_reset="earliest", enable_auto_commit=False
    )
    read = 0
    while read < len(records):
        read += sum(map(len, consumer.poll(timeout_ms=1000, max_records=BATCH).values()))
        consumer.commit()
    consumer.close()


def _profile(pair: Pair, lines: Sequence[documents.Line]) -> None:
    """Each role alone on a revision of all, plainly and then under cProfile; the costliest functions."""
    for revision, flags in ((2, []), (3, ["-m", "cProfile", "-o"])):
        path = documents.write(pair.folder / "again.jsonl", documents.revised(lines, revision))
        for arguments in (("import", str(path)), ("process", "--once"), ("index", "--once")):
            command = pair.command(*arguments)
            statistics = pair.folder / f"{arguments[0]}.profile"
            options = [*flags, str(statistics)] if flags else []
            rate = _rate(len(lines), lambda c=[command[0], *options, *command[1:]]: _quietly(c))  # type: ignore[misc]
            print(f"{pair.name}: {arguments[0]} alone{' under cProfile' * bool(flags)} {rate:.0f} documents/s")
            if flags:
                _print(statistics)
        verdict = check(pair.options, {line["id"] for line in lines})
        assert not verdict.problems, verdict


def _quietly(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, env=CLEAN, capture_output=True)


def _print(statistics: Path) -> None:
    for order in ("tottime", "cumulative"):
        pstats.Stats(str(statistics), stream=sys.stdout).strip_dirs().sort_stats(order).print_stats(20)


if __name__ == "__main__":
    sys.exit(main())
