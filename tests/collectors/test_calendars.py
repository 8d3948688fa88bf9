"""Each country's way to write a date, put into digits; whatever else is in a line stays."""

from __future__ import annotations

import pytest

from collectors.calendars import in_digits, month


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("令和七年三月三十一日", "2025-3-31"),
        ("（令和元年７月１日（月）公表）", "(2019-7-1 公表)"),
        ("平成31年4月1日 午後3時5分", "2019-4-1 15:05"),
        ("大正15年12月25日", "1926-12-25"),
        ("中華民國一百一十三年十二月一日", "2024-12-1"),
        ("二千二十四年十二月二十一日", "2024-12-21"),
        ("2025년 3월 31일(월) 오후 2시 30분 15초", "2025-3-31 14:30:15"),
        ("2025년 3월 31일 오전 12:05", "2025-3-31 00:05"),
        ("2025年3月31日星期一 中午12点", "2025-3-31 12:00"),
        ("R7.3.31", "2025-3-31"),
        ("H31/4/1", "2019-4-1"),
        ("'25.3.31", "2025-3-31"),
        ("114/3/31", "2025-3-31"),
        ("公告2024年第51号", "公告2024年第51号"),
        ("ECCN 3A001.a", "ECCN 3A001.a"),
        ("연락처 110-12-34", "연락처 110-12-34"),
    ],
)
def test_a_line_is_put_into_digits(line: str, expected: str) -> None:
    assert in_digits(line) == expected


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Jan", 1),
        ("février", 2),
        ("März", 3),
        ("Μάιος"[:3], 5),
        ("июня", 6),
        ("Juillet", 7),
        ("Ağustos", 8),
        ("SEPT", 9),
        ("október", 10),
        ("Novemeber", 11),
        ("aralık", 12),
    ],
)
def test_months_have_names(name: str, number: int) -> None:
    assert month(name) == number


def test_what_is_no_month_is_none() -> None:
    for name in ("", "Foo", "Montag", "一月"):
        with pytest.raises(ValueError, match="not in tuple"):
            month(name)
