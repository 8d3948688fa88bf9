"""The page's search at 20,000 documents, over HTTP, against the bare engine's own query in the same run.

    python -m benchmarks.web [--documents 20000] [--rounds 30] [--profile]

The pages run in a process of their own, as `exportwatch web` does; one client asks query after query over one
connection. Peers answer the same queries in this process, without evidence, HTML or HTTP: tantivy itself (queries
already translated, its ten best and their bodies out of SQLite), and the index as our own code asks it (every equal
score looked at, so that pages are stable; what tantivy cannot say checked by the matcher). All are asked in turn, so
that they share whatever else the machine does. Ratios are of the 95th percentile over all queries and rounds.
"""

from __future__ import annotations

import argparse
import cProfile
import dataclasses
import http.client
import pstats
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from exportwatch.cli.web import pages
from exportwatch.index import Entry
from exportwatch.indexes.embedded import EmbeddedIndex
from exportwatch.indexes.inverted import Inverted
from exportwatch.model import Classified
from exportwatch.query import to_tantivy
from exportwatch.query.fields import prepare
from exportwatch.query.names import resolve
from exportwatch.settings import load
from exportwatch.web.answers import environment
from exportwatch.web.search import PAGE, search
from exportwatch.wiring import Wiring
from processors.classify import Rules, classify
from tests.documents import document
from tests.e2e import documents

AIM: Final = 2.0
QUERIES: Final = (
    "hydrogen fluoride",
    '"hydrogen fluoride" AND Korea',
    "by:JP against:KR",
    "METI",
    "フッ化水素 輸出管理",
    "政策対話",
    "수출규제 포토레지스트",
    "镓 出口管制",
    "出口管制 -lang:en",
    "action:tighten published:[2019 TO 2024]",
    "semicond*",
    "measure:(by:US action:list)",
)
BATCH: Final = 500


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web")
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wiring = Wiring(load({"data": folder}, {}))
        _fill(wiring, given.documents)
        bare = Bare(Path(folder) / "index", wiring)
        trees = {query: resolve(query, wiring.taxonomy).tree for query in QUERIES}
        with served(Path(folder)) as port:
            page = Page(port)
            asked: dict[str, Callable[[str], int]] = {
                "tantivy": bare.ask,
                "index": lambda query: len(wiring.index.search(trees[query], limit=PAGE).hits),
                "page": page.html,
                "JSON": page.json,
            }
            _measure(given.documents, given.rounds, asked)
        if given.profile:
            _profile(wiring)
        wiring.close()
    return 0


def _fill(wiring: Wiring, count: int) -> None:
    """Classify each text once, and index it under as many ids as it takes, each with words of its own behind it.

    Copies would all have one score, which makes finding the best ten dear for us and cheap for the peer.
    """
    rules, known = Rules(wiring.taxonomy), dict[str, Classified]()
    batch: list[Entry] = []
    for line in documents.repeated(count):
        text, title = line.get("text") or "", line.get("title") or ""
        if text not in known:
            made = document(text, title, lang=line.get("lang") or "", published=line.get("published") or "")
            known[text] = Classified(document=made, claims=classify(made, rules))
        more = f" {line['id']}" + " and so on" * (len(batch) % 97)
        mine = dataclasses.replace(known[text].document, id=line["id"], text=text + more)
        batch.append(prepare(dataclasses.replace(known[text], document=mine), wiring.taxonomy))
        if len(batch) == BATCH:
            wiring.index.put(batch)
            batch = []
    wiring.index.put(batch)
    wiring.index.refresh()
    characters = statistics.fmean(len(classified.document.text) for classified in known.values())
    print(f"{count:,} documents of {len(known)} texts, {characters:,.0f} characters each on average", flush=True)


class Bare:
    """tantivy and SQLite, asked directly."""

    def __init__(self, folder: Path, wiring: Wiring) -> None:
        self._searching = Inverted(folder / "tantivy")
        self._index = self._searching._current()
        self._documents = sqlite3.connect(folder / "documents.db")
        trees = {query: resolve(query, wiring.taxonomy).tree for query in QUERIES}
        self._queries = {query: to_tantivy.translate(tree, self._index).query for query, tree in trees.items()}

    def ask(self, query: str) -> int:
        searcher = self._index.searcher()
        hits = searcher.search(self._queries[query], limit=PAGE).hits
        numbers = searcher.fast_field_values("number", [address for _, address in hits])
        marks = ",".join("?" * len(numbers))
        rows = self._documents.execute(f"SELECT body FROM contents WHERE number IN ({marks})", list(numbers))
        return len(rows.fetchall())


class Page:
    """One client on one connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def html(self, query: str) -> int:
        return self._get("/", query).count(b'<article class="hit">')

    def json(self, query: str) -> int:
        return self._get("/search.json", query).count(b'"native_id"')

    def _get(self, path: str, query: str) -> bytes:
        self._connection.request("GET", f"{path}?{urlencode({'q': query})}")
        response = self._connection.getresponse()
        body = response.read()
        assert response.status == 200, body
        return body


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """`exportwatch web` on these data; its port."""
    command = [sys.executable, "-m", "exportwatch", "--data", str(folder), "web", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        port = int(process.stderr.readline().rstrip("/\n").rpartition(":")[2])
        try:
            yield port
        finally:
            process.terminate()


def _measure(count: int, rounds: int, asked: dict[str, Callable[[str], int]]) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(rounds + 2):
        for query in QUERIES:
            found = {}
            for name, ask in asked.items():
                began = time.perf_counter()
                found[name] = ask(query)
                if number >= 2:  # the first rounds warm everything
                    seconds[name].append(time.perf_counter() - began)
            assert len(set(found.values())) == 1, (query, found)
    peers = {name: percentile(seconds[name]) for name in ("tantivy", "index")}
    for name, taken in seconds.items():
        ratios = ", ".join(
            f"{percentile(taken) / peer:.2f} x {known}" for known, peer in peers.items() if name != known
        )
        shown = (statistics.median(taken) * 1000, percentile(taken) * 1000)
        print(f"  {name:8} p50 {shown[0]:7.2f} ms   p95 {shown[1]:7.2f} ms   p95 {ratios}")
    print(f"  the aim for the page is {AIM} x")
    print(f"  {len(QUERIES)} queries, {rounds} rounds, {count:,} documents", flush=True)


def percentile(taken: Sequence[float]) -> float:
    """The 95th."""
    return statistics.quantiles(taken, n=20)[-1]


def _profile(wiring: Wiring) -> None:
    """The view and its page in this process, without HTTP."""
    assert isinstance(wiring.index, EmbeddedIndex)
    backends, template = pages(wiring), environment().get_template("search.html")

    def once() -> None:
        for query in QUERIES:
            template.render(view=search(backends, query, 1), path="/")

    once()
    with cProfile.Profile() as profile:
        for _ in range(10):
            once()
    pstats.Stats(profile).strip_dirs().sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    sys.exit(main())
