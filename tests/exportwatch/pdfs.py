"""Small PDFs made by hand: no font inside, text in the charsets that East Asian word processors write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Charset:
    """A predefined encoding of PDF, Python's codec for it, and the character collection it belongs to."""

    cmap: str
    codec: str
    collection: str


JAPANESE: Final = Charset("UniJIS-UTF16-H", "utf-16-be", "Japan1")
KOREAN: Final = Charset("UniKS-UTF16-H", "utf-16-be", "Korea1")
SIMPLIFIED: Final = Charset("UniGB-UTF16-H", "utf-16-be", "GB1")
TRADITIONAL: Final = Charset("UniCNS-UTF16-H", "utf-16-be", "CNS1")
OLD: Final = (
    (Charset("90ms-RKSJ-H", "cp932", "Japan1"), "フッ化水素の輸出管理"),
    (Charset("EUC-H", "euc_jp", "Japan1"), "輸出貿易管理令"),
    (Charset("KSCms-UHC-H", "cp949", "Korea1"), "불화수소 수출규제"),
    (Charset("KSC-EUC-H", "euc_kr", "Korea1"), "전략물자 수출입고시"),
    (Charset("GBK-EUC-H", "gbk", "GB1"), "对镓实施出口管制"),
    (Charset("GBKp-EUC-H", "gbk", "GB1"), "两用物项出口管制"),
    (Charset("ETen-B5-H", "big5", "CNS1"), "戰略性高科技貨品輸出管制"),
    (Charset("UniCNS-UTF16-V", "utf-16-be", "CNS1"), "鎵、鍺輸出管制"),
)


def pdf(*pages: Sequence[str], charset: Charset = JAPANESE, title: str = "", encrypt: bytes = b"") -> bytes:
    """A PDF of pages of lines; a page without lines holds a drawing. `encrypt` is the dictionary that says how."""
    numbers = range(6, 6 + 2 * len(pages), 2)
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(),
        f"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/{charset.cmap}/DescendantFonts[4 0 R]>>".encode(),
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/X/DW 1000/FontDescriptor<</Type/FontDescriptor/FontName/X/Flags 4"
        b"/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 700/StemV 80>>/CIDSystemInfo"
        b"<</Registry(Adobe)/Ordering(%s)/Supplement 2>>>>" % charset.collection.encode(),
        b"<</Title<feff%s>>>" % title.encode("utf-16-be").hex().encode(),
    ]
    for number, lines in zip(numbers, pages, strict=True):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
            % (number + 1)
        )
        drawn = _content(lines, charset)
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn))
    return _file([*objects, encrypt] if encrypt else objects, encrypted=bool(encrypt))


def _content(lines: Sequence[str], charset: Charset) -> bytes:
    if not lines:
        return b"0 0 100 100 re f"
    shown = b" ".join(b"<%s> Tj T*" % line.encode(charset.codec).hex().encode() for line in lines)
    return b"BT /F1 10 Tf 14 TL 50 780 Td %s ET" % shown


def _file(objects: Sequence[bytes], *, encrypted: bool) -> bytes:
    written, offsets = b"%PDF-1.4\n", []
    for number, value in enumerate(objects, start=1):
        offsets.append(len(written))
        written += b"%d 0 obj%s endobj\n" % (number, value)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    locked = b"/Encrypt %d 0 R/ID[<00><00>]" % len(objects) if encrypted else b""
    trailer = b"trailer<</Size %d/Root 1 0 R/Info 5 0 R%s>>" % (len(objects) + 1, locked)
    begin = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return written + begin + table + trailer + b"\nstartxref\n%d\n%%%%EOF" % len(written)


ENCRYPTED: Final = pdf(["別紙"], encrypt=b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"ab" * 32, b"cd" * 32))
SCANNED: Final = pdf([], [])
"""Pages without text, as scanners make them."""
