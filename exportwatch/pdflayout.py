"""Where lines stand on a page of PDF -> rows of tables, columns, and plain lines, in reading order. Pure.

Lines come in the order in which the file draws them, which is the reading order but inside tables and columns: there,
what stands beside each other is drawn one after the other.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

GAP: Final = 0.9
"""Pieces of one line that are farther apart than this many times their height may be cells of a table, or columns."""
LONE_GAP: Final = 2.0
"""So far apart must they be where no line above or below is cut as well: text that is set justified has gaps."""
ALIGNED: Final = 2.0
"""Lines whose begins differ by no more than this many times their height stand under each other."""
ROWS: Final = 5
"""So many rows of two wrapped pieces each are two columns, drawn line by line."""
WIDE: Final = 0.8
MOSTLY: Final = 0.7


@dataclass(frozen=True, slots=True)
class Piece:
    """A line, or the part of one between wide gaps. Points, from the page's lower left corner."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        return max(self.top - self.bottom, 1.0)


Run = list[Piece]
"""Pieces that stand under each other."""


@dataclass(slots=True)
class Row:
    """Runs beside each other: the cells of a table's row, or columns of text."""

    cells: list[Run]

    @property
    def one_line(self) -> bool:
        return all(len(cell) == 1 for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Part:
    """What a page holds at one place: the cells of a table's `row`, or a run of plain lines.

    `alone`: the lines are a column, whose width says nothing of lines above and below it.
    """

    runs: list[Run]
    row: bool = False
    alone: bool = False


def arranged(pieces: Sequence[Piece]) -> Iterator[Part]:
    """The parts of a page in reading order."""
    parts = _rows(_runs(pieces))
    place = 0
    while place < len(parts):
        part = parts[place]
        if not isinstance(part, Row):
            yield Part([part])
            place += 1
            continue
        end = place
        while end < len(parts) and isinstance(parts[end], Row):
            end += 1
        yield from _table([row for row in parts[place:end] if isinstance(row, Row)])
        place = end


def _table(rows: Sequence[Row]) -> Iterator[Part]:
    """Rows that follow each other; what is no table is columns, each read to its end, or a line with a gap."""
    if _drawn_across(rows):
        yield Part([[row.cells[column][0] for column in (0, 1) for row in rows]], alone=True)
    elif len(rows) > 1 or (rows[0].one_line and _far_apart(rows[0])):
        for row in rows:
            yield Part(row.cells, row=True)
    elif rows[0].one_line:
        line = [cell[0] for cell in rows[0].cells]
        words = " ".join(piece.text for piece in line)
        yield Part([[Piece(words, line[0].left, line[0].bottom, line[-1].right, line[0].top)]])
    else:
        yield Part([[piece for cell in rows[0].cells for piece in cell]], alone=True)


def _far_apart(row: Row) -> bool:
    pieces = [cell[0] for cell in row.cells]
    return any(after.left - before.right > LONE_GAP * before.height for before, after in itertools.pairwise(pieces))


def _drawn_across(rows: Sequence[Row]) -> bool:
    """Whether these are two columns of prose, drawn line by line: most lines of both are as long as their widest."""
    if len(rows) < ROWS or any(len(row.cells) != 2 or not row.one_line for row in rows):
        return False
    for column in (0, 1):
        widths = [row.cells[column][0].right - row.cells[column][0].left for row in rows]
        if sum(width >= WIDE * max(widths) for width in widths) < MOSTLY * len(widths):
            return False
    return True


def _runs(pieces: Sequence[Piece]) -> list[Run]:
    runs: list[Run] = []
    for piece in pieces:
        if runs and _is_under(piece, runs[-1][-1]):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _is_under(piece: Piece, last: Piece) -> bool:
    below = piece.top <= last.top - 0.5 * min(piece.height, last.height)
    begins = abs(piece.left - last.left) <= ALIGNED * last.height
    return below and begins


def _rows(runs: Sequence[Run]) -> list[Row | Run]:
    """Runs of which the next stands to the right are rows; what stands above the row in its first run is cut off."""
    found: list[Row | Run] = []
    for run in runs:
        last = found[-1] if found else None
        before = last.cells[-1] if isinstance(last, Row) else last
        beside = _beside(before, run) if before else []
        if not beside or before is None:
            found.append(run)
        elif isinstance(last, Row):
            last.cells.append(run)
        else:
            above = before[: len(before) - len(beside)]
            found[-1:] = [above, Row([beside, run])] if above else [Row([beside, run])]
    return found


def _beside(left: Run, right: Run) -> Run:
    """The last lines of `left` that stand left of `right`, at its height or below; none if it does not stand beside."""
    top = right[0].top
    edge = min(piece.left for piece in right)
    beside: Run = []
    for piece in reversed(left):
        if piece.bottom >= top or piece.right > edge:
            break
        beside.append(piece)
    beside.reverse()
    return beside if beside and beside[0].top > right[-1].bottom else []
