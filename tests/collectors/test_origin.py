"""On the first poll what is older than the cadence is backfill; later everything is live."""

from __future__ import annotations

import pytest

from collectors.origin import split
from exportwatch.clock import day_start
from exportwatch.model import Draft

NOW = day_start("2026-09-15") + 12 * 3600 * 1000


def draft(published: str) -> Draft:
    precision = "second" if "T" in published else "day"
    return Draft(
        id=f"a:{published}",
        publisher="a",
        source="a",
        kind="k",
        url="",
        title="t",
        published=published,
        published_precision=precision,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("published", "origin"),
    [
        ("2026-09-15", "live"),
        ("2026-09-14", "live"),
        ("2026-09-13", "backfill"),
        ("2026-09-14T13:00:00Z", "live"),
        ("2026-09-14T11:00:00Z", "backfill"),
        ("2026-09-14T20:59:00+09:00", "backfill"),
        ("2026-09-14T21:01:00+09:00", "live"),
        ("2099-01-01", "live"),
        ("", "backfill"),
    ],
)
def test_the_first_poll_of_a_daily_source(published: str, origin: str) -> None:
    groups = dict(split([draft(published)], NOW - 24 * 3600 * 1000, first=True))
    assert list(groups) == [origin]
    assert list(dict(split([draft(published)], NOW - 24 * 3600 * 1000, first=False))) == ["live"]


def test_groups_keep_their_order() -> None:
    drafts = [draft(day) for day in ("2026-09-15", "2019-07-01", "2026-09-14", "2019-12-16")]
    groups = dict(split(drafts, NOW - 2 * 24 * 3600 * 1000, first=True))
    assert groups == {"backfill": [drafts[1], drafts[3]], "live": [drafts[0], drafts[2]]}
    assert list(split([], NOW, first=True)) == []
