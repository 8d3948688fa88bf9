"""How a hit is said to a person, alike on the terminal, on the page and in a message: in English, beside the original.

claim_line(claims, document.day)    JP dialogue → KR: hydrogen fluoride · METI · 2019-12-16
snippets(document.text, spans)      the first places of evidence, each with some text around it
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from exportwatch.model import Span
from exportwatch.safe import line

AROUND: Final = 60
"""Characters of text on either side of evidence."""
SNIPPETS: Final = 3
_ITEMS: Final = 4
_LANGUAGES: Final = {
    "en": "English",
    "ja": "Japanese",
    "ko": "Korean",
    "zh": "Chinese",
    "zh-Hans": "Chinese (simplified)",
    "zh-Hant": "Chinese (traditional)",
    "und": "language unknown",
    "": "language unknown",
}


class Claimed(Protocol):
    """What claims and alerts have in common."""

    @property
    def actions(self) -> Sequence[str]: ...
    @property
    def implementing(self) -> Sequence[str]: ...
    @property
    def affected(self) -> Sequence[str]: ...
    @property
    def item_labels(self) -> Sequence[str]: ...
    @property
    def agencies(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, and whether it is evidence."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """Evidence with some text around it; whether the text goes on before and after."""

    pieces: tuple[Piece, ...]
    before: bool
    after: bool


def claim_line(claimed: Claimed, day: str = "") -> str:
    """One safe line of who does what against whom; empty for a document about something else."""
    if not claimed.actions:
        return ""
    who = f"{', '.join(claimed.implementing) or '?'} {', '.join(claimed.actions)}"
    whom = f" → {', '.join(claimed.affected)}" if claimed.affected else ""
    more = f" and {len(claimed.item_labels) - _ITEMS} more" if len(claimed.item_labels) > _ITEMS else ""
    items = f": {', '.join(claimed.item_labels[:_ITEMS])}{more}" if claimed.item_labels else ""
    return line(" · ".join(filter(None, (who + whom + items, ", ".join(claimed.agencies), day))))


def pieces(text: str, spans: Sequence[Span]) -> Iterator[Piece]:
    """The text cut at spans of one field, which are sorted and do not overlap."""
    place = 0
    for span in spans:
        if span.start > place:
            yield Piece(text[place : span.start], False)
        yield Piece(text[span.start : span.end], True)
        place = span.end
    if place < len(text):
        yield Piece(text[place:], False)


def snippets(text: str, spans: Sequence[Span], most: int = SNIPPETS) -> Iterator[Snippet]:
    """The first few places of evidence; spans as `pieces` takes them."""
    end = -1
    for span in spans:
        if span.start < end:
            continue
        if most == 0:
            return
        most -= 1
        start, end = max(0, span.start - AROUND), min(len(text), span.end + AROUND)
        inside = [
            Span(field=s.field, start=s.start - start, end=s.end - start)
            for s in spans
            if start <= s.start and s.end <= end
        ]
        yield Snippet(tuple(pieces(text[start:end], inside)), start > 0, end < len(text))


def language_name(tag: str) -> str:
    """The language in English; an unknown tag as it is."""
    return _LANGUAGES.get(tag, tag)
