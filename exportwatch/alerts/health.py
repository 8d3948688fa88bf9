"""What an operator is told: a source changed its state. Made by the collector beside the event, and sent with it.

No group reads topic `sources`, so these alerts are not found by `match`: the collector puts them on topic `alerts`,
where delivery, ledger and channels treat them like those of documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from exportwatch.health import HealthEvent
from exportwatch.model import Alert, Subscription

DOCUMENT: Final = "source/"
"""Begins what stands in place of a document's id; the source's own follows."""
_TITLE, _URL = 1000, 4000


def alerts(event: HealthEvent, subscriptions: Iterable[Subscription], publisher: str = "") -> list[Alert]:
    """One for each subscription to health that was made before the event; pure. `publisher`: of the source."""
    return [
        alert(event, subscription, publisher)
        for subscription in subscriptions
        if subscription.health and event.at > subscription.changed
    ]


def alert(event: HealthEvent, subscription: Subscription, publisher: str = "") -> Alert:
    """What a message says of the event. The same event is the same alert, however often it is made."""
    known_by = f"{event.source}\x1f{event.state}\x1f{event.at}".encode("utf-8", "surrogatepass")
    return Alert(
        subscription=subscription.id,
        document=f"{DOCUMENT}{event.source}",
        root=f"{DOCUMENT}{event.source}",
        observed=event.at,
        origin="live",
        claims_hash=hashlib.sha256(known_by).hexdigest(),
        title=title(event)[:_TITLE],
        lang="en",
        url=event.url if len(event.url) <= _URL else "",
        source=event.source,
        publisher=publisher,
        published="",
        actions=(),
        implementing=(),
        affected=(),
        item_labels=(),
        agencies=(),
        evidence=(),
        matched=event.at,
    )


def title(event: HealthEvent) -> str:
    """`jp-meti is STALE: nothing new since …; jp-meti-list stands in`."""
    said = "has RECOVERED" if event.state == "RECOVERED" else f"is {event.state}"
    fallback = f"; {event.fallback} stands in" if event.fallback else ""
    return f"{event.source} {said}{f': {event.reason}' if event.reason else ''}{fallback}"
