"""Role `clock`: what is due is sent and recorded, by one holder of the lease at a time.

A turn takes up what is due, hands messages to the senders and records results. Looking costs one read of one key while
nothing is new: `deliver` notes there what it made due (journal.py), and what we put off ourselves we know. The ledger
is the truth; a due key that it does not confirm is dropped. Only the holder of the lease moves due keys.
"""

from __future__ import annotations

import heapq
import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from exportwatch import subscriptions
from exportwatch.alerts import Message, journal, masked, outbox
from exportwatch.alerts.journal import Journal
from exportwatch.alerts.lease import Lease, Lost
from exportwatch.alerts.outbox import Due, Entry
from exportwatch.alerts.sending import Job, Result, Senders
from exportwatch.clock import Clock, rfc3339
from exportwatch.engine import wait_for
from exportwatch.errors import ExportwatchError
from exportwatch.faults import Faults
from exportwatch.metrics import Metrics
from exportwatch.store import Put, Store, Stored

POLL: Final = 0.05
"""Seconds between two looks while nothing happens."""
_AGAIN: Final = 30.0
_AHEAD: Final = 1000
_SKEW: Final = 5000
_NOT_HELD: Final = 0.2
_BATCH: Final = 64
_SCAN_SHARE: Final = 4.0
_STOP_SECONDS: Final = 4.0

log = logging.getLogger("exportwatch")


