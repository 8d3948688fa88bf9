"""The closed list of what is counted; docs/reference/metrics.md is made from it.

Every record ends in exactly one of sent, filtered, dead_lettered, and is counted once, after the flush that made
it so and before its commit.
"""

from __future__ import annotations

from collections import Counter
from typing import Final, Protocol

COUNTERS: Final[dict[str, str]] = {
    "records_received": "Records polled from the log.",
    "records_sent": "Records that ended in their sink: the next topic or the index.",
    "records_filtered": "Records that ended on purpose without a result: purges, and revisions already superseded.",
    "records_stale": "Of the filtered: the index already held a higher version.",
    "records_dead_lettered": "Records that ended in the dead-letter topic.",
    "records_dropped": "Records given back because their partition went to another worker.",
    "batches_committed": "Batches whose offsets were committed.",
    "retries": "Attempts repeated because something was away or busy.",
    "fetches": "HTTP requests made by collectors.",
    "fetches_not_modified": "Of the fetches: answered 304.",
    "fetch_failures": "Of the fetches: ended without a usable answer.",
    "releases_published": "Releases sent to the log, new and changed.",
    "messages_sent": "Messages that a channel took, recorded in the ledger.",
    "messages_retried": "Attempts to send a message that failed and will be repeated.",
    "messages_failed": "Messages given up: refused for good, or not taken for a day.",
}


class Metrics(Protocol):
    """Counts under the names in COUNTERS; anything else is a KeyError."""

    def count(self, name: str, by: int = 1) -> None: ...


class Recorded:
    """Counts in memory; a worker logs them when it stops, a test reads them."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()

    def count(self, name: str, by: int = 1) -> None:
        COUNTERS[name]  # an unknown name is a programming error
        self.totals[name] += by

    def line(self) -> str:
        """`records_received=10 records_sent=9 …`, in the order of COUNTERS, zeros left out."""
        return " ".join(f"{name}={self.totals[name]}" for name in COUNTERS if self.totals[name])
