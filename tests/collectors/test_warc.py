"""Web archives as tools write them: what was answered with 200 comes in, the rest is counted, the broken is named."""

from __future__ import annotations

import gzip
import hashlib
import tracemalloc
import zlib
from collections import Counter
from pathlib import Path

import pytest

from collectors import warc
from collectors.files import Found, read
from collectors.originals import DOCX, Skipped, Terms
from collectors.sources import IdRule
from exportwatch.model import Draft, Rejection
from tests.collectors import kit
from tests.collectors.mails import SCRIPTS

LIMIT = 1024 * 1024
SITE = "https://www.ministry.example"
DATE = "2024-01-02T03:04:05Z"


def record(kind: str, url: str, block: bytes, content_type: str = "application/http; msgtype=response") -> bytes:
    """A WARC record of our own making, after ISO 28500."""
    uri = f"WARC-Target-URI: {url}\r\n" if url else ""
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\n{uri}WARC-Date: {DATE}\r\n"
    head += f"WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: {content_type}\r\nContent-Length: {len(block)}\r\n\r\n"
    return head.encode() + block + b"\r\n\r\n"


def response(url: str, body: bytes = b"<p>text", status: str = "200 OK", **headers: str) -> bytes:
    given = {"Content-Type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    head = f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in given.items() if value)
    return record("response", url, head.encode() + b"\r\n" + body)


def chunked(body: bytes, size: int = 7) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x;a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nX-Trailer: 1\r\n\r\n"


def packed(*records: bytes) -> bytes:
    """One gzip member a record, as the standard has it."""
    return b"".join(gzip.compress(each) for each in records)


def found(path: Path, content: bytes, limit: int = LIMIT, **terms: object) -> list[Found]:
    path.write_bytes(content)
    return list(read(path, Terms(max_document_bytes=limit, **terms)))  # type: ignore[arg-type]


def one(path: Path, content: bytes, limit: int = LIMIT, **terms: object) -> Draft:
    [draft] = found(path, content, limit, **terms)
    assert isinstance(draft, Draft), draft
    return draft


def skipped(entries: list[Found]) -> Counter[str]:
    return Counter(entry.kind for entry in entries if isinstance(entry, Skipped))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.warc"


@pytest.mark.parametrize("lang", SCRIPTS)
@pytest.mark.parametrize("name", ["a.warc", "一覧.warc.gz", "whole.WARC.GZ"])
def test_an_answer_is_a_document_under_its_own_address(tmp_path: Path, lang: str, name: str) -> None:
    subject, text, charset = SCRIPTS[lang]
    body = f"<title>{subject}</title><p>{text}".encode(charset)
    url = f"{SITE}/press/{lang}"
    records = (record("warcinfo", "", b"software: x", "application/warc-fields"), response(url, body))
    whole = b"".join(records)
    content = {"a.warc": whole, "一覧.warc.gz": packed(*records)}.get(name, gzip.compress(whole))
    draft = one(tmp_path / name, content, supplied_by="张伟")
    offset = len(records[0])
    assert draft == Draft(
        id=f"import:{hashlib.sha256(url.encode()).hexdigest()[:16]}",
        publisher="import",
        source="import",
        kind="",
        url=url,
        title="",
        content_type="text/html",
        body=body,
        supplied=f"张伟, {name}, fetched {DATE}",
        extra={"where": f"{tmp_path / name}, record 2 at byte {offset}"},
    )


@pytest.mark.parametrize(
    ("declared", "address", "content_type"),
    [
        ("text/html; charset=Shift_JIS", "/a", "text/html; charset=Shift_JIS"),
        ("TEXT/HTML", "/a", "text/html"),
        ('text/plain;charset="euc-kr"', "/a", "text/plain; charset=euc-kr"),
        ("application/pdf", "/a", "application/pdf"),
        ("application/octet-stream", "/download/a.pdf?id=3", "application/pdf"),
        ("", "/a.docx", DOCX),
        ("application/haansofthwpx", "/a", "application/hwp+zip"),
        ("application/json", "/a.html", ""),
        ("text/css", "/a", ""),
        ("application/octet-stream", "/a.zip", ""),
        ("", "/a", ""),
        ("text/html; charset=x\x00\x1b", "/a", "text/html; charset=x"),
    ],
)
def test_kinds_of_content(path: Path, declared: str, address: str, content_type: str) -> None:
    [entry] = found(path, response(SITE + address, b"%PDF-1", Content_Type=declared))
    if content_type:
        assert isinstance(entry, Draft)
        assert entry.content_type == content_type
    else:
        assert isinstance(entry, Skipped)


def test_what_is_no_document_is_counted(path: Path) -> None:
    entries = found(
        path,
        record("request", f"{SITE}/1", b"GET / HTTP/1.1\r\n\r\n", "application/http; msgtype=request")
        + record("revisit", f"{SITE}/1", b"HTTP/1.1 200 OK\r\n\r\n")
        + record("revisit", f"{SITE}/2", b"")
        + record("metadata", f"{SITE}/1", b"outlink: x", "application/warc-fields")
        + record("response", "dns:www.ministry.example", b"20240102030405\r\nwww 1.2.3.4", "text/dns")
        + response(f"{SITE}/3", status="301 Moved", Location=f"{SITE}/4")
        + response(f"{SITE}/5", status="404 Not Found")
        + response(f"{SITE}/6", status="404 Not Found")
        + response(f"{SITE}/7", b"\x89PNG", Content_Type="image/png")
        + response(f"{SITE}/8", b" \r\n")
        + response(f"{SITE}/9"),
    )
    assert [draft.url for draft in entries if isinstance(draft, Draft)] == [f"{SITE}/9"]
    assert skipped(entries) == {
        **{"revisit": 2, "other schemes": 1, "status 301": 1, "status 404": 2, "image/png": 1, "empty": 1}
    }
    assert len(entries) == 9


def test_a_resource_is_a_document_too(path: Path) -> None:
    draft = one(path, record("resource", f"<{SITE}/a b.pdf>", b"%PDF-1", "application/pdf"))
    assert (draft.url, draft.content_type, draft.body) == (f"{SITE}/a%20b.pdf", "application/pdf", b"%PDF-1")


PAGE = "<p>수출 통제 輸出管理 出口管制 出口管制（修正）".encode() * 50


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(PAGE), {"Content_Encoding": "gzip"}),
        (zlib.compress(PAGE), {"Content_Encoding": "deflate"}),
        (chunked(PAGE), {"Transfer_Encoding": "chunked"}),
        (chunked(gzip.compress(PAGE)), {"Transfer_Encoding": "chunked", "Content_Encoding": "gzip"}),
        # Archivers keep the headers, also where they undid what they say.
        (PAGE, {"Content_Encoding": "gzip"}),
        (PAGE, {"Transfer_Encoding": "chunked"}),
        (PAGE, {"Transfer_Encoding": "chunked", "Content_Encoding": "gzip", "Content_Length": "3"}),
    ],
)
def test_codings_are_undone(path: Path, body: bytes, headers: dict[str, str]) -> None:
    assert one(path, response(f"{SITE}/1", body, **headers)).body == PAGE


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (b"\x0b\x02\x80", {"Content_Encoding": "br"}, "its content coding 'br' is not read here"),
        (gzip.compress(PAGE)[:-20], {"Content_Encoding": "gzip"}, "the gzip body ends before its end"),
        (b"\x1f\x8b" + b"\xff" * 50, {"Content_Encoding": "gzip"}, "not gzip"),
    ],
)
def test_a_body_that_cannot_be_decoded_is_named_and_the_next_record_comes_in(
    path: Path, body: bytes, headers: dict[str, str], reason: str
) -> None:
    rejection, draft = found(path, response(f"{SITE}/1", body, **headers) + response(f"{SITE}/2"))
    assert isinstance(rejection, Rejection)
    assert rejection.where == f"{path}, record 1 at byte 0 ({SITE}/1)"
    assert reason in rejection.reason
    assert isinstance(draft, Draft)


