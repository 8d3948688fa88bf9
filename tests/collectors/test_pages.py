"""Lists, the pages behind their rows and what is attached to those, over real HTTP on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors import kept
from collectors.sources import IdRule, ListRule, Source
from exportwatch.errors import BadRecord
from exportwatch.model import Draft, Fetched, Parsed, Release
from processors.extract import Unreadable, extract
from tests.collectors.house import TODAY, House, item, rss
from tests.collectors.kit import Answer, serve
from tests.exportwatch import pdfs


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with serve() as server:
        yield House(server, tmp_path)


@pytest.fixture(autouse=True)
def for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page is looked at again; test_kept.py tests that."""
    monkeypatch.setattr(kept, "VISITS", (10**15,))


def listing(house: House, **fields: Any) -> Source:
    rule = ListRule(row="li", date="i")
    given = {"parser": "page", "follow": True, "list_rule": rule, "attachments": 'a[href$=".pdf" i]', **fields}
    return house.source(id_rule=IdRule(pattern=r"/p/(\d+)"), **given)


def row(number: int, title: str, day: str = TODAY) -> str:
    return f"<li><a href='/p/{number}'>{title}</a> <i>{day}</i></li>"


def rows(house: House, *found: str, **headers: str) -> None:
    house.answer(f"<ul>{''.join(found)}</ul>".encode(), Content_Type="text/html; charset=utf-8", **headers)


def pages(house: House, **pages: str) -> None:
    for name, text in pages.items():
        house.answer(f"<h1>{text}</h1>".encode(), f"/p/{name[1:]}", Content_Type="text/html; charset=utf-8")


def attach(house: House, *names: str, page: int = 1, text: str = "輸出管理") -> None:
    """A release page with links to PDFs, each of which is there."""
    links = "".join(f"<a href='/f/{name}'>別紙 {name}</a>" for name in names)
    house.answer(f"<html><h1>{text}</h1>{links}".encode(), f"/p/{page}", Content_Type="text/html; charset=utf-8")
    for name in names:
        house.answer(pdfs.pdf([f"{text} {name}"]), f"/f/{name}", Content_Type="application/pdf")


def read(release: Release) -> tuple[str, str]:
    document = extract(release, release.body.data if release.body else None, max_text_characters=1000)
    return document.title, document.text


TITLES = ("Export controls on gallium", "輸出管理の見直し", "수출규제 강화", "出口管制公告", "輸出管制清單")


def test_rows_in_four_languages_become_releases_with_their_pages(house: House) -> None:
    rows(house, *[row(number, title) for number, title in enumerate(TITLES)])
    pages(house, **{f"p{number}": f"{title} 본문" for number, title in enumerate(TITLES)})
    outcome = house.poll(listing(house))
    assert (outcome.status, outcome.counts.new) == ("collected", 5)
    assert [(release.id, release.title) for release in house.archive.releases()] == [
        (f"demo:{number}", title) for number, title in enumerate(TITLES)
    ]
    assert house.bodies()[2] == "<h1>수출규제 강화 본문</h1>"
    assert {release.published for release in house.archive.releases()} == {TODAY}


def test_an_unchanged_list_is_no_work(house: House) -> None:
    rows(house, row(1, "輸出"), ETag='"1"')
    pages(house, p1="輸出")
    house.poll(listing(house))
    rows(house, row(1, "輸出"), ETag='"2"')
    assert house.poll(listing(house)).status == "unchanged"
    house.server.script["/demo"] = Answer(status=304, length=False)
    assert house.poll(listing(house)).status == "unchanged"
    assert house.server.requests[-1][1]["if-none-match"] == '"2"'
    assert house.server.paths == ["/demo", "/p/1", "/demo", "/demo"]


def test_a_changed_row_brings_a_new_revision_and_the_others_are_left_alone(house: House) -> None:
    rows(house, row(1, "수출규제"), row(2, "수출통제"))
    pages(house, p1="첫째", p2="둘째")
    house.poll(listing(house))
    rows(house, row(3, "출구"), row(1, "수출규제 (정정)"), row(2, "수출통제"))
    pages(house, p1="첫째 (정정)", p2="둘째 (정정)", p3="셋째")
    counts = house.poll(listing(house)).counts
    assert (counts.new, counts.changed, counts.unchanged) == (1, 1, 1)
    assert [(release.id, release.title) for release in house.archive.releases()][2:] == [
        ("demo:3", "출구"),
        ("demo:1", "수출규제 (정정)"),
    ]
    assert house.bodies()[-1] == "<h1>첫째 (정정)</h1>"
    first, *_, last = [release for release in house.archive.releases() if release.id == "demo:1"]
    assert last.observed > first.observed


