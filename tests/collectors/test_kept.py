"""Pages that are fetched once more: to see whether they were corrected, or because they were missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors import kept
from collectors.kept import Kept
from collectors.sources import IdRule, ListRule, Source
from collectors.state import Page, SourcePages
from exportwatch.model import Draft
from tests.collectors.house import TODAY, House
from tests.collectors.kit import NOON, Answer, serve, source

HOUR = 3600


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with serve() as server:
        yield House(server, tmp_path)


def listing(house: House, **fields: Any) -> Source:
    rule = ListRule(row="li", date="i")
    given = {"parser": "page", "follow": True, "list_rule": rule, "interval": HOUR, **fields}
    return house.source(id_rule=IdRule(pattern=r"/p/(\d+)"), **given)


def rows(house: House, *titles: str) -> None:
    found = "".join(f"<li><a href='/p/{number}'>{title}</a> <i>{TODAY}</i></li>" for number, title in enumerate(titles))
    house.answer(f"<ul>{found}</ul>".encode(), Content_Type="text/html; charset=utf-8")


def page(house: House, number: int, text: str, token: str = "", **headers: str) -> None:
    """A release page; `token` stands where nobody reads it."""
    body = f"<html><head><meta name=token content='{token}'></head><body><h1>告示</h1><p>{text}</p></body></html>"
    house.answer(body.encode(), f"/p/{number}", Content_Type="text/html; charset=utf-8", **headers)


def pass_and_run(house: House, seconds: float, *sources: Source) -> int:
    """How often the first page was asked for in a run after so long."""
    before = house.server.paths.count("/p/0")
    house.clock.pass_(seconds)
    house.run(*(sources or (listing(house),)))
    return house.server.paths.count("/p/0") - before


def test_a_page_is_looked_at_again_after_an_hour_a_day_a_week_and_thirty_days(house: House) -> None:
    rows(house, "수출규제")
    page(house, 0, "한국의 수출규제 조치에 관한 고시 본문이다.")
    assert pass_and_run(house, 0) == 1
    looks, hours = [], 0
    for _ in range(40 * 4):
        hours += 6
        if pass_and_run(house, 6 * HOUR):
            looks.append(hours)
    assert looks == [6, 24, 168, 720]
    assert house.state().next_visit == 0
    assert len(house.archive.releases()) == 1


def test_an_hour_later_it_is_looked_at_although_the_list_is_not_due(house: House) -> None:
    rows(house, "수출규제")
    page(house, 0, "한국의 수출규제 조치에 관한 고시 본문이다.")
    rarely = listing(house, interval=24 * HOUR)
    pass_and_run(house, 0, rarely)
    assert pass_and_run(house, HOUR, rarely) == 1
    assert house.server.paths.count("/demo") == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Exports of gallium need a licence.", "Exports of gallium and germanium need a licence."),
        ("輸出には許可が必要である。", "輸出には許可及び報告が必要である。"),
        ("수출에는 허가가 필요하다.", "수출에는 허가와 보고가 필요하다."),
        ("出口须申请许可。", "出口须申请许可并报告。"),
        ("出口須申請許可。", "出口須申請許可並報告。"),
    ],
)
def test_a_correction_is_a_revision_and_a_token_is_none(house: House, before: str, after: str) -> None:
    rows(house, "告示")
    page(house, 0, before, token="1")
    pass_and_run(house, 0)
    page(house, 0, before, token="2")
    assert pass_and_run(house, 2 * HOUR) == 1
    assert len(house.archive.releases()) == 1
    page(house, 0, after, token="3")
    assert pass_and_run(house, 24 * HOUR) == 1
    first, second = house.archive.releases()
    assert (first.id, second.id) == ("demo:0", "demo:0")
    assert after in house.bodies()[1]
    assert (second.origin, second.observed > first.observed) == ("live", True)


def test_another_reader_finds_no_revision_in_the_same_bytes(house: House) -> None:
    rows(house, "告示")
    page(house, 0, "出口须申请许可。")
    house.run(listing(house), version="1")
    house.clock.pass_(2 * HOUR)
    house.run(listing(house), version="2")
    assert len(house.archive.releases()) == 1


def test_a_page_is_asked_for_on_condition(house: House) -> None:
    rows(house, "告示")
    page(house, 0, "出口须申请许可。", ETag='"7"')
    pass_and_run(house, 0)
    house.server.script["/p/0"] = Answer(status=304, length=False)
    assert pass_and_run(house, 2 * HOUR) == 1
    asked = [headers for path, headers in house.server.requests if path == "/p/0"]
    assert [headers.get("if-none-match") for headers in asked] == [None, '"7"']
    assert len(house.archive.releases()) == 1


def test_a_page_that_is_gone_or_an_error_later_changes_nothing(house: House) -> None:
    rows(house, "告示", "告示二")
    page(house, 0, "出口须申请许可。")
    page(house, 1, "出口须申请许可。")
    pass_and_run(house, 0)
    house.server.script["/p/0"] = Answer(status=404)
    assert pass_and_run(house, 2 * HOUR) == 1
    house.answer(b"", "/p/0", Content_Type="text/html")
    assert pass_and_run(house, 24 * HOUR) == 1
    assert len(house.archive.releases()) == 2


def test_no_more_than_twenty_in_one_poll(house: House) -> None:
    rows(house, *[f"告示{number}" for number in range(25)])
    for number in range(25):
        page(house, number, f"出口须申请许可 {number}。")
    pass_and_run(house, 0)
    asked = len(house.server.paths)
    pass_and_run(house, 2 * HOUR)
    assert len(house.server.paths) - asked == 21
    pass_and_run(house, 2 * HOUR)
    assert len(house.server.paths) - asked == 27


def test_a_missing_page_is_not_forgotten_when_its_row_is_gone(house: House) -> None:
    rows(house, "告示")
    assert pass_and_run(house, 0) == 1
    house.answer(f"<ul><li><a href='/p/7'>別</a> <i>{TODAY}</i></ul>".encode(), Content_Type="text/html; charset=utf-8")
    page(house, 7, "輸出には許可が必要である。")
    page(house, 0, "出口须申请许可。")
    assert pass_and_run(house, 24 * HOUR) == 1
    assert sorted(release.id for release in house.archive.releases()) == ["demo:0", "demo:7"]
    assert house.state().missing == {}


def draft(number: int) -> Draft:
    extra = {"follow": f"https://a.example/{number}", "content": "x" * 99_999, "content_type": "text/plain"}
    return Draft(id=f"a:{number}", publisher="a", source="a", kind="k", url="u", title="t", extra=extra)


def test_what_is_kept_is_bounded_and_the_missing_are_kept_longest() -> None:
    pages = Kept(source(), SourcePages)
    pages.missed(draft(99_999), "live", 1, NOON)
    for number in range(kept.MOST_PAGES + 100):
        pages.had(draft(number), None, NOON)
        pages._put(Page(id=f"b:{number}", url="", follow="", title="", published="", precise=False, first=NOON))
    whole = pages.whole()
    assert len(whole.pages) == kept.MOST_PAGES
    assert whole.pages[0].id == "a:99999"
    assert len(whole.pages[0].content) < 20_000
