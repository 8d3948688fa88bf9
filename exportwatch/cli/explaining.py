"""`exportwatch classify --explain`: a document with its claims marked, and the reason for each of them, for a person.

On a terminal what was found is coloured; elsewhere it stands in brackets with its label: [affected KR: South Korea].
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from exportwatch.cli.console import console, line, safe
from exportwatch.errors import Misconfigured
from exportwatch.model import Draft, Field, Measure, Rejection, Span

if TYPE_CHECKING:
    from rich.text import Text

    from collectors.originals import Skipped, Terms
    from processors.explain import Explanation, Reason

_SHOWN: Final = 20_000
_MOST_REASONS: Final = 15
_MOST_ACTS: Final = 30
_STYLES: Final = {
    "implementing": "bold red",
    "affected": "bold yellow",
    "item": "green",
    "code": "green",
    "agency": "magenta",
    "party": "bold magenta",
    "topic": "cyan",
    "programme": "cyan",
    "instrument": "cyan",
    "date": "blue",
}
_ACT: Final = "bold underline"


def drafts(path: str, terms: Terms) -> Iterator[Draft | Rejection]:
    """What is to be explained: JSON Lines, or anything that `import` reads; from standard input JSON, HTML or text."""
    from collectors import files
    from collectors.originals import Skipped

    if path != "-":
        for found in _existing(path, terms):
            if isinstance(found, Skipped):
                yield Rejection(where=path, reason=f"{found.what} are not read ({found.kind})")
            else:
                yield found
        return
    body = sys.stdin.buffer.read(terms.max_document_bytes + 1)
    if len(body) > terms.max_document_bytes:
        raise Misconfigured(f"standard input: more than {terms.max_document_bytes:,} bytes; name a file instead")
    head = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    suffix = ".jsonl" if head.startswith(b"{") else ".html" if head.startswith(b"<") else ".txt"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"standard-input{suffix}")
        file.write_bytes(body)
        for found in files.read(file, terms):
            if not isinstance(found, Skipped):
                yield found


def _existing(path: str, terms: Terms) -> Iterator[Draft | Rejection | Skipped]:
    from collectors import files

    try:
        Path(path).stat()
    except OSError as error:
        raise Misconfigured(f"{path}: {error.strerror}") from error
    yield from files.read(Path(path), terms)


def show(explanation: Explanation) -> None:
    """Print one explanation to standard output."""
    out = console()
    colours = out.is_terminal and not out.no_color
    for text in pages(explanation, colours):
        out.print(text)


def pages(explanation: Explanation, colours: bool) -> Iterator[Text]:
    """The explanation in paragraphs; every foreign character in them is safe."""
    from rich.text import Text

    from processors.explain import verdict

    claims, document = explanation.claims, explanation.document
    published = f", published {document.published}" if document.published else ""
    yield Text(f"{line(document.id)} ({claims.lang}{line(published)})", style="bold reverse" if colours else "")
    yield Text(verdict(explanation), style="bold")
    yield from _section("Why relevant or not", map(_weighed, explanation.relevance[:_MOST_REASONS]))
    yield Text("")
    for field in ("title", "text"):
        if getattr(document, field):
            yield Text(f"{field.capitalize()}:", style="bold")
            yield _marked(explanation, field, colours)
    if claims.relevant:
        yield from _section("Who acts, who is acted upon", map(_because, explanation.sides[:_MOST_ACTS]))
        yield from _section("What is said to happen", map(_weighed, explanation.acts[:_MOST_ACTS]))
        for number, (measure, reasons) in enumerate(zip(claims.measures, explanation.measures, strict=True), 1):
            yield from _section(f"Measure {number}: {_headline(measure)}", _measure(explanation, measure, reasons))
    yield Text("")


def _section(title: str, lines: Iterator[str]) -> Iterator[Text]:
    from rich.text import Text

    listed = list(lines)
    if listed:
        yield Text("")
        yield Text(title, style="bold")
        yield Text("\n".join(f"  {line(text)}" for text in listed))


def _weighed(reason: Reason) -> str:
    weight = "      " if reason.weight is None else f"{reason.weight:+6.2f}"
    return f"{weight}  {reason.claim}: {reason.why}"


def _because(reason: Reason) -> str:
    return f"{reason.claim}: because {reason.why}" if not reason.claim.startswith("left out") else _plain(reason)


def _plain(reason: Reason) -> str:
    return f"{reason.claim}: {reason.why}"


def _headline(measure: Measure) -> str:
    by = f" by {', '.join(measure.implementing)}" if measure.implementing else ""
    against = f" against {', '.join(measure.affected)}" if measure.affected else ""
    told = "reported now" if measure.reported == "now" else "recalled as background"
    return f"{measure.action}{by}{against}, {told}, confidence {measure.confidence:g}"


def _measure(explanation: Explanation, measure: Measure, reasons: Sequence[Reason]) -> Iterator[str]:
    named = {"items": measure.items, "codes": measure.codes}
    for name, values in named.items():
        if values:
            yield f"{name}: {', '.join(values)}"
    if measure.agency:
        yield f"agency: {measure.agency}"
    if measure.basis:
        yield f"basis: {measure.basis}"
    yield from map(_plain, reasons)
    if measure.evidence:
        yield "proof: " + " … ".join(f"'{_quote(explanation, span)}'" for span in measure.evidence)


def _quote(explanation: Explanation, span: Span) -> str:
    text: str = getattr(explanation.document, span.field)
    return " ".join(text[span.start : span.end].split())


def _marked(explanation: Explanation, field: Field, colours: bool) -> Text:
    """A field with what was found in it in colours, or in brackets with its label."""
    from rich.text import Text

    from processors.explain import spans_of

    original: str = getattr(explanation.document, field)
    marked = Text()
    place = 0
    for span, label in spans_of(explanation):
        if span.field != field or span.end > _SHOWN:
            continue
        quote = safe(original[span.start : span.end])
        marked.append(safe(original[place : span.start]))
        if colours:
            marked.append(quote, style=_STYLES.get(label.split(" ")[0], _ACT))
        else:
            marked.append(f"[{line(label)}: {quote}]")
        place = span.end
    marked.append(safe(original[place:_SHOWN]))
    if len(original) > _SHOWN:
        marked.append(f" … {len(original) - _SHOWN:,} more characters")
    return marked
