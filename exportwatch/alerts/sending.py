"""Sends messages in threads, so that a channel that hangs holds up itself alone. One thread at a time a channel."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from exportwatch.alerts import Channel, Message, masked
from exportwatch.alerts.outbox import Due, Status
from exportwatch.clock import Clock
from exportwatch.errors import BadRecord, ExportwatchError

THREADS: Final = 16
"""Channels served at once."""
HANGS: Final = 3000
"""Milliseconds after which a failed attempt ends the batch: the next may take as long."""

log = logging.getLogger("exportwatch")


@dataclass(frozen=True, slots=True)
class Job:
    """One message for one channel, and the due key that asked for it."""

    due: Due
    channel: str
    message: Message


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a job, begun and ended in milliseconds. Skipped: it was not tried, and is as it was."""

    due: Due
    channel: str
    status: Status | Literal["skipped"]
    began: int
    ended: int
    reason: str = ""


class Senders:
    """Threads that share one queue of batches, each batch for one channel; results come one by one."""

    def __init__(
        self,
        open_channel: Callable[[str], Channel],
        clock: Clock,
        may_send: Callable[[], bool],
        threads: int = THREADS,
    ) -> None:
        self._open = open_channel
        self._clock = clock
        self._may_send = may_send
        self._most = threads
        self._threads: list[threading.Thread] = []
        self._channels: dict[str, Channel] = {}
        self._batches: queue.SimpleQueue[Sequence[Job] | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()

    def submit(self, jobs: Sequence[Job]) -> None:
        """Send these in order; all are for one channel, which has none in work."""
        # Daemons, because a send may hang for half a minute and a process must end within seconds: what was sent
        # then without being recorded is sent once more, under the same key.
        if len(self._threads) < self._most:
            self._threads.append(threading.Thread(target=self._work, daemon=True, name="sender"))
            self._threads[-1].start()
        self._batches.put(jobs)

    def results(self, timeout: float) -> list[Result]:
        """All that are known; waits up to so many seconds for the first."""
        found: list[Result] = []
        try:
            found.append(self._results.get(timeout=timeout) if timeout > 0 else self._results.get_nowait())
            while True:
                found.append(self._results.get_nowait())
        except queue.Empty:
            return found

    def close(self) -> None:
        """End the threads that are idle, close the channels. Results that are still to come are lost."""
        for _ in self._threads:
            self._batches.put(None)
        for channel in list(self._channels.values()):
            channel.close()

    def _work(self) -> None:
        while (jobs := self._batches.get()) is not None:
            self.serve(jobs)

    def serve(self, jobs: Sequence[Job]) -> None:
        """Send these now, in this thread."""
        hangs = False
        for job in jobs:
            began = self._clock.now()
            if hangs or not self._may_send():
                self._results.put(Result(job.due, job.channel, "skipped", began, began))
                continue
            status, reason = self._attempt(job)
            ended = self._clock.now()
            hangs = status == "later" and ended - began > HANGS
            self._results.put(Result(job.due, job.channel, status, began, ended, reason))

    def _attempt(self, job: Job) -> tuple[Status, str]:
        try:
            if job.channel not in self._channels:
                self._channels[job.channel] = self._open(job.channel)
            self._channels[job.channel].send(job.message)
        except BadRecord as error:
            return "never", str(error)
        except ExportwatchError as error:  # also a channel that cannot be opened, until somebody mends that
            return "later", str(error)
        except Exception as error:  # a bug must not cost an alert
            log.exception("clock: unexpected error of channel %s", masked(job.channel))
            return "later", f"unexpected {type(error).__name__}: {error}"
        return "sent", ""
