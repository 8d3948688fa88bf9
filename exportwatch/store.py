"""Small durable state by key (what was seen, subscriptions, the ledger): one door.

A backend is chosen by URL (wiring.py) and passes `tests/contracts/test_store.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from exportwatch.errors import BadRecord

ANY: Final = "any"
"""Expected version of a put that overwrites whatever is there."""
NEW: Final = ""
"""Expected version of a put that creates only."""

KEY_BYTES = 400


class Stored(NamedTuple):
    """A value and its version, an opaque token that changes with every put."""

    value: bytes
    version: str


@dataclass(frozen=True, slots=True)
class Put:
    """One write: `expected` is NEW, ANY, or the version that was read."""

    key: str
    value: bytes
    expected: str = ANY


class Wrote(NamedTuple):
    """What became of one write: its new version, or a conflict (somebody else was faster) and no version."""

    key: str
    version: str
    conflict: bool


class Store(Protocol):
    """Keys are at most KEY_BYTES of UTF-8; every acknowledged put is durable and seen by every later read."""

    def get_many(self, keys: Sequence[str]) -> dict[str, Stored]:
        """Present keys only. Raises Retryable when the store is away, like every method here."""
        ...

    def put_many(self, puts: Sequence[Put]) -> list[Wrote]:
        """One result a put, in order; each put stands alone, a conflict leaves the others in force.

        The same key twice behaves as two puts in order. After Retryable some of them may be in force.
        """
        ...

    def delete(self, keys: Sequence[str]) -> None:
        """Absent keys are no error."""
        ...

    def scan(self, prefix: str) -> Iterator[tuple[str, Stored]]:
        """Keys that start with `prefix`, in code-point order; sees every acknowledged put."""
        ...

    def close(self) -> None: ...


def check_keys(keys: Iterable[str]) -> None:
    """Raises BadRecord for a key that not every backend can hold. The same on every backend."""
    for key in keys:
        try:
            size = len(key.encode())
        except UnicodeError as error:
            raise BadRecord(f"the key {key!r} is not Unicode text") from error
        if not 1 <= size <= KEY_BYTES:
            raise BadRecord(f"the key {key[:100]!r} has {size:,} bytes, not 1 to {KEY_BYTES}")
