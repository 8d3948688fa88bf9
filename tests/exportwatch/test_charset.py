"""Charsets as declared, undeclared and wrongly declared, in four languages and both Chinese scripts."""

from __future__ import annotations

import codecs
import time

import pytest

from exportwatch.charset import declared, decode_page, decode_text, known, read_page

ENGLISH = "The Bureau revised the “Entity List” — in effect from 4 July."
JAPANESE = "経済産業省は、フッ化水素など三品目の韓国向け輸出管理の運用を見直すと発表した。"
KOREAN = "산업통상자원부는 일본의 수출규제 조치에 대해 세계무역기구에 제소하겠다고 밝혔다."
SIMPLIFIED = "商务部公告：决定对镓、锗、锑相关物项实施出口管制，禁止向美国军事用户出口。"
TRADITIONAL = "經濟部國際貿易署公告修正戰略性高科技貨品輸出管制清單，並自即日起生效。"

LEGACY = [
    (ENGLISH, "windows-1252", "cp1252"),
    (ENGLISH, "iso-8859-1", "cp1252"),
    (JAPANESE, "Shift_JIS", "cp932"),
    (JAPANESE, "EUC-JP", "euc_jp"),
    (JAPANESE, "ISO-2022-JP", "iso2022_jp"),
    (KOREAN, "EUC-KR", "cp949"),
    (KOREAN, "ks_c_5601-1987", "cp949"),
    (SIMPLIFIED, "GB2312", "gb2312"),
    (SIMPLIFIED, "GBK", "gbk"),
    (SIMPLIFIED, "GB18030", "gb18030"),
    (TRADITIONAL, "Big5", "big5"),
    (TRADITIONAL, "utf-8", "utf-8"),
    (KOREAN, "utf-8", "utf-8"),
]
UNDECLARED = [(text, codec) for text, _, codec in LEGACY if text != ENGLISH] + [
    (text, codec)
    for text in (ENGLISH, JAPANESE, KOREAN, SIMPLIFIED, TRADITIONAL)
    for codec in ("utf-16-le", "utf-16-be")
]


def page(text: str, meta: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{meta}<title>{text}</title></head><body><p>{text}</p>\n</body></html>"


@pytest.mark.parametrize(("text", "label", "codec"), LEGACY)
def test_a_declared_charset_is_believed(text: str, label: str, codec: str) -> None:
    assert decode_text(text.encode(codec), f"text/plain; charset={label}") == text
    assert decode_text(text.encode(codec), f'text/plain;Charset="{label.upper()}"') == text
    assert decode_page(page(text).encode(codec), f"text/html;charset={label}") == page(text)


@pytest.mark.parametrize(("text", "label", "codec"), LEGACY)
def test_a_page_may_declare_its_charset_itself(text: str, label: str, codec: str) -> None:
    for meta in (
        f'<meta charset="{label}">',
        f"<META http-equiv='Content-Type' content='text/html; charset={label}'>",
    ):
        assert decode_page(page(text, meta).encode(codec), "text/html") == page(text, meta)


@pytest.mark.parametrize(("text", "codec"), UNDECLARED)
def test_an_undeclared_charset_is_detected(text: str, codec: str) -> None:
    assert decode_text(text.encode(codec)) == text
    assert decode_page(page(text).encode(codec), "text/html") == page(text)


@pytest.mark.parametrize("label", ["utf-8", "iso-8859-1", "no-such-charset", "base64", "utf-7", "rot13"])
@pytest.mark.parametrize(("text", "codec"), [(t, c) for t, c in UNDECLARED if not c.startswith(("utf", "iso"))])
def test_a_false_declaration_is_seen_through(text: str, codec: str, label: str) -> None:
    assert decode_text(text.encode(codec), f"text/plain; charset={label}") == text
    assert decode_page(page(text).encode(codec), f"text/html; charset={label}") == page(text)


@pytest.mark.parametrize("text", [ENGLISH, JAPANESE, KOREAN, SIMPLIFIED, TRADITIONAL])
def test_a_default_of_the_server_does_not_hide_utf_8(text: str) -> None:
    assert decode_page(page(text).encode(), "text/html; charset=iso-8859-1") == page(text)


@pytest.mark.parametrize("text", [ENGLISH, JAPANESE, KOREAN, SIMPLIFIED, TRADITIONAL])
@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_for_pages(text: str, mark: bytes, codec: str) -> None:
    body = mark + page(text, '<meta charset="shift_jis">').encode(codec)
    assert decode_page(body, "text/html; charset=euc-kr") == page(text, '<meta charset="shift_jis">')
    assert decode_text(mark + text.encode(codec)) == text


def test_the_http_header_goes_before_the_page() -> None:
    body = page(JAPANESE, '<meta charset="euc-jp">').encode("cp932")
    assert decode_page(body, "text/html; charset=shift_jis") == page(JAPANESE, '<meta charset="euc-jp">')


def test_a_declared_text_is_kept_to_the_character() -> None:
    text = "\ufeffa\x00b\r\nc\u0000\x00d\x1b$B"
    assert decode_text(text.encode(), "text/plain; charset=utf-8") == text


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("①㈱髙﨑", "cp932", "shift_jis"),
        ("①②", "euc_jisx0213", "euc-jp"),
        ("뷁펲", "cp949", "euc-kr"),
        ("镕囧", "gb18030", "gb2312"),
        ("碁銹裏", "cp950", "big5"),
        ("喺嘅", "big5hkscs", "big5"),
    ],
)
def test_labels_mean_what_browsers_take_them_for(text: str, codec: str, label: str) -> None:
    assert decode_page(text.encode(codec), f"text/html; charset={label}") == text


