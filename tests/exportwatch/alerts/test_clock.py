"""clock.py: everything due is sent and recorded; crashes and outages lose nothing and repeat only under one key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from exportwatch import subscriptions
from exportwatch.alerts import Message, outbox
from exportwatch.alerts.lease import SECONDS
from exportwatch.engine import Filtered
from exportwatch.errors import BadRecord, Retryable
from exportwatch.store import Put
from exportwatch.stores.memory import MemoryStore
from tests.exportwatch.alerts.kit import Died, Failing, House, away
from tests.subscribed import alert, subscription

CHANNELS = ("console:", "https://a.example/hook")
ALERTS = [alert(1), alert(2), alert(1, "other"), alert(3)]


def house_of_two() -> House:
    return House(subscription(channels=CHANNELS), subscription("other", channels=CHANNELS[:1]))


EXPECTED = {(channel, made.document, made.subscription) for made in ALERTS for channel in CHANNELS} - {
    (CHANNELS[1], "p:1", "other")
}


def check(house: House) -> None:
    """Each expected message was taken, always under one and the same key, and nothing is left to do."""
    took: dict[tuple[str, str, str], set[str]] = {}
    for channel, message in house.receiver.taken:
        took.setdefault((channel, message.alert.document, message.subscription.id), set()).add(message.key)
    assert set(took) == EXPECTED
    assert all(len(keys) == 1 for keys in took.values())
    assert len({key for keys in took.values() for key in keys}) == len(EXPECTED)
    assert house.states() == {"sent": len(EXPECTED)}
    assert house.due() == []


def test_what_is_due_is_sent_once_and_recorded() -> None:
    house = house_of_two()
    house.deliver(ALERTS)
    house.once()
    check(house)
    assert set(house.receiver.keys().values()) == {1}
    house.once()
    assert len(house.receiver.taken) == len(EXPECTED)
    assert house.metrics.totals == Counter(messages_sent=len(EXPECTED))


def test_a_message_says_all_that_a_channel_needs() -> None:
    house = House(subscription(channels=("https://a.example/hook",)))
    house.deliver([alert(1)])
    began = house.time.now()
    house.once()
    ((_, message),) = house.receiver.taken
    assert message.alert == alert(1)
    assert message.subscription == subscriptions.load(house.kept, "hf")
    assert message.subscription.secret
    assert (message.attempt, message.first_attempted, message.test) == (1, began, False)


class Reluctant:
    """Refuses every message once, if told to."""

    def __init__(self, house: House, refuses: bool) -> None:
        self._seen: set[str] = set() if refuses else {"all"}
        house.receiver.answer = self

    def __call__(self, url: str, message: Message) -> None:
        if self._seen != {"all"} and message.key not in self._seen:
            self._seen.add(message.key)
            away(url, message)


def deliver_and_send(house: House, store: Failing, committed: list[bool] | None = None) -> None:
    """All of it, with the second attempts a second later."""
    house.deliver(ALERTS, store)
    if committed is not None:
        committed.append(True)
    house.once(store)
    house.time.sleep(1)
    house.once(store)


def operations(refuses: bool) -> int:
    house = house_of_two()
    Reluctant(house, refuses)
    store = Failing(house.kept)
    deliver_and_send(house, store)
    check(house)
    return store.operations


EVERY_OPERATION = [(refuses, number) for refuses in (False, True) for number in range(1, operations(refuses) + 1)]


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("refuses", "number"), EVERY_OPERATION)
def test_a_death_at_any_operation_loses_nothing(refuses: bool, number: int, done: bool) -> None:
    house = house_of_two()
    Reluctant(house, refuses)
    store = Failing(house.kept, number, Died, done)
    committed: list[bool] = []
    with pytest.raises(Died):
        deliver_and_send(house, store, committed)
    if not committed:
        house.deliver(ALERTS)
    for _ in range(3):
        house.once()
        house.time.sleep(1)
    check(house)
    assert max(house.receiver.keys().values()) <= 2


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("refuses", "number"), EVERY_OPERATION)
def test_a_store_that_fails_at_any_operation_is_waited_for(refuses: bool, number: int, done: bool) -> None:
    house = house_of_two()
    Reluctant(house, refuses)
    store = Failing(house.kept, number, Retryable, done)
    try:
        house.deliver(ALERTS, store)
    except Retryable:
        house.deliver(ALERTS, store)  # as the engine does
    for _ in range(3):
        house.once(store)
        house.time.sleep(1)
    check(house)
    assert set(house.receiver.keys().values()) == {1}, "the process lives and knows what it has sent"


@pytest.mark.parametrize("taken", [False, True], ids=["before it was taken", "after it was taken"])
def test_a_death_while_sending_repeats_under_the_same_key(taken: bool) -> None:
    house = house_of_two()
    house.deliver(ALERTS)

    def die(url: str, message: Message) -> None:
        if len(house.receiver.taken) == 2:
            house.receiver.taken += [(url, message)] * taken
            raise Died

    house.receiver.answer = die
    with pytest.raises(Died):
        house.once()
    house.receiver.answer = lambda url, message: None
    house.once()
    check(house)


def test_a_refusing_channel_is_tried_again_later_and_the_other_is_not_held_up() -> None:
    house = house_of_two()
    house.receiver.answer = lambda url, message: away(url, message) if url == CHANNELS[1] else None
    house.deliver(ALERTS)
    house.once()
    assert house.states() == {"sent": 4, "pending": 3}
    assert len(house.due()) == 3
    house.receiver.answer = lambda url, message: None
    house.once()
    assert house.states() == {"sent": 4, "pending": 3}, "not yet due"
    house.time.sleep(1)
    house.once()
    check(house)
    late = [message for url, message in house.receiver.taken if url == CHANNELS[1]]
    assert {message.attempt for message in late} == {2}
    assert all(message.first_attempted < house.time.now() - 900 for message in late)
    assert house.metrics.totals == Counter(messages_sent=7, messages_retried=3)


def run_until(house: House, end: Callable[[], bool], turns: int = 200_000) -> None:
    """Role `clock` until the condition holds."""
    left = [turns]

    def stopping() -> bool:
        left[0] -= 1
        assert left[0], "it never came to that"
        return end()

    house.clock().run(stopping)


def test_a_third_of_all_attempts_refused_costs_time_alone() -> None:
    house = house_of_two()
    attempts: Counter[str] = Counter()

    def sometimes(url: str, message: Message) -> None:
        attempts[message.key] += 1
        if (attempts[message.key] + int(message.key[:4], 16)) % 3 == 0:
            away(url, message)

    house.receiver.answer = sometimes
    house.deliver(ALERTS)
    run_until(house, lambda: house.states() == {"sent": len(EXPECTED)})
    check(house)
    assert set(house.receiver.keys().values()) == {1}


def test_a_channel_that_is_away_for_a_day_is_given_up_and_said(caplog: pytest.LogCaptureFixture) -> None:
    house = House(subscription(channels=("https://token@a.example/secret",)))
    house.receiver.answer = away
    house.deliver([alert(1)])
    (key,) = (key for key, _ in house.kept.scan(outbox.LEDGER))
    for _ in range(40):
        house.time.sleep(3600)
        house.once()
    assert house.states() == {"failed": 1}
    assert house.due() == []
    assert "given up: connection refused" in caplog.text
    assert "secret" not in caplog.text
    assert "token" not in caplog.text
    delivery = outbox.load(house.kept, [key])[key][0].deliveries[0]
    assert delivery.last - delivery.first >= 24 * 3600 * 1000
    assert house.deliver([alert(1)]) == [Filtered("known")]
    assert house.due() == []


def test_what_is_refused_for_good_is_not_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    house = House()

    def never(url: str, message: Message) -> None:
        raise BadRecord("410 Gone")

    house.receiver.answer = never
    house.deliver([alert(1)])
    house.once()
    assert house.states() == {"failed": 1}
    assert house.due() == []
    assert "410 Gone" in caplog.text


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyError("x")])
def test_a_bug_in_a_channel_is_a_failure_to_be_repeated(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    house = House()

    def broken(url: str, message: Message) -> None:
        raise error

    house.receiver.answer = broken
    house.deliver([alert(1)])
    house.once()
    assert house.states() == {"pending": 1}
    assert "unexpected" in caplog.text


def test_nothing_more_is_sent_to_a_removed_subscription_or_channel() -> None:
    house = House(subscription(channels=CHANNELS), subscription("other"))
    house.deliver([alert(1), alert(1, "other")])
    subscriptions.remove(house.kept, "other")
    subscriptions.add(house.kept, subscription(channels=CHANNELS[:1]), replace=True)
    house.once()
    assert [(url, message.subscription.id) for url, message in house.receiver.taken] == [(CHANNELS[0], "hf")]
    assert house.states() == {"sent": 1, "failed": 2}
    assert house.due() == []


def test_due_keys_that_the_ledger_does_not_confirm_are_dropped_and_the_right_one_is_made() -> None:
    house = House()
    house.deliver([alert(1)])
    (right,) = house.due()
    ledger = outbox.ledger_key(alert(1))
    wrong = [
        outbox.due_key(ledger, 0, 1),
        outbox.due_key(ledger, 7, 1),
        outbox.due_key("ledger/hf/absent", 0, 1),
    ]
    house.kept.delete([right])
    house.kept.put_many([Put(key, b"console:") for key in wrong])
    house.once()
    assert house.due() == []
    assert house.states() == {"sent": 1}
    assert len(house.receiver.taken) == 1


def test_an_idle_clock_reads_one_key_a_turn() -> None:
    house = House()
    store = Failing(house.kept)
    clock = house.clock(store)
    for _ in range(5):
        clock.turn()
    before = store.operations
    for _ in range(20):
        clock.turn()
    assert store.operations - before <= 20 + 1, "one read of one key, and a renewal of the lease now and then"


def test_a_new_alert_is_sent_in_the_next_turn_and_a_later_one_when_it_is_due() -> None:
    house = House()
    clock = house.clock()
    for _ in range(100):
        clock.turn()
    house.deliver([alert(1)])
    began = house.time.now()
    clock.turn()
    assert len(house.receiver.taken) == 1
    assert house.time.now() == began
    house.receiver.answer = away
    house.deliver([alert(2)])
    failed = house.time.now()
    clock.turn()
    house.receiver.answer = lambda url, message: None
    while len(house.receiver.taken) < 2:
        clock.turn()
    assert 1000 <= house.time.now() - failed <= 1100


def test_neither_what_is_new_nor_what_was_put_off_needs_a_scan() -> None:
    house = House()
    store = Failing(house.kept)
    clock = house.clock(store)
    clock.turn()
    assert store.scans == 1
    house.receiver.answer = away
    for number in range(5):
        house.deliver([alert(number)])
        clock.turn()
    house.receiver.answer = lambda url, message: None
    while house.states() != {"sent": 5}:
        clock.turn()
    assert store.scans == 1


def test_a_successor_finds_what_its_predecessor_put_off_however_much_that_is() -> None:
    house = House()
    house.receiver.answer = away
    house.deliver([alert(number) for number in range(1500)])
    house.once()
    assert house.states() == {"pending": 1500}
    house.receiver.answer = lambda url, message: None
    run_until(house, lambda: house.due() == [])
    assert house.states() == {"sent": 1500}
    assert set(house.receiver.keys().values()) == {1}


def test_of_two_clocks_one_sends_and_the_other_takes_over() -> None:
    house = House()
    first, second = house.clock(holder="first"), house.clock(holder="second")
    first.turn()
    house.deliver([alert(1)])
    second.turn()
    assert house.receiver.taken == []
    first.turn()
    assert len(house.receiver.taken) == 1
    # The first is gone; what it sent was not recorded.
    deadline = house.time.now() + (SECONDS + 2) * 1000
    while house.states() != {"sent": 1}:
        second.turn()
        assert house.time.now() < deadline
    assert max(house.receiver.keys().values()) == 2
    assert len(house.receiver.keys()) == 1


def test_a_clock_that_slept_through_its_lease_neither_sends_nor_records() -> None:
    house = House()
    first, second = house.clock(holder="first"), house.clock(holder="second")
    first.turn()
    house.deliver([alert(1)])
    first.turn()  # sent, and now it sleeps before it can record that
    second.turn()
    house.time.sleep(SECONDS)
    for _ in range(3):
        second.turn()
    key = outbox.ledger_key(alert(1))
    ledger = outbox.load(house.kept, [key])[key]
    assert (ledger[0].fence, ledger[0].deliveries[0].attempts) == (2, 1)
    house.deliver([alert(2)])
    first.turn()
    first.turn()
    assert outbox.load(house.kept, [key])[key] == ledger
    assert len(house.receiver.taken) == 2
    second.turn()
    assert len(house.receiver.taken) == 3


def test_a_later_lease_in_the_ledger_stops_an_earlier_holder() -> None:
    house = House()
    clock = house.clock()
    clock.turn()
    house.deliver([alert(1)])
    clock.turn()
    key = outbox.ledger_key(alert(1))
    entry, version = outbox.load(house.kept, [key])[key]
    house.kept.put_many([Put(key, outbox.ENTRY.encode(replace(entry, fence=9)), version)])
    clock.turn()
    assert outbox.load(house.kept, [key])[key][0].deliveries[0].state == "pending"


def test_once_beside_a_running_clock_waits_for_that_one() -> None:
    house = House()
    running = house.clock(holder="running")
    running.turn()
    house.deliver([alert(1)])
    turns: list[int] = []

    def stopping() -> bool:
        turns.append(house.time.now())
        if len(turns) == 3:
            running.turn()
            running.turn()
        return False

    house.clock(holder="once").once(stopping)
    assert 3 <= len(turns) < 20
    assert house.states() == {"sent": 1}
    assert len(house.receiver.taken) == 1


def test_a_long_queue_of_one_channel_keeps_its_order_and_is_all_sent() -> None:
    house = House(store=MemoryStore())
    for number in range(50):
        house.deliver([alert(number)])
        house.time.sleep(0.001)
    house.once()
    assert [message.alert.document for _, message in house.receiver.taken] == [f"p:{n}" for n in range(50)]
    assert house.due() == []


def test_what_is_due_at_one_instant_is_sent_in_the_order_in_which_it_was_observed() -> None:
    house = House(store=MemoryStore())
    alerts = [replace(alert(number), observed=5000 + number) for number in range(20)]
    house.deliver(alerts[::-1])
    house.once()
    assert [message.alert.document for _, message in house.receiver.taken] == [f"p:{n}" for n in range(20)]
    assert house.due() == []
