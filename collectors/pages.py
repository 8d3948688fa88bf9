"""The pages behind the entries of a feed or list, and their attachments: fetched for new and changed entries.

A page that cannot be had is tried again at every poll, whether its list still shows it or not; after MOST_TRIES what
the entry itself says is published, so that a release is late at worst, never missing. Where the server answers with
something else in the page's place, that is done at once: the text may follow. What was published before is never
replaced by less. An attachment that cannot be had
keeps the entry of its page open in the same way; at last it is published with its title and URL alone. What was
published is looked at again later (`kept.VISITS`): a correction is a new revision.

A page is published with the content type that its server gave, or, where the source's file says in which charset it
is, with that: `text/html; charset=euc-kr`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from collectors import kept
from collectors.fetch import FetchFailed, Validators
from collectors.kept import Kept
from collectors.publish import MEANING, NONE, Counts, Publisher
from collectors.readers import Readers
from collectors.sources import Source
from collectors.state import Page
from exportwatch import content
from exportwatch.errors import BadRecord
from exportwatch.model import Draft, Fetched, Origin, content_hash

MOST_TRIES: Final = 5
GIVE_UP: Final = 3
"""So many pages in a row that nobody answers for end the following of this poll."""
MOST_VISITS: Final = 20
"""Pages that are looked at again in one poll."""
_UNANSWERED: Final = frozenset({"connection", "timeout", "name"})


class Get(Protocol):
    """Asks for a page as the source's file says, politely."""

    def __call__(self, url: str, validators: Validators | None = None) -> Fetched | FetchFailed: ...


