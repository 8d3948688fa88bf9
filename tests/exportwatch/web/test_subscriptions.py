"""The page of subscriptions: what they ask, whom they tell, what they told last. Reading only."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from exportwatch import codec, subscriptions
from exportwatch.alerts import outbox
from exportwatch.alerts.journal import Journal
from exportwatch.model import Alert, Subscription, claims_hash
from exportwatch.store import Put
from exportwatch.web.subscriptions import SHOWN
from exportwatch.wiring import Wiring
from tests.exportwatch.web import kit
from tests.exportwatch.web.test_app import page

SUBSCRIPTION = Subscription(
    id="hf-korea",
    query='"hydrogen fluoride" against:KR',
    channels=("console:", "https://hooks.example.org/T0/SECRET", "mailto:analyst@example.org"),
    changed=1_800_000_000_000,
    note="매주",
)


def tell(wiring: Wiring, id: str, made: int, *states: Literal["sent", "pending", "failed"]) -> None:
    """An alert of one of the documents, delivered as far as the states say."""
    classified = codec.CLASSIFIED.decode(wiring.index.get([id])[id])
    document, claims = classified.document, classified.claims
    alert = Alert(
        subscription="hf-korea",
        document=id,
        root=f"{id}#{made}",
        observed=document.observed,
        origin="import",
        claims_hash=claims_hash(claims),
        title=document.title,
        lang=claims.lang,
        url=document.url,
        source=document.source,
        publisher=document.publisher,
        published=document.published,
        actions=claims.actions,
        implementing=claims.implementing,
        affected=claims.affected,
        item_labels=claims.item_labels,
        agencies=claims.agencies,
        evidence=(),
        matched=made,
    )
    entry = outbox.new_entry(alert, [f"file:{state}" for state in states], made)
    deliveries = tuple(
        replace(delivery, state=state, error="" if state == "sent" else "410 Gone")
        for delivery, state in zip(entry.deliveries, states, strict=True)
    )
    outbox.create(Journal(wiring.store), {outbox.ledger_key(alert): replace(entry, deliveries=deliveries)})


def test_nobody_is_told_yet(empty: Wiring) -> None:
    visitor = kit.client(empty)
    assert "exportwatch subscriptions add" in page(visitor, "/subscriptions").text
    assert visitor.get("/subscriptions.json").json() == {"subscriptions": []}


def test_what_it_asks_and_whom_it_tells(empty: Wiring) -> None:
    subscriptions.add(empty.store, SUBSCRIPTION)
    visitor = kit.client(empty)
    (shown,) = visitor.get("/subscriptions.json").json()["subscriptions"]
    assert shown["channels"] == ["console:", "https://hooks.example.org/…", "mailto:analyst@example.org"]
    assert shown["query"] == SUBSCRIPTION.query
    outline = page(visitor, "/subscriptions")
    assert shown["search"] in [a.get("href") for a in outline.each("a")]
    assert "No alert yet." in outline.text
    assert "SECRET" not in outline.text
    assert "매주" in outline.text


def test_the_latest_alerts_in_their_own_language(empty: Wiring) -> None:
    kit.publish(empty, kit.LINES)
    subscriptions.add(empty.store, SUBSCRIPTION)
    for number, line in enumerate(kit.LINES):
        tell(empty, line["id"], 1_800_000_000_000 + number, "sent")
    tell(empty, "us-bis:hf", 1_800_000_000_900, "sent", "pending", "failed")
    tell(empty, "us-bis:hf", 1_800_000_000_800, "sent", "pending")
    visitor = kit.client(empty)
    (shown,) = visitor.get("/subscriptions.json").json()["subscriptions"]
    assert len(shown["alerts"]) == SHOWN
    assert shown["more"] is True
    assert [alert["state"] for alert in shown["alerts"]] == ["failed", "pending", "sent", "sent", "sent"]
    assert shown["alerts"][0]["error"] == "410 Gone"
    assert shown["alerts"][-1]["lang"] == "zh-Hans"
    outline = page(visitor, "/subscriptions")
    links = {a.get("href"): a.get("lang") for a in outline.each("a")}
    assert links["/documents/cn-mofcom:2023-23"] == "zh-Hans"
    assert shown["alerts"][0]["claim"] in outline.text


def test_what_cannot_be_read_is_left_out(empty: Wiring) -> None:
    subscriptions.add(empty.store, SUBSCRIPTION)
    empty.store.put_many([Put("ledger/hf-korea/0", b"{}"), Put("subscriptions/other", b"{}")])
    (shown,) = kit.client(empty).get("/subscriptions.json").json()["subscriptions"]
    assert shown["alerts"] == []
