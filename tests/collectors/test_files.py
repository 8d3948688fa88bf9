"""Files of every kind as people have them, alone and in folders; what is broken is named, and every other is kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from collectors.files import Found, read
from collectors.originals import DOCX, HWP, HWPX, Skipped, Terms
from collectors.sources import IdRule
from exportwatch.content import PDF
from exportwatch.model import Draft, Rejection
from tests.collectors import kit

LIMIT = 20 * 1024 * 1024
TITLES = ("Export controls on HF", "輸出管理の見直し", "대일 수출규제", "出口管制公告", "出口管制（修正）")


def reasons(found: Sequence[Found]) -> dict[str, str]:
    return {rejection.where: rejection.reason for rejection in found if isinstance(rejection, Rejection)}


def files(path: Path, limit: int = LIMIT, **terms: object) -> list[Found]:
    return list(read(path, Terms(max_document_bytes=limit, **terms)))  # type: ignore[arg-type]


def file(path: Path, limit: int = LIMIT, **terms: object) -> Draft:
    [draft] = files(path, limit, **terms)
    assert isinstance(draft, Draft), draft
    return draft


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_first_line_followed_by_a_blank_line_is_the_title(tmp_path: Path, title: str, end: str) -> None:
    text = f"　{title} 1{end}{end}{title} 2{end}"
    (tmp_path / "a.txt").write_bytes(f"{title}{end} \t{end}{end}{text}".encode())
    draft = file(tmp_path / "a.txt")
    assert (draft.title, draft.body) == (title, text.encode())
    assert draft.content_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("given", "title", "text"),
    [
        ("one line", "", "one line"),
        ("one line\n", "", "one line\n"),
        ("first\r\nsecond\r\n\r\nthird", "", "first\r\nsecond\r\n\r\nthird"),
        ("title\n\n", "title", ""),
        ("\n\ntext", "", "\n\ntext"),
        ("  \n\ntext", "", "  \n\ntext"),
        ("title\n\n  text", "title", "  text"),
        ("a\x00b\n\nc\x00", "a\x00b", "c\x00"),
        ("長" * 30_000 + "\n\ntext", "", "長" * 30_000 + "\n\ntext"),
    ],
)
def test_titles_of_plain_text(tmp_path: Path, given: str, title: str, text: str) -> None:
    (tmp_path / "a.txt").write_bytes(given.encode())
    draft = file(tmp_path / "a.txt")
    assert (draft.title, (draft.body or b"").decode()) == (title, text)


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("輸出管理の運用を見直す。", "cp932"),
        ("輸出管理の運用を見直す。", "euc_jp"),
        ("수출 통제 제도를 개편한다.", "cp949"),
        ("商务部决定实施出口管制。", "gb18030"),
        ("國際貿易署公告輸出管制清單。", "big5"),
        ("“Entity List”", "utf-16"),
        ("輸出管理", "utf-8-sig"),
    ],
)
def test_plain_text_in_other_charsets(tmp_path: Path, text: str, codec: str) -> None:
    (tmp_path / "a.TXT").write_bytes(f"{text}\n\n{text * 5}".encode(codec))
    draft = file(tmp_path / "a.TXT")
    assert (draft.title, draft.body) == (text, (text * 5).encode())


def test_the_id_of_a_file_is_made_of_its_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "보도 자료.txt"
    path.write_text("text")
    expected = f"import:{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}"
    assert file(path).id == expected
    monkeypatch.chdir(tmp_path)
    assert file(Path("보도 자료.txt")).id == expected
    assert file(Path("../") / tmp_path.name / "보도 자료.txt").id == expected
    assert file(path).url == path.as_uri()


def test_a_page_is_taken_as_it_is(tmp_path: Path) -> None:
    page = '<meta charset="euc-kr"><title>수출</title>'.encode("euc-kr")
    (tmp_path / "a.html").write_bytes(page)
    draft = file(tmp_path / "a.html")
    assert (draft.title, draft.content_type, draft.body, draft.source) == ("", "text/html", page, "import")


def test_a_large_file_is_kept_without_its_body(tmp_path: Path) -> None:
    for name in ("큰 파일.txt", "a.html"):
        (tmp_path / name).write_bytes(b"x" * 1001)
        draft = file(tmp_path / name, limit=1000)
        assert (draft.title, draft.body, draft.size, draft.state) == (name, None, 1001, "too large")
        (tmp_path / name).write_bytes(b"x" * 1000)
        assert file(tmp_path / name, limit=1000).state == "ok"


def test_a_folder_is_read_in_order_and_what_nobody_reads_is_named(tmp_path: Path) -> None:
    for name in ("b.txt", "a.html", "c/d.ndjson", "c/b.htm", ".hidden.txt", ".git/x.txt", "c/.x", "e.jpg", "noname"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text('{"id": "1", "title": "t"}')
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "broken.html").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.txt")
    found = files(tmp_path)
    assert [Path(draft.extra["where"]).name for draft in found if isinstance(draft, Draft)] == [
        "a.html",
        "b.txt",
        "b.htm",
        "d.ndjson:1",
    ]
    assert [(skipped.what, skipped.kind) for skipped in found if isinstance(skipped, Skipped)] == [
        ("files of other kinds", ".jpg"),
        ("files of other kinds", "(no suffix)"),
    ]
    assert {Path(where).name: reason.partition(" (")[0] for where, reason in reasons(found).items()} == {
        "broken.html": "cannot be read: No such file or directory",
        "empty.txt": "the file is empty",
        "pipe.txt": "not a file",
    }


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    assert reasons(files(tmp_path / "none.txt")) == {
        str(tmp_path / "none.txt"): "cannot be read: No such file or directory"
    }
    (tmp_path / "bytes.txt").write_bytes(bytes(range(128, 256)) * 3)
    assert "convert it to UTF-8" in reasons(files(tmp_path / "bytes.txt"))[str(tmp_path / "bytes.txt")]


def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff.txt")
    (tmp_path / name).write_text("x" * 100)
    draft = file(tmp_path / name, limit=10)
    assert draft.title == "�.txt"
    assert draft.url.endswith("/%FF.txt")
    draft.extra["where"].encode()


def test_a_long_first_line_costs_no_time(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x " * 5_000_000)
    assert file(tmp_path / "a.txt").title == ""


def test_what_nobody_reads_is_rejected_where_it_was_named(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8")
    [reason] = reasons(files(tmp_path / "a.jpg")).values()
    assert reason.startswith("not a kind of file that exportwatch reads (.jsonl ")


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("告示.pdf", PDF), ("Notice.DOCX", DOCX), ("보도자료.hwpx", HWPX), ("보도자료.hwp", HWP), ("公告.PDF", PDF)],
)
def test_office_files_are_taken_as_they_are(tmp_path: Path, name: str, content_type: str) -> None:
    body = b"%PDF-1.7 \x00\xff\xd0\xcf"
    (tmp_path / name).write_bytes(body)
    draft = file(tmp_path / name, supplied_by="김민지")
    assert (draft.content_type, draft.body, draft.title, draft.state) == (content_type, body, "", "ok")
    assert draft.id == f"import:{hashlib.sha256(os.fsencode(tmp_path / name)).hexdigest()[:16]}"
    assert draft.supplied == f"김민지, {name}"
    large = file(tmp_path / name, limit=5)
    assert (large.title, large.body, large.size, large.state) == (name, None, len(body), "too large")


def test_who_supplied_a_file_is_kept_on_one_line_and_the_folder_is_nobodys_business(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    assert file(tmp_path / "a.txt").supplied == "a.txt"
    (tmp_path / "b\nc.jsonl").write_text('{"id": "1", "title": "t"}')
    assert file(tmp_path / "b\nc.jsonl", supplied_by="张伟").supplied == "张伟, b c.jsonl"


@pytest.mark.parametrize("title", TITLES)
def test_a_saved_page_has_the_address_it_was_saved_from(tmp_path: Path, title: str) -> None:
    url = "https://www.meti.example/press/20191216001/20191216001.html"
    page = f"<!DOCTYPE html>\n<!-- saved from url=({len(url):04d}){url} -->\n<html><title>{title}</title><p>{title}"
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    draft = file(tmp_path / "a.html")
    assert (draft.url, draft.body) == (url, page.encode())
    assert draft.id == f"import:{hashlib.sha256(url.encode()).hexdigest()[:16]}"


METI = kit.source(
    id="jp-meti-list",
    publisher="jp-meti",
    kind="press release",
    language="ja",
    url="https://www.meti.example/press/index.html",
    id_rule=IdRule(pattern=r"/press/\d{4}/\d{2}/(\d{11})/"),
)


def test_read_as_a_source_a_saved_page_is_the_document_that_its_collector_brings(tmp_path: Path) -> None:
    url = "https://www.meti.example/press/2019/12/20191216001/20191216001.html"
    (tmp_path / "a.html").write_text(f'<link rel="canonical" href="{url}"><title>輸出管理</title>')
    draft = file(tmp_path / "a.html", source=METI)
    assert (draft.id, draft.publisher, draft.source) == ("jp-meti:20191216001", "jp-meti", "jp-meti-list")
    assert (draft.kind, draft.lang, draft.url) == ("press release", "ja", url)


def test_read_as_a_source_what_is_of_another_site_or_says_no_address_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "other.html").write_text('<link rel="canonical" href="https://news.example/1"><title>報道</title>')
    (tmp_path / "none.html").write_text("<title>輸出管理</title>")
    (tmp_path / "none.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "none.txt").write_text("輸出管理")
    found = {Path(where).name: reason for where, reason in reasons(files(tmp_path, source=METI)).items()}
    assert "https://news.example/1' is none of the source jp-meti-list" in found.pop("other.html")
    assert set(found) == {"none.html", "none.pdf", "none.txt"}
    assert all("does not say its address" in reason for reason in found.values())


def test_what_a_browser_saves_beside_a_page_is_passed_over(tmp_path: Path) -> None:
    for name in ("公告.html", "公告_files/frame.html", "other_files/b.html", "公告.files/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("<title>公告</title>")
    found = [Path(draft.extra["where"]).name for draft in files(tmp_path) if isinstance(draft, Draft)]
    assert sorted(found) == ["b.html", "公告.html"]
