"""The role `collect`: each due source is fetched, parsed and published; only then is what was seen remembered.

A source's state lies in the Store under `source/<id>`. Its validators and the hash of its feed are saved only when
everything the feed says has been published, so that a 304 can never hide what a failure left out. What one source
does wrong is an Outcome; the others are polled all the same.
"""

from __future__ import annotations

import functools
import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

from collectors import backfill, feed, page
from collectors.fetch import Fetcher, FetchFailed, Validators
from collectors.pages import Attach, Pages
from collectors.publish import NONE, Attempt, Counts, Publisher, at_once
from collectors.sources import Source
from exportwatch.clock import Clock, rfc3339
from exportwatch.errors import BadRecord, ExportwatchError, Retryable
from exportwatch.metrics import Metrics
from exportwatch.model import Fetched, Parsed
from exportwatch.store import Put, Store, Stored

STATE: Final = "source/"
FIRST_RETRY: Final = 60
LONGEST_RETRY: Final = 6 * 3600
LONGEST_RETRY_AFTER: Final = 24 * 3600
_LONGEST_SLEEP: Final = 60.0

Parse = Callable[[Fetched, Source], Parsed]
"""`read`, or the same in the sandbox; raises BadRecord when the parser had to be killed."""
Status = Literal["collected", "unchanged", "failed", "stopped"]


def read(fetched: Fetched, source: Source) -> Parsed:
    """By the source's parser."""
    return page.parse(fetched, source) if source.parser == "page" else feed.parse(fetched, source)


class SourceState(msgspec.Struct, frozen=True):
    """What is remembered of a source. Instants are milliseconds since the epoch; 0 for never."""

    reader: str = ""
    """Of what `etag`, `last_modified` and `body` hold: the parser's version and the source's definition."""
    etag: str = ""
    last_modified: str = ""
    body: str = ""
    """SHA-256 of the feed that was last published completely."""
    last_success: int = 0
    next_due: int = 0
    failures: int = 0
    """In a row."""
    reason: str = ""
    """Of the last failure."""
    pages: dict[str, str] = {}
    """Of the entries in the feed whose page was published: id -> hash of the entry (and see `pages.Pages.done`)."""
    missing: dict[str, int] = {}
    """Of the entries whose page could not be had: id -> how often that was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a poll of one source came to."""

    source: str
    status: Status
    next_due: int
    counts: Counts = NONE
    reason: str = ""

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
class Summary:
    """The last outcome of each source that was polled, and all counts together."""

    outcomes: tuple[Outcome, ...] = ()
    counts: Counts = NONE

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.status == "failed")


def run(
    sources: Iterable[Source],
    fetcher: Fetcher,
    publisher: Publisher,
    store: Store,
    clock: Clock,
    *,
    once: bool,
    stop: Callable[[], bool],
    metrics: Metrics,
    log: logging.Logger,
    parse: Parse = read,
    attach: Attach = page.attachments,
    attempt: Attempt = at_once,
) -> Summary:
    """Poll every due source once (`once`), or go on polling until `stop()`; logs one line a poll.

    Raises Retryable when the log or the store is
    away and `attempt` waits no longer; a stop in the meantime ends the run without an error.
    """
    enabled = [source for source in sources if source.enabled]
    if not enabled:
        log.warning("no source is enabled")
        return Summary()
    collector = _Collector(fetcher, publisher, store, clock, metrics, log, parse, attach, attempt, stop)
    outcomes: dict[str, Outcome] = {}
    totals = Counts()
    while not stop():
        try:
            states = collector.states(enabled)
            for source in _due(enabled, states, clock.now()):
                outcomes[source.id] = outcome = collector.poll(source, states[source.id])
                totals += replace(outcome.counts, rejections=())
                log.log(logging.WARNING if outcome.status == "failed" else logging.INFO, "%s", outcome)
                states[source.id] = msgspec.structs.replace(states[source.id], next_due=outcome.next_due)
                if stop():
                    break
        except Retryable:
            if stop():
                break
            raise
        if once or stop():
            break
        _sleep(clock, min(states[source.id].next_due for source in enabled))
    return Summary(outcomes=tuple(outcomes.values()), counts=totals)


def _due(sources: Sequence[Source], states: dict[str, SourceState], now: int) -> list[Source]:
    return [source for source in sources if states[source.id].next_due <= now]


def _sleep(clock: Clock, until: int) -> None:
    """Until the next source is due; not in one piece, so that a stop and a changed wall clock are noticed."""
    clock.sleep(min(max((until - clock.now()) / 1000, 0.05), _LONGEST_SLEEP))