def test_documents_too_large_are_kept_without_their_body(path: Path) -> None:
    bomb = gzip.compress(b"\x00" * 50_000_000)
    entries = found(
        path,
        response(f"{SITE}/1", b"x" * 10_001)
        + response(f"{SITE}/2", b"x" * (4 * LIMIT))
        + response(f"{SITE}/3", bomb, Content_Encoding="gzip")
        + response(f"{SITE}/4", chunked(b"x" * 10_001), Transfer_Encoding="chunked")
        + response(f"{SITE}/5", chunked(b"x" * 10_000), Transfer_Encoding="chunked"),
        limit=10_000,
    )
    states = [(draft.url, draft.state, draft.title) for draft in entries if isinstance(draft, Draft)]
    assert states == [
        *((f"{SITE}/{number}", "too large", f"{SITE}/{number}") for number in range(1, 5)),
        (f"{SITE}/5", "ok", ""),
    ]
    assert all(draft.size > 10_000 for draft in entries[:4] if isinstance(draft, Draft))


GOOD = response(f"{SITE}/1", b"<p>good " + b"x" * 3_000)


@pytest.mark.parametrize("cut", [1, 3, 10, len(GOOD) - 30, len(GOOD) - 2_000])
def test_a_torn_tail_is_one_rejection_that_names_the_place(path: Path, cut: int) -> None:
    torn = response(f"{SITE}/2", b"<p>torn " + b"x" * 3_000)[:-4][:-cut]
    draft, rejection = found(path, GOOD + torn)
    assert isinstance(draft, Draft)
    assert isinstance(rejection, Rejection)
    assert rejection.where == f"{path}, record 2 at byte {len(GOOD)}"
    assert "breaks off" in rejection.reason


