"""Hancom's HWP 5 -> title and text, by olefile: the only module that knows it, and the records inside its streams.

A paragraph is a record of UTF-16 in which characters below 32 stand for controls, most of them eight characters long.
A table is a control with a record for each cell, which names its row.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from exportwatch import titles
from exportwatch.errors import BadRecord

TOTAL_BYTES: Final = 96 * 1024 * 1024
"""Of all sections, unpacked."""
SECTIONS: Final = 1000

_COMPRESSED, _PASSWORD, _DISTRIBUTED = 1, 2, 4
_TEXT, _CONTROL, _CELL = 67, 71, 72
_TABLE: Final = b" lbt"
_LONG: Final = 0xFFF
_HIDDEN: Final = frozenset([b"daeh", b"toof"])
"""Headers and footers of pages."""
# Characters that stand for themselves; all others below 32 begin a control of eight.
_SINGLE: Final = {0: "", 10: "\n", 13: "", 24: "-", 25: "", 26: "", 27: "", 28: "", 29: "", 30: " ", 31: " "}
_CONTROLS: Final = re.compile("[\x00-\x1f]")
_SPACES: Final = re.compile(r"[ \t\r\xa0\u3000]+")


def read(body: bytes) -> tuple[str, str]:
    """Title and text. The title is the first line, if that is short. Raises BadRecord for what cannot be read."""
    import olefile  # type: ignore[import-untyped]

    if body.startswith(b"HWP Document File V"):
        raise BadRecord("HWP document not read: HWP 3 and older; save it as HWPX or PDF")
    try:
        with olefile.OleFileIO(io.BytesIO(body)) as ole:
            lines = list(_document(ole))
    except BadRecord:
        raise
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # olefile raises whatever broken offsets lead to.
        raise BadRecord(f"HWP document not read: it is damaged, or no HWP document ({error})") from error
    if not lines:
        raise BadRecord("HWP document not read: it holds no text; somebody has to look at it")
    text = "\n".join(lines)
    return titles.of_file("", text), text


def _document(ole: Any) -> Iterator[str]:
    if not ole.exists("FileHeader"):
        raise BadRecord("HWP document not read: the file holds no FileHeader")
    header = ole.openstream("FileHeader").read(256)
    if not header.startswith(b"HWP Document File") or len(header) < 40:
        raise BadRecord("HWP document not read: its FileHeader is that of something else")
    (flags,) = struct.unpack_from("<I", header, 36)
    if flags & _PASSWORD:
        raise BadRecord("HWP document not read: it is encrypted and needs a password")
    if flags & _DISTRIBUTED:
        raise BadRecord("HWP document not read: it is locked for distribution; ask for a PDF")
    left = TOTAL_BYTES
    for number in range(SECTIONS):
        name = f"BodyText/Section{number}"
        if not ole.exists(name):
            return
        data = ole.openstream(name).read()
        if flags & _COMPRESSED:
            data = _unpacked(data, left)
        left -= len(data)
        yield from _lines(data)


def _unpacked(data: bytes, limit: int) -> bytes:
    unpacked = zlib.decompressobj(-15).decompress(data, limit + 1)
    if len(unpacked) > limit:
        raise BadRecord(f"HWP document not read: unpacked it would be larger than {TOTAL_BYTES // 1024 // 1024} MiB")
    return unpacked


def _records(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Tag, level and payload of each record."""
    place = 0
    while place + 4 <= len(data):
        (word,) = struct.unpack_from("<I", data, place)
        place += 4
        size = word >> 20
        if size == _LONG and place + 4 <= len(data):
            (size,) = struct.unpack_from("<I", data, place)
            place += 4
        yield word & 0x3FF, (word >> 10) & 0x3FF, data[place : place + size]
        place += size


@dataclass(slots=True)
class _Control:
    """An open control: what follows deeper than `level` is inside it."""

    level: int
    kind: bytes
    rows: dict[int, dict[int, list[str]]] = field(default_factory=dict)
    """Row -> number of the cell -> its lines."""
    row: int = 0
    cells: int = 0


def _lines(data: bytes) -> Iterator[str]:
    opened: list[_Control] = []
    for tag, level, payload in _records(data):
        while opened and level <= opened[-1].level:
            yield from _closed(opened)
        if tag == _CONTROL:
            opened.append(_Control(level, payload[:4]))
        elif tag == _CELL and opened and opened[-1].kind == _TABLE and len(payload) >= 12:
            (opened[-1].row,) = struct.unpack_from("<H", payload, 10)
            opened[-1].cells += 1
            opened[-1].rows.setdefault(opened[-1].row, {})[opened[-1].cells] = []
        elif tag == _TEXT:
            yield from _placed(opened, _said(payload))
    while opened:
        yield from _closed(opened)


def _closed(opened: list[_Control]) -> Iterator[str]:
    """The lines of the innermost control, which ends: for a table, its rows."""
    control = opened.pop()
    rows = ["\t".join(" ".join(cell) for cell in cells.values()).rstrip("\t") for cells in control.rows.values()]
    yield from _placed(opened, [row for row in rows if row.strip()])


def _placed(opened: list[_Control], lines: list[str]) -> Iterator[str]:
    """Lines go into the cell they are in; outside any, they are the document's; headers and footers go nowhere."""
    for control in reversed(opened):
        if control.kind in _HIDDEN:
            return
        if control.cells:
            control.rows[control.row][control.cells] += [line.replace("\t", " ") for line in lines]
            return
    yield from lines


def _said(payload: bytes) -> list[str]:
    text = payload.decode("utf-16-le", "replace")
    said: list[str] = []
    place = 0
    for found in _CONTROLS.finditer(text):
        if found.start() < place:
            continue
        said.append(text[place : found.start()])
        code = ord(found[0])
        said.append(_SINGLE.get(code, " " if code == 9 else ""))
        place = found.end() if code in _SINGLE else found.start() + 8
    said.append(text[place:])
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(said).split("\n"))
    return [line for line in lines if line]
