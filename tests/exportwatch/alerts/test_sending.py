"""sending.py: threads that hold each other up as little as possible."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from exportwatch.alerts import Message
from exportwatch.alerts.outbox import Due
from exportwatch.alerts.sending import HANGS, Job, Result, Senders
from exportwatch.clock import SystemClock
from exportwatch.errors import BadRecord, Misconfigured, Retryable
from tests.exportwatch.alerts.kit import Inline, Receiver
from tests.subscribed import Time, alert, subscription


def job(channel: str, number: int = 0) -> Job:
    message = Message(subscription=subscription(), alert=alert(number), key=f"k{number}", attempt=1, first_attempted=1)
    return Job(Due(f"due/{number}", 1, "ledger/hf/1", number), channel, message)


@contextmanager
def threads(receiver: Receiver, most: int = 4) -> Iterator[Senders]:
    senders = Senders(receiver.open, SystemClock(), lambda: True, most)
    yield senders
    senders.close()


def collect(senders: Senders, count: int) -> list[Result]:
    found: list[Result] = []
    deadline = time.monotonic() + 10
    while len(found) < count:
        assert time.monotonic() < deadline
        found += senders.results(0.1)
    return found


def inline(receiver: Receiver, time: Time, may_send: bool = True) -> Inline:
    senders = Inline(receiver.open, time, lambda: may_send)
    senders.time = time
    return senders


def test_a_channel_that_hangs_holds_up_itself_alone() -> None:
    receiver, free = Receiver(), threading.Event()

    def answer(url: str, message: Message) -> None:
        if url == "https://slow.example":
            assert free.wait(10)

    receiver.answer = answer
    with threads(receiver) as senders:
        senders.submit([job("https://slow.example", 1), job("https://slow.example", 2)])
        senders.submit([job("https://quick.example", 3)])
        (first,) = collect(senders, 1)
        assert (first.channel, first.status) == ("https://quick.example", "sent")
        assert senders.results(0) == []
        free.set()
        rest = collect(senders, 2)
    assert [result.due.number for result in rest] == [1, 2]


def test_every_answer_has_its_result_and_the_batch_goes_on() -> None:
    receiver, time = Receiver(), Time()
    errors = {0: BadRecord("410"), 1: Retryable("429"), 2: Misconfigured("no such host"), 3: RuntimeError("bug")}

    def answer(url: str, message: Message) -> None:
        number = int(message.key[1:])
        if number in errors:
            raise errors[number]

    receiver.answer = answer
    senders = inline(receiver, time)
    senders.submit([job("console:", number) for number in range(5)])
    assert [(r.status, r.reason) for r in senders.results(0)] == [
        ("never", "410"),
        ("later", "429"),
        ("later", "no such host"),
        ("later", "unexpected RuntimeError: bug"),
        ("sent", ""),
    ]


def test_after_an_attempt_that_hung_the_rest_of_the_batch_is_skipped() -> None:
    receiver, time = Receiver(), Time()

    def answer(url: str, message: Message) -> None:
        time.sleep(HANGS / 1000 + 1)
        raise Retryable("no answer")

    receiver.answer = answer
    senders = inline(receiver, time)
    senders.submit([job("console:", number) for number in range(3)])
    results = senders.results(0)
    assert [result.status for result in results] == ["later", "skipped", "skipped"]
    assert results[0].ended - results[0].began == HANGS + 1000


def test_nothing_is_sent_without_the_lease() -> None:
    receiver, time = Receiver(), Time()
    senders = inline(receiver, time, may_send=False)
    senders.submit([job("console:")])
    assert [result.status for result in senders.results(0)] == ["skipped"]
    assert receiver.taken == []


def test_a_channel_that_cannot_be_opened_is_asked_again() -> None:
    receiver, time = Receiver(), Time()
    opened: list[str] = []

    def open(url: str) -> object:
        opened.append(url)
        if len(opened) == 1:
            raise Misconfigured("not yet")
        return receiver.open(url)

    senders = Inline(open, time, lambda: True)  # type: ignore[arg-type]
    senders.time = time
    senders.submit([job("console:", number) for number in range(3)])
    assert [result.status for result in senders.results(0)] == ["later", "sent", "sent"]
    assert len(opened) == 2, "opened once and kept"


def test_more_channels_than_threads_are_served_one_after_another() -> None:
    receiver = Receiver()
    with threads(receiver, most=2) as senders:
        for number in range(20):
            senders.submit([job(f"https://{number}.example", number)])
        assert {result.status for result in collect(senders, 20)} == {"sent"}
        assert sum(thread.name == "sender" for thread in threading.enumerate()) <= 2
    deadline = time.monotonic() + 10
    while any(thread.name == "sender" for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "threads that were idle must end"
        time.sleep(0.01)
