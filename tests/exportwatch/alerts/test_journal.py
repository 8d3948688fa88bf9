"""journal.py: a reader either hears of everything that became due, or knows that it did not."""

from __future__ import annotations

import random

from exportwatch.alerts import journal
from exportwatch.alerts.journal import CHANGES, Journal
from exportwatch.store import NEW, Put, Store, Stored
from exportwatch.stores.memory import MemoryStore
from tests.exportwatch.alerts.kit import Failing


def due(*names: str) -> list[Put]:
    return [Put(f"due/{name}", f"https://例え.example/{name}".encode()) for name in names]


def note(store: Store) -> Stored | None:
    return store.get_many([CHANGES]).get(CHANGES)


def heard(store: MemoryStore, followed: int) -> list[str] | None:
    news = journal.news(note(store), followed)
    return None if news is None else [noted.key for noted in news]


def test_due_keys_are_put_and_noted_with_their_channels() -> None:
    store = MemoryStore()
    Journal(store).put(due("a", "b"))
    assert [key for key, _ in store.scan("due/")] == ["due/a", "due/b"]
    assert journal.news(note(store), 0) == [("due/a", "https://例え.example/a"), ("due/b", "https://例え.example/b")]


def test_nothing_due_is_not_noted() -> None:
    store = MemoryStore()
    Journal(store).put([])
    assert note(store) is None


def test_what_goes_before_goes_in_the_same_write_once_whoever_else_wrote_the_note() -> None:
    store = Failing(MemoryStore())
    writer = Journal(store)
    before = [Put("ledger/a", b"1", NEW), Put("ledger/b", b"1", NEW)]
    assert [wrote.conflict for wrote in writer.put(due("a"), before=before[:1])] == [False]
    assert store.operations == 1
    Journal(store).put(due("other"))
    assert [wrote.conflict for wrote in writer.put(due("b"), before=before)] == [True, False]
    assert journal.news(note(store), 0) == [(put.key, put.value.decode()) for put in due("a", "other", "b")]
    assert [wrote.conflict for wrote in writer.put([], before=before)] == [True, True]


def test_what_was_followed_is_not_told_again() -> None:
    store = MemoryStore()
    writer = Journal(store)
    writer.put(due("a"))
    writer.put(due("b"))
    assert heard(store, 0) == ["due/a", "due/b"]
    assert heard(store, 1) == ["due/b"]
    assert journal.last(note(store)) == 2


def test_a_reader_that_is_behind_or_ahead_knows_that_it_must_scan() -> None:
    store = MemoryStore()
    assert heard(store, 0) is None
    writer = Journal(store)
    for number in range(200):
        writer.put(due(str(number)))
    assert heard(store, 0) is None
    assert heard(store, 200) is None
    assert heard(store, 1000) is None
    assert heard(store, 190) == [f"due/{number}" for number in range(190, 200)]
    stored = note(store)
    assert stored
    assert len(stored.value) < 50_000


def test_too_many_at_once_are_put_and_not_noted() -> None:
    store = MemoryStore()
    writer = Journal(store)
    writer.put(due(*map(str, range(5000))))
    assert len(list(store.scan("due/"))) == 5000
    assert heard(store, 0) is None
    writer.put(due("x"))
    assert heard(store, 0) is None
    assert heard(store, 1) == ["due/x"]


def test_of_several_writers_nobody_is_overheard() -> None:
    store, choose = MemoryStore(), random.Random(5)
    writers = [Journal(store) for _ in range(4)]
    told: list[str] = []
    followed = 0
    for number in range(300):
        choose.choice(writers).put(due(f"{number:03}"))
        if choose.random() < 0.3:
            told += heard(store, followed) or []
            followed = journal.last(note(store))
    told += heard(store, followed) or []
    assert told == [f"due/{number:03}" for number in range(300)]


def test_a_damaged_note_is_begun_anew() -> None:
    store = MemoryStore()
    store.put_many([Put(CHANGES, b"1")])
    assert heard(store, 0) is None
    Journal(store).put(due("a"))
    assert heard(store, 0) == ["due/a"]
