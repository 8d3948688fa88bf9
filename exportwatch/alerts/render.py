"""What a message says, made for each kind of channel. Everything foreign is made safe here."""

from __future__ import annotations

from typing import Any

from exportwatch.alerts import Message
from exportwatch.clock import rfc3339
from exportwatch.safe import line


def text(message: Message) -> str:
    """Plain text of a few lines, without a final line feed, safe on a terminal."""
    alert = message.alert
    facts = [alert.published[:10], alert.lang, line(alert.source or alert.publisher), line(alert.document)]
    lines = [f"{line(alert.title) or '(no title)'}", f"  {' · '.join(filter(None, facts))}"]
    for quote in alert.evidence:
        before, marked = quote.text[: quote.mark_start], quote.text[quote.mark_start : quote.mark_end]
        concept = f" ({line(quote.concept)})" if quote.concept else ""
        lines.append(f"  {line(before)} [{line(marked)}]{concept} {line(quote.text[quote.mark_end :])}".rstrip())
    if alert.url:
        lines.append(f"  {line(alert.url)}")
    return "\n".join([*lines, f"  subscription {message.subscription.id}: {line(message.subscription.query)}"])


def payload(message: Message) -> dict[str, Any]:
    """The JSON object of a message: what a webhook posts and a file holds."""
    alert = message.alert
    return {
        "key": message.key,
        "subscription": message.subscription.id,
        "query": message.subscription.query,
        "attempt": message.attempt,
        "test": message.test,
        "id": alert.document,
        "title": alert.title,
        "lang": alert.lang,
        "url": alert.url,
        "source": alert.source,
        "publisher": alert.publisher,
        "published": alert.published,
        "observed": rfc3339(alert.observed),
        "actions": alert.actions,
        "implementing": alert.implementing,
        "affected": alert.affected,
        "item_labels": alert.item_labels,
        "agencies": alert.agencies,
        "evidence": alert.evidence,
    }
