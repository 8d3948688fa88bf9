"""deliver.py: an alert gets into the ledger once, and what is pending there is due."""

from __future__ import annotations

from dataclasses import replace

from exportwatch import subscriptions
from exportwatch.alerts import outbox
from exportwatch.alerts.deliver import Deliver
from exportwatch.bus import ALERTS, Record
from exportwatch.engine import Filtered, Rejected, Sent
from exportwatch.subscriptions import Watch
from tests.exportwatch.alerts.kit import Failing, House
from tests.subscribed import alert, alert_records, subscription

KNOWN = Filtered("known")


def test_new_alerts_are_in_the_ledger_and_due() -> None:
    house = House(subscription(channels=("console:", "file:/a.jsonl")))
    assert house.deliver([alert(1), alert(2)]) == [Sent(), Sent()]
    assert len(list(house.kept.scan(outbox.LEDGER))) == 2
    assert len(house.due()) == 4
    assert {stored.value for _, stored in house.kept.scan(outbox.DUE)} == {b"console:", b"file:/a.jsonl"}


def test_a_batch_costs_one_write_and_what_is_known_none() -> None:
    house = House()
    store = Failing(house.kept)
    house.deliver([alert(1), alert(2)], store)
    assert store.operations <= 5, "reads: what changed, subscriptions, the ledger twice; one write"
    house.once()
    before = {key: stored.version for key, stored in house.kept.scan("")}
    assert house.deliver([alert(1), alert(2)]) == [KNOWN, KNOWN]
    assert {key: stored.version for key, stored in house.kept.scan("")} == before


def test_the_same_again_is_known_in_one_batch_or_another() -> None:
    house = House()
    reworded = replace(alert(1), title="reworded", observed=9000)
    assert house.deliver([alert(1), reworded]) == [Sent(), KNOWN]
    assert house.deliver([reworded]) == [KNOWN]
    assert len(house.due()) == 1
    entry = outbox.load(house.kept, [outbox.ledger_key(alert(1))])[outbox.ledger_key(alert(1))][0]
    assert entry.alert == alert(1)


def test_changed_claims_are_another_alert() -> None:
    house = House()
    assert house.deliver([alert(1), alert(1, claims_hash="beef")]) == [Sent(), Sent()]


def test_a_known_alert_that_is_pending_is_made_due_again_and_a_sent_one_is_not() -> None:
    house = House()
    house.deliver([alert(1)])
    (due,) = house.due()
    house.kept.delete([due])
    assert house.deliver([alert(1)]) == [KNOWN]
    assert house.due() == [due]
    house.once()
    assert house.deliver([alert(1)]) == [KNOWN]
    assert house.due() == []


def test_alerts_of_a_removed_subscription_go_nowhere() -> None:
    house = House()
    subscriptions.remove(house.kept, "hf")
    assert house.deliver([alert(1)]) == [Filtered("the subscription was removed")]
    assert list(house.kept.scan(outbox.LEDGER)) == []


def test_a_subscription_made_a_moment_ago_is_not_missed() -> None:
    house = House()
    stage = Deliver(house.kept, Watch(house.kept, house.time), house.time)
    assert stage.run(alert_records([alert(1)]), lambda: None) == [Sent()]
    subscriptions.add(house.kept, subscription("other"))
    assert stage.run(alert_records([alert(1, "other")]), lambda: None) == [Sent()]


def test_what_cannot_be_read_leaves_the_others() -> None:
    house = House()
    records = [
        Record(ALERTS, 0, 0, "hf", b"{", 1),
        Record(ALERTS, 0, 1, "hf", None, 1),
        *alert_records([alert(1)]),
    ]
    stage = Deliver(house.kept, Watch(house.kept, house.time), house.time)
    unreadable, purge, new = stage.run(records, lambda: None)
    assert isinstance(unreadable, Rejected)
    assert (purge, new) == (Filtered("purge"), Sent())
