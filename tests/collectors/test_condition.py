"""How a source does, from what was found: each state, its bounds, and which changes are told."""

from __future__ import annotations

from typing import Any

import pytest

from collectors import condition
from collectors.condition import Condition
from collectors.fetch import FetchFailed
from collectors.state import SourceState
from exportwatch.health import HealthState
from exportwatch.model import Draft, Parsed, Rejection
from tests.collectors.kit import NOON, fetched, source

DAY = 24 * 3600 * 1000
TITLES = ("Export controls on gallium", "輸出管理の見直し", "수출규제 강화", "出口管制公告", "輸出管制清單")


def draft(number: int = 0, title: str = "", **fields: Any) -> Draft:
    given = {"kind": "k", "url": f"https://a.example/{number}", "title": title or TITLES[number % 5], **fields}
    return Draft(id=f"a:{number}", publisher="a", source="a", **given)


def judged(
    found: int = 0, usual: tuple[int, ...] = (), rejections: int = 0, body: bytes = b"", **fields: Any
) -> Condition:
    parsed = Parsed(
        drafts=tuple(draft(number) for number in range(found)),
        rejections=(Rejection(where="a", reason="not a feed"),) * rejections,
    )
    garbled = fields.pop("garbled", 0)
    return condition.of_answer(source(**fields), usual, fetched(body, "text/html"), parsed, garbled)


@pytest.mark.parametrize(
    ("kind", "status", "state"),
    [
        ("connection", 0, "DOWN"),
        ("timeout", 0, "DOWN"),
        ("name", 0, "DOWN"),
        ("certificate", 0, "DOWN"),
        ("redirects", 0, "DOWN"),
        ("status", 404, "DOWN"),
        ("status", 500, "DOWN"),
        ("status", 503, "DOWN"),
        ("status", 401, "BLOCKED"),
        ("status", 403, "BLOCKED"),
        ("status", 429, "BLOCKED"),
        ("status", 451, "BLOCKED"),
        ("robots", 0, "BLOCKED"),
        ("coding", 0, "ENCODING"),
        ("too large", 0, "SCHEMA"),
    ],
)
def test_what_a_failure_means(kind: Any, status: int, state: HealthState) -> None:
    found = condition.of_failure(FetchFailed(url="https://a.example/", kind=kind, reason="why", status=status))
    assert (found.state, found.fails, found.publishes) == (state, True, False)
    assert "why" in found.reason


