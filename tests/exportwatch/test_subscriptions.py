"""subscriptions.py: what is kept, what is refused, and how a watcher notices."""

from __future__ import annotations

import re
from typing import Any

import pytest

from exportwatch import codec, subscriptions
from exportwatch.errors import BadRecord, Misconfigured
from exportwatch.model import Subscription
from exportwatch.store import Put, Stored
from exportwatch.stores.memory import MemoryStore
from exportwatch.subscriptions import Watch
from tests.subscribed import Time, subscription


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.mark.parametrize("query", ["hydrogen fluoride", "フッ化水素", "불화수소", "氟化氢", "氟化氫"])
def test_what_is_added_is_read_back(store: MemoryStore, query: str) -> None:
    made = subscriptions.add(store, subscription(query=query, note=query))
    assert made == subscription(query=query, note=query)
    assert subscriptions.load(store, "hf") == made
    assert subscriptions.every(store) == [made]


def test_an_id_is_taken_once_and_replaced_on_purpose(store: MemoryStore) -> None:
    subscriptions.add(store, subscription())
    with pytest.raises(Misconfigured, match="--replace"):
        subscriptions.add(store, subscription(query="gallium"))
    changed = subscriptions.add(store, subscription(query="gallium", changed=2000), replace=True)
    assert subscriptions.every(store) == [changed]


def test_a_removed_one_is_gone(store: MemoryStore) -> None:
    subscriptions.add(store, subscription())
    assert subscriptions.remove(store, "hf")
    assert not subscriptions.remove(store, "hf")
    assert subscriptions.load(store, "hf") is None


def test_webhooks_get_a_secret_that_stays(store: MemoryStore) -> None:
    assert subscriptions.add(store, subscription("plain")).secret == ""
    first = subscriptions.add(store, subscription(channels=("https://a.example/hook",)))
    assert len(first.secret) >= 40
    other = subscriptions.add(store, subscription("other", channels=("https://a.example/hook",)))
    assert other.secret != first.secret
    again = subscriptions.add(store, subscription(channels=("https://b.example/hook",)), replace=True)
    assert again.secret == first.secret
    assert first.secret not in repr(first)


@pytest.mark.parametrize("id", ["", "-a", "a-", "A", "a b", "a/b", "フ", "a" * 61, "a\n", "../x"])
def test_ids_out_of_bounds_are_refused(store: MemoryStore, id: str) -> None:
    with pytest.raises(Misconfigured, match="subscription id"):
        subscriptions.add(store, subscription(id))
    assert subscriptions.load(store, id) is None


@pytest.mark.parametrize("id", ["a", "hf-2", "a" * 60, "0"])
def test_ids_within_bounds_are_kept(store: MemoryStore, id: str) -> None:
    assert subscriptions.add(store, subscription(id)).id == id


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"channels": ()}, "1 to 16 channels"),
        ({"channels": tuple(f"file:/{n}" for n in range(17))}, "1 to 16 channels"),
        ({"channels": ("console:", "console:")}, "twice"),
        ({"channels": ("file:/" + "x" * 3000,)}, "at most"),
        ({"note": "x" * 1001}, "note"),
    ],
)
def test_sizes_are_bounded(store: MemoryStore, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Misconfigured, match=reason):
        subscriptions.add(store, subscription(**changes))
    assert subscriptions.every(store) == []


def test_an_unreadable_one_leaves_the_others(store: MemoryStore, caplog: pytest.LogCaptureFixture) -> None:
    subscriptions.add(store, subscription())
    store.put_many([Put(subscriptions.key("aaa"), b"{}")])
    assert [kept.id for kept in subscriptions.every(store)] == ["hf"]
    assert "aaa" in caplog.text
    with pytest.raises(BadRecord):
        subscriptions.read(Stored(b"{}", "1"))


@pytest.mark.parametrize(
    ("query", "concepts", "expected"),
    [
        ('"hydrogen fluoride" AND against:KR', ["item:hydrogen-fluoride"], "hydrogen-fluoride-against-kr"),
        ("フッ化水素", ["item:hydrogen-fluoride"], "hydrogen-fluoride"),
        ("수출규제", [], "subscription"),
        ("出口管制", ["topic:export-control"], "export-control"),
        ("*", [], "subscription"),
        ("x " * 100, [], None),
    ],
)
def test_ids_made_from_queries_are_readable_and_allowed(query: str, concepts: list[str], expected: str | None) -> None:
    made = subscriptions.free_id(query, concepts, [])
    assert expected in (made, None)
    assert re.fullmatch(r"[a-z0-9-]{1,60}", made)
    taken = [made, f"{made}-2"]
    assert subscriptions.free_id(query, concepts, taken) == f"{made}-3"
    subscriptions.check(subscription(f"{made}-3"))


class Counting(MemoryStore):
    """Counts scans."""

    def __init__(self) -> None:
        super().__init__()
        self.scans = 0

    def scan(self, prefix: str):  # type: ignore[no-untyped-def]
        self.scans += 1
        return super().scan(prefix)


def test_a_watcher_scans_only_after_a_change() -> None:
    store, time = Counting(), Time()
    watch = Watch(store, time)
    assert watch.current() == ()
    first = store.scans
    assert watch.current() is watch.current()
    assert store.scans == first
    subscriptions.add(store, subscription())
    before = store.scans
    assert [kept.id for kept in watch.current()] == ["hf"]
    assert [kept.id for kept in watch.current()] == ["hf"]
    assert store.scans == before + 1


def test_a_watcher_also_notices_a_change_whose_maker_died() -> None:
    store, time = MemoryStore(), Time()
    watch = Watch(store, time)
    assert watch.current() == ()
    made: Subscription = subscription()
    store.put_many([Put(subscriptions.key("hf"), codec.SUBSCRIPTION.encode(made))])
    assert watch.current() == ()
    time.sleep(60)
    assert watch.current() == (made,)
