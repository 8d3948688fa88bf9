"""The view of the sources: what each is, when it was last seen, when it is due, and how it does, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from exportwatch.clock import rfc3339
from exportwatch.present import language_name
from exportwatch.web.backends import Backends, SourceSeen
from exportwatch.web.words import count, moment, span

Health = Literal["well", "waiting", "late", "failing", "off"]
_LATE: Final = 120
"""Seconds after which a source that is due and not polled is late; a poll of the others may take that long."""
_ORDER: Final[dict[Health, int]] = {"failing": 0, "late": 1, "waiting": 2, "well": 3, "off": 4}


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
    last_seen: str
    last_seen_words: str
    next_due: str
    next_due_words: str
    last_failure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesView:
    """Every source, those that need a person first."""

    sources: tuple[SourceView, ...]
    summary: str


def sources(backends: Backends) -> SourcesView:
    """Raises Retryable when the store is away, Misconfigured for a file that is no source."""
    now = backends.clock.now()
    views = sorted((_view(seen, now) for seen in backends.sources()), key=lambda view: (_ORDER[view.health], view.id))
    return SourcesView(sources=tuple(views), summary=_summary(views))


def _summary(views: Sequence[SourceView]) -> str:
    if not views:
        return "There is no source."
    counts = {health: sum(view.health == health for view in views) for health in _ORDER}
    said = [f"{number} {health}" for health, number in counts.items() if number]
    return f"{count(len(views), 'source')}: {', '.join(said)}."


def _view(seen: SourceSeen, now: int) -> SourceView:
    health, words = _health(seen, now)
    due = seen.next_due if seen.enabled else 0
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
        last_seen=rfc3339(seen.last_success) if seen.last_success else "",
        last_seen_words=moment(seen.last_success, now) if seen.last_success else "never",
        next_due=rfc3339(due) if due else "",
        next_due_words=moment(due, now) if due else "",
        last_failure=seen.reason,
    )


def _health(seen: SourceSeen, now: int) -> tuple[Health, str]:
    if not seen.enabled:
        return "off", "Not enabled."
    if seen.failures:
        since = f"last seen {moment(seen.last_success, now)}" if seen.last_success else "never seen"
        return "failing", f"Failed {count(seen.failures, 'time')} in a row, {since}."
    if not seen.last_success:
        return "waiting", "Not polled yet: `exportwatch collect` does that."
    if now - seen.next_due > max(_LATE, seen.interval) * 1000:
        return "late", f"Due {moment(seen.next_due, now)} and not polled: is `exportwatch collect` running?"
    return "well", f"Polled every {span(seen.interval)}."
