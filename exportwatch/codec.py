"""Bytes <-> model at every edge: JSON in an envelope `{"schema": 1, "body": {…}}`, readable by an operator.

Readers accept every schema up to theirs: `upgrades[n]` turns a body of schema n into one of n + 1 (one kept record
each in `tests/data/schemas/`). Within a schema fields are only added, always with a default. A higher schema than
ours is no bad record: it stops the worker, because a newer one wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from exportwatch.errors import BadRecord, Stopped
from exportwatch.health import HealthEvent
from exportwatch.model import Alert, Classified, DeadLetter, Release, Subscription

T = TypeVar("T")
Upgrade = Callable[[dict[str, Any]], dict[str, Any]]


class _Envelope(msgspec.Struct, Generic[T]):
    schema: int
    body: T


class _Peek(msgspec.Struct):
    schema: int


class Codec(Generic[T]):
    """Encodes and decodes one type of record; `schema` is the version written."""

    def __init__(self, type_: type[T], *, schema: int = 1, upgrades: Mapping[int, Upgrade] | None = None) -> None:
        self._name = type_.__name__
        self._type = type_
        self._schema = schema
        self._upgrades = dict(upgrades or {})
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(_Envelope[type_])  # type: ignore[valid-type]
        self._peek = msgspec.json.Decoder(_Peek)

    def encode(self, value: T) -> bytes:
        """Raises BadRecord for text that is not Unicode (a lone surrogate)."""
        try:
            return self._encoder.encode(_Envelope(self._schema, value))
        except UnicodeEncodeError as error:
            raise BadRecord(
                f"{self._name} holds a lone surrogate, which no encoding can carry: {error.reason}"
            ) from error

    def decode(self, data: bytes) -> T:
        """Raises BadRecord for anything that is not such a record, Stopped for a schema of the future."""
        try:
            envelope = self._decoder.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return self._decode_other(data, error)
        if envelope.schema == self._schema:
            return envelope.body
        return self._decode_other(data, None)

    def _decode_other(self, data: bytes, error: Exception | None) -> T:
        try:
            schema = self._peek.decode(data).schema
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as unreadable:
            raise BadRecord(f"not a {self._name} record: {unreadable}") from unreadable
        if schema > self._schema:
            raise Stopped(
                f"a {self._name} record has schema {schema}, this one reads up to {self._schema}: upgrade this worker"
            )
        if schema == self._schema or schema < 1:
            raise BadRecord(f"not a {self._name} record of schema {schema}: {error}") from error
        return self._upgrade(data, schema)

    def _upgrade(self, data: bytes, schema: int) -> T:
        try:
            body = msgspec.json.decode(data, type=_Envelope[dict[str, Any]]).body
            for step in range(schema, self._schema):
                body = self._upgrades[step](body)
            # Back through JSON, so that bytes fields are read the way they are written.
            return msgspec.json.decode(msgspec.json.encode(body), type=self._type)
        except (msgspec.MsgspecError, KeyError, TypeError, RecursionError) as error:
            raise BadRecord(f"cannot upgrade a {self._name} record of schema {schema}: {error!r}") from error


RELEASE: Codec[Release] = Codec(Release)
CLASSIFIED: Codec[Classified] = Codec(Classified)
ALERT: Codec[Alert] = Codec(Alert)
SUBSCRIPTION: Codec[Subscription] = Codec(Subscription)
DEAD_LETTER: Codec[DeadLetter] = Codec(DeadLetter)
HEALTH: Codec[HealthEvent] = Codec(HealthEvent)
