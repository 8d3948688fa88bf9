"""The one Elasticsearch client: connection, errors, bulk requests, indexes behind aliases.

Only the plain HTTP API is used (no scripts, no reindex, no client.info()), so a node from bare jars will do. The
library's own retries are off: what can succeed later is Retryable, and the engine waits.
"""

from __future__ import annotations

import contextlib
import random
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote, urlsplit

import elastic_transport
import elasticsearch
import msgspec

from exportwatch.errors import BadRecord, ExportwatchError, Misconfigured, Retryable
from exportwatch.settings import shown

REQUEST_SECONDS: Final = 30.0
PATIENCE_SECONDS: Final = 9.0
"""Of a request that a person waits for: commands for people give up after ten seconds."""
BULK_BYTES: Final = 8 * 1024 * 1024
"""Most that one bulk request holds; a larger single write goes alone."""
BULK_PAUSES: Final = (0.1, 0.3, 0.9)
"""Seconds before each repetition of writes answered 429 or 5xx; half to one and a half of them are waited."""
PIT_KEEP: Final = "5m"

_CONFLICT: Final = 409
_CREDENTIALS: Final = (401, 403)


class Write(NamedTuple):
    """One line pair of a bulk request. Writes of one id happen in their order."""

    id: str
    lines: bytes
    """The action and, where there is one, the document: JSON, each ended by a line feed."""


class Outcome(msgspec.Struct, frozen=True):
    """What Elasticsearch says of one write."""

    status: int
    seq_no: int = msgspec.field(name="_seq_no", default=-1)
    term: int = msgspec.field(name="_primary_term", default=-1)
    error: dict[str, Any] | None = None

    @property
    def conflict(self) -> bool:
        return self.status == _CONFLICT

    @property
    def busy(self) -> bool:
        """Refused for now."""
        return self.status == 429 or self.status >= 500

    @property
    def missing_index(self) -> bool:
        return bool(self.error) and str((self.error or {}).get("type", "")) == "index_not_found_exception"

    @property
    def reason(self) -> str:
        """In one line; the innermost cause last."""
        error: Any = self.error or {}
        parts = [f"{self.status} {error.get('type', '')}: {error.get('reason', '')}"]
        while isinstance(error := error.get("caused_by"), dict):
            parts.append(str(error.get("reason", "")))
        return "; ".join(parts)[:1000]


class _Item(msgspec.Struct):
    index: Outcome | None = None
    create: Outcome | None = None
    delete: Outcome | None = None


class _Answer(msgspec.Struct):
    items: list[_Item] = []


class _Json(elastic_transport.JsonSerializer):
    """Faster than the library's own on bulk answers and hits."""

    def json_dumps(self, data: Any) -> bytes:
        return msgspec.json.encode(data)

    def json_loads(self, data: bytes) -> Any:
        try:
            return msgspec.json.decode(data)
        except msgspec.MsgspecError as error:
            raise ValueError(str(error)) from error


