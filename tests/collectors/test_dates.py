"""Dates say no more than the publisher said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.dates import dated, find, published
from collectors.sources import DateRule


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


INSTANTS = [
    ("Sunday, December 1st, 2024 at 2:30 PM EST", "2024-12-01T14:30:00-05:00"),
    ("Sun Dec  1 14:30:00 +0900 2024", "2024-12-01T14:30:00+09:00"),
    ("Sun Dec 01 14:30:00 KST 2024", "2024-12-01T14:30:00+09:00"),
    ("20241201T143000Z", "2024-12-01T14:30:00Z"),
    ("Sun, 01 Dec 2024 24:00:00 GMT", "2024-12-02T00:00:00Z"),
    ("Tue, 31 Dec 2024 24:00:00 GMT", "2025-01-01T00:00:00Z"),
    ("Sun, 01 Dec 2024 14:30 MST", "2024-12-01T14:30:00-07:00"),
    ("Sun, 01 Dec 2024 14:30:00 +09:00 (JST)", "2024-12-01T14:30:00+09:00"),
    ("Sun, 01 Dec 2024 14:30:00 GMT+0900", "2024-12-01T14:30:00+09:00"),
    ("Sun, 01 Dec 2024 14:30:00 America/New_York", "2024-12-01T14:30:00-05:00"),
    ("Mon, 01 Jul 2024 14:30:00 America/New_York", "2024-07-01T14:30:00-04:00"),
    ("Sun, 2024/12/01 14:30:00 EDT", "2024-12-01T14:30:00-04:00"),
    ("Thurs, 01 Sept 2024 14:30:00 Z", "2024-09-01T14:30:00Z"),
    ("Wed, 1-Dec-2024 14:30:00 GMT", "2024-12-01T14:30:00Z"),
    ("Sun,01 Dec 2024 14:30:00 GMT", "2024-12-01T14:30:00Z"),
    ("Κυρ, 01 Δεκ 2024 12:00:00 EST", "2024-12-01T12:00:00-05:00"),
    ("2004-július-13T9:15-05:00", "2004-07-13T09:15:00-05:00"),
    ("dim., 01 déc. 2024 14:30:00 +0100", "2024-12-01T14:30:00+01:00"),
    ("вс, 01 мая 2024 14:30:00 +0300", "2024-05-01T14:30:00+03:00"),
    ("2024-12-01T14:30:00\u221205:00", "2024-12-01T14:30:00-05:00"),
    ("2024-12-01T14:30:00 -0000", "2024-12-01T14:30:00Z"),
    ("2024-12-01T14:30:00+09", "2024-12-01T14:30:00+09:00"),
    ("2024-W48-7T14:30:00Z", "2024-12-01T14:30:00Z"),
    ("2024年12月1日 14:30 JST", "2024-12-01T14:30:00+09:00"),
]
DAYS = [
    "令和6年12月1日",
    "令和６年１２月１日（日）",
    "R6.12.1",
    "R6年12月1日",
    "令和六年十二月一日",
    "2024년 12월 1일",
    "2024년 12월 1일(일)",
    "'24.12.1",
    "’24. 12. 1.",
    "2024. 12. 1.",
    "2024.12.1.(일)",
    "二〇二四年十二月一日",
    "二○二四年十二月一日",
    "二零二四年十二月一日",
    "民國113年12月1日",
    "中華民國一百一十三年十二月一日",
    "113/12/01",
    "113年12月1日",
    "113 年 12 月 1 日",
    "１１３年１２月１日",
    "一百一十三年十二月一日",
    "2024年12月1號",
    "December 1, 2024",
    "1 December 2024",
    "1st of December 2024",
    "Dec. 1, 2024",
    "1. Dezember 2024",
    "1 de diciembre de 2024",
    "01.12.2024",
    "2024-W48-7",
    "2024-336",
    "01 Dec 24",
    # Times of day whose offset nobody knows, or that mean nothing.
    "2024年12月1日 14:30",
    "2024년 12월 1일 오후 2:30",
    "2024-12-01 下午 02:30:15",
    "Sun Dec 01 14:30:00 2024",
    "Sun, 01 Dec 2024 14:30:00 A",
    "Sun, 01 Dec 2024 14:30:00 CST",
    "2024-12-01T25:00:00Z",
]


@pytest.mark.parametrize(("text", "expected"), INSTANTS)
def test_instants_of_many_countries(text: str, expected: str) -> None:
    assert published(text) == (expected, "second")
    assert published(text, "Asia/Tokyo") == (expected, "second")


@pytest.mark.parametrize("text", DAYS)
def test_days_of_many_countries(text: str) -> None:
    assert published(text) == ("2024-12-01", "day")
    assert find(text) == ("2024-12-01", "day")


@pytest.mark.parametrize(
    "text",
    [
        "2024",
        "2024-12",
        "2024年12月",
        "Dec 2024",
        "Mon, 30 Feb 2024 10:00:00 GMT",
        "2024-W60-1",
        "2024-400",
        "2023-366",
        "Foo 1, 2024",
        "令和99年13月1日",
        "113年13月1日",
        "113年9月",
        "151年9月1日",
        "79年9月1日",
        "十",
        "令和年月日",
    ],
)
def test_what_is_half_a_date_is_none(text: str) -> None:
    assert published(text) == ("", "day")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024年12月1日 14:30", "14:30:00"),
        ("2024年12月1日（日）午後2時30分", "14:30:00"),
        ("2024年12月1日 午前0時", "00:00:00"),
        ("2024年12月1日 午後2時半", "14:30:00"),
        ("2024년 12월 1일 오후 2:30", "14:30:00"),
        ("2024년 12월 1일(일) 오후 12시 5분", "12:05:00"),
        ("2024. 12. 1. 오전 12:05", "00:05:00"),
        ("2024-12-01 下午 02:30:15", "14:30:15"),
        ("2024年12月1日上午9点5分", "09:05:00"),
        ("民國113年12月1日 下午 3:20", "15:20:00"),
        ("２０２４年１２月１日　１４：３０", "14:30:00"),
        ("Sun, 01 Dec 2024 14:30:00", "14:30:00"),
        ("December 1, 2024 12:05 a.m.", "00:05:00"),
    ],
)
@pytest.mark.parametrize(
    ("zone", "offset"), [("Asia/Seoul", "+09:00"), ("+05:30", "+05:30"), ("Europe/Paris", "+01:00")]
)
def test_a_known_zone_makes_an_instant_of_a_local_time(text: str, expected: str, zone: str, offset: str) -> None:
    assert published(text, zone) == (f"2024-12-01T{expected}{offset}", "second")


def test_a_zone_has_its_summer_time_and_its_own_name() -> None:
    assert published("2024-07-01 10:00", "Europe/Paris")[0] == "2024-07-01T10:00:00+02:00"
    assert published("Mon, 01 Jul 2024 10:00:00 CST", "Asia/Shanghai")[0] == "2024-07-01T10:00:00+08:00"
    assert published("Mon, 01 Jul 2024 10:00:00 CST", "Asia/Seoul") == ("2024-07-01", "day")
    assert published("2024-07-01 10:00", "Nowhere/AtAll") == ("2024-07-01", "day")
    assert published("2024-07-01", "Asia/Seoul") == ("2024-07-01", "day")


def test_inside_a_line_a_time_counts_too() -> None:
    assert find("发布时间：2023-07-03 18:00 来源：商务部", "Asia/Shanghai")[0] == "2023-07-03T18:00:00+08:00"
    assert find("등록일 2025. 3. 31. 오후 6:00 조회수 12", "Asia/Seoul")[0] == "2025-03-31T18:00:00+09:00"
    assert find("公表日時：令和7年3月31日（月）午後6時", "Asia/Tokyo")[0] == "2025-03-31T18:00:00+09:00"
    assert find("Posted 2 Oct 2026 10:00 by BIS", "America/New_York")[0] == "2026-10-02T10:00:00-04:00"
    assert find("發布日期：中華民國114年3月31日")[0] == "2025-03-31"
    assert find("發布日期：113年9月1日 下午 3:20", "Asia/Taipei")[0] == "2024-09-01T15:20:00+08:00"
    assert find("修正輸出管制清單（099年9月1日）")[0] == "2010-09-01"


def test_a_rule_of_the_source_is_followed() -> None:
    rule = DateRule(zone="Asia/Tokyo", id_pattern=r":(\d{4})(\d{2})(\d{2})")
    assert dated(("2019-12-16 10:00",), rule, "jp-meti:20191216001") == ("2019-12-16T10:00:00+09:00", "second")
    assert dated(("2019-12-20 10:00",), rule, "jp-meti:20191216001") == ("2019-12-16", "day")
    assert dated(("",), rule, "jp-meti:20191216001") == ("2019-12-16", "day")
    assert dated(("2019-12-16 10:00",), rule, "jp-meti:1") == ("2019-12-16T10:00:00+09:00", "second")
    midnight = DateRule(precision="day")
    assert dated(("2019-12-16T00:00:00Z",), midnight, "x") == ("2019-12-16", "day")
    assert dated(("2019-12-16T00:00:00Z",), DateRule(listed="changed"), "x") == ("", "day")
    assert dated(("yesterday", "on 2019-12-16"), None, "x") == ("2019-12-16", "day")


@given(
    st.text(
        alphabet="0123456789年月日時分-/:.,TZ+ 令和平成民國元十二〇년월일오전후午前後()（）[]JanDecMonAPM'’",
        max_size=60,
    )
)
def test_any_line_gets_an_answer(line: str) -> None:
    for zone in ("", "Asia/Tokyo"):
        for text, precision in (published(line, zone), find(line, zone)):
            assert (len(text) > 10) == (precision == "second")
            assert text == "" or 1900 <= int(text[:4]) <= 2101
