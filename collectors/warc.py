"""Web archives (WARC, also packed with gzip) -> Draft | Rejection | Skipped, in flat memory.

A response of status 200 whose content type is read here becomes a document under its own address. All else that was
asked for is counted as skipped: revisits, redirects, errors, images. Nothing an archive claims is believed: lines,
heads, records and what gzip unpacks to are bounded. An archive that breaks off is read up to where it does.

Archives are read twice: of several captures that would be one document only the newest by WARC-Date comes in, so that
the same archive says the same each time it is imported. The others are counted as skipped.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

from warcio.exceptions import ArchiveLoadFailed  # type: ignore[import-untyped]
from warcio.recordloader import ArcWarcRecordLoader  # type: ignore[import-untyped]
from warcio.statusandheaders import (  # type: ignore[import-untyped]
    StatusAndHeadersParser,
    StatusAndHeadersParserException,
)

from collectors import decode, originals, urls
from collectors.originals import Refused, Skipped, Terms, one_line
from exportwatch.model import Draft, Rejection

MOST_LINE: Final = 64 * 1024
MOST_HEAD: Final = 1024 * 1024
"""Bytes of all lines of a record's head, the blank ones before it and those of HTTP included."""
MOST_UNPACKED: Final = 200
"""An archive that unpacks to more than this many times its size, and to a gigabyte, is a bomb."""
MOST_NOTED: Final = 500_000
"""Documents of an archive whose newest capture is looked for; of those beyond, every capture comes in."""
_SMALL: Final = 1024 * 1024 * 1024
_PIECE: Final = 256 * 1024
_FRAMES: Final = 1024 * 1024
"""Allowed beyond a document's size for what frames its chunks."""
_RECORDS: Final = "records of web archives"
_GZIP: Final = b"\x1f\x8b"


class _Broken(Exception):
    """From here on the archive cannot be read."""


def read(path: Path, size: int, terms: Terms) -> Iterator[Draft | Rejection | Skipped]:
    """Everything in an archive of `size` bytes, in its order. Raises OSError."""
    newest: dict[int, int] = {}
    for moment, found in _captures(path, size, terms):
        if isinstance(found, Draft):
            key = _key(found)
            if key in newest or len(newest) < MOST_NOTED:
                newest[key] = max(newest.get(key, 0), moment)
    for moment, found in _captures(path, size, terms):
        if isinstance(found, Draft) and newest.get(_key(found), moment) > moment:
            yield Skipped(what=_RECORDS, kind="older captures")
        else:
            yield found


def _key(draft: Draft) -> int:
    """Small enough to be noted of every document of an archive."""
    return int.from_bytes(hashlib.blake2b(draft.id.encode(), digest_size=8).digest())


def _moment(record: Any, number: int) -> int:
    """Later captures have the larger; of those of one date, what stands later in the archive."""
    date = record.rec_headers.get_header("WARC-Date") or ""
    digits = "".join(digit for digit in date[:40] if digit in "0123456789")
    return int(digits[:23].ljust(23, "0")) << 40 | number


def _captures(path: Path, size: int, terms: Terms) -> Iterator[tuple[int, Draft | Rejection | Skipped]]:
    """What is in an archive, each with its moment."""
    where = originals.utf8(str(path))
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        stream = _Stream(gzip.GzipFile(fileobj=raw) if packed else raw, max(_SMALL, MOST_UNPACKED * size))
        yield from _records(stream, path, where, terms)


def _records(
    stream: _Stream, path: Path, where: str, terms: Terms
) -> Iterator[tuple[int, Draft | Rejection | Skipped]]:
    logging.getLogger("warcio").setLevel(logging.ERROR)  # it complains of blanks in addresses, and mends them
    loader = ArcWarcRecordLoader(verify_http=False, arc2warc=False)
    number = 0
    while True:
        number += 1
        stream.begin_head()
        offset = stream.offset
        try:
            line = stream.first_line()
            offset = stream.offset - len(line)
            if not line:
                break
            record = _loaded(loader, stream, line)
            place = f"{where}, record {number} at byte {offset}"
            moment = _moment(record, number)
            yield from ((moment, found) for found in _record(record, path, place, terms))
            _finish(record)
        except _Broken as error:
            unpacked = " (unpacked)" if stream.packed else ""
            place = f"{where}, record {number} at byte {offset}{unpacked}"
            yield 0, Rejection(where=place, reason=f"{error}; what stands before it is in")
            return
    if number == 1:
        yield 0, Rejection(where=where, reason="the file is empty")


def _loaded(loader: ArcWarcRecordLoader, stream: _Stream, line: bytes) -> Any:
    try:
        record = loader.parse_record_stream(stream, line, known_format="warc", no_record_parse=True)
    except (ArchiveLoadFailed, StatusAndHeadersParserException) as error:
        raise _Broken("here begins no WARC record") from error
    except EOFError as error:
        raise _Broken("the archive breaks off in the head of a record") from error
    if stream.ended:
        raise _Broken("the archive breaks off in the head of a record")
    if record.length is None or (not record.length and record.rec_headers.get_header("Content-Length") != "0"):
        raise _Broken("a record without a usable Content-Length")
    return record


def _finish(record: Any) -> None:
    """Read on to the end of a record."""
    while record.raw_stream.read(_PIECE):
        pass
    if record.raw_stream.limit > 0:
        raise _Broken(f"the archive breaks off {record.raw_stream.limit:,} bytes before the end of a record")


