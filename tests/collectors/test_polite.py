"""The one door: robots.txt, the host's gate and the request, over real HTTP on loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from typing import Any

import pytest

from collectors.fetch import Refused
from collectors.hosts import Hosts, key
from collectors.polite import Polite
from exportwatch.clock import Clock, SystemClock
from tests.collectors.kit import Answer, Loopback, StandingClock, cut, failed, fetcher, ok, serve

ROBOTS = b"User-agent: *\nDisallow: /search\nCrawl-delay: 7\n"


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serve({"/robots.txt": Answer(ROBOTS), "/": Answer(b"ok")}) as loopback:
        yield loopback


def polite(*servers: Loopback, clock: Clock | None = None, obey_robots: bool = True, **options: Any) -> Polite:
    clock = clock or StandingClock()
    asking = fetcher(*servers, clock=clock, **options)
    return Polite(asking, Hosts(clock), clock, user_agent="exportwatch-tests", obey_robots=obey_robots)


def test_every_request_passes_the_gate_and_waiting_there_does_not_count(server: Loopback) -> None:
    clock = StandingClock()
    passed: list[str] = []

    @contextmanager
    def gate(url: str) -> Iterator[None]:
        clock.pass_(3600)
        passed.append(url)
        yield
        passed.append("done")

    server.script["/"] = Answer(status=302, headers={"Location": "/cut"})
    server.script["/cut"] = lambda handler: cut(handler, reset=True)
    failed(fetcher(server, clock=clock).fetch(server.url("/"), gate=gate))
    assert passed == [server.url("/"), "done", server.url("/cut"), server.url("/cut")]


def test_a_gate_may_refuse(server: Loopback) -> None:
    @contextmanager
    def gate(url: str) -> Iterator[None]:
        if url:
            raise Refused("held", "not now", retry_after=7)
        yield

    failure = failed(fetcher(server).fetch(server.url("/"), gate=gate))
    assert (failure.kind, failure.retry_after, failure.url) == ("held", 7, server.url("/"))
    assert server.requests == []


def test_robots_txt_is_asked_for_once_and_obeyed(server: Loopback) -> None:
    door = polite(server)
    assert ok(door.fetch(server.url("/"))).body == b"ok"
    failure = failed(door.fetch(server.url("/search?q=輸出")))
    assert failure.kind == "robots"
    assert "obey_robots" in failure.reason
    assert server.paths == ["/robots.txt", "/"]
    assert server.requests[0][1]["user-agent"] == "exportwatch-tests"


def test_robots_txt_may_be_disobeyed_by_the_operator(server: Loopback) -> None:
    assert failed(polite(server, obey_robots=False).fetch(server.url("/search"))).status == 404
    assert server.paths == ["/search"]


def test_a_crawl_delay_holds_for_all_that_is_asked_of_the_host(server: Loopback) -> None:
    clock = StandingClock()
    door = polite(server, clock=clock)
    for number in range(3):
        ok(door.fetch(server.url("/"), politeness=f"source {number}", pause=2.0))
    assert clock.slept == [7.0, 7.0, 7.0]


def test_a_host_may_say_for_how_long_it_wants_to_be_left_alone(server: Loopback) -> None:
    clock = StandingClock()
    door = polite(server, clock=clock)
    server.script["/busy"] = Answer(status=429, headers={"Retry-After": "600", "Date": "Sun, 13 Sep 2020 12:26:40 GMT"})
    assert failed(door.fetch(server.url("/busy"))).retry_after == 600
    asked = len(server.requests)
    failure = failed(door.fetch(server.url("/")))
    assert (failure.kind, failure.retry_after) == ("held", 600)
    assert not door.hosts.free(key(server.url("/")))
    assert len(server.requests) == asked
    clock.pass_(601)
    ok(door.fetch(server.url("/")))


def test_where_a_redirect_leads_is_asked_for_permission_too(server: Loopback) -> None:
    with serve({"/robots.txt": Answer(b"User-agent: exportwatch-tests\nDisallow: /")}) as other:
        server.script["/away"] = Answer(status=302, headers={"Location": other.url("/there")})
        failure = failed(polite(server, other).fetch(server.url("/away")))
        assert (failure.kind, failure.url) == ("robots", other.url("/there"))
        assert other.paths == ["/robots.txt"]
        server.script["/search-me"] = Answer(status=301, headers={"Location": "/search"})
        server.script["/go"] = Answer(status=301, headers={"Location": "/search-me"})
        assert failed(polite(server).fetch(server.url("/go"))).kind == "robots"
        assert "/search-me" not in server.paths


def test_redirects_and_repetitions_keep_the_pause(server: Loopback) -> None:
    clock = StandingClock()
    server.script["/a"] = Answer(status=302, headers={"Location": "/b"})
    server.script["/b"] = lambda handler: cut(handler, reset=True)
    failed(polite(server, clock=clock, obey_robots=False).fetch(server.url("/a"), pause=3.0))
    assert server.paths == ["/a", "/b", "/b"]
    assert clock.slept == [3.0, 3.0]


def test_a_host_that_is_away_is_not_said_to_forbid_anything(server: Loopback) -> None:
    server.script["/robots.txt"] = lambda handler: cut(handler, reset=True)
    failure = failed(polite(server).fetch(server.url("/")))
    assert failure.kind == "connection"
    assert "robots.txt" in failure.reason
    assert set(server.paths) == {"/robots.txt"}
    server.script["/robots.txt"] = Answer(status=503, headers={"Retry-After": "90"})
    failure = failed(polite(server).fetch(server.url("/")))
    assert (failure.kind, failure.status, failure.retry_after) == ("status", 503, 90)


def test_robots_txt_behind_a_redirect_counts_and_its_end_is_not_read(server: Loopback) -> None:
    server.script["/robots.txt"] = Answer(status=301, headers={"Location": "/robots"})
    server.script["/robots"] = Answer(ROBOTS + b"#" * 600_000 + b"\nDisallow: /\n")
    door = polite(server, max_document_bytes=1000)
    ok(door.fetch(server.url("/")))
    assert failed(door.fetch(server.url("/search"))).kind == "robots"


def test_a_host_never_sees_two_at_once_nor_two_too_close(server: Loopback) -> None:
    """Twelve threads with four politeness keys ask one host: it counts for itself."""
    lock = threading.Lock()
    inside = greatest = 0
    arrivals: list[float] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        nonlocal inside, greatest
        with lock:
            inside += 1
            greatest = max(greatest, inside)
            arrivals.append(time.monotonic())
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        with lock:
            inside -= 1
        handler.wfile.write(b"ok")

    server.script["/"] = answer
    door = polite(server, clock=SystemClock(), obey_robots=False)
    threads = [
        threading.Thread(target=door.fetch, args=(server.url("/"),), kwargs={"politeness": f"{n % 4}", "pause": 0.05})
        for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    gaps = [later - earlier for earlier, later in pairwise(arrivals)]
    assert len(arrivals) == 12
    assert greatest == 1
    assert min(gaps) >= 0.049
