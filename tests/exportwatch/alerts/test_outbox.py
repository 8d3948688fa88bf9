"""outbox.py: keys that stay the same, due keys that sort, and when an attempt is repeated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exportwatch.alerts import outbox
from exportwatch.alerts.journal import CHANGES, Journal
from exportwatch.alerts.outbox import Delivery
from exportwatch.stores.memory import MemoryStore
from tests.subscribed import alert

CHANNELS = ("console:", "file:/alerts.jsonl")
HOUR = 3600 * 1000


def test_the_same_claims_of_the_same_document_are_one_alert() -> None:
    first = alert(1)
    key = outbox.ledger_key(first)
    again = replace(first, observed=9000, title="他の言葉", evidence=(), origin="replay", document="p:1-attachment")
    assert outbox.ledger_key(again) == key
    others = [
        replace(first, claims_hash="beef"),
        replace(first, root="p:2"),
        replace(first, subscription="other"),
    ]
    assert len({key, *map(outbox.ledger_key, others)}) == 4
    assert key.startswith("ledger/hf/")
    assert len(key) == len("ledger/hf/") + 32


def test_message_keys_differ_by_channel_and_subscription_and_never_by_attempt() -> None:
    keys = {outbox.message_key(outbox.ledger_key(alert(1, name)), n) for name in ("a", "b") for n in (0, 1)}
    assert len(keys) == 4
    assert outbox.message_key("ledger/a/1", 0) == outbox.message_key("ledger/a/1", 0)


def test_due_keys_sort_by_time_and_are_read_back() -> None:
    ledger = outbox.ledger_key(alert())
    keys = [outbox.due_key(ledger, 0, at) for at in (5, 999, 1_700_000_000_000)]
    assert keys == sorted(keys)
    assert outbox.read_due(keys[2]) == outbox.Due(keys[2], 1_700_000_000_000, ledger, 0)


@pytest.mark.parametrize("key", ["due/", "due/x/a/b/0", "due/0000000000001/a/0", "due/0000000000001/a/b/x"])
def test_what_is_no_due_key_is_none(key: str) -> None:
    assert outbox.read_due(key) is None


def test_an_entry_is_created_once_and_made_due_for_every_pending_channel() -> None:
    store = MemoryStore()
    key, entry = outbox.ledger_key(alert()), outbox.new_entry(alert(), CHANNELS, 5000)
    assert outbox.create(Journal(store), {key: entry}) == {key: True}
    assert outbox.create(Journal(store), {key: replace(entry, made=1)}) == {key: False}
    assert outbox.load(store, [key])[key][0] == entry
    dues = [outbox.due_key(key, number, 5000) for number in range(len(CHANNELS))]
    assert [name for name, _ in store.scan("due/")] == dues
    store.delete(dues)
    sent = replace(entry, deliveries=(outbox.after(entry.deliveries[0], "sent", 1, 2, ""), entry.deliveries[1]))
    outbox.make_due(Journal(store), {key: sent})
    assert [name for name, _ in store.scan("due/")] == [outbox.due_key(key, 1, 5000)]
    assert CHANGES in store.get_many([CHANGES])


def test_nothing_pending_says_nothing_to_the_clock() -> None:
    store = MemoryStore()
    outbox.make_due(Journal(store), {})
    assert store.get_many([CHANGES]) == {}


def test_failures_are_repeated_ever_later_for_a_day_and_then_given_up() -> None:
    delivery, now, pauses = Delivery(channel="console:", due=1000), 1000, []
    while delivery.state == "pending":
        delivery = outbox.after(delivery, "later", now, now + 5, "拒否")
        pauses.append((delivery.due - now - 5) / 1000)
        assert (delivery.first, delivery.last, delivery.error) == (1000, now + 5, "拒否")
        now = delivery.due
    assert pauses[:7] == [1, 5, 30, 120, 600, 3600, 3600]
    assert delivery.state == "failed"
    assert delivery.attempts == len(pauses) == 6 + 23 + 1
    assert 24 * HOUR <= delivery.last - delivery.first < 24 * HOUR + 2000


def test_what_is_sent_or_refused_is_over() -> None:
    delivery = Delivery(channel="console:", due=1000)
    sent = outbox.after(outbox.after(delivery, "later", 1000, 1001, "away"), "sent", 3000, 3001, "")
    assert (sent.state, sent.attempts, sent.first, sent.last) == ("sent", 2, 1000, 3001)
    refused = outbox.after(delivery, "never", 1000, 1001, "x" * 10_000)
    assert (refused.state, refused.attempts, len(refused.error)) == ("failed", 1, 500)


def test_an_entry_is_read_back_as_it_was() -> None:
    entry = outbox.new_entry(alert(), CHANNELS, 5000)
    assert outbox.ENTRY.decode(outbox.ENTRY.encode(entry)) == entry
