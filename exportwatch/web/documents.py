"""The view of a document: its words with the evidence in them, what is claimed, and where all of it comes from."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from exportwatch import codec
from exportwatch.clock import rfc3339
from exportwatch.errors import Misconfigured
from exportwatch.model import INLINE_BYTES, Claims, Classified, Document, Field, Measure, Mention, Span
from exportwatch.present import claim_line, language_name
from exportwatch.query.highlight import highlights
from exportwatch.query.names import resolve
from exportwatch.taxonomy import Taxonomy
from exportwatch.web import links
from exportwatch.web.backends import Backends
from exportwatch.web.paint import Mark, Part, painted

KINDS: Final = {
    "action": "action",
    "jurisdiction": "place",
    "agency": "agency",
    "party": "party",
    "item": "item",
    "code": "number",
    "instrument": "law",
    "programme": "programme",
    "topic": "topic",
    "date": "date",
}
"""Kind of mention -> the word for it on the page, in the order of the legend."""
_CHARACTERS: Final = 90
"""Of a quote that stands for its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """A stretch of the document that proves something, and its anchor on the page."""

    field: Field
    start: int
    end: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureView:
    """A measure said in English, in the order of `claims.measures`, and what proves it."""

    claim: str
    measure: Measure
    evidence: tuple[PlaceView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptView:
    """One thing that the document names, and every place of it. `name` is short, `label` long; both are English."""

    kind: str
    concept: str
    name: str
    label: str
    places: tuple[PlaceView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenanceView:
    """Where the document comes from. `size` is in bytes; `observed` the instant at which our collector read it."""

    url: str
    observed: str
    origin: str
    sha256: str
    size: int
    raw: str
    """Path of the original bytes; empty where they were not kept."""
    root: str
    """Path of the page that this is an attachment of; empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """A document and its claims as they are, and as they are said."""

    document: Document
    claims: Claims
    claim: str
    language: str
    measures: tuple[MeasureView, ...]
    concepts: tuple[ConceptView, ...]
    highlights: tuple[Span, ...]
    """Of the query that led here, if any."""
    query: str
    provenance: ProvenanceView
    page: str
    twin: str


def document(backends: Backends, id: str, query: str = "") -> DocumentView | None:
    """The view; None for an id that is not known. Raises Retryable when the index is away."""
    body = find(backends, id)
    return None if body is None else _view(body, backends.taxonomy, query)


def find(backends: Backends, id: str) -> Classified | None:
    """The document as it was last put."""
    body = backends.index().get([id]).get(id) if id else None
    return None if body is None else codec.CLASSIFIED.decode(body)


def _view(classified: Classified, taxonomy: Taxonomy, query: str) -> DocumentView:
    document, claims = classified.document, classified.claims
    return DocumentView(
        document=document,
        claims=claims,
        claim=claim_line(claims, document.day),
        language=language_name(claims.lang),
        measures=tuple(_measure(document, number, measure, taxonomy) for number, measure in enumerate(claims.measures)),
        concepts=tuple(_concepts(document, claims, taxonomy)),
        highlights=_highlights(classified, taxonomy, query),
        query=query,
        provenance=_provenance(document),
        page=links.document(document.id),
        twin=links.document_twin(document.id),
    )


def _highlights(classified: Classified, taxonomy: Taxonomy, query: str) -> tuple[Span, ...]:
    try:
        return highlights(resolve(query, taxonomy), classified) if query.strip() else ()
    except Misconfigured:
        return ()  # the document is there all the same


def _provenance(document: Document) -> ProvenanceView:
    return ProvenanceView(
        url=document.url,
        observed=rfc3339(document.observed),
        origin=document.origin,
        sha256=document.sha256,
        size=document.size,
        raw=links.raw(document.id) if has_original(document) else "",
        root=links.document(document.root) if document.root and document.root != document.id else "",
    )


def has_original(document: Document) -> bool:
    """Whether its bytes were kept where they can be found again: in the log, or in Blobs by their hash."""
    kept = bool(document.sha256) and document.state != "too large"
    return kept and (document.place is not None or document.size > INLINE_BYTES)


@dataclass(frozen=True, slots=True)
class _Said:
    """A measure in the words of a claim line."""

    actions: Sequence[str]
    implementing: Sequence[str]
    affected: Sequence[str]
    item_labels: Sequence[str]
    agencies: Sequence[str]


def _measure(document: Document, number: int, measure: Measure, taxonomy: Taxonomy) -> MeasureView:
    labels = [names(taxonomy).get(("item", item), (item, item))[1] for item in measure.items]
    said = _Said(
        actions=(measure.action,),
        implementing=measure.implementing,
        affected=measure.affected,
        item_labels=labels,
        agencies=(measure.agency,) if measure.agency else (),
    )
    evidence = tuple(
        _place(document, span, f"e{number + 1}-{place + 1}") for place, span in enumerate(measure.evidence)
    )
    return MeasureView(claim=claim_line(said), measure=measure, evidence=evidence)


def _place(document: Document, span: Span | Mention, anchor: str) -> PlaceView:
    text: str = getattr(document, span.field)[span.start : span.end]
    return PlaceView(field=span.field, start=span.start, end=span.end, text=text, anchor=anchor)


def _concepts(document: Document, claims: Claims, taxonomy: Taxonomy) -> Iterator[ConceptView]:
    """By kind, then in order of their first place."""
    found: dict[tuple[str, str], list[PlaceView]] = {}
    for number, mention in enumerate(claims.mentions):
        found.setdefault((mention.kind, mention.concept), []).append(_place(document, mention, f"m{number + 1}"))
    order = list(KINDS)
    for (kind, concept), places in sorted(found.items(), key=lambda pair: order.index(pair[0][0])):
        name, label = names(taxonomy).get((kind, concept), (concept, concept))
        yield ConceptView(
            kind=kind, concept=concept, name=name, label=label, places=tuple(sorted(places, key=_reading_order))
        )


def _reading_order(place: PlaceView) -> tuple[bool, int, int]:
    return place.field == "text", place.start, place.end


@functools.lru_cache(maxsize=2)
def names(taxonomy: Taxonomy) -> Mapping[tuple[str, str], tuple[str, str]]:
    """(kind, concept of a mention) -> its short and its long English name."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for concept in taxonomy.concepts.values():
        short = concept.value if concept.kind == "agency" else concept.label
        long = f"{concept.label} ({short})" if concept.kind == "agency" and short != concept.label else concept.label
        found.setdefault((concept.kind, concept.id), (short, long))
        # Several offices may speak under one acronym; the first is the agency itself.
        found.setdefault((concept.kind, concept.value), (short, long))
    return found


def paint(view: DocumentView, field: Field) -> Iterator[Part]:
    """Title or text with every place marked; what a concept stands for is said at its first place in the text."""
    marks = [
        Mark(start=place.start, end=place.end, anchor=place.anchor, kind="proof", title=measure.claim)
        for measure in view.measures
        for place in measure.evidence
        if place.field == field
    ]
    for concept in view.concepts:
        word = KINDS[concept.kind]
        for number, place in enumerate(place for place in concept.places if place.field == field):
            marks.append(
                Mark(
                    start=place.start,
                    end=place.end,
                    anchor=place.anchor,
                    kind=concept.kind,
                    title=f"{word}: {concept.label}",
                    label=_label(word, concept.name, place.text) if number == 0 and field == "text" else "",
                )
            )
    marks += [
        Mark(start=span.start, end=span.end, anchor=f"q{number + 1}", kind="hit", title="found by the search")
        for number, span in enumerate(view.highlights)
        if span.field == field
    ]
    return painted(getattr(view.document, field), marks)


def _label(word: str, name: str, text: str) -> str:
    return word if name.casefold() == text.casefold() else f"{word}: {name}"


def short(text: str) -> str:
    """A quote cut to the length of a link."""
    return text if len(text) <= _CHARACTERS else f"{text[:_CHARACTERS].rstrip()}…"
