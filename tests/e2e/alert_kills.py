"""Kills match, deliver and clock by SIGKILL while the receivers refuse a third of all connections, then proves the end.

    python -m tests.e2e.alert_kills --documents 1000 --subscriptions 50 --pair embedded|cluster [--kills 10] [--seed N]

The truth is written by hand: each document tightens one item against one country in one of five scripts, and each
subscription asks for an item, a country, or both. The checker reads topics, ledger and what the receivers got: every
expected alert is in the topic, once in the ledger, and received; a repeat has the Idempotency-Key or Message-ID of
the first. When the kills are over and most was received, everything is taken: what is left comes by its back-off.
"""

from __future__ import annotations

import argparse
import email.policy
import json
import random
import re
import socket
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from exportwatch import codec, subscriptions
from exportwatch.alerts import outbox
from exportwatch.bus import ALERTS, DELIVERER, DOCUMENTS, MATCHER, Operator, TopicPartition
from exportwatch.model import Subscription
from exportwatch.settings import FILE, load
from exportwatch.wiring import Wiring
from tests.e2e import documents
from tests.e2e.kills import pair_of
from tests.e2e.pairs import Pair, Running, until

SHARE: Final = 1 / 3
"""Of all connections that are refused."""
KILLS: Final = 10
ROLES: Final = ("match", "deliver", "clock")
_GROUPS: Final = {"match": (DOCUMENTS, MATCHER), "deliver": (ALERTS, DELIVERER)}
_END_SECONDS: Final = 900.0
"""The back-off after four refusals in a row is two minutes, after five ten."""

_SCRIPTS: Final = {
    "en": (
        "Japan tightens exports of {item} to {country}",
        "METI will tighten controls on exports of {item} to {country}.",
    ),
    "ja": (
        "{country}向け{item}の輸出管理の厳格化",
        "経済産業省は、{country}向けの{item}の輸出管理を厳格化すると発表した。",
    ),
    "ko": (
        "일본, {country}에 대한 {item} 수출규제 강화",
        "일본 경제산업성은 {country}에 대한 {item} 수출규제를 강화한다고 발표했다.",
    ),
    "zh-Hans": ("日本加强对{country}出口管制", "日本经济产业省宣布,加强对{country}出口{item}的管制。"),
    "zh-Hant": ("日本加強對{country}出口管制", "日本經濟產業省宣布,加強對{country}出口{item}的管制。"),
}
"""Title and text."""
_ITEMS: Final = (
    ("hydrogen fluoride", "フッ化水素", "불화수소", "氟化氢", "氟化氫"),
    ("photoresist", "フォトレジスト", "포토레지스트", "光刻胶", "光阻劑"),
    ("gallium", "ガリウム", "갈륨", "镓", "鎵"),
    ("germanium", "ゲルマニウム", "게르마늄", "锗", "鍺"),
    ("graphite", "黒鉛", "흑연", "石墨", "石墨"),
    ("antimony", "アンチモン", "안티모니", "锑", "銻"),
    ("tungsten", "タングステン", "텅스텐", "钨", "鎢"),
    ("fluorinated polyimide", "フッ化ポリイミド", "불화 폴리이미드", "氟化聚酰亚胺", "氟化聚醯亞胺"),
)
_COUNTRIES: Final = {
    "KR": ("South Korea", "韓国", "한국", "韩国", "韓國"),
    "CN": ("China", "中国", "중국", "中国", "中國"),
    "US": ("the United States", "米国", "미국", "美国", "美國"),
    "TW": ("Taiwan", "台湾", "대만", "台湾", "台灣"),
    "RU": ("Russia", "ロシア", "러시아", "俄罗斯", "俄羅斯"),
}
_RADIO: Final = 10
"""One document in so many is about HF radio: for its country, and for no item."""


class Asked(NamedTuple):
    """What a subscription asks for; empty: anything."""

    item: str
    country: str

    @property
    def query(self) -> str:
        return " AND ".join(
            filter(None, (f'"{self.item}"' if self.item else "", self.country and f"against:{self.country}"))
        )

    def wants(self, item: str, country: str) -> bool:
        return self.item in ("", item) and self.country in ("", country)


