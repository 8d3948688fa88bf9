"""Bytes -> title, main text, language and date, for every kind of original exportwatch reads. Pure; no network.

Markup and PDF are foreign and may be hostile: wiring runs `extract` in the sandbox unless `is_plain` says that there is
nothing to parse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from exportwatch import charset
from exportwatch.errors import BadRecord

PLAIN_UTF8: Final = "text/plain; charset=utf-8"
HTML_UTF8: Final = "text/html; charset=utf-8"
PDF: Final = "application/pdf"

_MARKUP: Final = frozenset({"text/html", "application/xhtml+xml"})
# What servers say when they do not know, or of pages that are XML as well.
_UNSURE: Final = frozenset({"", "application/octet-stream", "application/xml", "text/xml", "binary/octet-stream"})
_SIGNS_OF_HTML: Final = ("<!doctype html", "<html", "<head", "<body", "<title", "<p>", "<div", "<table")
_SNIFFED_BYTES: Final = 2048
_PDF_SIGN: Final = b"%PDF-"
"""Within the first 1,024 bytes, as readers of PDF have it."""


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
    body: bytes, content_type: str, url: str = "", title: str = "", published: str = "", latest: str = ""
) -> Content:
    """Read an original. A `title` or `published` that is already known is kept and not searched for.

    `latest` is the last day (`YYYY-MM-DD`) on which it can have been published. Plain text is returned exactly as it
    is. Raises BadRecord for a kind nobody reads here, for text in no known charset, and for a hostile page.
    """
    kind = kind_of(body, content_type)
    if kind == "html":
        return _extract_page(charset.decode_page(body, content_type), url, title, published, latest)
    if kind == "text":
        text = charset.decode_text(body, content_type)
        if text is None:
            raise BadRecord("text in no charset that could be recognised; convert it to UTF-8")
        return Content(title=title, text=text, published=published)
    if kind == "pdf":
        return _extract_pdf(body, title, published)
    raise BadRecord(f"no reader for {content_type.partition(';')[0].strip() or 'bytes of an unknown kind'}")


def kind_of(body: bytes, content_type: str) -> str:
    """`text`, `html`, `pdf`, or empty for what nobody reads here.

    An unsure content type is checked against the bytes; so is the claim that a PDF is a page.
    """
    media = content_type.partition(";")[0].strip().lower()
    if media == PDF or (media in _UNSURE | _MARKUP and _PDF_SIGN in body[:1024]):
        return "pdf"
    if media in _MARKUP:
        return "html"
    if media in _UNSURE:
        head = body[:_SNIFFED_BYTES].replace(b"\x00", b"").lower()
        if any(sign.encode() in head for sign in _SIGNS_OF_HTML):
            return "html"
        return "text" if media == "" and b"\x00" not in body[:_SNIFFED_BYTES] else ""
    return "text" if media.startswith("text/") else ""


def is_plain(content_type: str) -> bool:
    """Whether reading it parses nothing, so that it needs no sandbox."""
    return content_type.startswith("text/plain")


def _extract_page(html: str, url: str, title: str, published: str, latest: str) -> Content:
    from exportwatch import markup

    page = markup.Page(html, markup.check(html))
    return Content(
        title=title or page.title,
        text=page.text,
        lang=page.lang,
        published=published or page.published(url, latest),
    )


def _extract_pdf(body: bytes, title: str, published: str) -> Content:
    from exportwatch import pdf

    found, text = pdf.read(body)
    return Content(title=title or found, text=text, published=published)
