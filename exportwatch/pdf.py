"""PDF -> title and text by PDFium: the only module that knows pypdfium2.

PDFium knows the charsets of East Asian files that name no Unicode (KSCms-UHC, EUC-H, ETen-B5), reads 見 where a font
says it is the radical ⾒, and needs a twentieth of the time of readers in Python (docs/adr/0007). It is C++ under
foreign bytes: wiring runs it in the sandbox.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, Final

from exportwatch import titles
from exportwatch.errors import BadRecord
from exportwatch.pdflayout import GAP, Piece, arranged

PAGES: Final = 3_000
"""Longer files are not read."""
FULL: Final = 0.8
"""A line that has this share of the width of its page's widest was wrapped, so the next one goes on with it."""
WRAPPED: Final = 3
"""So many lines that end in Hangul and without a space say how a file wraps."""
LEAST_COLUMNS: Final = 30
"""A narrower line was not wrapped: it is a heading, or a cell."""

_CJK: Final = (
    "\u2e80-\u303f\u3041-\u30ff\u3131-\u318e\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uffee"
    "\U00020000-\U0003ffff"
)
_LINE: Final = re.compile(r"[^\r\n]+")
_SPACE: Final = re.compile(r"[ \xa0]+")
_ENDS_CJK: Final = re.compile(f"[{_CJK}]$")
_BEGINS_CJK: Final = re.compile(f"[{_CJK}]")
_HANGUL: Final = re.compile("[\uac00-\ud7a3]")
_ENDS_SENTENCE: Final = re.compile(r"[。．！？!?:：;；.][\"'”’」』）)]{0,3}$")
# A new entry of a list: （１） 1. 第2条 제3조 ○ ・ -
_ENTRY: Final = re.compile(
    r"[(（〔【\[]?(?:\d{1,3}|[０-９]{1,3}|[一二三四五六七八九十]{1,3}|[가-하]|[a-z]|[ivx]{1,5})[)）〕】\].．、]"
    r"|[第제]\s?[\d０-９一二三四五六七八九十]|[-–—*•·・○●◎◇◆□■▶▪※☆★ㅇ￭]\s?",
    re.IGNORECASE,
)
_PASSWORD: Final = 4
_SECURITY: Final = 5


def read(body: bytes) -> tuple[str, str]:
    """Title and text, pages between empty lines. The title is the file's own, or its first line; it may be empty.

    Raises BadRecord for what is no PDF, needs a password, or holds no text, as scanned pages do.
    """
    import pypdfium2  # type: ignore[import-untyped]

    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise BadRecord(f"PDF not read: {_reason(error)}") from error
    try:
        if len(document) > PAGES:
            raise BadRecord(f"PDF not read: {len(document):,} pages are more than the {PAGES:,} that are read")
        text = "\n\n".join(filter(None, (_page_text(pieces) for pieces in _pages(document))))
        title = _usual(document.get_metadata_value("Title"))
    except pypdfium2.PdfiumError as error:
        raise BadRecord(f"PDF not read: {error}") from error
    finally:
        document.close()
    if not text:
        raise BadRecord("PDF not read: its pages hold images but no text; somebody has to look at them")
    return titles.of_file(title, text), text


def _reason(error: Any) -> str:
    code = getattr(error, "err_code", None)
    if code in (_PASSWORD, _SECURITY):
        return "it is encrypted and needs a password"
    return f"it is damaged, or no PDF ({error})"


def _pages(document: Any) -> Iterator[list[Piece]]:
    """The lines of each page. One at a time: a page is freed before the next is loaded."""
    for number in range(len(document)):
        page = document[number]
        found = page.get_textpage()
        try:
            yield list(_pieces(found))
        finally:
            found.close()
            page.close()


def _pieces(page: Any) -> Iterator[Piece]:
    """The lines of a page, cut where there are wide gaps, as between the cells of a table."""
    text = page.get_text_range()
    placed = len(text) == page.count_chars()
    for line in _LINE.finditer(text):
        if not placed:
            # Characters beyond the first plane count twice; then no place can be known, only the order.
            yield Piece(line[0], 0.0, -float(line.start() + 1), 0.0, -float(line.start()))
            continue
        begin = line.start()
        for gap in _SPACE.finditer(text, line.start(), line.end()):
            if gap.start() > begin and gap.end() < line.end() and _is_wide(page, gap.start() - 1, gap.end()):
                yield _piece(page, text, begin, gap.start())
                begin = gap.end()
        yield _piece(page, text, begin, line.end())


