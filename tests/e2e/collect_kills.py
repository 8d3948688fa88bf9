"""Kills the collector by SIGKILL while a ministry publishes, then proves from the log alone that nothing was missed.

    python -m tests.e2e.collect_kills [--kills 20] [--pair embedded|cluster] [--seed N]

The ministry is a server on loopback with a feed in pages, and a list whose releases have pages and attachments. It
publishes all the time, also while nobody looks, and then by more than one page of its lists; some answers are errors.
Kills fall at random moments, and one at each named fault point of publishing.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

from exportwatch import codec, configfiles
from exportwatch.bus import RELEASES, TopicPartition
from exportwatch.model import Release
from exportwatch.settings import load
from exportwatch.wiring import Wiring
from tests.e2e.kills import pair_of
from tests.e2e.pairs import Pair, until

POINTS: Final = ("after-send", "after-flush")
PAGE: Final = 6
MOST_AT_ONCE: Final = 15
"""Releases that may appear while the collector is dead: more than two pages."""
ERRORS: Final = 0.03
"""Of all answers."""
WORDS: Final = ("Export controls on gallium", "輸出管理の見直し", "수출규제 강화", "出口管制公告", "輸出管制清單")
FEED: Final = """
publisher = "chronicle"
kind = "notice"
url = "http://{address}/feed"
interval = 1
pause = 0

[id]
pattern = '/entry/(\\d+)'
"""
BOARD: Final = """
publisher = "board"
kind = "notice"
url = "http://{address}/board"
parser = "page"
interval = 1
pause = 0
attachments = "a.file"

[id]
pattern = '/release/(\\d+)'

[list]
row = "li"
date = "i"

[pages]
url = "http://{address}/board?page={{page}}"
"""
OFF: Final = (
    'publisher = "off"\nkind = "off"\nurl = "https://off.invalid/"\nenabled = false\nnote = "not of this test"\n'
)


class Ministry:
    """What it has published so far; served the newest first."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self.entries = 0
        self.releases = 0
        self.errors = ERRORS

    def publish(self, most: int) -> None:
        with self._lock:
            self.entries += self._chance.randint(0, most)
            self.releases += self._chance.randint(0, most)

    def expected(self) -> dict[str, str]:
        """Id -> what its text must hold."""
        found = {f"chronicle:{number}": self.text(number) for number in range(1, self.entries + 1)}
        for number in range(1, self.releases + 1):
            found[f"board:{number}"] = self.text(number)
            if number % 4 == 0:
                found[f"board:{number}/{number}.txt"] = f"別表 {number}"
        return found

    @staticmethod
    def text(number: int) -> str:
        return f"{WORDS[number % len(WORDS)]} No. {number} 全文"

    def answer(self, path: str, query: Mapping[str, list[str]]) -> tuple[int, str, str]:
        """Status, content type and body."""
        with self._lock:
            failed = self._chance.random() < self.errors and path != "/robots.txt"
            entries, releases = self.entries, self.releases
        number, html = int(path.rpartition("/")[2]) if path[-1].isdigit() else 0, "text/html; charset=utf-8"
        page = int(query.get("page", ["1"])[0])
        if failed:
            return 500, html, "sorry"
        if path == "/feed":
            return 200, "application/atom+xml", self._feed(entries, page)
        if path == "/board":
            return 200, html, self._board(releases, page)
        if path.startswith("/file/"):
            return 200, "text/plain; charset=utf-8", f"別表 {path[6:].removesuffix('.txt')}"
        if path.startswith("/release/"):
            link = f"<a class='file' href='/file/{number}.txt'>別表</a>" if number % 4 == 0 else ""
            token = f"<meta name='token' content='{time.monotonic_ns()}'>"
            return 200, html, f"<html><head>{token}</head><body><h1>{number}</h1><p>{self.text(number)}</p>{link}"
        return 404, html, ""

    def _shown(self, count: int, page: int) -> range:
        first = count - PAGE * (page - 1)
        return range(first, max(first - PAGE, 0), -1)

    def _feed(self, entries: int, page: int) -> str:
        more = f"<link rel='next' href='/feed?page={page + 1}'/>" if self._shown(entries, page + 1) else ""
        items = "".join(
            f"<entry><id>urn:{n}</id><title>{WORDS[n % 5]} {n}</title><link href='/entry/{n}'/>"
            f"<updated>{_today()}T00:00:00Z</updated><content>{self.text(n)}</content></entry>"
            for n in self._shown(entries, page)
        )
        return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title>{more}{items}</feed>"

    def _board(self, releases: int, page: int) -> str:
        return "".join(
            f"<li><a href='/release/{n}'>{WORDS[n % 5]} {n}</a> <i>{_today()}</i></li>"
            for n in self._shown(releases, page)
        )


def _today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())


