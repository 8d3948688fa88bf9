"""Spans over a text as well-formed elements: what overlaps is nested, what crosses is cut at the crossing."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

DEEPEST: Final = 8
"""Elements within each other; a span that would lie deeper is not painted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A span to paint: `anchor` is what links lead to, `label` what it stands for."""

    start: int
    end: int
    anchor: str
    kind: str
    title: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The text from here on, or the begin or end of an element. Only the first piece of a mark has its anchor."""

    what: Literal["text", "open", "close"]
    text: str = ""
    mark: Mark | None = None
    first: bool = False
    last: bool = False


def painted(text: str, marks: Iterable[Mark]) -> Iterator[Part]:
    """The parts in order; the texts among them, joined, are the text."""
    order = itertools.count()
    waiting = [
        (mark.start, -mark.end, next(order), mark, True) for mark in marks if 0 <= mark.start < mark.end <= len(text)
    ]
    heapq.heapify(waiting)
    opened: list[tuple[int, Part]] = []
    place = 0
    while waiting:
        start, minus_end, _, mark, first = heapq.heappop(waiting)
        end = -minus_end
        while opened and opened[-1][0] <= start:
            yield from _text(text, place, opened[-1][0])
            place, closing = opened.pop()
            yield closing
        yield from _text(text, place, start)
        place = start
        if len(opened) >= DEEPEST:
            continue
        if opened and (within := opened[-1][0]) < end:
            heapq.heappush(waiting, (within, -end, next(order), mark, False))
            end = within
        last = end == mark.end
        yield Part("open", mark=mark, first=first, last=last)
        opened.append((end, Part("close", mark=mark, first=first, last=last)))
    while opened:
        yield from _text(text, place, opened[-1][0])
        place, closing = opened.pop()
        yield closing
    yield from _text(text, place, len(text))


def _text(text: str, start: int, end: int) -> Iterator[Part]:
    if start < end:
        yield Part("text", text[start:end])
