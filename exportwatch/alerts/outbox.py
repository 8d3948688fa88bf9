"""The outbox in the Store: one ledger entry an alert (the truth), one due key for every channel still to be served.

    ledger/<subscription>/<32 hex>          the alert, and how far each channel has come
    due/<13-digit ms>/<subscription>/<32 hex>/<n>   a hint: look at channel n of that entry then
    changes/due                             a note of what became due lately (journal.py)

The ledger is written before a due key is made (or in one write with it, first) and before one is deleted, and the new
key before the old one goes.
So a crash anywhere leaves a due key too many, never one too few; one that the ledger does not confirm is dropped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from exportwatch.alerts.journal import Journal
from exportwatch.codec import Codec
from exportwatch.model import Alert
from exportwatch.store import NEW, Put, Store, Stored

LEDGER: Final = "ledger/"
DUE: Final = "due/"

BACK_OFF: Final = (1, 5, 30, 120, 600, 3600)
"""Seconds until the next attempt, after the first, second, … failure; the last is repeated."""
GIVE_UP: Final = 24 * 3600
"""Seconds after the first attempt at which the last one is made."""
_ERROR_CHARACTERS: Final = 500

Status = Literal["sent", "later", "never"]
"""How an attempt ended: taken, to be repeated, or refused for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far one channel of an alert has come. Instants in milliseconds."""

    channel: str
    due: int
    """While pending: when it is (next) to be sent."""
    state: Literal["pending", "sent", "failed"] = "pending"
    attempts: int = 0
    first: int = 0
    """When the first recorded attempt began; 0 before."""
    last: int = 0
    """When the last recorded attempt ended; 0 before."""
    error: str = ""
    """Of the last attempt that failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One alert in the ledger."""

    alert: Alert
    deliveries: tuple[Delivery, ...]
    made: int
    fence: int = 0
    """Of the lease under which it was last written; one with a lower number may not write it any more."""


ENTRY: Codec[Entry] = Codec(Entry)


class Due(NamedTuple):
    """A due key taken apart."""

    key: str
    at: int
    ledger: str
    number: int


def ledger_key(alert: Alert) -> str:
    """The same for the same claims of the same document, whatever its revision, origin or words."""
    known_by = f"{alert.root}\x1f{alert.claims_hash}".encode("utf-8", "surrogatepass")
    return f"{LEDGER}{alert.subscription}/{hashlib.sha256(known_by).hexdigest()[:32]}"


def message_key(ledger: str, number: int) -> str:
    """The idempotency key of one channel's message: the same in every attempt."""
    # The hash alone is the same for two subscriptions that found the same document.
    return f"{hashlib.sha256(ledger.encode()).hexdigest()[:32]}-{number}"


def due_key(ledger: str, number: int, at: int) -> str:
    """Sorts by time."""
    return f"{DUE}{at:013}/{ledger.removeprefix(LEDGER)}/{number}"


def read_due(key: str) -> Due | None:
    """None for what is no such key."""
    at, _, rest = key.removeprefix(DUE).partition("/")
    ledger, _, number = rest.rpartition("/")
    if not (at.isdecimal() and number.isdecimal() and "/" in ledger):
        return None
    return Due(key, int(at), LEDGER + ledger, int(number))


def new_entry(alert: Alert, channels: Sequence[str], now: int) -> Entry:
    """Due at once on every channel."""
    return Entry(alert=alert, made=now, deliveries=tuple(Delivery(channel=channel, due=now) for channel in channels))


def create(journal: Journal, entries: Mapping[str, Entry]) -> dict[str, bool]:
    """Put the entries that are not there yet, then their due keys; by ledger key, whether it was new.

    One that was there already may get a due key that its ledger entry does not confirm.
    """
    puts = [Put(key, ENTRY.encode(entry), NEW) for key, entry in entries.items()]
    due = [put for key, entry in entries.items() for put in due_puts(key, entry)]
    return {wrote.key: not wrote.conflict for wrote in journal.put(due, before=puts)}


def make_due(journal: Journal, entries: Mapping[str, Entry]) -> None:
    """Put a due key for every pending channel, whether there is one already or not, and note that for the clock."""
    journal.put([put for key, entry in entries.items() for put in due_puts(key, entry)])


def due_puts(key: str, entry: Entry) -> list[Put]:
    """The due keys of an entry: one for each pending channel. Their value is the channel."""
    return [
        Put(due_key(key, number, delivery.due), delivery.channel.encode())
        for number, delivery in enumerate(entry.deliveries)
        if delivery.state == "pending"
    ]


def load(store: Store, keys: Sequence[str]) -> dict[str, tuple[Entry, str]]:
    """Entries with their versions by ledger key; absent ones are left out."""
    return read(store.get_many(keys))


def read(found: Mapping[str, Stored]) -> dict[str, tuple[Entry, str]]:
    """The entries among these."""
    return {
        key: (ENTRY.decode(stored.value), stored.version) for key, stored in found.items() if key.startswith(LEDGER)
    }


def after(delivery: Delivery, status: Status, began: int, ended: int, reason: str) -> Delivery:
    """The delivery after an attempt: sent; pending until later, for a day after the first; or failed for good."""
    tried = replace(delivery, attempts=delivery.attempts + 1, first=delivery.first or began, last=ended)
    if status == "sent":
        return replace(tried, state="sent")
    end = tried.first + GIVE_UP * 1000
    failed = replace(tried, error=reason[:_ERROR_CHARACTERS])
    if status == "never" or ended >= end:
        return replace(failed, state="failed")
    pause = BACK_OFF[min(delivery.attempts, len(BACK_OFF) - 1)] * 1000
    return replace(failed, due=max(min(ended + pause, end), ended + 1000))
