"""Headers from raw pairs."""

from __future__ import annotations

from collectors import answers

RAW = [(b"Set-Cookie", b"a=1; Expires=Sun, 13 Sep 2020"), (b"Vary", b"a"), (b"vary", b"b"), (b"set-cookie", b"b=\xff")]


def test_names_are_lower_case_and_repeated_values_stand_between_commas() -> None:
    assert answers.headers(RAW) == {"set-cookie": "a=1; Expires=Sun, 13 Sep 2020, b=\xff", "vary": "a, b"}


def test_each_value_of_one_header_is_had_alone() -> None:
    assert answers.values(RAW, b"set-cookie") == ["a=1; Expires=Sun, 13 Sep 2020", "b=\xff"]
    assert answers.values(RAW, b"etag") == []