def _is_wide(page: Any, before: int, after: int) -> bool:
    """Whether there is more between two characters than the spaces that are written there."""
    _, bottom, right, top = page.get_charbox(before, loose=True)
    left = page.get_charbox(after, loose=True)[0]
    least = GAP * max(top - bottom, 1.0)
    if left - right <= least:
        return False
    spaces = (page.get_charbox(number, loose=True) for number in range(before + 1, after))
    return bool(left - right - sum(space[2] - space[0] for space in spaces) > least)


def _piece(page: Any, text: str, begin: int, end: int) -> Piece:
    said = text[begin:end]
    first = page.get_charbox(begin + len(said) - len(said.lstrip()), loose=True)
    last = page.get_charbox(max(begin, begin + len(said.rstrip()) - 1), loose=True)
    return Piece(said, first[0], min(first[1], last[1]), last[2], max(first[3], last[3]))


def _page_text(pieces: Sequence[Piece]) -> str:
    """Plain lines flow; a row of a table is a line of its own, with tabs between the cells."""
    parts = list(arranged(pieces))
    spaces = _drops_spaces([piece.text for part in parts for run in part.runs for piece in run[:-1]])
    lines: list[str] = []
    plain: list[str] = []
    for part in parts:
        if not part.row and not part.alone:
            plain += [piece.text for run in part.runs for piece in run]
            continue
        lines.append(flowing(plain, spaces))
        plain = []
        if part.row:
            lines.append("\t".join(_cell(cell, spaces) for cell in part.runs))
        else:
            lines.append(flowing([piece.text for run in part.runs for piece in run], spaces))
    return "\n".join(filter(None, [*lines, flowing(plain, spaces)]))


def _cell(run: Sequence[Piece], spaces: bool) -> str:
    """The lines of a cell as one."""
    said, spaced = "", False
    for piece in run:
        line = _usual(piece.text)
        said += line if not said or _joins(said, line, spaced) else f" {line}"
        spaced = piece.text[-1:].isspace() or (spaces and bool(_HANGUL.search(line[-1:])))
    return said


def flowing(lines: Sequence[str], spaces: bool = False) -> str:
    """Lines of a page with those put together that were only wrapped; one paragraph a line.

    Otherwise no word or sentence that a line break cuts would be found. `spaces`: after Hangul, one was left out.
    """
    usual = [_usual(line) for line in lines]
    full = max(FULL * max((_width(line) for line in usual), default=0), LEAST_COLUMNS)
    paragraphs: list[str] = []
    open_end = spaced = False
    for raw, line in zip(lines, usual, strict=True):
        if not line:
            open_end = False
            continue
        if open_end and not _ENTRY.match(line):
            paragraphs[-1] += line if _joins(paragraphs[-1], line, spaced) else f" {line}"
        else:
            paragraphs.append(line)
        spaced = raw[-1:].isspace() or (spaces and bool(_HANGUL.search(line[-1:])))
        open_end = _width(line) >= full and not _ENDS_SENTENCE.search(line)
    return "\n".join(paragraphs)


def _drops_spaces(lines: Sequence[str]) -> bool:
    """Whether a file leaves out the space at which a line was wrapped, as Korean is between words.

    `lines` are those that another one follows. Where lines are wrapped within words, some end with a space by chance.
    """
    wrapped = [line for line in lines if _HANGUL.search(line.rstrip()[-1:])]
    return len(wrapped) >= WRAPPED and not any(line[-1:].isspace() for line in wrapped)


def _joins(before: str, after: str, spaced: bool) -> bool:
    """Whether no space belongs between: after a hyphen, and in scripts that wrap anywhere."""
    return before.endswith("-") or (not spaced and bool(_ENDS_CJK.search(before)) and bool(_BEGINS_CJK.match(after)))


def _width(line: str) -> int:
    """In columns: East Asian characters have two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def _usual(line: str) -> str:
    """Without control characters and padding; PDFium gives a hyphen at the end of a line as U+0002 or U+FFFE."""
    return " ".join(line.replace("\x02", "-").replace("\ufffe", "-").replace("\0", "").split())
