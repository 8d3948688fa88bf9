"""One house for the tests that only look at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from exportwatch.wiring import Wiring
from tests.exportwatch.web import kit


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    """Documents in four languages, searchable. Tests must not write to it."""
    with kit.wired(tmp_path_factory.mktemp("house")) as wiring:
        kit.publish(wiring, kit.LINES)
        yield wiring


@pytest.fixture(scope="package")
def visitor(house: Wiring) -> TestClient:
    return kit.client(house)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Wiring]:
    """A house that one test may fill as it likes."""
    with kit.wired(tmp_path / "data") as wiring:
        yield wiring
