"""Command `classify`: JSON Lines in, claims out, without a log, an index or a network."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from exportwatch.cli import pass_settings
from exportwatch.cli.console import line, print_json
from exportwatch.errors import Misconfigured
from exportwatch.model import Body, Document, Draft, Rejection
from exportwatch.settings import Settings
from exportwatch.wiring import Wiring

if TYPE_CHECKING:
    from processors.classify import Rules


@click.command()
@click.argument("path", metavar="PATH|-")
@click.option(
    "--explain",
    is_flag=True,
    help="Show a person each document with its claims marked and why they are made; reads text and HTML too.",
)
@pass_settings
def classify(settings: Settings, path: str, explain: bool) -> int:
    """Classify JSON Lines (as for `import`) and print one JSON object a line, in order, `id` echoed.

    Lines that cannot be read are named on standard error; exit code 1 then, the others are answered all the same.
    """
    from processors.classify import classify as classified
    from processors.classify import row

    wiring = Wiring(settings)
    rejected = 0
    try:
        rules = wiring.rules
        for found in _documents(wiring, path, explain):
            if isinstance(found, Rejection):
                rejected += 1
                print(f"exportwatch: {line(found.where)}: {line(found.reason)}", file=sys.stderr)
            elif explain:
                _explain(found, rules)
            else:
                print_json(row(found.id, classified(found, rules)))
    finally:
        wiring.close()
    return 1 if rejected else 0


def _explain(document: Document, rules: Rules) -> None:
    from exportwatch.cli.explaining import show
    from processors.explain import explain

    show(explain(document, rules))


def _documents(wiring: Wiring, path: str, explain: bool) -> Iterator[Document | Rejection]:
    from collectors import jsonlines
    from collectors.originals import Terms

    terms = Terms(max_document_bytes=wiring.settings.max_document_bytes, run=wiring.sandbox.run)
    if explain:
        from exportwatch.cli.explaining import drafts

        for draft in drafts(path, terms):
            yield from _document(wiring, draft) if isinstance(draft, Draft) else [draft]
        return
    with _open(path) as stream:
        name = "standard input" if path == "-" else path
        for found in jsonlines.read_lines(stream, name, terms, need_id=False):
            yield from _document(wiring, found) if isinstance(found, Draft) else [found]


def _open(path: str) -> BinaryIO:
    if path == "-":
        return sys.stdin.buffer
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise Misconfigured(f"{path}: {error.strerror}") from error


def _document(wiring: Wiring, draft: Draft) -> Iterator[Document | Rejection]:
    """The draft as a document, its HTML read in the sandbox; one that is unreadable has its title still."""
    from collectors.publish import release_of
    from processors.extract import Unreadable, extract

    body = Body(content_type=draft.content_type, sha256="", size=draft.size)
    release = release_of(draft, body, wiring.clock.now(), "import", hashed="")
    limit = wiring.settings.max_text_characters
    try:
        yield extract(release, draft.body, max_text_characters=limit, run=wiring.sandbox.run)
    except Unreadable as error:
        yield Rejection(where=draft.extra.get("where", draft.id), reason=str(error))
        yield error.document
