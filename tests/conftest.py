"""Real servers for the tests marked `servers`: one of each a session, shared through a random namespace a test."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from tests.servers.jars import Unavailable
from tests.servers.launch import launch, required
from tests.servers.server import Server


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[Server]:
    yield from _running("kafka")


@pytest.fixture(scope="session")
def elasticsearch_server() -> Iterator[Server]:
    yield from _running("elasticsearch")


@pytest.fixture
def namespace() -> str:
    """A prefix no other test uses, so that all share one server."""
    return f"test-{secrets.token_hex(4)}"


def _running(name: str) -> Iterator[Server]:
    try:
        server = launch(name)
    except Unavailable as error:
        if required():
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
    yield server
    server.close()
