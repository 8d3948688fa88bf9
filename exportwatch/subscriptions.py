"""Subscriptions in the Store: made, changed, removed, listed; and watched by the workers that act on them.

Every change also puts the key CHANGES, so that a worker sees by one read of one key whether its list still holds.
"""

from __future__ import annotations

import dataclasses
import logging
import re
import secrets
from collections.abc import Iterable, Sequence
from typing import Final

from exportwatch import codec
from exportwatch.clock import Clock
from exportwatch.errors import BadRecord, Misconfigured
from exportwatch.model import Subscription
from exportwatch.store import ANY, NEW, Put, Store, Stored
from exportwatch.text import joined

PREFIX: Final = "subscriptions/"
CHANGES: Final = "changes/subscriptions"
ID_CHARACTERS: Final = 60
MOST: Final = 10_000
_MOST_CHANNELS: Final = 16
_NOTE_CHARACTERS: Final = 1000
_CHANNEL_CHARACTERS: Final = 2000
_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
_AGAIN: Final = 60.0
_TRIES: Final = 20

log = logging.getLogger("exportwatch")


def key(id: str) -> str:
    """Where a subscription lies in the Store."""
    return PREFIX + id


def read(stored: Stored) -> Subscription:
    """Raises BadRecord for what is no subscription, Stopped for a schema of the future."""
    return codec.SUBSCRIPTION.decode(stored.value)


def load(store: Store, id: str) -> Subscription | None:
    """The subscription of this id, if there is one."""
    if not _ID.fullmatch(id):
        return None
    stored = store.get_many([key(id)]).get(key(id))
    return read(stored) if stored else None


def every(store: Store) -> list[Subscription]:
    """All of them by id; one that cannot be read is said in the log and left out."""
    found = []
    for name, stored in store.scan(PREFIX):
        try:
            found.append(read(stored))
        except BadRecord as error:
            log.warning("subscription %s is left out: %s", name.removeprefix(PREFIX), error)
    return found


def add(store: Store, subscription: Subscription, *, replace: bool = False) -> Subscription:
    """Keep a checked subscription and return it as kept. Raises Misconfigured when its id is taken.

    With `replace` it takes the place of the one with its id, if any, whose secret it then keeps.
    """
    check(subscription)
    if not replace and sum(1 for _ in store.scan(PREFIX)) >= MOST:
        raise Misconfigured(f"there are {MOST:,} subscriptions already, and no more may be; remove one first")
    for _ in range(_TRIES):
        stored = store.get_many([key(subscription.id)]).get(key(subscription.id))
        if stored and not replace:
            raise Misconfigured(f"there is a subscription {subscription.id} already; --replace changes it")
        wanted = _with_secret(subscription, stored)
        put = Put(key(wanted.id), codec.SUBSCRIPTION.encode(wanted), stored.version if stored else NEW)
        if not store.put_many([put])[0].conflict:
            _say_changed(store)
            return wanted
    raise Misconfigured(f"the subscription {subscription.id} keeps being changed by somebody else; try again")


def remove(store: Store, id: str) -> bool:
    """Whether there was one. What is on its way to its channels is not sent any more."""
    if load(store, id) is None:
        return False
    store.delete([key(id)])
    _say_changed(store)
    return True


def _say_changed(store: Store) -> None:
    store.put_many([Put(CHANGES, b"1", ANY)])


def _with_secret(subscription: Subscription, stored: Stored | None) -> Subscription:
    """Webhooks need a key to sign with: the one that is known already, else a new one of 256 bits."""
    kept = _secret(stored) or subscription.secret
    if not kept and needs_secret(subscription.channels):
        kept = secrets.token_urlsafe(32)
    return dataclasses.replace(subscription, secret=kept)


def _secret(stored: Stored | None) -> str:
    try:
        return read(stored).secret if stored else ""
    except BadRecord:
        return ""


def needs_secret(channels: Iterable[str]) -> bool:
    """Whether one of the channels is a webhook."""
    return any(channel.startswith(("https:", "http:")) for channel in channels)


def check(subscription: Subscription) -> None:
    """Raises Misconfigured for sizes and ids out of bounds; query and channels are checked by who can read them."""
    if not _ID.fullmatch(subscription.id):
        raise Misconfigured(
            f"subscription id {subscription.id[:100]!r}: 1 to {ID_CHARACTERS} of a-z, 0-9 and hyphens between them"
        )
    if subscription.health and subscription.query:
        raise Misconfigured("a subscription to the health of the sources has no query")
    if not 1 <= len(subscription.channels) <= _MOST_CHANNELS:
        raise Misconfigured(f"a subscription has 1 to {_MOST_CHANNELS} channels, not {len(subscription.channels)}")
    if len(set(subscription.channels)) != len(subscription.channels):
        raise Misconfigured("a channel is given twice")
    if any(len(channel) > _CHANNEL_CHARACTERS for channel in subscription.channels):
        raise Misconfigured(f"a channel is a URL of at most {_CHANNEL_CHARACTERS:,} characters")
    if len(subscription.note) > _NOTE_CHARACTERS:
        raise Misconfigured(f"a note has at most {_NOTE_CHARACTERS:,} characters")


def free_id(query: str, concepts: Sequence[str], taken: Iterable[str]) -> str:
    """A readable id that is not taken: of the concepts a query names (`kind:id`), else of its ASCII words."""
    named = "-".join(dict.fromkeys(concept.partition(":")[2] for concept in concepts))
    words = joined(query) if query.isascii() or not named else named
    kept = "-".join(word for word in re.split(r"[^a-z0-9]+", words.lower()) if word not in ("", "and", "or", "not"))
    base = kept[: ID_CHARACTERS - 6].strip("-") or "subscription"
    found, number, known = base, 1, set(taken)
    while found in known:
        number += 1
        found = f"{base}-{number}"
    return found


class Watch:
    """The subscriptions as they are now, at the price of one read of one key; scanned again when one changed."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: tuple[Subscription, ...] | None = None
        self._version = ""
        self._read = 0.0

    def current(self) -> tuple[Subscription, ...]:
        """By id. Raises Retryable when the Store is away."""
        stored = self._store.get_many([CHANGES]).get(CHANGES)
        version = stored.version if stored else ""
        now = self._clock.monotonic()
        # Now and then all the same: whoever made a change may have died before saying so.
        if self._known is None or version != self._version or now - self._read >= _AGAIN:
            self._known = tuple(every(self._store))
            self._version, self._read = version, now
        return self._known