def test_a_row_that_only_moved_is_not_fetched_again(house: House) -> None:
    rows(house, row(1, "輸出"), row(2, "出口"))
    pages(house, p1="1", p2="2")
    house.poll(listing(house))
    rows(house, row(2, "出口"), row(1, "輸出"))
    assert house.poll(listing(house)).counts.unchanged == 2
    assert len(house.server.paths) == 4


def test_a_broken_selector_is_a_failure_that_names_source_and_selector(house: House) -> None:
    rows(house, row(1, "輸出"))
    pages(house, p1="1")
    broken = listing(house, list_rule=ListRule(row="dl.news > dd"))
    outcome = house.poll(broken)
    assert (outcome.source, outcome.status) == ("demo", "failed")
    assert "list.row 'dl.news > dd' finds nothing on the page" in outcome.reason
    outcome = house.poll(listing(house, list_rule=ListRule(row="li", date="time")))
    assert "list.date 'time' finds no date in any row" in str(outcome)
    assert house.archive.releases() == []
    assert house.poll(listing(house)).counts.new == 1


def test_three_pdfs_are_three_attachments_of_one_root(house: House) -> None:
    rows(house, row(1, "輸出管理"))
    attach(house, "1-1.pdf", "1-2.pdf", "1-3.PDF")
    assert house.poll(listing(house)).counts.new == 4
    root, *attached = house.archive.releases()
    assert (root.id, root.root) == ("demo:1", "")
    assert [(each.id, each.root, each.title) for each in attached] == [
        ("demo:1/1-1.pdf", "demo:1", "別紙 1-1.pdf"),
        ("demo:1/1-2.pdf", "demo:1", "別紙 1-2.pdf"),
        ("demo:1/1-3.PDF", "demo:1", "別紙 1-3.PDF"),
    ]
    assert {(each.published, each.body and each.body.content_type) for each in attached} == {(TODAY, "application/pdf")}
    assert [read(each) for each in attached][1] == ("別紙 1-2.pdf", "輸出管理 1-2.pdf")
    assert attached[0].url == house.server.url("/f/1-1.pdf")


def test_attachments_of_a_feed_are_taken_too(house: House) -> None:
    house.answer(rss(item(1)))
    attach(house, "붙임.pdf", page=1)
    house.server.script["/page/1"] = house.server.script["/p/1"]
    house.server.script["/f/%EB%B6%99%EC%9E%84.pdf"] = house.server.script["/f/붙임.pdf"]
    assert house.poll(house.source(follow=True, attachments="a")).counts.new == 2
    assert house.archive.releases()[1].id.endswith("/붙임.pdf")


def test_only_a_changed_attachment_is_a_new_revision(house: House) -> None:
    rows(house, row(1, "輸出管理"))
    attach(house, "1.pdf", "2.pdf")
    house.poll(listing(house))
    rows(house, row(1, "輸出管理（更新）"))
    house.answer(pdfs.pdf(["改正"]), "/f/2.pdf", Content_Type="application/pdf")
    counts = house.poll(listing(house)).counts
    assert (counts.new, counts.changed, counts.unchanged) == (0, 2, 1)
    assert [release.id for release in house.archive.releases()][3:] == ["demo:1", "demo:1/2.pdf"]


def test_a_missing_attachment_is_asked_for_again_and_at_last_only_named(house: House) -> None:
    rows(house, row(1, "수출통제"), ETag='"1"')
    attach(house, "1.pdf", "2.pdf")
    del house.server.script["/f/1.pdf"]
    outcome = house.poll(listing(house))
    assert (outcome.status, outcome.counts.new) == ("collected", 2)
    assert "an attachment is missing" in outcome.reason
    attach(house, "1.pdf", "2.pdf", text="동적인 페이지")  # differs at every request, as pages with a token do
    del house.server.script["/f/1.pdf"]
    for _ in range(3):
        assert house.poll(listing(house)).counts.published == 0
    assert house.poll(listing(house)).counts.new == 1
    assert [release.id for release in house.archive.releases()] == ["demo:1", "demo:1/2.pdf", "demo:1/1.pdf"]
    last = house.archive.releases()[-1]
    assert (last.state, last.title, read(last)) == ("unreadable", "別紙 1.pdf", ("別紙 1.pdf", ""))
    assert house.poll(listing(house)).status == "unchanged"
    assert (house.server.paths.count("/f/1.pdf"), house.server.paths.count("/f/2.pdf")) == (5, 1)


