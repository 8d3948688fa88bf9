"""Documents of word processors -> title and text: Word (.docx) and Hancom's .hwpx, both zip files of XML.

One paragraph a line, one row of a table a line with its cells between tabs. What was deleted, hidden alternatives,
field codes and readings of ruby are left out; footnotes follow the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from exportwatch import titles
from exportwatch.archives import Archive
from exportwatch.errors import BadRecord

SECTIONS: Final = 1000
_SPACES: Final = re.compile(r"[ \t\r\n\xa0]+")
# deleted or moved text, the older alternative of a drawing, the reading of ruby, headers inside a section
_SKIPPED: Final = frozenset(["del", "moveFrom", "Fallback", "rt", "header", "footer", "docPr", "footnotePr", "secPr"])
_BREAKS: Final = {"tab": " ", "br": "\n", "cr": "\n", "lineBreak": "\n", "nbSpace": " ", "fwSpace": " ", "ptab": " "}
_HYPHENS: Final = {"noBreakHyphen": "-", "hyphen": "-"}
_SECTION: Final = re.compile(r"Contents/section(\d{1,4})\.xml")


def read_word(body: bytes) -> tuple[str, str]:
    """Title and text of a .docx. The title is the file's own, or its first line; it may be empty. Raises BadRecord."""
    archive = Archive(body, "Word document")
    if "word/document.xml" not in archive.names:
        raise BadRecord("Word document not read: the file holds no word/document.xml")
    given = _property(archive, "docProps/core.xml", "title")
    parts = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")
    text = "\n".join(line for part in parts for line in _lines(archive.events(part)))
    return _given(given, text, "Word document")


def read_hwpx(body: bytes) -> tuple[str, str]:
    """Title and text of an .hwpx, its sections in order. Raises BadRecord."""
    archive = Archive(body, "HWPX document")
    if b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise BadRecord("HWPX document not read: it is encrypted and needs a password")
    numbered = sorted((int(found[1]), name) for name in archive.names if (found := _SECTION.fullmatch(name)))
    if not numbered:
        raise BadRecord("HWPX document not read: the file holds no Contents/section0.xml")
    given = _property(archive, "Contents/content.hpf", "title")
    text = "\n".join(line for _, name in numbered[:SECTIONS] for line in _lines(archive.events(name)))
    return _given(given, text, "HWPX document")


def _given(title: str, text: str, what: str) -> tuple[str, str]:
    if not text:
        raise BadRecord(f"{what} not read: it holds no text; somebody has to look at it")
    return titles.of_file(title, text), text


def _property(archive: Archive, part: str, name: str) -> str:
    """A text that the document says of itself; empty where it does not."""
    for event, tag, element in archive.events(part):
        if event == "end" and tag == name:
            return _SPACES.sub(" ", "".join(element.itertext())).strip()
    return ""


def _lines(events: Iterable[tuple[str, str, Any]]) -> Iterator[str]:
    """The paragraphs and rows of one part. Elements are emptied when read, so memory holds one paragraph at a time."""
    reading = _Reading()
    skipped = 0
    for event, tag, element in events:
        if tag in _SKIPPED:
            skipped += 1 if event == "start" else -1
        elif not skipped:
            if event == "start":
                reading.enter(tag, element)
            else:
                yield from reading.leave(tag, element)
        if event == "end" and tag in ("p", "tr", "del", "Fallback", "header", "footer"):
            element.clear()


class _Reading:
    """Where one is in a part: paragraphs inside cells inside rows, which may be inside cells again."""

    def __init__(self) -> None:
        self._paragraphs: list[list[str]] = []
        self._cells: list[list[str]] = []
        """Of each open cell, its lines so far."""
        self._rows: list[list[str]] = []
        """Of each open row, its finished cells."""

    def enter(self, tag: str, element: Any) -> None:
        if tag == "p":
            self._paragraphs.append([])
        elif tag == "tr":
            self._rows.append([])
        elif tag == "tc":
            self._cells.append([])
        elif self._paragraphs and (tag in _BREAKS or tag in _HYPHENS) and not _is_setting(element):
            self._paragraphs[-1].append(_BREAKS.get(tag) or _HYPHENS[tag])

    def leave(self, tag: str, element: Any) -> Iterator[str]:
        if self._paragraphs:
            if tag == "t":
                # What stands before a break inside the element was not there yet when the break was met.
                self._paragraphs[-1].append(_said(element))
            elif tag == "p":
                yield from self._finish("".join(self._paragraphs.pop()))
        if tag == "tc" and self._cells:
            cell = " ".join(self._cells.pop())
            if self._rows:
                self._rows[-1].append(cell)
        elif tag == "tr" and self._rows:
            row = self._rows.pop()
            if any(row):
                yield from self._place("\t".join(row).rstrip("\t"))

    def _finish(self, paragraph: str) -> Iterator[str]:
        for line in paragraph.split("\n"):
            if said := _SPACES.sub(" ", line).strip():
                yield from self._place(said)

    def _place(self, line: str) -> Iterator[str]:
        if self._cells:
            self._cells[-1].append(line.replace("\t", " "))
        else:
            yield line


def _is_setting(element: Any) -> bool:
    """A `tab` that is a stop in the settings of a paragraph, or a break inside `t`, which `_said` reads."""
    parent = element.getparent()
    return parent is not None and parent.tag.rpartition("}")[2] in ("tabs", "t")


def _said(element: Any) -> str:
    """The text of a `t`, with the breaks and tabs that Hancom writes inside it; what it marks as deleted is none."""
    said = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            said.append(_BREAKS.get(child.tag.rpartition("}")[2], ""))
        said.append(child.tail or "")
    return "".join(said)
