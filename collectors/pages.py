"""The pages behind the entries of a feed: fetched for new and changed entries, published one by one.

A page that cannot be had is tried again at every poll; after MOST_TRIES what the entry itself says is published, so
that a release is late at worst, never missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from collectors.fetch import FetchFailed
from collectors.publish import Counts, Publisher
from exportwatch.model import Draft, Fetched, Origin, content_hash

MOST_TRIES: Final = 5
GIVE_UP: Final = 3
"""So many pages in a row that nobody answers for end the following of this poll."""


class Pages:
    """Follows the entries of one poll. `done`, `missing` and `complaint` say what came of it."""

    def __init__(
        self,
        get: Callable[[str], Fetched | FetchFailed],
        publisher: Publisher,
        stop: Callable[[], bool],
        done: Mapping[str, str],
        missing: Mapping[str, int],
    ) -> None:
        self._get = get
        self._publisher = publisher
        self._stop = stop
        self._done_before = done
        self._missing_before = missing
        self._unanswered = 0
        self.done: dict[str, str] = {}
        self.missing: dict[str, int] = {}
        self.stopped = False
        self.complaint = ""

    def publish(self, drafts: Sequence[Draft], origin: Origin) -> Counts:
        """Publish the pages of drafts that carry `extra["follow"]`, but of those whose entry is as it was."""
        counts = Counts()
        for draft in drafts:
            hashed = content_hash(_entry(draft))
            if self._done_before.get(draft.id) == hashed:
                self.done[draft.id] = hashed
                counts += Counts(unchanged=1)
                continue
            self.stopped = self.stopped or self._stop()
            if self.stopped:
                continue
            counts += self._follow(draft, origin, hashed)
        return counts

    def _follow(self, draft: Draft, origin: Origin, hashed: str) -> Counts:
        if self._unanswered >= GIVE_UP:
            self.missing[draft.id] = self._missing_before.get(draft.id, 0)
            return Counts()
        page = self._get(draft.extra["follow"])
        full = _with_page(draft, page)
        if full is None:
            assert isinstance(page, FetchFailed)
            self._unanswered = self._unanswered + 1 if page.kind in ("connection", "timeout", "name") else 0
            self.complaint = self.complaint or f"a page is missing: {page}"
            tries = self._missing_before.get(draft.id, 0) + 1
            if tries < MOST_TRIES:
                self.missing[draft.id] = tries
                return Counts()
            full = _entry(draft)
        else:
            self._unanswered = 0
        counts = self._publisher.publish([full], origin, observed=page.observed if isinstance(page, Fetched) else None)
        self.done[draft.id] = hashed
        return counts


def _with_page(draft: Draft, page: Fetched | FetchFailed) -> Draft | None:
    """The draft with its page as body; None where the page may still be had another time."""
    if isinstance(page, Fetched):
        return replace(draft, body=page.body, content_type=page.content_type or "text/html", extra={})
    if page.kind == "too large":
        return replace(draft, body=None, size=page.size, state="too large", extra={})
    return None


def _entry(draft: Draft) -> Draft:
    """The draft with what its entry says as body."""
    content = draft.extra["content"].encode("utf-8")
    return replace(draft, body=content, content_type=draft.extra["content_type"], extra={})
