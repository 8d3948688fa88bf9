"""Bytes -> text, whatever the sender says or forgets to say.

A declared charset is believed while the bytes agree with it; where they do not, UTF-8 and then a detector are asked
before anything is replaced by U+FFFD. Labels mean what browsers take them to mean: `gb2312` is GB 18030, `shift_jis`
is Windows-31J, `euc-kr` is Windows-949, `iso-8859-1` is Windows-1252.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final

DETECTED_BYTES: Final = 1024 * 1024
"""The detector sees no more of a body than this."""
PRESCANNED_BYTES: Final = 4096
"""A page declares its charset within this distance from its begin (the standard says 1,024; many pages are later)."""
TOLERATED: Final = 0.02
"""A declared charset still holds when no more than this share of the characters beyond ASCII had to be replaced."""

_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CODECS: Final = {
    "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf-16": "utf-16-le",
    "unicode": "utf-16-le",
    "gb2312": "gb18030",
    "gb_2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "euc-cn": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "x-windows-949": "cp949",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "windows-1252": "cp1252",
    "x-cp1252": "cp1252",
}
# The standard's charset and Python's codec of that name differ in vendors' rows (①, ㈱, 碁); the second knows them.
_WIDER: Final = {"big5hkscs": "cp950", "euc_jp": "euc_jisx0213"}
# Codecs in which almost any bytes are text: servers name them by default, so they prove nothing.
_INDULGENT: Final = frozenset({"cp1252"})
# What the detector may say against an indulgent declaration: text in these is too regular to come about by chance.
_REGULAR: Final = re.compile(r"big5|cp9[345]|euc_|gb|johab|shift_jis|utf_16")

_PYTHONS_OWN: Final = re.compile(r"utf[-_]7|punycode|idna|(?:raw[-_])?unicode[-_]escape|undefined")
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.+-]{1,40})", re.IGNORECASE)
_META: Final = re.compile(rb"<meta\b[^>]{0,500}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.+-]{1,40})", re.IGNORECASE)
_XML: Final = re.compile(rb"^\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.+-]{1,40})", re.IGNORECASE)


def declared(content_type: str) -> str:
    """The Python codec for the charset a Content-Type names; empty where it names none that is known."""
    found = _CHARSET.search(content_type)
    return _codec(found[1]) if found else ""


def decode_text(body: bytes, content_type: str = "") -> str | None:
    """Plain text: as declared, else by its byte order mark, as UTF-8, or as detected; None if none of them fits.

    A byte order mark is removed where it decided; under a declared charset it is the sender's character and stays.
    """
    codec = declared(content_type)
    if codec and codec not in _INDULGENT:
        text = _strict(body, codec)
        if text is not None:
            return text
    marked = _by_mark(body)
    return marked if marked is not None else _first(body, [codec] if codec else [])


def decode_page(body: bytes, content_type: str = "") -> str:
    """A page of HTML in the order of browsers: byte order mark, HTTP header, `meta`, then UTF-8 and the detector.

    Never fails: at worst what no charset explains becomes U+FFFD.
    """
    marked = _by_mark(body)
    if marked is not None:
        return marked
    codecs_named = list(dict.fromkeys(filter(None, (declared(content_type), _in_page(body)))))
    text = _first(body, codecs_named)
    return text if text is not None else body.decode(codecs_named[0] if codecs_named else "utf-8", "replace")


def _codec(label: str) -> str:
    label = label.strip().lower()
    if label in _CODECS:
        return _CODECS[label]
    try:
        found = codecs.lookup(label)
    except LookupError:
        return ""
    # base64, rot13 and their like are codecs of Python, not charsets; UTF-7 is a way to hide markup.
    return found.name if getattr(found, "_is_text_encoding", True) and not _PYTHONS_OWN.match(found.name) else ""


def _by_mark(body: bytes) -> str | None:
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    return None


def _by_shape(body: bytes) -> str | None:
    """Charsets that show in the bytes themselves, though each also passes for ASCII: UTF-16 and ISO-2022-JP."""
    head = body[:PRESCANNED_BYTES]
    half = len(head) // 2
    for first, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        if half and head[first::2].count(0) > 0.9 * half and head[1 - first :: 2].count(0) == 0:
            return _strict(body, codec)
    if b"\x1b$" in head and head.isascii():
        return _strict(body, "iso2022_jp")
    return None


def _in_page(body: bytes) -> str:
    head = body[:PRESCANNED_BYTES]
    for start, codec in ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be")):
        if head.startswith(start):
            return codec
    found = _META.search(head) or _XML.search(head)
    codec = _codec(found[1].decode("ascii")) if found else ""
    # A page in which the declaration could be read byte by byte is not in UTF-16, whatever it declares.
    return "utf-8" if codec.startswith("utf-16") else codec


def _strict(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None


def _first(body: bytes, named: list[str]) -> str | None:
    """The first reading without an error; else a declared one with few; else a detected one; else an indulgent one."""
    shaped = _by_shape(body)
    if shaped is not None:
        return shaped
    firm = [codec for codec in named if codec not in _INDULGENT]
    for codec in _with_wider([*firm, "utf-8"]):
        text = _strict(body, codec)
        if text is not None:
            return text
    for codec in firm:
        text = body.decode(codec, "replace")
        if _mostly_right(text):
            return text
    detected, codec = _detected(body)
    if len(firm) < len(named) and not _REGULAR.match(codec):
        return body.decode("cp1252", "replace")
    return detected


def _with_wider(codecs_named: list[str]) -> Iterator[str]:
    for codec in codecs_named:
        yield codec
        if codec in _WIDER:
            yield _WIDER[codec]


def _mostly_right(text: str) -> bool:
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return text.count("�") <= TOLERATED * beyond_ascii


def _detected(body: bytes) -> tuple[str | None, str]:
    import charset_normalizer

    sample = body
    if len(body) > DETECTED_BYTES:
        sample = body[: body.rfind(b"\n", 0, DETECTED_BYTES) + 1] or body[:DETECTED_BYTES]
    best = charset_normalizer.from_bytes(sample).best()
    if best is None:
        return None, ""
    return body.decode(best.encoding, "replace"), best.encoding
