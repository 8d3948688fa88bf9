"""The pages of a source that are fetched once more: those that were missing, and those that may have been corrected.

A page is looked at again an hour, a day, a week and thirty days after it was first seen, and then forgotten. One that
was missing is kept until it is had, also when its list shows it no more. Pure but for `load`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from collectors.fetch import Validators
from collectors.sources import Source
from collectors.state import Page, SourcePages
from exportwatch.model import Draft, Fetched, Origin

VISITS: Final = tuple(seconds * 1000 for seconds in (3600, 24 * 3600, 7 * 24 * 3600, 30 * 24 * 3600))
"""How long after it was first seen a page is fetched again, in milliseconds."""
MOST_PAGES: Final = 1_000
"""Kept of one source; the pages nearest to being forgotten go first."""
_MOST_CONTENT: Final = 16 * 1024
_MOST_VALIDATOR: Final = 300


class Kept:
    """The pages of one source during one poll; read when first needed. `changed` says whether to save them."""

    def __init__(self, source: Source, load: Callable[[], SourcePages]) -> None:
        self._source = source
        self._load = load
        self._pages: dict[str, Page] | None = None
        self.changed = False

    def missed(self, draft: Draft, origin: Origin, tries: int, now: int) -> None:
        """The page of a draft could not be had, for the so-and-so-many-th time."""
        self._put(_page(draft, self._first(draft.id, now), origin=origin, tries=max(tries, 1)))

    def had(self, draft: Draft, fetched: Fetched | None, now: int) -> None:
        """The page of a draft was published; without an answer nothing more is to be seen of it."""
        if fetched is None:
            self.forget(draft.id)
            return
        first = self._first(draft.id, now)
        self._put(_visited(_page(draft, first), fetched, now))

    def adopt(self, draft: Draft, first: int, now: int) -> None:
        """Another source brought the page at `first`; this one sees whether it is corrected from now on."""
        page = _visited(_page(draft, first), None, now)
        if page.visits < len(VISITS):
            self._put(page)

    def visited(self, page: Page, fetched: Fetched | None, now: int) -> None:
        """A page was looked at again, or could not be; after the last time it is forgotten."""
        after = _visited(page, fetched, now)
        if after.visits >= len(VISITS):
            self.forget(page.id)
        else:
            self._put(after)

    def forget(self, name: str) -> None:
        if self._all().pop(name, None) is not None:
            self.changed = True

    def missing(self) -> list[Page]:
        return [page for page in self._all().values() if page.tries]

    def due(self, now: int) -> list[Page]:
        """To be looked at again, the longest due first."""
        pages = [page for page in self._all().values() if not page.tries and _due(page) <= now]
        return sorted(pages, key=_due)

    def next_visit(self) -> int:
        """When the next page is due; 0 for never."""
        return min((_due(page) for page in self._all().values() if not page.tries), default=0)

    def whole(self) -> SourcePages:
        """What to save."""
        pages = sorted(self._all().values(), key=lambda page: (not page.tries, page.visits, -page.first))
        return SourcePages(pages=tuple(pages[:MOST_PAGES]))

    def draft(self, page: Page) -> Draft:
        """The draft as its list once gave it."""
        return Draft(
            id=page.id,
            publisher=self._source.publisher,
            source=self._source.id,
            kind=self._source.kind,
            url=page.url,
            title=page.title,
            published=page.published,
            published_precision="second" if page.precise else "day",
            lang=page.lang,
            root=page.root,
            extra={"follow": page.follow, "content": page.content, "content_type": page.content_type or "text/plain"},
        )

    def _first(self, name: str, now: int) -> int:
        known = self._all().get(name)
        return known.first if known is not None else now

    def _put(self, page: Page) -> None:
        if self._all().get(page.id) != page:
            self._all()[page.id] = page
            self.changed = True

    def _all(self) -> dict[str, Page]:
        if self._pages is None:
            self._pages = {page.id: page for page in self._load().pages}
        return self._pages


def validators(page: Page) -> Validators | None:
    """What makes the request for a page conditional."""
    found = Validators(etag=page.etag, last_modified=page.last_modified)
    return found if found.headers() else None


def chosen(pages: Iterable[Page], most: int) -> list[Page]:
    """The first of them, at most so many."""
    return list(itertools.islice(pages, most))


def _page(draft: Draft, first: int, *, origin: Origin = "live", tries: int = 0) -> Page:
    return Page(
        id=draft.id,
        url=draft.url,
        follow=draft.extra["follow"],
        title=draft.title,
        published=draft.published,
        precise=draft.published_precision == "second",
        first=first,
        root=draft.root,
        lang=draft.lang,
        origin=origin,
        tries=tries,
        content=draft.extra["content"][:_MOST_CONTENT] if tries else "",
        content_type=draft.extra["content_type"] if tries else "",
    )


def _visited(page: Page, fetched: Fetched | None, now: int) -> Page:
    visits = sum(page.first + after <= now for after in VISITS)
    if fetched is None or fetched.status == 304:
        return msgspec.structs.replace(page, visits=visits)
    found = Validators.of(fetched)
    return msgspec.structs.replace(
        page,
        visits=visits,
        etag=found.etag if len(found.etag) <= _MOST_VALIDATOR else "",
        last_modified=found.last_modified if len(found.last_modified) <= _MOST_VALIDATOR else "",
    )


def _due(page: Page) -> int:
    return page.first + VISITS[min(page.visits, len(VISITS) - 1)]
