"""Dates of HTTP headers, and Retry-After in both its forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exportwatch.httpdates import instant, seconds_until

NOON = 1_600_000_000_000
"""2020-09-13 12:26:40 UTC."""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Sun, 13 Sep 2020 12:26:40 GMT", NOON),
        ("Sunday, 13-Sep-20 12:26:40 GMT", NOON),
        ("Sun Sep 13 12:26:40 2020", NOON),
        ("Sun, 13 Sep 2020 21:26:40 +0900", NOON),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 1),
        ("Mon, 01 Jan 1900 00:00:00 GMT", 1),
        ("", 0),
        ("0", 0),
        ("-1", 0),
        ("soon", 0),
        ("2020年9月13日", 0),
        ("Sun, 99 Sep 2020 12:26:40 GMT", 0),
        ("Sun, 13 Sep 99999 12:26:40 GMT", 0),
        ("Sun, 13 Sep 2020 12:26:40 GMT" + " " * 100, 0),
    ],
)
def test_a_date_is_an_instant_and_nonsense_is_zero(value: str, expected: int) -> None:
    assert instant(value) == expected


@given(st.text(max_size=80))
def test_no_text_is_an_error(value: str) -> None:
    assert instant(value) >= 0
    assert seconds_until(value, NOON) >= 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Sun, 13 Sep 2020 12:28:40 GMT", 120),
        ("Sun, 13 Sep 2020 12:00:00 GMT", 0),
        ("", 0),
        ("-5", 0),
        ("1.5", 0),
        ("9" * 5000, 10**9),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, expected: int) -> None:
    assert seconds_until(value, NOON) == expected
