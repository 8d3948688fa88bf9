"""JSON Lines as people have them; every bad line named, every other kept."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence

import pytest

from collectors.jsonlines import read_lines
from collectors.originals import Skipped, Terms
from exportwatch import content
from exportwatch.model import ID_BYTES, Draft, Rejection
from tests.collectors import kit

LIMIT = 20 * 1024 * 1024
TITLES = ("Export controls on HF", "輸出管理の見直し", "대일 수출규제", "出口管制公告", "出口管制（修正）", "𠮷\x00")


def lines(*found: str | bytes, limit: int = LIMIT, need_id: bool = True) -> list[Draft | Rejection]:
    stream = io.BytesIO(b"\n".join(line.encode() if isinstance(line, str) else line for line in found))
    return list(read_lines(stream, "docs.jsonl", Terms(max_document_bytes=limit), need_id=need_id))


def one(line: str | bytes, limit: int = LIMIT) -> Draft:
    [draft] = lines(line, limit=limit)
    assert isinstance(draft, Draft), draft
    return draft


def reasons(found: Sequence[Draft | Rejection | Skipped]) -> dict[str, str]:
    return {rejection.where: rejection.reason for rejection in found if isinstance(rejection, Rejection)}


@pytest.mark.parametrize("text", TITLES)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_line_is_kept_as_given(text: str, ascii_only: bool) -> None:
    line = {
        "id": f"a:{text}",
        "url": "https://www.example/1",
        "title": text,
        "text": f"\ufeff {text}\r\n\t{text} ",
        "lang": "zh",
        "published": "2019-12-16",
        "source": f"{text} (page 3)",
        "kind": "news",
        "unknown": [{"deep": None}],
    }
    draft = one(json.dumps(line, ensure_ascii=ascii_only))
    assert draft == Draft(
        id=f"a:{text}",
        publisher="import",
        source=f"{text} (page 3)",
        kind="news",
        url="https://www.example/1",
        title=text,
        published="2019-12-16",
        published_precision="day",
        lang="zh",
        content_type="text/plain; charset=utf-8",
        body=f"\ufeff {text}\r\n\t{text} ".encode(),
        extra={"where": "docs.jsonl:1"},
    )
    assert draft.body is not None
    assert content.extract(draft.body, draft.content_type).text == line["text"]


def test_null_is_absent() -> None:
    keys = ("url", "text", "html", "lang", "published", "source", "kind")
    assert one(json.dumps({"id": "a", "title": "t", **dict.fromkeys(keys)})) == one('{"id": "a", "title": "t"}')
    assert one('{"id": "a", "title": "t"}').source == "import"


def test_html_is_a_page_and_goes_after_text() -> None:
    page = "<html><title>수출</title><p>통제"
    draft = one(json.dumps({"id": "a", "html": page}))
    assert (draft.content_type, draft.body, draft.title) == ("text/html; charset=utf-8", page.encode(), "")
    draft = one(json.dumps({"id": "a", "html": page, "text": ""}))
    assert draft.content_type == "text/html; charset=utf-8"
    draft = one(json.dumps({"id": "a", "html": page, "text": "exact"}))
    assert (draft.content_type, draft.body) == ("text/plain; charset=utf-8", b"exact")


def test_title_or_text_may_be_empty_but_not_both() -> None:
    assert one('{"id": "a", "title": "t", "text": ""}').body == b""
    assert one('{"id": "a", "title": "", "text": "x"}').title == ""
    found = lines(
        '{"id": "a", "title": "", "text": ""}', '{"id": "b"}', '{"id": "c", "title": " ", "text": "\\n\u3000"}'
    )
    assert set(reasons(found).values()) == {"it has neither a title nor a text"}
    assert len(found) == 3


def test_the_id_is_kept_or_made_of_the_url() -> None:
    assert one('{"id": "jp-meti:1", "url": "https://x.example", "title": "t"}').id == "jp-meti:1"
    made = one('{"url": "https://x.example/a?utm_source=feed&b=1#c", "title": "t"}')
    assert made.id == f"import:{hashlib.sha256(b'https://x.example/a?b=1').hexdigest()[:16]}"
    assert made.url == "https://x.example/a?utm_source=feed&b=1#c"
    assert one('{"url": "urn:x:1", "title": "t"}').id == f"import:{hashlib.sha256(b'urn:x:1').hexdigest()[:16]}"
    assert one(json.dumps({"id": "韓" * 66 + "ab", "title": "t"})).id == "韓" * 66 + "ab"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "a", "title": "t"', "not JSON: "),
        ('{"id": "a", "title": "t"} {}', "not JSON: "),
        ("id,title", "not JSON: "),
        ('{"id": "a", "title": NaN}', "not JSON: "),
        ('{"id": "a", "title": "t", "score": NaN}', "not JSON: "),
        ('{"id": "a", "title": "raw\x01control"}', "not JSON: "),
        ("[]", "it is a list, but must be an object"),
        ("null", "it is null, but must be an object"),
        ('"text"', "it is text, but must be an object"),
        ('{"id": 20191216, "title": "t"}', "its 'id' is a number, but must be text"),
        ('{"id": "a", "title": ["t"]}', "its 'title' is a list, but must be text"),
        ('{"id": "a", "title": {}}', "its 'title' is an object, but must be text"),
        ('{"id": "a", "text": 1.5}', "its 'text' is a number, but must be text"),
        ('{"id": "a", "title": "t", "published": true}', "its 'published' is true or false, but must be text"),
        ('{"title": "t"}', "it has neither 'id' nor 'url'"),
        ('{"title": "t", "id": null, "url": ""}', "it has neither 'id' nor 'url'"),
        ('{"id": "", "title": "t", "url": "https://x.example"}', "its 'id' must have 1 to 200 bytes"),
        (json.dumps({"id": "韓" * 67, "title": "t"}), "its 'id' must have 1 to 200 bytes"),
        (json.dumps({"id": "a", "title": "長" * 40_000}), "its 'title' is longer than 65,536 bytes"),
        ('{"id": "a", "title": "\\ud800"}', "it has a lone surrogate"),
        ('{"id": "a", "title": "t", "text": "x\\uDFFFy"}', "it has a lone surrogate"),
        (b'{"id": "a", "title": "\xed\xa0\x80"}', "not UTF-8: "),
        ('{"id": "a", "title": "輸出"}'.encode("cp932"), "not UTF-8: "),
        ('{"id": "a", "title": "t"}'.encode("utf-16-le"), "not UTF-8 but UTF-16"),
        ('{"id": "a", "title": "t", "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deep"),
        ('{"id": "a", "title": ' + "[" * 100_000, "its 'title' is a list, but must be text"),
        ('{"id": "a", "title": "t", "id": "b"}', "it has 'id' twice"),
        ('{"id": "a", "title": "t", "text": "x", "text": "x"}', "it has 'text' twice"),
        ('{"id": "a", "title": "t", "\\u0069d": "b"}', "it has 'id' twice"),
    ],
)
def test_a_bad_line_is_named_and_the_others_go_on(line: str | bytes, reason: str) -> None:
    good = '{"id": "good", "title": "수출"}'
    found = lines(good, line, good)
    assert [type(entry) for entry in found] == [Draft, Rejection, Draft]
    rejection = found[1]
    assert isinstance(rejection, Rejection)
    assert rejection.where == "docs.jsonl:2"
    assert rejection.reason.startswith(reason)
    assert len(rejection.reason) < 300


def test_what_only_looks_repeated_is_accepted() -> None:
    text = 'they write {"id": "a", "id": "b"}'
    draft = one(json.dumps({"id": "id", "title": "text", "source": "id", "kind": "text", "text": text, "x": {"id": 1}}))
    assert (draft.id, draft.body) == ("id", text.encode())
    assert one('{"id": "\\u0061", "title": "\\u0041"}').id == "a"


def test_the_shapes_of_files() -> None:
    good = '{"id": "%d", "title": "t"}'
    stream = b"\xef\xbb\xbf" + "\r\n".join((good % 1, "", "  ", good % 2)).encode() + b"\n\n" + (good % 3).encode()
    found = list(read_lines(io.BytesIO(stream), "x", Terms(max_document_bytes=LIMIT)))
    assert [(draft.id, draft.extra["where"]) for draft in found if isinstance(draft, Draft)] == [
        ("1", "x:1"),
        ("2", "x:4"),
        ("3", "x:6"),
    ]
    assert lines("") == []


@pytest.mark.parametrize(
    ("given", "published", "precision"),
    [
        ("2019-12-16", "2019-12-16", "day"),
        ("2019-12-16T21:00:00+09:00", "2019-12-16T21:00:00+09:00", "second"),
        ("2019-12-16T12:00:00Z", "2019-12-16T12:00:00Z", "second"),
        ("2019-12-16 21:00:00", "2019-12-16", "day"),
        ("20191216", "2019-12-16", "day"),
        ("2019/12/16", "2019-12-16", "day"),
        ("2019年12月16日", "2019-12-16", "day"),
        ("2019년 12월 16일", "2019-12-16", "day"),
        ("Mon, 16 Dec 2019 21:00:00 +0900", "2019-12-16T21:00:00+09:00", "second"),
        ("", "", "day"),
    ],
)
def test_dates(given: str, published: str, precision: str) -> None:
    draft = one(json.dumps({"id": "a", "title": "t", "published": given}))
    assert (draft.published, draft.published_precision) == (published, precision)
    assert "notice" not in draft.extra


@pytest.mark.parametrize("given", ["2019", "2019-12", "2019-02-30", "last week", "昨日", "9" * 10_000])
def test_a_date_that_is_none_costs_the_date_and_not_the_document(given: str) -> None:
    draft = one(json.dumps({"id": "a", "title": "t", "published": given}))
    assert (draft.published, draft.published_precision) == ("", "day")
    assert draft.extra["notice"].startswith("its 'published' is no date")
    assert len(draft.extra["notice"]) < 250


def test_a_large_text_is_kept_without_its_body() -> None:
    draft = one(json.dumps({"id": "a", "title": "長い", "text": "x" * 1001, "lang": "ja"}), limit=1000)
    assert (draft.id, draft.title, draft.body, draft.size, draft.state) == ("a", "長い", None, 1001, "too large")
    assert draft.lang == "ja"
    draft = one(json.dumps({"id": "a", "text": "輸" * 333}, ensure_ascii=True), limit=1000)
    assert (draft.state, draft.body) == ("ok", ("輸" * 333).encode())


def test_twenty_five_megabytes_of_text() -> None:
    found = lines(json.dumps({"id": "a", "title": "t", "text": "x" * 25_000_000}), '{"id": "b", "title": "t"}')
    assert [(draft.id, draft.state, draft.size) for draft in found if isinstance(draft, Draft)] == [
        ("a", "too large", 25_000_000),
        ("b", "ok", 0),
    ]


def test_a_line_too_long_to_be_read_is_known_by_its_head() -> None:
    text = "x" * 200_000
    long = json.dumps({"id": "a", "extra": {"b": [1, "}"]}, "title": '수출 \\ "', "lang": "ko", "text": text})
    untitled = json.dumps({"url": "https://x.example/", "text": text})
    nameless = json.dumps({"text": text, "id": "a"})
    repeated = '{"id": "", "text": "' + text + '"}'
    after = '{"id": "after", "title": "t"}'
    found = lines(long, untitled, nameless, repeated, '"' + text, after, limit=1000)
    first, second, third, fourth, fifth, last = found
    assert isinstance(first, Draft)
    assert (first.id, first.title, first.lang, first.body) == ("a", '수출 \\ "', "ko", None)
    assert (first.state, first.size) == ("too large", len(long) + 1)
    assert isinstance(second, Draft)
    assert (second.title, second.state) == (second.id, "too large")
    assert isinstance(third, Rejection)
    assert third.where == "docs.jsonl:3"
    assert third.reason == (
        f"its line of {len(nameless) + 1:,} bytes is too long to be read, "
        "and in its first 4,001 bytes it has neither 'id' nor 'url'"
    )
    assert isinstance(fourth, Rejection)
    assert isinstance(fifth, Rejection)
    assert isinstance(last, Draft)
    assert last.id == "after"


def test_a_line_of_exactly_the_longest_length() -> None:
    line = json.dumps({"id": "a", "title": "t", "text": "x" * 3000})
    after = '{"id": "after", "title": "t"}'
    for limit in range(len(line) // 4 - 2, len(line) // 4 + 3):
        found = lines(line, after, limit=limit)
        assert [getattr(draft, "id", "") for draft in found] == ["a", "after"]


def test_classify_needs_no_id() -> None:
    found = lines('{"title": "t"}', '{"id": "a", "title": "t"}', need_id=False)
    assert [draft.id for draft in found if isinstance(draft, Draft)] == ["", "a"]


def test_ids_have_the_length_of_the_model() -> None:
    assert one(json.dumps({"id": "a" * ID_BYTES, "title": "t"})).id == "a" * ID_BYTES


def test_read_as_a_source_a_line_without_an_id_gets_that_of_the_source() -> None:
    source = kit.source(
        id="jp-meti-list", publisher="jp-meti", kind="press release", language="ja", url="https://www.meti.example/list"
    )
    terms = Terms(max_document_bytes=LIMIT, source=source, supplied_by="鈴木")
    written = [
        {"url": "https://www.meti.example/press/1", "title": "輸出管理"},
        {"url": "https://www.meti.example/press/2", "title": "수출", "lang": "ko", "kind": "news", "source": "신문"},
        {"id": "given:1", "title": "出口管制"},
        {"url": "https://elsewhere.example/3", "title": "出口管制（修正）"},
    ]
    stream = io.BytesIO("\n".join(json.dumps(line) for line in written).encode())
    first, second, third, fourth = read_lines(stream, "x", terms, supplied="鈴木, x.jsonl")
    assert isinstance(first, Draft)
    hashed = hashlib.sha256(b"https://www.meti.example/press/1").hexdigest()[:16]
    assert (first.id, first.publisher, first.source) == (f"jp-meti:{hashed}", "jp-meti", "jp-meti-list")
    assert (first.kind, first.lang, first.supplied) == ("press release", "ja", "鈴木, x.jsonl")
    assert isinstance(second, Draft)
    assert (second.publisher, second.source, second.kind, second.lang) == ("jp-meti", "신문", "news", "ko")
    assert isinstance(third, Draft)
    assert third.id == "given:1"
    assert isinstance(fourth, Rejection)
    assert "is none of the source jp-meti-list" in fourth.reason
