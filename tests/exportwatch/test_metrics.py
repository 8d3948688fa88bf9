"""metrics.py: a closed list, and the line a worker logs."""

from __future__ import annotations

import pytest

from exportwatch.metrics import COUNTERS, Recorded


def test_counts_are_logged_in_the_order_of_the_list_without_zeros() -> None:
    metrics = Recorded()
    metrics.count("records_sent", 2)
    metrics.count("records_received", 3)
    metrics.count("records_sent")
    metrics.count("retries", 0)
    assert metrics.line() == "records_received=3 records_sent=3"
    assert Recorded().line() == ""


def test_an_unknown_name_is_a_programming_error() -> None:
    with pytest.raises(KeyError):
        Recorded().count("record_sent")


@pytest.mark.parametrize("name", COUNTERS)
def test_every_counter_says_what_it_counts(name: str) -> None:
    assert COUNTERS[name].endswith(".")
