"""Command `backfill`: walks the pages of a list back to a day, and publishes what lies between two days.

Where it was is remembered in the Store under `backfill/<source>/<from>/<to>`, so that a second call goes on there. The
list may have moved on in between: it then shows some pages' releases again, and leaves none out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from collectors import condition, paging, state
from collectors.asking import Asking
from collectors.fetch import FetchFailed, Method
from collectors.kept import Kept
from collectors.pages import Pages, Tools
from collectors.paging import Request
from collectors.polling import House
from collectors.publish import Counts
from collectors.sources import Source
from collectors.state import SourcePages
from exportwatch.errors import BadRecord, Retryable
from exportwatch.model import Draft, Fetched, Parsed
from exportwatch.store import Put, Stored

MOST_PAGES: Final = 10_000
ROUNDS: Final = 3
"""How often a page is asked for before it counts as missing."""
_WAITS: Final = (5.0, 30.0)
_LONGEST_WAIT: Final = 120.0
_GONE: Final = (404, 410)


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a backfill has come."""

    number: int = 0
    """Pages of the list that are behind it."""
    url: str = ""
    """Of the page to read next; empty: the newest."""
    method: Method = "GET"
    form: dict[str, str] = {}
    reached: str = ""
    """The oldest day that was seen."""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    outside: int = 0
    """Releases of other days, left alone."""
    ended: bool = False
    """Whether the list shows nothing older."""
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfilled:
    """What a backfill came to; `reason` says why it is not complete."""

    complete: bool
    progress: Progress
    reason: str = ""


class _Ended(Exception):
    """The walk is over, for a reason or (empty) at its end."""


