"""Mails as ministries and mailing programs write them: headers, charsets, parts; and those written to hurt."""

from __future__ import annotations

import base64

import pytest

from collectors.mail import DEPTH, PARTS, Mail, decoded, page, read
from collectors.originals import DOCX, HWP
from exportwatch import content
from exportwatch.errors import BadRecord
from tests.collectors.mails import SCRIPTS, compound, mail, nested, part, russian_doll, word


def words(found: Mail) -> str:
    return content.extract(found.body, found.content_type).text


@pytest.mark.parametrize("lang", SCRIPTS)
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("utf_8", [True, False])
def test_text_in_every_script_charset_and_encoding(lang: str, encoding: str, utf_8: bool) -> None:
    subject, text, charset = SCRIPTS[lang]
    charset = "utf-8" if utf_8 else charset
    headers = {"Subject": word(subject, charset, "Q" if encoding == "quoted-printable" else "B")}
    found = read(
        mail(headers, b"")[:-2] + part(f'text/plain; charset="{charset}"', text.encode(charset), encoding=encoding)
    )
    assert (found.title, words(found).strip()) == (subject, text)
    assert (found.message_id, found.attached, found.skipped) == ("1@ministry.example", (), ())


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"{word('輸出管理', 'iso-2022-jp')}\r\n {word('の見直し', 'iso-2022-jp')}", "輸出管理の見直し"),
        (f"Re: {word('수출규제', 'ks_c_5601-1987', 'B')} 3", "Re: 수출규제 3"),
        (f"{word('똠방각하', 'cp949').replace('cp949', 'euc-kr')}", "똠방각하"),
        ("=?utf-8?B?6Lw=?= =?utf-8?B?uOWHug==?=", "輸出"),
        ("=?UTF-8*ja?Q?=E8=BC=B8=E5=87=BA?=", "輸出"),
        ("=?gb2312?B?" + base64.b64encode("出口管制公告".encode()).decode() + "?=", "出口管制公告"),
        ("=?x-nobody-knows?B?" + base64.b64encode("수출규제".encode()).decode() + "?=", "수출규제"),
        ("=?utf-8?q?export_controls?=", "export controls"),
        ("=?utf-8?Q?export controls?=", "export controls"),
        (f"{word('① 輸出', 'cp932').replace('cp932', 'Shift_JIS')}", "① 輸出"),
        ("=?utf-8?B?not base64!!?=", "not base64!!"),
        ("=?utf-8?B?6Lw?=", None),
        ("plain", "plain"),
        ("a\x00b\x1b[31m\r\n\tc", "a b [31m c"),
        ("=?utf-8?B?" + base64.b64encode("수출\r\nBcc: a@b.example".encode()).decode() + "?=", "수출 Bcc: a@b.example"),
        ("輸出管理".encode().decode("ascii", "surrogateescape"), "輸出管理"),
        ("수출 규제 대응 방안".encode("cp949").decode("ascii", "surrogateescape"), "수출 규제 대응 방안"),
        ("輸出管理".encode("iso-2022-jp").decode("ascii"), "輸出管理"),
        ("", ""),
        ("=?" * 20_000, None),
        ("=?utf-8?B?" * 10_000, None),
    ],
)
def test_headers_as_a_person_reads_them(header: str, expected: str | None) -> None:
    if expected is None:
        decoded(header).encode()
    else:
        assert decoded(header) == expected


@pytest.mark.parametrize(
    ("date", "published", "precision"),
    [
        ("Mon, 16 Dec 2019 21:40:00 +0900", "2019-12-16T21:40:00+09:00", "second"),
        ("Mon, 16 Dec 2019 21:40:00 +0900 (JST)", "2019-12-16T21:40:00+09:00", "second"),
        ("16 Dec 2019 07:40:00 -0500", "2019-12-16T07:40:00-05:00", "second"),
        ("Mon, 16 Dec 2019", "2019-12-16", "day"),
        ("yesterday", "", "day"),
        ("(" * 50_000, "", "day"),
    ],
)
def test_the_date_keeps_its_own_offset(date: str, published: str, precision: str) -> None:
    found = read(mail(Date=date))
    assert (found.published, found.published_precision) == (published, precision)


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({"List-Archive": "<https://list.example/archive/>"}, "https://list.example/archive/"),
        ({"List-Archive": "https://list.example/archive"}, "https://list.example/archive"),
        ({"List-Archive": "<mailto:a@b.example>, <https://list.example/a>"}, "https://list.example/a"),
        (
            {"List-Archive": "<https://list.example/>", "Archived-At": "<https://list.example/7>"},
            "https://list.example/7",
        ),
        ({"List-Archive": "<javascript:alert(1)>"}, ""),
        ({"List-Unsubscribe": "<https://list.example/leave>"}, ""),
        ({}, ""),
    ],
)
def test_the_address_is_what_headers_declare_and_nothing_from_the_body(headers: dict[str, str], url: str) -> None:
    assert read(mail(headers, b"View in browser: https://list.example/7")).url == url


