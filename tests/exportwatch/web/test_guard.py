"""Who is answered, how, and with which headers."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from exportwatch.wiring import Wiring
from tests.exportwatch.web import kit

PATHS = ["/", "/?q=METI", "/search.json", "/documents/us-bis:hf", "/sources", "/subscriptions", "/healthz", "/nowhere"]


@pytest.mark.parametrize("host", ["127.0.0.1:8480", "127.0.0.1", "localhost:8480", "LOCALHOST", "[::1]:8480", "[::1]"])
def test_the_names_of_this_machine_are_answered(visitor: TestClient, host: str) -> None:
    assert visitor.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *(
            "evil.example",
            "evil.example:8480",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evil.example#127.0.0.1",
        ),
        *("", "127.0.0.1@evil.example", "0.0.0.0", "192.168.1.2:8480", "[::2]", "<script>", "watch.example:8480"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/search.json", "/static/page.css"])
def test_no_other_name_is(visitor: TestClient, host: str, path: str) -> None:
    response = visitor.get(path, headers={"Host": host})
    assert response.status_code == 421
    assert response.headers["content-type"].startswith("application/json" if path == "/search.json" else "text/html")
    assert path == "/search.json" or "<script>" not in response.text
    assert "content-security-policy" in response.headers


def test_the_configured_name_is(house: Wiring) -> None:
    visitor = kit.client(house, ["watch.example"])
    assert visitor.get("/healthz", headers={"Host": "watch.example:8480"}).status_code == 200
    assert visitor.get("/healthz", headers={"Host": "other.example:8480"}).status_code == 421


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_can_be_changed(visitor: TestClient, method: str, path: str) -> None:
    response = visitor.request(method, path, headers={"Accept": "application/json"})
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"
    assert response.json()["error"]["status"] == 405


@pytest.mark.parametrize("path", PATHS)
def test_head_is_answered_like_get(visitor: TestClient, path: str) -> None:
    assert visitor.head(path).status_code == visitor.get(path).status_code


@pytest.mark.parametrize("path", [*PATHS, "/openapi.json", "/documents/us-bis:hf/raw", "/?q=((("])
def test_every_answer_carries_the_headers(visitor: TestClient, path: str) -> None:
    headers = visitor.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; ") if " " in part)
    assert policy["default-src"] == "'none'"
    if not path.endswith("/raw"):
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


def test_another_origin_is_told_nothing(visitor: TestClient) -> None:
    headers = visitor.get("/search.json?q=METI", headers={"Origin": "https://evil.example"}).headers
    assert not [name for name in headers if name.startswith("access-control")]
