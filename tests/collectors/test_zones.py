"""A name of a zone is an offset where it means but one."""

from __future__ import annotations

import datetime

import pytest

from collectors.zones import known, offset

WINTER = datetime.datetime(2024, 1, 1, 12)
SUMMER = datetime.datetime(2024, 7, 1, 12)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Z", "Z"),
        ("GMT", "Z"),
        ("utc", "Z"),
        ("EST", "-05:00"),
        ("KST", "+09:00"),
        ("+0900", "+09:00"),
        ("+9", "+09:00"),
        ("-03:30", "-03:30"),
        ("UTC+8", "+08:00"),
        ("GMT-0500", "-05:00"),
        ("-0000", "Z"),
        ("+0000", "+00:00"),
        ("Asia/Seoul", "+09:00"),
        ("CST", ""),
        ("A", ""),
        ("+9900", ""),
        ("+0960", ""),
        ("Nowhere/AtAll", ""),
        ("../../etc/passwd", ""),
    ],
)
def test_what_stands_behind_a_time(written: str, expected: str) -> None:
    assert offset(written, "", WINTER) == expected


def test_a_zone_is_asked_only_where_nothing_is_written_or_the_name_is_its_own() -> None:
    assert offset("", "America/New_York", WINTER) == "-05:00"
    assert offset("", "America/New_York", SUMMER) == "-04:00"
    assert offset("", "+05:30", WINTER) == "+05:30"
    assert offset("EST", "Asia/Seoul", WINTER) == "-05:00"
    assert offset("CST", "Asia/Shanghai", WINTER) == "+08:00"
    assert offset("CST", "America/Chicago", WINTER) == "-06:00"
    assert offset("CST", "Asia/Seoul", WINTER) == ""
    assert offset("", "", WINTER) == ""


def test_zones_are_known_or_not() -> None:
    for zone in ("Asia/Seoul", "UTC", "+09:00", "-03:30", "America/Argentina/Ushuaia"):
        assert known(zone)
    for zone in ("", "Asia", "Asia/Nowhere", "KST", "9", "/etc/localtime", "Asia/../Seoul"):
        assert not known(zone)
