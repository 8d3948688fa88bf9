"""What became due lately, in one key: so that the clock need not scan for what is new.

Each batch of due keys is put together with a note of it under CHANGES; the last few batches stay in the note, numbered
without gaps by compare-and-swap. A reader that has followed up to number n takes what came after n; where the note
does not reach back that far, it scans. Only a hint: the due keys themselves are what counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from exportwatch.errors import Retryable
from exportwatch.store import NEW, Put, Store, Stored, Wrote

CHANGES: Final = "changes/due"
_KEYS: Final = 300
_BATCHES: Final = 50
_TRIES: Final = 100


class Noted(NamedTuple):
    """A due key and its channel."""

    key: str
    channel: str


class _Batch(msgspec.Struct):
    number: int
    due: list[tuple[str, str]] | None
    """None: too many to be noted."""


class _Note(msgspec.Struct):
    batches: list[_Batch]

    @property
    def last(self) -> int:
        return self.batches[-1].number if self.batches else 0


class Journal:
    """For one writer among several; remembers the note as it last wrote it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._note = _Note([])
        self._version = NEW

    def put(self, puts: Sequence[Put], before: Sequence[Put] = ()) -> list[Wrote]:
        """Put due keys, whose values are channels, and the note of them; what became of the puts `before` them.

        All goes in one write, in this order: a write is what takes time.
        """
        if not puts:
            return self._store.put_many(before) if before else []
        wrote: list[Wrote] = []
        due = [(put.key, put.value.decode()) for put in puts] if len(puts) <= _KEYS else None
        for attempt in range(_TRIES):
            note = _Note(_lately([*self._note.batches, _Batch(self._note.last + 1, due)]))
            put = Put(CHANGES, msgspec.json.encode(note), self._version)
            *others, noted = self._store.put_many([*before, *puts, put] if attempt == 0 else [put])
            wrote = wrote or others[: len(before)]
            if not noted.conflict:
                self._note, self._version = note, noted.version
                return wrote
            stored = self._store.get_many([CHANGES]).get(CHANGES)
            self._note, self._version = (_read(stored), stored.version) if stored else (_Note([]), NEW)
        raise Retryable("the note of what became due keeps being written by others")


def _lately(batches: list[_Batch]) -> list[_Batch]:
    """The last batches, together of not too many keys; the very last in any case."""
    kept, keys = len(batches) - 1, len(batches[-1].due or ())
    while kept and len(batches) - kept < _BATCHES:
        keys += len(batches[kept - 1].due or ())
        if keys > _KEYS:
            break
        kept -= 1
    return batches[kept:]


def last(stored: Stored | None) -> int:
    """The number of the last batch noted; 0 before the first."""
    return _read(stored).last if stored else 0


def news(stored: Stored | None, followed: int) -> list[Noted] | None:
    """What was noted after batch `followed`; None where the note does not tell it all."""
    batches = _read(stored).batches if stored else []
    later = [batch for batch in batches if batch.number > followed]
    if not later or later[0].number != followed + 1 or any(batch.due is None for batch in later):
        return None
    return [Noted(key, channel) for batch in later for key, channel in batch.due or ()]


def _read(stored: Stored) -> _Note:
    try:
        return msgspec.json.decode(stored.value, type=_Note)
    except msgspec.MsgspecError:
        return _Note([])
