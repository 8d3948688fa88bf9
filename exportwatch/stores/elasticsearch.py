"""The store on Elasticsearch: one document a key, in `<namespace>-store-v<n>-1` behind the alias `<namespace>-store`.

The key is a field too, to select by prefix and to sort by (`_id` allows neither). A version is the sequence number and
primary term of the last write. Everything goes by bulk: single writes are fifty times slower.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from exportwatch import elastic
from exportwatch.errors import BadRecord, Retryable
from exportwatch.store import ANY, NEW, Put, Stored, Wrote, check_keys

MAPPING_VERSION: Final = 1
PAGE: Final = 500
_DEFINITION: Final = {
    "settings": {"number_of_shards": 1, "auto_expand_replicas": "0-1"},
    "mappings": {
        "dynamic": "strict",
        "properties": {"key": {"type": "keyword"}, "value": {"type": "binary"}},
    },
}
_encode: Final = msgspec.json.Encoder().encode


class ElasticsearchStore:
    """Connects when first used, and makes the index if it is not there."""

    def __init__(self, client: elastic.Client, namespace: str) -> None:
        self._client = client
        self._alias = f"{namespace}-store"
        self._ensured = False

    def ensure(self) -> None:
        """Make the index unless it is there."""
        if not self._ensured:
            self._client.ensure(f"{self._alias}-v{MAPPING_VERSION}-1", {self._alias: {}}, _DEFINITION)
            self._ensured = True

    def get_many(self, keys: Sequence[str]) -> dict[str, Stored]:
        check_keys(keys)
        self.ensure()
        found: dict[str, Stored] = {}
        distinct = list(dict.fromkeys(keys))
        for start in range(0, len(distinct), PAGE):
            for document in self._client.mget(self._alias, distinct[start : start + PAGE]):
                found[document["_id"]] = _stored(document)
        return found

    def put_many(self, puts: Sequence[Put]) -> list[Wrote]:
        check_keys(put.key for put in puts)
        outcomes = self._bulk([_put(put) for put in puts])
        return [_wrote(put.key, outcome) for put, outcome in zip(puts, outcomes, strict=True)]

    def delete(self, keys: Sequence[str]) -> None:
        check_keys(keys)
        self._bulk([elastic.Write(key, _encode({"delete": {"_id": key}}) + b"\n") for key in keys])

    def _bulk(self, writes: Sequence[elastic.Write]) -> list[elastic.Outcome]:
        """Raises Retryable where the cluster could not take one of the writes."""
        if not writes:
            return []
        self.ensure()
        outcomes = self._client.bulk(self._alias, writes)
        for outcome in outcomes:
            if outcome.missing_index:
                self._ensured = False
                raise Retryable(f"the index behind {self._alias} on {self._client.url} is gone; making it again")
            if outcome.busy:
                raise Retryable(f"Elasticsearch at {self._client.url} is overloaded: {outcome.reason}")
        return outcomes

    def scan(self, prefix: str) -> Iterator[tuple[str, Stored]]:
        self.ensure()
        query = {"prefix": {"key": {"value": prefix}}} if prefix else {"match_all": {}}
        search = {"query": query, "sort": [{"key": "asc"}], "seq_no_primary_term": True}
        for page in self._client.pages(self._alias, search, PAGE):
            for hit in page:
                yield hit["_id"], _stored(hit)

    def close(self) -> None:
        self._client.close()


def _put(put: Put) -> elastic.Write:
    action = "create" if put.expected == NEW else "index"
    condition: dict[str, Any] = {"_id": put.key}
    if put.expected not in (ANY, NEW):
        number, _, term = put.expected.partition(":")
        if not (number.isdecimal() and term.isdecimal()):
            raise BadRecord(f"{put.expected!r} is no version of this store")
        condition |= {"if_seq_no": int(number), "if_primary_term": int(term)}
    document = {"key": put.key, "value": base64.b64encode(put.value).decode()}
    return elastic.Write(put.key, _encode({action: condition}) + b"\n" + _encode(document) + b"\n")


def _wrote(key: str, outcome: elastic.Outcome) -> Wrote:
    if outcome.status < 300:
        return Wrote(key, _version(outcome.seq_no, outcome.term), False)
    if outcome.conflict:
        return Wrote(key, "", True)
    raise BadRecord(f"the value of {key} cannot be stored: {outcome.reason}")


def _stored(hit: Mapping[str, Any]) -> Stored:
    return Stored(base64.b64decode(hit["_source"]["value"]), _version(hit["_seq_no"], hit["_primary_term"]))


def _version(number: int, term: int) -> str:
    return f"{number}:{term}"
