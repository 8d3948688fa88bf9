"""The two pairs of backends: `pair` runs a test over both, `cluster_pair` on the cluster alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.pairs import Pair, cluster, embedded
from tests.servers.server import Server


@pytest.fixture(params=["embedded", pytest.param("cluster", marks=pytest.mark.servers)])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    if request.param == "cluster":
        yield request.getfixturevalue("cluster_pair")
        return
    with embedded(tmp_path) as made:
        yield made


@pytest.fixture
def cluster_pair(kafka_server: Server, elasticsearch_server: Server, namespace: str, tmp_path: Path) -> Iterator[Pair]:
    made = cluster(tmp_path, namespace, kafka=kafka_server.address, elasticsearch=elasticsearch_server.address)
    with made:
        yield made
