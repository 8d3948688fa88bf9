"""JSON Lines -> Draft | Rejection, for `exportwatch import` and `classify`.

One bad line is one Rejection that names it; the others go on. No more is held in memory than one line.

    `id` or `url`, `title`, `text` or `html`; optional `lang published source kind`. `null` means absent, other keys
    are ignored, and so is `html` beside a `text`, which is exact. The id is kept as given.

A `published` that is no date nobody can use; the document is kept without it, and its draft carries the reason in
`extra["notice"]`, to be shown.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import msgspec

from collectors import dates
from collectors.originals import NAME_BYTES, Refused, Terms
from exportwatch.content import HTML_UTF8, PLAIN_UTF8
from exportwatch.model import ID_BYTES, Draft, Rejection

LINE_FACTOR: Final = 4
"""Lines up to this many times `max_document_bytes` are read whole: escapes make JSON longer than its text."""
HEAD_BYTES: Final = 64 * 1024
"""Of a longer line only this much is kept, to tell whose it is."""

_PIECE: Final = 1024 * 1024
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


def read_lines(
    stream: BinaryIO, where: str, terms: Terms, *, need_id: bool = True, supplied: str = ""
) -> Iterator[Draft | Rejection]:
    """The documents of a stream of JSON Lines, in its order; `where` names it in rejections.

    Without `need_id` a line may have neither `id` nor `url`; its draft's id is then empty. `supplied`: of all of them.
    """
    longest = LINE_FACTOR * terms.max_document_bytes
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        place = f"{where}:{number}"
        if len(line) > longest:
            yield _endless(line[:HEAD_BYTES], len(line) + _skip_line(stream, line), place, terms, supplied)
            continue
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        try:
            yield _draft(_decoded(line), place, terms, supplied, need_id)
        except Refused as error:
            yield Rejection(where=place, reason=str(error))


def _decoded(line: bytes) -> Line:
    try:
        decoded = _DECODER.decode(line)
    except msgspec.ValidationError as error:
        raise Refused(_wrong_type(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(_why_not_json(line, error)) from error
    # Almost no line names a key twice; only one that might is read a second time.
    if any(line.count(key) > 1 for key in _KEYS) or _ESCAPED_LETTER.search(line):
        _refuse_repeated(line)
    return decoded


def _refuse_repeated(line: bytes) -> None:
    try:
        pairs = json.loads(line, object_pairs_hook=_Pairs, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise Refused(f"not JSON: {error}") from error
    names = [name for name, _ in pairs]
    for name in Line.__struct_fields__:
        if names.count(name) > 1:
            raise Refused(f"it has {name!r} twice")


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


def _draft(line: Line, where: str, terms: Terms, supplied: str, need_id: bool = True) -> Draft:
    title, text, html = line.title or "", line.text or "", line.html or ""
    if not (title.strip() or text.strip() or html.strip()):
        raise Refused("it has neither a title nor a text")
    body, content_type = (text.encode(), PLAIN_UTF8) if text.strip() or not html else (html.encode(), HTML_UTF8)
    published, precision = dates.published(line.published or "")
    extra = {"where": where}
    if line.published and not published:
        extra["notice"] = f"its 'published' is no date (write YYYY-MM-DD or RFC 3339): {line.published[:100]!r}"
    too_large = len(body) > terms.max_document_bytes
    draft = terms.draft(
        id=_id(line, terms, need_id),
        url=_short("url", line.url),
        where=where,
        supplied=supplied,
        content_type=content_type,
        body=None if too_large else body,
        title=_short("title", title),
        published=(published, precision),
        size=len(body),
    )
    return dataclasses.replace(
        draft,
        source=_short("source", line.source) or draft.source,
        kind=_short("kind", line.kind) or draft.kind,
        lang=_short("lang", line.lang) or draft.lang,
        extra=extra,
    )


def _id(line: Line, terms: Terms, need_id: bool) -> str:
    if line.id is not None:
        if not 0 < len(line.id.encode()) <= ID_BYTES:
            raise Refused(f"its 'id' must have 1 to {ID_BYTES} bytes")
        return line.id
    if line.url:
        return terms.id(line.url)
    if need_id:
        raise Refused("it has neither 'id' nor 'url'")
    return ""


def _short(name: str, value: str | None) -> str:
    if value and len(value) > NAME_BYTES // 4 and len(value.encode()) > NAME_BYTES:
        raise Refused(f"its {name!r} is longer than {NAME_BYTES:,} bytes")
    return value or ""


def _skip_line(stream: BinaryIO, line: bytes) -> int:
    """Read on to the line's end; how many bytes that were."""
    skipped = 0
    while not line.endswith(b"\n") and (piece := stream.readline(_PIECE)):
        skipped += len(piece)
        line = piece
    return skipped


def _endless(head: bytes, size: int, where: str, terms: Terms, supplied: str) -> Draft | Rejection:
    """A line too long to be read: a draft without body if its head tells the id."""
    known = _leading_texts(head)
    try:
        id = _id(Line(**known), terms, need_id=True)
        known["title"] = known.get("title") or id
        draft = _draft(Line(**known), where, terms, supplied)
    except Refused as error:
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
