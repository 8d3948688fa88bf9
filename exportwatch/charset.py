"""Bytes -> text, whatever the sender says or forgets to say.

A declared charset is believed while the bytes agree with it; where they do not, UTF-8 and then a detector are asked
before anything is replaced by U+FFFD. Labels mean what browsers take them to mean: `gb2312` is GB 18030, `shift_jis`
is Windows-31J, `euc-kr` is Windows-949, `iso-8859-1` is Windows-1252.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

DETECTED_BYTES: Final = 1024 * 1024
"""The detector sees no more of a body than this."""
PRESCANNED_BYTES: Final = 4096
"""A page declares its charset within this distance from its begin (the standard says 1,024; many pages are later)."""
TOLERATED: Final = 0.02
"""A declared charset still holds when no more than this share of the characters beyond ASCII had to be replaced."""

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    # Before UTF-16, whose mark is the first half of that of UTF-32; no page in UTF-16 begins with U+0000.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LABELS: Final = {
    "utf-8": "utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    "utf-16-le": "utf-16 utf16 utf-16le unicode ucs-2 iso-10646-ucs-2 csunicode unicodefeff",
    "utf-16-be": "utf-16be unicodefffe",
    "utf-32-le": "utf-32 utf32 ucs-4 iso-10646-ucs-4",
    "gb18030": "gb2312 gb_2312 gb_2312-80 gbk x-gbk cp936 ms936 windows-936 euc-cn chinese csgb2312 iso-ir-58 "
    "csiso58gb231280",
    "big5hkscs": "big5 big5-hkscs x-x-big5 cn-big5 csbig5",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j csshiftjis ms932 cp932 x-ms-cp932",
    "euc_jp": "euc-jp x-euc-jp cseucpkdfmtjapanese",
    "iso2022_jp": "iso-2022-jp csiso2022jp",
    "cp949": "euc-kr ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 korean cseuckr iso-ir-149 csksc56011987 "
    "x-windows-949 windows-949 ms949 uhc",
    "cp1252": "iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 latin1 l1 ascii us-ascii ansi_x3.4-1968 "
    "cp819 ibm819 iso-ir-100 csisolatin1 windows-1252 cp1252 x-cp1252 x-ansi",
    "cp1254": "iso-8859-9 iso8859-9 latin5 l5 windows-1254 x-cp1254",
    "cp874": "iso-8859-11 tis-620 windows-874 dos-874",
    "cp1250": "windows-1250 x-cp1250",
    "cp1251": "windows-1251 x-cp1251",
    "iso8859-8": "iso-8859-8 iso-8859-8-i iso-8859-8-e logical visual",
    "koi8-r": "koi8-r koi koi8 koi8_r cskoi8r",
    "mac_roman": "macintosh mac x-mac-roman",
    "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
}
_CODECS: Final = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}
# The standard's charset and Python's codec of that name differ in vendors' rows (①, ㈱, 碁); the second knows them.
_WIDER: Final = {"big5hkscs": "cp950", "euc_jp": "euc_jisx0213"}
# Codecs in which almost any bytes are text: servers name them by default, so they prove nothing.
_INDULGENT: Final = frozenset({"cp1252"})
_FEWEST: Final = 3
"""Bytes that are UTF-8 and hold this many characters beyond ASCII are UTF-8: in no other charset is that chance."""
# What the detector may say against an indulgent declaration: text in these is too regular to come about by chance.
_REGULAR: Final = re.compile(r"big5|cp9[345]|euc_|gb|johab|shift_jis|utf_16")

_PYTHONS_OWN: Final = re.compile(r"utf[-_]7|punycode|idna|(?:raw[-_])?unicode[-_]escape|undefined")
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.+-]{1,40})", re.IGNORECASE)
_META: Final = re.compile(rb"<meta\b[^>]{0,500}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.+-]{1,40})", re.IGNORECASE)
_XML: Final = re.compile(rb"<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.+-]{1,40})", re.IGNORECASE)
_EBCDIC: Final = "<?xml".encode("cp037")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and the Python codec that gave it."""

    text: str
    codec: str


def declared(content_type: str) -> str:
    """The Python codec for the charset a Content-Type names; empty where it names none that is known."""
    found = _CHARSET.search(content_type)
    return _codec(found[1]) if found else ""


def known(label: str) -> bool:
    """Whether a label of a charset means anything here: `euc-kr`, `Shift_JIS`, `gb2312`."""
    return bool(_codec(label))


def decode_text(body: bytes, content_type: str = "", override: str = "") -> str | None:
    """Plain text: as declared, else by its byte order mark, as UTF-8, or as detected; None if none of them fits.

    A byte order mark is removed where it decided; under a declared charset it is the sender's character and stays.
    `override`: a label that a person knows to be right; see `read_page`.
    """
    forced = _forced(body, override)
    if forced is not None:
        return forced.text
    codec = declared(content_type)
    if codec and codec not in _INDULGENT:
        text = None if _plainly_utf_8(body, codec) else _strict(body, codec)
        if text is not None:
            return text
    marked = _by_mark(body)
    found = marked if marked is not None else _first(body, [codec] if codec else [])
    return found.text if found is not None else None


