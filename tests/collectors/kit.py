"""What the tests of collectors share: a scripted HTTP server on loopback, a clock that stands, a log in memory."""

from __future__ import annotations

import logging
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from collectors.fetch import Fetcher, FetchFailed
from collectors.publish import Publisher
from collectors.sources import Source
from exportwatch import codec
from exportwatch.blobs import Blobs, open_blobs
from exportwatch.bus import RELEASES, TopicPartition
from exportwatch.buses.memory import MemoryBus
from exportwatch.clock import Clock, SystemClock
from exportwatch.model import Fetched, Release
from exportwatch.stores.memory import MemoryStore

DATA = Path(__file__).parent / "data"
NOON = 1_600_000_000_000
LOG = logging.getLogger("tests.collectors")


class StandingClock:
    """Time that only moves when told to, or slept through."""

    def __init__(self, now: int = NOON) -> None:
        self.instant = now
        self.slept: list[float] = []

    def now(self) -> int:
        return self.instant

    def monotonic(self) -> float:
        return self.instant / 1000

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_(seconds)

    def pass_(self, seconds: float) -> None:
        self.instant += int(seconds * 1000)


@dataclass
class Answer:
    """What the server says to a request of one path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: bool = True


Script = Answer | Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Loopback:
    """A running server: `script` may be changed at any time; `requests` are those it got, as (path, headers)."""

    port: int
    script: dict[str, Script] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    forms: list[tuple[str, bytes]] = field(default_factory=list)
    """Path and body of those that were POST."""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]


@contextmanager
def serve(script: dict[str, Script] | None = None, certificate: Path | None = None) -> Iterator[Loopback]:
    """A server in a thread, on a free port, speaking TLS where a certificate is given."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            loopback.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            if self.command == "POST":
                loopback.forms.append((self.path, self.rfile.read(int(self.headers.get("Content-Length") or 0))))
            answer = loopback.script.get(self.path, Answer(status=404))
            if callable(answer):
                answer(self)
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.length and "content-length" not in {name.lower() for name in answer.headers}:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None: ...

    with Server(("127.0.0.1", 0), Handler) as http:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            http.socket = context.wrap_socket(http.socket, server_side=True)
        loopback = Loopback(http.server_port, dict(script or {}))
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield loopback
        finally:
            http.shutdown()
            thread.join()


def fetcher(*servers: Loopback, clock: Clock | None = None, **options: Any) -> Fetcher:
    """A fetcher that may reach these servers and no other private address."""
    given = {"max_document_bytes": 1024 * 1024, "fetch_seconds": 10.0, "user_agent": "exportwatch-tests"}
    allowed = ",".join(server.address for server in servers)
    return Fetcher(clock=clock or SystemClock(), **{**given, "private_addresses": allowed, **options})


def ok(result: Fetched | FetchFailed) -> Fetched:
    assert isinstance(result, Fetched), result
    return result


def failed(result: Fetched | FetchFailed) -> FetchFailed:
    assert isinstance(result, FetchFailed), result
    return result


def cut(handler: BaseHTTPRequestHandler, *, reset: bool) -> None:
    """End the connection without a word: with a reset, or in good order."""
    handler.close_connection = True
    if reset:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.wfile.close()
        handler.rfile.close()
        handler.connection.close()


def fetched(body: bytes, content_type: str = "", url: str = "https://ministry.example/feed") -> Fetched:
    headers = {"content-type": content_type} if content_type else {}
    return Fetched(url=url, status=200, headers=headers, body=body, observed=NOON)


def source(**fields: Any) -> Source:
    defaults = {
        "id": "demo",
        "publisher": "demo",
        "kind": "press release",
        "url": "https://ministry.example/feed",
        "minimum": 0,
    }
    return Source(**{**defaults, **fields})


class Archive:
    """A log, a store and blobs in memory, with what a test asks of them."""

    def __init__(self, folder: Path) -> None:
        self.bus = MemoryBus("tests")
        self.operator = self.bus.operator()
        self.operator.ensure_topics()
        self.store = MemoryStore()
        self.blobs: Blobs = open_blobs("file:", folder)

    def publisher(self, clock: Clock, **options: Any) -> Publisher:
        return Publisher(self.bus.producer(), self.store, self.blobs, clock, **options)

    def releases(self) -> list[Release]:
        records = self.operator.read(TopicPartition(RELEASES, 0), 0, 10_000, 0.0)
        assert all(record.value is not None for record in records)
        return [codec.RELEASE.decode(record.value or b"") for record in records]
