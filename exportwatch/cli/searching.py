"""Command `search`: hits with the words that prove them, in colour on a terminal, as JSON for scripts."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import click

from exportwatch import codec
from exportwatch.cli import pass_settings
from exportwatch.cli.console import console, line, print_json, safe
from exportwatch.index import Hit
from exportwatch.model import Classified, Span
from exportwatch.present import Piece, Snippet, claim_line, pieces, snippets
from exportwatch.settings import Settings
from exportwatch.wiring import Wiring

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from exportwatch.query.names import Expansion, Resolved
    from exportwatch.taxonomy import Taxonomy

_EVIDENCE: Final = "bold black on yellow"


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
    wiring = Wiring(settings, person=True)
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
        for note in resolved.notes:
            print(f"exportwatch: {line(note)}", file=sys.stderr)
        for hit, classified in found:
            print_json(row(hit, classified, highlights(resolved, classified)))
        return hits.total
    out = console()
    _say_expansions(out, resolved, wiring.taxonomy)
    for hit, classified in found:
        _print_hit(out, hit, classified, highlights(resolved, classified))
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


def _say_expansions(out: Console, resolved: Resolved, taxonomy: Taxonomy) -> None:
    for note in resolved.notes:
        out.print(line(note), style="dim")
    for expansion in resolved.expansions:
        out.print(said_of(expansion, taxonomy), style="dim")


def said_of(expansion: Expansion, taxonomy: Taxonomy) -> str:
    """What a name in a query finds besides its words, and how to have the words only."""
    names = dict.fromkeys(taxonomy.concepts[key].label for key in expansion.concepts if key in taxonomy.concepts)
    typed = line(expansion.typed)
    exact = f"={typed}" if " " not in typed else f'="{typed}"'
    return f"{typed} also finds {', '.join(names)} in every language; {exact} does not"


def _print_hit(out: Console, hit: Hit, classified: Classified, spans: tuple[Span, ...]) -> None:
    document = classified.document
    in_title = [span for span in spans if span.field == "title"] if document.title else []
    title = _marked(pieces(document.title or "(no title)", in_title))
    title.stylize("bold")
    out.print(title)
    facts = [document.day, classified.claims.lang, line(document.source or document.publisher), line(document.id)]
    out.print("  " + " · ".join(fact for fact in facts if fact), style="dim")
    claim = claim_line(classified.claims, document.day)
    if claim:
        out.print("  " + claim, style="cyan")
    for snippet in snippets(document.text, [span for span in spans if span.field == "text"]):
        out.print("  ", _snippet(snippet), sep="")
    if document.url:
        out.print("  " + line(document.url), style="dim")
    out.print()


def _marked(pieces: Iterable[Piece]) -> Text:
    """Pieces of text on one line, evidence emphasised."""
    from rich.text import Text

    marked = Text()
    for piece in pieces:
        marked.append(safe(piece.text.replace("\n", " ").replace("\t", " ")), _EVIDENCE if piece.marked else None)
    return marked


def _snippet(snippet: Snippet) -> Text:
    from rich.text import Text

    around = [Text("…" if cut else "", style="dim") for cut in (snippet.before, snippet.after)]
    return Text.assemble(around[0], _marked(snippet.pieces), around[1])
