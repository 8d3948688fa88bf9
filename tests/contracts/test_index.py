"""What every index promises (exportwatch/index.py), on every backend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exportwatch import elastic
from exportwatch.errors import Misconfigured, Retryable
from exportwatch.index import Entry, Hits, Index, PutResult
from exportwatch.indexes.elasticsearch import ElasticsearchIndex
from exportwatch.indexes.embedded import EmbeddedIndex
from exportwatch.indexes.memory import MemoryIndex
from exportwatch.query.tree import And, Everything, Not, OneMeasure, Or, Phrase, Value
from tests.entries import entry
from tests.servers.server import Server

ALL = Everything()
IDS = {
    "latin": "jp-meti:" + "a" * 192,
    "accents": "fr:" + "é" * 98,
    "kanji": "jp:" + "輸" * 65,
    "hangul": "kr:" + "수" * 65,
    "hans": "cn:" + "镓" * 65,
    "hant": "tw:" + "鎵" * 65,
    "astral": "x:" + "𠮷" * 49,
    "signs": "a b/c?d=%2F&e#f\"g'h\\i:" + "+*" * 50,
}


@pytest.fixture(params=["memory", "embedded", pytest.param("elasticsearch", marks=pytest.mark.servers)])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    if request.param == "memory":
        yield MemoryIndex()
    elif request.param == "embedded":
        embedded = EmbeddedIndex(tmp_path / "index")
        yield embedded
        embedded.close()
    else:
        server: Server = request.getfixturevalue("elasticsearch_server")
        namespace: str = request.getfixturevalue("namespace")
        client = elastic.connect(server.address)
        yield ElasticsearchIndex(client, namespace)
        client.request("DELETE", f"/{namespace}-documents-v1-1", missing_ok=True)
        client.close()


def statuses(results: list[PutResult]) -> list[str]:
    return [result.status for result in results]


def ids(hits: Hits) -> list[str]:
    return [hit.id for hit in hits.hits]


def word(*tokens: str) -> Phrase:
    return Phrase(("title", "text"), tokens)


def test_a_lower_version_is_stale_equal_and_higher_ones_replace(index: Index) -> None:
    assert statuses(index.put([entry("a", 5, record="five")])) == ["indexed"]
    assert statuses(index.put([entry("a", 4, record="four")])) == ["stale"]
    assert index.get(["a"]) == {"a": b"five"}
    assert statuses(index.put([entry("a", 5, record="five again")])) == ["indexed"]
    assert index.get(["a"]) == {"a": b"five again"}
    assert statuses(index.put([entry("a", 6, record="six")])) == ["indexed"]
    assert index.get(["a"]) == {"a": b"six"}


def test_versions_of_this_century_keep_every_digit(index: Index) -> None:
    version = 1_795_000_000_123 * 1000 + 998
    index.put([entry("a", version), entry("b", 2**63 - 1)])
    assert statuses(index.put([entry("a", version - 1), entry("b", 2**63 - 2)])) == ["stale", "stale"]
    assert [found[1] for found in index.scan()] == [version, 2**63 - 1]


def test_the_same_id_twice_in_a_batch_is_two_puts_in_order(index: Index) -> None:
    batch = [entry("a", 1), entry("b", 1), entry("a", 3), entry("a", 2), entry("a", 3, record="last")]
    assert statuses(index.put(batch)) == ["indexed", "indexed", "indexed", "stale", "indexed"]
    assert index.get(["a", "b"]) == {"a": b"last", "b": b"b@1"}


def test_a_put_below_a_delete_is_stale(index: Index) -> None:
    index.put([entry("a", 5, title="gallium")])
    assert index.delete([("a", 4)]) == [PutResult("a", "stale")]
    assert index.delete([("a", 6), ("never there", 1)]) == [
        PutResult("a", "deleted"),
        PutResult("never there", "deleted"),
    ]
    assert statuses(index.put([entry("a", 5, title="gallium")])) == ["stale"]
    index.refresh()
    assert index.get(["a"]) == {}
    assert index.search(word("gallium"), limit=10) == Hits(total=0, hits=())
    assert list(index.scan()) == []
    assert statuses(index.put([entry("a", 6, title="gallium")])) == ["indexed"]
    index.refresh()
    assert ids(index.search(word("gallium"), limit=10)) == ["a"]


def test_get_sees_a_put_at_once_and_leaves_out_what_is_absent(index: Index) -> None:
    index.put([entry("a", 1)])
    assert index.get(["absent", "a", "a", "", "too long " * 100]) == {"a": b"a@1"}


def test_an_index_that_nothing_was_put_into_holds_nothing(index: Index) -> None:
    index.refresh()
    assert index.put([]) == []
    assert index.delete([]) == []
    assert index.get([]) == {}
    assert index.get(["a"]) == {}
    assert list(index.scan()) == []
    assert index.search(ALL, limit=10) == Hits(total=0, hits=())
    assert index.search(word("a"), limit=10) == Hits(total=0, hits=())


def test_search_finds_after_a_refresh_what_was_put_and_no_longer_what_was_replaced(index: Index) -> None:
    index.put([entry("a", 1, title="수출규제", body="フッ化水素酸の輸出"), entry("b", 1, title="镓和锗 出口管制")])
    index.refresh()
    assert ids(index.search(word("수", "출", "규", "제"), limit=10)) == ["a"]
    assert ids(index.search(word("フ", "ッ", "化", "水", "素"), limit=10)) == ["a"]
    assert ids(index.search(word("出", "口", "管", "制"), limit=10)) == ["b"]
    assert ids(index.search(word("出", "管"), limit=10)) == []
    index.put([entry("a", 2, title="鎵和鍺")])
    index.refresh()
    assert ids(index.search(word("수", "출", "규", "제"), limit=10)) == []
    assert ids(index.search(word("鎵"), limit=10)) == ["a"]


def test_hits_carry_the_record_exactly(index: Index) -> None:
    record = '{"schema":1,"body":{"title":"수출 \\"규제\\" \\u0000 é\\n𠮷\\u2028","n":1.10}}'
    index.put([entry("a", 1, title="x", record=record)])
    index.refresh()
    assert index.search(word("x"), limit=1).hits[0].body == record.encode()
    assert index.get(["a"]) == {"a": record.encode()}
    assert list(index.scan()) == [("a", 1, record.encode())]


def test_values_measures_and_negation(index: Index) -> None:
    index.put(
        [
            entry(
                "a",
                values={"affected": ("KR", "CN"), "party": ("acme", "huawei tech")},
                measures=(
                    {"action": ("tighten",), "affected": ("KR",)},
                    {"action": ("ease",), "affected": ("CN",)},
                ),
            ),
            entry("b", values={"affected": ("KR",)}),
        ]
    )
    index.refresh()
    assert ids(index.search(Value("affected", "CN"), limit=10)) == ["a"]
    assert ids(index.search(Not(Value("affected", "CN")), limit=10)) == ["b"]
    assert ids(index.search(Phrase(("party",), ("huawei", "tech")), limit=10)) == ["a"]
    assert ids(index.search(Phrase(("party",), ("acme", "huawei")), limit=10)) == []
    one = OneMeasure(And((Value("action", "tighten"), Value("affected", "KR"))))
    other = OneMeasure(And((Value("action", "tighten"), Value("affected", "CN"))))
    assert index.search(one, limit=10).total == 1
    assert index.search(other, limit=10) == Hits(total=0, hits=())


def test_totals_are_exact_and_pages_meet(index: Index) -> None:
    shuffled = [n * 7919 % 250 for n in range(250)]
    index.put([entry(f"d:{n:03}", title="gallium " * (1 + n % 3), values={"lang": ("en",)}) for n in shuffled])
    index.refresh()
    for query in (ALL, Value("lang", "en"), word("gallium"), Or((word("gallium"), Value("lang", "ko")))):
        pages = [index.search(query, limit=60, offset=offset) for offset in range(0, 300, 60)]
        assert {page.total for page in pages} == {250}
        assert [len(page.hits) for page in pages] == [60, 60, 60, 60, 10]
        hits = [hit for page in pages for hit in page.hits]
        assert hits == sorted(hits, key=lambda hit: (-hit.score, hit.id))
        assert sorted(hit.id for hit in hits) == [f"d:{n:03}" for n in range(250)]
    assert index.search(ALL, limit=0) == Hits(total=250, hits=())
    assert index.search(word("gallium"), limit=0) == Hits(total=250, hits=())
    assert index.search(word("gallium"), limit=10, offset=9_990) == Hits(total=250, hits=())


def test_a_page_beyond_the_limit_is_refused(index: Index) -> None:
    index.refresh()
    with pytest.raises(Misconfigured, match="10,000"):
        index.search(ALL, limit=11, offset=9_990)


def test_scan_sees_every_put_in_the_order_of_ids(index: Index) -> None:
    names = [f"{script}:{n}" for n in range(90) for script in ("z", "a", "é", "輸", "수", "镓", "𠮷", "～")]
    for start in range(0, len(names), 100):
        index.put([entry(name, 7) for name in names[start : start + 100]])
    index.delete([("a:1", 8)])
    expected = sorted(name for name in names if name != "a:1")
    assert list(index.scan()) == [(name, 7, f"{name}@7".encode()) for name in expected]


@pytest.mark.parametrize("script", IDS)
def test_ids_of_the_full_length_in_every_script(index: Index, script: str) -> None:
    id = IDS[script]
    assert len(id.encode()) <= 200
    assert statuses(index.put([entry(id, 1, title="one"), entry(id + "x" * (201 - len(id.encode())), 1)])) == [
        "indexed",
        "rejected",
    ]
    index.refresh()
    assert ids(index.search(word("one"), limit=10)) == [id]
    assert index.get([id]) == {id: f"{id}@1".encode()}
    assert [found[0] for found in index.scan()] == [id]
    assert statuses(index.delete([(id, 2)])) == ["deleted"]
    assert index.get([id]) == {}


UNINDEXABLE = {
    "empty id": entry("", 1),
    "id of 201 bytes": entry("輸" * 67, 1),
    "id not Unicode": Entry(id="a\ud800", version=1, title="", text="", values={}, measures=(), body=b"{}"),
    "version below zero": entry("bad", -1),
    "version over 63 bits": entry("bad", 2**63),
    "title not Unicode": entry("bad", values={"party": ("\ud800",)}),
    "record not Unicode": Entry(id="bad", version=1, title="", text="", values={}, measures=(), body=b"\xff"),
    "unknown field": entry("bad", values={"colour": ("red",)}),
    "unknown field of a measure": entry("bad", measures=({"colour": ("red",)},)),
    "value too long": entry("bad", values={"code": ("7" * 40_000,)}),
}


@pytest.mark.parametrize("what", UNINDEXABLE)
def test_what_can_never_be_indexed_is_rejected_alone(index: Index, what: str) -> None:
    bad = UNINDEXABLE[what]
    results = index.put([entry("before"), bad, entry("after")])
    assert statuses(results) == ["indexed", "rejected", "indexed"]
    assert results[1].id == bad.id
    assert results[1].reason
    assert sorted(index.get(["before", "bad", "after"])) == ["after", "before"]


def test_a_huge_text_does_not_hold_up_the_others(index: Index) -> None:
    """A small Elasticsearch answers a lone text of 10 MiB with 429 for ever; the others of its batch must pass."""
    words = " ".join(f"w{n % 5000}" for n in range(1_700_000))
    assert len(words) > 9 * 1024 * 1024
    huge = Entry(
        id="huge", version=1, title="", text=words, values={}, measures=(), body=words[: 2 * 1024 * 1024].encode()
    )
    small = [entry(f"s{n}", title="small") for n in range(20)]
    results = index.put([*small[:10], huge, *small[10:]])
    assert results[10].status in ("indexed", "busy")
    assert statuses(results[:10] + results[11:]) == ["indexed"] * 20
    index.refresh()
    assert index.search(word("small"), limit=0).total == 20
    assert index.search(word("w4999"), limit=0).total == (results[10].status == "indexed")


def test_an_absent_server_is_retryable() -> None:
    client = elastic.connect("http://127.0.0.1:1")
    away = ElasticsearchIndex(client, "nowhere")
    calls = (
        lambda: away.put([entry("a")]),
        lambda: away.delete([("a", 1)]),
        away.refresh,
        lambda: away.search(ALL, limit=1),
        lambda: away.get(["a"]),
        lambda: list(away.scan()),
    )
    for call in calls:
        with pytest.raises(Retryable, match=r"127\.0\.0\.1:1"):
            call()


@pytest.mark.servers
def test_an_absent_index_is_misconfigured_and_searching_makes_none(
    elasticsearch_server: Server, namespace: str
) -> None:
    client = elastic.connect(elasticsearch_server.address)
    index = ElasticsearchIndex(client, namespace)
    for call in (lambda: index.search(ALL, limit=1), lambda: list(index.scan()), lambda: index.get(["a"])):
        with pytest.raises(Misconfigured, match=f"{namespace}-documents.*exportwatch index"):
            call()
    assert client.request("GET", f"/{namespace}-documents-v1-1", missing_ok=True) is None
    client.close()
