"""Files of word processors made by hand: .docx and .hwpx as zip files of XML, .hwp as an OLE file of records."""

from __future__ import annotations

import io
import itertools
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

Table = tuple[tuple[str, ...], ...]
Block = str | Table

_W: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_HP: Final = 'xmlns:hp="http://hancom.example/2011/paragraph" xmlns:hs="http://hancom.example/2011/section"'


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return written.getvalue()


def docx(blocks: Sequence[Block], *, title: str = "", more: Mapping[str, str] | None = None) -> bytes:
    body = "".join(_word_table(block) if isinstance(block, tuple) else word_paragraph(block) for block in blocks)
    core = f'<cp:p xmlns:cp="c" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title></cp:p>'
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "docProps/core.xml": core,
            "word/document.xml": f'<?xml version="1.0"?><w:document {_W}><w:body>{body}</w:body></w:document>',
            **(more or {}),
        }
    )


def word_paragraph(text: str) -> str:
    """A paragraph whose words are split into runs, as Word does after each edit."""
    half = len(text) // 2
    runs = "".join(
        f'<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{escape(part)}</w:t></w:r>'
        for part in (text[:half], text[half:])
    )
    return f'<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>{runs}</w:p>'


def _word_table(table: Table) -> str:
    rows = ("".join(f"<w:tc><w:tcPr/>{word_paragraph(cell)}</w:tc>" for cell in row) for row in table)
    return f"<w:tbl><w:tblPr/>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def hwpx(*sections: Sequence[Block], title: str = "", more: Mapping[str, str] | None = None) -> bytes:
    members: dict[str, str | bytes] = {
        "mimetype": "application/hwp+zip",
        "Contents/content.hpf": f'<opf:p xmlns:opf="o"><opf:title>{escape(title)}</opf:title></opf:p>',
    }
    for number, blocks in enumerate(sections):
        parts = (_hancom_table(block) if isinstance(block, tuple) else _hancom_paragraph(block) for block in blocks)
        body = "".join(parts)
        members[f"Contents/section{number}.xml"] = f"<hs:sec {_HP}>{body}</hs:sec>"
    return zipped({**members, **(more or {})})


def _hancom_paragraph(text: str) -> str:
    return f'<hp:p id="0"><hp:run charPrIDRef="1"><hp:t>{escape(text)}</hp:t></hp:run><hp:linesegarray/></hp:p>'


def _hancom_table(table: Table) -> str:
    rows = (
        "".join(f"<hp:tc><hp:subList>{_hancom_paragraph(cell)}</hp:subList></hp:tc>" for cell in row) for row in table
    )
    rows_in_a_run = "".join(f"<hp:tr>{row}</hp:tr>" for row in rows)
    return f'<hp:p><hp:run><hp:tbl rowCnt="1">{rows_in_a_run}</hp:tbl><hp:t/></hp:run></hp:p>'


def hwp(*sections: Sequence[Block], flags: int = 1) -> bytes:
    """`flags`: 1 compressed, 2 with a password, 4 locked for distribution."""
    header = b"HWP Document File".ljust(32, b"\0") + struct.pack("<II", 0x05010000, flags)
    streams = {"FileHeader": header.ljust(256, b"\0")}
    for number, blocks in enumerate(sections):
        data = b"".join(_hwp_table(block) if isinstance(block, tuple) else hwp_paragraph(block, 0) for block in blocks)
        streams[f"BodyText/Section{number}"] = packed(data) if flags & 1 else data
    return ole(streams)


def packed(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def record(tag: int, level: int, payload: bytes) -> bytes:
    if len(payload) >= 0xFFF:
        return struct.pack("<II", tag | level << 10 | 0xFFF << 20, len(payload)) + payload
    return struct.pack("<I", tag | level << 10 | len(payload) << 20) + payload


def hwp_paragraph(text: str, level: int) -> bytes:
    """Each paragraph begins with an extended control (a section's or column's definition) and holds a tab after it."""
    control = struct.pack("<H", 2) + b"dces" + b"\0" * 8 + struct.pack("<H", 2)
    tab = struct.pack("<H", 9) + b"\1" * 12 + struct.pack("<H", 9)
    said = control + tab + text.replace("\n", "\x0a").encode("utf-16-le") + b"\r\0"
    return record(66, level, b"\0" * 22) + record(67, level + 1, said)


def _hwp_table(table: Table) -> bytes:
    anchor = struct.pack("<H", 11) + b" lbt" + b"\0" * 8 + struct.pack("<H", 11) + b"\r\0"
    written = record(66, 0, b"\0" * 22) + record(67, 1, anchor) + record(71, 1, b" lbt" + b"\0" * 40)
    written += record(77, 2, struct.pack("<IHH", 4, len(table), len(table[0])) + b"\0" * 14)
    for row, cells in enumerate(table):
        for column, cell in enumerate(cells):
            written += record(72, 2, struct.pack("<HHIHHHH", 1, 0, 0, column, row, 1, 1) + b"\0" * 30)
            written += hwp_paragraph(cell, 2)
    return written


_FREE, _END, _FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def ole(streams: Mapping[str, bytes]) -> bytes:
    """An OLE file of streams, at most one storage deep. Each is padded beyond the size that goes to small sectors."""
    names = sorted({name.partition("/")[0] for name in streams})
    data, fat = b"", [_FAT_SECTOR] * 4
    directory: list[tuple[str, int, int, int]] = [("Root Entry", 5, _END, 0)]
    children: dict[int, list[int]] = {0: []}
    for name in names:
        parent = len(directory)
        children[0].append(parent)
        inside = [full for full in streams if full.partition("/")[0] == name and "/" in full]
        directory.append((name, 1, 0, 0) if inside else _stream(name, streams[name], fat))
        data += b"" if inside else _padded(streams[name])
        for full in inside:
            children.setdefault(parent, []).append(len(directory))
            directory.append(_stream(full.partition("/")[2], streams[full], fat))
            data += _padded(streams[full])
    listed = _directory(directory, children)
    start = len(fat)
    sectors = len(listed) // 512
    fat += [*range(start + 1, start + sectors), _END]
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(4 * 512, b"\xff")
    assert len(table) == 4 * 512, "too much for the four sectors of the table"
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<9I", 0, 4, start, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", 0, 1, 2, 3, *[_FREE] * 105)
    return header + table + data + listed


def _padded(data: bytes) -> bytes:
    return data.ljust(max(4096, -(-len(data) // 512) * 512), b"\0")


def _stream(name: str, data: bytes, fat: list[int]) -> tuple[str, int, int, int]:
    padded = _padded(data)
    start = len(fat)
    fat += [*range(start + 1, start + len(padded) // 512), _END]
    return name, 2, start, len(padded)


def _directory(entries: Sequence[tuple[str, int, int, int]], children: Mapping[int, Sequence[int]]) -> bytes:
    right = {one: other for kids in children.values() for one, other in itertools.pairwise(kids)}
    written = b""
    for number, (name, kind, start, size) in enumerate(entries):
        said = name.encode("utf-16-le") + b"\0\0"
        first = children.get(number, [_FREE])[0] if children.get(number) else _FREE
        written += said.ljust(64, b"\0") + struct.pack("<HBB", len(said), kind, 1)
        written += struct.pack("<III", _FREE, right.get(number, _FREE), first)
        written += b"\0" * 36 + struct.pack("<IQ", start, size)
    return written.ljust(-(-len(written) // 512) * 512, b"\0")
