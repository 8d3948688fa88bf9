"""The closed list of what is counted; docs/reference/metrics.md is made from it.

Every record ends in exactly one of sent, filtered, dead_lettered, and is counted once, after the flush that made
it so and before its commit.
"""

from __future__ import annotations

import threading
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
    "polls_ok": "Polls after which the source was OK.",
    "polls_moved": "Polls of sources that have moved for good, and are read there.",
    "polls_empty": "Polls that found nothing where there used to be something.",
    "polls_stale": "Polls of sources that answer, but bring nothing new for longer than expected.",
    "polls_shrunk": "Polls that found fewer releases than there must be.",
    "polls_schema": "Polls whose answer was not what it used to be.",
    "polls_blocked": "Polls that were refused.",
    "polls_encoding": "Polls whose text cannot be right.",
    "polls_down": "Polls that nobody answered, or with an error.",
    "pages_revisited": "Pages fetched again to see whether they were corrected.",
    "pauses": "Times that collecting stopped because the log, the store or the disk could take nothing.",
    "releases_published": "Releases sent to the log, new and changed.",
    "messages_sent": "Messages that a channel took, recorded in the ledger.",
    "messages_retried": "Attempts to send a message that failed and will be repeated.",
    "messages_failed": "Messages given up: refused for good, or not taken for a day.",
}


class Metrics(Protocol):
    """Counts under the names in COUNTERS; anything else is a KeyError."""

    def count(self, name: str, by: int = 1) -> None: ...


class Recorded:
    """Counts in memory, from any thread; a worker logs them when it stops, a test reads them."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, name: str, by: int = 1) -> None:
        COUNTERS[name]  # an unknown name is a programming error
        with self._lock:
            self.totals[name] += by

    def line(self) -> str:
        """`records_received=10 records_sent=9 …`, in the order of COUNTERS, zeros left out."""
        return " ".join(f"{name}={self.totals[name]}" for name in COUNTERS if self.totals[name])
