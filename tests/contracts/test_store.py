"""What every store promises (exportwatch/store.py), on every backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exportwatch import elastic
from exportwatch.errors import BadRecord, Retryable
from exportwatch.store import ANY, NEW, Put, Store, Wrote
from exportwatch.stores.elasticsearch import ElasticsearchStore
from exportwatch.stores.memory import MemoryStore
from exportwatch.stores.sqlite import SqliteStore
from tests.servers.server import Server


@pytest.fixture(params=["memory", "sqlite", pytest.param("elasticsearch", marks=pytest.mark.servers)])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Each call opens the same store once more, as another process would; only in memory it is the same object."""
    opened: list[Store] = []
    memory = MemoryStore()
    if request.param == "elasticsearch":
        server: Server = request.getfixturevalue("elasticsearch_server")
        namespace: str = request.getfixturevalue("namespace")

    def make() -> Store:
        if request.param == "memory":
            return memory
        if request.param == "sqlite":
            opened.append(SqliteStore(tmp_path / "store.db"))
        else:
            opened.append(ElasticsearchStore(elastic.connect(server.address), namespace))
        return opened[-1]

    yield make
    for store in opened:
        store.close()
    if request.param == "elasticsearch":
        client = elastic.connect(server.address)
        client.request("DELETE", f"/{namespace}-store-v1-1", missing_ok=True)
        client.close()


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    return open_store()


def conflicts(results: list[Wrote]) -> list[bool]:
    return [result.conflict for result in results]


def keys(store: Store, prefix: str) -> list[str]:
    return [key for key, _ in store.scan(prefix)]


def test_what_was_put_is_read_back_with_its_version(store: Store) -> None:
    value = bytes(range(256))
    (wrote,) = store.put_many([Put("a", value)])
    assert wrote.key == "a"
    assert not wrote.conflict
    found = store.get_many(["a", "absent", "a"])
    assert list(found) == ["a"]
    assert found["a"].value == value
    assert found["a"].version == wrote.version


def test_a_new_key_is_created_once(store: Store, open_store: Callable[[], Store]) -> None:
    assert conflicts(store.put_many([Put("a", b"first", NEW)])) == [False]
    assert open_store().put_many([Put("a", b"second", NEW)]) == [Wrote("a", "", True)]
    assert store.get_many(["a"])["a"].value == b"first"


def test_a_stale_version_is_a_conflict(store: Store, open_store: Callable[[], Store]) -> None:
    (first,) = store.put_many([Put("a", b"1")])
    (second,) = open_store().put_many([Put("a", b"2", first.version)])
    assert not second.conflict
    assert second.version != first.version
    assert store.put_many([Put("a", b"3", first.version)]) == [Wrote("a", "", True)]
    assert store.get_many(["a"])["a"].value == b"2"
    assert store.put_many([Put("absent", b"3", first.version)]) == [Wrote("absent", "", True)]
    assert store.get_many(["absent"]) == {}


def test_the_same_value_again_changes_the_version(store: Store) -> None:
    (first,) = store.put_many([Put("a", b"1")])
    (second,) = store.put_many([Put("a", b"1")])
    assert first.version != second.version


def test_a_key_made_again_does_not_take_the_old_version(store: Store) -> None:
    (first,) = store.put_many([Put("a", b"1", NEW)])
    store.delete(["a"])
    assert store.put_many([Put("a", b"2", first.version)]) == [Wrote("a", "", True)]
    assert conflicts(store.put_many([Put("a", b"3", NEW)])) == [False]
    assert store.put_many([Put("a", b"4", first.version)]) == [Wrote("a", "", True)]


def test_any_overwrites_whatever_is_there(store: Store) -> None:
    assert conflicts(store.put_many([Put("a", b"1", ANY)])) == [False]
    assert conflicts(store.put_many([Put("a", b"2", ANY)])) == [False]
    assert store.get_many(["a"])["a"].value == b"2"


def test_each_put_of_a_batch_stands_alone_and_in_order(store: Store) -> None:
    store.put_many([Put("there", b"0")])
    batch = [Put("a", b"1", NEW), Put("there", b"1", NEW), Put("b", b"1"), Put("a", b"2", NEW), Put("b", b"2")]
    results = store.put_many(batch)
    assert [result.key for result in results] == ["a", "there", "b", "a", "b"]
    assert conflicts(results) == [False, True, False, True, False]
    found = store.get_many(["a", "b", "there"])
    assert {key: stored.value for key, stored in found.items()} == {"a": b"1", "b": b"2", "there": b"0"}
    assert found["b"].version == results[4].version


