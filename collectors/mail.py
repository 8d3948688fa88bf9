"""Bytes of a mail -> what it says and what is attached to it: newsletters (EML) and pages saved as MHTML.

Pure, and run in the sandbox: mail is foreign. The library takes the mail apart and undoes quoted-printable and base64;
headers and charsets are read here, because it believes what they declare: a Korean subject in `ks_c_5601-1987` and a
UTF-8 one that says it is GB 2312 are read as `exportwatch.charset` reads everything else.
"""

from __future__ import annotations

import base64
import binascii
import email.policy
import html
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from typing import Final

from collectors import dates, urls
from collectors.originals import by_suffix, one_line, readable
from exportwatch import charset
from exportwatch.content import HTML_UTF8, PLAIN_UTF8
from exportwatch.errors import BadRecord
from exportwatch.model import Precision

DEPTH: Final = 50
"""Parts inside each other; honest mails stay below ten."""
PARTS: Final = 1_000
"""Of one mail; more are counted and not read."""
_MOST_HEADER: Final = 64 * 1024
_MOST_TITLE: Final = 2_000
_MOST_NAME: Final = 200
_MOST_URL: Final = 2_000
_MOST_ID: Final = 1_000
_MOST_PARAMETERS: Final = 10_000

_WORD: Final = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\r\n]*)\?=")
_ADDRESS: Final = re.compile(r"<\s*(https?://[^<>\s]+)\s*>|^\s*(https?://[^<>\s,]+)\s*$", re.IGNORECASE)
_LABEL: Final = re.compile(r"[\w.:+-]{1,40}")
_TAG: Final = re.compile(r"<[^<>]*+>?")
_HIDDEN: Final = re.compile(r"<(style|script|head|title)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A document that came with a mail, or a mail that was forwarded with it."""

    position: int
    """Of the part within its mail, from 1; the same in the same mail."""
    title: str
    name: str
    """Of its file, without folders; may be empty."""
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail taken apart. Texts are Unicode without control characters; empty where the mail says nothing."""

    message_id: str
    """Without its angle brackets."""
    title: str
    url: str
    """Where the mail or its list is archived, as its headers declare."""
    published: str
    published_precision: Precision
    content_type: str
    body: bytes
    attached: tuple[Attached, ...] = ()
    skipped: tuple[str, ...] = ()
    """Of every part of a kind nobody reads here: its suffix, or its media type."""
    beyond: int = 0
    """Parts that were not read because there were too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page of an MHTML archive."""

    url: str
    """Canonical; empty where the archive does not say."""
    content_type: str
    body: bytes


def read(body: bytes) -> Mail:
    """A mail, or the headers of one. Raises BadRecord for what is none, and for one built to hurt."""
    message = _parsed(body)
    if not any(name.lower() in ("from", "date", "subject", "message-id", "received") for name, _ in _items(message)):
        raise BadRecord("not a mail: it has none of the headers From, Date, Subject and Message-ID")
    found = _Parts()
    blocks = found.gather(message, 0)
    content_type, text = _joined(blocks)
    published, precision = dates.published(one_line(_raw(message, "date")))
    return Mail(
        message_id=one_line(_raw(message, "message-id")).strip("<> ")[:_MOST_ID],
        title=_subject(message),
        url=_archived(message),
        published=published,
        published_precision=precision,
        content_type=content_type,
        body=text,
        attached=tuple(found.attached),
        skipped=tuple(found.skipped),
        beyond=found.beyond,
    )


def page(body: bytes) -> Page:
    """The page in an MHTML archive: the part it was saved for, else the first page. Raises BadRecord for none."""
    message = _parsed(body)
    saved_for = urls.canonical(one_line(_raw(message, "snapshot-content-location")))
    pages = [part for part in _leaves(message) if readable(_content_type(part), "")]
    if not pages:
        raise BadRecord("not a saved page: there is no page in it")
    located = {id(part): urls.canonical(one_line(_raw(part, "content-location"))) for part in pages}
    chosen = next((part for part in pages if saved_for and located[id(part)] == saved_for), pages[0])
    url = saved_for or located[id(chosen)]
    content_type = readable(_content_type(chosen), "")
    return Page(url=url if len(url) <= _MOST_URL else "", content_type=content_type, body=_payload(chosen))


def decoded(header: str) -> str:
    """A header as a person reads it: RFC 2047 undone, also where raw bytes or a wrong charset were sent; one line."""
    header = header[:_MOST_HEADER]
    runs: list[tuple[str, bytes]] = []  # by charset, since mailers cut characters between words
    position = 0
    for word in _WORD.finditer(header):
        between = header[position : word.start()]
        if between.strip() or not runs or not runs[-1][0]:
            runs.append(("", _octets(between)))
        label, octets = word[1].partition("*")[0].lower(), _unworded(word[2], word[3])
        if runs and runs[-1][0] == label:
            runs[-1] = (label, runs[-1][1] + octets)
        else:
            runs.append((label, octets))
        position = word.end()
    runs.append(("", _octets(header[position:])))
    return one_line("".join(_text(octets, label) for label, octets in runs))


def _unworded(encoding: str, text: str) -> bytes:
    octets = _octets(text)
    if encoding in "qQ":
        return quopri.decodestring(octets, header=True)
    try:
        return base64.b64decode(octets + b"=" * (-len(octets) % 4))
    except (binascii.Error, ValueError):
        return octets


def _octets(text: str) -> bytes:
    """The bytes behind what the library read as ASCII with surrogates for the rest."""
    return text.encode("utf-8", "surrogateescape")


def _text(octets: bytes, label: str) -> str:
    """Never fails: what no charset explains becomes U+FFFD."""
    if not label and octets.isascii() and b"\x1b" not in octets:
        return octets.decode("ascii")
    text = charset.decode_text(octets, f"text/plain; charset={label}" if _LABEL.fullmatch(label) else "")
    return text if text is not None else octets.decode("utf-8", "replace")


def _parsed(body: bytes) -> Message:
    try:
        # The older policy leaves headers alone; the newer parses them as it reads, in quadratic time where they nest.
        return BytesParser(policy=email.policy.compat32).parsebytes(body.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
    except MemoryError:
        raise
    except RecursionError as error:
        raise BadRecord(f"its parts are nested deeper than {DEPTH}") from error
    except Exception as error:  # as many kinds as there are broken mails
        raise BadRecord(f"mail not read: {error!r}"[:500]) from error


def _items(message: Message) -> Iterator[tuple[str, str]]:
    for name, value in message.raw_items():
        yield name, str(value)[:_MOST_HEADER]


def _raw(message: Message, name: str) -> str:
    """The first header of this name as it was sent, but unfolded."""
    return next((value for key, value in _items(message) if key.lower() == name), "")


def _subject(message: Message) -> str:
    return decoded(_raw(message, "subject"))[:_MOST_TITLE]


def _archived(message: Message) -> str:
    """RFC 5064 names the mail itself, RFC 2369 its list."""
    for name in ("archived-at", "list-archive"):
        for found in _ADDRESS.finditer(_raw(message, name)):
            if url := urls.canonical(found[1] or found[2]):
                return url if len(url) <= _MOST_URL else ""
    return ""


def _content_type(part: Message) -> str:
    """As declared, without asking the library for its parameters: media type and charset."""
    return one_line(_raw(part, "content-type"))[:1_000] or "text/plain"


def _media(part: Message) -> str:
    return _content_type(part).partition(";")[0].strip().lower()


def _file_name(part: Message) -> str:
    """Of an attachment, without folders and control characters; empty for none."""
    holder = Message()
    for header in ("Content-Disposition", "Content-Type"):
        raw = _raw(part, header.lower())
        if raw and len(raw) <= _MOST_PARAMETERS:
            holder[header] = _text(_octets(one_line(raw)), "")  # names are often sent as bare bytes
    try:
        name = holder.get_filename() or ""
    except Exception:  # the library's reading of RFC 2231 fails in many ways
        return ""
    return decoded(name).replace("\\", "/").rpartition("/")[2].strip(". ")[:_MOST_NAME]


def _payload(part: Message) -> bytes:
    """The bytes of a part, its transfer encoding undone as far as it can be."""
    try:
        found = part.get_payload(decode=True)
    except Exception as error:  # a transfer encoding of nonsense
        raise BadRecord(f"a part of the mail cannot be decoded: {error!r}"[:500]) from error
    return found if isinstance(found, bytes) else b""


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _leaves(message: Message) -> Iterator[Message]:
    waiting = [(message, 0)]
    seen = 0
    while waiting and seen < PARTS:
        part, depth = waiting.pop()
        if depth > DEPTH:
            raise BadRecord(f"its parts are nested deeper than {DEPTH}")
        if part.is_multipart():
            waiting += [(child, depth + 1) for child in reversed(_children(part))]
        else:
            seen += 1
            yield part


@dataclass(slots=True)
class _Parts:
    """What was found in a mail so far."""

    attached: list[Attached] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    beyond: int = 0
    position: int = 0

    def gather(self, part: Message, depth: int) -> list[tuple[str, bytes]]:
        """The blocks of text of a part, each with its content type, in order; the rest goes to the lists."""
        if depth > DEPTH:
            raise BadRecord(f"its parts are nested deeper than {DEPTH}")
        if not part.is_multipart():
            return self._leaf(part)
        children = _children(part)
        if _media(part) == "message/rfc822" and depth:
            return self._forwarded(children[0], depth) if children else []
        blocks = [self.gather(child, depth + 1) for child in children]
        if _media(part) == "multipart/alternative":
            return _best(blocks)
        return [block for each in blocks for block in each]

    def _leaf(self, part: Message) -> list[tuple[str, bytes]]:
        self.position += 1
        if self.position > PARTS:
            self.beyond += 1
            return []
        name, media = _file_name(part), _media(part)
        content_type = readable(_content_type(part), name)
        is_text = media in ("text/plain", "text/html", "application/xhtml+xml")
        if is_text and not name and not _raw(part, "content-disposition").lower().startswith("attachment"):
            return [(content_type, _payload(part))]
        # Mailers call a document application/octet-stream, or anything; its name is then what tells.
        content_type = content_type or by_suffix(name)
        if content_type:
            self._attach(name, name, content_type, _payload(part))
        else:
            suffix = re.search(r"\.\w{1,10}$", name)
            self.skipped.append(suffix[0].lower() if suffix else media[:60])
        return []

    def _forwarded(self, message: Message, depth: int) -> list[tuple[str, bytes]]:
        """A mail within the mail is a document of its own, and what is attached to it hangs on the outer mail."""
        self.position += 1
        position = self.position
        content_type, body = _joined(self.gather(message, depth + 1))
        if body.strip():
            title = _subject(message)
            self.attached.append(
                Attached(position=position, title=title, name="", content_type=content_type, body=body)
            )
        return []

    def _attach(self, title: str, name: str, content_type: str, body: bytes) -> None:
        self.attached.append(
            Attached(position=self.position, title=title, name=name, content_type=content_type, body=body)
        )


def _best(alternatives: list[list[tuple[str, bytes]]]) -> list[tuple[str, bytes]]:
    """A page before plain text, unless the page hardly says a thing of what the plain text says."""
    found = [blocks for blocks in alternatives if any(body.strip() for _, body in blocks)]
    if not found:
        return []
    pages = [blocks for blocks in found if any("html" in content_type for content_type, _ in blocks)]
    plain = [blocks for blocks in found if blocks not in pages]
    if not pages or not plain:
        return found[-1]
    return plain[0] if _said(plain[0]) > 2 * _said(pages[-1]) else pages[-1]


def _said(blocks: list[tuple[str, bytes]]) -> int:
    """How many characters but white space a reader sees, roughly."""
    return sum(
        len("".join(_visible(text).split()) if "html" in content_type else "".join(text.split()))
        for content_type, text in ((kind, _block_text(kind, body)) for kind, body in blocks)
    )


def _visible(page: str) -> str:
    lower, kept, position = page.lower(), [], 0
    while hidden := _HIDDEN.search(page, position):
        kept.append(page[position : hidden.start()])
        end = lower.find(f"</{hidden[1].lower()}", hidden.end())
        position = end if end >= 0 else len(page)
    return html.unescape(_TAG.sub(" ", "".join([*kept, page[position:]])))


def _block_text(content_type: str, body: bytes) -> str:
    if "html" in content_type:
        return charset.decode_page(body, content_type)
    text = charset.decode_text(body, content_type)
    return text if text is not None else body.decode("utf-8", "replace")


def _joined(blocks: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Content type and bytes of a mail's own words: one block as it came, several as one text or page in UTF-8."""
    blocks = [(content_type, body) for content_type, body in blocks if body.strip()]
    if not blocks:
        return PLAIN_UTF8, b""
    if len(blocks) == 1:
        return blocks[0]
    texts = [(content_type, _block_text(content_type, body)) for content_type, body in blocks]
    if not any("html" in content_type for content_type, _ in texts):
        return PLAIN_UTF8, "\n\n".join(text for _, text in texts).encode()
    parts = [text if "html" in content_type else f"<pre>{html.escape(text)}</pre>" for content_type, text in texts]
    return HTML_UTF8, "\n".join(parts).encode()
