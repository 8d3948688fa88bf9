"""A Japanese law as the e-Gov API gives it, in XML, as plain text: read without any entity, document type or network.

The text keeps the law's order, a line a paragraph, item or row; its articles begin with their number. Readings (ruby)
and the table of contents are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from exportwatch.errors import BadRecord

DEPTH: Final = 200
_LEFT_OUT: Final = frozenset({"TOC", "Rt", "ImageData"})
_INLINE: Final = re.compile(
    r"Ruby|Rt|Sup|Sub|Line|QuoteStruct|ArithFormula|Sentence|Column|TableColumn"
    r"|(?:Paragraph|Item|Subitem\d+|Article|List|Sublist\d*|Remarks|Class)Sentence"
)
_NUMBER: Final = re.compile(r"ArticleTitle|ParagraphNum|ItemTitle|Subitem\d+Title")
"""What follows one of these stands beside it."""
_BESIDE: Final = "　"


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A law as its XML gives it: the number it is kept under, its name, and its articles as plain text."""

    id: str
    title: str
    text: str


def read(text: str) -> Law:
    """The law in an answer of the API.

    Raises BadRecord for what is no law, for the API's own complaint, and for XML that declares a document type.
    """
    if text.count("<") > 2_000_000:
        raise BadRecord("more than two million tags")
    reader = _Reader()
    parser = expat.ParserCreate(encoding="utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    try:
        parser.Parse(re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text).encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise BadRecord(f"no law in XML: {error}") from error
    if reader.facts.get("Code", "0") != "0":
        raise BadRecord(f"the API says: {reader.facts.get('Message', '') or reader.facts['Code']}"[:500])
    title, law = " ".join(reader.facts.get("LawTitle", "").split()), reader.text()
    if not (title and law):
        raise BadRecord("no law in XML: LawTitle or the text is missing")
    return Law(id=reader.facts.get("LawId", "").strip(), title=title, text=law)


def _refuse(*_: object) -> None:
    raise BadRecord("XML with a document type or entities of its own is not read")


class _Reader:
    """Follows the parser: `facts` are the texts of single elements, the lines those of `LawBody`."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self._path: list[str] = []
        self._lines: list[str] = []
        self._line: list[str] = []
        self._left_out = 0
        self._in_law = 0
        self._beside = False

    def start(self, name: str, _: dict[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > DEPTH:
            raise BadRecord(f"XML nested more than {DEPTH} deep")
        self._left_out += name in _LEFT_OUT
        self._in_law += name == "LawBody"
        if name in ("TableColumn", "Column") and self._line and not self._beside:
            self._line.append("\t" if name == "TableColumn" else _BESIDE)
        elif not _INLINE.fullmatch(name) and not self._beside:
            self._break()

    def end(self, name: str) -> None:
        self._path.pop()
        self._left_out -= name in _LEFT_OUT
        self._in_law -= name == "LawBody"
        if _NUMBER.fullmatch(name):
            self._beside = bool("".join(self._line).strip())
        elif name == "Sentence" and self._line:
            self._beside = False
        elif not _INLINE.fullmatch(name) and not self._beside:
            self._break()

    def data(self, text: str) -> None:
        name = self._path[-1]
        if name in ("Code", "Message", "LawId", "LawTitle"):
            self.facts[name] = self.facts.get(name, "") + text
        if not self._in_law or self._left_out or not text.strip():
            return
        if self._beside and not _NUMBER.fullmatch(name):
            self._line.append(_BESIDE)
            self._beside = False
        self._line.append(" ".join(text.split()))

    def text(self) -> str:
        self._break()
        return "\n".join(self._lines)

    def _break(self) -> None:
        line = "".join(self._line).strip()
        if line:
            self._lines.append(line)
        self._line = []
