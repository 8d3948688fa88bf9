"""The generation of the rules: a number from 0 to 999 that counts up whenever taxonomy or rules change.

It is the last three digits of an index version, so that a replay under new rules replaces what old ones claimed.
"""

from __future__ import annotations

import msgspec

from exportwatch.errors import Misconfigured
from exportwatch.store import NEW, Put, Store

KEY = "rules/generation"
LAST = 999


class _Known(msgspec.Struct):
    generation: int
    fingerprint: str


def current(store: Store, fingerprint: str) -> int:
    """The generation of the rules with this fingerprint: the known one, or one more than the last known.

    At 999 it stays there (equal versions still replace): later rule changes then rely on the order of replays.
    """
    for _ in range(100):
        stored = store.get_many([KEY]).get(KEY)
        known = msgspec.json.decode(stored.value, type=_Known) if stored else None
        if known and known.fingerprint == fingerprint:
            return known.generation
        generation = min(known.generation + 1, LAST) if known else 0
        put = Put(KEY, msgspec.json.encode(_Known(generation, fingerprint)), stored.version if stored else NEW)
        if not store.put_many([put])[0].conflict:
            return generation
    raise Misconfigured("workers with different taxonomies keep replacing each other's rules: give all the same config")
