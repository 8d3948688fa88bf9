"""The view of the subscriptions: who is told of what, and what they were last told. Secrets stay in the Store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from exportwatch import subscriptions as kept
from exportwatch.alerts import masked, outbox
from exportwatch.clock import rfc3339
from exportwatch.errors import BadRecord
from exportwatch.model import Subscription
from exportwatch.present import claim_line
from exportwatch.store import Store
from exportwatch.web import links
from exportwatch.web.backends import Backends
from exportwatch.web.words import moment

SHOWN: Final = 5
"""Alerts of each subscription."""
READ: Final = 1_000
"""Entries of the ledger that are looked through for each; beyond, not the latest may be shown."""
READ_IN_ALL: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """An alert and what became of it on each channel."""

    document: str
    title: str
    lang: str
    day: str
    claim: str
    made: str
    made_words: str
    state: Literal["sent", "pending", "failed"]
    """Failed where one channel failed for good, pending where one is still to be served."""
    error: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionView:
    """One subscription; its channels as they may be shown."""

    id: str
    query: str
    note: str
    channels: tuple[str, ...]
    changed: str
    changed_words: str
    all_origins: bool
    alerts: tuple[AlertView, ...]
    more: bool
    """Whether there are more alerts than those shown."""
    search: str
    """Path of the search page that asks the same; of the sources for one to their health."""
    health: bool
    """Whether it is told of sources, not of documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionsView:
    """Every subscription by id."""

    subscriptions: tuple[SubscriptionView, ...]


def subscriptions(backends: Backends) -> SubscriptionsView:
    """Raises Retryable when the store is away."""
    store, now, left = backends.store(), backends.clock.now(), READ_IN_ALL
    views = []
    for subscription in kept.every(store):
        entries = list(islice(_entries(store, subscription.id), min(READ, left)))
        left -= len(entries)
        views.append(_view(subscription, entries, now))
    return SubscriptionsView(subscriptions=tuple(views))


def _entries(store: Store, id: str) -> Iterator[outbox.Entry]:
    for _, stored in store.scan(f"{outbox.LEDGER}{id}/"):
        try:
            yield outbox.ENTRY.decode(stored.value)
        except BadRecord:
            continue  # said by whoever delivers


def _view(subscription: Subscription, entries: list[outbox.Entry], now: int) -> SubscriptionView:
    entries.sort(key=lambda entry: entry.made, reverse=True)
    return SubscriptionView(
        id=subscription.id,
        query=subscription.query,
        note=subscription.note,
        channels=tuple(masked(channel) for channel in subscription.channels),
        changed=rfc3339(subscription.changed),
        changed_words=moment(subscription.changed, now),
        all_origins=subscription.all_origins,
        alerts=tuple(_alert(entry, now, subscription.health) for entry in entries[:SHOWN]),
        more=len(entries) > SHOWN,
        search="/sources" if subscription.health else links.search(subscription.query),
        health=subscription.health,
    )


def _alert(entry: outbox.Entry, now: int, health: bool) -> AlertView:
    alert = entry.alert
    states = {delivery.state for delivery in entry.deliveries}
    return AlertView(
        document=alert.document,
        title=alert.title,
        lang=alert.lang,
        day=alert.published[:10],
        claim=claim_line(alert, alert.published[:10]),
        made=rfc3339(entry.made),
        made_words=moment(entry.made, now),
        state="failed" if "failed" in states else "pending" if "pending" in states else "sent",
        error=next((delivery.error for delivery in entry.deliveries if delivery.state != "sent"), ""),
        page=links.source(alert.source) if health else links.document(alert.document),
    )
