"""Role `clock`: what is due is sent and recorded, by one holder of the lease at a time.

A turn records results, looks for due keys and hands messages to the senders. Looking costs one read of one key while
nothing is new: `deliver` puts that key after its due keys, and what we put off ourselves we know. The ledger is the
truth; a due key that it does not confirm is dropped. Only the holder of the lease moves due keys.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from exportwatch.alerts import Message, masked, outbox
from exportwatch.alerts.lease import Lease, Lost
from exportwatch.alerts.outbox import Due, Entry
from exportwatch.alerts.sending import Job, Result, Senders
from exportwatch.clock import Clock, rfc3339
from exportwatch.engine import wait_for
from exportwatch.errors import ExportwatchError
from exportwatch.faults import Faults
from exportwatch.metrics import Metrics
from exportwatch.model import Subscription
from exportwatch.store import Put, Store
from exportwatch.subscriptions import Watch

POLL: Final = 0.05
"""Seconds between two looks while nothing happens."""
_AGAIN: Final = 2.0
_NOT_HELD: Final = 0.2
_BATCH: Final = 8
_SCAN_SHARE: Final = 4.0
_STOP_SECONDS: Final = 4.0

log = logging.getLogger("exportwatch")


class AlertClock:
    """Not thread-safe; the threads are the senders'."""

    def __init__(
        self,
        store: Store,
        watch: Watch,
        lease: Lease,
        senders: Senders,
        clock: Clock,
        metrics: Metrics,
        faults: Faults | None = None,
    ) -> None:
        self._store = store
        self._watch = watch
        self._lease = lease
        self._senders = senders
        self._clock = clock
        self._metrics = metrics
        self._faults = faults or Faults()
        self._waiting: dict[str, deque[Due]] = {}
        """Due, by channel; not handed to the senders yet."""
        self._taken: set[str] = set()
        """Due keys that are waiting, with the senders, or of a result to be recorded."""
        self._busy: Counter[str] = Counter()
        """Messages with the senders, by channel."""
        self._results: list[Result] = []
        self._version: str | None = None
        """Of the key CHANGES when it was last followed; None: never."""
        self._next = 0
        """The earliest instant known at which something will be due."""
        self._look_at = self._look_not_before = 0.0
        self._looked = -1
        """The instant of the last look."""

    def run(self, stopping: Callable[[], bool]) -> None:
        """Until asked to stop; waits however long for a Store that is away."""
        while not stopping():
            wait_for("clock", self.turn, self._clock, stopping)
        self._stop()

    def once(self, stopping: Callable[[], bool]) -> None:
        """Until all is attempted that is due when this is called, by us or by another holder of the lease."""
        began = self._clock.now()
        done: list[bool] = []

        def turn() -> None:
            self.turn()
            done.append(self._idle(began) if self._lease.valid else not self._any_due(began))

        while not stopping() and not (done and done[-1]):
            wait_for("clock", turn, self._clock, stopping)
        self._stop()

    def _idle(self, since: int) -> bool:
        return self._looked >= since and not (self._taken or self._results)

    def _any_due(self, before: int) -> bool:
        first = next(iter(self._store.scan(outbox.DUE)), None)
        due = outbox.read_due(first[0]) if first else None
        return due is not None and due.at <= before

    def turn(self) -> None:
        """One round; returns after at most POLL seconds without news. Raises Retryable when the Store is away."""
        try:
            if not self._lease.valid and not self._lease.acquire():
                self._clock.sleep(_NOT_HELD)
                return
            self._lease.keep()
            self._record()
            self._look()
            self._start()
        except Lost as error:
            log.warning("clock: %s", error)
            self._put_back()
            self._version = None
        self._take(self._senders.results(POLL))

    def _take(self, results: Iterable[Result]) -> None:
        for result in results:
            self._busy[result.channel] -= 1
            if not self._busy[result.channel]:
                del self._busy[result.channel]
            if result.status == "skipped":
                self._taken.discard(result.due.key)
                self._look_again()
            else:
                self._results.append(result)

    def _put_back(self) -> None:
        """What is only waiting may be sent by somebody else meanwhile."""
        for waiting in self._waiting.values():
            self._taken.difference_update(due.key for due in waiting)
        self._waiting.clear()

    def _look_again(self) -> None:
        """In the next turn, news or not."""
        self._look_at, self._looked = 0.0, -1

    def _look(self) -> None:
        """Find what is due now, if anything can be."""
        marker = self._store.get_many([outbox.CHANGES]).get(outbox.CHANGES)
        version = marker.version if marker else ""
        at = self._clock.monotonic()
        news = version != self._version or self._clock.now() >= self._next or at >= self._look_at
        if not news or at < self._look_not_before:
            return
        self._looked = self._clock.now()
        self._next = self._scan(self._looked)
        self._version = version
        ended = self._clock.monotonic()
        self._look_at = ended + _AGAIN
        # With a hundred thousand waiting for a channel that is down a scan takes long: it must not take all the time.
        self._look_not_before = ended + _SCAN_SHARE * (ended - at)

    def _scan(self, now: int) -> int:
        """Take every due key that is not taken yet; the instant of the first one that is not due."""
        for key, stored in self._store.scan(outbox.DUE):
            due = outbox.read_due(key)
            if due is None:
                continue
            if due.at > now:
                return due.at
            if key not in self._taken:
                self._taken.add(key)
                self._waiting.setdefault(stored.value.decode(), deque()).append(due)
        return now + int(_AGAIN * 1000)

    def _start(self) -> None:
        """Hand to the senders the next few messages of every channel that has none with them."""
        chosen = {
            channel: list(islice(waiting, _BATCH))
            for channel, waiting in self._waiting.items()
            if channel not in self._busy
        }
        if not chosen:
            return
        entries = outbox.load(self._store, list({due.ledger for batch in chosen.values() for due in batch}))
        subscriptions = {subscription.id: subscription for subscription in self._watch.current()}
        planned = {
            due: self._plan(due, entries[due.ledger][0], subscriptions)
            for batch in chosen.values()
            for due in batch
            if due.ledger in entries and _confirmed(entries[due.ledger][0], due)
        }
        self._drop([due for batch in chosen.values() for due in batch if due not in planned], entries)
        # Nothing can fail from here on: what is taken out of the waiting is with the senders or a result.
        for channel, batch in chosen.items():
            self._hand_over(channel, [planned[due] for due in batch if due in planned], len(batch))

    def _plan(self, due: Due, entry: Entry, subscriptions: Mapping[str, Subscription]) -> Job | Result:
        """The message to send, or the reason why it may not be sent any more."""
        delivery = entry.deliveries[due.number]
        subscription = subscriptions.get(entry.alert.subscription)
        now = self._clock.now()
        if subscription is None or delivery.channel not in subscription.channels:
            removed = "the subscription was removed" if subscription is None else "the channel was removed"
            return Result(due, delivery.channel, "never", now, now, removed)
        message = Message(
            subscription=subscription,
            alert=entry.alert,
            key=outbox.message_key(due.ledger, due.number),
            attempt=delivery.attempts + 1,
            first_attempted=delivery.first or now,
        )
        return Job(due, delivery.channel, message)

    def _drop(self, stale: Sequence[Due], entries: Mapping[str, tuple[Entry, str]]) -> None:
        """Delete due keys that the ledger does not confirm, after those that it wants."""
        if stale:
            wanted = {due.ledger: entries[due.ledger][0] for due in stale if due.ledger in entries}
            outbox.make_due(self._store, wanted)
            self._store.delete([due.key for due in stale])
            self._taken.difference_update(due.key for due in stale)
            self._look_again()

    def _hand_over(self, channel: str, plans: Sequence[Job | Result], count: int) -> None:
        waiting = self._waiting[channel]
        for _ in range(count):
            waiting.popleft()
        if not waiting:
            del self._waiting[channel]
        self._results += [plan for plan in plans if isinstance(plan, Result)]
        jobs = [plan for plan in plans if isinstance(plan, Job)]
        if jobs:
            self._busy.update(job.channel for job in jobs)
            self._senders.submit(jobs)

    def _record(self) -> None:
        """Write results into the ledger, then put off or delete their due keys."""
        if not self._results:
            return
        if any(result.status == "sent" for result in self._results):
            self._faults.point("message-sent")
        loaded = outbox.load(self._store, list({result.due.ledger for result in self._results}))
        entries = {key: entry for key, (entry, _) in loaded.items()}
        applied: list[Result] = []
        for result in self._results:
            entry = entries.get(result.due.ledger)
            # Not confirmed: somebody has recorded it already, perhaps we before a Store went away.
            if entry and _confirmed(entry, result.due):
                entries[result.due.ledger] = self._applied(entry, result)
                applied.append(result)
        refused = self._write({result.due.ledger: entries[result.due.ledger] for result in applied}, loaded)
        for result in applied:
            if result.due.ledger not in refused:
                self._say(result, entries[result.due.ledger])
        self._faults.point("message-recorded")
        finished = [result for result in self._results if result.due.ledger not in refused]
        self._store.delete([result.due.key for result in finished])
        self._taken.difference_update(result.due.key for result in finished)
        self._results = [result for result in self._results if result.due.ledger in refused]

    def _applied(self, entry: Entry, result: Result) -> Entry:
        if entry.fence > self._lease.fence:
            self._lease.forget()
            raise Lost(f"a clock with the later lease {entry.fence} has written to the ledger")
        assert result.status != "skipped"
        deliveries = list(entry.deliveries)
        number = result.due.number
        before = deliveries[number]
        deliveries[number] = outbox.after(before, result.status, result.began, result.ended, result.reason)
        if deliveries[number].state == "pending":
            self._next = min(self._next, deliveries[number].due)
        return replace(entry, deliveries=tuple(deliveries), fence=self._lease.fence)

    def _write(self, entries: Mapping[str, Entry], loaded: Mapping[str, tuple[Entry, str]]) -> set[str]:
        """Put entries and the due keys of what is still pending; the ledger keys that somebody else has written to."""
        puts = [Put(key, outbox.ENTRY.encode(entry), loaded[key][1]) for key, entry in entries.items()]
        puts += [put for key, entry in entries.items() for put in outbox.due_puts(key, entry)]
        return {wrote.key for wrote in self._store.put_many(puts) if wrote.conflict}

    def _say(self, result: Result, entry: Entry) -> None:
        """In the metrics, and what went wrong in the log."""
        delivery = entry.deliveries[result.due.number]
        where = f"{entry.alert.subscription} to {masked(result.channel)}, attempt {delivery.attempts}"
        if delivery.state == "sent":
            self._metrics.count("messages_sent")
            log.debug("clock: %s: %s sent", where, entry.alert.document)
        elif delivery.state == "pending":
            self._metrics.count("messages_retried")
            log.info("clock: %s: %s; again at %s", where, result.reason, rfc3339(delivery.due))
        else:
            self._metrics.count("messages_failed")
            log.warning("clock: %s: alert of %s given up: %s", where, entry.alert.document, result.reason)

    def _stop(self) -> None:
        """Record what is with the senders, as far as that takes no more than seconds, and give up the lease."""
        end = self._clock.monotonic() + _STOP_SECONDS
        try:
            while self._lease.valid and (self._busy or self._results) and self._clock.monotonic() < end:
                self._record()
                if self._busy:
                    self._take(self._senders.results(POLL))
            self._lease.release()
        except ExportwatchError as error:
            log.warning("clock: stopped before everything was recorded: %s", error)
        self._senders.close()


def _confirmed(entry: Entry, due: Due) -> bool:
    """Whether the ledger wants this channel to be served, and since just then."""
    if due.number >= len(entry.deliveries):
        return False
    delivery = entry.deliveries[due.number]
    return delivery.state == "pending" and delivery.due == due.at