def test_a_delete_removes_and_an_absent_key_is_no_error(store: Store, open_store: Callable[[], Store]) -> None:
    store.put_many([Put("a", b"1"), Put("b", b"1")])
    store.delete(["a", "absent"])
    other = open_store()
    assert sorted(other.get_many(["a", "b"])) == ["b"]
    assert keys(other, "") == ["b"]


def test_nothing_at_all(store: Store) -> None:
    assert store.get_many([]) == {}
    assert store.get_many(["a"]) == {}
    assert store.put_many([]) == []
    store.delete([])
    assert keys(store, "") == []


def test_a_scan_gives_the_keys_of_a_prefix_in_code_point_order(store: Store) -> None:
    names = [
        "seen/a",
        "seen/a%",
        "seen/a%b",
        "seen/a_b",
        "seen/axb",
        "seen/A",
        "seen/a*",
        "seen/a?b",
        "seen/a\\b",
        "seen/ab\x00c",
        "seen/é",
        "seen/輸出",
        "seen/수출",
        "seen/镓",
        "seen/鎵",
        "seen/～",
        "seen/𠮷",
        "seen",
        "sent/a",
        "\U0010ffff",
    ]
    store.put_many([Put(name, name.encode()) for name in reversed(names)])
    for prefix in ("", "seen/", "seen/a%", "seen/a_", "seen/a*", "seen/a?", "seen/a\\", "seen/輸", "seen/𠮷", "t"):
        expected = sorted(name for name in names if name.startswith(prefix))
        found = list(store.scan(prefix))
        assert [key for key, _ in found] == expected
        assert [stored.value for _, stored in found] == [name.encode() for name in expected]
    assert dict(store.scan("seen/a")) == store.get_many(keys(store, "seen/a"))


def test_a_scan_sees_every_acknowledged_put(store: Store, open_store: Callable[[], Store]) -> None:
    other = open_store()
    for n in range(5):
        store.put_many([Put(f"k/{n}", b"v")])
        assert keys(other, "k/") == [f"k/{m}" for m in range(n + 1)]
        store.put_many([Put("k/0", str(n).encode())])
        assert next(other.scan("k/0"))[1].value == str(n).encode()


def test_three_thousand_keys(store: Store) -> None:
    names = [f"seen/{n * 7919 % 3000:05}" for n in range(3000)]
    assert not any(conflicts(store.put_many([Put(name, name.encode(), NEW) for name in names])))
    store.put_many([Put("other", b"")])
    assert keys(store, "seen/") == sorted(names)
    found = store.get_many(names)
    assert all(found[name].value == name.encode() for name in names)
    store.delete(names)
    assert keys(store, "") == ["other"]


def test_a_store_can_be_changed_while_it_is_scanned(store: Store) -> None:
    store.put_many([Put(f"k/{n:04}", b"old") for n in range(1200)])
    seen = []
    for key, _ in store.scan("k/"):
        store.delete([key])
        seen.append(key)
        if len(seen) == 20:
            break
    assert keys(store, "k/") == [f"k/{n:04}" for n in range(20, 1200)]


@pytest.mark.parametrize("key", ["", "a" * 401, "輸" * 134, "\ud800"])
def test_a_key_that_no_store_can_hold_is_a_bad_record_and_nothing_is_put(store: Store, key: str) -> None:
    with pytest.raises(BadRecord, match="key"):
        store.put_many([Put("fine", b""), Put(key, b"")])
    assert keys(store, "") == []


@pytest.mark.parametrize("key", ["a" * 400, "輸" * 133, "수" * 133, "镓" * 133, "𠮷" * 100])
def test_keys_of_the_full_length(store: Store, key: str) -> None:
    store.put_many([Put(key, b"x")])
    assert list(store.get_many([key])) == [key]
    assert keys(store, key[:5]) == [key]
    store.delete([key])
    assert keys(store, "") == []


def test_an_absent_server_is_retryable() -> None:
    away = ElasticsearchStore(elastic.connect("http://127.0.0.1:1"), "nowhere")
    calls: list[Callable[[], object]] = [
        lambda: away.get_many(["a"]),
        lambda: away.put_many([Put("a", b"")]),
        lambda: away.delete(["a"]),
        lambda: list(away.scan("")),
    ]
    for call in calls:
        with pytest.raises(Retryable, match=r"127\.0\.0\.1:1"):
            call()
    away.close()
