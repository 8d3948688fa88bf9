"""Collecting from many hosts at once, over real HTTP on loopback, into the embedded log.

    python -m benchmarks.collect [--feeds 2000] [--hosts 200] [--interval 60] [--minutes 5] [--profile FILE]

A tenth of the hosts answers after 5 to 20 seconds, another tenth resets connections, says 500 or sends garbage. What
is printed is what the *server* saw: how late the healthy feeds were asked for, as a share of their interval (its jitter
of 5 % included), how many requests a host saw at once, and the shortest time between two of them; and how much memory
the collector had at the begin, in the middle and at the end. There is no peer: the peer is the schedule.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import cProfile
import hashlib
import itertools
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from collectors.sources import Source
from exportwatch.clock import SystemClock
from exportwatch.settings import load
from exportwatch.wiring import Wiring

ENTRIES: Final = 10
CHANGES_EVERY: Final = 300.0
"""Seconds after which a feed has a new entry."""
PAUSE: Final = 1.0
WARM_INTERVALS: Final = 1.5
"""Requests before are no measure of lateness: everything is due at once, and new."""
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Site:
    """All hosts in one: the address that was asked says which, the path which feed."""

    def __init__(self, hosts: int) -> None:
        self.hosts = hosts
        self.arrivals: dict[str, list[float]] = defaultdict(list)
        self.spans: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self.statuses: dict[str, int] = defaultdict(int)

    def kind(self, number: int) -> str:
        return {0: "slow", 1: ("reset", "error", "garbage")[number // 10 % 3]}.get(number % 10, "well")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began = time.monotonic()
        host = writer.get_extra_info("sockname")[0]
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            await self._answer(host, path, head, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.spans[host].append((began, time.monotonic()))
            writer.close()

    async def _answer(self, host: str, path: str, head: bytes, writer: asyncio.StreamWriter) -> None:
        number = _number(host)
        if path == "/say":
            self._send(writer, 200, json.dumps(self.report()).encode())
            return
        if path == "/robots.txt":
            self._send(writer, 404, b"")
            return
        kind = self.kind(number)
        self.arrivals[f"{kind} {host}{path}"].append(time.monotonic())
        if kind == "slow":
            await asyncio.sleep(5 + number * 7 % 16)
        if kind == "reset":
            writer.transport.abort()
        elif kind == "error":
            self._send(writer, 500, b"sorry")
        elif kind == "garbage":
            self._send(writer, 200, b"\x00garbage <rss" * 50)
        else:
            self._feed(host, path, head, writer)

    def _feed(self, host: str, path: str, head: bytes, writer: asyncio.StreamWriter) -> None:
        offset = int(hashlib.sha256(f"{host}{path}".encode()).hexdigest()[:6], 16) % CHANGES_EVERY
        version = int((time.monotonic() + offset) / CHANGES_EVERY)
        etag = f'"{version}"'
        if f"if-none-match: {etag}".encode() in head.lower():
            self._send(writer, 304, b"", etag)
            return
        items = "".join(_item(host, path, number) for number in range(version, version - ENTRIES, -1))
        self._send(writer, 200, f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode(), etag)

    def _send(self, writer: asyncio.StreamWriter, status: int, body: bytes, etag: str = "") -> None:
        self.statuses[str(status)] += 1
        tag = f"ETag: {etag}\r\n" if etag else ""
        length = "" if status == 304 else f"Content-Length: {len(body)}\r\n"
        writer.write(f"HTTP/1.1 {status} X\r\n{length}{tag}Connection: close\r\n\r\n".encode() + body)

    def report(self) -> dict[str, Any]:
        return {"arrivals": self.arrivals, "spans": self.spans, "statuses": self.statuses}


def _number(host: str) -> int:
    return sum(int(part) * weight for part, weight in zip(host.split(".")[2:], (250, 1), strict=True)) - 250


def _host(number: int) -> str:
    return f"127.0.{1 + number // 250}.{number % 250}"


def _item(host: str, path: str, number: int) -> str:
    day = time.strftime("%Y-%m-%d", time.gmtime())
    title = ("Export controls", "輸出管理", "수출통제", "出口管制", "出口管制（繁）")[number % 5]
    return (
        f"<item><title>{title} {number}</title><link>http://{host}{path}/{number}</link>"
        f"<pubDate>{day}</pubDate><description>{'수출규제 輸出 출구 ' * 20}</description></item>"
    )


async def _serve(port: int, hosts: int) -> None:
    site = Site(hosts)
    server = await asyncio.start_server(site.serve, "0.0.0.0", port, backlog=1000, limit=1 << 16)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


@contextlib.contextmanager
def server(hosts: int) -> Iterator[int]:
    """The site in a process of its own; its port."""
    command = [sys.executable, "-m", "benchmarks.collect", "--serve", "--hosts", str(hosts)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def sources(feeds: int, hosts: int, interval: int, port: int) -> list[Source]:
    return [
        Source(
            id=f"feed-{number}",
            publisher=f"feed-{number}",
            url=f"http://{_host(number % hosts)}:{port}/{number}",
            kind="news",
            interval=interval,
            pause=PAUSE,
        )
        for number in range(feeds)
    ]


def resident() -> float:
    """MiB of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1024 / 1024


