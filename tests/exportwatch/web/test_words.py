"""Numbers, spans and instants in words."""

from __future__ import annotations

import pytest

from exportwatch.web.words import count, moment, size, span


def test_counts() -> None:
    assert [count(number, "document") for number in (0, 1, 2, 20_000)] == [
        *("0 documents", "1 document", "2 documents", "20,000 documents"),
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0, "0 seconds"), (1, "second"), (45, "45 seconds"), (60, "minute"), (90, "90 seconds"), (3600, "hour")),
        *((5400, "90 minutes"), (21_600, "6 hours"), (86_400, "day"), (604_800, "7 days")),
    ],
)
def test_spans(seconds: int, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0, "now"), (-4, "now"), (-5, "5 seconds ago"), (-60, "1 minute ago"), (-7199, "1 hour ago")),
        *((90, "in 1 minute"), (86_400, "in 1 day"), (-864_000, "10 days ago")),
    ],
)
def test_moments(seconds: int, words: str) -> None:
    assert moment(1_700_000_000_000 + seconds * 1000, 1_700_000_000_000) == words


def test_sizes() -> None:
    assert [size(number) for number in (0, 1, 999, 1000, 20_971_520)] == [
        *("0 bytes", "1 byte", "999 bytes", "1.0 KB", "21.0 MB"),
    ]
