"""The Elasticsearch client against a scripted server: its errors, and how bulk requests are cut and repeated."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import elastic_transport
import elasticsearch
import pytest

from exportwatch import elastic
from exportwatch.errors import BadRecord, ExportwatchError, Misconfigured, Retryable
from exportwatch.indexes.elasticsearch import ElasticsearchIndex
from exportwatch.store import Put
from exportwatch.stores.elasticsearch import ElasticsearchStore
from tests.entries import entry
from tests.servers.server import Server

META = elastic_transport.ApiResponseMeta(
    status=418,
    http_version="1.1",
    headers=elastic_transport.HttpHeaders(),
    duration=0.0,
    node=elastic_transport.NodeConfig("http", "host", 9200),
)


class Request(NamedTuple):
    method: str
    path: str
    body: bytes

    @property
    def ids(self) -> list[str]:
        """Of a bulk request."""
        lines = [json.loads(line) for line in self.body.splitlines()]
        return [next(iter(line.values()))["_id"] for line in lines if next(iter(line)) in ("index", "create", "delete")]


Answer = tuple[int, Any]


class Scripted:
    """Answers each request with what `script` makes of it, as Elasticsearch would; keeps all requests."""

    def __init__(self, script: Callable[[Request], Answer]) -> None:
        self.requests: list[Request] = []
        self.headers: list[dict[str, str]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                request = Request(self.command, self.path, body)
                outer.requests.append(request)
                outer.headers.append(dict(self.headers.items()))
                status, answer = script(request)
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("x-elastic-product", "Elasticsearch")
                self.send_header("content-type", "application/vnd.elasticsearch+json;compatible-with=9")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


Serve = Callable[[Callable[[Request], Answer]], tuple[Scripted, elastic.Client, list[float]]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A scripted server, a client of it, and the pauses that the client makes."""
    running: list[tuple[Scripted, elastic.Client]] = []

    def start(script: Callable[[Request], Answer]) -> tuple[Scripted, elastic.Client, list[float]]:
        pauses: list[float] = []
        server = Scripted(script)
        client = elastic.connect(server.url, sleep=pauses.append)
        running.append((server, client))
        return server, client, pauses

    yield start
    for server, client in running:
        client.close()
        server.close()


def write(id: str, weight: int = 0) -> elastic.Write:
    document = json.dumps({"text": "x" * weight}).encode()
    return elastic.Write(id, json.dumps({"index": {"_id": id}}).encode() + b"\n" + document + b"\n")


def item(status: int) -> dict[str, Any]:
    error = {} if status < 300 else {"error": {"type": f"type {status}", "reason": f"reason {status}"}}
    return {"index": {"status": status, "_seq_no": 7, "_primary_term": 1, **error}}


def answering(statuses: Callable[[str], int]) -> Callable[[Request], Answer]:
    """A server that answers bulk requests per id."""
    return lambda request: (200, {"items": [item(statuses(id)) for id in request.ids]})


def classes(base: type[Exception]) -> Iterator[type[Exception]]:
    yield base
    for child in base.__subclasses__():
        yield from classes(child)


LIBRARY = sorted(
    {*classes(elastic_transport.TransportError), *classes(elastic_transport.ApiError)}, key=lambda c: c.__qualname__
)


def test_the_library_has_no_other_roots_of_exceptions() -> None:
    for module in (elasticsearch, elastic_transport, elasticsearch.exceptions):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Exception) and not issubclass(value, Warning):
                assert value in LIBRARY, value


@pytest.mark.parametrize("error", LIBRARY)
@pytest.mark.parametrize("body", [None, {}, {"error": "because"}, {"error": {"root_cause": []}}, b"<html>"])
def test_no_exception_of_the_library_leaves(error: type[Exception], body: Any) -> None:
    raised = error("message", META, body) if issubclass(error, elastic_transport.ApiError) else error("message")
    assert isinstance(elastic.translate(raised, "http://host:9200"), ExportwatchError)


STATUSES = {
    400: BadRecord,
    401: Misconfigured,
    403: Misconfigured,
    404: Misconfigured,
    405: Misconfigured,
    408: Retryable,
    413: BadRecord,
    429: Retryable,
    500: Retryable,
    502: Retryable,
    503: Retryable,
}


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_becomes_what_the_loop_should_do(status: int, serve: Serve) -> None:
    error = {"error": {"root_cause": [{"type": "some_exception", "reason": "because of 수출"}]}}
    _, client, _ = serve(lambda request: (status, error))
    with pytest.raises(STATUSES[status], match="because of 수출"):
        client.request("POST", "/x/_search", {"query": {}})


