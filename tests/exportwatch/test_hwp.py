"""HWP 5: paragraphs and tables in five scripts, files that cannot be read, and files made to do harm."""

from __future__ import annotations

import contextlib
import random
import struct
import tracemalloc

import pytest

from exportwatch import hwp
from exportwatch.errors import BadRecord
from exportwatch.sandbox import MIB
from tests.exportwatch import offices
from tests.exportwatch.test_office import ROWS, TABLE, TEXTS


@pytest.mark.parametrize("flags", [0, 1], ids=["plain", "compressed"])
@pytest.mark.parametrize(("title", "sentence"), TEXTS, ids=[title for title, _ in TEXTS])
def test_paragraphs_and_tables_in_order(title: str, sentence: str, flags: int) -> None:
    body = offices.hwp([title, TABLE, sentence], [sentence], flags=flags)
    assert hwp.read(body) == (title, f"{title}\n{ROWS}\n{sentence}\n{sentence}")


def test_a_long_paragraph_and_a_line_break() -> None:
    long = "수출통제 조치를 강화한다. " * 400
    assert hwp.read(offices.hwp([long, "첫 줄\n둘째 줄"]))[1] == f"{long.strip()}\n첫 줄\n둘째 줄"


def test_a_table_in_a_cell_is_part_of_the_cell() -> None:
    def cell(level: int, row: int, column: int) -> bytes:
        return offices.record(72, level, struct.pack("<HHIHHHH", 1, 0, 0, column, row, 1, 1) + b"\0" * 30)

    def table(level: int) -> bytes:
        return offices.record(71, level, b" lbt" + b"\0" * 40)

    inner = table(3) + cell(4, 0, 0) + offices.hwp_paragraph("나", 4) + cell(4, 0, 1) + offices.hwp_paragraph("다", 4)
    outer = table(1) + cell(2, 0, 0) + offices.hwp_paragraph("가", 2) + inner
    outer += cell(2, 1, 0) + offices.hwp_paragraph("라", 2)
    header = (
        offices.record(71, 1, b"daeh" + b"\0" * 8)
        + offices.record(72, 2, b"\0" * 34)
        + offices.hwp_paragraph("머리말", 2)
    )
    data = offices.hwp_paragraph("제목", 0) + header + outer + offices.hwp_paragraph("끝", 0)
    body = offices.ole({"FileHeader": HEADER, "BodyText/Section0": offices.packed(data)})
    assert hwp.read(body)[1] == "제목\n가 나 다\n라\n끝"


HEADER = b"HWP Document File".ljust(32, b"\0") + struct.pack("<II", 0x05010000, 1) + b"\0" * 216


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (offices.hwp(["수출"], flags=3), "encrypted and needs a password"),
        (offices.hwp(["수출"], flags=5), "locked for distribution"),
        (offices.hwp([]), "holds no text"),
        (b"HWP Document File V3.00 \x1a\1\2\3\4\5", "HWP 3 and older"),
        (offices.ole({"WordDocument": b"x"}), "holds no FileHeader"),
        (offices.ole({"FileHeader": b"something else"}), "that of something else"),
        (offices.ole({"FileHeader": HEADER, "BodyText/Section0": b"no deflate"}), "damaged, or no HWP document"),
        (offices.hwp(["수출"])[:700], "damaged, or no HWP document"),
        (b"<html>", "damaged, or no HWP document"),
        (b"", "damaged, or no HWP document"),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(BadRecord, match=f"HWP document not read: .*{reason}"):
        hwp.read(body)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    body = offices.ole({"FileHeader": HEADER, "BodyText/Section0": offices.packed(b"\0" * (250 * MIB))})
    tracemalloc.start()
    try:
        with pytest.raises(BadRecord, match="would be larger than 96 MiB"):
            hwp.read(body)
        assert tracemalloc.get_traced_memory()[1] < 220 * MIB
    finally:
        tracemalloc.stop()


def test_broken_files_end_in_an_error_or_a_text() -> None:
    good = offices.hwp(["수출통제 고시", TABLE, "끝"])
    chance = random.Random(7)
    for _ in range(300):
        broken = bytearray(good)
        for _ in range(chance.randint(1, 30)):
            broken[chance.randrange(8, len(broken))] = chance.randrange(256)
        with contextlib.suppress(BadRecord):
            hwp.read(bytes(broken))
