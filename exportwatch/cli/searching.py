"""Command `search`: hits with the words that prove them, in colour on a terminal, as JSON for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from exportwatch import codec
from exportwatch.cli import pass_settings
from exportwatch.cli.console import console, line, print_json, safe
from exportwatch.index import Hit
from exportwatch.model import Classified, Span
from exportwatch.settings import Settings
from exportwatch.wiring import Wiring

if TYPE_CHECKING:
    from rich.console import Console

    from exportwatch.query.names import Resolved
    from exportwatch.taxonomy import Taxonomy

_AROUND = 60
_SNIPPETS = 3


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=10, show_default=True, help="Most hits to show.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a hit.")
@pass_settings
def search(settings: Settings, query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Search the index. Words side by side mean AND; names find every language.

    \b
    exportwatch search 'METI AND Korea'
    exportwatch search 'by:JP against:KR "hydrogen fluoride"'
    exportwatch search -- '-lang:en action:tighten'
    """
    wiring = Wiring(settings)
    try:
        show(wiring, " ".join(query), limit=limit, as_json=as_json)
    finally:
        wiring.close()


def show(wiring: Wiring, query: str, *, limit: int, as_json: bool = False) -> int:
    """Print the hits of a query; returns how many documents match."""
    from exportwatch.query.highlight import highlights
    from exportwatch.query.names import resolve

    resolved = resolve(query, wiring.taxonomy)
    hits = wiring.index.search(resolved.tree, limit=limit)
    found = [(hit, codec.CLASSIFIED.decode(hit.body)) for hit in hits.hits]
    if as_json:
        for hit, classified in found:
            print_json(row(hit, classified, highlights(resolved, classified)))
        return hits.total
    out = console()
    _say_expansions(out, resolved)
    for hit, classified in found:
        _print_hit(out, hit, classified, highlights(resolved, classified), wiring.taxonomy)
    shown = f", the best {len(found)} shown" if len(found) < hits.total else ""
    out.print(f"{hits.total} document{'' if hits.total == 1 else 's'}{shown}", style="dim")
    return hits.total


def row(hit: Hit, classified: Classified, spans: tuple[Span, ...]) -> dict[str, Any]:
    """A hit as `search --json` prints it."""
    document, claims = classified.document, classified.claims
    return {
        "id": document.id,
        "native_id": document.native_id,
        "score": hit.score,
        "title": document.title,
        "lang": claims.lang,
        "published": document.published,
        "source": document.source,
        "publisher": document.publisher,
        "url": document.url,
        "actions": claims.actions,
        "implementing": claims.implementing,
        "affected": claims.affected,
        "items": claims.items,
        "highlights": spans,
    }


def _say_expansions(out: Console, resolved: Resolved) -> None:
    for note in resolved.notes:
        out.print(line(note), style="dim")
    for typed, concepts in resolved.expansions:
        out.print(
            f"{line(typed)} also finds {', '.join(concepts)} in every language; ={line(typed)} does not", style="dim"
        )


def _print_hit(out: Console, hit: Hit, classified: Classified, spans: tuple[Span, ...], taxonomy: Taxonomy) -> None:
    document = classified.document
    title = _marked(document.title or "(no title)", [s for s in spans if s.field == "title"] if document.title else [])
    title.stylize("bold")
    out.print(title)
    facts = [document.day, classified.claims.lang, line(document.source or document.publisher), line(document.id)]
    out.print("  " + " · ".join(fact for fact in facts if fact), style="dim")
    claim = claim_line(classified, taxonomy)
    if claim:
        out.print("  " + claim, style="cyan")
    for snippet in _snippets(document.text, [s for s in spans if s.field == "text"]):
        out.print("  ", snippet, sep="")
    if document.url:
        out.print("  " + line(document.url), style="dim")
    out.print()


def claim_line(classified: Classified, taxonomy: Taxonomy) -> str:
    """`JP dialogue → KR: hydrogen fluoride · METI`, or empty for a document about something else."""
    claims = classified.claims
    if not claims.relevant:
        return ""
    who = " ".join([", ".join(claims.implementing) or "?", ", ".join(claims.actions) or "report"])
    whom = f" → {', '.join(claims.affected)}" if claims.affected else ""
    items = f": {', '.join(claims.item_labels[:4])}" if claims.item_labels else ""
    agencies = f" · {', '.join(claims.agencies)}" if claims.agencies else ""
    return line(who + whom + items + agencies)


def _marked(text: str, spans: list[Span]) -> Any:
    """The text with its spans emphasised."""
    from rich.text import Text

    marked = Text(safe(text.replace("\n", " ").replace("\t", " ")))
    for span in spans:
        marked.stylize("bold black on yellow", span.start, span.end)
    return marked


def _snippets(text: str, spans: list[Span]) -> list[Any]:
    """The first few places of evidence, each with some text around it."""
    snippets: list[Any] = []
    end = -1
    for span in spans:
        if span.start < end:
            continue
        start, end = max(0, span.start - _AROUND), min(len(text), span.end + _AROUND)
        inside = [
            Span(field="text", start=s.start - start, end=s.end - start)
            for s in spans
            if start <= s.start and s.end <= end
        ]
        snippet = _marked(text[start:end], inside)
        snippets.append(
            (snippet if start == 0 else _ellipsis() + snippet) + (_ellipsis() if end < len(text) else _empty())
        )
        if len(snippets) == _SNIPPETS:
            break
    return snippets


def _ellipsis() -> Any:
    from rich.text import Text

    return Text("…", style="dim")


def _empty() -> Any:
    from rich.text import Text

    return Text("")