def subject(number: int) -> tuple[str, str]:
    """Item (English) and country of the document of this number."""
    item = "" if number % _RADIO == _RADIO - 1 else _ITEMS[number % len(_ITEMS)][0]
    return item, list(_COUNTRIES)[number // 40 % len(_COUNTRIES)]


def document(number: int) -> documents.Line:
    """All documents are different; 200 in a row hold every item, country and script."""
    item, country = subject(number)
    script = number % len(_SCRIPTS) if item else 0
    lang, templates = list(_SCRIPTS.items())[script]
    named = _ITEMS[number % len(_ITEMS)][script] if item else "HF radio equipment"
    title, text = (t.format(item=named, country=_COUNTRIES[country][script]) for t in templates)
    return {"id": f"kills:{number:05}", "lang": lang, "title": title, "text": f"{text} ({number})"}


def asked(count: int) -> dict[str, Asked]:
    """So many subscriptions by id, at most 53: countries, items, then both."""
    both = [Asked(item[0], country) for item in _ITEMS for country in _COUNTRIES]
    every = [*(Asked("", country) for country in _COUNTRIES), *(Asked(item[0], "") for item in _ITEMS), *both]
    return {f"s{number:02}": wanted for number, wanted in enumerate(every[:count])}


class Told(NamedTuple):
    """One message as its receiver got it."""

    subscription: str
    document: str
    channel: int
    key: str


class Receivers:
    """A webhook receiver and a mail server that refuse a third of all connections, until told to take everything."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.refusing = True
        self.connections: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.taken: list[Told] = []
        self.hook_port = self.mail_port = 0

    def refuses(self, kind: str) -> bool:
        """Asked once a connection."""
        with self._lock:
            self.connections[kind] += 1
            refuses = self.refusing and self._random.random() < SHARE
            self.refused[kind] += refuses
        return refuses

    def hook(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        assert body["key"] == handler.headers["Idempotency-Key"]
        self.taken.append(Told(body["subscription"], body["id"], 0, body["key"]))
        handler.send_response(204)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=email.policy.default)
        part = mail.get_body(("plain",))
        assert part
        (found,) = set(re.findall(r"kills:\d{5}", part.get_content()))
        (recipient,) = envelope.rcpt_tos
        self.taken.append(Told(recipient.partition("@")[0], found, 1, mail["Message-ID"].strip("<>").partition("@")[0]))
        return "250 OK"

    def settings(self) -> str:
        """The settings file that leads here."""
        return (
            f'private_addresses = "127.0.0.1:{self.hook_port}"\nsmtp_host = "127.0.0.1"\n'
            f'smtp_port = {self.mail_port}\nsmtp_security = "none"\nmail_from = "watch@example.org"\n'
        )


@contextmanager
def receiving(seed: int) -> Iterator[Receivers]:
    """Both servers, running on free ports of loopback."""
    receivers = Receivers(seed)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receivers.hook(self)

        def log_message(self, format: str, *arguments: Any) -> None: ...

    class Hook(ThreadingHTTPServer):
        request_queue_size = 128

        def verify_request(self, request: Any, client_address: Any) -> bool:
            if refuses := receivers.refuses("webhook"):
                request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            return not refuses

        def handle_error(self, request: Any, client_address: Any) -> None: ...  # the sender was killed

    class Session(SMTP):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            if receivers.refuses("mail"):
                transport.abort()

    class Mail(Controller):
        def factory(self) -> SMTP:
            return Session(self.handler, **self.SMTP_kwargs)

    with socket.create_server(("127.0.0.1", 0)) as free:
        receivers.mail_port = free.getsockname()[1]
    receivers.refusing = False  # the controller tries its own server
    mail = Mail(receivers, "127.0.0.1", receivers.mail_port)
    mail.start()
    receivers.refusing = True
    try:
        with Hook(("127.0.0.1", 0), Handler) as http:
            receivers.hook_port = http.server_port
            thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield receivers
            finally:
                http.shutdown()
                thread.join()
    finally:
        mail.stop()


class AlertChaos:
    """One pair, its workers, and documents that come in portions: one before each kill."""

    def __init__(
        self,
        pair: Pair,
        receivers: Receivers,
        counts: tuple[int, int, int],
        seed: int,
        refuse_until: float = 0.5,
        say: Callable[[str], None] = print,
    ) -> None:
        """`counts` are those of documents, subscriptions and kills; `refuse_until` such a share of all was taken."""
        self._pair = pair
        self._receivers = receivers
        self._documents, self._subscriptions, self._kills = counts
        self._random = random.Random(seed)
        self._refuse_until = refuse_until
        self._say = say
        self._workers: dict[str, Running] = {}
        self._order = [ROLES[number % len(ROLES)] for number in range(self._kills)]
        self._random.shuffle(self._order)
        self.asked = asked(self._subscriptions)
        self.expected = {
            (id, document(number)["id"])
            for number in range(self._documents)
            for id, wanted in self.asked.items()
            if wanted.wants(*subject(number))
        }

    def run(self) -> Verdict:
        """Everything; the verdict of the checker at the end."""
        self._pair.data.mkdir(parents=True, exist_ok=True)
        (self._pair.data / FILE).write_text(self._receivers.settings())
        wiring = Wiring(load(self._pair.options, {}))
        operator = wiring.bus.operator()
        try:
            self._subscribe(wiring)
            operator.ensure_topics()
            for role in ("process", *ROLES):
                self._start(role)
            for number in range(self._kills):
                self._kill(operator, number)
            until("most is received", self._most_received, seconds=_END_SECONDS)
            self._receivers.refusing = False
            until("everything is received", self._all_received, seconds=_END_SECONDS, every=0.1)
            until("everything is recorded", lambda: self._settled(wiring), seconds=60, every=0.2)
            codes = self._pair.stop(self._workers.values())
            assert codes == [0] * len(codes), codes
            return check(wiring, operator, self.expected, self._receivers.taken)
        finally:
            operator.close()
            wiring.close()

    def _subscribe(self, wiring: Wiring) -> None:
        for id, wanted in self.asked.items():
            channels = (f"http://127.0.0.1:{self._receivers.hook_port}/{id}", f"mailto:{id}@example.org")
            made = Subscription(id=id, query=wanted.query, channels=channels, changed=wiring.clock.now())
            subscriptions.add(wiring.store, made)

    def _start(self, role: str) -> None:
        self._workers[role] = self._pair.start(role)

    def _kill(self, operator: Operator, number: int) -> None:
        """Import the next portion and SIGKILL a role in the middle of it; start it again at once."""
        role = self._order[number]
        portion = range(self._documents)[number :: self._kills]
        goal = self._progress(operator, role)[0] + self._random.randint(1, max(1, len(portion) // 2))
        path = documents.write(self._pair.folder / f"portion-{number}.jsonl", map(document, portion))
        importing = self._pair.start("import", str(path))

        def reached() -> bool:
            done, left = self._progress(operator, role)
            return self._alive() and done >= goal and bool(left or not importing.alive)

        until(f"{role} passes {goal}, if possible with more to do", reached, seconds=180, every=0.001)
        self._workers[role].kill()
        done, left = self._progress(operator, role)
        self._say(f"kill {number + 1}: {role} after {done}, {left} left, {len(self._receivers.taken)} messages taken")
        self._start(role)
        assert importing.ended(180) == 0, importing.said

    def _progress(self, operator: Operator, role: str) -> tuple[int, int]:
        """Records committed by the role, and left; of the clock, the messages that were taken, and may come."""
        if role == "clock":
            taken = len(self._receivers.taken)
            return taken, 2 * len(self.expected) - taken
        topic, group = _GROUPS[role]
        states = [state for state in operator.state() if state.topic == topic]
        left = sum(state.lag(group) for state in states)
        return sum(state.end - state.begin for state in states) - left, left

    def _alive(self) -> bool:
        for role, worker in self._workers.items():
            assert worker.alive, f"{role} ended by itself: {worker.said[-2000:]}"
        return True

    def _most_received(self) -> bool:
        self._alive()
        return len(self._receivers.taken) >= self._refuse_until * 2 * len(self.expected)  # two channels each

    def _all_received(self) -> bool:
        self._alive()
        found = {(told.subscription, told.document, told.channel) for told in list(self._receivers.taken)}
        return len(found) >= 2 * len(self.expected)

    def _settled(self, wiring: Wiring) -> bool:
        self._alive()
        return not any(True for _ in wiring.store.scan(outbox.DUE))


class Verdict(NamedTuple):
    """What the checker found."""

    problems: tuple[str, ...]
    alerts: int
    """In the ledger."""
    messages: int
    """Different ones that were received."""
    repeats: int
    """Messages that came again, under their own key."""
    found_again: int
    """Alerts that `match` sent again."""

    def __str__(self) -> str:
        found = (
            f"{self.alerts} alerts, {self.messages} messages, {self.repeats} repeats, {self.found_again} found again"
        )
        return f"WRONG: {'; '.join(self.problems)} ({found})" if self.problems else f"OK: {found}"


def check(wiring: Wiring, operator: Operator, expected: set[tuple[str, str]], taken: Sequence[Told]) -> Verdict:
    """Reads topics and ledger, and knows what was taken."""
    sent = Counter(_alerts(operator))
    entries = {key: outbox.ENTRY.decode(stored.value) for key, stored in wiring.store.scan(outbox.LEDGER)}
    ledger = Counter((entry.alert.subscription, entry.alert.document) for entry in entries.values())
    keys = {
        (entry.alert.subscription, entry.alert.document, number): outbox.message_key(key, number)
        for key, entry in entries.items()
        for number in range(len(entry.deliveries))
    }
    states = Counter(delivery.state for entry in entries.values() for delivery in entry.deliveries)
    told = Counter(taken)
    problems = [
        *_differences("the topic alerts", set(sent), expected),
        *_differences("the ledger", set(ledger), expected),
        *(f"{pair} is in the ledger {times} times" for pair, times in ledger.items() if times > 1),
        *_differences("the webhook receiver", {(t.subscription, t.document) for t in told if t.channel == 0}, expected),
        *_differences("the mail server", {(t.subscription, t.document) for t in told if t.channel == 1}, expected),
        *_differences("keys as in the ledger", {t.key for t in told}, set(keys.values())),
        *(f"{t} is not of this key in the ledger" for t in told if keys.get(t[:3]) != t.key),
        *(f"{number} messages are {state}" for state, number in states.items() if state != "sent"),
    ]
    if len(set(keys.values())) != len(keys):
        problems.append("two messages share a key")
    return Verdict(
        tuple(problems), sum(ledger.values()), len(told), sum(told.values()) - len(told), sent.total() - len(sent)
    )


def _alerts(operator: Operator) -> Iterator[tuple[str, str]]:
    for state in operator.state():
        offset = state.begin
        while state.topic == ALERTS and offset < state.end:
            for record in operator.read(TopicPartition(ALERTS, state.partition), offset, 500, 10):
                offset = record.offset + 1
                assert record.value is not None
                alert = codec.ALERT.decode(record.value)
                yield alert.subscription, alert.document


def _differences(where: str, found: set[Any], expected: set[Any]) -> Iterator[str]:
    for what, ids in (("missing from", expected - found), ("not expected in", found - expected)):
        if ids:
            yield f"{len(ids)} {what} {where}: {', '.join(map(str, sorted(ids)[:3]))}"


def refused(receivers: Receivers) -> Mapping[str, str]:
    """By kind of receiver, how many connections were refused of how many."""
    return {kind: f"{receivers.refused[kind]} of {count}" for kind, count in receivers.connections.items()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.alert_kills", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--subscriptions", type=int, default=50, help="at most 53")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--pair", choices=["embedded", "cluster"], default="embedded")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--batch", type=int, default=20)
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pair = stack.enter_context(pair_of(given.pair, folder, stack))
        pair.environment = {"EXPORTWATCH_BATCH": str(given.batch)}
        receivers = stack.enter_context(receiving(given.seed))
        print(f"seed {given.seed}, {given.documents} documents, {given.subscriptions} subscriptions, {pair.name}")
        began = time.monotonic()
        counts = (given.documents, given.subscriptions, given.kills)
        verdict = AlertChaos(pair, receivers, counts, given.seed, refuse_until=0.9).run()
        print(f"{verdict}; refused {dict(refused(receivers))} ({time.monotonic() - began:.0f} s)")
    return 1 if verdict.problems else 0


if __name__ == "__main__":
    sys.exit(main())