def test_an_attachment_that_comes_late_is_taken(house: House) -> None:
    rows(house, row(1, "出口管制"))
    attach(house, "1.pdf")
    late = house.server.script.pop("/f/1.pdf")
    assert house.poll(listing(house)).counts.new == 1
    house.server.script["/f/1.pdf"] = late
    assert house.poll(listing(house)).counts.new == 1
    assert house.state().pages.keys() == {"demo:1"}
    assert house.poll(listing(house)).status == "unchanged"


def test_an_attachment_over_the_limit_is_kept_as_such(house: House) -> None:
    rows(house, row(1, "出口管制"))
    attach(house, "1.pdf")
    house.answer(bytes(1024 * 1024 + 1), "/f/1.pdf")
    assert house.poll(listing(house)).counts.new == 2
    assert house.archive.releases()[1].state == "too large"


def test_an_unreadable_attachment_stays_findable(house: House) -> None:
    rows(house, row(1, "出口管制"))
    attach(house, "1.pdf")
    house.answer(pdfs.SCANNED, "/f/1.pdf", Content_Type="application/octet-stream")
    house.poll(listing(house))
    with pytest.raises(Unreadable, match="images but no text") as raised:
        read(house.archive.releases()[1])
    assert (raised.value.document.title, raised.value.document.root) == ("別紙 1.pdf", "demo:1")


def test_an_attachment_at_a_private_address_is_not_fetched(house: House) -> None:
    rows(house, row(1, "出口管制"))
    house.answer(b"<html><a href='http://127.0.0.1:9/secret.pdf'>x</a>", "/p/1", Content_Type="text/html")
    outcome = house.poll(listing(house))
    assert outcome.counts.new == 1
    assert "secret.pdf: address: " in outcome.reason


def test_a_page_whose_attachments_cannot_be_read_is_published_all_the_same(house: House) -> None:
    def killed(page: Fetched, root: Draft, source: Source) -> Parsed:
        raise BadRecord("the parser had to be stopped")

    rows(house, row(1, "出口管制"))
    attach(house, "1.pdf")
    outcome = house.poll(listing(house), attach=killed)
    assert (outcome.status, outcome.counts.new) == ("collected", 1)
    assert "were not read: the parser had to be stopped" in outcome.reason


def test_a_stop_between_attachments_keeps_what_was_done(house: House) -> None:
    rows(house, row(1, "輸出"))
    attach(house, "1.pdf", "2.pdf", "3.pdf")
    asked = iter([False, False, False])  # by the loop, before the page, before the first attachment
    outcome = house.poll(listing(house), stop=lambda: next(asked, True))
    assert (outcome.status, outcome.counts.new) == ("stopped", 2)
    house.run(listing(house))
    assert [release.id for release in house.archive.releases()] == [
        "demo:1",
        "demo:1/1.pdf",
        "demo:1/2.pdf",
        "demo:1/3.pdf",
    ]
    assert house.server.paths.count("/f/1.pdf") == 1


def test_an_error_in_place_of_a_page_is_a_release_without_text_and_the_text_may_follow(house: House) -> None:
    rows(house, row(1, "수출통제"))
    house.answer(b"", "/p/1", Content_Type="text/html; charset=utf-8")
    outcome = house.poll(listing(house))
    assert (outcome.counts.new, outcome.condition.state) == (1, "SCHEMA")
    assert [(release.title, release.state) for release in house.archive.releases()] == [("수출통제", "unreadable")]
    assert house.poll(listing(house)).counts.published == 0
    pages(house, p1="輸出管理")
    outcome = house.poll(listing(house))
    assert (outcome.counts.changed, house.told()) == (1, ["SCHEMA", "RECOVERED"])
    assert [release.state for release in house.archive.releases()] == ["unreadable", "ok"]


def test_what_was_published_is_never_replaced_by_less(house: House) -> None:
    rows(house, row(1, "수출통제"))
    pages(house, p1="輸出管理")
    house.poll(listing(house))
    rows(house, row(1, "수출통제 (정정)"))
    for broken in (Answer(b"", headers={"Content-Type": "text/html"}), Answer(status=404)):
        house.server.script["/p/1"] = broken
        for _ in range(6):
            house.poll(listing(house))
    assert house.titles() == ["수출통제"]


def test_a_page_in_a_charset_that_the_file_names_carries_it(house: House) -> None:
    given = listing(house, encoding="euc-kr")
    house.answer(row(1, "수출통제").encode("euc-kr"), Content_Type="text/html; charset=utf-8")
    house.answer("<h1>불화수소</h1>".encode("euc-kr"), "/p/1", Content_Type="text/html; charset=utf-8")
    house.poll(given)
    (release,) = house.archive.releases()
    assert release.body is not None
    assert release.body.content_type == "text/html; charset=euc-kr"
    assert (release.title, read(release)[1]) == ("수출통제", "불화수소")
