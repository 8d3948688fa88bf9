"""Role `deliver`: alerts -> the outbox. Here an alert is made unique: its ledger entry is created once or known.

Ledger and due keys in one write, then (by the engine) the commit. A crash in between repeats the batch, and what is
known but still pending gets its due keys again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from exportwatch import codec
from exportwatch.alerts import outbox
from exportwatch.alerts.journal import Journal
from exportwatch.bus import Record
from exportwatch.clock import Clock
from exportwatch.engine import Filtered, Outcome, Rejected, Sent, Waiting
from exportwatch.errors import BadRecord
from exportwatch.faults import Faults
from exportwatch.store import Store
from exportwatch.subscriptions import Watch


class Deliver:
    """The stage. One write to the Store a batch: each lasts as long as a disk takes to be sure."""

    name = "deliver"

    def __init__(self, store: Store, watch: Watch, clock: Clock, faults: Faults | None = None) -> None:
        self._store = store
        self._journal = Journal(store)
        self._watch = watch
        self._clock = clock
        self._faults = faults or Faults()

    def run(self, records: Sequence[Record], waiting: Waiting) -> list[Outcome]:
        channels = {subscription.id: subscription.channels for subscription in self._watch.current()}
        entries: dict[str, outbox.Entry] = {}
        found: list[Outcome | str] = []
        for record in records:
            waiting()
            found.append(self._read(record, channels, entries))
        if not entries:
            return [_settled(outcome, {}) for outcome in found]
        # Asked first, because what is known is to get no due key that its entry does not confirm.
        known = outbox.load(self._store, list(entries))
        new = outbox.create(self._journal, {key: entry for key, entry in entries.items() if key not in known})
        self._faults.point("ledger-made")
        known |= outbox.load(self._store, [key for key, created in new.items() if not created])
        outbox.make_due(self._journal, {key: entry for key, (entry, _) in known.items()})
        self._faults.point("due-made")
        return [_settled(outcome, new) for outcome in found]

    def _read(
        self, record: Record, channels: Mapping[str, tuple[str, ...]], entries: dict[str, outbox.Entry]
    ) -> Outcome | str:
        """The ledger key of the alert, whose entry is added; or what becomes of the record instead."""
        if record.value is None:
            return Filtered("purge")
        try:
            alert = codec.ALERT.decode(record.value)
        except BadRecord as error:
            return Rejected(str(error))
        if alert.subscription not in channels:
            return Filtered("the subscription was removed")
        key = outbox.ledger_key(alert)
        if key in entries:
            return _KNOWN
        entries[key] = outbox.new_entry(alert, channels[alert.subscription], self._clock.now())
        return key


_KNOWN: Final = Filtered("known")


def _settled(found: Outcome | str, new: Mapping[str, bool]) -> Outcome:
    if isinstance(found, str):
        return Sent() if new.get(found) else _KNOWN
    return found
