"""How a source does: one event a change, on topic `sources` under the source's id.

OK         what it serves was read, all of it
EMPTY      it answered that there is nothing, though there used to be something
STALE      it answers, but nothing new for longer than its cadence
SHRUNK     it shows fewer releases than it must
SCHEMA     what it answers is not what it used to be: its selectors find nothing, a page stands in place of a feed
BLOCKED    it refuses us: 401, 403, 429, 451, robots.txt, a page that asks for a human
ENCODING   its text cannot be right, or comes in a coding that was not asked for; nothing of it is published
MOVED      it answers under another address for good; what is there is read
DOWN       nobody answers, or with an error
RECOVERED  only in events: it is OK again
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

HealthState = Literal[
    "OK", "EMPTY", "STALE", "SHRUNK", "SCHEMA", "BLOCKED", "ENCODING", "MOVED", "DOWN", "RECOVERED", ""
]
WELL: Final = frozenset({"OK", "MOVED", ""})
"""States in which a source brings what it should; empty: never polled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthEvent:
    """A source changed its state. Instants in milliseconds."""

    source: str
    state: HealthState
    was: HealthState
    at: int
    reason: str
    """For a person: what was found and what was expected."""
    url: str = ""
    """Asked for; for MOVED, where it is now."""
    evidence: str = ""
    """SHA-256 in Blobs of the bytes that were no use."""
    size: int = 0
    fallback: str = ""
    """The source that stands in for it from now on; empty for none, and when it takes over again."""