def test_no_connection_is_retryable_and_so_is_silence(serve: Serve) -> None:
    release = threading.Event()
    server, _, _ = serve(lambda request: (200, {}) if release.wait(30) else (500, {}))
    impatient = elastic.connect(server.url, seconds=0.2)
    with pytest.raises(Retryable, match="did not answer in time"):
        impatient.request("GET", "/_cluster/health")
    release.set()
    impatient.close()
    with pytest.raises(Retryable, match="is away"):
        elastic.connect("http://127.0.0.1:1").request("GET", "/")
    assert len(server.requests) == 1


def test_an_answer_that_is_no_json_is_a_bad_record(serve: Serve) -> None:
    _, client, _ = serve(lambda request: (200, b"{not json"))
    with pytest.raises(BadRecord, match="decode"):
        client.request("GET", "/_cluster/health")


def test_plain_http_behind_https_is_misconfigured(serve: Serve) -> None:
    server, _, _ = serve(lambda request: (200, {}))
    client = elastic.connect(server.url.replace("http:", "https:"))
    with pytest.raises(Misconfigured, match="TLS"):
        client.request("GET", "/")
    client.close()


@pytest.mark.parametrize("url", ["", "localhost:9200", "http://", "http://host", "ftp://host:1", "http://host:port"])
def test_a_wrong_address_is_misconfigured(url: str) -> None:
    with pytest.raises(Misconfigured, match="is not an Elasticsearch address"):
        elastic.connect(url)


def test_a_missing_ca_file_is_misconfigured(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"ca\.pem"):
        elastic.connect("https://localhost:9200", ca=str(tmp_path / "ca.pem"))
    (tmp_path / "ca.pem").write_text("not a certificate")
    with pytest.raises(Misconfigured, match="cannot use Elasticsearch"):
        elastic.connect("https://localhost:9200", ca=str(tmp_path / "ca.pem"))


def test_user_and_password_are_sent_and_never_shown(serve: Serve) -> None:
    server, _, _ = serve(lambda request: (401, {"error": "who?"}))
    client = elastic.connect(server.url.replace("//", "//kim:gehe%69m@"))
    with pytest.raises(Misconfigured) as caught:
        client.request("GET", "/_cluster/health")
    assert "geheim" not in str(caught.value)
    assert "kim" not in str(caught.value)
    assert server.headers[-1]["authorization"] == "Basic a2ltOmdlaGVpbQ=="
    client.close()


def test_bulk_requests_are_cut_at_eight_mebibytes_and_a_larger_write_goes_alone(serve: Serve) -> None:
    server, client, _ = serve(answering(lambda id: 201))
    sizes = {"a": 3, "b": 3, "c": 3, "huge": 10, "d": 1, "e": 1}
    outcomes = client.bulk("alias", [write(id, size * 1024 * 1024) for id, size in sizes.items()])
    assert [outcome.status for outcome in outcomes] == [201] * 6
    assert [request.ids for request in server.requests] == [["a", "b"], ["c"], ["huge"], ["d", "e"]]
    assert all(len(request.body) <= elastic.BULK_BYTES for request in server.requests if request.ids != ["huge"])
    assert all("/alias/_bulk?" in request.path for request in server.requests)
    assert all("require_alias=true" in request.path for request in server.requests)


def test_busy_writes_are_repeated_alone_then_given_up(serve: Serve) -> None:
    server, client, pauses = serve(answering(lambda id: {"full": 429, "ill": 503, "old": 409, "bad": 400}.get(id, 201)))
    outcomes = client.bulk("alias", [write(id) for id in ("a", "full", "old", "ill", "bad", "b")])
    assert [outcome.status for outcome in outcomes] == [201, 429, 409, 503, 400, 201]
    assert [request.ids for request in server.requests[1:]] == [["full", "ill"]] * len(elastic.BULK_PAUSES)
    assert len(pauses) == len(elastic.BULK_PAUSES)
    assert all(0.5 * p <= pause <= 1.5 * p for p, pause in zip(elastic.BULK_PAUSES, pauses, strict=True))
    assert [outcome.reason for outcome in outcomes if outcome.busy] == [
        "429 type 429: reason 429",
        "503 type 503: reason 503",
    ]


def test_a_repetition_does_not_overtake_a_later_write_of_its_id(serve: Serve) -> None:
    failures = iter([429, 429])
    server, client, _ = serve(answering(lambda id: next(failures, 201) if id == "a" else 201))
    client.bulk("alias", [write("a", 1), write("b"), write("a", 2)])
    assert [request.ids for request in server.requests] == [["a", "b"], ["a"], ["a"], ["a"]]
    assert [len(request.body) for request in server.requests[1:]] == [len(write("a", n).lines) for n in (1, 1, 2)]