@contextmanager
def served(ministry: Ministry) -> Iterator[str]:
    """Its address, host:port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, content_type, body = ministry.answer(parts.path, parse_qs(parts.query))
            encoded = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

        def log_message(self, format: str, *args: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None: ...

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Verdict(NamedTuple):
    """What the log holds, and what is wrong with it."""

    problems: tuple[str, ...]
    documents: int
    revisions: int

    def __str__(self) -> str:
        found = f"{self.documents} documents in {self.revisions} records"
        return f"WRONG: {'; '.join(self.problems)} ({found})" if self.problems else f"OK: {found}"


def read(options: Mapping[str, str]) -> list[Release]:
    """All of topic releases."""
    wiring = Wiring(load(options, {}))
    try:
        operator = wiring.bus.operator()
        found: list[Release] = []
        for state in (state for state in operator.state() if state.topic == RELEASES):
            offset = state.begin
            while offset < state.end:
                records = operator.read(TopicPartition(RELEASES, state.partition), offset, 1000, 1.0)
                found += [codec.RELEASE.decode(record.value) for record in records if record.value is not None]
                offset = records[-1].offset + 1 if records else state.end
        operator.close()
        return found
    finally:
        wiring.close()


def check(releases: list[Release], expected: Mapping[str, str]) -> Verdict:
    """Whether every release is there, whole, under one id; knows nothing of how it was collected."""
    last = {release.id: release for release in sorted(releases, key=lambda release: release.observed)}
    by_url: dict[str, set[str]] = defaultdict(set)
    for release in releases:
        by_url[release.url].add(release.id)
    problems = [
        *_named("missing", expected.keys() - last.keys()),
        *_named("nobody published", last.keys() - expected.keys()),
        *_named("of two ids", {url for url, ids in by_url.items() if len(ids) > 1}),
        *_named(
            "without its text", {id for id in expected.keys() & last.keys() if expected[id] not in _said(last[id])}
        ),
    ]
    return Verdict(tuple(problems), len(last), len(releases))


def _said(release: Release) -> str:
    return (release.body.data or b"").decode() if release.body else ""


def _named(what: str, ids: set[str]) -> Iterator[str]:
    if ids:
        yield f"{len(ids)} {what}: {', '.join(sorted(ids)[:5])}"


class Chaos:
    """A ministry, and a collector that never lives long."""

    def __init__(self, pair: Pair, seed: int, kills: int, say: Callable[[str], None] = print) -> None:
        self._pair = pair
        self._chance = random.Random(seed)
        self._ministry = Ministry(seed + 1)
        self._kills = kills
        self._say = say

    def run(self) -> Verdict:
        with served(self._ministry) as address:
            self._write(address)
            self._pair.options["private-addresses"] = address
            for number in range(self._kills):
                self._ministry.publish(MOST_AT_ONCE)
                self._kill(number)
            for point in POINTS:
                self._die_at(point)
            self._ministry.publish(MOST_AT_ONCE)
            return self._finish()

    def _write(self, address: str) -> None:
        """Two sources of ours in place of all that are shipped."""
        folder = self._pair.data / "config" / "sources"
        folder.mkdir(parents=True)
        for path in configfiles.files("sources", self._pair.data):
            (folder / path.name).write_text(OFF, encoding="utf-8")
        for name, text in (("feed", FEED), ("board", BOARD)):
            (folder / f"{name}.toml").write_text(text.format(address=address), encoding="utf-8")

    def _kill(self, number: int) -> None:
        """Let it live for a moment, while the ministry goes on publishing."""
        collector = self._pair.start("collect")
        end = time.monotonic() + self._chance.uniform(0.3, 3.0)
        while time.monotonic() < end:
            assert collector.alive, collector.said[-2000:]
            self._ministry.publish(1)
            time.sleep(self._chance.uniform(0.02, 0.3))
        collector.kill()
        self._say(f"kill {number + 1}: {len(self._ministry.expected())} published so far")

    def _die_at(self, point: str) -> None:
        self._ministry.publish(MOST_AT_ONCE)
        collector = self._pair.start("collect", fault=f"{point}:{self._chance.randint(1, 3)}")

        def dies() -> bool:
            self._ministry.publish(1)
            return not collector.alive

        until(f"it dies at {point}", dies, seconds=60, every=0.1)
        assert collector.ended() == -signal.SIGKILL, collector.said[-2000:]
        self._say(f"died at {point}")

    def _finish(self) -> Verdict:
        """A last collector that is not killed, until all is there or a minute has passed; then the checker."""
        self._ministry.errors = 0.0
        collector = self._pair.start("collect")
        expected = self._ministry.expected()
        deadline = time.monotonic() + 90
        while check(self._read(), expected).problems and time.monotonic() < deadline:
            assert collector.alive, collector.said[-2000:]
            time.sleep(0.5)
        assert collector.stop() == 0, collector.said[-2000:]
        return check(self._read(), expected)

    def _read(self) -> list[Release]:
        return read({name.replace("-", "_"): value for name, value in self._pair.options.items()})


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.e2e.collect_kills", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--pair", choices=["embedded", "cluster"], default="embedded")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pair = stack.enter_context(pair_of(given.pair, folder, stack))
        print(f"seed {given.seed}, {given.kills} kills, {pair.name}")
        began = time.monotonic()
        verdict = Chaos(pair, given.seed, given.kills).run()
        print(f"{verdict} ({time.monotonic() - began:.0f} s)")
    return 1 if verdict.problems else 0


if __name__ == "__main__":
    sys.exit(main())
