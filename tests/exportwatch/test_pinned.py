"""The proxy of the setting http_proxy: what goes through it, and what is refused before it is asked."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from collectors.fetch import Fetcher
from exportwatch.addresses import Allowed, connect
from exportwatch.errors import Misconfigured
from exportwatch.pinned import Dialer, Proxy, Unreachable
from tests.collectors.kit import DATA, Answer, Loopback, cut, failed, fetcher, ok, serve

CERTIFICATE = DATA / "ministry.example.pem"


class Relay:
    """A small proxy on loopback: every host it is asked for lies at the port `to`. `asked` are its request lines."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.port = 0
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.refuses = 0
        """A status for every request."""
        self.cuts = 0
        """Tunnels that end as soon as they are there."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def relaying(to: int) -> Iterator[Relay]:
    relay = Relay(to)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            super().handle_one_request()
            self.close_connection = True

        def do_GET(self) -> None:
            self.note()
            if relay.refuses:
                self.send_error(relay.refuses)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with socket.create_connection(("127.0.0.1", relay.to), 10) as beyond:
                path = urlsplit(self.path).path
                lines = [f"{self.command} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in self.headers.items()), "", ""]
                beyond.sendall("\r\n".join(lines).encode("latin-1") + body)
                while piece := beyond.recv(65536):
                    self.wfile.write(piece)

        do_POST = do_GET

        def do_CONNECT(self) -> None:
            self.note()
            if relay.refuses:
                self.send_error(relay.refuses)
                return
            with socket.create_connection(("127.0.0.1", relay.to), 10) as beyond:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                if relay.cuts:
                    relay.cuts -= 1
                    cut(self, reset=False)
                    return
                back = threading.Thread(target=pump, args=(beyond, self.connection))
                back.start()
                pump(self.connection, beyond)
                back.join()

        def note(self) -> None:
            relay.asked.append(f"{self.command} {self.path}")
            relay.headers.append({name.lower(): value for name, value in self.headers.items()})

        def log_message(self, format: str, *args: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None: ...

    with Server(("127.0.0.1", 0), Handler) as http:
        relay.port = http.server_port
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield relay
        finally:
            http.shutdown()
            thread.join()


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serve({"/": Answer("수출통제".encode()), "/rss": Answer(b"posted")}) as loopback:
        yield loopback


@pytest.fixture
def relay(server: Loopback) -> Iterator[Relay]:
    with relaying(server.port) as running:
        yield running


def through(relay: Relay, **options: Any) -> Fetcher:
    """Resolves nothing and connects to nothing but the proxy."""

    def resolve(host: str, port: int, timeout: float) -> list[str]:
        assert (host, port) == ("127.0.0.1", relay.port)
        return [host]

    return fetcher(resolver=resolve, connector=connect, **{"http_proxy": relay.url, **options})


def test_plain_requests_go_through_the_proxy_by_name(server: Loopback, relay: Relay) -> None:
    page = ok(through(relay).fetch("http://ministry.example/"))
    assert (page.body.decode(), page.url) == ("수출통제", "http://ministry.example/")
    assert (
        ok(through(relay).fetch("http://ministry.example:8080/rss", method="POST", form={"a": "1"})).body == b"posted"
    )
    assert relay.asked == ["GET http://ministry.example/", "POST http://ministry.example:8080/rss"]
    assert server.requests[0][1]["host"] == "ministry.example"
    assert server.forms == [("/rss", b"a=1")]


@pytest.mark.parametrize("name", ["ministry.example", "other.example"])
def test_tls_reaches_through_the_proxy_and_is_verified_against_the_name(name: str) -> None:
    trusting = ssl.create_default_context(cafile=CERTIFICATE)
    with serve({"/": Answer(b"ok")}, CERTIFICATE) as server, relaying(server.port) as relay:
        answer = through(relay, tls=trusting).fetch(f"https://{name}/")
        if name == "ministry.example":
            assert ok(answer).body == b"ok"
            assert "proxy-authorization" not in server.requests[0][1]
        else:
            assert failed(answer).kind == "certificate"
            assert server.requests == []
        assert relay.asked == [f"CONNECT {name}:443"]


def test_a_tunnel_that_is_cut_is_tried_once_more() -> None:
    trusting = ssl.create_default_context(cafile=CERTIFICATE)
    with serve({"/": Answer(b"ok")}, CERTIFICATE) as server, relaying(server.port) as relay:
        relay.cuts = 1
        assert ok(through(relay, tls=trusting).fetch("https://ministry.example/")).body == b"ok"
        relay.cuts = 9
        assert failed(through(relay, tls=trusting).fetch("https://ministry.example/")).kind == "connection"
        assert len(relay.asked) == 4


def test_the_proxy_is_told_who_we_are_and_nobody_else_is(server: Loopback, relay: Relay) -> None:
    with_login = relay.url.replace("//", "//watcher:s%40crét:1@")
    failure = failed(through(relay, http_proxy=with_login).fetch("http://ministry.example/absent"))
    assert failure.status == 404
    expected = base64.b64encode("watcher:s@crét:1".encode()).decode()
    assert relay.headers[0]["proxy-authorization"] == f"Basic {expected}"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_password_is_not_the_sources_fault(relay: Relay, scheme: str) -> None:
    relay.refuses = 407
    failure = failed(through(relay).fetch(f"{scheme}://ministry.example/"))
    assert failure.kind == "proxy"
    assert "http_proxy" in failure.reason


def test_a_proxy_that_refuses_a_tunnel(relay: Relay) -> None:
    relay.refuses = 502
    failure = failed(through(relay).fetch("https://ministry.example/"))
    assert failure.kind == "proxy"
    assert "502" in failure.reason


def test_a_proxy_that_is_not_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        failure = failed(fetcher(http_proxy=url).fetch("http://ministry.example/"))
    assert failure.kind == "proxy"
    assert "http_proxy" in failure.reason

    def unknown(host: str, port: int, timeout: float) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    failure = failed(
        fetcher(http_proxy="http://proxy.example:3128", resolver=unknown).fetch("http://ministry.example/")
    )
    assert (failure.kind, "Name or service not known" in failure.reason) == ("proxy", True)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fd00::1]", "[64:ff9b::7f00:1]"),
        *("2130706433", "0x7f000001", "127.1", "0177.0.0.1", "0", "１２７.０.０.１"),
        *("localhost", "LOCALHOST.", "a.localhost", "localhost.localdomain", "ip6-loopback"),
    ],
)
def test_what_is_private_as_it_is_written_is_refused_before_the_proxy_is_asked(relay: Relay, host: str) -> None:
    assert failed(through(relay).fetch(f"http://{host}/")).kind in ("address", "url")
    assert failed(through(relay).fetch(f"https://{host}/")).kind in ("address", "url")
    assert relay.asked == []


def test_the_proxy_itself_is_no_target(server: Loopback, relay: Relay) -> None:
    server.script["/"] = Answer(status=302, headers={"Location": f"{relay.url}/admin"})
    failure = failed(through(relay).fetch("http://ministry.example/"))
    assert failure.kind == "address"
    assert relay.asked == ["GET http://ministry.example/"]
    dialer = Dialer(Allowed(), proxy=Proxy("proxy.example", 3128))
    with pytest.raises(Unreachable, match="the proxy itself"):
        dialer.check("proxy.example", 80)


def test_what_the_operator_names_may_be_reached_through_the_proxy(relay: Relay) -> None:
    assert ok(through(relay, private_addresses="10.0.0.0/8").fetch("http://10.0.0.1/")).status == 200
    assert ok(through(relay).fetch("http://93.184.216.34/")).status == 200


def test_variables_of_the_environment_are_not_read(
    server: Loopback, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, relay.url)
    ok(fetcher(server).fetch(server.url("/")))
    assert relay.asked == []


def test_a_proxy_that_drips_ends_at_the_deadline(server: Loopback) -> None:
    released = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        while not released.wait(0.02):
            handler.wfile.write(b"H")

    server.script["http://ministry.example/"] = drip
    slow = fetcher(server, http_proxy=server.url("").rstrip("/"), fetch_seconds=0.3)
    assert failed(slow.fetch("http://ministry.example/")).kind == "timeout"
    released.set()


@pytest.mark.parametrize(
    "setting",
    [
        *("proxy.example:3128", "https://proxy.example:3128", "socks5://proxy.example:1080", "http://proxy.example"),
        *("http://:3128", "http://proxy.example:0", "http://proxy.example:x", "http://u:hush@proxy.example:3128/path"),
        *("hush:hush@proxy.example:3128", "http://代理.example:3128"),
    ],
)
def test_a_setting_that_is_no_proxy_is_said_without_showing_it(setting: str) -> None:
    with pytest.raises(Misconfigured, match="http_proxy") as refused:
        Proxy.parse(setting)
    assert "hush" not in str(refused.value)


def test_a_proxy_never_shows_its_password() -> None:
    proxy = Proxy.parse(" http://watcher:hush@proxy.example:3128/ ")
    assert proxy == Proxy("proxy.example", 3128, (b"watcher", b"hush"))
    assert "hush" not in f"{proxy} {proxy!r}"
    assert Proxy.parse("") is None
