"""The view of a search: hits with their claims and evidence, and what the query was taken for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from exportwatch import codec
from exportwatch.errors import Misconfigured, Retryable
from exportwatch.index import Hit, Hits
from exportwatch.model import Classified, Span
from exportwatch.present import Piece, Snippet, claim_line, language_name, pieces, snippets
from exportwatch.query.highlight import highlights
from exportwatch.query.names import Resolved, resolve
from exportwatch.query.tree import Everything, Node
from exportwatch.taxonomy import Taxonomy
from exportwatch.web import links
from exportwatch.web.backends import Backends

PAGE: Final = 10
LAST_PAGE: Final = 10_000 // PAGE
"""No index gives hits beyond the first 10,000."""
_BEGINNING: Final = 180
"""Characters of a text shown where no evidence stands in it."""
_SPANS: Final = 30
"""More than a few snippets can show."""
_COLUMN: Final = re.compile(r"query, column (\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class HitView:
    """One hit: what `exportwatch search --json` prints of it, and what the page shows."""

    id: str
    native_id: str
    score: float
    title: str
    lang: str
    language: str
    published: str
    day: str
    source: str
    publisher: str
    url: str
    actions: tuple[str, ...]
    implementing: tuple[str, ...]
    affected: tuple[str, ...]
    items: tuple[str, ...]
    highlights: tuple[Span, ...]
    """The first of them."""
    claim: str
    """In English; empty for a document that is not about export control."""
    title_pieces: tuple[Piece, ...]
    snippets: tuple[Snippet, ...]
    page: str
    """Path of the document's page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpansionView:
    """What was typed, the English names of what it was taken for, and the query with that switched off."""

    typed: str
    names: tuple[str, ...]
    without: str
    """Empty where it is not known how to write that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchView:
    """An answered search. `state`: asked nothing yet, something found, nothing found, or an index without documents."""

    query: str
    state: Literal["start", "found", "none", "empty"]
    total: int
    """Documents that match; of the start page, all documents."""
    page: int
    pages: int
    hits: tuple[HitView, ...]
    expansions: tuple[ExpansionView, ...]
    notes: tuple[str, ...]


class WrongQuery(Misconfigured):
    """A query that cannot be answered as typed, and where: `column` counts from 1, 0 for the whole of it."""

    def __init__(self, query: str, error: Misconfigured) -> None:
        super().__init__(str(error))
        found = _COLUMN.fullmatch(str(error))
        self.query = query
        self.column = int(found[1]) if found else 0
        self.reason = found[2] if found else str(error)


def search(backends: Backends, query: str, page: int) -> SearchView:
    """Raises WrongQuery, and Retryable when the index is away."""
    if not query.strip():
        return _start(backends)
    try:
        resolved = resolve(query, backends.taxonomy)
    except Misconfigured as error:
        raise WrongQuery(query, error) from error
    hits = _ask(backends, resolved.tree, page)
    found = tuple(_hit(hit, resolved, query) for hit in hits.hits)
    state: Literal["found", "none", "empty"] = "found" if hits.total else "none" if _any(backends) else "empty"
    return SearchView(
        query=query,
        state=state,
        total=hits.total,
        page=page,
        pages=min(-(-hits.total // PAGE), LAST_PAGE),
        hits=found,
        expansions=_expansions(resolved, query, backends.taxonomy),
        notes=resolved.notes,
    )


def _start(backends: Backends) -> SearchView:
    total = _ask(backends, Everything(), 1).total
    return SearchView(
        query="",
        state="start" if total else "empty",
        total=total,
        page=1,
        pages=0,
        hits=(),
        expansions=(),
        notes=(),
    )


def _ask(backends: Backends, tree: Node, page: int) -> Hits:
    try:
        return backends.index().search(tree, limit=PAGE, offset=(page - 1) * PAGE)
    except Misconfigured as error:
        # Whoever asks can do nothing about it, and it may be put right while we run.
        raise Retryable(str(error)) from error


def _any(backends: Backends) -> bool:
    return bool(_ask(backends, Everything(), 1).total)


def _hit(hit: Hit, resolved: Resolved, query: str) -> HitView:
    classified = codec.CLASSIFIED.decode(hit.body)
    document, claims = classified.document, classified.claims
    spans = highlights(resolved, classified, _SPANS)
    return HitView(
        id=document.id,
        native_id=document.native_id,
        score=hit.score,
        title=document.title,
        lang=claims.lang,
        language=language_name(claims.lang),
        published=document.published,
        day=document.day,
        source=document.source,
        publisher=document.publisher,
        url=document.url,
        actions=claims.actions,
        implementing=claims.implementing,
        affected=claims.affected,
        items=claims.items,
        highlights=spans,
        claim=claim_line(claims, document.day),
        title_pieces=tuple(pieces(document.title, [span for span in spans if span.field == "title"])),
        snippets=tuple(_snippets(classified, [span for span in spans if span.field == "text"])),
        page=links.document(document.id, query),
    )


def _snippets(classified: Classified, spans: Sequence[Span]) -> Sequence[Snippet]:
    text = classified.document.text
    if spans or not text:
        return list(snippets(text, spans))
    return [Snippet((Piece(text[:_BEGINNING], False),), False, len(text) > _BEGINNING)]


def _expansions(resolved: Resolved, query: str, taxonomy: Taxonomy) -> tuple[ExpansionView, ...]:
    return tuple(
        ExpansionView(
            typed=typed,
            names=tuple(dict.fromkeys(taxonomy.concepts[key].label for key in keys if key in taxonomy.concepts)),
            without=switched_off(query, typed),
        )
        for typed, keys in dict.fromkeys(resolved.expansions)
    )


def switched_off(query: str, typed: str) -> str:
    """The query asking for the words themselves; empty where they are not in it as they were read."""
    word = typed if re.fullmatch(r"[^\s\"()]+", typed) else f'"{typed}"'
    for written in (f'"{typed}"', typed):
        pattern = rf"(?<![=\w]){re.escape(written)}(?!\w)" if written.isascii() else re.escape(written)
        if re.search(pattern, query):
            return re.sub(pattern, lambda found: f"={word}", query, count=1)
    return ""
