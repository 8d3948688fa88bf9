"""Files of mail: one document a mail and one an attachment, ids that last, mailboxes of any size."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.files import Found, read
from collectors.originals import Skipped, Terms
from exportwatch.model import Draft, Rejection, content_hash
from exportwatch.sandbox import Sandbox
from tests.collectors import kit
from tests.collectors.mails import SCRIPTS, compound, mail, part, russian_doll, word

LIMIT = 1024 * 1024


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as pool:
        yield pool


def found(path: Path, limit: int = LIMIT, **terms: object) -> list[Found]:
    return list(read(path, Terms(max_document_bytes=limit, **terms)))  # type: ignore[arg-type]


def drafts(path: Path, limit: int = LIMIT, **terms: object) -> list[Draft]:
    return [draft for draft in found(path, limit, **terms) if isinstance(draft, Draft)]


def named(message_id: str, publisher: str = "import") -> str:
    return f"{publisher}:{hashlib.sha256(message_id.encode()).hexdigest()[:16]}"


@pytest.mark.parametrize("lang", SCRIPTS)
def test_a_mail_is_a_document(tmp_path: Path, sandbox: Sandbox, lang: str) -> None:
    subject, text, charset = SCRIPTS[lang]
    headers = {"Subject": word(subject, charset), "Date": "Mon, 16 Dec 2019 21:40:00 +0900"}
    path = tmp_path / f"{subject}.eml"
    path.write_bytes(mail({**headers, "Content-Type": f"text/plain; charset={charset}"}, text.encode(charset)))
    [draft] = found(path, run=sandbox.run, supplied_by="鈴木")
    assert draft == Draft(
        id=named("1@ministry.example"),
        publisher="import",
        source="import",
        kind="",
        url="",
        title=subject,
        published="2019-12-16T21:40:00+09:00",
        published_precision="second",
        content_type=f"text/plain; charset={charset}",
        body=text.encode(charset),
        supplied=f"鈴木, {subject}.eml",
        extra={"where": str(path)},
    )


def test_what_is_attached_hangs_on_the_mail(tmp_path: Path, sandbox: Sandbox) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(
        compound(
            "mixed",
            part("text/plain; charset=utf-8", "보도자료".encode()),
            part("application/pdf", b"%PDF-1", "attachment; filename=notice.pdf"),
            part("application/pdf", b"%PDF-2", "attachment; filename=list.pdf"),
            part("application/pdf", b"%PDF-3", "attachment; filename=list.pdf"),
            part("application/pdf", b"%PDF-4", "attachment; filename*=utf-8''%E5%85%AC%20%E5%91%8A.pdf"),
            part("application/pdf", b"", "attachment; filename=empty.pdf"),
            part("image/png", b"\x89PNG", "attachment; filename=a.PNG"),
            Subject="s",
            Date="Mon, 16 Dec 2019 21:40:00 +0900",
            **{"List-Archive": "<https://list.example/archive>"},
        )
    )
    root, *attached, skipped = found(path, run=sandbox.run)
    assert isinstance(root, Draft)
    assert (root.id, root.root, root.url) == (named("1@ministry.example"), "", "https://list.example/archive")
    assert skipped == Skipped(what="attachments of other kinds", kind=".png")
    assert [draft.body for draft in attached if isinstance(draft, Draft)] == [
        b"%PDF-1",
        b"%PDF-2",
        b"%PDF-3",
        b"%PDF-4",
    ]
    assert [draft.id.removeprefix(f"{root.id}/") for draft in attached if isinstance(draft, Draft)] == [
        "notice.pdf",
        "part-3",
        "part-4",
        "part-5",
    ]
    for draft in attached:
        assert isinstance(draft, Draft)
        assert (draft.root, draft.url, draft.published) == (root.id, root.url, "2019-12-16T21:40:00+09:00")
    last = attached[-1]
    assert isinstance(last, Draft)
    assert (last.title, last.extra["where"]) == ("公 告.pdf", f"{path} (公 告.pdf)")


def test_a_mail_without_a_message_id_has_the_hash_of_its_bytes(tmp_path: Path) -> None:
    raw = b"From: a@b.example\r\nSubject: s\r\n\r\ntext"
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_bytes(raw)
    first, second = drafts(tmp_path)
    assert first.id == second.id == f"import:{hashlib.sha256(raw).hexdigest()[:16]}"


def test_read_as_a_source_a_newsletter_is_its_publishers(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail(Subject="s"))
    source = kit.source(id="kr-motir", publisher="kr-motir", language="ko", kind="newsletter")
    [draft] = drafts(tmp_path, source=source)
    assert (draft.id, draft.source) == (named("1@ministry.example", "kr-motir"), "kr-motir")
    assert (draft.lang, draft.kind) == ("ko", "newsletter")


def test_a_mail_without_subject_or_words_has_its_message_id_or_the_name_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "무제.eml").write_bytes(mail(body=b" "))
    assert [draft.title for draft in drafts(tmp_path)] == ["1@ministry.example"]
    (tmp_path / "무제.eml").write_bytes(mail(body=b" ").replace(b"Message-ID", b"X-ID"))
    assert [draft.title for draft in drafts(tmp_path)] == ["무제.eml"]
    (tmp_path / "무제.eml").write_bytes(mail(body=b"words"))
    assert [draft.title for draft in drafts(tmp_path)] == [""]


@pytest.mark.parametrize("lang", SCRIPTS)
def test_a_mail_is_the_same_in_a_file_of_its_own_and_in_a_mailbox(tmp_path: Path, lang: str) -> None:
    subject, text, charset = SCRIPTS[lang]
    raw = compound(
        "mixed",
        part(f"text/plain; charset={charset}", text.encode(charset) + b"\r\n", encoding="8bit"),
        part(f"text/html; charset={charset}", text.encode(charset) + b"\r\n", "attachment; filename=a.html", "8bit"),
        part("application/pdf", b"%PDF-1\r\n", "attachment; filename=notice.pdf"),
        Subject=word(subject, charset),
    )
    plain = mail({"Message-ID": "<2@x.example>"}, text.encode(charset))
    empty = mail({"Message-ID": "<3@x.example>"}, b"")
    box = b""
    for number, each in enumerate((raw, plain, empty)):
        (tmp_path / f"{number}.eml").write_bytes(each)
        box += b"From a@b.example Mon Dec 16 21:40:00 2019\n" + each.replace(b"\r\n", b"\n") + b"\n\n"
    (tmp_path / "mb.mbox").write_bytes(box)
    hashes = [(draft.id, content_hash(draft)) for draft in drafts(tmp_path)]
    assert len(hashes) == 10
    assert hashes[:5] == hashes[5:]


def test_a_mail_of_binary_parts_is_read_as_it_is(tmp_path: Path) -> None:
    document = b"%PDF-1\r\n\n\r\n%%EOF"
    (tmp_path / "a.eml").write_bytes(
        compound("mixed", part("application/pdf", document, "attachment; filename=a.pdf", "binary"))
    )
    assert drafts(tmp_path)[-1].body == document


def test_a_mail_too_large_is_known_by_its_headers(tmp_path: Path, sandbox: Sandbox) -> None:
    raw = mail({"Subject": word("공고", "euc-kr")}, b"x" * 5_000)
    (tmp_path / "a.eml").write_bytes(raw)
    [draft] = drafts(tmp_path, limit=4_000, run=sandbox.run)
    assert (draft.id, draft.title, draft.body) == (named("1@ministry.example"), "공고", None)
    assert (draft.size, draft.state) == (len(raw), "too large")
    [draft] = drafts(tmp_path, limit=len(raw))
    assert draft.state == "ok"


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("a.eml", b"", "the file is empty"),
        ("a.eml", b"words", "not a mail"),
        ("a.eml", russian_doll(1_000), "nested deeper than"),
        ("a.mhtml", russian_doll(1_000), "nested deeper than"),
        ("a.mhtml", mail({"Content-Type": "image/png"}), "not a saved page"),
        ("a.mbox", b"From: a@b.example\r\n\r\nx", "not a mailbox"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_reason(
    tmp_path: Path, sandbox: Sandbox, name: str, raw: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(raw)
    [rejection] = found(tmp_path, run=sandbox.run)
    assert isinstance(rejection, Rejection)
    assert rejection.where == str(tmp_path / name)
    assert reason in rejection.reason


def test_a_parser_that_does_not_survive_costs_one_mail(tmp_path: Path) -> None:
    from exportwatch.sandbox import Killed

    (tmp_path / "a.eml").write_bytes(mail())
    [rejection] = found(tmp_path, run=lambda *_: Killed("took longer than 5 s"))
    assert isinstance(rejection, Rejection)
    assert rejection.reason == "took longer than 5 s"


def test_a_hundred_thousand_parts_are_counted_or_refused(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "a.eml").write_bytes(compound("mixed", *[b"Content-Type: text/plain\r\n\r\nx"] * 100_000))
    *rest, last = found(tmp_path, limit=20 * LIMIT, run=sandbox.run)
    assert isinstance(last, Rejection)
    assert "99,000 parts beyond the first 1,000 are not read" in last.reason
    assert [draft.state for draft in rest if isinstance(draft, Draft)] == ["ok"]


def test_a_mailbox_is_read_mail_by_mail(tmp_path: Path, sandbox: Sandbox) -> None:
    mails = [
        mail({"Message-ID": f"<{lang}@x.example>", "Subject": word(subject, charset)}, text.encode(charset))
        for lang, (subject, text, charset) in SCRIPTS.items()
    ]
    mails.insert(2, b"no headers at all")
    mails.insert(4, mail({"Message-ID": "<large@x.example>"}, b"line\r\n" * 1_000))
    mails.append(mail({"Message-ID": "<quoted@x.example>"}, b"text\r\n\r\n>From here\r\n>>From there\r\nFrom x"))
    box = b"".join(b"From a@b.example Mon Dec 16 21:40:00 2019\r\n" + each + b"\r\n\r\n" for each in mails)
    (tmp_path / "a.mbox").write_bytes(box)
    all_found = found(tmp_path, limit=4_000, run=sandbox.run)
    read_mails = [draft for draft in all_found if isinstance(draft, Draft)]
    assert [draft.title for draft in read_mails] == [
        *(subject for subject, *_ in list(SCRIPTS.values())[:3]),
        "large@x.example",
        *(subject for subject, *_ in list(SCRIPTS.values())[3:]),
        "",
    ]
    states = {draft.id: draft.state for draft in read_mails}
    assert states[named("large@x.example")] == "too large"
    assert list(states.values()).count("ok") == len(SCRIPTS) + 1
    assert read_mails[-1].body is not None
    assert read_mails[-1].body.strip() == b"text\n\nFrom here\n>From there\nFrom x"
    [rejection] = [each for each in all_found if isinstance(each, Rejection)]
    assert rejection.where == f"{tmp_path / 'a.mbox'}:3"
    assert "not a mail" in rejection.reason
    assert read_mails[0].extra["where"] == f"{tmp_path / 'a.mbox'}:1"


def test_a_mail_of_any_size_in_a_mailbox_takes_no_more_memory_than_a_document(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    with path.open("wb") as stream:
        for number in range(3):
            stream.write(b"From a@b.example\r\n" + mail({"Message-ID": f"<{number}@x.example>"}, b""))
            stream.writelines([*[b"line " * 200 + b"\r\n"] * 20_000, b"\r\n"])
    tracemalloc.start()
    try:
        states = [draft.state for draft in drafts(path)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert states == ["too large"] * 3
    assert peak < 8 * LIMIT


@pytest.mark.parametrize("lang", SCRIPTS)
@pytest.mark.parametrize("suffix", [".mht", ".mhtml"])
def test_a_saved_archive_is_the_page_in_it(tmp_path: Path, sandbox: Sandbox, lang: str, suffix: str) -> None:
    subject, text, charset = SCRIPTS[lang]
    url = "https://www.meti.example/press/2019/12/20191216001/20191216001.html"
    html = f"<title>{subject}</title><p>{text}".encode(charset)
    main = f"Content-Location: {url}\r\n".encode() + part(f"text/html; charset={charset}", html)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(compound("related", main, part("image/png", b"\x89"), **{"Snapshot-Content-Location": url}))
    [draft] = drafts(path, run=sandbox.run)
    assert (draft.id, draft.url, draft.title, draft.body) == (named(url), url, "", html)
    assert draft.content_type == f"text/html; charset={charset}"
    source = kit.source(id="jp-meti", publisher="jp-meti", url="https://www.meti.example/press/index.html")
    [draft] = drafts(path, source=source)
    assert draft.id == named(url, "jp-meti")
    [draft] = drafts(path, limit=10)
    assert (draft.state, draft.title, draft.size) == ("too large", path.name, path.stat().st_size)