class AlertClock:
    """Not thread-safe; the threads are the senders'."""

    def __init__(
        self,
        store: Store,
        lease: Lease,
        senders: Senders,
        clock: Clock,
        metrics: Metrics,
        faults: Faults | None = None,
    ) -> None:
        self._store = store
        self._journal = Journal(store)
        self._lease = lease
        self._senders = senders
        self._clock = clock
        self._metrics = metrics
        self._faults = faults or Faults()
        self._waiting: dict[str, deque[Due]] = {}
        """Due, by channel; not handed to the senders yet."""
        self._later: list[tuple[int, Due, str]] = []
        """A heap of what will be due, with its channel."""
        self._known: set[str] = set()
        """Due keys that are waiting, put off, with the senders, or recorded and not deleted yet."""
        self._busy: Counter[str] = Counter()
        """Messages with the senders, by channel."""
        self._entries: dict[str, tuple[Entry, str]] = {}
        """With their versions, by ledger key, while a message of theirs is with the senders."""
        self._results: list[Result] = []
        self._done: list[str] = []
        """Due keys that are recorded and not deleted yet."""
        self._version: str | None = None
        """Of the journal when it was last followed; None: never."""
        self._followed = 0
        """The last batch of the journal that was."""
        self._horizon = 0
        """The instant up to which `_later` is complete."""
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
        return self._looked >= since and not (self._waiting or self._busy or self._results or self._done)

    def _any_due(self, before: int) -> bool:
        first = next(iter(self._store.scan(outbox.DUE)), None)
        due = outbox.read_due(first[0]) if first else None
        return due is not None and due.at <= before

    def turn(self) -> None:
        """One round; returns after at most POLL seconds without news. Raises Retryable when the Store is away."""
        try:
            if not self._lease.valid and not self._take_over():
                self._clock.sleep(_NOT_HELD)
                return
            self._lease.keep()
            self._look()
            self._start()
            self._record()
            self._tidy(64 if self._busy or self._waiting else 1)
        except Lost as error:
            log.warning("clock: %s", error)
        self._take(self._senders.results(POLL))

    def _take_over(self) -> bool:
        """Get the lease, if it can be had. What was known of the Store before may have changed since."""
        if not self._lease.acquire():
            return False
        for waiting in self._waiting.values():
            self._known.difference_update(due.key for due in waiting)
        self._known.difference_update(due.key for _, due, _ in self._later)
        self._waiting.clear()
        self._later.clear()
        self._version = None
        return True

    def _take(self, results: Iterable[Result]) -> None:
        for result in results:
            self._busy[result.channel] -= 1
            if not self._busy[result.channel]:
                del self._busy[result.channel]
            if result.status == "skipped":
                self._known.discard(result.due.key)
                self._entries.pop(result.due.ledger, None)
                self._look_again()
            else:
                self._results.append(result)

    def _look_again(self) -> None:
        """In the next turn, news or not."""
        self._look_at, self._looked = 0.0, -1

    def _look(self) -> None:
        """Take what is due now: what was put off, and what the journal tells, or else a scan."""
        now, at = self._clock.now(), self._clock.monotonic()
        while self._later and self._later[0][0] <= now:
            _, due, channel = heapq.heappop(self._later)
            self._waiting.setdefault(channel, deque()).append(due)
        stored = self._store.get_many([journal.CHANGES]).get(journal.CHANGES)
        version = stored.version if stored else ""
        scans = self._version is None or now >= self._horizon or at >= self._look_at
        if version == self._version and not scans:
            return
        news = None if scans else journal.news(stored, self._followed)
        if news is not None:
            for noted in news:
                # Due by the clock of who noted it, which may be a little ahead of ours.
                self._add(outbox.read_due(noted.key), noted.channel, now + _SKEW)
        elif at >= self._look_not_before:
            self._scan(now)
            ended = self._clock.monotonic()
            self._looked, self._look_at = now, ended + _AGAIN
            # With many waiting for a channel that is down a scan takes long: it must not take all the time.
            self._look_not_before = ended + _SCAN_SHARE * (ended - at)
        else:
            return
        self._version, self._followed = version, journal.last(stored)

    def _scan(self, now: int) -> None:
        """Take every due key that is not known yet, of those that are not due yet only the next."""
        self._horizon = now + int(_AGAIN * 2000)
        ahead = 0
        for key, stored in self._store.scan(outbox.DUE):
            due = outbox.read_due(key)
            ahead += bool(due and due.at > now)
            if due and ahead > _AHEAD:
                self._horizon = due.at
                return
            self._add(due, stored.value.decode(), now)

    def _add(self, due: Due | None, channel: str, now: int) -> None:
        if due is None or due.key in self._known:
            return
        self._known.add(due.key)
        if due.at > now:
            heapq.heappush(self._later, (due.at, due, channel))
        else:
            self._waiting.setdefault(channel, deque()).append(due)

    def _start(self) -> None:
        """Hand to the senders the next few messages of every channel that has none with them."""
        chosen = {
            channel: list(islice(waiting, _BATCH))
            for channel, waiting in self._waiting.items()
            if channel not in self._busy
        }
        if not chosen:
            return
        ledgers = {due.ledger for batch in chosen.values() for due in batch}
        found = self._store.get_many([*ledgers, *{subscriptions.key(_subscription(ledger)) for ledger in ledgers}])
        entries = outbox.read(found)
        planned = {
            due: self._plan(due, entries[due.ledger][0], found)
            for batch in chosen.values()
            for due in batch
            if due.ledger in entries and _confirmed(entries[due.ledger][0], due)
        }
        self._drop([due for batch in chosen.values() for due in batch if due not in planned], entries)
        # Nothing can fail from here on: what is taken out of the waiting is with the senders or a result.
        self._entries.update((due.ledger, entries[due.ledger]) for due in planned)
        for channel, batch in chosen.items():
            self._hand_over(channel, [planned[due] for due in batch if due in planned], len(batch))

    def _plan(self, due: Due, entry: Entry, found: Mapping[str, Stored]) -> Job | Result:
        """The message to send, or the reason why it may not be sent any more."""
        delivery = entry.deliveries[due.number]
        kept = found.get(subscriptions.key(_subscription(due.ledger)))
        subscription = subscriptions.read(kept) if kept else None
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
            outbox.make_due(self._journal, wanted)
            self._store.delete([due.key for due in stale])
            self._known.difference_update(due.key for due in stale)
            self._look_again()

    def _hand_over(self, channel: str, plans: Sequence[Job | Result], count: int) -> None:
        waiting = self._waiting[channel]
        for _ in range(count):
            waiting.popleft()
        if not waiting:
            del self._waiting[channel]
        self._results += [plan for plan in plans if isinstance(plan, Result)]
        jobs = [plan for plan in plans if isinstance(plan, Job)]
        # Due keys of one instant sort by hash: a feed must not be told to be well before it is told to be ill.
        jobs.sort(key=lambda job: job.message.alert.observed)
        if jobs:
            self._busy.update(job.channel for job in jobs)
            self._senders.submit(jobs)

    def _record(self) -> None:
        """Write results into the ledger, and the due keys of what is to be tried again."""
        if not self._results:
            return
        if any(result.status == "sent" for result in self._results):
            self._faults.point("message-sent")
        unknown = {result.due.ledger for result in self._results} - self._entries.keys()
        loaded = self._entries | (outbox.load(self._store, list(unknown)) if unknown else {})
        entries = {key: entry for key, (entry, _) in loaded.items()}
        applied: list[Result] = []
        for result in self._results:
            entry = entries.get(result.due.ledger)
            # Not confirmed: somebody has recorded it already, perhaps we before a Store went away.
            if entry and _confirmed(entry, result.due):
                entries[result.due.ledger] = self._applied(entry, result)
                applied.append(result)
            else:
                self._look_again()
        refused = self._write({result.due.ledger: entries[result.due.ledger] for result in applied}, loaded)
        for result in applied:
            if result.due.ledger not in refused:
                self._settled(result, entries[result.due.ledger])
        self._faults.point("message-recorded")
        for result in self._results:
            # Another message of the entry may still be with the senders; then it is read again.
            self._entries.pop(result.due.ledger, None)
        self._done += [result.due.key for result in self._results if result.due.ledger not in refused]
        self._results = [result for result in self._results if result.due.ledger in refused]

    def _tidy(self, least: int) -> None:
        """Delete the due keys of what is recorded, when there are so many of them."""
        if len(self._done) >= least:
            self._store.delete(self._done)
            self._known.difference_update(self._done)
            self._done.clear()

    def _applied(self, entry: Entry, result: Result) -> Entry:
        if entry.fence > self._lease.fence:
            self._lease.forget()
            raise Lost(f"a clock with the later lease {entry.fence} has written to the ledger")
        assert result.status != "skipped"
        deliveries = list(entry.deliveries)
        number = result.due.number
        before = deliveries[number]
        deliveries[number] = outbox.after(before, result.status, result.began, result.ended, result.reason)
        return replace(entry, deliveries=tuple(deliveries), fence=self._lease.fence)

    def _write(self, entries: Mapping[str, Entry], loaded: Mapping[str, tuple[Entry, str]]) -> set[str]:
        """Put entries and the due keys of what is still pending; the ledger keys that somebody else has written to."""
        puts = [Put(key, outbox.ENTRY.encode(entry), loaded[key][1]) for key, entry in entries.items()]
        puts += [put for key, entry in entries.items() for put in outbox.due_puts(key, entry)]
        return {wrote.key for wrote in self._store.put_many(puts) if wrote.conflict}

    def _settled(self, result: Result, entry: Entry) -> None:
        """In the metrics, and what went wrong in the log; what is to be tried again is put off."""
        ledger, number = result.due.ledger, result.due.number
        delivery = entry.deliveries[number]
        where = f"{entry.alert.subscription} to {masked(result.channel)}, attempt {delivery.attempts}"
        if delivery.state == "sent":
            self._metrics.count("messages_sent")
            log.debug("clock: %s: %s sent", where, entry.alert.document)
        elif delivery.state == "pending":
            self._metrics.count("messages_retried")
            log.info("clock: %s: %s; again at %s", where, result.reason, rfc3339(delivery.due))
            key = outbox.due_key(ledger, number, delivery.due)
            self._add(Due(key, delivery.due, ledger, number), result.channel, self._clock.now())
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
            self._tidy(1)
            self._lease.release()
        except ExportwatchError as error:
            log.warning("clock: stopped before everything was recorded: %s", error)
        self._senders.close()


def _subscription(ledger: str) -> str:
    """The id of the subscription in a ledger key."""
    return ledger.removeprefix(outbox.LEDGER).partition("/")[0]


def _confirmed(entry: Entry, due: Due) -> bool:
    """Whether the ledger wants this channel to be served, and since just then."""
    if due.number >= len(entry.deliveries):
        return False
    delivery = entry.deliveries[due.number]
    return delivery.state == "pending" and delivery.due == due.at