def test_a_whole_request_refused_for_now_is_busy(serve: Serve) -> None:
    server, client, pauses = serve(lambda request: (429, {"error": {"type": "circuit_breaking_exception"}}))
    assert [outcome.busy for outcome in client.bulk("alias", [write("a"), write("b")])] == [True, True]
    assert len(server.requests) == 1 + len(pauses)


def test_a_request_too_large_for_the_server_is_halved_down_to_the_one_it_never_takes(serve: Serve) -> None:
    def script(request: Request) -> Answer:
        if "huge" in request.ids or len(request.ids) > 2:
            return 413, b""
        return answering(lambda id: 201)(request)

    _, client, pauses = serve(script)
    outcomes = client.bulk("alias", [write(id) for id in ("a", "b", "huge", "c", "d")])
    assert [outcome.status for outcome in outcomes] == [201, 201, 413, 201, 201]
    assert pauses == []


def test_writes_not_allowed_are_misconfigured(serve: Serve) -> None:
    _, client, _ = serve(answering(lambda id: 403))
    with pytest.raises(Misconfigured, match="refuses to write to alias"):
        client.bulk("alias", [write("a")])


def by_kind(status: int) -> Callable[[Request], Answer]:
    """A server whose indexes are in place and that answers every write with this status."""

    def script(request: Request) -> Answer:
        if "/_alias/" in request.path:
            return 200, {"x-documents-v1-1": {}}
        return answering(lambda id: status)(request)

    return script


@pytest.mark.parametrize(
    ("status", "result"),
    [(201, "indexed"), (200, "indexed"), (409, "stale"), (429, "busy"), (503, "busy"), (400, "rejected")],
)
def test_results_of_an_index(status: int, result: str, serve: Serve) -> None:
    _, client, _ = serve(by_kind(status))
    (put,) = ElasticsearchIndex(client, "x").put([entry("a")])
    assert put.status == result
    assert bool(put.reason) == (result in ("busy", "rejected"))


@pytest.mark.parametrize(("status", "error"), [(429, Retryable), (503, Retryable), (400, BadRecord)])
def test_a_store_that_cannot_write_raises(status: int, error: type[Exception], serve: Serve) -> None:
    _, client, _ = serve(by_kind(status))
    with pytest.raises(error):
        ElasticsearchStore(client, "x").put_many([Put("a", b"")])


@pytest.mark.servers
def test_indexes_are_made_once_behind_their_aliases(elasticsearch_server: Server, namespace: str) -> None:
    client = elastic.connect(elasticsearch_server.address)
    index = ElasticsearchIndex(client, namespace)
    threads = [threading.Thread(target=ElasticsearchIndex(client, namespace).ensure) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    index.put([entry("a")])
    found = client.request("GET", f"/{namespace}-*/_alias")
    assert list(found) == [f"{namespace}-documents-v1-1"]
    assert sorted(found[f"{namespace}-documents-v1-1"]["aliases"]) == [
        f"{namespace}-documents",
        f"{namespace}-documents-write",
    ]
    client.request("DELETE", f"/{namespace}-documents-v1-1")
    with pytest.raises(Retryable, match="is gone"):
        index.put([entry("a")])
    assert index.put([entry("a")])[0].status == "indexed"
    client.request("DELETE", f"/{namespace}-documents-v1-1")
    client.close()


@pytest.mark.servers
def test_an_index_of_another_mapping_version_is_misconfigured(elasticsearch_server: Server, namespace: str) -> None:
    client = elastic.connect(elasticsearch_server.address)
    name = f"{namespace}-documents-v99-1"
    client.request("PUT", f"/{name}", {"aliases": {f"{namespace}-documents": {}, f"{namespace}-documents-write": {}}})
    with pytest.raises(Misconfigured, match=f"{name}.*mapping version 1.*replay"):
        ElasticsearchIndex(client, namespace).put([entry("a")])
    client.request("DELETE", f"/{name}")
    client.close()


@pytest.mark.servers
def test_a_name_taken_by_something_else_is_misconfigured(elasticsearch_server: Server, namespace: str) -> None:
    client = elastic.connect(elasticsearch_server.address)
    client.request("PUT", f"/{namespace}-documents-v1-1", {})
    with pytest.raises(Misconfigured, match="cannot make the index"):
        ElasticsearchIndex(client, namespace).put([entry("a")])
    client.request("DELETE", f"/{namespace}-documents-v1-1")
    client.close()
