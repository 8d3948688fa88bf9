"""indexers/search.py: every record of a batch gets the outcome that its own result means."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from exportwatch import codec, configfiles, taxonomy
from exportwatch.bus import DOCUMENTS, Record
from exportwatch.engine import Again, Filtered, Rejected, Sent
from exportwatch.index import Entry, PutResult
from exportwatch.indexes.memory import MemoryIndex
from exportwatch.model import Claims, Classified, Document
from indexers.search import Search, outcome

TITLES = {"en": "Export controls", "ja": "輸出規制", "ko": "수출규제", "zh-Hans": "出口管制", "zh-Hant": "出口管制條例"}


@pytest.fixture(scope="module")
def terms(tmp_path_factory: pytest.TempPathFactory) -> taxonomy.Taxonomy:
    return taxonomy.load(configfiles.files("taxonomy", tmp_path_factory.mktemp("data")))


def classified(lang: str, observed: int = 1000, title: str = "", generation: int = 0) -> Classified:
    document = Document(
        id=f"p:{lang}",
        publisher="p",
        source="s",
        kind="news",
        url="",
        title=title or TITLES[lang],
        text="",
        lang=lang,
        published="2019-12-16",
        published_precision="day",
        observed=observed,
        origin="import",
        content_hash="",
        sha256="",
        size=0,
    )
    return Classified(document=document, claims=Claims(lang=lang, relevant=True, score=1.0), generation=generation)


def record(value: bytes | None, key: str = "p:en", offset: int = 0, timestamp: int = 5000) -> Record:
    return Record(DOCUMENTS, 0, offset, key, value, timestamp)


def encoded(item: Classified) -> Record:
    return record(codec.CLASSIFIED.encode(item), item.document.id)


def test_all_languages_are_indexed_and_kept_as_they_came(terms: taxonomy.Taxonomy) -> None:
    index = MemoryIndex()
    items = [classified(lang) for lang in TITLES]
    assert Search(index, terms).run([encoded(item) for item in items], lambda: None) == [Sent()] * len(TITLES)
    bodies = index.get([item.document.id for item in items])
    assert [codec.CLASSIFIED.decode(bodies[item.document.id]) for item in items] == items


def test_newer_rules_replace_and_older_observations_are_stale(terms: taxonomy.Taxonomy) -> None:
    index = MemoryIndex()
    stage = Search(index, terms)
    outcomes = stage.run(
        [
            encoded(classified("en", 1000, "first", 1)),
            encoded(classified("en", 999, "older", 9)),
            encoded(classified("en", 1000, "new rules", 2)),
        ],
        lambda: None,
    )
    assert outcomes == [Sent(), Filtered("stale"), Sent()]
    assert codec.CLASSIFIED.decode(index.get(["p:en"])["p:en"]).document.title == "new rules"


def test_a_purge_deletes_and_stays_deleted_for_what_was_observed_before(terms: taxonomy.Taxonomy) -> None:
    index = MemoryIndex()
    stage = Search(index, terms)
    batch = [encoded(classified("en", 1000)), record(None, "p:en", 1, timestamp=5000)]
    assert stage.run(batch, lambda: None) == [Sent(), Filtered("purge")]
    assert index.get(["p:en"]) == {}
    assert stage.run([encoded(classified("en", 4999))], lambda: None) == [Filtered("stale")]
    assert stage.run([encoded(classified("en", 6000))], lambda: None) == [Sent()]


def test_an_unreadable_record_leaves_the_others(terms: taxonomy.Taxonomy) -> None:
    batch = [encoded(classified("en")), record(b"{"), encoded(classified("ko"))]
    first, second, third = Search(MemoryIndex(), terms).run(batch, lambda: None)
    assert (first, third) == (Sent(), Sent())
    assert isinstance(second, Rejected)
    assert "Classified" in second.reason


def test_outcomes_keep_the_order_of_the_batch_when_the_index_refuses_some(terms: taxonomy.Taxonomy) -> None:
    class Refusing(MemoryIndex):
        def put(self, entries: Sequence[Entry]) -> list[PutResult]:
            return [PutResult(e.id, "busy" if e.id == "p:ja" else "indexed", "429") for e in entries]

    batch = [record(b"x"), encoded(classified("ja")), encoded(classified("en"))]
    first, second, third = Search(Refusing(), terms).run(batch, lambda: None)
    assert isinstance(first, Rejected)
    assert (second, third) == (Again("429"), Sent())


def test_what_can_never_be_indexed_is_rejected_with_the_reason() -> None:
    rejected = outcome(PutResult("p:x", "rejected", "mapper says no"))
    assert rejected == Rejected("the index refuses p:x: mapper says no")