def test_a_few_damaged_bytes_do_not_change_the_charset() -> None:
    body = (KOREAN * 20).encode("cp949") + b"\xff\xff" + (KOREAN * 20).encode("cp949")
    read = decode_page(body, "text/html; charset=euc-kr")
    assert read.startswith(KOREAN * 20)
    assert read.endswith(KOREAN * 20)
    assert "�" in read


def test_bytes_that_are_no_text() -> None:
    assert decode_text(bytes(range(128, 256)) * 3) is None
    assert isinstance(decode_page(bytes(range(256)) * 3), str)
    assert decode_text(b"") == ""
    assert decode_page(b"") == ""


def test_a_charset_is_read_from_the_header_or_not_at_all() -> None:
    assert declared("text/html; charset=UTF-8") == "utf-8"
    assert declared("text/html; charset='gb_2312-80'; x=y") == "gb18030"
    assert declared("text/html") == ""
    assert declared("text/html; charset=unicode_escape") == ""


def test_twenty_megabytes_of_an_unknown_charset_are_detected_in_time() -> None:
    body = ((JAPANESE + "\n") * 400_000).encode("euc_jp")[: 20 * 1024 * 1024]
    begin = time.process_time()
    read = decode_text(body)
    assert read is not None
    assert read.startswith(JAPANESE)
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(("text", "label", "codec"), [each for each in LEGACY if each[2] not in ("utf-8", "cp1252")])
@pytest.mark.parametrize("said", ["", "text/html; charset=utf-8", "text/html; charset=iso-8859-1"])
def test_an_override_goes_before_all_declarations(text: str, label: str, codec: str, said: str) -> None:
    body = page(text, '<meta charset="windows-1251">').encode(codec)
    assert decode_page(body, said, override=label) == page(text, '<meta charset="windows-1251">')
    assert decode_text(text.encode(codec), said, override=label.upper()) == text


@pytest.mark.parametrize("text", [JAPANESE, KOREAN, SIMPLIFIED, TRADITIONAL])
@pytest.mark.parametrize("label", ["euc-kr", "gbk", "shift_jis", "big5", "windows-1251", "koi8-r", "iso-8859-2"])
def test_utf_8_is_not_read_as_what_it_is_said_to_be(text: str, label: str) -> None:
    """A site that has moved to UTF-8 under an old header, declaration or override."""
    assert decode_page(page(text).encode(), f"text/html; charset={label}") == page(text)
    assert decode_text(text.encode(), f"text/plain; charset={label}") == text
    assert decode_page(page(text).encode(), "text/html", override=label) == page(text)
    assert decode_page(f'<?xml version="1.0" encoding="{label}"?><a>{text}</a>'.encode()).endswith(f"<a>{text}</a>")


def test_an_override_that_is_believed_and_damaged_bytes() -> None:
    body = KOREAN.encode("cp949") + b"\xff" + KOREAN.encode("cp949")
    assert decode_page(body, override="euc-kr").startswith(KOREAN)
    assert decode_page(KOREAN.encode("cp949"), "text/html; charset=euc-kr", override="no-such-charset") == KOREAN
    assert decode_page(codecs.BOM_UTF8 + KOREAN.encode(), override="euc-kr") == KOREAN
    # An operator may ask for what no one would guess.
    assert decode_page("Привет".encode("koi8-r"), "text/html; charset=windows-1251", override="koi8-r") == "Привет"


@pytest.mark.parametrize("codec", ["utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be", "cp037"])
def test_xml_shows_its_charset_in_its_first_bytes(codec: str) -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><a>Notice 51 of the Bureau</a>'
    assert read_page(text.encode(codec)).text == text
    assert read_page(text.encode(codec)).codec == codec


def test_a_declaration_of_xml_goes_before_the_page_that_a_feed_quotes() -> None:
    text = f'<?xml version="1.0" encoding="euc-kr"?><d><![CDATA[<meta charset="shift_jis">{KOREAN}]]></d>'
    assert decode_page(text.encode("cp949"), "text/xml") == text


def test_labels_are_known_or_not() -> None:
    for label in ("euc-kr", "Shift_JIS", "GB2312", "big5", "iso-2022-jp", "windows-949", "utf-8", "x-sjis", "tis-620"):
        assert known(label)
    for label in ("", "no-such-charset", "base64", "utf-7", "unicode_escape", "idna"):
        assert not known(label)
