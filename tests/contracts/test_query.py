"""One meaning in every engine: the same documents, queries and random trees on each index and in plain evaluation.

`query/queries.json` says for most queries by hand which documents they find, so that all engines being wrong
together is caught too.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exportwatch import elastic
from exportwatch.index import Entry, Index
from exportwatch.indexes.elasticsearch import ElasticsearchIndex
from exportwatch.indexes.embedded import EmbeddedIndex
from exportwatch.indexes.memory import MemoryIndex
from exportwatch.query.fields import prepare
from exportwatch.query.matcher import matches
from exportwatch.query.names import resolve
from exportwatch.query.tree import Node, Not
from tests.contracts.querying import Asked, SmallTaxonomy, documents, queries
from tests.contracts.trees import entries, trees
from tests.servers.server import Server

Make = Callable[[], Index]
TAXONOMY = SmallTaxonomy()
ENTRIES = [prepare(classified, TAXONOMY) for classified in documents()]
QUERIES = queries()
MAKERS = ["memory", "embedded", pytest.param("elasticsearch", marks=pytest.mark.servers)]
FIXTURE_LIVES_LONGER = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture(scope="module", params=MAKERS)
def new_index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Makes empty indexes of one kind."""
    with ExitStack() as stack:
        yield lambda: _make(request, tmp_path_factory.mktemp("index"), stack)


def _make(request: pytest.FixtureRequest, folder: Path, stack: ExitStack) -> Index:
    if request.param == "memory":
        return MemoryIndex()
    if request.param == "embedded":
        return stack.enter_context(closing(EmbeddedIndex(folder)))
    server: Server = request.getfixturevalue("elasticsearch_server")
    namespace = f"test-query-{secrets.token_hex(4)}"
    client = elastic.connect(server.address)
    stack.callback(client.close)
    stack.callback(client.request, "DELETE", f"/{namespace}-documents-v1-1", missing_ok=True)
    return ElasticsearchIndex(client, namespace)


@pytest.fixture(scope="module")
def index(new_index: Make) -> Index:
    filled = new_index()
    assert {result.status for result in filled.put(ENTRIES)} == {"indexed"}
    filled.refresh()
    return filled


def found(index: Index, tree: Node) -> set[str]:
    hits = index.search(tree, limit=1000)
    ids = [hit.id for hit in hits.hits]
    assert len(ids) == hits.total == len(set(ids))
    return set(ids)


def evaluated(entries: list[Entry], tree: Node) -> set[str]:
    return {entry.id for entry in entries if matches(tree, entry)}


def test_there_are_enough_queries_and_documents() -> None:
    assert len(ENTRIES) >= 60
    assert len({asked.query for asked in QUERIES}) >= 300
    assert sum(asked.ids is not None for asked in QUERIES) >= 200
    assert len({asked.ids for asked in QUERIES}) > 100


@pytest.mark.parametrize("asked", QUERIES, ids=lambda asked: asked.query)
def test_a_query_finds_what_it_should(index: Index, asked: Asked) -> None:
    tree = resolve(asked.query, TAXONOMY).tree
    expected = evaluated(ENTRIES, tree)
    assert found(index, tree) == expected
    if asked.ids is not None:
        assert expected == asked.ids


@settings(max_examples=150, deadline=None, suppress_health_check=FIXTURE_LIVES_LONGER)
@given(tree=trees)
def test_random_trees_mean_the_same(index: Index, tree: Node) -> None:
    assert found(index, tree) == evaluated(ENTRIES, tree)
    assert found(index, Not(tree)) == evaluated(ENTRIES, Not(tree))


def test_random_documents_mean_the_same(new_index: Make) -> None:
    filled = new_index()
    known: list[Entry] = []

    @settings(max_examples=100, deadline=None)
    @given(st.lists(entries, min_size=3, max_size=12), st.lists(trees, min_size=10, max_size=10))
    def check(more: list[Entry], asked: list[Node]) -> None:
        assert {result.status for result in filled.put(more)} == {"indexed"}
        known[:] = {entry.id: entry for entry in [*known, *more]}.values()
        filled.refresh()
        for tree in asked:
            assert found(filled, tree) == evaluated(known, tree)

    check()
