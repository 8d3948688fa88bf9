"""PDFs as word processors print them, by reportlab: wrapped paragraphs, columns and tables in five tongues."""

from __future__ import annotations

import io
from typing import Final

from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # type: ignore[import-untyped]
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Table  # type: ignore[import-untyped]

from tests.exportwatch.articles import Tongue

_FONTS: Final = {
    "en": "Times-Roman",
    "ja": "HeiseiMin-W3",
    "ko": "HYSMyeongJo-Medium",
    "zh-CN": "STSong-Light",
    "zh-TW": "MSung-Light",
}
Rows = tuple[tuple[str, ...], ...]


def rows(tongue: Tongue) -> Rows:
    """A table whose middle cells need several lines."""
    furniture = tongue.furniture
    return tuple((furniture.menu[number], furniture.teasers[number][1], f"3A00{number}") for number in range(3))


def printed(tongue: Tongue, *, columns: int = 1, table: Rows = (), wrapped: bool = True) -> bytes:
    """The three releases of a tongue, each followed by the table, whose cells are wrapped or each on a line."""
    style = _style(tongue.furniture.lang)
    width, height = A4[0] - 100, A4[1] - 100
    column = (width - 20 * (columns - 1)) / columns
    frames = [Frame(50 + number * (column + 20), 50, column, height) for number in range(columns)]
    written = io.BytesIO()
    document = BaseDocTemplate(written, pagesize=A4, invariant=True)
    document.addPageTemplates(PageTemplate(frames=frames))
    story: list[object] = []
    for article in tongue.articles:
        story += [Paragraph(text, style) for text in (article.title, *article.paragraphs * columns)]
        if table and wrapped:
            cells = [[Paragraph(cell, style) for cell in row] for row in table]
            story.append(Table(cells, colWidths=[120, 220, 100]))
        elif table:
            story.append(Table([list(row) for row in table], style=[("FONTNAME", (0, 0), (-1, -1), style.fontName)]))
    document.build(story)
    return written.getvalue()


def _style(lang: str) -> ParagraphStyle:
    font = _FONTS[lang]
    if lang != "en":
        pdfmetrics.registerFont(UnicodeCIDFont(font))
    wrap = "CJK" if lang in ("ja", "zh-CN", "zh-TW") else None
    return ParagraphStyle("x", fontName=font, fontSize=10, leading=14, spaceAfter=6, wordWrap=wrap)