class Stop(Protocol):
    """Whether the role is asked to end."""

    def __call__(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What following needs, the same for all of a poll."""

    source: Source
    readers: Readers
    get: Get
    publisher: Publisher
    stop: Stop
    now: int


class Pages:
    """Follows the entries of one poll. `done`, `missing` and `complaint` say what came of it.

    `done` holds the hash of each entry under its id; while some attachments of an entry are missing, those that were
    published under theirs, and the page under `<id>/`.
    """

    def __init__(self, tools: Tools, kept: Kept, done: Mapping[str, str], missing: Mapping[str, int]) -> None:
        self._tools = tools
        self._kept = kept
        self._done_before = done
        self._missing_before = missing
        self._unanswered = 0
        self._looked_at: set[str] = set()
        self._seen: set[str] = set()
        self.done: dict[str, str] = {}
        self.missing: dict[str, int] = {}
        self.stopped = False
        self.complaint = ""
        self.had = 0
        self.unusable = 0
        self.visits = 0

    def known(self, draft: Draft) -> bool:
        """Whether the page of this very entry was published in a poll before."""
        return self._done_before.get(draft.id) == content_hash(_entry(draft))

    def publish(self, drafts: Sequence[Draft], origin: Origin) -> Counts:
        """Publish the pages of drafts that carry `extra["follow"]`, but of those whose entry is as it was."""
        counts = Counts()
        fresh = [draft for draft in drafts if not self.known(draft)]
        seen = self._tools.publisher.seen([draft.id for draft in fresh]) if fresh else {}
        self._seen.update(seen)
        for draft in drafts:
            self._looked_at.add(draft.id)
            hashed = content_hash(_entry(draft))
            if self.known(draft):
                self.done[draft.id] = hashed
                counts += Counts(unchanged=1)
            elif draft.id in seen and seen[draft.id].stands(draft):
                # Another source of the publisher has brought the same page; other words for it are no news.
                self._kept.adopt(draft, seen[draft.id].observed, self._tools.now)
                self.done[draft.id] = hashed
                counts += Counts(unchanged=1)
            elif not self._stops():
                counts += self._follow(draft, origin, hashed)
            elif draft.id in self._missing_before:
                self.missing[draft.id] = self._missing_before[draft.id]
        return counts

    def again(self) -> Counts:
        """Publish the pages that were missing and whose entries are no longer in the list."""
        counts = Counts()
        missing = self._kept.missing() if self._missing_before else []
        self._seen.update(self._tools.publisher.seen([page.id for page in missing]) if missing else ())
        for page in missing:
            if page.id in self._looked_at:
                continue
            if self._stops():
                self.missing[page.id] = page.tries
            else:
                draft = self._kept.draft(page)
                counts += self._follow(draft, page.origin, content_hash(_entry(draft)))
        return counts

    def revisit(self) -> Counts:
        """Look again at pages that were published a while ago; what has changed is a new revision."""
        counts = Counts()
        for page in kept.chosen(self._kept.due(self._tools.now), MOST_VISITS):
            if self._stops() or self._unanswered >= GIVE_UP:
                break
            counts += self._visit(page)
        return counts

    def _visit(self, page: Page) -> Counts:
        draft = self._kept.draft(page)
        fetched, full = self._fetch(draft, kept.validators(page))
        if isinstance(fetched, FetchFailed) and fetched.kind == "held":
            return NONE
        self.visits += 1
        self._kept.visited(
            page, fetched if full is not None and isinstance(fetched, Fetched) else None, self._tools.now
        )
        if full is None or not isinstance(fetched, Fetched) or fetched.status == 304:
            return NONE
        counts = self._send(full, fetched, "live")
        if not draft.root:
            counts += self._new_attachments(fetched, draft, all_of_them=counts.published > 0)
        return counts

    def _new_attachments(self, page: Fetched, root: Draft, *, all_of_them: bool) -> Counts:
        counts = Counts()
        drafts = self._attached(page, root)
        known = self._tools.publisher.seen([draft.id for draft in drafts]) if drafts else {}
        for draft in drafts:
            if (all_of_them or draft.id not in known) and not self._stops():
                got, full = self._fetch(draft)
                if full is None:
                    self._kept.missed(draft, "live", 1, self._tools.now)
                    self.missing[draft.id] = 1
                elif isinstance(got, Fetched):
                    counts += self._send(full, got, "live")
                    self._kept.had(draft, got, self._tools.now)
        return counts

    def _follow(self, draft: Draft, origin: Origin, hashed: str) -> Counts:
        before = self._missing_before.get(draft.id, 0)
        if self._unanswered >= GIVE_UP:
            self._wait(draft, origin, before)
            return NONE
        page, full = self._fetch(draft)
        tries = before + (not _held(page))
        if full is None and tries < MOST_TRIES:
            self._wait(draft, origin, tries)
            return self._stand_in(draft, page, origin) if isinstance(page, Fetched) else NONE
        partly = {f"{draft.id}/": hashed}
        counts = NONE
        if full is None:
            counts += self._stand_in(draft, page, origin)
        elif not partly.items() <= self._done_before.items():
            counts += self._send(full, page, origin)
        got = page if isinstance(page, Fetched) and full is not None else None
        if got is not None:
            counts += self._follow_attachments(got, draft, origin, partly, last=tries >= MOST_TRIES)
        if draft.id in self.missing or self.stopped:
            self.done |= partly
        else:
            self.done[draft.id] = hashed
            self._kept.had(draft, got, self._tools.now)
        return counts

    def _stand_in(self, draft: Draft, page: Fetched | FetchFailed, origin: Origin) -> Counts:
        """What the entry itself says, or that there is a release without text; nothing where more is known."""
        if draft.id in self._seen:
            return NONE
        self._seen.add(draft.id)
        nothing = replace(draft, state="unreadable", extra={})
        return self._send(_entry(draft) if draft.extra["content"].strip() else nothing, page, origin)

    def _follow_attachments(
        self, page: Fetched, root: Draft, origin: Origin, partly: dict[str, str], *, last: bool
    ) -> Counts:
        """Publish what is attached to a page, and note it in `partly`; `missing` gets the root if any has to wait."""
        counts = NONE
        for draft in self._attached(page, root):
            hashed = content_hash(_entry(draft))
            if self._done_before.get(draft.id) == hashed:
                partly[draft.id] = hashed
                continue
            if self._stops():
                break
            got, full = self._fetch(draft) if self._unanswered < GIVE_UP else (None, None)
            if full is None and not (last and got is not None):
                tries = self._missing_before.get(root.id, 0) + (got is not None and not _held(got))
                self._wait(root, origin, max(tries, self.missing.get(root.id, 0)))
                continue
            counts += self._send(full or replace(draft, state="unreadable", extra={}), got, origin)
            partly[draft.id] = hashed
            if full is not None and isinstance(got, Fetched):
                self._kept.had(draft, got, self._tools.now)
        return counts

    def _attached(self, page: Fetched, root: Draft) -> Sequence[Draft]:
        try:
            found = self._tools.readers.attach(page, root, self._tools.source)
        except BadRecord as error:
            self._complain(f"the attachments of {page.url} were not read: {error}")
            return ()
        for rejection in found.rejections:
            self._complain(f"{rejection.where}: {rejection.reason}")
        return found.drafts

    def _fetch(self, draft: Draft, validators: Validators | None = None) -> tuple[Fetched | FetchFailed, Draft | None]:
        """What the draft's URL gave, and the draft with it; None where it may still be had another time."""
        page = self._tools.get(draft.extra["follow"], validators)
        if isinstance(page, Fetched):
            self._unanswered = 0
            return page, self._with_page(draft, page)
        if page.kind == "too large":
            return page, replace(draft, body=None, size=page.size, state="too large", extra={})
        self._unanswered = self._unanswered + 1 if page.kind in _UNANSWERED else GIVE_UP if _held(page) else 0
        self._complain(f"{'an attachment' if draft.root else 'a page'} is missing: {page}")
        return page, None

    def _with_page(self, draft: Draft, page: Fetched) -> Draft | None:
        source, readers = self._tools.source, self._tools.readers
        if page.status != 304 and (reason := readers.usable(page, source, attachment=bool(draft.root))):
            self.unusable += 1
            self._complain(f"{'an attachment' if draft.root else 'a page'} is missing: {page.url}: {reason}")
            return None
        self.had += 1
        full = replace(draft, body=page.body, content_type=_content_type(page, source), extra={})
        return full if page.status == 304 else replace(full, extra={MEANING: readers.meaning(full, source)})

    def _send(self, draft: Draft, page: Fetched | FetchFailed | None, origin: Origin) -> Counts:
        observed = page.observed if isinstance(page, Fetched) else None
        return self._tools.publisher.publish([draft], origin, observed=observed)

    def _wait(self, draft: Draft, origin: Origin, tries: int) -> None:
        self.missing[draft.id] = tries
        self._kept.missed(draft, origin, tries, self._tools.now)

    def _stops(self) -> bool:
        self.stopped = self.stopped or self._tools.stop()
        return self.stopped

    def _complain(self, reason: str) -> None:
        self.complaint = self.complaint or reason


def _held(page: Fetched | FetchFailed) -> bool:
    return isinstance(page, FetchFailed) and page.kind == "held"


def _content_type(page: Fetched, source: Source) -> str:
    given = page.content_type or "text/html"
    media = given.partition(";")[0].strip().lower()
    if not source.encoding or content.kind_of(page.body, page.content_type, page.url) not in ("html", "text"):
        return given
    return f"{media}; charset={source.encoding}"


def _entry(draft: Draft) -> Draft:
    """The draft with what its entry says as body."""
    said = draft.extra["content"].encode("utf-8", "surrogatepass")
    return replace(draft, body=said, content_type=draft.extra["content_type"], extra={})
