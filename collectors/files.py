"""Files -> Draft | Rejection, for `exportwatch import` and `classify`: JSON Lines, HTML, plain text, folders of them.

One bad line or file is one Rejection that names the place; the others go on. No more of a file is held in memory than
one line, or one document.

    JSON Lines   `id` or `url`, `title`, `text` or `html`; optional `lang published source kind`. `null` means absent,
                 other keys are ignored, and so is `html` beside a `text`, which is exact. The id is kept as given.
    plain text   a first line followed by a blank line is the title
    HTML         the page's own title

A `published` that is no date nobody can use; the document is kept without it, and its draft carries the reason in
`extra["notice"]`, to be shown.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from collectors import dates, urls
from exportwatch import charset
from exportwatch.content import HTML_UTF8, PLAIN_UTF8
from exportwatch.model import ID_BYTES, Draft, Rejection, url_id

PUBLISHER: Final = "import"
NAME_BYTES: Final = 64 * 1024
"""Titles, URLs and sources are at most so long: they travel in every record. A longer first line is no title."""
LINE_FACTOR: Final = 4
"""Lines up to this many times `max_document_bytes` are read whole: escapes make JSON longer than its text."""
HEAD_BYTES: Final = 64 * 1024
"""Of a longer line only this much is kept, to tell whose it is."""

JSON_LINES: Final = (".jsonl", ".ndjson")
HTML: Final = (".html", ".htm", ".xhtml")
TEXT: Final = (".txt", ".text")

_PIECE: Final = 1024 * 1024
_END: Final = r"(?>\r\n?|\n)"
_TITLE: Final = re.compile(rf"([^\r\n]++){_END}(?:[ \t　]*+{_END})++")
_MEMBER: Final = re.compile(r'[\s,]*+("(?:[^"\\]|\\.)*+")\s*+:\s*+')
_ESCAPED_LETTER: Final = re.compile(rb"\\u00[4-7]")


class Line(msgspec.Struct):
    """The keys of a line that mean something."""

    id: str | None = None
    url: str | None = None
    title: str | None = None
    text: str | None = None
    html: str | None = None
    lang: str | None = None
    published: str | None = None
    source: str | None = None
    kind: str | None = None


_KEYS: Final = tuple(f'"{name}"'.encode() for name in Line.__struct_fields__)
_DECODER: Final = msgspec.json.Decoder(Line)


class _Refused(Exception):
    """Why a line or file is none of ours; caught in this module."""


def read(path: Path, *, max_document_bytes: int) -> Iterator[Draft | Rejection]:
    """Everything in a file, or in a folder and those below it, in the order of their names.

    Hidden files of a folder are skipped, links to folders not followed. Larger documents than `max_document_bytes`
    come without their body, in state `too large`. Never raises.
    """
    if not path.is_dir():
        yield from _file(path, max_document_bytes)
        return
    unreadable: list[OSError] = []
    for folder, below, names in os.walk(path, onerror=unreadable.append):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield from _file(Path(folder, name), max_document_bytes)
    for error in unreadable:
        yield Rejection(where=_utf8(str(error.filename)), reason=f"cannot be read: {error.strerror}")


def read_lines(
    stream: BinaryIO, where: str, *, max_document_bytes: int, need_id: bool = True
) -> Iterator[Draft | Rejection]:
    """The documents of a stream of JSON Lines, in its order; `where` names it in rejections.

    Without `need_id` a line may have neither `id` nor `url`; its draft's id is then empty.
    """
    longest = LINE_FACTOR * max_document_bytes
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        place = f"{where}:{number}"
        if len(line) > longest:
            yield _endless(line[:HEAD_BYTES], len(line) + _skip_line(stream, line), place)
            continue
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        try:
            yield _draft(_decoded(line), place, max_document_bytes, need_id)
        except _Refused as error:
            yield Rejection(where=place, reason=str(error))


def _file(path: Path, max_document_bytes: int) -> Iterator[Draft | Rejection]:
    suffix = path.suffix.lower()
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise _Refused("not a file")
        if suffix in JSON_LINES:
            with path.open("rb") as stream:
                yield from read_lines(stream, _utf8(str(path)), max_document_bytes=max_document_bytes)
        elif suffix in HTML + TEXT:
            yield _document(path, status.st_size, max_document_bytes)
        else:
            known = " ".join(JSON_LINES + HTML + TEXT)
            raise _Refused(f"not a kind of file that exportwatch reads ({known}); rename it if it is one of them")
    except _Refused as error:
        yield Rejection(where=_utf8(str(path)), reason=str(error))
    except (OSError, ValueError) as error:
        yield Rejection(where=_utf8(str(path)), reason=f"cannot be read: {getattr(error, 'strerror', None) or error}")


def _document(path: Path, size: int, max_document_bytes: int) -> Draft:
    """A file that is one document."""
    absolute = os.path.abspath(path)
    name = hashlib.sha256(os.fsencode(absolute)).hexdigest()[:16]
    url = Path(absolute).as_uri()
    where = _utf8(str(path))
    is_html = path.suffix.lower() in HTML
    body = None
    title, content_type = path.name, "text/html" if is_html else PLAIN_UTF8
    if size <= max_document_bytes:
        with path.open("rb") as stream:
            body = stream.read(max_document_bytes + 1)
        size = len(body)
    if body is None or size > max_document_bytes:
        return _made(f"{PUBLISHER}:{name}", url, _utf8(title), content_type, None, size, where)
    if not body.strip():
        raise _Refused("the file is empty")
    if is_html:
        return _made(f"{PUBLISHER}:{name}", url, "", content_type, body, size, where)
    title, text = _parted(body)
    return _made(f"{PUBLISHER}:{name}", url, title, content_type, text.encode(), size, where)


def _parted(body: bytes) -> tuple[str, str]:
    """Title and text of a plain text."""
    text = charset.decode_text(body)
    if text is None:
        raise _Refused("not text in a charset that could be recognised; convert it to UTF-8")
    found = _TITLE.match(text)
    if found is None or not found[1].strip() or len(found[1].encode()) > NAME_BYTES:
        return "", text
    return found[1], text[found.end() :]


def _utf8(name: str) -> str:
    """The name of a file as text, whatever its bytes."""
    return os.fsencode(name).decode("utf-8", "replace")


def _made(id: str, url: str, title: str, content_type: str, body: bytes | None, size: int, where: str) -> Draft:
    return Draft(
        id=id,
        publisher=PUBLISHER,
        source=PUBLISHER,
        kind="",
        url=url,
        title=title,
        content_type=content_type,
        body=body,
        size=0 if body is not None else size,
        state="ok" if body is not None else "too large",
        extra={"where": where},
    )


def _decoded(line: bytes) -> Line:
    try:
        decoded = _DECODER.decode(line)
    except msgspec.ValidationError as error:
        raise _Refused(_wrong_type(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _Refused(_why_not_json(line, error)) from error
    # Almost no line names a key twice; only one that might is read a second time.
    if any(line.count(key) > 1 for key in _KEYS) or _ESCAPED_LETTER.search(line):
        _refuse_repeated(line)
    return decoded


def _refuse_repeated(line: bytes) -> None:
    try:
        pairs = json.loads(line, object_pairs_hook=_Pairs, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise _Refused(f"not JSON: {error}") from error
    names = [name for name, _ in pairs]
    for name in Line.__struct_fields__:
        if names.count(name) > 1:
            raise _Refused(f"it has {name!r} twice")


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as written, repeated keys and all."""


