"""Files -> Draft | Rejection | Skipped, for `exportwatch import`: what people have, alone or in folders.

    .jsonl .ndjson        JSON Lines (collectors.jsonlines)
    .html .htm .xhtml     a page, under the address its saver or publisher noted in it (collectors.saved)
    .txt .text            plain text; a first line followed by a blank line is the title
    .pdf .docx .hwpx .hwp as they are
    .eml .mbox            mail and what is attached to it (collectors.mailbox)
    .mhtml .mht           a saved page with all it needs (collectors.mailbox)
    .warc .warc.gz        web archives (collectors.warc)

One bad line, record or file is one Rejection that names the place; the others go on. No more of a file is held in
memory than one line, or one document.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from collectors import originals
from collectors.originals import ARCHIVE, HTML, JSON_LINES, MAIL, NAME_BYTES, SAVED, SUFFIXES, Refused, Skipped, Terms
from exportwatch import charset
from exportwatch.content import PLAIN_UTF8
from exportwatch.model import Draft, Rejection

Found = Draft | Rejection | Skipped

_END: Final = r"(?>\r\n?|\n)"
_TITLE: Final = re.compile(rf"([^\r\n]++){_END}(?:[ \t　]*+{_END})++")
_BESIDE_A_PAGE: Final = ("_files", ".files", "_ファイル", "_파일", "_文件")
"""What browsers add to the name of a saved page for the folder of its images and frames."""


def read(path: Path, terms: Terms) -> Iterator[Found]:
    """Everything in a file, or in a folder and those below it, in the order of their names.

    In folders, hidden files and what browsers save beside a page are passed over, other kinds of files counted as
    Skipped, and links to folders not followed. Larger documents than `terms.max_document_bytes` come without their
    body, in state `too large`. Never raises.
    """
    if not path.is_dir():
        yield from _file(path, terms)
        return
    unreadable: list[OSError] = []
    for folder, below, names in os.walk(path, onerror=unreadable.append):
        pages = {name.rpartition(".")[0] for name in names if name.lower().endswith(HTML)}
        below[:] = sorted(name for name in below if not name.startswith(".") and not _is_beside(name, pages))
        for name in sorted(names):
            if name.startswith("."):
                continue
            if _suffix(name):
                yield from _file(Path(folder, name), terms)
            else:
                kind = os.path.splitext(name)[1].lower()[:20]
                yield Skipped(what="files of other kinds", kind=originals.utf8(kind) or "(no suffix)")
    for error in unreadable:
        yield Rejection(where=originals.utf8(str(error.filename)), reason=f"cannot be read: {error.strerror}")


def _is_beside(folder: str, pages: set[str]) -> bool:
    return any(folder.endswith(ending) and folder.removesuffix(ending) in pages for ending in _BESIDE_A_PAGE)


def _suffix(name: str) -> str:
    """The one of SUFFIXES that a file's name ends in; empty for none."""
    return next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")


def _file(path: Path, terms: Terms) -> Iterator[Found]:
    where = originals.utf8(str(path))
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Refused("not a file")
        yield from _read(path, status.st_size, _suffix(path.name), terms)
    except Refused as error:
        yield Rejection(where=where, reason=str(error))
    except (OSError, ValueError) as error:
        yield Rejection(where=where, reason=f"cannot be read: {getattr(error, 'strerror', None) or error}")


def _read(path: Path, size: int, suffix: str, terms: Terms) -> Iterator[Found]:
    if suffix in JSON_LINES:
        from collectors import jsonlines

        with path.open("rb") as stream:
            where, supplied = originals.utf8(str(path)), terms.supplied(path)
            yield from jsonlines.read_lines(stream, where, terms, supplied=supplied)
    elif suffix in MAIL + SAVED:
        from collectors import mailbox

        if suffix in SAVED:
            yield mailbox.read_mhtml(path, size, terms)
        else:
            yield from mailbox.read_mbox(path, terms) if suffix == ".mbox" else mailbox.read_eml(path, size, terms)
    elif suffix in ARCHIVE:
        from collectors import warc

        yield from warc.read(path, size, terms)
    elif suffix:
        yield _document(path, size, terms)
    else:
        known = " ".join(SUFFIXES)
        raise Refused(f"not a kind of file that exportwatch reads ({known}); rename it if it is one of them")


def _document(path: Path, size: int, terms: Terms) -> Draft:
    """A file that is one document."""
    with path.open("rb") as stream:
        body = stream.read(min(size, terms.max_document_bytes) + 1)
    size = max(size, len(body))
    too_large = size > terms.max_document_bytes
    if not too_large and not body.strip():
        raise Refused("the file is empty")
    content_type = originals.by_suffix(path.name)
    url = _address(body, content_type)
    title = ""
    if content_type == "text/plain":
        content_type = PLAIN_UTF8
        if not too_large:
            title, text = _parted(body)
            body = text.encode()
    return terms.draft(
        id=terms.id(url) if url else terms.id_of_file(path),
        url=url or originals.file_url(path),
        where=originals.utf8(str(path)),
        supplied=terms.supplied(path),
        content_type=content_type,
        body=None if too_large else body,
        title=originals.utf8(path.name) if too_large else title,
        size=size,
    )


def _address(body: bytes, content_type: str) -> str:
    if content_type != "text/html":
        return ""
    from collectors import saved

    return saved.address(body)


def _parted(body: bytes) -> tuple[str, str]:
    """Title and text of a plain text."""
    text = charset.decode_text(body)
    if text is None:
        raise Refused("not text in a charset that could be recognised; convert it to UTF-8")
    found = _TITLE.match(text)
    if found is None or not found[1].strip() or len(found[1].encode()) > NAME_BYTES:
        return "", text
    return found[1], text[found.end() :]
