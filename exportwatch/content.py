"""Bytes -> title, main text, language and date, for every kind of original exportwatch reads. Pure; no network.

Markup, PDF and office files are foreign and may be hostile: wiring runs `extract` in the sandbox unless `is_plain`
says that there is nothing to parse.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from exportwatch import charset
from exportwatch.errors import BadRecord

if TYPE_CHECKING:
    from exportwatch.markup import Page

PLAIN_UTF8: Final = "text/plain; charset=utf-8"
HTML_UTF8: Final = "text/html; charset=utf-8"
PDF: Final = "application/pdf"

_MARKUP: Final = frozenset({"text/html", "application/xhtml+xml"})
# What servers say when they do not know, or of pages that are XML as well.
_UNSURE: Final = frozenset(
    {"", "application/octet-stream", "application/xml", "text/xml", "binary/octet-stream"}
).union(
    ["application/zip", "application/x-zip-compressed", "application/download", "application/x-download"],
    ["application/force-download", "application/unknown", "application/x-msdownload", "multipart/form-data"],
)
_OFFICE: Final = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "word",
    "application/vnd.ms-word.document.macroenabled.12": "word",
    "application/msword": "doc",
    "application/vnd.ms-word": "doc",
    "application/hwp+zip": "hwpx",
    "application/x-hwpx": "hwpx",
    "application/haansofthwpx": "hwpx",
    "application/vnd.hancom.hwpx": "hwpx",
    "application/x-hwp": "hwp",
    "application/hwp": "hwp",
    "application/haansofthwp": "hwp",
    "application/vnd.hancom.hwp": "hwp",
}
_SURE: Final = _MARKUP.union(_OFFICE, [PDF])
_BY_NAME: Final = {"htm": "html", "html": "html", "xhtml": "html", "txt": "text", "csv": "text", "pdf": "pdf"} | {
    "docx": "word",
    "docm": "word",
    "doc": "doc",
    "hwpx": "hwpx",
    "hwp": "hwp",
}
_SIGNS_OF_HTML: Final = ("<!doctype html", "<html", "<head", "<body", "<title", "<p>", "<div", "<table")
_SNIFFED_BYTES: Final = 2048
_PDF_SIGN: Final = b"%PDF-"
"""Within the first 1,024 bytes, as readers of PDF have it."""
_ZIP_SIGN: Final = b"PK\x03\x04"
_OLE_SIGN: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HWP_SIGN: Final = b"HWP Document File"
_DOC_SIGN: Final = "WordDocument".encode("utf-16-le")
_NAME: Final = re.compile(r"\.([A-Za-z]{2,5})(?:[?#&].*)?$", re.DOTALL)
_NAMED_CHARACTERS: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an original says, as found in it. Empty where it says nothing."""

    title: str
    text: str
    lang: str = ""
    """As a page declares it; a hint, since templates are copied across languages."""
    published: str = ""
    """`YYYY-MM-DD`, found in a page's markup or text."""


def extract(
    body: bytes,
    content_type: str,
    url: str = "",
    title: str = "",
    published: str = "",
    latest: str = "",
    main: str = "",
    encoding: str = "",
) -> Content:
    """Read an original. A `title` or `published` that is already known is kept and not searched for.

    `latest` is the last day (`YYYY-MM-DD`) on which it can have been published. `main` is a CSS selector that names
    the element with a page's text, so that nothing is guessed; where it finds nothing, all is as without it.
    `encoding` is the charset that a person knows a page or text to be in. Plain text is returned exactly as it is.
    Raises BadRecord for a kind nobody reads here, for text in no known charset, and for a hostile page.
    """
    kind = kind_of(body, content_type, url)
    if kind == "html":
        page = _page(charset.decode_page(body, content_type, encoding))
        return Content(
            title=title or page.title,
            text=(main and page.within(main)) or page.text,
            lang=page.lang,
            published=published or page.published(url, latest),
        )
    if kind == "text":
        text = charset.decode_text(body, content_type, encoding)
        if text is None:
            raise BadRecord("text in no charset that could be recognised; convert it to UTF-8")
        return Content(title=title, text=text, published=published)
    if kind in _READERS:
        found, text = _READERS[kind](body)
        return Content(title=title or found, text=text, published=published)
    if kind == "doc":
        raise BadRecord("no reader for Word files of before 2007 (.doc); save it as .docx or PDF and import that")
    raise BadRecord(f"no reader for {content_type.partition(';')[0].strip() or 'bytes of an unknown kind'}")


def kind_of(body: bytes, content_type: str, url: str = "") -> str:
    """`text`, `html`, `pdf`, `word`, `hwpx`, `hwp`, `doc` (which nobody reads), or empty for what is none of them.

    What the bytes themselves show goes before what a server says, but before `text/plain`; where neither says
    anything, the end of the file name in `url` does.
    """
    media = content_type.partition(";")[0].strip().lower()
    signed = _by_sign(body) if media in _UNSURE or media in _SURE else ""
    if signed or media == PDF:
        return signed or "pdf"
    if media in _MARKUP:
        return "html"
    if media not in _UNSURE and media not in _OFFICE:
        return "text" if media.startswith("text/") else ""
    head = body[:_SNIFFED_BYTES].replace(b"\x00", b"").lower()
    if any(sign.encode() in head for sign in _SIGNS_OF_HTML):
        return "html"
    if media in _OFFICE:
        return _OFFICE[media]
    if media == "" and b"\x00" not in body[:_SNIFFED_BYTES]:
        return "text"
    named = _NAME.search(url[-_NAMED_CHARACTERS:])
    return _BY_NAME.get(named[1].lower(), "") if named else ""


def _by_sign(body: bytes) -> str:
    """The kind that the bytes show; the names of a zip's or an OLE file's members stand in it as they are."""
    if body.startswith(_ZIP_SIGN):
        if b"word/document.xml" in body:
            return "word"
        return "hwpx" if b"Contents/section0.xml" in body else ""
    if body.startswith(_OLE_SIGN):
        if _HWP_SIGN in body:
            return "hwp"
        return "doc" if _DOC_SIGN in body else ""
    if body.startswith(_HWP_SIGN):
        return "hwp"
    return "pdf" if _PDF_SIGN in body[:1024] else ""


def is_plain(content_type: str) -> bool:
    """Whether reading it parses nothing, so that it needs no sandbox."""
    return content_type.startswith("text/plain")


def _page(html: str) -> Page:
    from exportwatch import markup

    return markup.Page(html, markup.check(html))


def _pdf(body: bytes) -> tuple[str, str]:
    from exportwatch import pdf

    return pdf.read(body)


def _word(body: bytes) -> tuple[str, str]:
    from exportwatch import office

    return office.read_word(body)


def _hwpx(body: bytes) -> tuple[str, str]:
    from exportwatch import office

    return office.read_hwpx(body)


def _hwp(body: bytes) -> tuple[str, str]:
    from exportwatch import hwp

    return hwp.read(body)


_READERS: Final[dict[str, Callable[[bytes], tuple[str, str]]]] = {
    "pdf": _pdf,
    "word": _word,
    "hwpx": _hwpx,
    "hwp": _hwp,
}
"""Kind -> title and text; each imports its library when first used."""
