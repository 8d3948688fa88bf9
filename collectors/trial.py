"""A dry run of one source: what a poll of it would find now, what would become of each release, and why.

Asks as a poll does, with the source's headers, cookies and form, through the gate of its host; it asks for the newest
page of the list and for a few of the pages behind it, and keeps nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from collectors import condition, origin, paging
from collectors.asking import Asking
from collectors.condition import Condition
from collectors.fetch import FetchFailed
from collectors.publish import Seen
from collectors.readers import Readers
from collectors.sources import DAY, Source
from collectors.state import SourceState
from exportwatch.clock import Clock
from exportwatch.errors import BadRecord
from exportwatch.model import Draft, Fetched, Parsed, content_hash

FOLLOWED: Final = 3
"""Pages behind new entries that are asked for."""
Fate = Literal["new", "changed", "unchanged", "known", "backfill", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One release of the list: `new`, `changed` and `backfill` would be published, the others would not."""

    id: str
    url: str
    title: str
    published: str
    fate: Fate
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was done, how long it took in seconds, and what came of it, for a person."""

    name: Literal["resolve", "fetch", "parse", "follow"]
    seconds: float
    said: str
    failed: bool = False


@dataclass(slots=True, kw_only=True)
class Trial:
    """What was found, in the order of the list; `condition` is how the source does."""

    condition: Condition = condition.OK
    items: list[Item] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Runner:
    """Runs trials; `known` gives what is known of the ids that were ever published."""

    def __init__(
        self,
        asking: Callable[[Source], Asking],
        readers: Readers,
        known: Callable[[Sequence[str]], Mapping[str, Seen]],
        clock: Clock,
        resolved: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`resolved`: seconds for which names were looked up so far."""
        self._asking = asking
        self._readers = readers
        self._known = known
        self._clock = clock
        self._resolved = resolved

    def run(self, source: Source, state: SourceState) -> Trial:
        """Raises only for what concerns all sources: the store, the configuration."""
        trial, asking, now = Trial(), self._asking(source), self._clock.now()
        fetched = self._timed(trial, "fetch", lambda: asking.ask(paging.first(source)))
        if isinstance(fetched, FetchFailed):
            trial.condition = condition.of_failure(fetched)
            return trial
        if fetched.moved:
            trial.notes.append(f"it has moved for good, to {fetched.moved}: change `url` in its file")
        begin = self._clock.monotonic()
        try:
            parsed = self._readers.parse(fetched, source)
        except BadRecord as error:
            trial.condition = condition.of_trouble(str(error))
            trial.steps.append(self._step("parse", begin, str(error), failed=True))
            return trial
        trial.steps.append(self._step("parse", begin, _said(parsed)))
        drafts = self._judge(trial, source, state, fetched, parsed, now)
        for draft in itertools.islice((draft for draft in drafts if "follow" in draft.extra), FOLLOWED):
            self._follow(trial, asking, source, draft)
        return trial

    def _judge(
        self, trial: Trial, source: Source, state: SourceState, fetched: Fetched, parsed: Parsed, now: int
    ) -> list[Draft]:
        """Note what becomes of each release and how the source does; the drafts that would be published."""
        garbled = condition.garbled(parsed.drafts, source)
        found = condition.of_answer(source, state.counts, fetched, parsed, len(garbled))
        shown = (*state.counts, len(parsed.drafts))
        newest = max(state.newest, condition.newest(parsed.drafts, now))
        after = msgspec.structs.replace(state, newest=newest, counts=shown, moved=fetched.moved)
        trial.condition = condition.of_time(source, after, now) if found.state == "OK" else found
        if parsed.next:
            trial.notes.append(f"older releases: {parsed.next}")
        limit = now - source.cadence * 1000
        groups = origin.split(parsed.drafts, limit, first=not state.body)
        old = {draft.id for kind, group in groups for draft in group if kind == "backfill"}
        known = self._known([draft.id for draft in parsed.drafts])
        publishing = []
        for draft in parsed.drafts:
            fate, why = self._fate(source, draft, known.get(draft.id), draft.id in old)
            if draft.id in garbled:
                fate, why = "dropped", f"garbled title: {garbled[draft.id]}"
            elif not found.publishes:
                fate, why = "dropped", f"nothing is published while it is {found.state}"
            trial.items.append(_item(draft, fate, why))
            publishing += [draft] if fate in ("new", "changed", "backfill") else []
        trial.items += [
            Item(id="", url=each.where, title="", published="", fate="dropped", why=each.reason)
            for each in parsed.rejections
        ]
        return publishing

    def _fate(self, source: Source, draft: Draft, seen: Seen | None, old: bool) -> tuple[Fate, str]:
        if seen is None:
            days = source.cadence / DAY
            return ("backfill", f"first poll, and older than {days:g} days") if old else ("new", "never seen")
        if seen.stands(draft):
            return "known", "another source of the publisher has said it"
        if "follow" in draft.extra:
            return "known", "published before; its page is asked for again when the list or its age says so"
        if seen.news(draft, content_hash(draft)):
            return "changed", "it differs from its last revision"
        return "unchanged", "as it was published"

    def _follow(self, trial: Trial, asking: Asking, source: Source, draft: Draft) -> None:
        page = self._timed(trial, "follow", lambda: asking.page(draft.extra["follow"]))
        if isinstance(page, FetchFailed):
            return
        begin = self._clock.monotonic()
        try:
            unusable = self._readers.usable(page, source)
            attached = self._readers.attach(page, draft, source).drafts if not unusable else ()
        except BadRecord as error:
            unusable, attached = str(error), ()
        said = unusable or f"a page of {draft.id}" + (f" with {len(attached)} attachments" if attached else "")
        trial.steps.append(self._step("parse", begin, said, failed=bool(unusable)))

    def _timed(
        self, trial: Trial, name: Literal["fetch", "follow"], ask: Callable[[], Fetched | FetchFailed]
    ) -> Fetched | FetchFailed:
        """Ask, and note the time that names took apart from the rest."""
        begin, before = self._clock.monotonic(), self._resolved()
        answer = ask()
        names = self._resolved() - before
        if names:
            trial.steps.append(Step(name="resolve", seconds=names, said=""))
        failed = isinstance(answer, FetchFailed)
        said = str(answer) if isinstance(answer, FetchFailed) else _answered(answer)
        trial.steps.append(self._step(name, begin + names, said, failed=failed))
        return answer

    def _step(
        self, name: Literal["fetch", "parse", "follow"], begin: float, said: str, *, failed: bool = False
    ) -> Step:
        return Step(name=name, seconds=max(0.0, self._clock.monotonic() - begin), said=said, failed=failed)


def _answered(fetched: Fetched) -> str:
    media = fetched.content_type or "no content type"
    return f"{fetched.url}: {fetched.status}, {len(fetched.body):,} bytes, {media}"


def _said(parsed: Parsed) -> str:
    number = len(parsed.drafts)
    refused = f", {len(parsed.rejections)} refused" if parsed.rejections else ""
    return f"{number} release{'' if number == 1 else 's'}{refused}"


def _item(draft: Draft, fate: Fate, why: str) -> Item:
    return Item(id=draft.id, url=draft.url, title=draft.title, published=draft.published, fate=fate, why=why)