class Backfill:
    """One walk of one source between two days, both included."""

    def __init__(self, house: House, source: Source, begin: str, end: str, *, say: Callable[[str], None]) -> None:
        """`say` gets a line a page."""
        self._house = house
        self._source = source
        self._begin = begin
        self._end = end
        self._say = say
        self._key = f"backfill/{source.id}/{begin}/{end}"
        self._spans = source.page_rule is not None and paging.spans(source.page_rule)
        self._asking = Asking(source, house.polite, house.metrics, house.clock, house.pausing)
        self._ids: frozenset[str] = frozenset()

    def run(self) -> Backfilled:
        """Raises Retryable only where log or store are not waited for."""
        progress = self._load()
        while not progress.done:
            if self._house.stop():
                return Backfilled(complete=False, progress=progress, reason="stopped; the same command goes on")
            try:
                progress = self._page(progress)
            except _Ended as ended:
                return self._ended(progress, str(ended))
            self._save(progress)
            self._say(self._line(progress))
            if progress.ended:
                return self._ended(progress, "")
        return Backfilled(complete=True, progress=progress)

    def _ended(self, progress: Progress, reason: str) -> Backfilled:
        if not reason and (self._spans or (progress.reached and progress.reached < self._begin)):
            progress = msgspec.structs.replace(progress, done=True)
            self._save(progress)
            return Backfilled(complete=True, progress=progress)
        return Backfilled(complete=False, progress=progress, reason=reason or "the list ends there")

    def _page(self, progress: Progress) -> Progress:
        """Read and publish one page of the list. Raises _Ended where there is no further one."""
        if progress.number >= MOST_PAGES:
            raise _Ended(f"{MOST_PAGES:,} pages were read")
        fetched = self._ask(self._request(progress), progress.number)
        try:
            parsed = self._house.readers.parse(fetched, self._source)
        except BadRecord as error:
            raise _Ended(str(error)) from error
        self._check(fetched, parsed, progress)
        self._ids = frozenset(draft.id for draft in parsed.drafts)
        inside = [draft for draft in parsed.drafts if self._inside(draft)]
        progress = _added(progress, self._publish(inside, fetched), outside=len(parsed.drafts) - len(inside))
        days = [draft.published[:10] for draft in parsed.drafts if draft.published]
        progress = msgspec.structs.replace(
            progress, reached=min([*days, progress.reached or "9999"]).replace("9999", "")
        )
        if not self._spans and any(day < self._begin for day in days):
            return msgspec.structs.replace(progress, number=progress.number + 1, done=True)
        return self._onward(progress, parsed)

    def _request(self, progress: Progress) -> Request:
        if progress.url:
            return Request(url=progress.url, method=progress.method, form=progress.form)
        return paging.newest(self._source, begin=self._begin, end=self._end)

    def _onward(self, progress: Progress, parsed: Parsed) -> Progress:
        number = progress.number + 1
        request = paging.older(self._source, number, parsed.next, begin=self._begin, end=self._end)
        if request is None or (request.url == progress.url and not request.form):
            return msgspec.structs.replace(progress, number=number, ended=True)
        return msgspec.structs.replace(
            progress, number=number, url=request.url, method=request.method, form=request.form
        )

    def _check(self, fetched: Fetched, parsed: Parsed, progress: Progress) -> None:
        ids = {draft.id for draft in parsed.drafts}
        if human := not ids and condition.asks_for_a_human(fetched):
            raise _Ended(f"a page that says {human!r} in place of the releases")
        if not ids and parsed.rejections:
            raise _Ended(parsed.rejections[0].reason)
        if not ids or (progress.number and ids <= self._ids):
            raise _Ended("")

    def _ask(self, request: Request, number: int) -> Fetched:
        """The answer; asked for a few times, since nobody wants to start a long walk again for a moment's failure."""
        failure: FetchFailed | None = None
        for wait in (0.0, *_WAITS):
            if failure is not None:
                self._house.clock.sleep(min(max(wait, failure.retry_after), _LONGEST_WAIT))
            found = self._asking.ask(request)
            if isinstance(found, Fetched):
                return found
            failure = found
            if number and found.status in _GONE:
                raise _Ended("")
            if found.kind in ("robots", "url", "address") or self._house.stop():
                break
        raise _Ended(str(failure))

    def _inside(self, draft: Draft) -> bool:
        """Whether the release is of one of the days; one that nobody dates is."""
        return not draft.published or self._begin <= draft.published[:10] <= self._end

    def _publish(self, drafts: Sequence[Draft], fetched: Fetched) -> Counts:
        entries = [draft for draft in drafts if "follow" not in draft.extra]
        counts = self._house.publisher.publish(entries, "backfill", observed=fetched.observed)
        left = [draft for draft in drafts if "follow" in draft.extra]
        done: dict[str, str] = {}
        missing: dict[str, int] = {}
        reason = ""
        for _ in range(ROUNDS):
            pages = Pages(self._tools(), Kept(self._source, SourcePages), done, missing)
            counts += pages.publish(left, "backfill")
            done, missing, reason = {**done, **pages.done}, pages.missing, pages.complaint
            if pages.stopped:
                raise Retryable("stopped; the same command goes on")
            left = [draft for draft in left if draft.id in missing]
            if not left:
                self._house.metrics.count("releases_published", counts.published)
                return counts
        raise _Ended(f"{len(missing)} pages cannot be had: {reason}; the same command tries again")

    def _tools(self) -> Tools:
        house = self._house
        return Tools(
            source=self._source,
            readers=house.readers,
            get=self._asking.page,
            publisher=house.publisher,
            stop=house.stop,
            now=house.clock.now(),
        )

    def _line(self, progress: Progress) -> str:
        said = f"{progress.new} new, {progress.changed} changed, {progress.unchanged} unchanged"
        return f"{self._source.id}: page {progress.number}: back to {progress.reached or 'no day yet'}; {said}"

    def _load(self) -> Progress:
        answers: list[dict[str, Stored]] = []
        self._house.pausing.attempt(lambda: answers.append(self._house.store.get_many([self._key])))
        if not answers:
            raise Retryable("stopped before the store had answered")
        progress = state.read(answers[-1].get(self._key), Progress)
        # A list that had nothing older may have now; what is known costs one look.
        return Progress() if progress.ended and not progress.done else progress

    def _save(self, progress: Progress) -> None:
        put = Put(self._key, msgspec.json.encode(progress))
        self._house.pausing.attempt(lambda: _discard(self._house.store.put_many([put])))


def _discard(value: object) -> None:
    """For actions that have a result nobody needs."""


def _added(progress: Progress, counts: Counts, *, outside: int) -> Progress:
    return msgspec.structs.replace(
        progress,
        new=progress.new + counts.new,
        changed=progress.changed + counts.changed,
        unchanged=progress.unchanged + counts.unchanged,
        rejected=progress.rejected + counts.rejected,
        outside=progress.outside + outside,
    )