PLAIN = "수출 통제 제도를 개편한다."
HTML = f'<html><head><meta charset="euc-kr"><title>t</title><style>p {{}}</style></head><body><p>{PLAIN}</p>'


def alternative(plain: str, html: str) -> bytes:
    return nested(
        "alternative",
        part("text/plain; charset=utf-8", plain.encode()),
        part("text/html; charset=utf-8", html.encode()),
        boundary="alt",
    )


def test_a_page_goes_before_plain_text() -> None:
    found = read(compound("mixed", alternative(PLAIN, HTML)))
    assert (found.content_type, found.body) == ("text/html; charset=utf-8", HTML.encode())


def test_a_page_that_says_nothing_goes_after_plain_text() -> None:
    stub = "<style>" + "p{color:red}" * 500 + "</style><img src=cid:1><p>&nbsp;그림</p>"
    found = read(compound("mixed", alternative(PLAIN, stub)))
    assert (found.content_type, found.body) == ("text/plain; charset=utf-8", PLAIN.encode())
    assert read(compound("mixed", alternative(" \r\n", HTML))).body == HTML.encode()
    assert read(compound("mixed", alternative(PLAIN + " 그리고 더", HTML))).body == HTML.encode()


def test_texts_before_and_after_an_attachment_are_one() -> None:
    found = read(
        compound(
            "mixed",
            part("text/plain; charset=euc-kr", "수출 통제".encode("euc-kr")),
            part("application/pdf", b"%PDF-1", 'attachment; filename="a.pdf"'),
            part("text/plain; charset=iso-2022-jp", "輸出管理".encode("iso-2022-jp")),
        )
    )
    assert (found.content_type, found.body.decode()) == ("text/plain; charset=utf-8", "수출 통제\n\n輸出管理")
    found = read(
        compound("mixed", part("text/plain", b"a < b"), part("text/html; charset=big5", "<p>管制".encode("big5")))
    )
    assert (found.content_type, found.body.decode()) == ("text/html; charset=utf-8", "<pre>a &lt; b</pre>\n<p>管制")


def test_documents_that_are_attached_come_apart_and_the_rest_is_named() -> None:
    found = read(
        compound(
            "mixed",
            nested(
                "related",
                part("text/html; charset=utf-8", HTML.encode()),
                part("image/png", b"\x89PNG", 'inline; filename="logo.png"'),
                boundary="rel",
            ),
            part("application/pdf", b"%PDF-1.7", f'attachment; filename="{word("공고문.pdf", "euc-kr")}"'),
            part("application/octet-stream", b"\xd0\xcf", "attachment; filename*=utf-8''%EB%B3%B4%EB%8F%84.hwp"),
            part(DOCX, b"PK", 'attachment; filename="..\\..\\windows\\公告.docx"'),
            part("text/plain; charset=cp932", "別表".encode("cp932"), 'attachment; filename="/etc/別表.txt"'),
            part("application/zip", b"PK", 'attachment; filename="../../a.zip"'),
            part("text/calendar", b"BEGIN:VCALENDAR", "inline"),
        )
    )
    assert found.body == HTML.encode()
    assert [(each.name, each.content_type, each.body) for each in found.attached] == [
        ("공고문.pdf", "application/pdf", b"%PDF-1.7"),
        ("보도.hwp", HWP, b"\xd0\xcf"),
        ("公告.docx", DOCX, b"PK"),
        ("別表.txt", "text/plain; charset=cp932", "別表".encode("cp932")),
    ]
    assert [each.position for each in found.attached] == [3, 4, 5, 6]
    assert found.skipped == (".png", ".zip", "text/calendar")


def test_a_forwarded_mail_is_a_document_of_its_own() -> None:
    inner = compound(
        "mixed",
        part("text/plain; charset=utf-8", "수출규제".encode()),
        part("application/pdf", b"%PDF-1", 'attachment; filename="a.pdf"'),
        boundary="inner",
        Subject=word("보도자료", "euc-kr"),
    )
    found = read(compound("mixed", part("text/plain", b"see below"), b"Content-Type: message/rfc822\r\n\r\n" + inner))
    assert found.body == b"see below"
    assert [(each.title, each.body) for each in found.attached] == [
        ("a.pdf", b"%PDF-1"),
        ("보도자료", "수출규제".encode()),
    ]


