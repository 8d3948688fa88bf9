"""One poll of one source: ask, read, walk, publish, follow, look again, judge. What was seen is remembered last.

The validators of a list and the hashes of what it said are kept only when everything in it has been published, so that
a 304 can never hide what a failure left out. What one source does wrong is an Outcome, and no other's concern.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from collectors import condition, freshness, origin, state
from collectors.asking import Asking
from collectors.condition import Condition
from collectors.fetch import FetchFailed, Validators
from collectors.kept import Kept
from collectors.pages import Pages, Tools
from collectors.pausing import Pausing
from collectors.polite import Polite
from collectors.publish import MEANING, NONE, Counts, Publisher, Seen
from collectors.readers import Readers, reader
from collectors.sources import Source
from collectors.state import PAGES, SourcePages, SourceState
from collectors.walking import Walk, Walker
from exportwatch.clock import Clock, rfc3339
from exportwatch.errors import BadRecord, ExportwatchError, Retryable
from exportwatch.health import HealthEvent
from exportwatch.metrics import Metrics
from exportwatch.model import Alert, Draft, Fetched, Parsed, Rejection, content_hash
from exportwatch.store import Store, Stored

Status = Literal["collected", "unchanged", "failed", "stopped", "waiting"]
Alerts = Callable[[HealthEvent, Source], Iterable[Alert]]
"""Whom an event is told besides the topic."""
_MOST_REASON = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a poll of one source came to."""

    source: str
    status: Status
    next_due: int
    counts: Counts = NONE
    reason: str = ""
    condition: Condition = condition.OK

    def __str__(self) -> str:
        """`jp-meti: collected: 2 new, 0 changed, 23 unchanged, 0 rejected; next at 2026-09-15T10:00:00.000Z`."""
        counts = self.counts
        said = (
            f"{counts.new} new, {counts.changed} changed, {counts.unchanged} unchanged, {counts.rejected} rejected"
            if self.status in ("collected", "stopped") or counts.published or counts.rejected
            else ""
        )
        parts = [self.source, self.status, *filter(None, (said, self.reason))]
        return f"{': '.join(parts)}; next at {rfc3339(self.next_due)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """An outcome, and what is to be remembered."""

    outcome: Outcome
    state: SourceState
    pages: SourcePages | None = None
    """None: as they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What all polls share; every part may be used from several threads."""

    polite: Polite
    publisher: Publisher
    store: Store
    clock: Clock
    metrics: Metrics
    log: logging.Logger
    readers: Readers
    pausing: Pausing
    stop: Callable[[], bool]
    alerts: Alerts


class Poller:
    """Polls sources, one a call; calls may be made from several threads, but not for one source."""

    def __init__(self, house: House) -> None:
        self._house = house

    def poll(self, source: Source, before: SourceState, *, fallback: str = "", since: int = 0) -> Polled:
        """Raises only for what concerns all sources: log, store, configuration.

        `fallback` is the source that stands in when this one is not well. `since`, of a source that stands in: what
        is newer is no backfill.
        """
        poll = _Poll(self._house, source, before, fallback, since)
        try:
            return poll.run()
        except BadRecord as error:
            return poll.failed(condition.of_trouble(str(error)))
        except ExportwatchError:
            raise
        except Exception as error:  # a bug that one source's bytes bring to light must not keep the others waiting
            self._house.log.exception("%s: unexpected error", source.id)
            return poll.failed(condition.of_trouble(f"unexpected {type(error).__name__}: {error}"))


class _Poll:
    """One poll. `state` is changed step by step; what it is at the end is remembered."""

    def __init__(self, house: House, source: Source, before: SourceState, fallback: str, since: int) -> None:
        self._house = house
        self._source = source
        self._before = before
        self._fallback = fallback
        self._since = since
        self._now = house.clock.now()
        self._asking = Asking(source, house.polite, house.metrics, house.clock, house.pausing)
        self._walker = Walker(source, self._asking, house.readers.parse, self._now)
        self._kept = Kept(source, self._load_pages)
        tools = Tools(
            source=source,
            readers=house.readers,
            get=self._asking.page,
            publisher=house.publisher,
            stop=house.stop,
            now=self._now,
        )
        self._pages = Pages(tools, self._kept, before.pages, before.missing)
        self._fetched: Fetched | None = None
        self._counts = Counts()
        self._walked = Walk()
        self.state = msgspec.structs.replace(before, polls=before.polls + 1)

    @property
    def _complete(self) -> bool:
        """Whether all of what was read the last time was published, and would be read the same way."""
        before = self._before
        return before.reader == reader(self._source) and not before.missing and not before.gap

    def run(self) -> Polled:
        before = self._before
        if before.next_due > self._now:
            return self._only_look_again()
        validators = Validators(etag=before.etag, last_modified=before.last_modified) if self._complete else None
        fetched = self._walker.newest(validators)
        if isinstance(fetched, FetchFailed):
            return self._not_had(fetched)
        self._fetched = fetched
        self.state = msgspec.structs.replace(self.state, moved=fetched.moved)
        hashed = hashlib.sha256(fetched.body).hexdigest()
        if fetched.status == 304 or (self._complete and hashed == before.body):
            return self._as_before(fetched)
        return self._read(fetched, self._walker.read(fetched), hashed)

    def failed(self, found: Condition, failure: FetchFailed | None = None) -> Polled:
        """The poll has failed: what was complete before stays so, and the next one waits longer."""
        state = self.state
        trouble = freshness.trouble(failure.kind, failure.status) if failure else "unreadable"
        troubles = {**state.troubles, trouble: state.troubles.get(trouble, 0) + 1}
        wait = freshness.next_due(
            source=self._source.id,
            polls=state.polls,
            interval=self._source.interval,
            failures=troubles[trouble],
            trouble=trouble,
            retry_after=failure.retry_after if failure else 0,
        )
        due = self._house.clock.now() + int(wait * 1000)
        self.state = msgspec.structs.replace(state, failures=state.failures + 1, troubles=troubles, next_due=due)
        return self._end("failed", found, found.reason)

    def _not_had(self, failure: FetchFailed) -> Polled:
        if failure.kind != "held":
            return self.failed(condition.of_failure(failure), failure)
        due = self._house.clock.now() + failure.retry_after * 1000
        self.state = msgspec.structs.replace(self._before, next_due=due)
        stopping = self._house.stop()
        outcome = Outcome(
            source=self._source.id,
            status="stopped" if stopping else "waiting",
            next_due=self.state.next_due,
            reason=failure.reason,
        )
        return Polled(outcome=outcome, state=self._before if stopping else self.state)

    def _only_look_again(self) -> Polled:
        """The list is not due; pages of it are."""
        self._look_again()
        self.state = msgspec.structs.replace(self._before, next_visit=self._kept.next_visit())
        outcome = Outcome(
            source=self._source.id,
            status="stopped" if self._pages.stopped else "unchanged",
            next_due=self.state.next_due,
            counts=self._counts,
            reason=self._pages.complaint,
            condition=Condition(state=self._before.health, reason=self._before.reason),
        )
        return Polled(outcome=outcome, state=self.state, pages=self._kept_pages())

    def _as_before(self, fetched: Fetched) -> Polled:
        if fetched.status == 200:
            self.state = _validated(self.state, fetched)
        return self._well("unchanged", fetched)

    def _read(self, fetched: Fetched, parsed: Parsed, hashed: str) -> Polled:
        garbled = condition.garbled(parsed.drafts, self._source)
        found = condition.of_answer(self._source, self._before.counts, fetched, parsed, len(garbled))
        newest = max(self.state.newest, condition.newest(parsed.drafts, self._now))
        counts = (*self.state.counts, len(parsed.drafts))[-state.MOST_COUNTS :]
        if found.publishes:
            self.state = msgspec.structs.replace(self.state, newest=newest, counts=counts, ttl=parsed.ttl)
        if not found.publishes:
            self._reject(parsed.rejections)
            return self.failed(found)
        if self._complete and parsed.semantic_hash and parsed.semantic_hash == self._before.meaning and not found.fails:
            self.state = msgspec.structs.replace(_validated(self.state, fetched), body=hashed)
            return self._well("unchanged", fetched)
        walk = self._walk(fetched, parsed)
        self._publish(walk)
        return self._published(fetched, parsed, hashed, walk, found)

    def _walk(self, fetched: Fetched, parsed: Parsed) -> Walk:
        first = not self._before.body
        limit = self._oldest() if first else 0
        walk = self._walker.on(fetched, parsed, self._known, limit=limit, gap=self._before.gap)
        self._walked = walk
        if walk.broken or walk.far:
            # Before anything of it is published: the newest page will then be known ground, and this is not behind it.
            self.state = msgspec.structs.replace(self.state, gap=self._gap(walk))
            self._house.pausing.attempt(self._save)
        return walk

    def _gap(self, walk: Walk) -> str:
        """The deepest release down to which, and behind which, something may be missing."""
        before = self._before.gap
        return before if before and before not in walk.ids else walk.last

    def _save(self) -> None:
        kept = msgspec.structs.replace(self._before, gap=self.state.gap)
        self._house.store.put_many([state.put(self._source.id, kept)])

    def _known(self, drafts: Sequence[Draft]) -> frozenset[str]:
        seen = self._house.publisher.seen([draft.id for draft in drafts])
        return frozenset(draft.id for draft in drafts if self._is_known(draft, seen.get(draft.id)))

    def _is_known(self, draft: Draft, seen: Seen | None) -> bool:
        if "follow" in draft.extra:
            return self._pages.known(draft) or (seen is not None and seen.stands(draft))
        weighed = self._weighed(draft)
        return seen is not None and (seen.stands(weighed) or not seen.news(weighed, content_hash(weighed)))

    def _oldest(self) -> int:
        """What was published before this instant is backfill, on a first poll."""
        limit = self._now - self._source.cadence * 1000
        return min(limit, self._since) if self._since else limit

    def _publish(self, walk: Walk) -> None:
        """The oldest page first: see `walking`."""
        first, limit = not self._before.body, self._oldest()
        for observed, parsed in reversed(walk.pages):
            if self._pages.stopped:
                break
            self._reject(parsed.rejections)
            garbled = condition.garbled(parsed.drafts, self._source)
            self._reject(
                Rejection(where=f"{self._source.id} {draft.url}", reason=f"garbled title: {garbled[draft.id]}")
                for draft in parsed.drafts
                if draft.id in garbled
            )
            drafts = [draft for draft in parsed.drafts if draft.id not in garbled]
            for kind, group in origin.split(drafts, limit, first=first):
                entries = [self._weighed(draft) for draft in group if "follow" not in draft.extra]
                self._add(self._house.publisher.publish(entries, kind, observed=observed))
                self._add(self._pages.publish([draft for draft in group if "follow" in draft.extra], kind))
        self._add(self._pages.again())

    def _weighed(self, draft: Draft) -> Draft:
        """A list that is itself a release has all that stands around it in its bytes: what it means is compared."""
        if self._source.parser != "page" or draft.body is None:
            return draft
        return replace(draft, extra={**draft.extra, MEANING: self._house.readers.meaning(draft, self._source)})

    def _published(self, fetched: Fetched, parsed: Parsed, hashed: str, walk: Walk, found: Condition) -> Polled:
        pages, first = self._pages, not self._before.body
        self.state = msgspec.structs.replace(self.state, pages=pages.done, missing=pages.missing)
        if pages.stopped:
            return self._stopped()
        if (self._counts.new and not first) or (first and not self.state.newest and not self.state.last_new):
            self.state = msgspec.structs.replace(self.state, last_new=self._now)
        if found.fails:
            return self.failed(found)
        whole = not walk.broken and not walk.far
        if whole:
            self.state = msgspec.structs.replace(self.state, gap="")
        if whole and not pages.missing:
            self.state = msgspec.structs.replace(
                _validated(self.state, fetched),
                reader=reader(self._source),
                body=hashed,
                meaning=parsed.semantic_hash,
            )
        return self._well("collected", fetched, pages.complaint or _left_out(walk), found)

    def _stopped(self) -> Polled:
        """What was done is kept; the rest is due as before."""
        before = self._before
        gap = self._gap(self._walked)
        self.state = msgspec.structs.replace(before, pages=self.state.pages, missing=self.state.missing, gap=gap)
        outcome = Outcome(source=self._source.id, status="stopped", next_due=self.state.next_due, counts=self._counts)
        return Polled(outcome=outcome, state=self.state, pages=self._kept_pages())

    def _well(self, status: Status, fetched: Fetched, reason: str = "", found: Condition = condition.OK) -> Polled:
        self._look_again()
        if self._pages.unusable and not self._pages.had:
            return self.failed(Condition(state="SCHEMA", reason=self._pages.complaint, fails=True))
        quiet = 0 if self._counts.published else self.state.quiet + 1
        wait = freshness.next_due(
            source=self._source.id,
            polls=self.state.polls,
            interval=self._source.interval,
            slowest=self._source.slowest,
            quiet=quiet,
            headers=fetched.headers,
            now=self._now,
            ttl=self.state.ttl,
        )
        self.state = msgspec.structs.replace(
            self.state,
            quiet=quiet,
            last_success=self._house.clock.now(),
            next_due=self._now + int(wait * 1000),
            failures=0,
            troubles={},
            next_visit=self._kept.next_visit(),
        )
        if found.state == "OK":
            found = condition.of_time(self._source, self.state, self._now)
        return self._end(status, found, reason or self._pages.complaint or found.reason)

    def _look_again(self) -> None:
        if self._before.next_visit and self._before.next_visit <= self._now:
            found = self._pages.revisit()
            self._add(replace(found, unchanged=0))
            self._house.metrics.count("pages_revisited", self._pages.visits)

    def _end(self, status: Status, found: Condition, reason: str) -> Polled:
        """Tell what has changed, then hand over what is to be remembered."""
        before, health = self._before, found.state
        fetched = self._fetched
        told = condition.event(self._source, before, found, self._now, moved=self.state.moved, fallback=self._fallback)
        if told is not None:
            self._tell(told, fetched.body[: condition.EVIDENCE_BYTES] if fetched is not None and found.fails else b"")
        self.state = msgspec.structs.replace(
            self.state,
            health=health,
            since=before.since if health == before.health else self._now,
            reason=found.reason[:_MOST_REASON],
        )
        self._house.metrics.count(f"polls_{health.lower()}")
        outcome = Outcome(
            source=self._source.id,
            status=status,
            next_due=self.state.next_due,
            counts=self._counts,
            reason=reason,
            condition=found,
        )
        return Polled(outcome=outcome, state=self.state, pages=self._kept_pages())

    def _tell(self, event: HealthEvent, evidence: bytes) -> None:
        self._house.publisher.report(event, self._house.alerts(event, self._source), evidence)
        stands = f"; {event.fallback} stands in from now on" if event.fallback else ""
        if event.state == "RECOVERED" and self._fallback:
            stands = f"; {self._fallback} stands by again"
        self._house.log.warning(
            "%s: %s, was %s: %s%s", event.source, event.state, event.was or "new", event.reason, stands
        )

    def _reject(self, rejections: Iterable[Rejection]) -> None:
        found = tuple(rejections)
        for rejection in found:
            self._house.log.warning("%s: %s", rejection.where, rejection.reason)
        self._counts += Counts(rejections=found)

    def _add(self, counts: Counts) -> None:
        self._counts += counts
        self._house.metrics.count("releases_published", counts.published)

    def _load_pages(self) -> SourcePages:
        answers: list[dict[str, Stored]] = []
        key = PAGES + self._source.id
        self._house.pausing.attempt(lambda: answers.append(self._house.store.get_many([key])))
        if not answers:
            raise Retryable("stopped before the store had answered")
        return state.read(answers[-1].get(key), SourcePages)

    def _kept_pages(self) -> SourcePages | None:
        return self._kept.whole() if self._kept.changed else None


def _left_out(walk: Walk) -> str:
    """What a walk did not bring, for a person; empty for nothing."""
    if walk.broken:
        return f"an older page is missing: {walk.broken}"
    if walk.far:
        return f"nothing known on {len(walk.pages)} pages: the next poll goes on from there"
    return "a place where it broke off is not found again: see `exportwatch backfill`" if walk.lost else ""


def _validated(state: SourceState, fetched: Fetched) -> SourceState:
    validators = Validators.of(fetched)
    return msgspec.structs.replace(state, etag=validators.etag, last_modified=validators.last_modified)
