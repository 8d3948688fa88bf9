"""PDF in five scripts and old charsets; what cannot be read says why; the sandbox holds what means harm."""

from __future__ import annotations

import time
import zlib

import pytest

from exportwatch import content, pdf
from exportwatch.content import PDF, Content
from exportwatch.errors import BadRecord
from exportwatch.sandbox import Killed, Sandbox
from tests.exportwatch import pdfs
from tests.exportwatch.pdfs import Charset

SCRIPTS = (
    (pdfs.JAPANESE, "輸出管理の見直し", "経済産業省は、フッ化水素の輸出管理を見直す。"),
    (pdfs.KOREAN, "대일 수출규제", "산업통상자원부는 불화수소 수출통제를 강화한다."),
    (pdfs.SIMPLIFIED, "出口管制", "商务部对镓实施出口管制。"),
    (pdfs.TRADITIONAL, "輸出管制", "經濟部公告輸出管制清單。"),
    (pdfs.JAPANESE, "Export controls", "Exports of hydrogen fluoride need a licence."),
)


@pytest.mark.parametrize(("charset", "title", "sentence"), SCRIPTS, ids=[title for _, title, _ in SCRIPTS])
def test_title_and_text_of_all_pages(charset: Charset, title: str, sentence: str) -> None:
    body = pdfs.pdf([title, sentence], [sentence], charset=charset)
    assert pdf.read(body) == (title, f"{title}\n{sentence}\n\n{sentence}")
    assert pdf.read(pdfs.pdf([sentence], charset=charset, title=title)) == (title, sentence)


@pytest.mark.parametrize(("charset", "text"), pdfs.OLD, ids=[charset.cmap for charset, _ in pdfs.OLD])
def test_old_charsets_without_any_unicode(charset: Charset, text: str) -> None:
    found = pdf.read(pdfs.pdf([text], charset=charset))[1]
    assert found.replace("\n", "") == text  # vertical writing is a line a character


@pytest.mark.parametrize("name", ["Microsoft Word - 別紙1.docx", "bessi.jtd", "붙임.hwp", "無題", "Untitled", " "])
def test_a_name_of_a_file_is_no_title(name: str) -> None:
    assert pdf.read(pdfs.pdf(["別紙1", "本文"], title=name))[0] == "別紙1"


def test_a_long_first_line_is_no_title() -> None:
    assert pdf.read(pdfs.pdf(["輸" * 45] * 5))[0] == ""


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (
            ["見出し", "経済産業省は、本日の閣議の後に、フッ化水", "素の輸出管理を見直す。", "以上"],
            "見出し\n経済産業省は、本日の閣議の後に、フッ化水素の輸出管理を見直す。\n以上",
        ),
        (
            ["산업통상부는 오늘 불화수소 수출통", "제를 강화한다."],
            "산업통상부는 오늘 불화수소 수출통제를 강화한다.",
        ),
        (
            ["산업통상부는 오늘부터 불화수소의 ", "수출통제를 강화한다."],
            "산업통상부는 오늘부터 불화수소의 수출통제를 강화한다.",
        ),
        (["商务部今日决定对镓、锗相关物项实施出口管", "制。"], "商务部今日决定对镓、锗相关物项实施出口管制。"),
        (
            ["Exports of hydrogen fluoride need", "from today on a new kind of dual-", "use licence."],
            "Exports of hydrogen fluoride need from today on a new kind of dual-use licence.",
        ),
        (
            ["対象とする品目は次のとおりとする", "１．フッ化水素の全製品と製造の技術", "（２）レジスト", "・フッ化物"],
            "対象とする品目は次のとおりとする\n１．フッ化水素の全製品と製造の技術\n（２）レジスト\n・フッ化物",
        ),
        (["前の段落は、ここまで続くものである", "", "次の段落"], "前の段落は、ここまで続くものである\n次の段落"),
        (["令和元年七月一日", "経済産業省", "貿易管理部"], "令和元年七月一日\n経済産業省\n貿易管理部"),
        (["the Arrangement on what is dual\ufffe", "use"], "the Arrangement on what is dual-use"),
        ([], ""),
    ],
)
def test_wrapped_lines_flow_and_others_stay(lines: list[str], text: str) -> None:
    assert pdf.flowing(lines) == text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (pdfs.ENCRYPTED, "it is encrypted and needs a password"),
        (pdfs.pdf(["x"], encrypt=b"<</Filter/Strange/V 9>>"), "it is encrypted and needs a password"),
        (pdfs.SCANNED, "images but no text"),
        (b"%PDF-1.7", "it is damaged, or no PDF"),
        (b"<html>Request Access</html>", "it is damaged, or no PDF"),
        (b"", "it is damaged, or no PDF"),
        (pdfs.pdf(["輸出"])[:300], "it is damaged, or no PDF"),
        (pdfs.pdf(*[[]] * 3001), "3,001 pages are more than the 3,000 that are read"),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(BadRecord, match=f"PDF not read: .*{reason}"):
        pdf.read(body)


def bomb() -> bytes:
    """A page whose text is small in the file and 200 MB when read."""
    packed = zlib.compress(b"BT /F1 1 Tf " + b"<8f38> Tj " * 20_000_000 + b"ET", 9)
    whole = pdfs.pdf([])
    plain = b"<</Length 16>>stream\n0 0 100 100 re f\nendstream"
    assert plain in whole
    return whole.replace(plain, b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed))


def test_a_bomb_is_stopped_and_the_next_is_read() -> None:
    good = pdfs.pdf(["輸出管理"])
    with Sandbox() as sandbox:
        begin = time.monotonic()
        stopped = sandbox.run(content.extract, bomb(), PDF, "", "", "")
        assert time.monotonic() - begin < 60
        found = sandbox.run(content.extract, good, PDF, "", "", "")
    assert isinstance(stopped, Killed)
    assert found == Content(title="輸出管理", text="輸出管理")
