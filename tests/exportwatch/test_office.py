"""Word and HWPX in five scripts, tables, what is left out, and files made to do harm."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import pytest

from exportwatch import office
from exportwatch.errors import BadRecord
from exportwatch.sandbox import MIB
from tests.exportwatch import offices

TEXTS = (
    ("Export controls", "Exports of hydrogen fluoride need a licence & a contract."),
    ("輸出管理の見直し", "経済貿易省は、フッ化水素の輸出管理を見直す。"),
    ("전략물자 수출입고시", "산업무역부는 불화수소 수출통제를 강화한다."),
    ("出口管制公告", "对外贸易部对镓实施出口管制。"),
    ("輸出管制公告", "國際貿易局公告𠮷輸出管制清單。"),
)
TABLE = (("品目", "번호", "No."), ("フッ化水素", "불화수소", "1C350"), ("", "", "3C002"))
ROWS = "品目\t번호\tNo.\nフッ化水素\t불화수소\t1C350\n\t\t3C002"

READERS = (("word", office.read_word, offices.docx), ("hwpx", office.read_hwpx, offices.hwpx))
Reader = Callable[[bytes], tuple[str, str]]
Writer = Callable[..., bytes]


@pytest.mark.parametrize(("title", "sentence"), TEXTS, ids=[title for title, _ in TEXTS])
@pytest.mark.parametrize(("read", "write"), [row[1:] for row in READERS], ids=[row[0] for row in READERS])
def test_title_paragraphs_and_tables_in_order(read: Reader, write: Writer, title: str, sentence: str) -> None:
    text = f"{title}\n{sentence}\n{ROWS}\n{sentence}"
    assert read(write([title, sentence, TABLE, sentence])) == (title, text)
    assert read(write([title, sentence, TABLE, sentence], title="表題")) == ("表題", text)
    assert read(write([title, sentence, TABLE, sentence], title="붙임1.hwp")) == (title, text)


def test_sections_follow_their_numbers() -> None:
    body = offices.hwpx(*([f"{number}번째 절"] for number in range(12)))
    assert office.read_hwpx(body)[1].split("\n") == [f"{number}번째 절" for number in range(12)]


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word(body: str) -> str:
    document = f'<w:document xmlns:w="{WORD}" xmlns:mc="mc"><w:body>{body}</w:body></w:document>'
    return office.read_word(offices.zipped({"word/document.xml": document}))[1]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<w:p><w:r><w:t>一</w:t><w:br/><w:t>二</w:t><w:tab/><w:t>三</w:t></w:r></w:p>", "一\n二 三"),
        ("<w:p><w:del><w:r><w:delText>x</w:delText></w:r></w:del><w:ins><w:r><w:t>新</w:t></w:r></w:ins></w:p>", "新"),
        (
            "<w:p><w:r><w:instrText>PAGE</w:instrText><w:t>dual</w:t><w:noBreakHyphen/><w:t>use</w:t></w:r></w:p>",
            "dual-use",
        ),
        (
            "<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>枠</w:t></w:r></w:p></w:txbxContent>"
            "</mc:Choice><mc:Fallback><w:p><w:r><w:t>枠</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>"
            "<w:t>本文</w:t></w:r></w:p>",
            "枠\n本文",
        ),
        (
            "<w:p><w:r><w:ruby><w:rt><w:r><w:t>ゆしゅつ</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>輸出</w:t></w:r>"
            "</w:rubyBase></w:ruby></w:r></w:p>",
            "輸出",
        ),
        (
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc><w:tc>"
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>c</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>d</w:t></w:r></w:p></w:tc>"
            "</w:tr></w:tbl><w:p/></w:tc></w:tr></w:tbl>",
            "a b\tc d",
        ),
    ],
)
def test_what_is_read_in_word_and_what_is_not(body: str, text: str) -> None:
    assert word(body) == text


def test_footnotes_follow_the_text() -> None:
    notes = f'<w:footnotes xmlns:w="{WORD}"><w:footnote>{offices.word_paragraph("脚注")}</w:footnote></w:footnotes>'
    assert office.read_word(offices.docx(["本文"], more={"word/footnotes.xml": notes}))[1] == "本文\n脚注"


def test_breaks_inside_a_text_of_hwpx() -> None:
    section = (
        '<hs:sec xmlns:hp="p" xmlns:hs="s"><hp:p><hp:run><hp:ctrl><hp:header>'
        "<hp:p><hp:run><hp:t>머리말</hp:t></hp:run></hp:p>"
        "</hp:header></hp:ctrl><hp:t>수출<hp:lineBreak/>통제<hp:tab width='4'/>강화<hp:nbSpace/>조치</hp:t>"
        "</hp:run></hp:p></hs:sec>"
    )
    body = offices.zipped({"Contents/section0.xml": section})
    assert office.read_hwpx(body)[1] == "수출\n통제 강화 조치"


LETTERS = "abcdefghijkl"
ENTITIES = (f'<!ENTITY {this} "{f"&{last};" * 10}">' for last, this in itertools.pairwise(LETTERS))
LAUGHS = '<!DOCTYPE w:document [<!ENTITY a "ha">' + "".join(ENTITIES)
XXE = '<!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/hostname">'


@pytest.mark.parametrize(
    ("declared", "entity"),
    [(LAUGHS, "&l;"), (XXE, "&x;"), ("<!DOCTYPE w:document SYSTEM 'http://127.0.0.1:9/x.dtd' [", "")],
)
def test_entities_are_refused_unread(declared: str, entity: str) -> None:
    document = f'{declared}]><w:document xmlns:w="{WORD}"><w:p><w:r><w:t>輸出{entity}</w:t></w:r></w:p></w:document>'
    begin = time.process_time()
    with pytest.raises(BadRecord, match="declares a document type"):
        office.read_word(offices.zipped({"word/document.xml": document}))
    assert time.process_time() - begin < 1


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    zeros = offices.zipped({"word/document.xml": b"<w:p>" + b" " * (200 * MIB)})
    assert len(zeros) < MIB
    with pytest.raises(BadRecord, match="would be larger than 48 MiB"):
        office.read_word(zeros)
    section = b"<a>" + (b" " * (5 * MIB) + b"<b/>") * 8 + b"</a>"
    sections = {f"Contents/section{number}.xml": section for number in range(3)}
    with pytest.raises(BadRecord, match=r"would be larger than 1[56] MiB"):
        office.read_hwpx(offices.zipped(sections))
    with pytest.raises(BadRecord, match="more than 10,000 members"):
        office.read_hwpx(offices.zipped({f"x{number}": "" for number in range(10_001)}))


def test_a_name_that_leads_out_of_the_file_is_only_a_name() -> None:
    body = offices.zipped(
        {
            "../../etc/passwd": "x",
            "/Contents/section0.xml": "<a/>",
            "Contents/section0.xml": "<s><p><t>수출</t></p></s>",
        }
    )
    assert office.read_hwpx(body)[1] == "수출"


@pytest.mark.parametrize(
    ("read", "body", "reason"),
    [
        (office.read_word, b"PK\x03\x04 cut", "damaged, or no Word document"),
        (office.read_word, b"<html>Request Access</html>", "damaged, or no Word document"),
        (office.read_word, offices.docx(["輸出"])[:-30], "damaged, or no Word document"),
        (office.read_word, offices.zipped({"xl/workbook.xml": "<x/>"}), "holds no word/document.xml"),
        (office.read_word, offices.docx([]), "holds no text"),
        (office.read_word, offices.zipped({"word/document.xml": "<w:p"}), "its XML is damaged"),
        (office.read_word, offices.zipped({"word/document.xml": "<a>" * 5000}), "its XML is damaged"),
        (office.read_hwpx, offices.zipped({"Contents/header.xml": "<x/>"}), "holds no Contents/section0.xml"),
        (
            office.read_hwpx,
            offices.hwpx(["수출"], more={"META-INF/manifest.xml": "<m><encryption-data/></m>"}),
            "encrypted and needs a password",
        ),
    ],
)
def test_what_cannot_be_read_says_why(read: Reader, body: bytes, reason: str) -> None:
    with pytest.raises(BadRecord, match=f"not read: .*{reason}"):
        read(body)
