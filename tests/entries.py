"""Entries for tests of indexes: small prepared documents, made from text."""

from __future__ import annotations

from collections.abc import Mapping

from exportwatch import text
from exportwatch.index import Entry

Values = Mapping[str, tuple[str, ...]]


def entry(
    id: str,
    version: int = 1,
    *,
    title: str = "",
    body: str = "",
    values: Values | None = None,
    measures: tuple[Values, ...] = (),
    record: str = "",
) -> Entry:
    """`body` is the document's text; `record` what the index gives back (its id and version if not given)."""
    return Entry(
        id=id,
        version=version,
        title=text.joined(title),
        text=text.joined(body),
        values=values or {},
        measures=measures,
        body=(record or f"{id}@{version}").encode(),
    )
