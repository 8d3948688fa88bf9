"""From a subscription to a delivered alert, as a user runs it; workers killed at every point of the way."""

from __future__ import annotations

import itertools
import json
import signal
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from exportwatch.alerts import outbox
from exportwatch.settings import load
from exportwatch.wiring import Wiring
from tests.e2e import documents
from tests.e2e.pairs import Pair, Running, until
from tests.subscribed import HYDROGEN_FLUORIDE, PAGES, RADIO

POINTS: Final = (
    ("match", "after-send"),
    ("match", "after-flush"),
    ("match", "before-commit"),
    ("deliver", "ledger-made"),
    ("deliver", "due-made"),
    ("deliver", "before-commit"),
    ("clock", "message-sent"),
    ("clock", "message-recorded"),
)


def lines(revision: int = 0, prefix: str = "p") -> list[documents.Line]:
    """The story in every language and the radio; a revision changes words and no claims."""
    tail = {"en": " Again {}.", "ja": "再掲{}。", "ko": " 다시 {}.", "zh-Hans": "再次{}。", "zh-Hant": "再次{}。"}
    made = [
        {"id": f"{prefix}:{lang}", "lang": lang, "title": title, "text": text + tail[lang].format(revision) * revision}
        for lang, (title, text) in PAGES.items()
    ]
    return [*made, {"id": f"{prefix}:radio", "lang": "en", "title": RADIO[0], "text": RADIO[1]}]


def received(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def imported(pair: Pair, name: str, made: list[documents.Line]) -> None:
    pair.ok("import", "--wait", documents.write(pair.folder / f"{name}.jsonl", made))
    pair.ok("deliver", "--once")


def test_a_subscription_fires_once_for_each_document_whatever_its_language(pair: Pair) -> None:
    alerts = pair.folder / "alerts.jsonl"
    pair.ok("subscriptions", "add", "--id", "hf", "--channel", f"file:{alerts}", HYDROGEN_FLUORIDE)
    imported(pair, "first", lines())
    told = received(alerts)
    assert sorted(alert["id"] for alert in told) == sorted(f"p:{lang}" for lang in PAGES)
    assert len({alert["key"] for alert in told}) == len(PAGES)
    words = {"en": "hydrogen fluoride", "ja": "フッ化水素", "ko": "불화수소", "zh-Hans": "氟化氢", "zh-Hant": "氟化氫"}
    for alert in told:
        assert words[alert["lang"]] in json.dumps(alert["evidence"], ensure_ascii=False)

    again = pair.ok("import", documents.write(pair.folder / "again.jsonl", lines()))
    assert again.last.startswith("0 new, 0 changed")
    # Every page in other words, and one that claims something else.
    eased = {
        "id": "p:en",
        "title": "Japan eases exports to South Korea",
        "text": "METI will ease controls on exports of hydrogen fluoride to South Korea.",
    }
    imported(pair, "revised", [line for line in lines(1) if line["id"] != "p:en"] + [eased])
    assert len(pair.search("*")) == 6
    (later,) = received(alerts)[len(told) :]
    assert (later["id"], later["actions"]) == ("p:en", ["ease"])
    assert received(alerts)[: len(told)] == told

    (shown,) = pair.ok("subscriptions", "show", "hf", "--json").objects
    assert (shown["sent"], shown["pending"], shown["failed"]) == (len(PAGES) + 1, 0, 0)


def test_nothing_observed_before_the_subscription_fires_and_test_shows_what_would_have(pair: Pair) -> None:
    alerts = pair.folder / "alerts.jsonl"
    imported(pair, "before", lines())
    pair.ok("subscriptions", "add", "--id", "hf", "--channel", f"file:{alerts}", HYDROGEN_FLUORIDE)
    for asked in ("hf", HYDROGEN_FLUORIDE):
        found = pair.ok("subscriptions", "test", "--json", "--", asked).objects
        assert sorted(hit["id"] for hit in found) == sorted(f"p:{lang}" for lang in PAGES)
        assert [bool(hit["alert"]) for hit in found] == [True] + [False] * (len(PAGES) - 1)
        assert HYDROGEN_FLUORIDE in found[0]["alert"]
    assert received(alerts) == []
    pair.ok("subscriptions", "test", "--send", "hf")
    (sent,) = received(alerts)
    assert sent["test"] is True
    imported(pair, "after", lines(1))
    assert len(received(alerts)) == 1 + len(PAGES)


class Way:
    """The workers of one pair, and an importer that knows what must be told."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.alerts = pair.folder / "alerts.jsonl"
        self.expected: set[tuple[str, str]] = set()
        self._workers: dict[str, Running] = {}
        for id, query in (("hf", HYDROGEN_FLUORIDE), ("korea", "against:KR")):
            pair.ok("subscriptions", "add", "--id", id, "--channel", f"file:{self.alerts}", query)

    def start(self, role: str, fault: str = "") -> Running:
        self._workers[role] = self.pair.start(role, fault=fault)
        return self._workers[role]

    def send(self, prefix: str) -> None:
        """Documents under ids of their own."""
        made = lines(prefix=prefix)
        self.pair.ok("import", documents.write(self.pair.folder / f"{prefix}.jsonl", made))
        for line in made:
            self.expected.add(("korea", line["id"]))
            if not line["id"].endswith("radio"):
                self.expected.add(("hf", line["id"]))

    def received(self) -> Counter[tuple[str, str, str]]:
        return Counter((a["subscription"], a["id"], a["key"]) for a in received(self.alerts))

    def all_received(self) -> bool:
        for role, worker in self._workers.items():
            assert worker.alive, f"{role} ended by itself: {worker.said[-2000:]}"
        return {told[:2] for told in self.received()} >= self.expected

    def stop(self) -> list[int]:
        return self.pair.stop(self._workers.values())


@pytest.fixture
def way(pair: Pair) -> Way:
    return Way(pair)


def test_workers_killed_at_every_point_lose_nothing_and_repeat_under_the_same_key(way: Way) -> None:
    for role in ("process", "match", "deliver", "clock"):
        way.start(role)
    number = itertools.count()
    for role, point in POINTS:
        way.pair.stop([way._workers[role]])
        dying = way.start(role, fault=point)
        way.send(f"p{next(number)}")
        until(f"{role} dies at {point}", lambda w=dying: not w.alive)  # type: ignore[misc]
        assert dying.ended() == -signal.SIGKILL, dying.said[-2000:]
        way.start(role)
    way.send(f"p{next(number)}")
    until("all is received", way.all_received, every=0.05)
    until("all is recorded", lambda: settled(way.pair) == {"sent": len(way.expected)}, every=0.1)
    assert way.stop() == [0] * 4
    told = way.received()
    assert {key[:2] for key in told} == way.expected
    assert len(told) == len(way.expected), "a repeat came under another key"
    repeats = sum(told.values()) - len(told)
    assert 1 <= repeats <= 8 * len(POINTS), "only what was sent and not recorded is repeated"


def settled(pair: Pair) -> Counter[str]:
    """How many channels of all ledger entries are in each state; empty while something is still due."""
    wiring = Wiring(load(pair.options, {}))
    try:
        if any(True for _ in wiring.store.scan(outbox.DUE)):
            return Counter()
        entries = [outbox.ENTRY.decode(stored.value) for _, stored in wiring.store.scan(outbox.LEDGER)]
    finally:
        wiring.close()
    return Counter(delivery.state for entry in entries for delivery in entry.deliveries)
