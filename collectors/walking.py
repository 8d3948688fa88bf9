"""From the newest page of a list to older ones, until what is known is reached.

All pages of a walk are read before anything of them is published, and then the oldest first: whatever ends a poll in
between, the newest page is unknown ground, and the next poll walks the same way again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from collectors import condition, paging
from collectors.asking import Asking
from collectors.fetch import FetchFailed, Validators
from collectors.paging import Request
from collectors.readers import Parse
from collectors.sources import Source
from exportwatch.clock import rfc3339
from exportwatch.errors import BadRecord
from exportwatch.model import Draft, Fetched, Parsed

_GONE: Final = (404, 410)
_MOST_LOST: Final = 10
"""A place that is not found again on so many times the most pages of a poll is looked for no more."""

Known = Callable[[Sequence[Draft]], frozenset[str]]
"""The ids of those that were published in a poll before, in these very words."""


@dataclass(slots=True, kw_only=True)
class Walk:
    """The pages that were read, the newest first."""

    pages: list[tuple[int, Parsed]] = field(default_factory=list)
    """When each was observed, and what it says."""
    passed: int = 0
    """The number of the page on which a walk before broke off; 0 while that was not seen."""
    broken: str = ""
    """Why an older page could not be had; then not all is known between it and what was known."""
    far: bool = False
    """Whether it ended by the most pages of one poll, and not at what is known: the next one goes on from there."""
    lost: bool = False
    """Whether the place at which a walk before broke off was not found again."""

    @property
    def last(self) -> str:
        """The id of the oldest release that was read; empty for none."""
        names = [draft.id for _, parsed in self.pages for draft in parsed.drafts if not draft.root]
        return names[-1] if names else ""

    @property
    def ids(self) -> set[str]:
        return {draft.id for _, parsed in self.pages for draft in parsed.drafts}


class Walker:
    """Walks the older pages of one list."""

    def __init__(self, source: Source, asking: Asking, parse: Parse, now: int) -> None:
        self._source = source
        self._asking = asking
        self._parse = parse
        self._now = now

    def newest(self, validators: Validators | None) -> Fetched | FetchFailed:
        return self._asking.ask(paging.first(self._source), validators)

    def read(self, fetched: Fetched) -> Parsed:
        """Raises BadRecord where the parser had to be killed."""
        return self._parse(fetched, self._source)

    def on(self, fetched: Fetched, parsed: Parsed, known: Known, *, limit: int, gap: str) -> Walk:
        """The newest page, and the older ones that have to be read with it.

        `limit`: on a first poll, the instant before which nothing is looked for; else 0. `gap`: where a walk before
        broke off; what is known counts only behind it.
        """
        walk = Walk(pages=[(fetched.observed, parsed)])
        while (request := self._next(walk)) is not None and not self._reached(walk, known, limit, gap):
            walk.passed = walk.passed or (len(walk.pages) if gap in walk.ids else 0)
            if self._far_enough(walk, gap) or not self._step(walk, request):
                break
        walk.far = walk.far and not limit
        return walk

    def _far_enough(self, walk: Walk, gap: str) -> bool:
        """Whether these are the pages of one poll; those down to the place where a walk broke off count for less."""
        most = paging.most(self._source)
        if gap and not walk.passed:
            walk.lost = len(walk.pages) >= _MOST_LOST * most
            return walk.lost
        walk.far = len(walk.pages) >= walk.passed + most
        return walk.far

    def _next(self, walk: Walk) -> Request | None:
        begin = rfc3339(self._now - self._source.cadence * 1000)[:10]
        return paging.older(
            self._source, len(walk.pages), walk.pages[-1][1].next, begin=begin, end=rfc3339(self._now)[:10]
        )

    def _step(self, walk: Walk, request: Request) -> bool:
        """Read one page more; False at the end of the list, or where it cannot be had."""
        found = self._asking.ask(request)
        if isinstance(found, FetchFailed):
            walk.broken = "" if found.status in _GONE else str(found)
            return False
        try:
            parsed = self.read(found)
        except BadRecord as error:
            walk.broken = str(error)
            return False
        if not parsed.drafts or {draft.id for draft in parsed.drafts} <= walk.ids:
            return False  # the end, or a site that shows the same page for every number
        walk.pages.append((found.observed, parsed))
        return True

    def _reached(self, walk: Walk, known: Known, limit: int, gap: str) -> bool:
        drafts = [draft for draft in walk.pages[-1][1].drafts if not draft.root]
        if not drafts:
            return True
        if limit:
            return any(condition.instant(draft) < limit for draft in drafts)
        if gap and gap not in walk.ids:
            return False
        old = known(drafts)
        if drafts[-1].id in old:
            return drafts[-1].id != gap
        # A list may show something else last; but half a page of what is known is enough, unless a walk broke off here.
        return not gap and 2 * len(old) >= len(drafts)