@pytest.mark.parametrize(
    ("given", "state", "publishes"),
    [
        ({"found": 5, "minimum": 5}, "OK", True),
        ({"found": 4, "minimum": 5}, "SHRUNK", True),
        ({"found": 0, "minimum": 1}, "EMPTY", False),
        ({"found": 0, "minimum": 0}, "OK", True),
        ({"found": 0, "minimum": 0, "usual": (9, 9, 9)}, "OK", True),
        ({"found": 0, "minimum": 0, "rejections": 1}, "SCHEMA", False),
        ({"found": 0, "minimum": 1, "rejections": 1}, "SCHEMA", False),
        ({"found": 2, "rejections": 9}, "OK", True),
        ({"found": 11, "maximum": 10}, "SCHEMA", False),
        ({"found": 10, "maximum": 10}, "OK", True),
        ({"found": 5, "usual": (15, 15, 15)}, "OK", True),
        ({"found": 4, "usual": (15, 15, 15)}, "SHRUNK", True),
        ({"found": 1, "usual": (5, 5, 5)}, "OK", True),
        ({"found": 1, "usual": (6,)}, "SHRUNK", True),
        ({"found": 1, "usual": (15, 1, 1)}, "OK", True),
        ({"found": 10, "garbled": 2}, "OK", True),
        ({"found": 10, "garbled": 3}, "ENCODING", False),
    ],
)
def test_what_an_answer_means(
    given: dict[str, Any], state: str, publishes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(condition, "garbled", lambda drafts, source: {draft.id: "U+FFFD" for draft in drafts})
    found = judged(**given)
    assert (found.state, found.publishes) == (state, publishes)
    assert found.fails == (state != "OK")
    assert bool(found.reason) == (state != "OK")


@pytest.mark.parametrize(
    "page",
    [
        "<html><title>Request Access</title>",
        "<html><h1>Access Denied</h1>Reference #18.2f5c1702",
        "<html><p>Please complete the CAPTCHA",
        "<html><p>アクセスが制限されています",
        "<html><p>접근이 차단되었습니다",
        "<html><p>您的访问过于频繁，请输入验证码",
        "<html><p>請輸入驗證碼",
    ],
)
def test_a_page_that_asks_for_a_human_is_a_refusal(page: str) -> None:
    found = judged(0, rejections=1, body=page.encode(), minimum=1)
    assert (found.state, found.fails) == ("BLOCKED", True)


def test_another_page_in_place_of_a_feed_or_a_list_is_no_refusal() -> None:
    assert judged(0, rejections=1, body="<html><p>페이지를 찾을 수 없습니다".encode(), minimum=1).state == "SCHEMA"
    assert judged(3, body=b"<html>captcha").state == "OK", "what is read is read"
    assert judged(0, rejections=1, body=b"<html>captcha" + bytes(200_000)).state == "SCHEMA", "no small page"


def stale(state: SourceState, cadence: int = 7) -> str:
    return condition.of_time(source(cadence=cadence * 24 * 3600), state, NOON).state


def test_a_source_without_anything_new_for_twice_its_cadence_is_stale() -> None:
    assert stale(SourceState(newest=NOON - 13 * DAY)) == "OK"
    assert stale(SourceState(newest=NOON - 15 * DAY)) == "STALE"
    assert stale(SourceState(newest=NOON - 90 * DAY, last_new=NOON - DAY)) == "OK", "old days, but new to us"
    assert stale(SourceState(last_new=NOON - 15 * DAY)) == "STALE", "undated"
    assert stale(SourceState()) == "OK", "nobody knows"
    assert stale(SourceState(newest=NOON - 15 * DAY), cadence=30) == "OK"
    calm = source(cadence=DAY // 1000, patience=20 * DAY // 1000)
    assert condition.of_time(calm, SourceState(newest=NOON - 15 * DAY), NOON).state == "OK"
    assert condition.of_time(calm, SourceState(newest=NOON - 21 * DAY), NOON).state == "STALE"
    assert stale(SourceState(newest=NOON, moved="https://b.example/")) == "MOVED"
    assert stale(SourceState(newest=NOON - 90 * DAY, moved="https://b.example/")) == "STALE"


def test_a_date_in_the_future_hides_nothing() -> None:
    dates = [draft(1, published="2099-01-01"), draft(2, published="2020-08-01"), draft(3, published="soon")]
    assert condition.newest(dates, NOON) == condition.instant(dates[1])
    assert (
        condition.instant(draft(published="2020-08-01T09:00:00+09:00", published_precision="second")) == 1596240000000
    )


def test_garbled_titles_are_named_and_honest_ones_are_not() -> None:
    honest = [draft(number) for number in range(5)]
    bad = draft(9, title="輸出管理の見直し".encode().decode("latin-1"))
    assert list(condition.garbled([*honest, bad], source())) == ["a:9"]


def event(was: HealthState, state: HealthState, **fields: Any) -> Any:
    before = SourceState(health=was, since=NOON, moved=fields.pop("moved_before", ""))
    return condition.event(
        source(url="https://a.example/"), before, Condition(state=state, reason="r"), NOON + 1, **fields
    )


def test_each_change_is_told_once() -> None:
    assert event("OK", "OK") is None
    assert event("STALE", "STALE") is None
    assert event("", "OK") is None
    assert event("", "DOWN").state == "DOWN"
    told = event("OK", "STALE", fallback="a-list")
    assert (told.state, told.was, told.fallback, told.reason, told.at) == ("STALE", "OK", "a-list", "r", NOON + 1)
    back = event("STALE", "OK", fallback="a-list")
    assert (back.state, back.was, back.fallback) == ("RECOVERED", "STALE", "")
    moved = event("OK", "MOVED", moved="https://b.example/", fallback="a-list")
    assert (moved.url, moved.fallback) == ("https://b.example/", "")
    assert event("MOVED", "MOVED", moved="https://b.example/", moved_before="https://b.example/") is None
    assert (
        event("MOVED", "MOVED", moved="https://c.example/", moved_before="https://b.example/").url
        == "https://c.example/"
    )
