"""From a release in the log to the webhook received: how long an alert takes, on both pairs of backends.

    python -m benchmarks.alerts [--pair embedded|cluster|both] [--seconds 20] [--rate 50] [--warm 8]

Every role of the way runs in a process of its own: process, index, match, deliver, clock. This process takes the
place of `collect`: a fetched release every 1/rate seconds is given to the publisher, and the time runs from the
timestamp of its record, which is that of its sending. Each document fires one of eight subscriptions, each with a
webhook of its own. The steps between are read from the records' times and from the ledger. The peer is one hop of the
same Bus alone, a producer and a consumer, at the same rate and right afterwards: the way has three such hops, and
the outbox.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, NamedTuple

from collectors.publish import Publisher
from exportwatch import codec, subscriptions
from exportwatch.alerts import outbox
from exportwatch.bus import ALERTS, DOCUMENTS, INDEXER, RELEASES, Bus, Operator, Record, TopicPartition
from exportwatch.model import Draft, Subscription
from exportwatch.settings import FILE, load
from exportwatch.wiring import Wiring
from tests.e2e.alert_kills import asked, document, subject
from tests.e2e.kills import pair_of
from tests.e2e.pairs import Pair, Running, until
from tests.servers.jars import Unavailable

AIM: Final = 0.5
"""Seconds, of the 99th percentile."""
ROLES: Final = ("process", "index", "match", "deliver", "clock")
_REPEATED: Final = 8
"""Times a document's sentence is repeated: about a screenful."""


class Flow(NamedTuple):
    """Instants in seconds, by document id."""

    taken: dict[str, float]
    """When the publisher got it."""
    received: dict[str, float]
    """When the webhook's request had arrived."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alerts", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pair", choices=["embedded", "cluster", "both"], default="both")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=50, help="releases a second")
    parser.add_argument("--warm", type=float, default=8, help="seconds before the measurement, at the same rate")
    given = parser.parse_args()
    for name in ("embedded", "cluster") if given.pair == "both" else (given.pair,):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            try:
                pair = stack.enter_context(pair_of(name, folder, stack))
            except Unavailable as error:
                print(f"{name}: not measured, {error}")
                continue
            _measure(pair, round(given.warm * given.rate), round(given.seconds * given.rate), given.rate)
    return 0


def _measure(pair: Pair, warm: int, count: int, rate: float) -> None:
    flow = Flow({}, {})
    with _receiver(flow.received) as port:
        pair.data.mkdir(parents=True, exist_ok=True)
        (pair.data / FILE).write_text(f'private_addresses = "127.0.0.1:{port}"\n')
        wiring = Wiring(load(pair.options, {}))
        with closing(wiring), closing(wiring.bus.operator()) as operator:
            operator.ensure_topics()
            _subscribe(wiring, port)
            workers = [pair.start(role) for role in ROLES]
            with closing(wiring.bus.producer()) as producer:
                publisher = Publisher(producer, wiring.store, wiring.blobs, wiring.clock)
                numbers = [number for number in range(2 * (warm + count)) if subject(number)[0]]
                _publish(publisher, flow, numbers[:warm], rate)
                _wait(flow, warm)
                before = _processor(workers)
                _publish(publisher, flow, numbers[warm : warm + count], rate)
                _wait(flow, warm + count)
                until("all is recorded", lambda: not any(True for _ in wiring.store.scan(outbox.DUE)), every=0.1)
                spent = {role: seconds - before[role] for role, seconds in _processor(workers).items()}
            ids = list(flow.taken)[warm:]
            steps = _steps(wiring, operator, flow)
            codes = pair.stop(workers)
            assert codes == [0] * len(ROLES), codes
            _report(pair.name, steps, ids, _hop(wiring.bus, count, rate))
            shares = "  ".join(f"{role} {seconds / count * 1000:.1f} ms" for role, seconds in spent.items())
            print(f"processor time a release: {shares}", flush=True)


def _processor(workers: Sequence[Running]) -> dict[str, float]:
    """Seconds of processor time so far, by role: the figure that other programs disturb least."""
    fields = [Path(f"/proc/{worker.process.pid}/stat").read_text().rpartition(")")[2].split() for worker in workers]
    ticks = os.sysconf("SC_CLK_TCK")
    return {role: (int(found[11]) + int(found[12])) / ticks for role, found in zip(ROLES, fields, strict=True)}


def _subscribe(wiring: Wiring, port: int) -> None:
    items = {id: wanted for id, wanted in asked(50).items() if wanted.item and not wanted.country}
    for id, wanted in items.items():
        channels = (f"http://127.0.0.1:{port}/{id}",)
        made = Subscription(id=id, query=wanted.query, channels=channels, changed=wiring.clock.now())
        subscriptions.add(wiring.store, made)


def _publish(publisher: Publisher, flow: Flow, numbers: Sequence[int], rate: float) -> None:
    """Each in its time; what could not be taken then is taken at once, together, as a collector takes a feed."""
    started, place = time.monotonic(), 0
    while place < len(numbers):
        due = min(len(numbers), int((time.monotonic() - started) * rate) + 1)
        drafts = [_draft(number) for number in numbers[place:due]]
        if drafts:
            flow.taken.update(dict.fromkeys((draft.id for draft in drafts), time.time()))
            counts = publisher.publish(drafts, "live")
            assert counts.new == len(drafts), counts
        place = max(place, due)
        time.sleep(max(0.0, started + place / rate - time.monotonic()))


def _draft(number: int) -> Draft:
    made = document(number)
    return Draft(
        id=made["id"],
        publisher="bench",
        source="bench",
        kind="press release",
        url=f"https://ministry.example/{number}",
        title=made["title"],
        lang=made["lang"],
        published="2026-03-10",
        body="\n\n".join([made["text"]] * _REPEATED).encode(),
    )


def _wait(flow: Flow, count: int) -> None:
    until(f"{count} alerts are received", lambda: len(flow.received) >= count, seconds=120)


@contextmanager
def _receiver(received: dict[str, float]) -> Iterator[int]:
    """Its port. Of a repeat the first counts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.setdefault(json.loads(body)["id"], time.time())
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield http.server_port
        finally:
            http.shutdown()
            thread.join()


