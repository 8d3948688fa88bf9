"""Fetching over real HTTP on loopback; names, and where connections end, are injected."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl

import pytest

from collectors.fetch import FetchFailed, Validators
from tests.collectors.kit import DATA, Answer, Loopback, StandingClock, cut, failed, fetcher, ok, serve

PAGE = "<p>フッ化水素の輸出管理</p>".encode()
PUBLIC = "93.184.216.34"


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serve() as loopback:
        yield loopback


@pytest.fixture
def canary() -> Iterator[Loopback]:
    """A server that nobody may reach: it is on loopback, and in no list."""
    with serve({"/": Answer(b"secret")}) as loopback:
        yield loopback
        assert loopback.requests == []


class Names:
    """A resolver with prepared answers, and a connector that brings every public address to one loopback port."""

    def __init__(self, port: int, *answers: list[str]) -> None:
        self._port = port
        self._answers = list(answers)
        self.asked: list[str] = []
        self.connected: list[tuple[str, int]] = []

    def resolve(self, host: str, port: int, timeout: float) -> list[str]:
        self.asked.append(host)
        return self._answers.pop(0)

    def connect(self, address: str, port: int, timeout: float) -> socket.socket:
        self.connected.append((address, port))
        if address.startswith("203."):
            raise ConnectionRefusedError(111, "Connection refused")
        return socket.create_connection(("127.0.0.1", self._port), timeout)


def test_a_page_comes_with_its_headers(server: Loopback) -> None:
    server.script["/a?b=c"] = Answer(PAGE, headers={"Content-Type": "text/html; charset=utf-8", "X-Two": "1"})
    page = ok(fetcher(server).fetch(server.url("/a?b=c")))
    assert (page.status, page.body, page.content_type) == (200, PAGE, "text/html; charset=utf-8")
    assert page.headers["x-two"] == "1"
    assert (page.url, page.requested) == (server.url("/a?b=c"), "")
    sent = server.requests[0][1]
    assert sent["accept-encoding"] == "gzip"
    assert sent["user-agent"] == "exportwatch-tests"
    assert sent["host"] == server.address


@pytest.mark.parametrize("coding", ["gzip", "x-gzip"])
def test_a_packed_page_is_unpacked(server: Loopback, coding: str) -> None:
    server.script["/"] = Answer(gzip.compress(PAGE), headers={"Content-Encoding": coding})
    assert ok(fetcher(server).fetch(server.url("/"))).body == PAGE


def test_validators_make_the_request_conditional(server: Loopback) -> None:
    server.script["/"] = Answer(PAGE, headers={"ETag": 'W/"1"', "Last-Modified": "Mon, 16 Dec 2019 00:30:00 GMT"})
    validators = Validators.of(ok(fetcher(server).fetch(server.url("/"))))
    server.script["/"] = Answer(status=304, length=False)
    again = ok(fetcher(server).fetch(server.url("/"), validators=validators))
    assert (again.status, again.body) == (304, b"")
    sent = server.requests[1][1]
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('W/"1"', "Mon, 16 Dec 2019 00:30:00 GMT")


def test_a_304_that_nobody_asked_for_is_a_failure(server: Loopback) -> None:
    server.script["/"] = Answer(status=304, length=False)
    assert failed(fetcher(server).fetch(server.url("/"), validators=Validators())).kind == "status"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(server: Loopback, status: int) -> None:
    server.script["/"] = Answer(status=status, headers={"Location": "news/수출?a=1".encode().decode("latin-1")})
    server.script["/news/%EC%88%98%EC%B6%9C?a=1"] = Answer(PAGE)
    page = ok(fetcher(server).fetch(server.url("/")))
    assert page.body == PAGE
    assert page.requested == server.url("/")
    assert page.url == server.url("/news/%EC%88%98%EC%B6%9C?a=1")


def test_redirects_end(server: Loopback) -> None:
    for number in range(10):
        server.script[f"/{number}"] = Answer(status=302, headers={"Location": f"/{number + 1}"})
    failure = failed(fetcher(server).fetch(server.url("/0")))
    assert failure.kind == "redirects"
    assert len(server.requests) == 6
    server.script["/b"] = Answer(status=302, headers={"Location": "/b#again"})
    assert "circle" in failed(fetcher(server).fetch(server.url("/b"))).reason


@pytest.mark.parametrize(
    "location", ["ftp://a.example/", "file:///etc/passwd", "http://u:p@a.example/", "http://a.example:x/"]
)
def test_redirects_lead_to_the_web_only(server: Loopback, location: str) -> None:
    server.script["/"] = Answer(status=302, headers={"Location": location})
    assert failed(fetcher(server).fetch(server.url("/"))).kind == "url"


def test_headers_are_not_carried_to_another_origin(server: Loopback) -> None:
    with serve({"/": Answer(PAGE)}) as other:
        server.script["/"] = Answer(status=302, headers={"Location": "/here"})
        server.script["/here"] = Answer(status=302, headers={"Location": other.url("/")})
        given = {"subscription-key": "secret"}
        ok(fetcher(server, other).fetch(server.url("/"), headers=given, validators=Validators(etag='"1"')))
        assert [headers.get("subscription-key") for _, headers in server.requests] == ["secret", "secret"]
        assert other.requests[0][1].keys().isdisjoint({"subscription-key", "if-none-match"})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]"])
def test_private_addresses_are_refused_in_every_spelling(canary: Loopback, host: str) -> None:
    assert failed(fetcher().fetch(canary.url("/", host))).kind == "address"


def test_a_redirect_to_a_private_address_is_refused(server: Loopback, canary: Loopback) -> None:
    for target in (canary.url("/"), canary.url("/", "localhost"), canary.url("/", "[::ffff:7f00:1]")):
        server.script["/"] = Answer(status=302, headers={"Location": target})
        failure = failed(fetcher(server).fetch(server.url("/")))
        assert failure.kind == "address"
        assert "private_addresses" in failure.reason


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "169.254.169.254", "10.0.0.1", "fd00::1"])
def test_a_public_name_with_a_private_address_is_refused(address: str) -> None:
    names = Names(1, [address])
    refusing = fetcher(resolver=names.resolve, connector=names.connect)
    assert failed(refusing.fetch("http://ministry.example/")).kind == "address"
    assert names.connected == []


def test_a_name_is_asked_once_and_its_address_is_kept_to(server: Loopback) -> None:
    server.script["/"] = Answer(PAGE)
    names = Names(server.port, ["10.0.0.1", "203.0.114.7", PUBLIC], ["127.0.0.1"])
    page = ok(fetcher(resolver=names.resolve, connector=names.connect).fetch("http://Ministry.example/"))
    assert page.body == PAGE
    assert names.asked == ["ministry.example"]
    assert names.connected == [("203.0.114.7", 80), (PUBLIC, 80)]
    assert server.requests[0][1]["host"] == "ministry.example"


def test_a_name_that_changes_its_mind_is_checked_again(server: Loopback) -> None:
    server.script["/"] = Answer(status=302, headers={"Location": "/admin"})
    names = Names(server.port, [PUBLIC], ["127.0.0.1"])
    failure = failed(fetcher(resolver=names.resolve, connector=names.connect).fetch("http://ministry.example/"))
    assert failure.kind == "address"
    assert server.paths == ["/"]


def test_certificates_are_verified_against_the_name() -> None:
    certificate = DATA / "ministry.example.pem"
    trusting = ssl.create_default_context(cafile=certificate)
    with serve({"/": Answer(PAGE)}, certificate) as server:
        for host, tls, kind in (
            ("ministry.example", trusting, None),
            ("other.example", trusting, "certificate"),
            ("ministry.example", None, "certificate"),
        ):
            names = Names(server.port, [PUBLIC])
            result = fetcher(resolver=names.resolve, connector=names.connect, tls=tls).fetch(f"https://{host}/")
            assert names.connected == [(PUBLIC, 443)]
            assert (result.kind if isinstance(result, FetchFailed) else None) == kind, result
        assert len(server.requests) == 1


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "deflate, br", "rot13"])
def test_codings_nobody_asked_for_are_refused_unread(server: Loopback, coding: str) -> None:
    unread = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", coding)
        handler.end_headers()
        # Nothing of a body: whoever waits for one runs into the deadline.
        unread.wait(20)

    server.script["/"] = answer
    failure = failed(fetcher(server).fetch(server.url("/")))
    unread.set()
    assert failure.kind == "coding"
    assert coding in failure.reason


def test_two_coding_headers_are_two_layers(server: Loopback) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for _ in range(2):
            handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server.script["/"] = answer
    assert failed(fetcher(server).fetch(server.url("/"))).kind == "coding"


def test_a_page_over_the_limit_is_a_failure_with_its_size(server: Loopback) -> None:
    server.script["/declared"] = Answer(b"", headers={"Content-Length": "25000000"})
    server.script["/exact"] = Answer(b"x" * 1000)
    server.script["/endless"] = Answer(b"x" * 1001, length=False, headers={"Connection": "close"})
    server.script["/bomb"] = Answer(gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"})
    small = fetcher(server, max_document_bytes=1000)
    large = failed(small.fetch(server.url("/declared")))
    assert (large.kind, large.size) == ("too large", 25_000_000)
    assert len(ok(small.fetch(server.url("/exact"))).body) == 1000
    endless, bomb = failed(small.fetch(server.url("/endless"))), failed(small.fetch(server.url("/bomb")))
    assert (endless.kind, endless.size, bomb.kind, bomb.size) == ("too large", 0, "too large", 0)


@pytest.mark.parametrize("part", ["headers", "body", "nothing"])
def test_the_deadline_holds_however_the_bytes_drip(server: Loopback, part: str) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        head = b"HTTP/1.1 200 OK\r\n" + (b"X-A: " if part == "headers" else b"Content-Length: 9999\r\n\r\n")
        handler.wfile.write(head if part != "nothing" else b"")
        while time.monotonic() < end:
            time.sleep(0.02)
            handler.wfile.write(b"a" if part != "nothing" else b"")

    server.script["/"] = drip
    begin = time.monotonic()
    end = begin + 8
    failure = failed(fetcher(server, fetch_seconds=0.3).fetch(server.url("/")))
    assert failure.kind == "timeout"
    assert time.monotonic() - begin < 4
    end = 0


def test_headers_without_end_are_refused(server: Loopback) -> None:
    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(1000):
            handler.wfile.write(b"X-%d: %s\r\n" % (number, b"a" * 1000))

    server.script["/"] = flood
    assert failed(fetcher(server).fetch(server.url("/"))).kind == "protocol"


def test_interim_answers_without_end_are_refused(server: Loopback) -> None:
    sent = 0

    def flood(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        while sent < 100_000_000:
            sent += handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)

    server.script["/"] = flood
    failure = failed(fetcher(server).fetch(server.url("/")))
    assert (failure.kind, failure.reason) == ("protocol", "headers without end")

    def once(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n")
        handler.wfile.write(bytes(900_000))

    server.script["/"] = once
    assert len(ok(fetcher(server).fetch(server.url("/"))).body) == 900_000


def test_a_body_cut_short_is_not_taken_for_whole(server: Loopback) -> None:
    server.script["/"] = Answer(b"half", headers={"Content-Length": "8", "Connection": "close"})
    assert failed(fetcher(server).fetch(server.url("/"))).kind == "protocol"


def test_a_status_says_how_long_to_stay_away(server: Loopback) -> None:
    server.script["/busy"] = Answer(status=503, headers={"Retry-After": "120"})
    failure = failed(fetcher(server).fetch(server.url("/busy")))
    assert (failure.kind, failure.status, failure.retry_after) == ("status", 503, 120)
    assert failed(fetcher(server).fetch(server.url("/absent"))).status == 404
    server.script["/part"] = Answer(b"x", status=206)
    assert failed(fetcher(server).fetch(server.url("/part"))).status == 206


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else's
        port = taken.getsockname()[1]
        failure = failed(fetcher(private_addresses=f"127.0.0.1:{port}").fetch(f"http://127.0.0.1:{port}/"))
    assert failure.kind == "connection"


def test_an_unknown_name() -> None:
    def unknown(host: str, port: int, timeout: float) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    failure = failed(fetcher(resolver=unknown).fetch("http://ministry.example/"))
    assert (failure.kind, failure.reason) == ("name", "ministry.example: Name or service not known")


@pytest.mark.parametrize(
    "url", ["", "ministry.example", "ftp://ministry.example/", "http:///a", "http://a:b@c.example/"]
)
def test_other_urls_are_not_asked_for(url: str) -> None:
    assert failed(fetcher().fetch(url)).kind == "url"


FORM = {"검색어": "수출통제", "q": "輸出 管理&=", "empty": ""}


def test_a_form_is_posted_in_utf_8(server: Loopback) -> None:
    server.script["/rss"] = Answer(PAGE)
    page = ok(fetcher(server).fetch(server.url("/rss"), method="POST", form=FORM, validators=Validators(etag='"1"')))
    assert page.body == PAGE
    (path, body), sent = server.forms[0], server.requests[0][1]
    assert path == "/rss"
    assert dict(parse_qsl(body.decode("ascii"), keep_blank_values=True)) == FORM
    assert sent["content-type"] == "application/x-www-form-urlencoded"
    assert "if-none-match" not in sent


def test_a_form_may_be_empty_and_a_get_has_none(server: Loopback) -> None:
    server.script["/"] = Answer(PAGE)
    ok(fetcher(server).fetch(server.url("/"), method="POST"))
    ok(fetcher(server).fetch(server.url("/"), form=FORM))
    assert server.forms == [("/", b"")]
    assert server.requests[0][1]["content-length"] == "0"
    assert server.requests[1][1].keys().isdisjoint({"content-length", "content-type"})


@pytest.mark.parametrize(("status", "kept"), [(301, 0), (302, 0), (303, 0), (307, 1), (308, 1)])
def test_a_form_is_sent_on_only_where_the_redirect_says_so(server: Loopback, status: int, kept: int) -> None:
    with serve({"/there": Answer(PAGE)}) as other:
        server.script["/"] = Answer(status=status, headers={"Location": other.url("/there")})
        page = ok(fetcher(server, other).fetch(server.url("/"), method="POST", form={"a": "1"}, headers={"X-Key": "k"}))
        assert page.body == PAGE
        assert other.forms == [("/there", b"a=1")] * kept
        assert other.requests[0][1].keys().isdisjoint({"x-key"} if kept else {"x-key", "content-type"})


def test_who_we_are_and_how_we_talk_is_our_own_affair(server: Loopback) -> None:
    server.script["/"] = Answer(PAGE)
    given = {
        "User-Agent": "Mozilla/5.0",
        "Host": "other.example",
        "Accept-Encoding": "br",
        "Transfer-Encoding": "chunked",
    }
    own = {"Accept": "text/html", "Referer": "https://a.example/", "X-Query": "수출"}
    ok(fetcher(server).fetch(server.url("/"), headers={**given, **own}))
    sent = server.requests[0][1]
    assert (sent["user-agent"], sent["host"], sent["accept-encoding"]) == ("exportwatch-tests", server.address, "gzip")
    assert (sent["accept"], sent["referer"]) == ("text/html", "https://a.example/")
    assert sent["x-query"].encode("latin-1").decode("utf-8") == "수출"
    assert "transfer-encoding" not in sent


@pytest.mark.parametrize("headers", [{"X-A": "a\r\nX-B: b"}, {"X A": "b"}, {"수출": "b"}])
def test_headers_that_are_none_are_not_sent(server: Loopback, headers: dict[str, str]) -> None:
    assert failed(fetcher(server).fetch(server.url("/"), headers=headers)).kind == "protocol"
    assert server.requests == []


@pytest.mark.parametrize(
    ("statuses", "moved"), [((301,), True), ((301, 308), True), ((302,), False), ((301, 302), False), ((), False)]
)
def test_a_move_for_good_is_told_from_one_for_now(server: Loopback, statuses: tuple[int, ...], moved: bool) -> None:
    for number, status in enumerate(statuses):
        server.script[f"/{number}"] = Answer(status=status, headers={"Location": f"/{number + 1}"})
    server.script[f"/{len(statuses)}"] = Answer(PAGE)
    page = ok(fetcher(server).fetch(server.url("/0")))
    assert page.moved == (server.url(f"/{len(statuses)}") if moved else "")


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_first_connection_that_is_cut_is_tried_once_more(server: Loopback, reset: bool, method: Any) -> None:
    cuts = [reset]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if cuts:
            cut(handler, reset=cuts.pop())
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    server.script["/"] = answer
    assert ok(fetcher(server).fetch(server.url("/"), method=method, form={"a": "1"})).body == b"ok"
    assert len(server.requests) == 2
    cuts += [reset] * 9
    assert failed(fetcher(server).fetch(server.url("/"), method=method)).kind == "connection"
    assert len(server.requests) == 4


@pytest.mark.parametrize(("reset", "kind"), [(False, "protocol"), (True, "connection")])
def test_a_connection_that_is_cut_within_the_answer_is_not_tried_again(
    server: Loopback, reset: bool, kind: str
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 20")
        handler.wfile.flush()
        cut(handler, reset=reset)

    server.script["/"] = answer
    assert failed(fetcher(server).fetch(server.url("/"))).kind == kind
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "Sun, 13 Sep 2020 12:28:40 GMT", "Date": "Sun, 13 Sep 2020 12:26:40 GMT"}, 120),
        ({"Retry-After": "Sun, 13 Sep 2020 12:28:40 GMT", "Date": "now"}, 120),
        ({"Retry-After": "soon"}, 0),
    ],
)
def test_retry_after_may_be_a_date(server: Loopback, headers: dict[str, str], seconds: int) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(429)
        for name, value in {**headers, "Content-Length": "0"}.items():
            handler.send_header(name, value)
        handler.end_headers()

    server.script["/"] = answer
    failure = failed(fetcher(server, clock=StandingClock()).fetch(server.url("/")))
    assert (failure.status, failure.retry_after) == (429, seconds)


@pytest.mark.parametrize(("status", "body"), [(203, PAGE), (204, b""), (205, b"")])
def test_other_good_answers(server: Loopback, status: int, body: bytes) -> None:
    server.script["/"] = Answer(PAGE if body else b"", status=status, length=bool(body))
    page = ok(fetcher(server).fetch(server.url("/")))
    assert (page.status, page.body) == (status, body)


def test_enough_of_a_body_is_enough(server: Loopback) -> None:
    server.script["/plain"] = Answer(b"x" * 5000, headers={"Content-Length": "5000000"})
    server.script["/packed"] = Answer(gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"})
    server.script["/short"] = Answer(b"xx")
    small = fetcher(server, max_document_bytes=1000)
    for path, size in (("/plain", 300), ("/packed", 300), ("/short", 2)):
        assert len(ok(small.fetch(server.url(path), most=300)).body) == size


def test_a_url_without_end_is_not_asked_for(server: Loopback) -> None:
    server.script["/"] = Answer(status=301, headers={"Location": "/" + "a" * 20_000})
    failure = failed(fetcher(server).fetch(server.url("/")))
    assert (failure.kind, len(failure.url)) == ("url", 8192)
    assert len(server.requests) == 1
