"""generation.py: counts up with each change of the rules, also back to earlier ones."""

from __future__ import annotations

import msgspec
import pytest

from exportwatch import generation
from exportwatch.store import ANY, Put
from exportwatch.stores.memory import MemoryStore


def test_the_same_rules_keep_their_generation() -> None:
    store = MemoryStore()
    assert [generation.current(store, "a") for _ in range(3)] == [0, 0, 0]


def test_every_change_counts_up_also_back() -> None:
    store = MemoryStore()
    assert [generation.current(store, rules) for rules in ("a", "b", "a", "a", "c")] == [0, 1, 2, 2, 3]


def test_it_stays_at_999() -> None:
    store = MemoryStore()
    store.put_many([Put(generation.KEY, msgspec.json.encode({"generation": 999, "fingerprint": "a"}), ANY)])
    assert generation.current(store, "b") == 999


def test_two_workers_starting_at_once_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    inner = store.get_many

    def raced(keys: list[str]) -> object:
        found = inner(keys)
        monkeypatch.setattr(store, "get_many", inner)
        assert generation.current(store, "a") == 0  # somebody else is faster
        return found

    monkeypatch.setattr(store, "get_many", raced)
    assert generation.current(store, "a") == 0
