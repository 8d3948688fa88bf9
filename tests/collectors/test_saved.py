"""Pages as browsers save them: the address is the one they were saved from, and nothing that a page merely says."""

from __future__ import annotations

import pytest

from collectors.saved import HEAD_BYTES, address

URL = "https://www.meti.example/press/2019/12/20191216001/20191216001.html"
MOTIR = "https://www.motir.example/kor/article/ATCL3f49a5a8c/171234/view"


def chrome(url: str) -> str:
    return f"<!DOCTYPE html>\n<!-- saved from url=({len(url):04d}){url} -->\n<html><head>"


def single_file(url: str) -> str:
    return (
        f'<!DOCTYPE html> <html lang="ko"><!--\n Page saved with SingleFile \n url: {url} \n'
        " saved date: Mon Dec 16 2019 21:40:00 GMT+0900 (Korean Standard Time)\n-->"
        '<meta charset="utf-8"><title>보도자료</title>'
    )


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (chrome(URL) + "<title>輸出管理</title>", URL),
        (single_file(MOTIR), MOTIR),
        (f'<html><head><link rel="canonical" href="{URL}"><title>x</title>', URL),
        (f"<HTML><HEAD><LINK HREF='{URL}' REL='alternate CANONICAL'/>", URL),
        (f"<link rel=canonical href={URL}>", URL),
        ('<base href="https://www.mofcom.example/art/"><link rel="canonical" href="2024/1.html">', None),
        ('<link rel="canonical" href="2024/1.html"><base href="https://www.mofcom.example/art/">', None),
        ('<link href="https://www.mofcom.example/?id=1&amp;lang=zh" rel="canonical">', "?id=1&lang=zh"),
        # The saver was there; what the publisher declares is second.
        (chrome(URL) + '<link rel="canonical" href="https://www.meti.example/other">', URL),
        (f'<link rel="canonical" href="https://www.meti.example/other">{single_file(MOTIR)[15:]}', MOTIR),
        (chrome("https://www.meti.example/a%2D%2Db"), "https://www.meti.example/a--b"),
        (chrome(URL.replace("www", "WWW") + "?utm_source=mail#top"), URL),
    ],
)
def test_the_address_is_where_it_was_saved_from(page: str, expected: str | None) -> None:
    if expected is None:
        expected = "https://www.mofcom.example/art/2024/1.html"
    if expected.startswith("?"):
        expected = f"https://www.mofcom.example/{expected}"
    assert address(page.encode()) == expected


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp932", "euc-kr", "gb18030", "big5"])
def test_in_every_charset(codec: str) -> None:
    meta = "" if codec.startswith("utf") else f'<meta charset="{codec}">'
    words = {"cp932": "輸出管理の見直し", "euc-kr": "수출통제", "gb18030": "出口管制", "big5": "出口管制（修正）"}
    page = f"{chrome(URL)}{meta}<title>{words.get(codec, '輸出 수출 出口')}</title>"
    assert address(page.encode(codec)) == URL


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<title>輸出管理</title>",
        "<!-- saved from url=(0014)about:internet -->",
        "<!-- saved from url=(0020)file:///C:/notice.html -->",
        f"<body><!-- saved from url=({len(URL):04d}){URL} --></body>",
        f"<body><p>see <link rel='canonical' href='{URL}'></body>",
        f"<head></head><link rel='canonical' href='{URL}'>",
        f"<script>document.write('<link rel=canonical href={URL}>')</script><body>",
        f"<title><link rel=canonical href={URL}></title>",
        f"<!-- <link rel=canonical href={URL}> -->",
        f"<!-- we saved from url=(0042){URL} -->",
        f'<link rel="alternate" href="{URL}"><link rel="stylesheet" href="{URL}">',
        # Many sites name their entrance on every page.
        '<link rel="canonical" href="https://www.meti.example/">',
        '<link rel="canonical" href="/">',
        '<link rel="canonical" href="relative.html">',
        '<link rel="canonical" href="javascript:alert(1)">',
        f'<link rel="canonical" href="https://www.meti.example/{"a" * 3_000}">',
        "<p>" * HEAD_BYTES + f"<link rel='canonical' href='{URL}'>",
    ],
)
def test_there_is_none_where_nobody_says_so(page: str) -> None:
    assert address(page.encode()) == ""


@pytest.mark.parametrize(
    "piece",
    ["<!--", "<link ", "<link rel=canonical ", "<script>", "<base", "<title", "< ", "<!-- --><link a=b>", '<link a="'],
)
def test_pages_built_to_take_for_ever_do_not(piece: str) -> None:
    assert address(piece.encode() * (4 * HEAD_BYTES // len(piece))) == ""
