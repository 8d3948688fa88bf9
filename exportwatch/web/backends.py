"""What the pages read, handed in by wiring.py: they open nothing themselves and write nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from exportwatch.blobs import Blobs
from exportwatch.bus import Record
from exportwatch.clock import Clock
from exportwatch.health import HealthEvent, HealthState
from exportwatch.index import Index
from exportwatch.store import Store
from exportwatch.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSeen:
    """A source and what its collector remembers of it. Instants in milliseconds, 0 for never; spans in seconds."""

    id: str
    publisher: str
    jurisdiction: str
    kind: str
    language: str
    url: str
    parser: str
    interval: int
    enabled: bool
    note: str
    last_success: int = 0
    next_due: int = 0
    failures: int = 0
    """In a row."""
    reason: str = ""
    """Of `health`, or of the last failure."""
    health: HealthState = ""
    since: int = 0
    moved: str = ""
    """Where it is now, when it said that it has moved for good."""
    newest: int = 0
    """The latest instant of publication that it ever showed."""
    last_new: int = 0
    """When a release appeared that was not known."""
    fallback: str = ""
    """The source that stands in for it while it is not well."""
    principal: str = ""
    """The source that it stands in for; it is polled only while that one is not well."""
    needed: bool = False
    """Whether it stands in now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backends:
    """Everything is opened when first called for, and may be called from several threads."""

    taxonomy: Taxonomy
    clock: Clock
    index: Callable[[], Index]
    store: Callable[[], Store]
    blobs: Callable[[], Blobs]
    release: Callable[[int, int], Record | None]
    """The record at a partition and offset of the topic releases, if it is still there."""
    sources: Callable[[], Sequence[SourceSeen]]
    events: Callable[[], Mapping[str, Sequence[HealthEvent]]]
    """The last changes of each source, the latest first."""
