"""Files of mail -> Draft | Rejection | Skipped: EML, mbox, and pages saved as MHTML.

A mail is a document of its own under its Message-ID (without one, the hash of its bytes), and so is every document
attached to it, whose `root` the mail is. Mailboxes are read mail by mail, so they may be of any size. Nothing of a mail
with a Message-ID depends on the file it is in (but the size of one too large), so that its second copy changes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from collectors import mail, originals
from collectors.originals import PUBLISHER, Refused, Skipped, Terms
from exportwatch.errors import BadRecord
from exportwatch.model import ID_BYTES, Draft, Rejection, url_id
from exportwatch.sandbox import Killed

HEAD_BYTES: Final = 64 * 1024
"""Of a mail that is too large to be read, only this much is looked at, for its headers."""
_LINE: Final = 64 * 1024
_QUOTED: Final = re.compile(rb"^>(?=>*From )", re.MULTILINE)
_BINARY: Final = re.compile(rb"^content-transfer-encoding:[ \t]*binary", re.IGNORECASE | re.MULTILINE)
_PLAIN_NAME: Final = re.compile(r"[\w.()\[\]-]{1,100}")
_END_OF_HEADERS: Final = re.compile(rb"\r?\n\r?\n|\r\r")

R = TypeVar("R")


def read_eml(path: Path, size: int, terms: Terms) -> Iterator[Draft | Rejection | Skipped]:
    """A file that is one mail. Raises Refused, OSError."""
    with path.open("rb") as stream:
        body = stream.read(min(size, terms.max_document_bytes) + 1)
    if not body.strip():
        raise Refused("the file is empty")
    yield from _mail(body, max(size, len(body)), path, originals.utf8(str(path)), terms)


def read_mbox(path: Path, terms: Terms) -> Iterator[Draft | Rejection | Skipped]:
    """A file of many mails, each after a line that begins with `From `. Raises Refused, OSError."""
    where = originals.utf8(str(path))
    with path.open("rb") as stream:
        for number, (body, size) in enumerate(_split(stream, terms.max_document_bytes), start=1):
            place = f"{where}:{number}"
            try:
                yield from _mail(body, size, path, place, terms)
            except Refused as error:
                yield Rejection(where=place, reason=str(error))


def read_mhtml(path: Path, size: int, terms: Terms) -> Draft:
    """A file that is one saved page with all it needs. Raises Refused, OSError."""
    supplied, where = terms.supplied(path), originals.utf8(str(path))
    if size > terms.max_document_bytes:
        return terms.draft(
            id=terms.id_of_file(path),
            url=originals.file_url(path),
            where=where,
            supplied=supplied,
            content_type="multipart/related",
            body=None,
            title=originals.utf8(path.name),
            size=size,
        )
    found = _survived(mail.page, path.read_bytes(), terms)
    if not found.body.strip():
        raise Refused("the page saved in it is empty")
    return terms.draft(
        id=terms.id(found.url) if found.url else terms.id_of_file(path),
        url=found.url or originals.file_url(path),
        where=where,
        supplied=supplied,
        content_type=found.content_type,
        body=found.body,
    )


def _mail(body: bytes, size: int, path: Path, where: str, terms: Terms) -> Iterator[Draft | Rejection | Skipped]:
    """A mail and what is attached to it; `size` is that of the mail, of which `body` may be only the begin."""
    too_large = size > terms.max_document_bytes
    body = _headers(body) if too_large else body
    read = _survived(mail.read, _alike(body), terms)
    supplied = terms.supplied(path)
    draft = terms.draft(
        id=_id(read.message_id, body, terms.source.publisher if terms.source else PUBLISHER),
        url=read.url,
        where=where,
        supplied=supplied,
        content_type=read.content_type,
        body=None if too_large else read.body,
        title=read.title
        or ("" if read.body.strip() and not too_large else read.message_id or originals.utf8(path.name)),
        published=(read.published, read.published_precision),
        size=size,
    )
    yield draft
    for name, attached in zip(_ids(draft.id, read.attached), read.attached, strict=True):
        if not attached.body.strip():
            continue
        yield terms.draft(
            id=name,
            url=draft.url,
            where=f"{where} ({attached.title[:100] or f'part {attached.position}'})",
            supplied=supplied,
            content_type=attached.content_type,
            body=attached.body,
            title=attached.title,
            published=(read.published, read.published_precision),
            root=draft.id,
        )
    yield from (Skipped(what="attachments of other kinds", kind=kind) for kind in read.skipped)
    if read.beyond:
        yield Rejection(where=where, reason=f"{read.beyond:,} parts beyond the first {mail.PARTS:,} are not read")


def _id(message_id: str, body: bytes, publisher: str) -> str:
    if message_id:
        return url_id(publisher, message_id)
    return f"{publisher}:{hashlib.sha256(body).hexdigest()[:16]}"


def _alike(body: bytes) -> bytes:
    """A mail as every kind of file would hold it: mailboxes end lines otherwise, and add blank ones to its end."""
    if _BINARY.search(body):
        return body
    return body.replace(b"\r\n", b"\n").rstrip(b"\n")


def _survived(function: Callable[[bytes], R], body: bytes, terms: Terms) -> R:
    try:
        found = terms.run(function, body)
    except BadRecord as error:
        raise Refused(str(error)) from error
    if isinstance(found, Killed):
        raise Refused(found.reason)
    return found


def _headers(body: bytes) -> bytes:
    head = body[:HEAD_BYTES]
    end = _END_OF_HEADERS.search(head)
    return head[: end.end()] if end else head


def _ids(root: str, attached: Sequence[mail.Attached]) -> list[str]:
    """An id an attachment: `<root>/<file name>`, or the number of its part where the name is shared, odd or long."""
    names = [each.name for each in attached]
    return [
        f"{root}/{each.name}"
        if names.count(each.name) == 1 and _PLAIN_NAME.fullmatch(each.name) and len(each.name.encode()) < ID_BYTES // 2
        else f"{root}/part-{each.position}"
        for each in attached
    ]


def _split(stream: BinaryIO, most: int) -> Iterator[tuple[bytes, int]]:
    """The mails of a mailbox, each with its size; of one larger than `most` bytes only the begin."""
    kept, size, after_blank, begun = bytearray(), 0, True, False
    while line := stream.readline(_LINE):
        if after_blank and line.startswith(b"From "):
            if begun:
                yield _unquoted(kept), size
            kept, size, after_blank, begun = bytearray(), 0, False, True
            continue
        if not begun and line.strip():
            raise Refused("not a mailbox: no line that begins with 'From ' stands before its first mail")
        size += len(line)
        if len(kept) <= most:
            kept += line
        after_blank = line in (b"\n", b"\r\n")
    if begun:
        yield _unquoted(kept), size


def _unquoted(kept: bytearray) -> bytes:
    """Lines that begin with `From ` were sent with a mark before them."""
    return _QUOTED.sub(b"", bytes(kept))
