"""Many sources at once, in real threads and over real HTTP: a host sees one request at a time, slow ones alone wait."""

from __future__ import annotations

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from collectors import collect
from collectors.hosts import Hosts
from collectors.polite import Polite
from collectors.sources import Source
from exportwatch.clock import SystemClock
from exportwatch.errors import Retryable
from exportwatch.metrics import Recorded
from tests.collectors.house import item, rss
from tests.collectors.kit import LOG, Archive, Loopback, fetcher, serve

PAUSE = 0.05


class Crowd:
    """One server that is many hosts by their names; it notes who was asked when."""

    def __init__(self, server: Loopback) -> None:
        self.server = server
        self.spans: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self.slow: dict[str, float] = {}
        self.release = threading.Event()

    def add(self, path: str) -> None:
        self.server.script[path] = self.serve

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        host, began = handler.headers["Host"].partition(":")[0], time.monotonic()
        if host in self.slow:
            self.release.wait(self.slow[host])
        body = rss(item(1))
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        self.spans[host].append((began, time.monotonic()))


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    with serve() as server:
        found = Crowd(server)
        yield found
        found.release.set()


def sources(crowd: Crowd, hosts: int, each: int) -> list[Source]:
    made = []
    for host, number in itertools.product(range(1, hosts + 1), range(each)):
        name, path = f"s{host}-{number}", f"/{host}/{number}"
        crowd.add(path)
        url = crowd.server.url(path, f"h{host}.example")
        made.append(Source(id=name, publisher=name, kind="x", url=url, interval=3600, pause=PAUSE))
    return made


def gate(crowd: Crowd, clock: SystemClock, stop: Callable[[], bool]) -> Polite:
    """Every name leads to the one server."""
    asking = fetcher(
        clock=clock, private_addresses="127.0.0.0/8", resolver=lambda host, port, timeout: [crowd.server.address[:9]]
    )
    return Polite(asking, Hosts(clock, stop=stop), clock, user_agent="x", obey_robots=False)


def run(crowd: Crowd, folder: Path, found: list[Source], threads: int, stop: threading.Event | None = None) -> Archive:
    archive, clock = Archive(folder), SystemClock()
    stopping = stop.is_set if stop else lambda: False
    polite = gate(crowd, clock, stopping)
    collect.run(
        found,
        polite,
        archive.publisher(clock, weighing=True),
        archive.store,
        clock,
        once=stop is None,
        stop=stopping,
        metrics=Recorded(),
        log=LOG,
        threads=threads,
    )
    return archive


def most_at_once(spans: list[tuple[float, float]]) -> int:
    edges = sorted([(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans])
    return max(itertools.accumulate(step for _, step in edges))


def test_hosts_are_asked_at_once_and_each_one_request_at_a_time(crowd: Crowd, tmp_path: Path) -> None:
    found = sources(crowd, 8, 3)
    crowd.slow = {f"h{host}.example": 0.05 for host in range(1, 9)}
    archive = run(crowd, tmp_path, found, 8)
    assert len(archive.releases()) == 24
    assert {host: len(spans) for host, spans in crowd.spans.items()} == {f"h{host}.example": 3 for host in range(1, 9)}
    for spans in crowd.spans.values():
        assert most_at_once(spans) == 1
        assert all(after[0] - before[0] >= PAUSE for before, after in itertools.pairwise(sorted(spans)))
    assert most_at_once([span for spans in crowd.spans.values() for span in spans]) > 3


def test_hosts_that_never_answer_hold_no_other_up(crowd: Crowd, tmp_path: Path) -> None:
    found = sources(crowd, 6, 2)
    crowd.slow = {"h1.example": 60, "h2.example": 60}
    stop = threading.Event()
    archive: list[Archive] = []
    thread = threading.Thread(target=lambda: archive.append(run(crowd, tmp_path, found, 4, stop)))
    thread.start()
    deadline = time.monotonic() + 20
    while sum(map(len, list(crowd.spans.values()))) < 8 and time.monotonic() < deadline:
        time.sleep(0.01)
    answered = sum(map(len, list(crowd.spans.values())))
    stop.set()
    thread.join(20)
    assert answered == 8
    assert not thread.is_alive(), "who waits for a silent host is left behind"
    assert len(archive[0].releases()) == 8


def test_what_concerns_all_sources_ends_the_run(crowd: Crowd, tmp_path: Path) -> None:
    found = sources(crowd, 4, 1)
    archive, clock = Archive(tmp_path), SystemClock()
    polite = gate(crowd, clock, lambda: False)
    publisher = archive.publisher(clock)
    publisher.close()
    with pytest.raises(Retryable, match="stopped before"):
        collect.run(
            found,
            polite,
            publisher,
            archive.store,
            clock,
            once=True,
            stop=lambda: False,
            metrics=Recorded(),
            log=LOG,
            threads=4,
        )
