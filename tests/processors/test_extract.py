"""Release -> Document: what is given is kept, what is foreign goes through the sandbox, what is unreadable stays."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, TypeVarTuple

import pytest

from exportwatch import codec
from exportwatch.content import HTML_UTF8, PLAIN_UTF8
from exportwatch.errors import BadRecord
from exportwatch.model import Body, Claims, Classified, Document, Release
from exportwatch.sandbox import Killed, Limits, Sandbox
from processors.extract import Unreadable, extract
from tests.exportwatch import pdfs
from tests.exportwatch.pages import HOSTILE, SAMPLES, Sample

R = TypeVar("R")
Ts = TypeVarTuple("Ts")
OBSERVED = 1_576_500_000_000
"""2019-12-16T12:40:00Z."""
TEXTS = (
    ("Export controls", "Exports of HF\r\n to Korea\x00."),
    ("輸出管理　の見直し", "　経済産業省は、フッ化水素の輸出管理を見直す。\n"),
    ("대일 수출규제", "한일 정책 대화 \u1112\u1161\u11ab"),
    ("出口管制", "商务部对镓实施出口管制\u2028。"),
    ("出口管制（修正）", "鎵、鍺𠮷"),
    ("", "only text"),
    ("only a title", ""),
)


def release(title: str, body: bytes, content_type: str = PLAIN_UTF8, **changes: Any) -> Release:
    """A release with this original; `changes` replace its other fields."""
    made = Release(
        id="jp-meti:20191216001",
        publisher="jp-meti",
        source="jp-meti",
        kind="release",
        url="https://www.example/press/20191216001.html",
        title=title,
        published="",
        published_precision="second",
        lang="",
        body=Body(content_type=content_type, sha256=hashlib.sha256(body).hexdigest(), size=len(body), data=body),
        observed=OBSERVED,
        origin="live",
        content_hash="c0ffee",
    )
    return replace(made, **changes)


def read(made: Release, limit: int = 1_000_000) -> Document:
    assert made.body is not None
    return extract(made, made.body.data, max_text_characters=limit)


def forbidden(function: Callable[[*Ts], R], *payload: *Ts) -> R | Killed:
    raise AssertionError("plain text needs no sandbox")


@pytest.mark.parametrize(("title", "text"), TEXTS)
def test_given_title_and_text_are_kept_exactly_and_without_a_sandbox(title: str, text: str) -> None:
    made = release(title, text.encode(), lang="zh", published="2019-12-16", published_precision="day")
    document = extract(made, text.encode(), max_text_characters=1_000_000, run=forbidden)
    assert document.title == title
    assert document.text == text
    assert document.state == "ok"
    assert document.truncated == 0


def test_everything_else_is_carried_over() -> None:
    made = release("t", b"text", lang="ko", published="2019-12-16T21:40:00+09:00", root="jp-meti:1", origin="replay")
    made = replace(made, supplied="鈴木, 公告.pdf")
    document = read(made)
    assert document == Document(
        id="jp-meti:20191216001",
        publisher="jp-meti",
        source="jp-meti",
        kind="release",
        url="https://www.example/press/20191216001.html",
        title="t",
        text="text",
        lang="ko",
        published="2019-12-16T21:40:00+09:00",
        published_precision="second",
        observed=OBSERVED,
        origin="replay",
        content_hash="c0ffee",
        sha256=hashlib.sha256(b"text").hexdigest(),
        size=4,
        root="jp-meti:1",
        supplied="鈴木, 公告.pdf",
    )


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.lang)
def test_a_page_gives_what_the_release_lacks(sample: Sample) -> None:
    document = read(release("", sample.body, "text/html"))
    assert document.title == sample.title
    assert document.lang == sample.lang
    assert all(paragraph in document.text for paragraph in sample.paragraphs)
    made = release("given", sample.body, "text/html", lang="en", published="2019-12-16", published_precision="day")
    kept = read(made)
    assert (kept.title, kept.lang, kept.published, kept.published_precision) == ("given", "en", "2019-12-16", "day")
    assert kept.text == document.text


@pytest.mark.parametrize(
    "said",
    [
        "The Ministry lists gallium.",
        "経済産業省はガリウムを追加した。",
        "산업부는 갈륨을 추가했다.",
        "商务部公布镓清单。",
        "經濟部公布鎵清單。",
    ],
)
def test_the_text_stands_where_the_file_of_its_source_says(said: str) -> None:
    body = f"<title>x</title><body><article>{'<p>Another story, told at length. ' * 9}</article><i id=it>{said}</i>"
    made = release("x", body.encode(), HTML_UTF8)
    assert made.body is not None
    found = extract(made, made.body.data, max_text_characters=1_000, main="#it")
    assert found.text == said
    guessed = extract(made, made.body.data, max_text_characters=1_000)
    assert guessed.text != said
    assert extract(made, made.body.data, max_text_characters=1_000, main="#gone") == guessed


def test_a_day_found_in_the_page_has_the_precision_of_a_day() -> None:
    document = read(release("", SAMPLES[0].body, "text/html"))
    assert (document.published, document.published_precision) == ("2019-07-01", "day")


def test_a_day_after_the_observation_is_not_the_day_of_publication() -> None:
    page = b"<html><head><title>x</title><meta name=date content='%s'></head><body><p>words</p></body></html>"
    assert read(release("", page % b"2019-12-17", "text/html")).published == "2019-12-17"
    assert read(release("", page % b"2020-01-15", "text/html")).published == "2019-12-16", "the day in the address"
    elsewhere = "https://www.example/press/1.html"
    assert read(release("", page % b"2020-01-15", "text/html", url=elsewhere)).published == ""


def test_html_of_json_lines_is_read_as_utf_8_whatever_it_declares() -> None:
    page = '<html><head><meta charset="euc-kr"><title>輸出</title></head><body><p>管理の運用'
    assert read(release("", page.encode(), HTML_UTF8)).title == "輸出"


def test_long_text_is_cut_and_counted() -> None:
    document = read(release("t", ("輸" * 10 + "出" * 5).encode()), limit=10)
    assert document.text == "輸" * 10
    assert document.truncated == 5


def test_too_large_an_original_stays_findable() -> None:
    body = Body(content_type=PLAIN_UTF8, sha256="", size=25_000_000)
    made = replace(release("수출 통제", b""), state="too large", body=body)
    document = extract(made, None, max_text_characters=10, run=forbidden)
    assert (document.title, document.text, document.state, document.size) == ("수출 통제", "", "too large", 25_000_000)
    assert document.url == made.url


def test_a_release_without_an_original_has_its_title() -> None:
    document = extract(replace(release("t", b""), body=None), None, max_text_characters=10)
    assert (document.title, document.text, document.sha256, document.size) == ("t", "", "", 0)


def test_an_original_that_is_missing_is_said_to_be() -> None:
    with pytest.raises(BadRecord, match="is not in Blobs"):
        extract(release("t", b"x"), None, max_text_characters=10)


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (HOSTILE["nested"].encode(), "text/html", "nested more than 512 deep"),
        (pdfs.ENCRYPTED, "application/pdf", "encrypted and needs a password"),
        (pdfs.SCANNED, "application/pdf", "images but no text"),
        (b"Workbook", "application/vnd.ms-excel", "no reader for application/vnd.ms-excel"),
        (bytes(range(128, 256)) * 3, "text/plain", "convert it to UTF-8"),
    ],
)
def test_an_unreadable_original_is_said_and_stays_findable(body: bytes, content_type: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason) as raised:
        read(release("出口管制", body, content_type, lang="zh"))
    document = raised.value.document
    assert (document.title, document.text, document.state, document.lang) == ("出口管制", "", "unreadable", "zh")
    assert (document.url, document.size) == ("https://www.example/press/20191216001.html", len(body))
    claims = Claims(lang="zh-Hans", relevant=False, score=0.0)
    codec.CLASSIFIED.encode(Classified(document=document, claims=claims))


def test_a_page_that_says_nothing_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="neither a title nor any text"):
        read(release("", b"<html><body><script>x</script></body></html>", "text/html"))


def test_a_parser_that_had_to_be_killed_is_unreadable_and_the_next_page_is_read() -> None:
    sample, large = SAMPLES[1], b"<p>x" * 8 * 1024 * 1024
    with Sandbox(limits=Limits(memory=100 * 1024 * 1024)) as sandbox:
        run = sandbox.runner(lambda: None)
        with pytest.raises(Unreadable, match=r"[Mm]emory") as raised:
            extract(release("大", large, HTML_UTF8), large, max_text_characters=10, run=run)
        document = extract(release("", sample.body, "text/html"), sample.body, max_text_characters=10_000, run=run)
    assert isinstance(raised.value.__cause__, Killed)
    assert (raised.value.document.title, raised.value.document.state) == ("大", "unreadable")
    assert document.title == sample.title