class _Collector:
    """Polls one source at a time."""

    def __init__(
        self,
        fetcher: Fetcher,
        publisher: Publisher,
        store: Store,
        clock: Clock,
        metrics: Metrics,
        log: logging.Logger,
        parse: Parse,
        attach: Attach,
        attempt: Attempt,
        stop: Callable[[], bool],
    ) -> None:
        self._fetcher = fetcher
        self._publisher = publisher
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._log = log
        self._parse = parse
        self._attach = attach
        self._attempt = attempt
        self._stop = stop
        self._asked: dict[str, float] = {}

    def states(self, sources: Sequence[Source]) -> dict[str, SourceState]:
        """The states of all sources; a new one for those never polled, or remembered unreadably."""
        answers: list[dict[str, Stored]] = []

        def read() -> None:
            answers.append(self._store.get_many([STATE + source.id for source in sources]))

        self._attempt(read)
        if not answers:
            raise Retryable("stopped before the store had answered")
        return {source.id: _decode(answers[0].get(STATE + source.id)) for source in sources}

    def poll(self, source: Source, state: SourceState) -> Outcome:
        """Fetch, parse, publish, remember. Raises only for what concerns all sources: log, store, configuration."""
        try:
            return self._poll(source, state)
        except BadRecord as error:
            return self._failed(source, state, str(error))
        except ExportwatchError:
            raise
        except Exception as error:  # a bug that one source's bytes bring to light must not keep the others waiting
            self._log.exception("%s: unexpected error", source.id)
            return self._failed(source, state, f"unexpected {type(error).__name__}: {error}")

    def _poll(self, source: Source, state: SourceState) -> Outcome:
        reader = _reader(source)
        complete = state.reader == reader and not state.missing
        validators = Validators(etag=state.etag, last_modified=state.last_modified) if complete else None
        get = functools.partial(self._get, source)
        fetched = get(source.url, validators)
        if isinstance(fetched, FetchFailed):
            return self._failed(source, state, str(fetched), retry_after=fetched.retry_after)
        hashed = hashlib.sha256(fetched.body).hexdigest()
        if fetched.status == 304:
            return self._succeeded(source, state, "unchanged")
        if complete and hashed == state.body:
            return self._succeeded(source, _validated(state, fetched), "unchanged")
        pages = Pages(
            get,
            lambda found, draft: self._attach(found, draft, source),
            self._publisher,
            self._stop,
            state.pages,
            state.missing,
        )
        return self._take(source, state, fetched, self._parse(fetched, source), hashed, pages)

    def _take(
        self, source: Source, state: SourceState, fetched: Fetched, parsed: Parsed, hashed: str, pages: Pages
    ) -> Outcome:
        """Publish what was parsed, and remember the feed as done if it was all that it should be."""
        for rejection in parsed.rejections:
            self._log.warning("%s: %s", rejection.where, rejection.reason)
        counts = Counts(rejections=parsed.rejections)
        for origin, drafts in backfill.split(parsed.drafts, source, fetched.observed, first=not state.body):
            entries = [draft for draft in drafts if "follow" not in draft.extra]
            counts += self._publisher.publish(entries, origin, observed=fetched.observed)
            counts += pages.publish([draft for draft in drafts if "follow" in draft.extra], origin)
        self._metrics.count("releases_published", counts.published)
        state = msgspec.structs.replace(state, pages=pages.done, missing=pages.missing)
        if pages.stopped:
            self._save(source, state)
            return Outcome(source=source.id, status="stopped", next_due=state.next_due, counts=counts)
        if complaint := _complaint(source, parsed):
            return replace(self._failed(source, state, complaint), counts=counts)
        if not pages.missing:
            state = msgspec.structs.replace(_validated(state, fetched), reader=_reader(source), body=hashed)
        return replace(self._succeeded(source, state, "collected"), counts=counts, reason=pages.complaint)

    def _get(self, source: Source, url: str, validators: Validators | None = None) -> Fetched | FetchFailed:
        host = urlsplit(url).netloc
        if host in self._asked and (wait := self._asked[host] + source.pause - self._clock.monotonic()) > 0:
            self._clock.sleep(wait)
        fetched = self._fetcher.fetch(url, validators=validators)
        self._asked[host] = self._clock.monotonic()
        self._metrics.count("fetches")
        if isinstance(fetched, FetchFailed):
            self._metrics.count("fetch_failures")
        elif fetched.status == 304:
            self._metrics.count("fetches_not_modified")
        return fetched

    def _succeeded(self, source: Source, state: SourceState, status: Status) -> Outcome:
        now = self._clock.now()
        due = now + source.interval * 1000
        self._save(source, msgspec.structs.replace(state, last_success=now, next_due=due, failures=0, reason=""))
        return Outcome(source=source.id, status=status, next_due=due)

    def _failed(self, source: Source, state: SourceState, reason: str, *, retry_after: int = 0) -> Outcome:
        failures = state.failures + 1
        due = self._clock.now() + 1000 * max(back_off(source, failures), min(retry_after, LONGEST_RETRY_AFTER))
        reason = reason[:1000]
        self._save(source, msgspec.structs.replace(state, next_due=due, failures=failures, reason=reason))
        return Outcome(source=source.id, status="failed", next_due=due, reason=reason)

    def _save(self, source: Source, state: SourceState) -> None:
        def write() -> None:
            self._store.put_many([Put(STATE + source.id, msgspec.json.encode(state))])

        self._attempt(write)


def back_off(source: Source, failures: int) -> int:
    """Seconds to wait after this many failures in a row: from a minute, doubling, to six hours or the interval."""
    return int(min(FIRST_RETRY * 2 ** min(failures - 1, 20), max(source.interval, LONGEST_RETRY)))


def _decode(stored: Stored | None) -> SourceState:
    if stored is None:
        return SourceState()
    try:
        return msgspec.json.decode(stored.value, type=SourceState)
    except msgspec.MsgspecError:
        return SourceState()  # polled as if for the first time: a repeat is harmless


def _reader(source: Source) -> str:
    """Changes whenever the same bytes could be read differently."""
    definition = msgspec.json.encode(source)
    return f"{feed.VERSION}-{page.VERSION}-{hashlib.sha256(definition).hexdigest()[:16]}"


def _validated(state: SourceState, fetched: Fetched) -> SourceState:
    validators = Validators.of(fetched)
    return msgspec.structs.replace(state, etag=validators.etag, last_modified=validators.last_modified)


def _complaint(source: Source, parsed: Parsed) -> str:
    """Why a feed that was read is still a failure; empty if it is none."""
    found = len(parsed.drafts)
    if found >= source.minimum and (found or not parsed.rejections):
        return ""
    first = f": {parsed.rejections[0].reason}" if parsed.rejections else ""
    return f"{found} releases, at least {source.minimum} are expected{first}"
