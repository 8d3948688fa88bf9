"""The pages behind the entries of a feed or list, and their attachments: fetched for new and changed entries.

A page that cannot be had is tried again at every poll; after MOST_TRIES what the entry itself says is published, so
that a release is late at worst, never missing. An attachment that cannot be had keeps the entry of its page open in
the same way; at last it is published with its title and URL alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from collectors.fetch import FetchFailed
from collectors.publish import NONE, Counts, Publisher
from collectors.sources import Source
from exportwatch.errors import BadRecord
from exportwatch.model import Draft, Fetched, Origin, Parsed, content_hash

MOST_TRIES: Final = 5
GIVE_UP: Final = 3
"""So many pages in a row that nobody answers for end the following of this poll."""

Attach = Callable[[Fetched, Draft, Source], Parsed]
"""`page.attachments`, or the same in the sandbox; raises BadRecord for a page that cannot be read."""


class Pages:
    """Follows the entries of one poll. `done`, `missing` and `complaint` say what came of it.

    `done` holds the hash of each entry under its id; while some attachments of an entry are missing, those that were
    published under theirs, and the page under `<id>/`.
    """

    def __init__(
        self,
        get: Callable[[str], Fetched | FetchFailed],
        attach: Callable[[Fetched, Draft], Parsed],
        publisher: Publisher,
        stop: Callable[[], bool],
        done: Mapping[str, str],
        missing: Mapping[str, int],
    ) -> None:
        self._get = get
        self._attach = attach
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
            return NONE
        tries = self._missing_before.get(draft.id, 0) + 1
        page, full = self._fetch(draft)
        if full is None and tries < MOST_TRIES:
            self.missing[draft.id] = tries
            return NONE
        partly = {f"{draft.id}/": hashed}
        counts = NONE
        if not partly.items() <= self._done_before.items():
            counts += self._send(full or _entry(draft), page, origin)
        if isinstance(page, Fetched):
            counts += self._follow_attachments(page, draft, origin, partly, last=tries >= MOST_TRIES)
        if draft.id in self.missing or self.stopped:
            self.done |= partly
        else:
            self.done[draft.id] = hashed
        return counts

    def _follow_attachments(
        self, page: Fetched, root: Draft, origin: Origin, partly: dict[str, str], *, last: bool
    ) -> Counts:
        """Publish what is attached to a page, and note it in `partly`; `missing` gets the root if any has to wait."""
        try:
            found = self._attach(page, root)
        except BadRecord as error:
            self._complain(f"the attachments of {page.url} were not read: {error}")
            return NONE
        counts = Counts(rejections=found.rejections)
        for draft in found.drafts:
            hashed = content_hash(_entry(draft))
            if self._done_before.get(draft.id) == hashed:
                partly[draft.id] = hashed
                continue
            self.stopped = self.stopped or self._stop()
            if self.stopped:
                break
            got, full = self._fetch(draft) if self._unanswered < GIVE_UP else (None, None)
            if full is None and not (last and got is not None):
                tries = self._missing_before.get(root.id, 0) + (got is not None)
                self.missing[root.id] = max(tries, self.missing.get(root.id, 0))
                continue
            counts += self._send(full or replace(draft, state="unreadable", extra={}), got, origin)
            partly[draft.id] = hashed
        return counts

    def _fetch(self, draft: Draft) -> tuple[Fetched | FetchFailed, Draft | None]:
        """What the draft's URL gave, and the draft with it; None where it may still be had another time."""
        page = self._get(draft.extra["follow"])
        full = _with_page(draft, page)
        if full is not None:
            self._unanswered = 0
        elif isinstance(page, FetchFailed):
            self._unanswered = self._unanswered + 1 if page.kind in ("connection", "timeout", "name") else 0
            self._complain(f"{'an attachment' if draft.root else 'a page'} is missing: {page}")
        return page, full

    def _send(self, draft: Draft, page: Fetched | FetchFailed | None, origin: Origin) -> Counts:
        return self._publisher.publish([draft], origin, observed=page.observed if isinstance(page, Fetched) else None)

    def _complain(self, reason: str) -> None:
        self.complaint = self.complaint or reason


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
