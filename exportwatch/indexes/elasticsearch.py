"""The search index on Elasticsearch: a versioned index behind a read and a write alias.

    <namespace>-documents-v<MAPPING_VERSION>-<n>     behind <namespace>-documents and <namespace>-documents-write

The mapping follows from the table of fields. Tokens come between spaces (text.joined), so the `whitespace` analyzer
only splits them. Of the source only the record itself is kept. Tombstones of deletes are kept for a day, within
which a late lower version stays stale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec

from exportwatch import elastic
from exportwatch.errors import BadRecord, Misconfigured, Retryable
from exportwatch.index import Entry, Hit, Hits, PutResult
from exportwatch.indexes.check import check_page, problem, problem_of_id
from exportwatch.query import to_elasticsearch
from exportwatch.query.tree import Node

MAPPING_VERSION: Final = 1
SETTINGS: Final = {"number_of_shards": 1, "auto_expand_replicas": "0-1", "gc_deletes": "1d"}
PAGE: Final = 100
"""Documents a request of get and scan: bodies reach some megabytes."""

_KEPT: Final = {"type": "keyword", "index": False, "doc_values": False}
_SORTED: Final = {"type": "keyword", "index": False}
_encode: Final = msgspec.json.Encoder().encode


def mapping() -> dict[str, Any]:
    """The mapping of the table of fields, with `id` to sort by and `body` to give back."""
    properties = {"id": _SORTED, "body": _KEPT, **to_elasticsearch.properties()}
    return {"dynamic": "strict", "_source": {"includes": ["body"]}, "properties": properties}


class ElasticsearchIndex:
    """Connects when first used; puts and deletes make the index if it is not there."""

    def __init__(self, client: elastic.Client, namespace: str) -> None:
        self._client = client
        self._read = f"{namespace}-documents"
        self._write = f"{namespace}-documents-write"
        self._ensured = False

    def ensure(self) -> None:
        """Make the index unless it is there. Raises Misconfigured when one of another mapping version is."""
        if not self._ensured:
            aliases: dict[str, Any] = {self._read: {}, self._write: {"is_write_index": True}}
            definition = {"settings": SETTINGS, "mappings": mapping()}
            self._client.ensure(f"{self._read}-v{MAPPING_VERSION}-1", aliases, definition)
            self._ensured = True

    def put(self, entries: Sequence[Entry]) -> list[PutResult]:
        problems = [problem(entry) for entry in entries]
        writes = [_index(entry) for entry, reason in zip(entries, problems, strict=True) if not reason]
        return self._send([entry.id for entry in entries], problems, writes, "indexed")

    def delete(self, versions: Sequence[tuple[str, int]]) -> list[PutResult]:
        problems = [problem_of_id(id, version) for id, version in versions]
        writes = [_delete(*pair) for pair, reason in zip(versions, problems, strict=True) if not reason]
        return self._send([id for id, _ in versions], problems, writes, "deleted")

    def _send(
        self,
        ids: Sequence[str],
        problems: Sequence[str],
        writes: Sequence[elastic.Write],
        done: Literal["indexed", "deleted"],
    ) -> list[PutResult]:
        outcomes: Iterator[elastic.Outcome] = iter(())
        if writes:
            self.ensure()
            answered = self._client.bulk(self._write, writes)
            if any(outcome.missing_index for outcome in answered):
                self._ensured = False
                raise Retryable(f"the index behind {self._write} on {self._client.url} is gone; making it again")
            outcomes = iter(answered)
        return [
            PutResult(id, "rejected", reason) if reason else _result(id, next(outcomes), done)
            for id, reason in zip(ids, problems, strict=True)
        ]

    def refresh(self) -> None:
        self.ensure()
        self._client.request("POST", f"/{quote(self._write)}/_refresh")

    def search(self, query: Node, *, limit: int, offset: int = 0) -> Hits:
        check_page(limit, offset)
        body = {
            "query": to_elasticsearch.translate(query),
            "from": offset,
            "size": limit,
            "sort": [{"_score": "desc"}, {"id": "asc"}],
            "track_total_hits": True,
        }
        path = f"/{quote(self._read)}/_search"
        try:
            answer = self._client.request("POST", path, body, allow_partial_search_results="false")
        except BadRecord as error:
            raise Misconfigured(f"this query cannot be asked: {error}") from error
        hits = tuple(Hit(hit["_id"], hit["_score"], _body(hit)) for hit in answer["hits"]["hits"])
        return Hits(total=answer["hits"]["total"]["value"], hits=hits)

    def get(self, ids: Sequence[str]) -> dict[str, bytes]:
        askable = [id for id in dict.fromkeys(ids) if not problem_of_id(id, 0)]
        found: dict[str, bytes] = {}
        for start in range(0, len(askable), PAGE):
            for document in self._client.mget(self._write, askable[start : start + PAGE]):
                found[document["_id"]] = _body(document)
        return found

    def scan(self) -> Iterator[tuple[str, int, bytes]]:
        search = {"query": {"match_all": {}}, "sort": [{"id": "asc"}], "version": True}
        for page in self._client.pages(self._write, search, PAGE):
            for hit in page:
                yield hit["_id"], hit["_version"], _body(hit)

    def close(self) -> None:
        self._client.close()


def _index(entry: Entry) -> elastic.Write:
    document = {**to_elasticsearch.source(entry), "id": entry.id, "body": entry.body.decode()}
    return elastic.Write(entry.id, _action("index", entry.id, entry.version) + _encode(document) + b"\n")


def _delete(id: str, version: int) -> elastic.Write:
    return elastic.Write(id, _action("delete", id, version))


def _action(name: str, id: str, version: int) -> bytes:
    return _encode({name: {"_id": id, "version": version, "version_type": "external_gte"}}) + b"\n"


def _body(hit: Mapping[str, Any]) -> bytes:
    body: str = hit["_source"]["body"]
    return body.encode()


def _result(id: str, outcome: elastic.Outcome, done: Literal["indexed", "deleted"]) -> PutResult:
    if outcome.status < 300 or (done == "deleted" and outcome.status == 404):
        return PutResult(id, done)
    if outcome.conflict:
        return PutResult(id, "stale")
    return PutResult(id, "busy" if outcome.busy else "rejected", outcome.reason)