class Client:
    """Speaks to one cluster; connects when first used. Every error is one of exportwatch.errors."""

    def __init__(
        self, library: elasticsearch.Elasticsearch, url: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._library = library
        self._sleep = sleep
        self.url = url
        """For messages: without user and password."""

    def request(
        self, method: str, path: str, body: Any = None, *, missing_ok: bool = False, **parameters: str | int
    ) -> Any:
        """The decoded answer; None for a 404 where that is fine. `path` is quoted already."""
        try:
            return self._perform(method, path, body, "application/json", parameters)
        except elasticsearch.NotFoundError as error:
            if missing_ok:
                return None
            raise translate(error, self.url) from error
        except (elastic_transport.TransportError, elastic_transport.ApiError) as error:
            raise translate(error, self.url) from error

    def _perform(
        self, method: str, path: str, body: Any, content_type: str, parameters: Mapping[str, str | int]
    ) -> Any:
        headers = {"accept": "application/json"}
        if body is not None:
            headers["content-type"] = content_type
        return self._library.perform_request(method, path, params=parameters, headers=headers, body=body).body

    def bulk(self, alias: str, writes: Sequence[Write]) -> list[Outcome]:
        """One outcome a write, in order. Writes answered 429 or 5xx are repeated a few times, then left `busy`.

        `alias` must be one: Elasticsearch makes no index of its own. Raises Retryable when the cluster is away;
        then some of the writes may have happened.
        """
        outcomes: dict[int, Outcome] = {}
        for turn in _turns(writes):
            self._repeat(alias, writes, turn, outcomes)
        for outcome in outcomes.values():
            if outcome.status in _CREDENTIALS:
                raise Misconfigured(f"Elasticsearch at {self.url} refuses to write to {alias}: {outcome.reason}")
        return [outcomes[position] for position in range(len(writes))]

    def _repeat(self, alias: str, writes: Sequence[Write], positions: list[int], outcomes: dict[int, Outcome]) -> None:
        """Fill in the outcomes of these positions, which hold no id twice."""
        for pause in (0.0, *BULK_PAUSES):
            if pause:
                self._sleep(pause * random.uniform(0.5, 1.5))
            for chunk in _chunks(writes, positions):
                answered = self._send(alias, [writes[position] for position in chunk])
                outcomes.update(zip(chunk, answered, strict=True))
            positions = [position for position in positions if outcomes[position].busy]
            if not positions:
                return

    def _send(self, alias: str, writes: Sequence[Write]) -> list[Outcome]:
        body = b"".join(write.lines for write in writes)
        path = f"/{quote(alias)}/_bulk"
        parameters = {"require_alias": "true", "filter_path": _OUTCOME_PATHS}
        try:
            answer = self._perform("POST", path, body, "application/x-ndjson", parameters)
        except elastic_transport.ApiError as error:
            return self._refused(alias, writes, error)
        except elastic_transport.TransportError as error:
            raise translate(error, self.url) from error
        items = msgspec.convert(answer, _Answer).items
        return [item.index or item.create or item.delete or Outcome(500) for item in items]

    def _refused(self, alias: str, writes: Sequence[Write], error: elastic_transport.ApiError) -> list[Outcome]:
        """The whole request was: too large for this server (413, in halves then) or too much just now (429)."""
        status = error.meta.status
        if status == 413 and len(writes) > 1:
            half = len(writes) // 2
            return self._send(alias, writes[:half]) + self._send(alias, writes[half:])
        if status not in (413, 429):
            raise translate(error, self.url) from error
        return [Outcome(status, error={"type": "the whole request", "reason": _reason(error)})] * len(writes)

    def ensure(self, index: str, aliases: Mapping[str, Any], definition: Mapping[str, Any]) -> None:
        """Make `index` behind its aliases unless an index of the same mapping version stands behind all of them.

        The name ends in `-v<mapping version>-<n>`. Raises Misconfigured where another version is in place.
        """
        if self._in_place(index, aliases):
            return
        body = {**definition, "aliases": dict(aliases)}
        try:
            self._perform("PUT", f"/{quote(index)}", body, "application/json", {})
        except elasticsearch.BadRequestError as error:
            # Another process was faster, or the name or an alias is taken by something else.
            if not self._in_place(index, aliases):
                raise Misconfigured(f"cannot make the index {index} on {self.url}: {_reason(error)}") from error
        except (elastic_transport.TransportError, elastic_transport.ApiError) as error:
            raise translate(error, self.url) from error

    def _in_place(self, index: str, aliases: Mapping[str, Any]) -> bool:
        wanted = _mapping_version(index)
        for alias in aliases:
            found = self.request("GET", f"/_alias/{quote(alias)}", missing_ok=True)
            if not found:
                return False
            others = [name for name in found if _mapping_version(name) != wanted]
            if others:
                raise Misconfigured(
                    f"{alias} on {self.url} is the index {others[0]}, but this exportwatch needs mapping version "
                    f"{wanted}: delete that index, or set another namespace, and run `exportwatch replay --wait`"
                )
        return True

    def pages(self, alias: str, search: Mapping[str, Any], size: int) -> Iterator[list[dict[str, Any]]]:
        """All hits of a sorted search, a page at a time, as of now: refresh, point in time, search_after.

        Raises Misconfigured when the index does not exist.
        """
        self.request("POST", f"/{quote(alias)}/_refresh")
        point = self.request("POST", f"/{quote(alias)}/_pit", keep_alive=PIT_KEEP)["id"]
        try:
            body = {**search, "size": size, "track_total_hits": False}
            while True:
                body["pit"] = {"id": point, "keep_alive": PIT_KEEP}
                answer = self.request("POST", "/_search", body, allow_partial_search_results="false")
                point = answer["pit_id"]
                hits = answer["hits"]["hits"]
                if hits:
                    yield hits
                if len(hits) < size:
                    return
                body["search_after"] = hits[-1]["sort"]
        finally:
            with contextlib.suppress(ExportwatchError):  # it ends by itself, and must not hide what went wrong
                self.request("DELETE", "/_pit", {"id": point}, missing_ok=True)

    def mget(self, alias: str, ids: Sequence[str]) -> list[dict[str, Any]]:
        """The documents that are there, as of the last acknowledged write."""
        answer = self.request("POST", f"/{quote(alias)}/_mget", {"ids": list(ids)})
        for document in answer["docs"]:
            if "error" in document:
                reason = document["error"].get("reason", "")
                if document["error"].get("type") == "index_not_found_exception":
                    raise Misconfigured(f"{reason} on {self.url}: {_MAKE_INDEX}")
                raise Retryable(f"Elasticsearch at {self.url} cannot read from {alias} now: {reason}")
        return [document for document in answer["docs"] if document["found"]]

    def close(self) -> None:
        self._library.close()


_OUTCOME_PATHS: Final = "items.*.status,items.*.error,items.*._seq_no,items.*._primary_term"
_MAKE_INDEX: Final = "check the namespace, or start `exportwatch index` to make it"


def connect(
    url: str,
    *,
    username: str = "",
    password: str = "",
    ca: str = "",
    seconds: float = REQUEST_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> Client:
    """A client of the cluster at `url`; nothing is sent yet. A request may take `seconds`.

    Raises Misconfigured for a wrong URL or CA file.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port:
        raise Misconfigured(f"{shown(url)} is not an Elasticsearch address such as http://localhost:9200")
    user = (username or unquote(parts.username or ""), password or unquote(parts.password or ""))
    options: dict[str, Any] = {"ca_certs": ca} if ca else {}
    if ca and not Path(ca).is_file():
        raise Misconfigured(f"the CA file {ca} for Elasticsearch does not exist")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    try:
        if ca:
            ssl.create_default_context(cafile=ca)  # the library would read it at the first request, and blame that
        library = elasticsearch.Elasticsearch(
            f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}",
            basic_auth=user if user[0] else None,
            request_timeout=seconds,
            max_retries=0,
            retry_on_timeout=False,
            serializers={"application/json": _Json()},
            **options,
        )
    except (ValueError, OSError) as error:
        raise Misconfigured(f"cannot use Elasticsearch at {shown(url)}: {error}") from error
    return Client(library, shown(url), sleep)


def translate(error: Exception, url: str) -> ExportwatchError:
    """Any exception of the libraries elasticsearch and elastic_transport as one of ours, to be raised from it."""
    place = f"Elasticsearch at {url}"
    if isinstance(error, elasticsearch.UnsupportedProductError):
        return Misconfigured(f"what answers at {url} is no Elasticsearch: {error.message}")
    if isinstance(error, elastic_transport.ApiError):
        return _translate_status(error, place)
    if isinstance(error, elastic_transport.TlsError):
        return Misconfigured(f"{place}: no TLS connection ({error}); check https://, and elasticsearch_ca")
    if isinstance(error, elastic_transport.SerializationError):
        return BadRecord(f"{place}: cannot encode or decode: {str(error)[:500]}")
    if isinstance(error, elastic_transport.ConnectionTimeout):
        return Retryable(f"{place} did not answer in time")
    return Retryable(f"{place} is away: {str(getattr(error, 'message', error))[:500]}")


def _translate_status(error: elastic_transport.ApiError, place: str) -> ExportwatchError:
    status, reason = error.meta.status, _reason(error)
    # A point in time is lost when its node goes.
    if status in (408, 429) or status >= 500 or "search_context_missing" in reason:
        return Retryable(f"{place} is overloaded or not ready: {reason}")
    if status in _CREDENTIALS:
        return Misconfigured(f"{place} refuses this user ({reason}): check elasticsearch_username and its password")
    if "index_not_found" in reason:
        return Misconfigured(f"{place}: {reason}: {_MAKE_INDEX}")
    if status in (404, 405):
        return Misconfigured(f"{place} does not have what was asked for: {reason}")
    return BadRecord(f"{place} refuses the request: {reason}")


def _reason(error: elastic_transport.ApiError) -> str:
    body: Any = error.body
    detail = body.get("error") if isinstance(body, dict) else None
    if isinstance(detail, dict):
        causes = detail.get("root_cause") or [detail]
        return f"{error.meta.status} {causes[0].get('type', '')}: {causes[0].get('reason', '')}"[:1000]
    return f"{error.meta.status} {error.message}"[:1000]


def _mapping_version(index: str) -> str:
    found = re.search(r"-v(\d+)-\d+$", index)
    return found[1] if found else ""


def _turns(writes: Sequence[Write]) -> Iterator[list[int]]:
    """Positions in turns that hold no id twice, so that a repetition never overtakes a later write of its id."""
    turns: list[list[int]] = []
    seen: dict[str, int] = {}
    for position, write in enumerate(writes):
        turn = seen.get(write.id, -1) + 1
        seen[write.id] = turn
        if turn == len(turns):
            turns.append([])
        turns[turn].append(position)
    yield from turns


def _chunks(writes: Sequence[Write], positions: Sequence[int]) -> Iterator[list[int]]:
    """Positions in chunks of at most BULK_BYTES; a larger write alone."""
    chunk: list[int] = []
    size = 0
    for position in positions:
        weight = len(writes[position].lines)
        if chunk and size + weight > BULK_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(position)
        size += weight
    if chunk:
        yield chunk