class Watch(threading.Thread):
    """Memory every few seconds, and the end."""

    def __init__(self, clock: SystemClock, seconds: float) -> None:
        super().__init__(daemon=True)
        self._clock = clock
        self._end = time.monotonic() + seconds
        self.memory: list[float] = []
        self.over = False

    def run(self) -> None:
        while time.monotonic() < self._end:
            self.memory.append(resident())
            time.sleep(1)
        self.over = True
        self._clock.wake()


def say(report: dict[str, Any], interval: int, seconds: float, memory: Sequence[float], cpu: float) -> None:
    requests = sum(report["statuses"].values()) + sum(
        len(times) for name, times in report["arrivals"].items() if name.startswith("reset")
    )
    answered = sum(len(times) for name, times in report["arrivals"].items() if name.startswith("well"))
    print(f"{requests:,} requests, {requests / seconds:.1f} a second; {cpu / seconds:.0%} of a processor")
    print(f"304: {report['statuses'].get('304', 0) / max(answered, 1):.1%} of the answers of healthy hosts")
    begin = min(times[0] for times in report["arrivals"].values())
    late = sorted(
        (after - before) / interval - 1
        for name, times in report["arrivals"].items()
        if name.startswith("well")
        for before, after in itertools.pairwise(times)
        if after - begin > WARM_INTERVALS * interval
    )
    if len(late) > 100:
        shares = statistics.quantiles(late, n=100)
        shown = ", ".join(f"p{part} {shares[part - 1]:+.1%}" for part in (50, 95, 99))
        print(
            f"lateness of healthy feeds, as a share of {interval} s, in {len(late):,} polls: "
            f"{shown}, worst {late[-1]:+.1%}"
        )
    polled = sum(name.startswith("well") for name in report["arrivals"])
    print(f"healthy feeds polled at all: {polled:,}")
    print(f"requests of one host at once: {max(_at_once(spans) for spans in report['spans'].values())}")
    gaps = [b[0] - a[0] for spans in report["spans"].values() for a, b in itertools.pairwise(sorted(spans))]
    print(f"shortest time between two requests of one host: {min(gaps):.3f} s (pause {PAUSE:g} s)")
    third = len(memory) // 3
    print(
        f"memory: {memory[0]:.0f} MiB at the begin, {statistics.mean(memory[third : third + 5]):.0f} after a third, "
        f"{statistics.mean(memory[2 * third : 2 * third + 5]):.0f} after two, {memory[-1]:.0f} at the end"
    )


def _at_once(spans: Sequence[tuple[float, float]]) -> int:
    """Most requests that were open at one instant."""
    edges = sorted([(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans])
    return max(itertools.accumulate(step for _, step in edges))


def measure(feeds: int, hosts: int, interval: int, minutes: float, threads: int, profile: str) -> None:
    logging.getLogger("exportwatch").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, server(hosts) as port:
        settings = load({"data": folder, "private_addresses": "127.0.0.0/8", "fetch_threads": threads}, environ={})
        clock = SystemClock()
        wiring = Wiring(settings, clock)
        watch = Watch(clock, minutes * 60)
        watch.start()
        profiler = cProfile.Profile() if profile else None
        began, cpu = time.monotonic(), time.process_time()
        if profiler:
            profiler.enable()
        summary = wiring.collect(sources(feeds, hosts, interval, port), once=False, stop=lambda: watch.over)
        if profiler:
            profiler.disable()
            profiler.dump_stats(profile)
        seconds, used = time.monotonic() - began, time.process_time() - cpu
        wiring.close()
        report = json.loads(_asked(port))
        print(f"{feeds:,} feeds on {hosts} hosts, every {interval} s, {seconds / 60:.1f} minutes, {threads} threads")
        print(f"{summary.counts.new:,} new, {summary.counts.changed:,} changed releases")
        say(report, interval, seconds, watch.memory, used)


def _asked(port: int) -> bytes:
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.1.0:{port}/say") as answer:
        body: bytes = answer.read()
    return body


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.collect", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--feeds", type=int, default=2000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--interval", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--threads", type=int, default=32)
    parser.add_argument("--profile", default="")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(_serve(0, given.hosts))
    else:
        measure(given.feeds, given.hosts, given.interval, given.minutes, given.threads, given.profile)


if __name__ == "__main__":
    main()
