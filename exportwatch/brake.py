"""The brake: a bad deploy must not drain the archive into dead letters.

It stops the worker, uncommitted, at 50 rejections in a row from at least three publishers, or when 5 % of the last
1,000 records were rejected once 1,000 were seen (and not all of one publisher: then its source has changed, not us).
A bug (an error nobody expected) is always ours, so 50 of those in a row stop the worker whoever published.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from typing import Final

from exportwatch.errors import Stopped

IN_A_ROW: Final = 50
PUBLISHERS: Final = 3
WINDOW: Final = 1000
SHARE: Final = 0.05

log = logging.getLogger("exportwatch")


def publisher_of(key: str) -> str:
    """The publisher in a record's key (`<publisher>:<native id>…`); imported ids need not have one."""
    publisher, colon, _ = key.partition(":")
    return publisher if colon else "import"


class Brake:
    """Sees every record once, in order."""

    def __init__(self) -> None:
        self._row: Counter[str] = Counter()
        self._bugs = 0
        self._window: deque[str] = deque(maxlen=WINDOW)
        self._last = ""
        self._suspected: set[str] = set()

    def saw(self, publisher: str, rejection: str, bug: bool = False) -> None:
        """`rejection` is the reason, or empty for a record that passed. Raises Stopped when it is enough."""
        self._bugs = self._bugs + 1 if bug else 0
        self._window.append(publisher if rejection else "")
        if not rejection:
            self._row.clear()
            return
        self._last = rejection
        self._row[publisher] += 1
        in_a_row = self._row.total()
        if self._bugs >= IN_A_ROW:
            self._stop(f"{self._bugs} records in a row ended in an error nobody expected")
        if in_a_row >= IN_A_ROW and len(self._row) >= PUBLISHERS:
            self._stop(f"{in_a_row} records in a row from {len(self._row)} publishers were rejected")
        rejected = [name for name in self._window if name]
        if len(self._window) == WINDOW and len(rejected) >= WINDOW * SHARE and len(set(rejected)) > 1:
            self._stop(f"{len(rejected)} of the last {WINDOW} records were rejected")
        if in_a_row >= IN_A_ROW and publisher not in self._suspected:
            self._suspected.add(publisher)
            log.warning(
                "source health SCHEMA: %d records in a row of %s were rejected: %s", in_a_row, publisher, rejection
            )

    def _stop(self, why: str) -> None:
        raise Stopped(f"brake: {why}, last: {self._last}. Nothing of this batch is committed; go on with --no-brake")