@pytest.mark.parametrize("digits", [b"9", b"9999999999999"])
def test_a_record_that_only_says_it_is_large_is_no_document(path: Path, digits: bytes) -> None:
    [rejection] = found(path, GOOD.replace(b"Content-Length: ", b"Content-Length: " + digits))
    assert isinstance(rejection, Rejection)
    assert "breaks off" in rejection.reason


@pytest.mark.parametrize("cut", [1, 8, 40])
def test_a_torn_gzip_is_one_rejection_and_what_stands_before_it_is_in(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.warc.gz"
    entries = found(path, packed(GOOD, response(f"{SITE}/2", PAGE), response(f"{SITE}/3", PAGE))[:-cut])
    assert [draft.url for draft in entries if isinstance(draft, Draft)][:2] == [f"{SITE}/1", f"{SITE}/2"]
    [rejection] = [entry for entry in entries if isinstance(entry, Rejection)]
    assert "breaks off" in rejection.reason
    assert "(unpacked)" in rejection.where


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\r\n\r\n", "the file is empty"),
        (b"<html>", "here begins no WARC record"),
        (b"\x00" * 10_000, "here begins no WARC record"),
        (b"WARC/1.0\r\nWARC-Type: response\r\n\r\n", "without a usable Content-Length"),
        (b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: -5\r\n\r\n", "without a usable Content-Length"),
        (b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: many\r\n\r\n", "without a usable Content-Length"),
        (b"x" * 2_000_000, "too long to be one"),
        (b"WARC/1.0\r\n" + b"X: y\r\n" * 1_000_000, "too long to be one"),
        (b"WARC/1.0\r\nX: " + b"y" * 1_000_000, "too long to be one"),
        (b"\r\n" * 1_000_000, "too long to be one"),
        (response(f"{SITE}/1", X="y" * 2_000_000), "too long to be one"),
        (b"\x1f\x8b\x08\x00garbage" * 10, "gzip is broken"),
        (gzip.compress(GOOD)[:-8] + b"\x00" * 8, "gzip is broken"),
        (GOOD + b"garbage\r\n", "here begins no WARC record"),
        (GOOD[:-4] + b"more than it says" + GOOD, "here begins no WARC record"),
    ],
)
def test_what_is_broken_is_named_once(path: Path, content: bytes, reason: str) -> None:
    *before, rejection = found(path, content)
    assert isinstance(rejection, Rejection)
    assert reason in rejection.reason
    assert rejection.where.startswith(str(path))
    assert all(isinstance(entry, Draft) for entry in before)


def test_a_gzip_bomb_ends_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "_SMALL", 10_000_000)
    bomb = response(f"{SITE}/1", b"\x00" * 50_000_000, Content_Type="image/png")
    [skip, rejection] = found(tmp_path / "a.warc.gz", packed(bomb, GOOD))
    assert isinstance(skip, Skipped)
    assert isinstance(rejection, Rejection)
    assert "more than 200 times its size" in rejection.reason


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_memory_stays_flat(tmp_path: Path, name: str) -> None:
    body = hashlib.sha256(b"").digest() * 30_000
    pages = [response(f"{SITE}/{number}", body, Content_Type="image/png") for number in range(60)]
    content = packed(*pages) if name.endswith("gz") else b"".join(pages)
    (tmp_path / name).write_bytes(content)
    del pages, content
    tracemalloc.start()
    try:
        count = sum(1 for _ in read(tmp_path / name, Terms(max_document_bytes=LIMIT)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 60
    assert peak < 8 * LIMIT


def test_read_as_a_source_only_what_it_can_have_served_comes_in(path: Path) -> None:
    source = kit.source(
        id="kr-motir",
        publisher="kr-motir",
        language="ko",
        url="https://www.motir.example/kor/rss",
        id_rule=IdRule(pattern=r"/article/(\d+)/view"),
    )
    entries = found(
        path,
        response("https://www.motir.example/article/171234/view?pageIndex=1")
        + response("https://eng.motir.example/notice")
        + response("https://cdn.example/article/5/view")
        + response("https://ads.example/")
        + response("https://notmotir.example/"),
        source=source,
    )
    assert [draft.id for draft in entries if isinstance(draft, Draft)][0::2] == ["kr-motir:171234", "kr-motir:5"]
    assert {draft.publisher for draft in entries if isinstance(draft, Draft)} == {"kr-motir"}
    assert skipped(entries) == {"other sites": 2}


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_of_several_captures_of_an_address_the_newest_comes_in(tmp_path: Path, name: str) -> None:
    def captured(date: str, body: bytes, status: str = "200 OK", address: str = "/1") -> bytes:
        return response(f"{SITE}{address}", body, status).replace(DATE.encode(), date.encode())

    records = (
        captured("2024-01-02T03:04:05Z", b"old"),
        captured("2024-03-02T03:04:05.5Z", "새 공고".encode()),
        captured("2024-03-02T03:04:05Z", b"less old", address="/1#part"),
        captured("2024-09-02T03:04:05Z", b"gone", "404 Not Found"),
        captured("2023-01-02T03:04:05Z", b"another", address="/2"),
        captured("2023-01-02T03:04:05Z", b"another, later in the archive", address="/2"),
    )
    entries = found(tmp_path / name, packed(*records) if name.endswith("gz") else b"".join(records))
    kept = [draft.body for draft in entries if isinstance(draft, Draft)]
    assert kept == ["새 공고".encode(), b"another, later in the archive"]
    assert skipped(entries) == {"older captures": 3, "status 404": 1}


def test_only_so_many_documents_are_noted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "MOST_NOTED", 1)
    entries = found(path, b"".join(response(f"{SITE}/{number}") for number in (1, 2, 1, 2)))
    assert [draft.url[-2:] for draft in entries if isinstance(draft, Draft)] == ["/2", "/1", "/2"]
    assert skipped(entries) == {"older captures": 1}
