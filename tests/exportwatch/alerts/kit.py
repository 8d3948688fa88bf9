"""A house of delivery in memory: a store that can fail or die at any operation, channels that answer as told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from exportwatch import subscriptions
from exportwatch.alerts import Message, outbox
from exportwatch.alerts.clock import AlertClock
from exportwatch.alerts.deliver import Deliver
from exportwatch.alerts.lease import Lease
from exportwatch.alerts.sending import Job, Result, Senders
from exportwatch.engine import Outcome
from exportwatch.errors import Retryable
from exportwatch.metrics import Recorded
from exportwatch.model import Alert, Subscription
from exportwatch.store import Put, Store, Stored, Wrote
from exportwatch.stores.memory import MemoryStore
from exportwatch.subscriptions import Watch
from tests.subscribed import Time, alert_records, subscription


class Died(BaseException):
    """The process is gone: nothing may catch this."""


class Failing:
    """A store of which one operation, by number, fails before or after it was done."""

    def __init__(self, inner: Store, number: int = 0, error: type[BaseException] = Died, done: bool = False) -> None:
        self._inner = inner
        self._left = number
        self._error = error
        self._done = done
        self.operations = self.scans = 0

    def _do(self, operation: Callable[[], object]) -> None:
        self.operations += 1
        self._left -= 1
        if self._left == 0 and not self._done:
            raise self._error("before")
        operation()
        if self._left == 0:
            raise self._error("after")

    def get_many(self, keys: Sequence[str]) -> dict[str, Stored]:
        found: dict[str, Stored] = {}
        self._do(lambda: found.update(self._inner.get_many(keys)))
        return found

    def put_many(self, puts: Sequence[Put]) -> list[Wrote]:
        wrote: list[Wrote] = []
        self._do(lambda: wrote.extend(self._inner.put_many(puts)))
        return wrote

    def delete(self, keys: Sequence[str]) -> None:
        self._do(lambda: self._inner.delete(keys))

    def scan(self, prefix: str) -> Iterator[tuple[str, Stored]]:
        found: list[tuple[str, Stored]] = []
        self.scans += 1
        self._do(lambda: found.extend(self._inner.scan(prefix)))
        return iter(found)

    def close(self) -> None: ...


class Receiver:
    """The other side of every channel: remembers what it took; `answer` may raise instead."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Message]] = []
        self.answer: Callable[[str, Message], None] = lambda url, message: None

    def open(self, url: str) -> _Channel:
        return _Channel(self, url)

    def keys(self) -> Counter[tuple[str, str, str]]:
        """(channel, document, message key) -> how often it was taken."""
        return Counter((url, message.alert.document, message.key) for url, message in self.taken)


class _Channel:
    def __init__(self, receiver: Receiver, url: str) -> None:
        self._receiver = receiver
        self._url = url

    def send(self, message: Message) -> None:
        self._receiver.answer(self._url, message)
        self._receiver.taken.append((self._url, message))

    def close(self) -> None: ...


class Inline(Senders):
    """Sends at once, in the caller's thread; waiting for results moves the test's clock."""

    time: Time

    def submit(self, jobs: Sequence[Job]) -> None:
        self.serve(jobs)

    def results(self, timeout: float) -> list[Result]:
        found = super().results(0)
        if not found:
            self.time.sleep(timeout)
        return found


class House:
    """What outlives a process, and the parts of one that can be made anew."""

    def __init__(self, *kept: Subscription, store: Store | None = None) -> None:
        self.kept: Store = store or MemoryStore()
        self.time = Time()
        self.receiver = Receiver()
        self.metrics = Recorded()
        for made in kept or (subscription(),):
            subscriptions.add(self.kept, made)

    def deliver(self, alerts: Sequence[Alert], store: Store | None = None) -> list[Outcome]:
        store = store or self.kept
        return Deliver(store, Watch(store, self.time), self.time).run(alert_records(alerts), lambda: None)

    def clock(self, store: Store | None = None, holder: str = "one") -> AlertClock:
        store = store or self.kept
        lease = Lease(store, self.time, holder)
        senders = Inline(self.receiver.open, self.time, lambda: lease.valid)
        senders.time = self.time
        return AlertClock(store, lease, senders, self.time, self.metrics)

    def once(self, store: Store | None = None) -> None:
        self.clock(store).once(lambda: False)

    def due(self) -> list[str]:
        return [key for key, _ in self.kept.scan(outbox.DUE)]

    def states(self) -> Counter[str]:
        """How many channels of all ledger entries are in each state."""
        entries = [outbox.ENTRY.decode(stored.value) for _, stored in self.kept.scan(outbox.LEDGER)]
        return Counter(delivery.state for entry in entries for delivery in entry.deliveries)


def away(url: str, message: Message) -> None:
    """An answer: not now."""
    raise Retryable("connection refused")
