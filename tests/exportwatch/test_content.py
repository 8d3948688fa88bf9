"""From bytes to title, text, language and date; and hostile pages through the real sandbox."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from exportwatch import content
from exportwatch.content import PLAIN_UTF8, Content, extract, is_plain, kind_of
from exportwatch.errors import BadRecord
from exportwatch.sandbox import Killed, Sandbox
from tests.exportwatch import offices, pdfs
from tests.exportwatch.articles import TONGUES, Tongue
from tests.exportwatch.makes import menu, paragraphs
from tests.exportwatch.pages import HEAVY, HOSTILE, SAMPLES, Sample

TEXTS = (
    "Export controls\r\n\r\n on HF\t",
    "輸出管理　の見直し\n",
    "대일 수출규제\x00",
    "出口管制：镓\u2028",
    "出口管制：鎵",
    "\ufeff𠮷e\u0301",
    "",
)


@pytest.mark.parametrize("text", TEXTS)
def test_plain_text_is_returned_exactly(text: str) -> None:
    assert extract(text.encode(), PLAIN_UTF8, "", "the title") == Content(title="the title", text=text)


@pytest.mark.parametrize(
    ("text", "codec", "content_type"),
    [
        ("輸出管理の運用を見直す。", "shift_jis", "text/plain; charset=Shift_JIS"),
        ("수출규제 조치에 대하여 설명한다.", "euc-kr", "text/plain"),
        ("商务部决定对镓实施出口管制。", "gb18030", "TEXT/PLAIN"),
        ("經濟部公告輸出管制清單。", "big5", ""),
        ("Naïve – “quoted”", "utf-16", "text/plain; charset=utf-16"),
    ],
)
def test_plain_text_in_other_charsets(text: str, codec: str, content_type: str) -> None:
    assert extract(text.encode(codec), content_type).text.removeprefix("\ufeff") == text


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.lang)
def test_a_page_in_its_own_charset(sample: Sample) -> None:
    found = extract(sample.body, "text/html", "https://www.example/", "", "", "2026-01-01")
    assert found.title == sample.title
    assert found.lang == sample.lang
    assert found.published == sample.day
    assert all(paragraph in found.text for paragraph in sample.paragraphs)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.lang)
def test_what_is_known_already_is_kept(sample: Sample) -> None:
    found = extract(sample.body, "text/html", "", " 제목\n輸出 ", "2001-02-03T04:05:06+09:00", "2026-01-01")
    assert found.title == " 제목\n輸出 "
    assert found.published == "2001-02-03T04:05:06+09:00"


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        (b"<p>x", "text/html", "html"),
        (b"<p>x", "application/xhtml+xml; charset=utf-8", "html"),
        (b"<p>x", "text/plain", "text"),
        (b"a,b", "text/csv", "text"),
        (b"plain words", "", "text"),
        (b"  <!DOCTYPE html><p>x", "", "html"),
        ("<html><p>x".encode("utf-16"), "", "html"),
        (b"<?xml version='1.0'?><html><body>x", "application/xml", "html"),
        (b"<?xml version='1.0'?><rss/>", "application/xml", ""),
        (b"<rss/>", "application/rss+xml", ""),
        (b"%PDF-1.7", "application/pdf", "pdf"),
        (b"<html>", "application/pdf", "pdf"),
        (b"%PDF-1.7", "application/octet-stream", "pdf"),
        (b"\n%PDF-1.7", "", "pdf"),
        (b"%PDF-1.7 <html>", "text/html", "pdf"),
        (b"%PDF-1.7", "text/plain", "text"),
        (b"<html>" + b" " * 1024 + b"%PDF-1.7", "text/html", "html"),
        (b"\x00\x01\x02", "", ""),
        (b"{}", "application/json", ""),
    ],
)
def test_kinds(body: bytes, content_type: str, kind: str) -> None:
    assert kind_of(body, content_type) == kind


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FILES = (
    (offices.docx(["輸出管理の見直し", "本文"]), WORD, "word"),
    (offices.hwpx(["輸出管理の見直し", "本文"]), "application/hwp+zip", "hwpx"),
    (offices.hwp(["輸出管理の見直し", "本文"]), "application/x-hwp", "hwp"),
    (pdfs.pdf(["輸出管理の見直し", "本文"]), "application/pdf", "pdf"),
)


@pytest.mark.parametrize(("body", "content_type", "kind"), FILES, ids=[kind for _, _, kind in FILES])
def test_files_are_known_by_what_they_are_whatever_the_server_says(body: bytes, content_type: str, kind: str) -> None:
    for said in (content_type, "", "application/octet-stream", "application/zip", "text/html", "application/msword"):
        assert kind_of(body, said) == kind
        assert extract(body, said) == Content(title="輸出管理の見直し", text="輸出管理の見直し\n本文")
    assert kind_of(body, "text/plain") == "text"
    assert kind_of(b"damaged", content_type) == kind


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://x.example/a/b.HWP?x=1", "hwp"),
        ("https://x.example/별지.hwpx", "hwpx"),
        ("https://x.example/down?file=別紙.docx", "word"),
        ("https://x.example/a.doc#p2", "doc"),
        ("https://x.example/a.csv", "text"),
        ("https://x.example/a.html", "html"),
        ("https://x.example/a.xlsx", ""),
        ("https://x.example/download.do", ""),
    ],
)
def test_the_name_decides_where_nothing_else_says_anything(url: str, kind: str) -> None:
    assert kind_of(b"\x01\x02", "application/octet-stream", url) == kind
    assert kind_of(b"<html><p>x", "application/octet-stream", url) == "html"


def test_a_page_that_is_sent_as_a_word_document_is_a_page() -> None:
    assert kind_of(b"<html><body>x", "application/msword") == "html"


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.furniture.lang)
def test_a_selector_and_a_charset_that_a_person_knows(tongue: Tongue) -> None:
    article, furniture = tongue.articles[0], tongue.furniture
    html = f"<title>{article.title}</title>{menu(furniture)}<div id=b>{paragraphs(article)}</div><p>{furniture.footer}"
    body = html.encode(furniture.charset)
    found = extract(body, "text/html; charset=utf-8", "", "", "", "", "#b", furniture.charset)
    assert (found.title, found.text) == (article.title, article.text)
    assert furniture.footer not in extract(body, "text/html", "", "", "", "", "#b", furniture.charset).text
    without = extract(body, "text/html", "", "", "", "", "#nowhere", furniture.charset)
    assert without == extract(body, "text/html", "", "", "", "", "", furniture.charset)
    with pytest.raises(BadRecord, match="no CSS selector"):
        extract(body, "text/html", "", "", "", "", "div[", furniture.charset)


def test_kinds_that_nobody_reads_are_named() -> None:
    with pytest.raises(BadRecord, match=r"no reader for application/vnd\.ms-excel"):
        extract(offices.ole({"Workbook": b"x"}), "application/vnd.ms-excel; name=x")
    with pytest.raises(BadRecord, match=r"before 2007 \(\.doc\); save it as \.docx or PDF"):
        extract(offices.ole({"WordDocument": b"x"}), "application/msword")
    with pytest.raises(BadRecord, match="HWP 3 and older; save it as HWPX or PDF"):
        extract(b"HWP Document File V3.00", "application/haansofthwp; name=x")
    with pytest.raises(BadRecord, match="no reader for bytes of an unknown kind"):
        extract(b"\x00\x01\x02", "")
    with pytest.raises(BadRecord, match="convert it to UTF-8"):
        extract(bytes(range(128, 256)) * 3, "text/plain")


def test_a_pdf_gives_title_and_text_unless_they_are_known() -> None:
    body = pdfs.pdf(["輸出管理の見直し", "本文"])
    assert extract(body, "application/pdf") == Content(title="輸出管理の見直し", text="輸出管理の見直し\n本文")
    known = extract(body, "application/octet-stream", "", "別紙1", "2019-07-01")
    assert (known.title, known.published) == ("別紙1", "2019-07-01")


def test_only_plain_text_needs_no_sandbox() -> None:
    assert is_plain(PLAIN_UTF8)
    assert not is_plain("text/html")
    assert not is_plain("")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened


GOOD = SAMPLES[2]


def read(sandbox: Sandbox, body: bytes) -> Content | Killed:
    return sandbox.run(content.extract, body, "text/html", "", "", "", "2026-01-01")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_refused_and_the_next_is_read(sandbox: Sandbox, name: str) -> None:
    read(sandbox, GOOD.body)
    begin = time.monotonic()
    with pytest.raises(BadRecord, match="page not read: "):
        read(sandbox, HOSTILE[name].encode())
    assert time.monotonic() - begin < 2
    found = read(sandbox, GOOD.body)
    assert isinstance(found, Content)
    assert found.title == GOOD.title


@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_page_ends_in_time_and_the_next_is_read(sandbox: Sandbox, name: str) -> None:
    begin = time.monotonic()
    found = read(sandbox, HEAVY[name].encode())
    assert time.monotonic() - begin < 40
    assert isinstance(found, Content)
    found.text.encode()
    assert read(sandbox, GOOD.body) == extract(GOOD.body, "text/html", "", "", "", "2026-01-01")


def test_twenty_megabytes_of_page_are_read() -> None:
    body = "<p>輸出管理の運用を見直す。 Hydrogen fluoride needs a licence from Monday.</p>\n".encode() * 220_000
    assert len(body) > 18 * 1024 * 1024
    with Sandbox() as opened:
        found = read(opened, body)
    assert isinstance(found, Content)
    assert found.text.count("輸出管理") == 220_000
