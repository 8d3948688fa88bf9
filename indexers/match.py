"""Role `match`: documents x subscriptions -> alerts. Keeps no state and sends every hit; `deliver` makes them unique.

A subscription is asked only for revisions observed after it was made or last changed, of an origin that may alert.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from exportwatch import codec
from exportwatch.bus import ALERTS, Record
from exportwatch.clock import Clock
from exportwatch.engine import Filtered, Outcome, Send, Sent, Waiting, each
from exportwatch.errors import Misconfigured
from exportwatch.model import Alert, Classified, Mention, Origin, Quote, Span, Subscription, claims_hash
from exportwatch.query.fields import prepare
from exportwatch.query.highlight import Highlighter
from exportwatch.query.matcher import matches
from exportwatch.query.names import Resolved, resolve
from exportwatch.subscriptions import Watch
from exportwatch.taxonomy import Taxonomy
from exportwatch.text import fold

ALERTING: Final[frozenset[Origin]] = frozenset({"live", "import"})
"""Origins that may alert without being told."""
QUOTES: Final = 8
AROUND: Final = 60
_QUOTED: Final = 300
_TITLE, _URL, _SHORT, _MANY = 1000, 4000, 300, 50
_LABELLED: Final = ("item", "agency", "jurisdiction", "programme", "instrument", "topic", "action")

log = logging.getLogger("exportwatch")


Asked = tuple[Subscription, Resolved]


class Match:
    """The stage. `taxonomy` is asked for only when there is a subscription."""

    name = "match"

    def __init__(self, watch: Watch, taxonomy: Callable[[], Taxonomy], clock: Clock) -> None:
        self._watch = watch
        self._taxonomy = taxonomy
        self._clock = clock
        self._seen: tuple[Subscription, ...] = ()
        self._asked: dict[Subscription, Resolved | None] = {}
        """None where the query cannot be read (any more)."""

    def run(self, records: Sequence[Record], waiting: Waiting) -> list[Outcome]:
        subscriptions = self._watch.current()
        if subscriptions is not self._seen:
            known, self._asked = self._asked, {}
            for subscription in subscriptions:
                if subscription.health:
                    continue  # the collector tells those
                query = known[subscription] if subscription in known else _readable(subscription, self._taxonomy())
                self._asked[subscription] = query
            self._seen = subscriptions
        if not self._asked:
            return [Filtered("no subscription")] * len(records)
        asked = [(subscription, query) for subscription, query in self._asked.items() if query]
        return each(lambda record: self._outcome(record, asked), records, waiting)

    def _outcome(self, record: Record, asked: Sequence[Asked]) -> Outcome:
        if record.value is None:
            return Filtered("purge")
        classified = codec.CLASSIFIED.decode(record.value)
        wanted = [(s, query) for s, query in asked if may_fire(s, classified)]
        if not wanted:
            return Filtered("no subscription may fire for it")
        taxonomy = self._taxonomy()
        entry = prepare(classified, taxonomy, record.value)
        highlighter, now = Highlighter(classified, taxonomy, entry), self._clock.now()
        found = [
            alert(classified, subscription, highlighter.spans(query.tree), taxonomy, now)
            for subscription, query in wanted
            if matches(query.tree, entry)
        ]
        sends = tuple(Send(ALERTS, a.subscription, codec.ALERT.encode(a), a.subscription) for a in found)
        return Sent(sends) if sends else Filtered("no hit")


def _readable(subscription: Subscription, taxonomy: Taxonomy) -> Resolved | None:
    try:
        return resolve(subscription.query, taxonomy)
    except Misconfigured as error:
        log.warning("match: subscription %s is left out: %s", subscription.id, error)
        return None


def may_fire(subscription: Subscription, classified: Classified) -> bool:
    """Whether origin and the subscription's own date allow it."""
    document = classified.document
    if document.observed <= subscription.changed:
        return False
    return subscription.all_origins or document.origin in ALERTING


def alert(
    classified: Classified, subscription: Subscription, spans: Sequence[Span], taxonomy: Taxonomy, matched: int
) -> Alert:
    """What a message says of a hit with these highlights, bounded to some ten kilobytes. Pure."""
    document, claims = classified.document, classified.claims
    return Alert(
        subscription=subscription.id,
        document=document.id,
        root=document.root or document.id,
        observed=document.observed,
        origin=document.origin,
        claims_hash=claims_hash(claims),
        title=document.title[:_TITLE],
        lang=claims.lang,
        url=document.url if len(document.url) <= _URL else "",
        source=document.source[:_SHORT],
        publisher=document.publisher[:_SHORT],
        published=document.published,
        actions=claims.actions,
        implementing=claims.implementing[:_MANY],
        affected=claims.affected[:_MANY],
        item_labels=claims.item_labels[:_MANY],
        agencies=claims.agencies[:_MANY],
        evidence=tuple(islice(_evidence(classified, spans, taxonomy), QUOTES)),
        matched=matched,
    )


def _evidence(classified: Classified, spans: Sequence[Span], taxonomy: Taxonomy) -> Iterator[Quote]:
    """The first place of each thing that was found."""
    shown: set[str] = set()
    for span in spans:
        words: str = getattr(classified.document, span.field)
        folded = fold(words[span.start : span.end]).text
        label = _label(span, classified.claims.mentions, labels(taxonomy))
        if shown.isdisjoint({folded, label} - {""}):
            yield _quote(span, words, "" if fold(label).text == folded else label)
        shown |= {folded, label}


def _quote(span: Span, words: str, concept: str) -> Quote:
    end = min(span.end, span.start + _QUOTED)
    first, last = max(0, span.start - AROUND), min(len(words), end + AROUND)
    return Quote(
        field=span.field,
        start=span.start,
        end=end,
        text=words[first:last],
        mark_start=span.start - first,
        mark_end=end - first,
        concept=concept,
    )


def _label(span: Span, mentions: Sequence[Mention], known: Mapping[tuple[str, str], str]) -> str:
    """The English label of what the words of the span name; of several, that of the kind that says most."""
    inside = [m for m in mentions if m.field == span.field and m.start < span.end and span.start < m.end]
    named = sorted((m for m in inside if m.kind in _LABELLED), key=lambda m: _LABELLED.index(m.kind))
    return known.get((named[0].kind, named[0].concept), named[0].concept) if named else ""


@functools.lru_cache(maxsize=2)
def labels(taxonomy: Taxonomy) -> Mapping[tuple[str, str], str]:
    """English labels by kind and by id or acronym."""
    concepts = taxonomy.concepts.values()
    return {(concept.kind, name): concept.label for concept in concepts for name in (concept.id, concept.value)}
