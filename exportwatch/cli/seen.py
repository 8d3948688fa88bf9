"""The sources as commands and pages show them: the catalogue, what the collector remembers, and the last changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from exportwatch import codec, configfiles
from exportwatch.bus import SOURCES, Operator, TopicPartition
from exportwatch.clock import rfc3339
from exportwatch.errors import BadRecord
from exportwatch.health import WELL, HealthEvent
from exportwatch.web.backends import SourceSeen
from exportwatch.wiring import Wiring

if TYPE_CHECKING:
    from collectors.sources import Source
    from collectors.state import SourceState
    from exportwatch.store import Store

EVENTS: Final = 5
"""Of each source, so many of its last changes."""
_LOOKED_AT: Final = 1_000
"""Records at the end of the topic that are looked through for them."""


def seen(wiring: Wiring, store: Store) -> list[SourceSeen]:
    """Every source of the catalogue as it is now, with what the role `collect` remembers of it, by id.

    Raises Retryable when the store is away, Misconfigured for a file that is no source.
    """
    from collectors import sourcefiles, state

    found = sourcefiles.load(configfiles.files("sources", wiring.folder))
    states = state.states(store, list(found))
    principals = {source.fallback: source.id for source in found.values() if source.fallback and source.enabled}
    return [_seen(source, states, principals.get(source.id, "")) for source in found.values()]


def _seen(source: Source, states: Mapping[str, SourceState], principal: str) -> SourceSeen:
    state = states[source.id]
    return SourceSeen(
        id=source.id,
        publisher=source.publisher,
        jurisdiction=source.jurisdiction,
        kind=source.kind,
        language=source.language,
        url=source.url,
        parser=source.parser,
        interval=source.interval,
        enabled=source.enabled,
        note=source.note,
        last_success=state.last_success,
        next_due=state.next_due,
        failures=state.failures,
        reason=state.reason,
        health=state.health,
        since=state.since,
        moved=state.moved,
        newest=state.newest,
        last_new=state.last_new,
        fallback=source.fallback,
        principal=principal,
        needed=bool(principal) and states[principal].health not in WELL,
    )


def events(wiring: Wiring) -> dict[str, Sequence[HealthEvent]]:
    """The last changes of each source, the latest first; raises Retryable when the log is away."""
    operator = wiring.bus.operator()
    try:
        return read_events(operator)
    finally:
        operator.close()


def read_events(operator: Operator) -> dict[str, Sequence[HealthEvent]]:
    """The same through a door that is open."""
    ends = {state.partition: state for state in operator.state() if state.topic == SOURCES}
    found: defaultdict[str, list[HealthEvent]] = defaultdict(list)
    for partition, state in ends.items():
        place, offset = TopicPartition(SOURCES, partition), max(state.begin, state.end - _LOOKED_AT)
        while offset < state.end and (records := operator.read(place, offset, _LOOKED_AT, 0.5)):
            offset = records[-1].offset + 1
            for value in (record.value for record in records if record.value is not None):
                try:
                    event = codec.HEALTH.decode(value)
                except BadRecord:
                    continue
                found[event.source].append(event)
    return {name: sorted(each, key=lambda event: event.at, reverse=True)[:EVENTS] for name, each in found.items()}


def event_row(event: HealthEvent) -> dict[str, Any]:
    """A change of a source's state, as JSON."""
    return {
        "source": event.source,
        "state": event.state,
        "was": event.was,
        "at": rfc3339(event.at),
        "reason": event.reason,
        "url": event.url,
        "evidence": event.evidence,
        "size": event.size,
        "fallback": event.fallback,
    }