def _record(record: Any, path: Path, where: str, terms: Terms) -> Iterator[Draft | Rejection | Skipped]:
    if record.rec_type not in ("response", "resource", "revisit"):
        return  # about the archive, or what was asked
    url = urls.canonical(record.rec_headers.get_header("WARC-Target-URI") or "")
    try:
        if record.rec_type == "revisit":
            yield Skipped(what=_RECORDS, kind="revisit")
        elif not url:
            yield Skipped(what=_RECORDS, kind="other schemes")
        elif not terms.serves(url):
            yield Skipped(what=_RECORDS, kind="other sites")
        elif record.rec_type == "response":
            yield _response(record, url, path, where, terms)
        else:
            declared = record.rec_headers.get_header("Content-Type") or ""
            yield _draft(record, declared, url, path, where, terms, chunked=False, coding="")
    except Refused as error:
        yield Rejection(where=f"{where} ({url[:200]})", reason=str(error))


def _response(record: Any, url: str, path: Path, where: str, terms: Terms) -> Draft | Skipped:
    try:
        head = StatusAndHeadersParser(["HTTP/1.0", "HTTP/1.1"], verify=False).parse(record.raw_stream)
    except EOFError as error:
        raise Refused("an answer without a head") from error
    status = (head.statusline or "").partition(" ")[0]
    if status != "200":
        return Skipped(what=_RECORDS, kind=f"status {status[:10]}")
    chunked = "chunked" in (head.get_header("Transfer-Encoding") or "").lower()
    coding = head.get_header("Content-Encoding") or ""
    declared = head.get_header("Content-Type") or ""
    return _draft(record, declared, url, path, where, terms, chunked=chunked, coding=coding)


def _draft(
    record: Any, declared: str, url: str, path: Path, where: str, terms: Terms, *, chunked: bool, coding: str
) -> Draft | Skipped:
    content_type = originals.readable(declared, urlsplit(url).path)
    if not content_type:
        return Skipped(what=_RECORDS, kind=one_line(declared.partition(";")[0])[:60].lower() or "no content type")
    body, size = _body(record, terms.max_document_bytes, chunked, coding)
    if body is not None and not body.strip():
        return Skipped(what=_RECORDS, kind="empty")
    fetched = one_line(record.rec_headers.get_header("WARC-Date") or "")[:40]
    return terms.draft(
        id=terms.id(url),
        url=url,
        where=where,
        supplied=terms.supplied(path, f"fetched {fetched}" if fetched else ""),
        content_type=content_type,
        body=body,
        title=url if body is None else "",
        size=size,
    )


def _body(record: Any, most: int, chunked: bool, coding: str) -> tuple[bytes | None, int]:
    """The bytes of an answer as its reader got them, and their number; None for more than `most`."""
    if not decode.usable(coding):
        raise Refused(f"its content coding {coding[:50]!r} is not read here")
    if record.raw_stream.limit > most + _FRAMES:
        size = record.raw_stream.limit
        _finish(record)  # what it says of its size is not believed
        return None, size
    raw = record.raw_stream.read(record.raw_stream.limit)
    if record.raw_stream.limit > 0:
        raise _Broken(f"the archive breaks off {record.raw_stream.limit:,} bytes before the end of a record")
    # Archivers keep the headers as they came, also where they unpacked the body.
    body = _unchunked(raw) if chunked else raw
    packed = coding.strip().lower() not in ("", "identity", "gzip", "x-gzip") or body.startswith(_GZIP)
    try:
        body = decode.decode([body], coding if packed else "", most)
    except decode.TooLarge:
        return None, max(len(raw), most + 1)
    except decode.Undecodable as error:
        raise Refused(str(error)) from error
    return body, len(body)


def _unchunked(raw: bytes) -> bytes:
    """Without the frames of its chunks; as it is where it has none."""
    pieces: list[bytes] = []
    position = 0
    while position < len(raw):
        end = raw.find(b"\r\n", position, position + 1_000)
        length = raw[position:end].partition(b";")[0].strip() if end >= 0 else b""
        if not length or length.strip(b"0123456789abcdefABCDEF"):
            return raw
        size = int(length[-12:], 16)
        pieces.append(raw[end + 2 : end + 2 + size])
        position = end + 2 + size + 2
        if size == 0:
            break
    return b"".join(pieces)


class _Stream:
    """An archive's unpacked bytes, for the library to read heads and records from; raises _Broken beyond the bounds."""

    def __init__(self, stream: BinaryIO | gzip.GzipFile, most: int) -> None:
        self._stream = stream
        self._most = most
        self._head = 0
        self.packed = isinstance(stream, gzip.GzipFile)
        self.offset = 0
        self.ended = False
        """Whether a line was asked for that is not there."""

    def begin_head(self) -> None:
        self._head = 0

    def first_line(self) -> bytes:
        """The next line that is not blank; empty at the end."""
        while (line := self.readline()) and not line.strip():
            pass
        return line

    def tell(self) -> int:
        return self.offset

    def read(self, size: int) -> bytes:
        return self._count(self._asked(self._stream.read, size))

    def readline(self, size: int = MOST_LINE) -> bytes:
        line = self._count(self._asked(self._stream.readline, min(size, MOST_LINE)))
        self._head += len(line)
        self.ended = not line
        if len(line) >= MOST_LINE or self._head > MOST_HEAD:
            raise _Broken("the head of a record is too long to be one")
        return line

    def _asked(self, ask: Any, size: int) -> bytes:
        try:
            found: bytes = ask(size)
        except EOFError as error:
            raise _Broken("the archive breaks off") from error
        except (zlib.error, gzip.BadGzipFile) as error:
            raise _Broken(f"its gzip is broken: {error}") from error
        return found

    def _count(self, found: bytes) -> bytes:
        self.offset += len(found)
        if self.offset > self._most:
            raise _Broken(f"it unpacks to more than {MOST_UNPACKED} times its size")
        return found
