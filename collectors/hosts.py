"""The gate of each host: how many requests it sees at once, and how soon one follows another, whoever asks.

A request belongs to its network host and, where its source has one, to a politeness key that several hosts share. It
is let through when all of them are free, and counts for all of them; so two sources with different keys can never
meet at one host. Waiting for several gates happens under one lock: there is no order in which to deadlock.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from exportwatch.clock import Clock

MOST_AT_ONCE: Final = 2
LONGEST_DELAY: Final = 60.0
"""Seconds between two requests that a host may ask for (Crawl-delay); it would else stop us by a large number."""
LONGEST_WAIT: Final = 120.0
"""Seconds; a turn that is further away is refused, so that no thread is parked for a host that wants to be left."""
_LOOK: Final = 0.25
"""Seconds after which a thread that waits for others looks whether it should stop."""
_SWEEP: Final = 500
"""Turns between two looks at which hosts can be forgotten."""
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

Key = tuple[str, ...]
"""All gates that a request passes."""


def key(url: str, politeness: str = "") -> Key:
    """The gates of a URL: its host (with a port that is not its scheme's own) and the politeness key, if any."""
    try:
        parts = urlsplit(url)
        name = (parts.hostname or "").rstrip(".").lower()
        host = name if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f"{name}:{parts.port}"
    except ValueError:
        host = ""  # no URL that anyone would ask for; the fetcher says so
    return tuple(dict.fromkeys(name for name in (host, politeness.lower()) if name))


class Held(Exception):
    """No turn now: the host has asked us to stay away for another `seconds`, or we are stopping. Caught in polite."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


@dataclass(slots=True)
class _Gate:
    """What is known of one host or key. Instants in seconds of the monotonic clock."""

    busy: int = 0
    last: float = -math.inf
    """The later of the last request's beginning and end."""
    pause: float = 0.0
    """Of the last request: it holds for whoever comes next."""
    slow: float = 0.0
    held: float = -math.inf

    def opens(self, pause: float) -> float:
        """When the next request may begin, as far as time alone says."""
        return max(self.last + max(pause, self.pause, self.slow), self.held)


class Hosts:
    """Safe to share between threads; forgets hosts that nobody asks for."""

    def __init__(self, clock: Clock, *, most: int = 1, stop: Callable[[], bool] = lambda: False) -> None:
        """`most` requests of one host at once, one or two; `stop` ends every wait."""
        self._clock = clock
        self._most = min(max(most, 1), MOST_AT_ONCE)
        self._stop = stop
        self._changed = threading.Condition()
        self._gates: dict[str, _Gate] = {}
        self._turns = 0

    def __len__(self) -> int:
        """How many hosts and keys are remembered."""
        return len(self._gates)

    @contextmanager
    def turn(self, key: Key, pause: float) -> Iterator[None]:
        """One request: waits until all gates of `key` are open, at least `pause` seconds after the one before.

        Raises Held when that is more than LONGEST_WAIT away, or `stop()`.
        """
        self._enter(key, pause)
        try:
            yield
        finally:
            with self._changed:
                for name in key:
                    gate = self._gates[name]
                    gate.busy -= 1
                    gate.last = self._clock.monotonic()
                self._changed.notify_all()

    def free(self, key: Key) -> bool:
        """Whether a request could begin at once."""
        return self.ready_at(key) <= self._clock.monotonic()

    def ready_at(self, key: Key) -> float:
        """When a request could begin, in seconds of the monotonic clock; infinity while others are at it."""
        with self._changed:
            return self._opens(key, 0.0)

    def hold(self, key: Key, until: float) -> None:
        """No request before this instant of the monotonic clock (Retry-After), whoever asks."""
        with self._changed:
            for gate in self._of(key):
                gate.held = max(gate.held, until)
            self._changed.notify_all()

    def slow(self, key: Key, seconds: float) -> None:
        """At least so many seconds between two requests to the host (Crawl-delay), at most LONGEST_DELAY."""
        with self._changed:
            for gate in self._of(key[:1]):
                gate.slow = min(max(seconds, 0.0), LONGEST_DELAY)

    def _enter(self, key: Key, pause: float) -> None:
        while True:
            with self._changed:
                wait = self._opens(key, pause) - self._clock.monotonic()
                if wait <= 0:
                    self._begin(key, pause)
                    return
                if self._stop():
                    raise Held("stopping", 0.0)
                if wait == math.inf:
                    self._changed.wait(_LOOK)
                    continue
            if wait > LONGEST_WAIT:
                raise Held(f"{key[0]} has asked us to stay away for another {wait:.0f} s", wait)
            self._clock.sleep(max(wait, 0.001))

    def _begin(self, key: Key, pause: float) -> None:
        now = self._clock.monotonic()
        for gate in self._of(key):
            gate.busy += 1
            gate.last, gate.pause = now, pause
        self._turns += 1
        if self._turns % _SWEEP == 0:
            self._forget(now)

    def _opens(self, key: Key, pause: float) -> float:
        gates = [self._gates[name] for name in key if name in self._gates]
        if any(gate.busy >= self._most for gate in gates):
            return math.inf
        return max((gate.opens(pause) for gate in gates), default=-math.inf)

    def _of(self, key: Key) -> list[_Gate]:
        return [self._gates.setdefault(name, _Gate()) for name in key]

    def _forget(self, now: float) -> None:
        """Drop what makes no difference any more; a Crawl-delay is told again with the next look at robots.txt."""
        idle = [name for name, gate in self._gates.items() if not gate.busy and gate.opens(LONGEST_DELAY) < now]
        for name in idle:
            del self._gates[name]
