"""Which of a source's releases are backfill: on its first poll, those older than its cadence."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from exportwatch.clock import day_start
from exportwatch.model import Draft, Origin

_DAY = 24 * 3600 * 1000


def split(drafts: Sequence[Draft], limit: int, *, first: bool) -> Iterator[tuple[Origin, list[Draft]]]:
    """The drafts by origin, each group in its order: those published before `limit` are backfill.

    `first` until a poll was published completely; later everything is live.
    """
    old = [draft for draft in drafts if first and _older(draft, limit)]
    ids = {draft.id for draft in old}
    groups: tuple[tuple[Origin, list[Draft]], ...] = (
        ("backfill", old),
        ("live", [draft for draft in drafts if draft.id not in ids]),
    )
    return iter([group for group in groups if group[1]])


def _older(draft: Draft, limit: int) -> bool:
    """Whether the release was published before `limit`; undated ones were: nobody wants an alert for each."""
    try:
        if draft.published_precision == "day":
            return day_start(draft.published) + _DAY <= limit
        return datetime.datetime.fromisoformat(draft.published).timestamp() * 1000 < limit
    except ValueError:
        return True