def _wrong_type(message: str) -> str:
    """msgspec's words with ours for the place: Expected `str | null`, got `int` - at `$.id`."""
    found = re.fullmatch(r"Expected `(.+)`, got `(.+?)`(?: - at `\$\.?(.*)`)?", message)
    if found is None:
        return message
    kind = _KINDS.get(found[2], found[2])
    return f"its {found[3]!r} is {kind}, but must be text" if found[3] else f"it is {kind}, but must be an object {{…}}"


_KINDS: Final = {
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "str": "text",
}


def _why_not_json(line: bytes, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: {error.reason}; convert the file"
    if line.startswith((b"\xff\xfe", b"\xfe\xff")) or line.count(b"\x00") > len(line) // 4:
        return "not UTF-8 but UTF-16; convert the file"
    if b"\\ud" in line.lower() and _has_lone_surrogate(line):
        return "it has a lone surrogate (half of a character: \\ud800 to \\udfff), which is no text"
    return f"not JSON: {error}"


def _has_lone_surrogate(line: bytes) -> bool:
    try:
        json.dumps(json.loads(line), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False
    return False


def _draft(line: Line, where: str, max_document_bytes: int, need_id: bool = True) -> Draft:
    title, text, html = line.title or "", line.text or "", line.html or ""
    if not (title.strip() or text.strip() or html.strip()):
        raise _Refused("it has neither a title nor a text")
    body, content_type = (text.encode(), PLAIN_UTF8) if text.strip() or not html else (html.encode(), HTML_UTF8)
    published, precision = dates.published(line.published or "")
    extra = {"where": where}
    if line.published and not published:
        extra["notice"] = f"its 'published' is no date (write YYYY-MM-DD or RFC 3339): {line.published[:100]!r}"
    too_large = len(body) > max_document_bytes
    return Draft(
        id=_id(line, need_id),
        publisher=PUBLISHER,
        source=_short("source", line.source) or PUBLISHER,
        kind=_short("kind", line.kind),
        url=_short("url", line.url),
        title=_short("title", title),
        published=published,
        published_precision=precision,
        lang=_short("lang", line.lang),
        content_type=content_type,
        body=None if too_large else body,
        size=len(body) if too_large else 0,
        state="too large" if too_large else "ok",
        extra=extra,
    )


def _id(line: Line, need_id: bool) -> str:
    if line.id is not None:
        if not 0 < len(line.id.encode()) <= ID_BYTES:
            raise _Refused(f"its 'id' must have 1 to {ID_BYTES} bytes")
        return line.id
    if line.url:
        return url_id(PUBLISHER, urls.canonical(line.url) or line.url)
    if need_id:
        raise _Refused("it has neither 'id' nor 'url'")
    return ""


def _short(name: str, value: str | None) -> str:
    if value and len(value) > NAME_BYTES // 4 and len(value.encode()) > NAME_BYTES:
        raise _Refused(f"its {name!r} is longer than {NAME_BYTES:,} bytes")
    return value or ""


def _skip_line(stream: BinaryIO, line: bytes) -> int:
    """Read on to the line's end; how many bytes that were."""
    skipped = 0
    while not line.endswith(b"\n") and (piece := stream.readline(_PIECE)):
        skipped += len(piece)
        line = piece
    return skipped


def _endless(head: bytes, size: int, where: str) -> Draft | Rejection:
    """A line too long to be read: a draft without body if its head tells the id."""
    known = _leading_texts(head)
    try:
        id = _id(Line(**known), need_id=True)
        known["title"] = known.get("title") or id
        draft = _draft(Line(**known), where, len(head))
    except _Refused as error:
        reason = f"its line of {size:,} bytes is too long to be read, and in its first {len(head):,} bytes {error}"
        return Rejection(where=where, reason=reason)
    return dataclasses.replace(draft, body=None, size=size, state="too large")


def _leading_texts(head: bytes) -> dict[str, str]:
    """The keys of ours that stand, complete, at the head of a JSON object."""
    text = head.decode("utf-8", "ignore")
    decoder = json.JSONDecoder()
    position = text.find("{") + 1
    found: dict[str, str] = {}
    while member := _MEMBER.match(text, position):
        try:
            name = decoder.decode(member[1])
            value, position = decoder.raw_decode(text, member.end())
        except (ValueError, RecursionError):
            break
        if name in Line.__struct_fields__ and isinstance(value, str):
            found[name] = value
    return found
