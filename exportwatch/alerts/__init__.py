"""From an alert to whoever subscribed: deliver (ledger, due keys), clock (lease, sending), channels, messages.

    alerts topic -> deliver.py -> ledger/… and due/… in the Store (outbox.py) -> clock.py -> Channel.send

A channel is opened by the scheme of its URL. It says what became of a message only by returning or raising:

    returns      the other side has taken it (an HTTP 2xx, an SMTP 250); it is recorded and never sent again
    Retryable    try again later, with the same key: refused connection, time-out, 429, 5xx, an SMTP 4xx
    BadRecord    never: a 4xx that will not change, a refused recipient; recorded as failed, with this reason

Nothing else may leave `send`. A message that was taken may come again with the same `key` when we died before we
could record it, so every channel shows the key where the other side can see a repeat (Idempotency-Key, Message-ID).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from exportwatch.clock import Clock
from exportwatch.errors import Misconfigured
from exportwatch.model import Alert, Subscription
from exportwatch.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One alert on its way to one channel of its subscription."""

    subscription: Subscription
    """With the secret that signs webhooks."""
    alert: Alert
    key: str
    """The idempotency key: `<32 hex digits>-<number of the channel>`, the same in every attempt."""
    attempt: int
    """1 for the first; an attempt that we did not live to record is not counted."""
    first_attempted: int
    """When the first recorded attempt was made (in the first: now), in milliseconds."""
    test: bool = False
    """Sent by a person to try the channel; the message should say so."""


class Channel(Protocol):
    """One way out. Used by one thread at a time; opened once and kept while it is in use."""

    def send(self, message: Message) -> None:
        """Hand the message over, in bounded time (30 s at most); Retryable or BadRecord, as the module says."""
        ...

    def close(self) -> None:
        """Release what was kept open; never raises."""
        ...


Opener = Callable[[str, Settings, Clock], Channel]
"""(URL, settings, clock) -> Channel. Connects to nothing yet; Misconfigured for a URL that can never work."""

OPENERS: Final = {
    "console": "exportwatch.alerts.local:open_console",
    "file": "exportwatch.alerts.local:open_file",
    "https": "exportwatch.alerts.webhook:open_webhook",
    "http": "exportwatch.alerts.webhook:open_webhook",
    "mailto": "exportwatch.alerts.mail:open_mail",
}
"""By URL scheme; imported when asked for."""


def open_channel(url: str, settings: Settings, clock: Clock) -> Channel:
    """The channel behind a URL. Raises Misconfigured, naming the URL's scheme, for one that can never work."""
    scheme, colon, _ = url.partition(":")
    if not colon or scheme not in OPENERS:
        known = ", ".join(f"{name}:" for name in OPENERS)
        raise Misconfigured(f"channel {masked(url)}: not a URL of {known}")
    module, _, name = OPENERS[scheme].partition(":")
    opener: Opener = getattr(importlib.import_module(module), name)
    return opener(url, settings, clock)


def masked(url: str) -> str:
    """The URL of a channel as a log may show it: paths and queries of webhooks are often secrets."""
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https"):
        return url[:200]
    host = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
    return f"{scheme}://{host}/…"
