"""Operator alerts: one a change of a source, through outbox, ledger and real SMTP; documents do not make any."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from collectors import state
from collectors.sources import Source
from exportwatch import subscriptions as kept
from exportwatch.alerts import Message, open_channel, render
from exportwatch.alerts.clock import AlertClock
from exportwatch.alerts.health import alert, alerts, title
from exportwatch.alerts.lease import Lease
from exportwatch.bus import ALERTS, TopicPartition
from exportwatch.errors import Misconfigured
from exportwatch.health import HealthEvent
from exportwatch.metrics import Recorded
from exportwatch.model import Alert, Subscription
from exportwatch.settings import load
from exportwatch.subscriptions import check
from exportwatch.wiring import Wiring
from tests.collectors.kit import Answer, StandingClock, serve
from tests.exportwatch.alerts.kit import House, Inline
from tests.exportwatch.alerts.receivers import mail_server
from tests.subscribed import subscription

STALE = HealthEvent(
    source="jp-meti",
    state="STALE",
    was="OK",
    at=5_000,
    reason="nothing new since 2019-07-01: 新着なし 새 글 없음 无新内容 無新內容",
    url="https://ministry.example/feed.xml",
    fallback="jp-meti-list",
)
RECOVERED = replace(STALE, state="RECOVERED", was="STALE", at=9_000, reason="it is well again", fallback="")
OPS = subscription("ops", "", health=True)


def message(made: Alert, asked: Subscription = OPS) -> Message:
    return Message(subscription=asked, alert=made, key="0-0", attempt=1, first_attempted=1)


def test_it_says_what_is_wrong_since_when_and_what_stands_in() -> None:
    made = alert(STALE, OPS, "jp-meti")
    assert made.title == f"jp-meti is STALE: {STALE.reason}; jp-meti-list stands in"
    assert (made.document, made.root, made.lang, made.observed) == ("source/jp-meti", "source/jp-meti", "en", 5_000)
    assert (made.source, made.publisher, made.url) == ("jp-meti", "jp-meti", STALE.url)
    assert title(RECOVERED) == "jp-meti has RECOVERED: it is well again"


def test_only_subscriptions_to_health_made_before_it_are_told() -> None:
    asked = [
        OPS,
        subscription("documents"),
        replace(OPS, id="late", changed=5_000),
        replace(OPS, id="old", changed=4_999),
    ]
    assert [made.subscription for made in alerts(STALE, asked)] == ["ops", "old"]


def test_the_same_event_is_the_same_alert_and_another_is_another() -> None:
    hashes = {alert(each, OPS).claims_hash for each in (STALE, STALE, RECOVERED, replace(STALE, at=6_000))}
    assert len(hashes) == 3


def test_a_message_leads_to_the_sources_and_not_to_a_document() -> None:
    made = message(alert(STALE, OPS))
    text = render.text(made, "https://watch.example")
    assert text.splitlines()[0] == made.alert.title
    assert "https://watch.example/sources#jp-meti" in text
    assert "the health of the sources" in text
    assert "/documents/" not in text + render.html(made, "https://watch.example")
    assert "source/jp-meti" not in text
    assert render.subject(made).startswith("jp-meti is STALE")
    assert render.payload(made, "https://watch.example")["page"] == "https://watch.example/sources#jp-meti"


def test_foreign_text_in_a_reason_is_made_safe() -> None:
    made = message(alert(replace(STALE, reason="<u>\x1b[31m\u202e\r\nBcc: x"), OPS))
    assert "\x1b" not in render.text(made)
    assert "\n" not in render.subject(made)
    assert "<u>" not in render.html(made)


def test_a_subscription_to_health_has_no_query() -> None:
    with pytest.raises(Misconfigured, match="no query"):
        check(replace(OPS, query="METI"))


def test_a_change_is_one_mail_its_repeat_none_and_recovery_one_more() -> None:
    with mail_server() as box:
        given = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_security": "none"}
        settings = load(given | {"mail_from": "watch@ministry.example"}, {})
        asked = replace(OPS, channels=("mailto:ops@example.org",))
        house = House(asked, subscription("documents"))
        lease = Lease(house.kept, house.time, "one")
        senders = Inline(lambda url: open_channel(url, settings, house.time), house.time, lambda: lease.valid)
        senders.time = house.time
        for event in (STALE, STALE, RECOVERED, RECOVERED):
            house.deliver(alerts(event, [asked, subscription("documents")], "jp-meti"))
            AlertClock(house.kept, lease, senders, house.time, house.metrics).once(lambda: False)
        subjects = [mail["Subject"] for mail in box.mails()]
    assert len(subjects) == 2
    assert subjects[0].startswith("jp-meti is STALE: nothing new since 2019-07-01: 新着なし 새 글 없음")
    assert subjects[1] == "jp-meti has RECOVERED: it is well again"


def feed(day: str) -> Answer:
    item = f"<item><title>輸出管理 수출통제</title><link>/{day}</link><pubDate>{day}</pubDate></item>"
    return Answer(f'<rss version="2.0"><channel><title>t</title>{item}</channel></rss>'.encode())


def test_a_source_that_goes_stale_is_one_mail_however_often_it_is_polled(tmp_path: Path) -> None:
    clock = StandingClock(1_700_000_000_000)
    with mail_server() as box, serve({"/feed": feed("2023-01-02")}) as ministry:
        given = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_security": "none", "data": str(tmp_path)}
        given |= {"mail_from": "watch@ministry.example", "private_addresses": ministry.address, "fetch_threads": 1}
        wiring = Wiring(load(given, {}), clock)
        kept.add(wiring.store, replace(OPS, channels=("mailto:ops@example.org",)))
        source = Source(id="demo", publisher="demo", url=ministry.url("/feed"), kind="notice", interval=60, pause=0)
        states = []
        for day in ("2023-01-02", "2023-01-02", "2023-01-02", "2023-11-14", "2023-11-14"):
            ministry.script["/feed"] = feed(day)
            wiring.collect([source], once=True)
            states.append(state.states(wiring.store, ["demo"])["demo"].health)
            delivered(wiring)
            clock.pass_(24 * 3600)
        wiring.close()
        subjects = [mail["Subject"] for mail in box.mails()]
    assert states == ["STALE", "STALE", "STALE", "OK", "OK"]
    assert [subject.partition(":")[0] for subject in subjects] == ["demo is STALE", "demo has RECOVERED"]


def delivered(wiring: Wiring) -> None:
    """Deliver all alerts of the log, those known too, and send what is due."""
    operator = wiring.bus.operator()
    records = operator.read(TopicPartition(ALERTS, 0), 0, 1000, 0.0)
    operator.close()
    wiring.deliver().run(records, lambda: None)
    wiring.alert_clock("test", Recorded()).once(lambda: False)
