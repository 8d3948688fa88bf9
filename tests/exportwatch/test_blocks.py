"""Lines of a page in reading order, and what is known of each."""

from __future__ import annotations

from typing import Any

import lxml.html  # type: ignore[import-untyped]
import pytest

from exportwatch.blocks import GRAM, blocks, grams, heard, width


def tree(html: str) -> Any:
    return lxml.html.document_fromstring(f"<html><body>{html}</body></html>")


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<p>輸出<b>管理</b>の<a href=x>見直し</a></p>tail", ["輸出管理の見直し", "tail"]),
        ("一<br>二<br/><br>三<div>四</div>五", ["一", "二", "三", "四", "五"]),
        ("<p>수출&nbsp;\n 통제\u3000강화</p>", ["수출 통제 강화"]),
        ("<script>a</script><style>b</style><p>出口<svg><text>c</text></svg>管制</p>", ["出口 管制"]),
        ("<p><ruby>輸出<rp>(</rp><rt>ゆしゅつ</rt><rp>)</rp></ruby>する</p>", ["輸出する"]),
        (
            "<table><tr><th>品目</th><td>鎵</td></tr><tr><td>編號</td><td>3A001</td></tr></table>",
            ["品目\t鎵", "編號\t3A001"],
        ),
        ("<table><tr><td><p>one</p><p>two</p></td><td>three</td></tr></table>", ["one", "two", "three"]),
        ("<table><tr><td></td><td>alone</td></tr></table>", ["alone"]),
        ("<!-- hidden --><p>shown<!-- x --> on</p>", ["shown on"]),
        ("<select><option>a</select><button>b</button><p>c", ["c"]),
        ("", []),
    ],
)
def test_lines(html: str, lines: list[str]) -> None:
    assert [block.text for block in blocks(tree(html))] == lines


@pytest.mark.parametrize("row", ["<tr></tr>", "<tr> </tr>", "<tr>注</tr>", "<tr><td></td></tr>", "<tr><p>주</p></tr>"])
def test_a_row_without_cells_breaks_nothing(row: str) -> None:
    found = [block.text for block in blocks(tree(f"<p>公告</p><table>{row}<tr><td>a</td><td>b</td></tr>{row}</table>"))]
    assert (found[0], found.count("a\tb")) == ("公告", 1)


def test_a_layout_row_of_a_link_beside_a_long_text_is_no_row_of_data() -> None:
    text = "輸出管理の運用を見直します。" * 20
    html = f"<table><tr><td><a href=x>ホーム</a></td><td>{text}</td></tr></table>"
    assert [block.text for block in blocks(tree(html))] == ["ホーム", text]


@pytest.mark.parametrize(
    ("html", "asides"),
    [
        ("<p>本文です。本文です。</p><nav>案内</nav>", [False, True]),
        ("<p>本文です。本文です。</p><div class='page-footer x'>住所</div>", [False, True]),
        ("<p>본문입니다. 본문입니다.</p><div id='comments'>댓글</div>", [False, True]),
        ("<p>正文。正文。正文。</p><div class='gnb'>首页</div>", [False, True]),
        ("<div class='sidebar'><h1>題</h1>本文</div>", [False, False]),
        (
            "<div class='with-sidebar'>本文です。本文です。本文です。<div class='menu'>案内</div></div><p>他</p>",
            [False, True, False],
        ),
        ("<div class='footage'>x</div><div class='broadside'>y</div><p>本文です。</p>", [False, False, False]),
        ("<div role='dialog'>クッキーを使用しています。同意しますか。</div><p>休業</p>", [True, False]),
    ],
)
def test_what_stands_aside(html: str, asides: list[bool]) -> None:
    assert [block.aside for block in blocks(tree(html))] == asides


@pytest.mark.parametrize(
    ("html", "link"),
    [
        ("<p><a href=x>関連記事の見出し</a> 2019</p>", True),
        ("<p>本文の中の<a href=x>語</a>です</p>", False),
        ("<p><a name=x>アンカーは移動しない</a></p>", False),
        (
            "<table><tr><td>12<td><a href=x>無許可輸出に係る処分</a><td>通商管理庁<td>2024-02-01</table>",
            True,
        ),
        ("<table><tr><td>3A001</td><td>集積回路</td></tr></table>", False),
    ],
)
def test_links(html: str, link: bool) -> None:
    (block,) = blocks(tree(html))
    assert block.link is link


def test_rights() -> None:
    for words in ("© 2019 Bureau", "Copyright 2019", "版权所有", "版權所有", "無断転載を禁じます", "저작권자 ⓒ 통상"):
        assert blocks(tree(f"<p>{words}</p>"))[0].rights
    assert not blocks(tree("<p>輸出の権利</p>"))[0].rights


def test_texts_are_compared_without_what_extractors_change() -> None:
    assert heard("Café, “x”\n 輸出 ・管理_") == heard("Cafe\u0301 x輸出管理")
    assert grams("あ" * GRAM + "い") == {"あ" * GRAM, "あ" * (GRAM - 1) + "い"}
    assert grams("短い") == {"短い"}
    assert grams("") == set()
    assert width("ab輸出수출") == 10