def decode_page(body: bytes, content_type: str = "", override: str = "") -> str:
    """The text of `read_page`."""
    return read_page(body, content_type, override).text


def read_page(body: bytes, content_type: str = "", override: str = "") -> Decoded:
    """A page or feed in the order of browsers: byte order mark, HTTP header, XML declaration, `meta`, UTF-8, detector.

    A declaration holds while the bytes agree with it. Never fails: at worst what no charset explains becomes U+FFFD.
    `override`: a label that a person knows to be right; it goes before all but a byte order mark, and is left only
    when the bytes do not agree with it but are UTF-8. An unknown one (`known`) says nothing.
    """
    marked = _by_mark(body) or _forced(body, override)
    if marked is not None:
        return marked
    codecs_named = list(dict.fromkeys(filter(None, (declared(content_type), *_in_page(body)))))
    found = _first(body, codecs_named)
    if found is not None:
        return found
    codec = codecs_named[0] if codecs_named else "utf-8"
    return Decoded(body.decode(codec, "replace"), codec)


def _forced(body: bytes, override: str) -> Decoded | None:
    codec = _codec(override) if override else ""
    if not codec:
        return None
    for each in _with_wider(["utf-8"] if _plainly_utf_8(body, codec) else [codec, "utf-8"]):
        text = _strict(body, each)
        if text is not None:
            return Decoded(text, each)
    return Decoded(body.decode(codec, "replace"), codec)


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


def _by_mark(body: bytes) -> Decoded | None:
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return Decoded(body[len(mark) :].decode(codec, "replace"), codec)
    return None


def _by_shape(body: bytes) -> Decoded | None:
    """Charsets that show in the bytes themselves, though each also passes for ASCII: UTF-16, UTF-32, ISO 2022."""
    head = body[:PRESCANNED_BYTES]
    codecs_shown: list[str] = []
    for start, codec in ((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (_EBCDIC, "cp037")):
        if head.startswith(start):
            codecs_shown.append(codec)
    half = len(head) // 2
    for first, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        if half and head[first::2].count(0) > 0.9 * half and head[1 - first :: 2].count(0) == 0:
            codecs_shown.append(codec)
    if b"\x1b$" in head and head.isascii():
        codecs_shown += ["iso2022_jp", "iso2022_jp_ext", "iso2022_kr"]
    for codec in codecs_shown:
        text = _strict(body, codec)
        if text is not None:
            return Decoded(text, codec)
    return None


def _in_page(body: bytes) -> Iterator[str]:
    head = body[:PRESCANNED_BYTES]
    for start, codec in ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be")):
        if head.startswith(start):
            yield codec
            return
    xml = _XML.search(head)
    # In a feed, a `meta` is part of a page that the feed quotes.
    for found in (xml, None if xml else _META.search(head)):
        codec = _codec(found[1].decode("ascii")) if found else ""
        # A page in which the declaration could be read byte by byte is not in UTF-16, whatever it declares.
        yield "utf-8" if codec.startswith(("utf-16", "utf-32")) else codec


def _strict(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None


def _plainly_utf_8(body: bytes, codec: str) -> bool:
    """Whether the bytes themselves speak against a declared charset that would take them as well."""
    if codec.startswith("utf") or body.isascii():
        return False
    text = _strict(body, "utf-8")
    return text is not None and len(text) - len(text.encode("ascii", "ignore")) >= _FEWEST


def _first(body: bytes, named: list[str]) -> Decoded | None:
    """The first reading without an error; else a declared one with few; else a detected one; else an indulgent one."""
    shaped = _by_shape(body)
    if shaped is not None:
        return shaped
    firm = [codec for codec in named if codec not in _INDULGENT]
    if firm and _plainly_utf_8(body, firm[0]):
        firm = []
    for codec in _with_wider([*firm, "utf-8"]):
        text = _strict(body, codec)
        if text is not None:
            return Decoded(text, codec)
    for codec in firm:
        text = body.decode(codec, "replace")
        if _mostly_right(text):
            return Decoded(text, codec)
    detected = _detected(body)
    if len(firm) < len(named) and not (detected and _REGULAR.match(detected.codec)):
        return Decoded(body.decode("cp1252", "replace"), "cp1252")
    return detected


def _with_wider(codecs_named: list[str]) -> Iterator[str]:
    for codec in codecs_named:
        yield codec
        if codec in _WIDER:
            yield _WIDER[codec]


def _mostly_right(text: str) -> bool:
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return text.count("�") <= TOLERATED * beyond_ascii


def _detected(body: bytes) -> Decoded | None:
    import charset_normalizer

    sample = body
    if len(body) > DETECTED_BYTES:
        sample = body[: body.rfind(b"\n", 0, DETECTED_BYTES) + 1] or body[:DETECTED_BYTES]
    best = charset_normalizer.from_bytes(sample).best()
    if best is None:
        return None
    return Decoded(body.decode(best.encoding, "replace"), best.encoding)


def mojibake(text: str, lang: str = "") -> str:
    """Why a text was evidently decoded wrongly, in a few words, though without an error; empty for honest text.

    `lang`: what it is declared to be in, where that is known.
    """
    from exportwatch import mojibake as garbled

    return garbled.mojibake(text, lang)
