"""Dates say no more than the publisher said."""

from __future__ import annotations

import pytest

from collectors.dates import find, published


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-12-16T09:30:00+09:00", "2019-12-16T09:30:00+09:00"),
        ("2019-12-16T09:30:00.123456+09:00", "2019-12-16T09:30:00+09:00"),
        ("2019-12-16T09:30+0900", "2019-12-16T09:30:00+09:00"),
        ("2019-12-16 09:30:00 +0900", "2019-12-16T09:30:00+09:00"),
        ("2019-12-16T00:30:00Z", "2019-12-16T00:30:00Z"),
        ("2019-12-16t00:30:00z", "2019-12-16T00:30:00Z"),
        ("Mon, 16 Dec 2019 09:30:00 +0900", "2019-12-16T09:30:00+09:00"),
        ("Mon, 16 Dec 2019 09:30:00 GMT", "2019-12-16T09:30:00Z"),
        ("16 Dec 19 09:30 EST", "2019-12-16T09:30:00-05:00"),
        ("Monday, 16 December 2019 9:30:00 KST", "2019-12-16T09:30:00+09:00"),
        ("  Mon,  16 Dec 2019\n 09:30:00  JST ", "2019-12-16T09:30:00+09:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
    ],
)
def test_instants_keep_their_offset(text: str, expected: str) -> None:
    assert published(text) == (expected, "second")


@pytest.mark.parametrize(
    "text",
    [
        "2019-12-16",
        "2019/12/16",
        "2019.12.16",
        "2019. 12. 16.",
        "20191216",
        "2019年12月16日",
        "2019년 12월 16일",
        "2019-12-16 23:59:59",
        "2019年12月16日 18:00",
        "16 Dec 2019",
        "Mon, 16 Dec 2019 23:30:00",
        "Mon, 16 Dec 2019 23:30:00 CST",
        "Mon, 16 Dec 2019 25:61:00 GMT",
        "2019-12-16T09:30:00+99:00",
    ],
)
def test_without_a_whole_instant_only_the_day_is_kept(text: str) -> None:
    assert published(text) == ("2019-12-16", "day")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not long ago",
        "2019-13-01",
        "2019-02-30",
        "0019-12-16",
        "9999-12-16",
        "12/16/2019",
        "1" * 300,
    ],
)
def test_what_is_no_date_stays_empty(text: str) -> None:
    assert published(text) == ("", "day")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-12-16T09:30:00+09:00", "2019-12-16T09:30:00+09:00"),
        ("[2024-11-15]", "2024-11-15"),
        ("作成日: ２０１９年７月１日（月）", "2019-07-01"),
        ("令和元年7月1日（月）", "2019-07-01"),
        ("平成 31 年 4 月 1 日 公表", "2019-04-01"),
        ("등록일 2019.12.16 조회수 1,234", "2019-12-16"),
        ("2019년 7월 1일(월) 배포", "2019-07-01"),
        ("发布时间：2023-07-03 18:00", "2023-07-03"),
        ("發布日期：2023/01/05", "2023-01-05"),
        ("Posted on October 2, 2026 by BIS", "2026-10-02"),
        ("Published: 2 Oct. 2026", "2026-10-02"),
        ("2019-13-45, corrected 2019-12-16", "2019-12-16"),
        ("20260331013", ""),
        ("12019-12-161", ""),
        ("第51号", ""),
        ("", ""),
    ],
)
def test_a_date_is_found_in_a_line(text: str, expected: str) -> None:
    assert find(text)[0] == expected