@pytest.mark.parametrize("lang", SCRIPTS)
@pytest.mark.parametrize("claimed", ["utf-8", "iso-8859-1", "us-ascii", "x-unknown", "gb2312"])
def test_a_charset_that_is_not_what_it_says(lang: str, claimed: str) -> None:
    text = SCRIPTS[lang][1] * 3
    found = read(mail({"Content-Type": f"text/plain; charset={claimed}"}, text.encode()))
    assert words(found) == text


@pytest.mark.parametrize("body", [b"", b"just words\nno headers", b"\x00\xff" * 500, b"PK\x03\x04", b"<html><p>x"])
def test_what_is_no_mail_is_refused(body: bytes) -> None:
    with pytest.raises(BadRecord, match="not a mail"):
        read(body)


@pytest.mark.parametrize("depth", [DEPTH + 2, 1_000, 3_000])
def test_parts_nested_too_deep_are_refused(depth: int) -> None:
    with pytest.raises(BadRecord, match="nested deeper than"):
        read(russian_doll(depth))
    with pytest.raises(BadRecord, match="nested deeper than"):
        page(russian_doll(depth))


def test_honest_depth_is_read() -> None:
    assert read(russian_doll(DEPTH - 5)).body.strip() == b"deep"


def test_more_parts_than_anybody_sends_are_counted() -> None:
    many = compound("mixed", *[b"Content-Type: text/plain\r\n\r\nx"] * 20_000)
    found = read(many)
    assert found.beyond == 20_000 - PARTS
    assert found.body.count(b"x") == PARTS


@pytest.mark.parametrize(
    "raw",
    [
        mail({"Content-Transfer-Encoding": "base64"}, b"!!!" * 100 + b"\xff" * 100),
        mail({"Content-Transfer-Encoding": "base64", "Content-Type": "application/pdf"}, b"JVBERi0"),
        mail({"Content-Transfer-Encoding": "uuencode"}, b"begin 644 x\n\xff\xff\nend"),
        mail({"Content-Transfer-Encoding": "nonsense; a=b"}, b"text"),
        mail({"Content-Type": "text/plain; charset=" + "x" * 5_000}),
        mail({"Content-Type": ";;;=;"}),
        mail({"Content-Type": "multipart/mixed"}, b"no boundary"),
        mail({"Content-Type": 'multipart/mixed; boundary=""'}, b"--\r\n\r\nx"),
        mail({"Content-Type": "message/rfc822"}, b""),
        mail({"Content-Type": "message/delivery-status"}, b"\r\n\r\n\r\na: b\r\n\r\n"),
        mail({"Content-Disposition": "attachment; filename*0*=utf-9''%ff; filename*999999999=x"}),
        mail({"Content-Disposition": "attachment; " + 'a="b;' * 50_000}),
        mail({"Subject": "=?utf-8?B?" * 5_000, "Date": "=?" * 5_000, "From": "(" * 60_000}),
        mail({f"X-{number}": "y" for number in range(20_000)}),
        mail(Subject="a\r\n" + " b\r\n" * 50_000),
        b"\xef\xbb\xbf\r\n" + mail(),
        mail(body=b"\r\n" * 500_000),
    ],
)
def test_broken_mails_are_read_as_far_as_they_go(raw: bytes) -> None:
    found = read(raw)
    assert found.message_id == "1@ministry.example"
    (found.title + "".join(each.name for each in found.attached)).encode()


@pytest.mark.parametrize("lang", SCRIPTS)
def test_the_page_of_a_saved_archive(lang: str) -> None:
    subject, text, charset = SCRIPTS[lang]
    url = "https://www.ministry.example/press/1"
    html = f"<title>{subject}</title><p>{text}".encode(charset)
    frame = b"Content-Location: https://www.ministry.example/frame\r\n" + part("text/html", b"<p>frame")
    main = f"Content-Location: {url}\r\n".encode() + part(f"text/html; charset={charset}", html, "", "quoted-printable")
    image = b"Content-Location: https://www.ministry.example/a.png\r\n" + part("image/png", b"\x89PNG")
    saved = compound("related", frame, main, image, **{"Snapshot-Content-Location": f"{url}#top"})
    found = page(saved)
    assert (found.url, found.content_type, found.body) == (url, f"text/html; charset={charset}", html)
    found = page(compound("related", main, frame, image))
    assert (found.url, found.body) == (url, html)
    with pytest.raises(BadRecord, match="there is no page in it"):
        page(compound("related", image))
