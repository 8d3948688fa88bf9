"""What the rooms of `import` share: on what terms files are read, and what a draft of one original looks like.

An original whose address is known has the id of its address; another that of the place it was found in. Read as what
a source would have served (`import --as`), it gets the source's publisher, id rule, kind and language, so that a page
saved by hand is the same document as the one the collector would have fetched.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from collectors import ids, urls
from collectors.sources import Source
from exportwatch.content import PDF
from exportwatch.model import Draft, Precision, url_id
from exportwatch.sandbox import Runner, direct

PUBLISHER: Final = "import"
NAME_BYTES: Final = 64 * 1024
"""Titles, URLs and sources are at most so long: they travel in every record. A longer first line is no title."""
MOST_SUPPLIED: Final = 500
"""Characters of who supplied an original, and from which file."""
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HWPX: Final = "application/hwp+zip"
HWP: Final = "application/x-hwp"

JSON_LINES: Final = (".jsonl", ".ndjson")
HTML: Final = (".html", ".htm", ".xhtml")
TEXT: Final = (".txt", ".text")
OFFICE: Final = {".pdf": PDF, ".docx": DOCX, ".hwpx": HWPX, ".hwp": HWP}
MAIL: Final = (".eml", ".mbox")
SAVED: Final = (".mhtml", ".mht")
ARCHIVE: Final = (".warc", ".warc.gz")
SUFFIXES: Final = (*JSON_LINES, *HTML, *TEXT, *OFFICE, *MAIL, *SAVED, *ARCHIVE)

_MEDIA: Final = {
    **{name: name for name in ("text/html", "application/xhtml+xml", "text/plain", PDF, DOCX, HWPX, HWP)},
    **{name: PDF for name in ("application/x-pdf", "application/acrobat")},
    **{name: HWPX for name in ("application/haansofthwpx", "application/vnd.hancom.hwpx", "application/x-hwpx")},
    **{name: HWP for name in ("application/haansofthwp", "application/vnd.hancom.hwp", "application/hwp")},
}
_SAID_TO_BE_BYTES: Final = ("", "application/octet-stream", "binary/octet-stream", "application/force-download")
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([\w.:+-]{1,40})""", re.IGNORECASE)
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class Refused(Exception):
    """Why an original is none of ours; caught in the rooms of `import`, and in `collectors.files` for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something passed over without being wrong: a file, record or attachment of a kind nobody reads here."""

    what: str
    """In the plural: `files of other kinds`."""
    kind: str
    """`.jpg`, `image/png`, `status 404`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms originals are read."""

    max_document_bytes: int
    source: Source | None = None
    """Read them as what this source would have served."""
    supplied_by: str = ""
    """Who supplied them, as they wish to be named."""
    run: Runner = direct
    """`Sandbox.run` but in tests: mail is foreign."""

    def draft(
        self,
        *,
        id: str,
        url: str,
        where: str,
        supplied: str,
        content_type: str,
        body: bytes | None,
        title: str = "",
        published: tuple[str, Precision] = ("", "day"),
        size: int = 0,
        root: str = "",
    ) -> Draft:
        """The draft of an original; without body it is `too large`, and `size` its number of bytes."""
        source = self.source
        return Draft(
            id=id,
            publisher=source.publisher if source else PUBLISHER,
            source=source.id if source else PUBLISHER,
            kind=source.kind if source else "",
            url=url,
            title=title,
            published=published[0],
            published_precision=published[1],
            lang=source.language if source else "",
            content_type=content_type,
            body=body,
            size=size if body is None else 0,
            state="too large" if body is None else "ok",
            root=root,
            supplied=supplied,
            extra={"where": where},
        )

    def supplied(self, path: Path, note: str = "") -> str:
        """Who supplied what is in this file, the file's name, and a note."""
        return ", ".join(filter(None, (self.supplied_by, one_line(utf8(path.name)), note)))[:MOST_SUPPLIED]

    def id(self, url: str) -> str:
        """Of an original by its address. Raises Refused for one that the source cannot have served."""
        if self.source is None:
            return url_id(PUBLISHER, urls.canonical(url) or url)
        if not self.serves(url):
            raise Refused(f"its address {url[:200]!r} is none of the source {self.source.id} ({self.source.url})")
        return ids.release(self.source, urls.canonical(url))

    def id_of_file(self, path: Path) -> str:
        """Of an original of unknown address, by its place. Raises Refused where the source's id rule needs one."""
        if self.source is not None:
            raise Refused(
                f"it does not say its address, so nobody can tell which document of {self.source.id} it is; "
                "save it with its address (a complete page, MHTML, WARC), or import it without --as"
            )
        return f"{PUBLISHER}:{hashlib.sha256(os.fsencode(os.path.abspath(path))).hexdigest()[:16]}"

    def serves(self, url: str) -> bool:
        """Whether the source may have served what is at this address: on its own site, or by its id rule."""
        if self.source is None:
            return True
        address = urls.canonical(url)
        rule = self.source.id_rule
        if rule is not None and rule.source == "link" and address and re.search(rule.pattern, address[:NAME_BYTES]):
            return True
        ours, theirs = _site(self.source.url), _site(address)
        return bool(theirs) and (ours == theirs or ours.endswith(f".{theirs}") or theirs.endswith(f".{ours}"))


def _site(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def readable(content_type: str, name: str) -> str:
    """The content type under which an original of this declared type and file name is read; empty for nobody reads it.

    A charset that was declared stays.
    """
    media = content_type.partition(";")[0].strip().lower()
    known = _MEDIA.get(media, "")
    if not known and media in _SAID_TO_BE_BYTES:
        known = by_suffix(name)
    found = _CHARSET.search(content_type) if known in ("text/html", "application/xhtml+xml", "text/plain") else None
    return f"{known}; charset={found[1]}" if found else known


def by_suffix(name: str) -> str:
    """The content type of a document by its file name; empty for other kinds."""
    suffix = os.path.splitext(name)[1].lower()
    if suffix in HTML:
        return "text/html"
    return "text/plain" if suffix in TEXT else OFFICE.get(suffix, "")


def file_url(path: Path) -> str:
    """The absolute path as a `file:` URL; links are not followed."""
    return Path(os.path.abspath(path)).as_uri()


def utf8(name: str) -> str:
    """The name of a file as text, whatever its bytes."""
    return os.fsencode(name).decode("utf-8", "replace")


def one_line(text: str) -> str:
    """Without control characters, and with single spaces."""
    return " ".join(_CONTROLS.sub(" ", text).split())
