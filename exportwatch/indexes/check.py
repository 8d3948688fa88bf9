"""What no index can take: checked before any engine sees it, so that all refuse the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from exportwatch.errors import Misconfigured
from exportwatch.index import Entry
from exportwatch.model import ID_BYTES
from exportwatch.query.fields import FIELDS

VALUE_BYTES: Final = 8000
"""A keyword value is at most this many UTF-8 bytes (Lucene's own limit is 32,766)."""
PAGED: Final = 10_000
"""Hits beyond this place cannot be paged to (Elasticsearch's max_result_window)."""
_VERSIONS: Final = range(2**63)


def problem(entry: Entry) -> str:
    """Why the entry can never be indexed, or nothing."""
    try:
        if wrong := problem_of_id(entry.id, entry.version):
            return wrong
        for part in (entry.title, entry.text):
            part.encode()
        entry.body.decode()
        for values in (entry.values, *entry.measures):
            if wrong := _problem_of_values(values):
                return wrong
    except UnicodeError as error:
        return f"not Unicode text: {error}"
    return ""


def problem_of_id(id: str, version: int) -> str:
    """Why a document of this id and version can never be indexed or deleted, or nothing."""
    try:
        size = len(id.encode())
    except UnicodeError as error:
        return f"the id is not Unicode text: {error}"
    if not 1 <= size <= ID_BYTES:
        return f"the id has {size} bytes, not 1 to {ID_BYTES}"
    return "" if version in _VERSIONS else f"the version {version} is not between 0 and 2^63 - 1"


def _problem_of_values(values: Mapping[str, Iterable[str]]) -> str:
    for name, texts in values.items():
        field = FIELDS.get(name)
        if field is None or name in ("title", "text"):
            return f"there is no field {name} for values"
        for text in texts:
            size = len(text.encode())
            if field.type != "tokens" and size > VALUE_BYTES:
                return f"a value of {name} has {size:,} bytes, over the limit of {VALUE_BYTES:,}"
    return ""


def check_page(limit: int, offset: int) -> None:
    """Raises Misconfigured for a page that not every engine can give."""
    if limit < 0 or offset < 0 or limit + offset > PAGED:
        raise Misconfigured(
            f"results {offset + 1:,} to {offset + limit:,} are asked for; only the first {PAGED:,} can be"
        )
