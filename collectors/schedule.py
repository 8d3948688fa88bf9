"""Which source is polled next: pure; time, and what the hosts allow, are told to it.

Of one host one source is polled at a time. Hosts that were slow the last time share half of the slots, so that however
many there are, the others keep their schedule.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from collectors.hosts import key
from collectors.sources import Source
from exportwatch.health import WELL, HealthState

SLOW_SECONDS: Final = 4.0
"""A poll that took longer makes its host a slow one until the next: it keeps a slot for itself."""

Wait = Callable[[str], float]
"""Seconds until a host may be asked again; 0 or less for now, infinity while somebody asks."""
_LONGEST: Final = 60.0


class Agenda:
    """The sources that are waited for, and those that run. Instants in milliseconds."""

    def __init__(self, slots: int) -> None:
        """`slots`: how many may run at once."""
        self._slots = slots
        self._due: dict[str, int] = {}
        self._hosts: dict[str, str] = {}
        self._coming: list[tuple[int, str]] = []
        self._ripe: dict[str, list[tuple[int, str]]] = {}
        self._running: dict[str, str] = {}
        self._slow: set[str] = set()

    def put(self, name: str, host: str, due: int) -> None:
        """Have the source polled at `due`, and no more at the instant that was said before."""
        self._due[name], self._hosts[name] = due, host
        heapq.heappush(self._coming, (due, name))

    def drop(self, name: str) -> None:
        """Have the source polled no more; one that runs goes on."""
        self._due.pop(name, None)

    def planned(self, name: str) -> bool:
        return name in self._due or name in self._running.values()

    def start(self, now: int, wait: Wait) -> list[str]:
        """The sources to be polled now, the longest due first; they run until `done`."""
        self._ripen(now)
        ready = sorted((self._ripe[host][0], host) for host in self._ripe if host not in self._running)
        started = []
        slow = sum(host in self._slow for host in self._running)
        for (due, name), host in ready:
            if len(self._running) >= self._slots:
                break
            if wait(host) > 0 or (host in self._slow and slow >= max(1, self._slots // 2)):
                continue
            slow += host in self._slow
            self._take(host, due, name)
            started.append(name)
        return started

    def done(self, name: str, seconds: float) -> None:
        """The source has been polled, and its host needed so long."""
        host = next(host for host, running in self._running.items() if running == name)
        del self._running[host]
        (self._slow.add if seconds > SLOW_SECONDS else self._slow.discard)(host)

    def wake(self, now: int, wait: Wait) -> int | None:
        """The instant at which `start` may have more, if nothing ends before; None for never."""
        if len(self._running) >= self._slots:
            return None
        waits = [(host, wait(host)) for host in self._ripe if host not in self._running]
        instants = [now + int(min(seconds, _LONGEST) * 1000) + 1 for _, seconds in waits if seconds > 0]
        self._tidy(self._coming)
        return min([*instants, *(due for due, _ in self._coming[:1])], default=None)

    @property
    def running(self) -> int:
        return len(self._running)

    def _ripen(self, now: int) -> None:
        while self._coming and self._coming[0][0] <= now:
            due, name = heapq.heappop(self._coming)
            if self._due.get(name) == due:
                heapq.heappush(self._ripe.setdefault(self._hosts[name], []), (due, name))
        for host in list(self._ripe):
            self._tidy(self._ripe[host])
            if not self._ripe[host]:
                del self._ripe[host]

    def _tidy(self, heap: list[tuple[int, str]]) -> None:
        """Take away what was put anew or dropped since, as far as it stands in front."""
        while heap and self._due.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)

    def _take(self, host: str, due: int, name: str) -> None:
        heapq.heappop(self._ripe[host])
        del self._due[name]
        self._running[host] = name


def host_of(source: Source) -> str:
    """What sources must share to be asked one after the other."""
    return key(source.url, source.politeness)[-1]


def stands_in(sources: Iterable[Source], healths: Mapping[str, HealthState]) -> dict[str, str]:
    """Of the fallbacks of sources that are not well: id -> id of the source it stands in for."""
    return {source.fallback: source.id for source in sources if source.fallback and healths[source.id] not in WELL}


def fallbacks(sources: Iterable[Source]) -> frozenset[str]:
    """The sources that are polled only while another one is not well."""
    return frozenset(source.fallback for source in sources if source.fallback)
