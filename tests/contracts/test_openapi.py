"""The API keeps what /openapi.json says of it, for requests that nobody thought of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from exportwatch.cli.web import pages
from exportwatch.web.app import application
from tests.exportwatch.web import kit

PATHS = [
    *(
        "/search.json",
        "/sources.json",
        "/sources/{id}/evidence/{sha256}",
        "/subscriptions.json",
        "/documents/{id}.json",
        "/documents/{id}/raw",
        "/healthz",
    ),
]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenApiSchema]:
    with kit.wired(tmp_path_factory.mktemp("api")) as wiring:
        kit.publish(wiring, kit.LINES)
        yield schemathesis.openapi.from_asgi("/openapi.json", application(pages(wiring), ["localhost", "testserver"]))


@pytest.mark.parametrize("path", PATHS)
def test_answers_are_as_described(described: OpenApiSchema, path: str) -> None:
    operation = described[path]["GET"]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def check(case: schemathesis.Case[Any]) -> None:
        # Not every text is a query: 400 is an answer too.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    check()
