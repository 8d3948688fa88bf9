"""Role `index`: documents -> the search index. Upserts by version; lower versions and purges are filtered."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from exportwatch import codec
from exportwatch.bus import Record
from exportwatch.engine import Again, Filtered, Outcome, Rejected, Sent, Waiting
from exportwatch.errors import BadRecord, ExportwatchError
from exportwatch.index import Entry, Index, PutResult
from exportwatch.query.fields import prepare
from exportwatch.taxonomy import Taxonomy

log = logging.getLogger("exportwatch")


class Search:
    """The stage. One bulk put a batch, one result a record."""

    name = "index"

    def __init__(self, index: Index, taxonomy: Taxonomy) -> None:
        self._index = index
        self._taxonomy = taxonomy

    def run(self, records: Sequence[Record], waiting: Waiting) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        entries: dict[int, Entry] = {}
        purges: dict[int, tuple[str, int]] = {}
        for number, record in enumerate(records):
            waiting()
            if record.value is None:
                purges[number] = (record.key, record.timestamp * 1000 + 999)
                continue
            try:
                classified = codec.CLASSIFIED.decode(record.value)
                entries[number] = prepare(classified, self._taxonomy, body=record.value)
            except BadRecord as error:
                outcomes[number] = Rejected(str(error))
            except ExportwatchError:
                raise
            except Exception as error:  # as engine.each: a bug costs one dead letter, not the worker
                log.exception("%s %d@%d: unexpected error", record.topic, record.partition, record.offset)
                outcomes[number] = Rejected(f"unexpected {type(error).__name__}: {error}", bug=True)
        # Versions order puts and purges of one id, whichever is applied first.
        put = self._index.put(list(entries.values())) if entries else []
        deleted = self._index.delete(list(purges.values())) if purges else []
        outcomes.update(zip(entries, map(outcome, put), strict=True))
        outcomes.update(zip(purges, map(outcome, deleted), strict=True))
        return [outcomes[number] for number in range(len(records))]


def outcome(result: PutResult) -> Outcome:
    """What a result of the index means for the record."""
    if result.status == "indexed":
        return Sent()
    if result.status == "deleted":
        return Filtered("purge")
    if result.status == "stale":
        return Filtered("stale")
    if result.status == "busy":
        return Again(result.reason)
    return Rejected(f"the index refuses {result.id}: {result.reason}")
