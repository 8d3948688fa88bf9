"""One holder at a time, by the Store: who sends is whoever holds `lease/clock`, and each holder has a higher number.

Clocks of different machines are never compared: a lease is taken over when its version has not changed for as long as
a lease lasts, measured by the one who waits. A holder counts from before it renewed, so it stops first.
"""

from __future__ import annotations

import logging
from typing import Final

import msgspec

from exportwatch.clock import Clock
from exportwatch.errors import ExportwatchError
from exportwatch.store import NEW, Put, Store, Stored

KEY: Final = "lease/clock"
SECONDS: Final = 6.0
"""How long a lease lasts that is not renewed."""
_RENEW: Final = SECONDS / 3
_MARGIN: Final = 0.5

log = logging.getLogger("exportwatch")


class Lost(ExportwatchError):
    """Somebody else holds the lease now, or may: nothing more may be sent or recorded under it."""


class _Held(msgspec.Struct):
    holder: str
    until: int
    """What its holder promises by its own clock, for people to read; 0: given up."""
    fence: int


class Lease:
    """`holder` is a name that only one living process has: the same name again is its successor."""

    def __init__(self, store: Store, clock: Clock, holder: str) -> None:
        self._store = store
        self._clock = clock
        self._holder = holder
        self._version = ""
        self._renewed = 0.0
        self._seen: tuple[str, float] = ("", 0.0)
        self.fence = 0
        """Higher for every holder; 0 before the first."""

    @property
    def valid(self) -> bool:
        """Whether nobody else can hold it yet. May be asked from any thread."""
        return bool(self._version) and self._clock.monotonic() < self._renewed + SECONDS - _MARGIN

    def acquire(self) -> bool:
        """Take it if it is free, given up, ours by name, or not renewed in time; else False, to be asked again."""
        stored = self._store.get_many([KEY]).get(KEY)
        held = msgspec.json.decode(stored.value, type=_Held) if stored else None
        if held and stored and not self._free(held, stored):
            return False
        if not self._put(held.fence + 1 if held else 1, stored.version if stored else NEW):
            return False
        log.info("clock: holds the lease, number %d", self.fence)
        return True

    def _free(self, held: _Held, stored: Stored) -> bool:
        if held.until == 0 or held.holder == self._holder:
            return True
        version, since = self._seen
        if version != stored.version:
            self._seen = (stored.version, self._clock.monotonic())
            return False
        return self._clock.monotonic() - since >= SECONDS

    def keep(self) -> None:
        """Renew it when a third of its time has gone. Raises Lost when it is no longer ours."""
        if self._clock.monotonic() < self._renewed + _RENEW and self._version:
            return
        if not self._version or not self._put(self.fence, self._version):
            self._version = ""
            raise Lost("another clock has taken the lease")

    def forget(self) -> None:
        """It was lost, as others have told."""
        self._version = ""

    def release(self) -> None:
        """Give it up, so that nobody has to wait for its end."""
        if self._version:
            given_up = msgspec.json.encode(_Held(self._holder, 0, self.fence))
            self._store.put_many([Put(KEY, given_up, self._version)])
            self._version = ""

    def _put(self, fence: int, expected: str) -> bool:
        before = self._clock.monotonic()
        held = _Held(self._holder, self._clock.now() + int(SECONDS * 1000), fence)
        wrote = self._store.put_many([Put(KEY, msgspec.json.encode(held), expected)])[0]
        if wrote.conflict:
            return False
        self._version, self._renewed, self.fence = wrote.version, before, fence
        return True