def _steps(wiring: Wiring, operator: Operator, flow: Flow) -> dict[str, Mapping[str, float]]:
    """Instants by document, in the order of the way."""
    alerts = [(record, codec.ALERT.decode(record.value or b"")) for record in _records(operator, ALERTS)]
    entries = [outbox.ENTRY.decode(stored.value) for _, stored in wiring.store.scan(outbox.LEDGER)]
    return {
        "taken": flow.taken,
        "in the log": {r.key.partition("@")[0]: r.timestamp / 1000 for r in _records(operator, RELEASES)},
        "classified": {record.key: record.timestamp / 1000 for record in _records(operator, DOCUMENTS)},
        "matched": {alert.document: record.timestamp / 1000 for record, alert in alerts},
        "in the outbox": {entry.alert.document: entry.made / 1000 for entry in entries},
        "attempted": {entry.alert.document: entry.deliveries[0].first / 1000 for entry in entries},
        "received": flow.received,
    }


def _records(operator: Operator, topic: str) -> Iterator[Record]:
    for state in operator.state():
        offset = state.begin
        while state.topic == topic and offset < state.end:
            for record in operator.read(TopicPartition(topic, state.partition), offset, 500, 10):
                yield record
                offset = record.offset + 1


def _hop(bus: Bus, count: int, rate: float) -> list[float]:
    """Seconds from before the send to the poll's return, one record after another; the key says when it was sent."""
    found: list[float] = []
    done = threading.Event()

    def consume() -> None:
        with closing(bus.consumer(INDEXER, DOCUMENTS, member="bench-hop")) as consumer:
            while not done.is_set():
                records = consumer.poll(200, 0.5)
                now = time.time()
                found.extend(now - float(record.key) for record in records if record.value == padding)
                if records:
                    consumer.commit({record.place: record.offset + 1 for record in records})

    padding = os.urandom(1500).hex().encode()
    thread = threading.Thread(target=consume)
    thread.start()
    try:
        with closing(bus.producer()) as producer:

            def send(number: int) -> None:
                producer.send(DOCUMENTS, repr(time.time()), padding, partition_by=str(number))
                producer.flush()

            send(0)
            until("the consumer has joined", lambda: found, seconds=60)
            found.clear()
            started = time.monotonic()
            for number in range(count):
                time.sleep(max(0.0, started + number / rate - time.monotonic()))
                send(number)
            until("the hops are over", lambda: len(found) >= count, seconds=60)
    finally:
        done.set()
        thread.join()
    return found


def _report(name: str, steps: Mapping[str, Mapping[str, float]], ids: Sequence[str], hop: Sequence[float]) -> None:
    whole = [steps["received"][id] - steps["in the log"][id] for id in ids]
    load_average = " ".join(f"{load:.1f}" for load in os.getloadavg())
    print(f"{name}: {len(ids)} releases, each to one webhook; load average {load_average}")
    _line("release in the log to webhook", whole, f"  aim: p99 at most {AIM * 1000:.0f} ms")
    names = list(steps)
    for before, after in itertools.pairwise(names):
        _line(f"  {before} -> {after}", [steps[after][id] - steps[before][id] for id in ids])
    _line("bare hop of the Bus", hop, f"  ratio of the p99: {_at(whole, 0.99) / _at(hop, 0.99):.1f}")


def _line(what: str, seconds: Sequence[float], more: str = "") -> None:
    figures = "  ".join(f"p{share * 100:.0f} {_at(seconds, share) * 1000:6.0f} ms" for share in (0.5, 0.95, 0.99))
    print(f"{what:32}{figures}{more}")


def _at(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    sys.exit(main())
