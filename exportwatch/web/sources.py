"""The view of the sources: what each is, how it does and since when, what stands in for it, and its last changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from exportwatch.clock import rfc3339
from exportwatch.errors import BadRecord
from exportwatch.health import WELL, HealthEvent, HealthState
from exportwatch.present import language_name
from exportwatch.web import links
from exportwatch.web.backends import Backends, SourceSeen
from exportwatch.web.words import count, moment, size, span

Health = Literal["well", "waiting", "standby", "late", "failing", "off"]
_LATE: Final = 120
"""Seconds after which a source that is due and not polled is late; a poll of the others may take that long."""
_ORDER: Final[dict[Health, int]] = {"failing": 0, "late": 1, "waiting": 2, "well": 3, "standby": 4, "off": 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One change of a source's state: `was` became `state`, for that reason."""

    state: HealthState
    was: HealthState
    at: str
    at_words: str
    reason: str
    fallback: str
    """The source that stood in from then on."""
    evidence: str
    """Path of the bytes that were no use; empty where none were kept."""
    evidence_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """One source. Instants are RFC 3339, empty for never; `health` is one word, `words` the sentence behind it."""

    id: str
    publisher: str
    jurisdiction: str
    kind: str
    lang: str
    language: str
    url: str
    parser: str
    interval: int
    enabled: bool
    note: str
    health: Health
    words: str
    state: HealthState
    """As the collector found it; empty where it was never polled."""
    since: str
    last_seen: str
    last_seen_words: str
    last_new: str
    """When a release appeared that was not known."""
    next_due: str
    next_due_words: str
    last_failure: str
    fallback: str
    """The source that stands in for it while it is not well."""
    stands_in: str
    """The same, while it does."""
    history: tuple[ChangeView, ...]
    """The last changes, the latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesView:
    """Every source, those that need a person first."""

    sources: tuple[SourceView, ...]
    summary: str


def sources(backends: Backends) -> SourcesView:
    """Raises Retryable when the store is away, Misconfigured for a file that is no source."""
    now, events = backends.clock.now(), backends.events()
    views = sorted(
        (view(seen, now, events.get(seen.id, ())) for seen in backends.sources()),
        key=lambda view: (_ORDER[view.health], view.id),
    )
    return SourcesView(sources=tuple(views), summary=_summary(views))


def evidence(backends: Backends, id: str, sha256: str) -> bytes | None:
    """The bytes kept with a change that is shown of this source; None for all others, and what is gone."""
    if not any(event.evidence == sha256 for event in backends.events().get(id, ()) if sha256):
        return None
    try:
        return backends.blobs().get(sha256)
    except BadRecord:
        return None


def _summary(views: Sequence[SourceView]) -> str:
    if not views:
        return "There is no source."
    counts = {health: sum(view.health == health for view in views) for health in _ORDER}
    said = [f"{number} {health}" for health, number in counts.items() if number]
    return f"{count(len(views), 'source')}: {', '.join(said)}."


def view(seen: SourceSeen, now: int, events: Sequence[HealthEvent] = ()) -> SourceView:
    """One source as it is shown; `events` are its last changes."""
    health, words = _health(seen, now)
    due = seen.next_due if seen.enabled and health != "standby" else 0
    return SourceView(
        id=seen.id,
        publisher=seen.publisher,
        jurisdiction=seen.jurisdiction,
        kind=seen.kind,
        lang=seen.language,
        language=language_name(seen.language),
        url=seen.url,
        parser=seen.parser,
        interval=seen.interval,
        enabled=seen.enabled,
        note=seen.note,
        health=health,
        words=words,
        state=seen.health,
        since=rfc3339(seen.since) if seen.since else "",
        last_seen=rfc3339(seen.last_success) if seen.last_success else "",
        last_seen_words=moment(seen.last_success, now) if seen.last_success else "never",
        last_new=rfc3339(seen.last_new) if seen.last_new else "",
        next_due=rfc3339(due) if due else "",
        next_due_words=moment(due, now) if due else "",
        last_failure=seen.reason,
        fallback=seen.fallback,
        stands_in=seen.fallback if seen.enabled and seen.health not in WELL else "",
        history=tuple(_change(event, now) for event in events),
    )


def _change(event: HealthEvent, now: int) -> ChangeView:
    return ChangeView(
        state=event.state,
        was=event.was,
        at=rfc3339(event.at),
        at_words=moment(event.at, now),
        reason=event.reason,
        fallback=event.fallback,
        evidence=links.evidence(event.source, event.evidence) if event.evidence else "",
        evidence_words=size(event.size) if event.size else "",
    )


def _health(seen: SourceSeen, now: int) -> tuple[Health, str]:
    if not seen.enabled:
        return "off", "Not enabled."
    if seen.principal and not seen.needed:
        return "standby", f"Stands by for {seen.principal}, and is polled only while that one is not well."
    if seen.health not in WELL:
        found = f", found so {moment(seen.since, now)}" if seen.since else ""
        stands_in = f" {seen.fallback} stands in." if seen.fallback else ""
        return "failing", f"{seen.health}{found}.{stands_in}"
    if seen.failures:
        since = f"last seen {moment(seen.last_success, now)}" if seen.last_success else "never seen"
        return "failing", f"Failed {count(seen.failures, 'time')} in a row, {since}."
    if not seen.last_success:
        return "waiting", "Not polled yet: `exportwatch collect` does that."
    if now - seen.next_due > max(_LATE, seen.interval) * 1000:
        return "late", f"Due {moment(seen.next_due, now)} and not polled: is `exportwatch collect` running?"
    stands_in = f" Stands in for {seen.principal}." if seen.principal else ""
    moved = f" It has moved for good, to {seen.moved}." if seen.health == "MOVED" and seen.moved else ""
    return "well", f"Polled every {span(seen.interval)}.{stands_in}{moved}"
