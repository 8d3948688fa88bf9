"""The search index: one door, and the prepared form of a document that every engine indexes.

Text is tokenised once, in Python (text.joined); engines index the tokens between spaces and never analyse. A
backend is chosen by URL (wiring.py) and passes `tests/contracts/test_index.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from exportwatch.query.tree import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A classified document prepared for any engine (query/fields.py makes it; the matcher evaluates it)."""

    id: str
    version: int
    """Observed in milliseconds x 1000 + rules generation; a lower one never replaces a higher one."""
    title: str
    """text.joined(title)"""
    text: str
    """text.joined(text)"""
    values: Mapping[str, tuple[str, ...]]
    """Normalised values by field name (query/fields.py has the table of fields)."""
    measures: tuple[Mapping[str, tuple[str, ...]], ...]
    """The same for each measure, so that one measure can be asked for all at once."""
    body: bytes
    """The encoded Classified record (UTF-8), as the documents topic carries it; get, search and scan return it."""


class PutResult(NamedTuple):
    """What became of one entry (or delete) of a batch."""

    id: str
    status: Literal["indexed", "deleted", "stale", "busy", "rejected"]
    """stale: a higher version is there already. busy: refused for now (429). rejected: can never be indexed."""
    reason: str = ""


class Hit(NamedTuple):
    """One search hit; higher scores come first, ties by id."""

    id: str
    score: float
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """A page of hits and the exact number of all matching documents."""

    total: int
    hits: tuple[Hit, ...]


class Index(Protocol):
    """Upserts by id and version. A put is durable when it returns, and searchable after refresh (or a second)."""

    def put(self, entries: Sequence[Entry]) -> list[PutResult]:
        """One result an entry, in order. Equal and higher versions replace, lower ones are stale.

        The same id twice in a batch behaves as two puts in order. Raises Retryable when the index is away.
        """
        ...

    def delete(self, versions: Sequence[tuple[str, int]]) -> list[PutResult]:
        """Delete ids at a version; a later put of a lower version stays stale. Absent ids are `deleted` too."""
        ...

    def refresh(self) -> None:
        """Make everything put before searchable."""
        ...

    def search(self, query: Node, *, limit: int, offset: int = 0) -> Hits:
        """Raises Retryable when the index is away, Misconfigured when it does not exist."""
        ...

    def get(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Bodies by id, as of the last acknowledged put; absent ids are left out."""
        ...

    def scan(self) -> Iterator[tuple[str, int, bytes]]:
        """Every document as (id, version, body), ordered by id; sees every acknowledged put."""
        ...

    def close(self) -> None: ...
