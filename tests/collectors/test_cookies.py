"""The cookies of one poll: what goes back, where, and how little a hostile server can make us keep."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.cookies import MOST, MOST_HEADER_BYTES, Jar
from exportwatch.clock import SystemClock
from tests.collectors.kit import Answer, Loopback, StandingClock, failed, fetcher, ok, serve

HOST = "https://www.ministry.example/news/list"


def jar(*lines: str, url: str = HOST) -> Jar:
    made = Jar(StandingClock())
    made.take(url, lines)
    return made


@pytest.mark.parametrize(
    ("line", "url", "sent"),
    [
        ("a=1", "https://www.ministry.example/news/", "a=1"),
        ("a=1", "https://www.ministry.example/news/2020/1", "a=1"),
        ("a=1", "https://www.ministry.example/newspapers", ""),
        ("a=1", "https://www.ministry.example/", ""),
        ("a=1; Path=/", "https://www.ministry.example/", "a=1"),
        ("a=1; path=/rss", "https://www.ministry.example/rss", "a=1"),
        ("a=1; path=/rss", "https://www.ministry.example/rss2", ""),
        ("a=1; Path=/", "https://ministry.example/", ""),
        ("a=1; Path=/", "https://api.ministry.example/", ""),
        ("a=1; Path=/", "https://www.ministry.example.evil.example/", ""),
        ("a=1; Path=/; Domain=ministry.example", "https://api.ministry.example/", "a=1"),
        ("a=1; Path=/; Domain=.ministry.example", "https://ministry.example/", "a=1"),
        ("a=1; Path=/; Domain=ministry.example", "https://xministry.example/", ""),
        ("a=1; Path=/; Domain=other.example", HOST, ""),
        ("a=1; Path=/; Domain=example", HOST, "a=1"),
        ("a=1; Path=/; Domain=example", "https://api.ministry.example/", ""),
        ("a=1; Path=/; Secure", "http://www.ministry.example/", ""),
        ("a=1; Path=/; Secure", "https://www.ministry.example/", "a=1"),
        ('a="x y"; HttpOnly; SameSite=Strict', HOST, 'a="x y"'),
        ("=1", HOST, ""),
        ("a", HOST, ""),
        ("a=1\x00", HOST, ""),
        ("a=1\r\nx: y", HOST, ""),
        ("a=수출", HOST, ""),
        ("a=" + "x" * 5000, HOST, ""),
    ],
)
def test_a_cookie_goes_back_where_it_belongs(line: str, url: str, sent: str) -> None:
    assert jar(line).header(url) == sent


@pytest.mark.parametrize(
    ("host", "domain"), [("www.meti.go.jp", "go.jp"), ("www.gov.uk", "gov.uk"), ("a.mofcom.gov.cn", "gov.cn")]
)
def test_a_registry_is_no_domain_of_anyone(host: str, domain: str) -> None:
    made = jar(f"a=1; Path=/; Domain={domain}", url=f"https://{host}/")
    assert made.header(f"https://{host}/") == "a=1"
    assert made.header(f"https://other.{domain}/") == ""


def test_a_domain_below_a_registry_is_the_hosts_own() -> None:
    made = jar("a=1; Path=/; Domain=mofcom.gov.cn", url="https://www.mofcom.gov.cn/")
    assert made.header("https://aqygzj.mofcom.gov.cn/") == "a=1"


def test_an_address_has_no_domain() -> None:
    assert len(jar("a=1; Domain=0.0.1", url="http://127.0.0.1:8080/")) == 0
    made = jar("a=1; Domain=127.0.0.1", url="http://127.0.0.1:8080/")
    assert made.header("http://127.0.0.1:8080/") == "a=1"


def test_a_plain_connection_cannot_set_a_secure_cookie() -> None:
    assert len(jar("a=1; Secure", url="http://www.ministry.example/")) == 0


def test_a_later_cookie_replaces_and_an_old_one_ends() -> None:
    clock = StandingClock()
    made = Jar(clock)
    made.take(HOST, ["a=1; Max-Age=10", "b=1; Expires=Sun, 13 Sep 2020 12:27:00 GMT", "c=1"])
    made.take(HOST, ["a=2; Max-Age=10"])
    assert made.header(HOST) == "b=1; c=1; a=2"
    clock.pass_(11)
    assert made.header(HOST) == "b=1; c=1"
    clock.pass_(10)
    assert made.header(HOST) == "c=1"


@pytest.mark.parametrize(
    "ending",
    [
        "Max-Age=0",
        "Max-Age=-1",
        "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "Max-Age=0; Expires=Sun, 13 Sep 2099 12:27:00 GMT",
    ],
)
def test_a_cookie_can_be_taken_back(ending: str) -> None:
    made = jar("a=1")
    made.take(HOST, [f"a=; {ending}"])
    assert len(made) == 0


def test_longer_paths_come_first() -> None:
    assert jar("a=1; Path=/", "b=2; Path=/news").header(HOST) == "b=2; a=1"


def test_ten_thousand_cookies_are_a_jar_full() -> None:
    made = jar(*(f"c{number}={'x' * 1000}; Path=/" for number in range(10_000)))
    assert len(made) == MOST
    sent = made.header(HOST)
    assert 0 < len(sent) <= MOST_HEADER_BYTES
    assert "c9950=" in sent


@given(st.lists(st.text(alphabet='a=;, \t.-0Pathdomxgesc/"\x00é', max_size=60), max_size=5))
def test_no_header_is_an_error_and_what_is_sent_is_printable(lines: list[str]) -> None:
    sent = jar(*lines).header(HOST)
    assert sent.isascii()
    assert sent.isprintable()


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serve() as loopback:
        yield loopback


def test_cookies_live_as_long_as_their_jar(server: Loopback) -> None:
    server.script["/"] = Answer(status=302, headers={"Location": "/", "Set-Cookie": "session=1; Path=/"})
    jar, asking = Jar(SystemClock()), fetcher(server, private_addresses="127.0.0.0/8")
    assert "circle" in failed(asking.fetch(server.url("/"), jar=jar)).reason
    assert [headers.get("cookie") for _, headers in server.requests] == [None, "session=1"]
    server.script["/"] = Answer(b"ok")
    ok(asking.fetch(server.url("/"), jar=jar, headers={"Cookie": "lang=ko"}))
    ok(asking.fetch(server.url("/", "localhost"), jar=jar))
    ok(asking.fetch(server.url("/"), jar=Jar(SystemClock())))
    assert [headers.get("cookie") for _, headers in server.requests[2:]] == ["lang=ko; session=1", None, None]


def test_ten_thousand_cookies_do_no_harm(server: Loopback) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for number in range(2_000):
            handler.send_header("Set-Cookie", f"c{number}={number}; Path=/")
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"ok")

    server.script["/"] = answer
    jar = Jar(SystemClock())
    for _ in range(5):
        ok(fetcher(server).fetch(server.url("/"), jar=jar))
    assert len(jar) == 50
    assert len(server.requests[-1][1]["cookie"]) < 1_000
