"""Lists in HTML in the manner of ministries, in four languages and old charsets, and pages that mean harm."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from collectors import page, sourcefiles
from collectors.sources import DateRule, IdRule, ListRule, Source
from exportwatch import configfiles
from exportwatch.errors import BadRecord
from exportwatch.model import Draft, Fetched, Parsed
from exportwatch.sandbox import Killed, Sandbox
from tests.collectors.kit import fetched, source
from tests.exportwatch import pdfs
from tests.exportwatch.pages import HEAVY, HOSTILE

SHIPPED = sourcefiles.load(sorted((configfiles.shipped() / "sources").glob("*.toml")))
URL = "https://ministry.example/news/list.html"


def listing(row: str = "li", **fields: object) -> Source:
    rule = {key: fields.pop(key) for key in list(fields) if key in ("link", "title", "date", "html")}
    rule |= {key: fields.pop(key) for key in list(fields) if key in ("pattern", "address", "next", "empty", "files")}
    if "files" in rule:
        rule["attachments"] = rule.pop("files")
    return source(parser="page", follow=True, list_rule=msgspec.convert({"row": row, **rule}, ListRule), **fields)


def read(html: str, given: Source, codec: str = "utf-8", content_type: str = "text/html") -> Parsed:
    return page.parse(fetched(html.encode(codec), content_type, URL), given)


def one(html: str, given: Source) -> Draft:
    parsed = read(html, given)
    assert parsed.rejections == ()
    (draft,) = parsed.drafts
    return draft


def reason(html: str, given: Source) -> str:
    parsed = read(html, given)
    assert parsed.drafts == ()
    (rejection,) = parsed.rejections
    assert rejection.where == f"demo {URL}"
    return rejection.reason


@pytest.mark.parametrize(
    ("codec", "charset", "title", "written"),
    [
        ("utf-8", "utf-8", "Exports of hydrogen fluoride", "July 1, 2019"),
        ("shift_jis", "Shift_JIS", "大韓民国向け輸出管理の運用の見直し", "令和元年7月1日"),
        ("euc_kr", "euc-kr", "일본의 수출규제에 대한 입장", "2019.07.01"),
        ("gb18030", "gb2312", "关于对镓、锗实施出口管制的公告", "[2019-07-01]"),
        ("big5", "big5", "修正戰略性高科技貨品輸出管制", "2019/07/01"),
    ],
)
@pytest.mark.parametrize("declared", ["page", "header"])
def test_a_list_in_each_language(codec: str, charset: str, title: str, written: str, declared: str) -> None:
    meta = f"<meta charset={charset}>" if declared == "page" else ""
    html = f"<html><head>{meta}</head><body><ul><li><a href='../p/7.html'>{title}</a> <span>{written}</span></ul>"
    content_type = "text/html" if declared == "page" else f"text/html; charset={charset}"
    parsed = read(html, listing(date="span", id_rule=IdRule(pattern=r"/p/(\d+)")), codec, content_type)
    assert parsed.rejections == ()
    assert parsed.drafts == (
        Draft(
            id="demo:7",
            publisher="demo",
            source="demo",
            kind="press release",
            url="https://ministry.example/p/7.html",
            title=title,
            published="2019-07-01",
            extra={
                "follow": "https://ministry.example/p/7.html",
                "content": "",
                "content_type": "text/plain; charset=utf-8",
            },
        ),
    )


def test_a_date_may_stand_over_its_rows() -> None:
    html = """<p>更新日 2026年1月1日</p><dl><dt>2026年3月31日</dt><dd><a href=/1>一</a></dd><dd><a href=/2>二</a></dd>
    <dt>new!</dt><dt>2026年3月30日</dt><dd><a href=/3>三</a></dd></dl>"""
    drafts = read(html, listing("dl > dd", date="dl > dt")).drafts
    assert [draft.published for draft in drafts] == ["2026-03-31", "2026-03-31", "2026-03-30"]


def test_the_date_of_a_row_is_not_that_of_the_next() -> None:
    html = "<ul><li><a href=/1>一</a> <i>2026-03-31</i><li><a href=/2>二</a></ul>"
    assert [draft.published for draft in read(html, listing(date="i")).drafts] == ["2026-03-31", ""]


@pytest.mark.parametrize(
    ("html", "fields", "title", "published"),
    [
        ("<a href=/1 title='수출통제 강화'>수출통…</a>", {"title": "a@title"}, "수출통제 강화", ""),
        ("<h3>出口<em>管制</em></h3><a href=/1>更多</a>", {"title": "h3"}, "出口管制", ""),
        ("<a href=/1>Export<br>controls \n of  HF</a>", {}, "Export controls of HF", ""),
        ("<a href=/1>x</a><time datetime='2019-12-16T09:30:00+09:00'>月曜日</time>", {"date": "time"}, "x",
         "2019-12-16T09:30:00+09:00"),
        ("<a href=/1 data-day=20191216>x</a>", {"date": "a@data-day"}, "x", "2019-12-16"),
        ("<i>No. 5</i><a href=/1>x</a><i>2019. 12. 16.</i>", {"date": "i"}, "x", "2019-12-16"),
    ],
)  # fmt: skip
def test_titles_and_dates_are_texts_or_attributes(
    html: str, fields: dict[str, str], title: str, published: str
) -> None:
    draft = one(f"<li>{html}</li>", listing(**fields))
    assert (draft.title, draft.published) == (title, published)


def test_a_row_may_be_the_link_itself_and_be_there_twice() -> None:
    html = "<a href=/press/1><img src=x></a><a href='/press/1#top'>韓国向け輸出管理</a><a href=/press/1>詳細</a>"
    draft = one(html, listing('a[href*="/press/"]', id_rule=IdRule(pattern=r"/press/(\d+)")))
    assert (draft.id, draft.title) == ("demo:1", "韓国向け輸出管理")


def test_links_that_are_scripts_become_addresses() -> None:
    html = "<li><a href=\"javascript:article.view('172070');\">전략물자 수출입고시 개정</a>"
    given = listing(pattern=r"view\('(\d+)'\)", address=r"/kor/article/ATCL1/\1/view")
    assert one(html, given).url == "https://ministry.example/kor/article/ATCL1/172070/view"
    opened = "<li><a href=\"javascript:window.open('/view.do?no=5')\">수출통제</a>"
    assert one(opened, listing()).url == "https://ministry.example/view.do?no=5"


def test_links_are_relative_to_the_base_of_the_page() -> None:
    assert one("<base href='/en/'><li><a href=1.html>x</a>", listing()).url == "https://ministry.example/en/1.html"
    assert one("<base href='javascript:x'><li><a href=1.html>x</a>", listing()).url.endswith("/news/1.html")


def test_the_markup_may_be_inside_json() -> None:
    html = "<ul class=txtList_01><li><a href=/art/1.html title=对镓实施出口管制>对镓…</a><span>[2023-07-03]</span></ul>"
    given = listing(".txtList_01 > li", html="data.html", title="a@title", date="span")
    answer = json.dumps({"code": "200", "data": {"html": html}})
    assert (one(answer, given).title, one(answer, given).published) == ("对镓实施出口管制", "2023-07-03")
    for body in ("<html>Request Access", "[]", '{"data": []}', '{"data": {"html": 3}}', "[" * 100_000):
        assert reason(body, given).startswith("list.html 'data.html': ")


@pytest.mark.parametrize(
    ("html", "fields", "complaint"),
    [
        ("<p>お探しのページは見つかりません", {"row": "dl > dd"}, "list.row 'dl > dd' finds nothing on the page"),
        ("<li><a href=/1>x</a><b>어제</b>", {"date": "time"}, "list.date 'time' finds no date in any row"),
        ("<li><a href=/1>x</a><b>昨日</b>", {"date": "b"}, "list.date 'b' finds no date in any row"),
        ("<li><a href=/1>x</a>", {"title": "h3"}, "list.title 'h3' finds no title in any row"),
    ],
)
def test_a_selector_that_finds_nothing_is_named(html: str, fields: dict[str, str], complaint: str) -> None:
    assert reason(html, listing(**fields)) == complaint


def test_a_broken_row_is_named_and_the_others_go_on() -> None:
    html = """<li>輸出<li><a href='javascript:go()'>수출<li><a href='mailto:a@b.example'>出口</a>
    <li><a href='/%s'>x</a><li><a href=/1>出口管制</a><li><a href=/2>x</a>""" % ("x" * 2000)
    parsed = read(html, listing(id_rule=IdRule(pattern="example(/)[12]")))
    assert [draft.title for draft in parsed.drafts] == ["出口管制"]
    assert [(each.where, each.reason[:35]) for each in parsed.rejections] == [
        ("demo row 1", "list.link 'a[href]' finds nothing i"),
        ("demo row 2", "its link is no http(s) URL: 'javasc"),
        ("demo row 3", "its link is no http(s) URL: 'mailto"),
        ("demo row 4", "its link has 2,025 characters"),
        ("demo row 6 (https://ministry.example/2)", "repeats the id demo:/ of a row befo"),
    ]


def test_only_so_many_rows_are_read() -> None:
    parsed = read("".join(f"<li><a href=/{number}>x</a>" for number in range(2003)), listing())
    assert len(parsed.drafts) == 2000
    assert parsed.rejections[0].reason == "3 rows beyond the first 2,000 are not read"
    assert "more than a page may have" in reason(" " * (8 * 1024 * 1024 + 1), listing())


@pytest.mark.parametrize("body", [b"", b"\0", b"<", b"\xff\xfe\x00", b"%PDF-1.7", bytes(range(256)) * 9, b"news.html"])
def test_what_is_no_page_at_all_is_a_rejection(body: bytes) -> None:
    parsed = page.parse(fetched(body, "text/html", URL), listing())
    assert (parsed.drafts, len(parsed.rejections)) == ((), 1)


def test_nul_does_not_end_a_page() -> None:
    assert one("<li>\0<a href=/1>輸\0出</a>", listing()).title == "輸\ufffd出"


def test_hostile_titles_are_only_text() -> None:
    title = "\x1b[31m<script>alert(1)</script>\u202eexe.fdp"
    escaped = title.replace("<", "&lt;")
    assert one(f"<li><a href=/1>{escaped}</a>", listing()).title == title


ATTACHED = """<html><body><h1>輸出管理</h1><a href="/">トップ</a><a href="#top">先頭</a><a href="">ここ</a>
<ul class=files><li><a href="20190701006-1.pdf">別紙1（PDF形式：85KB）</a><li><a href="./20190701006-2.PDF"><img></a>
<li><a href="20190701006-1.pdf">もう一度</a><li><a href="javascript:location.href='/attach/down/1/2'">붙임</a>
<li><a href="javascript:void(0)">無</a></ul></body></html>"""
ROOT = Draft(
    id="demo:20190701006",
    publisher="demo",
    source="demo",
    kind="notice",
    url=URL,
    title="輸出管理",
    published="2019-07-01",
    lang="ja",
)


def attached(html: str, selector: str) -> Parsed:
    return page.attachments(fetched(html.encode(), "text/html", URL), ROOT, listing(attachments=selector))


def test_attachments_of_a_page() -> None:
    parsed = attached(ATTACHED, 'a[href$=".pdf" i]')
    first, second = parsed.drafts
    assert first == replace(
        ROOT,
        id="demo:20190701006/20190701006-1.pdf",
        url="https://ministry.example/news/20190701006-1.pdf",
        title="別紙1（PDF形式：85KB）",
        root="demo:20190701006",
        extra={
            "follow": "https://ministry.example/news/20190701006-1.pdf",
            "content": "",
            "content_type": "text/plain; charset=utf-8",
        },
    )
    assert (second.id, second.title) == ("demo:20190701006/20190701006-2.PDF", "20190701006-2.PDF")


def test_a_selector_may_choose_what_is_around_the_links() -> None:
    names = [draft.id.removeprefix("demo:20190701006/") for draft in attached(ATTACHED, ".files").drafts]
    assert names[:2] == ["20190701006-1.pdf", "20190701006-2.PDF"]
    assert attached(ATTACHED, ".files").drafts[2].url == "https://ministry.example/attach/down/1/2"
    assert len(names) == 3
    assert "https://ministry.example/news/list.html" not in {draft.url for draft in attached(ATTACHED, "a").drafts}


def test_no_attachments_without_a_selector_or_a_page() -> None:
    assert attached(ATTACHED, "") == Parsed()
    assert page.attachments(fetched(pdfs.SCANNED, "text/html", URL), ROOT, listing(attachments="a")) == Parsed()


def test_only_so_many_attachments_are_taken() -> None:
    parsed = attached("<html>" + "".join(f"<a href=/{number}.pdf>x</a>" for number in range(23)), "a")
    assert len(parsed.drafts) == 20
    assert parsed.rejections[0].reason == "3 attachments beyond the first 20 are not read"


def test_the_next_page_is_another_of_the_same_host() -> None:
    given = listing(next=".pager a")
    row = "<li><a href=/1>x</a></li>"
    assert read(f"{row}<p class=pager><a href='?page=2'>다음</a>", given).next == f"{URL}?page=2"
    for link in ("#top", "list.html", "https://elsewhere.example/2", "javascript:go(2)"):
        assert read(f"{row}<p class=pager><a href='{link}'>下一页</a>", given).next == ""
    assert read(row, given).next == ""


@pytest.mark.parametrize(
    ("html", "css"),
    [
        ("<table><tr><td>등록된 게시물이 없습니다.</table>", 'td:-soup-contains("등록된 게시물이 없습니다")'),
        ("<ul class=rows></ul>", "ul.rows:not(:has(> li))"),
        ("<p class=none>該当する情報はありません。", ".none"),
    ],
)
def test_a_page_may_say_that_it_is_empty(html: str, css: str) -> None:
    given = listing("ul.rows > li, tr:has(a)", empty=css)
    assert read(html, given) == Parsed()
    assert reason("<p>お探しのページは見つかりません", given).startswith("list.row ")


def test_what_is_attached_in_a_row_comes_after_it() -> None:
    html = """<table><tr><td>令和8年9月15日<td>通達の改正<td><a href=/a.pdf>本文</a> <a href=/b.pdf>新旧対照表</a></tr>
    <tr><td>令和元年7月1日<td>別の通達<td><a href=/c.pdf>本文</a></tr></table>"""
    rules = {"title": "td:nth-of-type(2)", "date": "td", "files": "a[href]"}
    given = listing("tr", id_rule=IdRule(pattern=r"/(\w+)\.pdf"), **rules)
    first, attached_to_it, second = read(html, given).drafts
    assert (first.id, first.title, first.published, first.root) == ("demo:a", "通達の改正", "2026-09-15", "")
    assert (attached_to_it.id, attached_to_it.root) == ("demo:a/b.pdf", "demo:a")
    assert (attached_to_it.title, attached_to_it.published) == ("新旧対照表", "2026-09-15")
    assert (second.id, second.published) == ("demo:c", "2019-07-01")


def test_a_page_may_be_the_release_itself() -> None:
    html = "<base href=/other/><body><h1>DS590: Japan</h1><table><tr><td>Requested:<td>11 September 2019</table>"
    given = listing("body", link=".", title="h1", date="td + td", id_rule=IdRule(pattern=r"/(list)\.html"))
    draft = one(html, given)
    assert (draft.id, draft.url, draft.title, draft.published) == ("demo:list", URL, "DS590: Japan", "2019-09-11")
    assert (draft.body, draft.content_type, draft.extra) == (html.encode(), "text/html", {})
    forced = replace(given, encoding="euc-kr")
    assert read(html, forced).drafts[0].content_type == "text/html; charset=euc-kr"


def test_an_encoding_may_be_forced() -> None:
    html = "<li><a href=/1>불화수소 수출허가 절차</a>".encode("euc-kr")
    answer = fetched(html, "text/html; charset=utf-8", URL)
    assert page.parse(answer, listing(encoding="euc-kr")).drafts[0].title == "불화수소 수출허가 절차"


def test_dates_follow_the_rule_of_the_source() -> None:
    row = "<li><a href=/press/20260331013.html>운영 현황</a> <i>2026-04-02 09:30</i>"
    ruled: dict[str, Any] = {"id_rule": IdRule(pattern=r"/(\d{11})\."), "date": "i"}
    assert one(row, listing(**ruled, date_rule=DateRule(zone="Asia/Seoul"))).published == "2026-04-02T09:30:00+09:00"
    assert one(row, listing(**ruled, date_rule=DateRule(zone="+09:00", precision="day"))).published == "2026-04-02"
    numbered = DateRule(id_pattern=r":(\d{4})(\d\d)(\d\d)\d{3}", precision="day")
    assert one(row, listing(**ruled, date_rule=numbered)).published == "2026-03-31"


def test_a_notice_has_its_number_for_a_name_under_every_address() -> None:
    given = listing(title="a@title", id_rule=IdRule(title=r"^公告(\d{4})年第(\d+)号", pattern="art_([0-9a-f]+)"))
    named = [
        one(f"<li><a href=/{path}/art_{path}.html title='{title}'>…</a>", given).id
        for path, title in (
            ("a1", "公告2026年第51号 公布决定"),
            ("b2", "公告２０２６年第５１号"),
            ("c3", "就公告2026年第51号答问"),
        )
    ]
    assert named == ["demo:2026-51", "demo:2026-51", "demo:c3"]


def test_what_is_said_counts_not_how() -> None:
    first = read("<ul><li><a href=/1>輸出管理</a><li><a href=/2>수출통제</a></ul>", listing()).semantic_hash
    other = "<!-- 12:00 --><ul class=x><li>\n<a href='/1'> 輸出管理 </a><li><a href=/2>수출통제</a></ul><p>9,120"
    assert read(other, listing()).semantic_hash == first != ""
    assert read("<ul><li><a href=/1>輸出管理</a></ul>", listing()).semantic_hash != first


NOT_MADE = "[an error occurred while processing this directive]"
TEXT = "<p>수출통제 대상 품목과 허가 절차를 다음과 같이 개정한다.</p>"


@pytest.mark.parametrize(
    ("body", "main", "complaint"),
    [
        (f"<html><div class=bd>{TEXT}</div>", "", ""),
        (f"<html><div class=bd>{TEXT}</div>", "div.bd", ""),
        (f"<html><div class=bd>{TEXT}</div><div class=foot>{NOT_MADE}</div>", "", ""),
        (f"<html>{NOT_MADE}<div class=bd>{NOT_MADE}</div>{NOT_MADE}", "", "the server's own error stands in place"),
        (
            f"<html><p>首页 政策法规 在线审批 网站地图 联系我们 帮助</p><div class=bd>{NOT_MADE}</div>",
            "div.bd",
            "the server",
        ),
        ("<html><div class=bd><a href=/a.pdf></a></div>", "div.bd", ""),
        ("<html><div class=bd> \n </div><p>版权所有</p>", "div.bd", "no text on the page"),
        ("<html><head><script>var a = '輸出';</script></head><body></body>", "", "no text on the page"),
        ("<html><p>ページが見つかりません", "div.bd", "main 'div.bd' finds nothing on the page"),
        (" \n", "", "an empty answer"),
        (HOSTILE["nested"], "div.bd", ""),
    ],
)
def test_a_page_is_told_from_what_stands_in_its_place(body: str, main: str, complaint: str) -> None:
    found = page.usable(fetched(body.encode(), "text/html", URL), listing(main=main))
    assert found.startswith(complaint)
    assert bool(found) == bool(complaint)


def test_a_page_in_place_of_a_file_is_none() -> None:
    excuse = fetched(b"<html><p>Request Access", "text/html", "https://ministry.example/files/1.PDF")
    assert page.usable(excuse, listing()) == "a page stands in place of the file"
    led_on = replace(excuse, url="https://ministry.example/error", requested="https://ministry.example/a.hwpx")
    assert page.usable(led_on, listing()) == "a page stands in place of the file"
    assert page.usable(replace(excuse, body=pdfs.SCANNED), listing(main="div.bd")) == ""
    nameless = replace(excuse, url="https://ministry.example/error/500", requested="https://ministry.example/down/1")
    assert page.usable(nameless, listing()) == ""
    assert page.usable(nameless, listing(), attachment=True) == "a page stands in place of the file"
    annex = replace(excuse, url="https://ministry.example/annex.html")
    assert page.usable(annex, listing(main="div.bd"), attachment=True) == ""
    assert page.usable(replace(excuse, body=b"", headers={}), listing()) == "an empty answer"


KEPT_LISTS = {
    "jp-meti-list": (
        "<dl id=release_menulist><dt>2026年3月31日</dt><dd><a href='/press/2025/03/20260331013/20260331013.html'>"
        "輸出貿易管理令の改正</a></dd></dl>",
        ("jp-meti:20260331013", "輸出貿易管理令の改正", "2026-03-31"),
    ),
    "kr-motir-list": (
        "<table><tr><td>9<td><a href=\"javascript:article.view('172070');\"> 전략물자 수출입고시 개정 </a>"
        "<td>2026-10-02</table>",
        ("kr-motie:ATCL3f49a5a8c-172070", "전략물자 수출입고시 개정", "2026-10-02"),
    ),
    "cn-mofcom": (
        json.dumps({"code": "200", "success": True, "data": {"html": "<ul class='txtList_01'><li><a href="
        "'/zwgk/zcfb/art/2025/art_0123456789abcdef0123456789abcdef.html' title='公告2025年第61号'>公告…</a>"
        "<span>[2025-10-09]</span></li></ul>"}}),
        ("cn-mofcom:2025-61", "公告2025年第61号", "2025-10-09"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT_LISTS)
def test_the_shipped_lists_read_what_their_sites_are_known_to_send(name: str) -> None:
    html, expected = KEPT_LISTS[name]
    given = SHIPPED[name]
    parsed = page.parse(fetched(html.encode(), "text/html; charset=utf-8", given.url), given)
    assert parsed.rejections == ()
    assert [(draft.id, draft.title, draft.published) for draft in parsed.drafts] == [expected]
    assert all(draft.extra["follow"].startswith("https://www.") for draft in parsed.drafts)


def run(sandbox: Sandbox, answer: Fetched, given: Source) -> Parsed | Killed:
    payload = msgspec.to_builtins({"fetched": answer, "source": given}, builtin_types=(bytes,))
    found = sandbox.run("collectors.page:parse_payload", payload)
    return found if isinstance(found, Killed) else msgspec.convert(found, Parsed)


def test_hostile_lists_end_in_time_and_the_next_is_read() -> None:
    good = fetched("<li><a href=/1>輸出管理</a>".encode(), "text/html", URL)
    given = listing("li, p, font, div, td", link="a, :is(x, y)", date="i, option")
    with Sandbox() as sandbox:
        for name, html in (HOSTILE | HEAVY).items():
            found = run(sandbox, fetched(html.encode(), "text/html", URL), given)
            assert isinstance(found, Killed) or not found.drafts, name
            assert name not in HOSTILE or "page not read: " in found.rejections[0].reason  # type: ignore[union-attr]
        assert run(sandbox, good, given) == page.parse(good, given)


def test_a_page_is_judged_in_the_sandbox_too() -> None:
    answer, given = fetched(f"<html>{NOT_MADE}".encode(), "text/html", URL), listing()
    payload = msgspec.to_builtins({"fetched": answer, "source": given}, builtin_types=(bytes,))
    with Sandbox() as sandbox:
        assert sandbox.run("collectors.page:usable_payload", payload) == page.usable(answer, given) != ""


def test_attachments_are_found_in_the_sandbox_too() -> None:
    answer, given = fetched(ATTACHED.encode(), "text/html", URL), listing(attachments="a")
    payload = {"fetched": answer, "draft": ROOT, "source": given}
    with Sandbox() as sandbox:
        found = sandbox.run("collectors.page:attachments_payload", msgspec.to_builtins(payload, builtin_types=(bytes,)))
        assert msgspec.convert(found, Parsed) == page.attachments(answer, ROOT, given)
        hostile = {**payload, "fetched": fetched(HOSTILE["nested"].encode(), "text/html", URL)}
        with pytest.raises(BadRecord, match="nested more than"):
            sandbox.run("collectors.page:attachments_payload", msgspec.to_builtins(hostile, builtin_types=(bytes,)))
