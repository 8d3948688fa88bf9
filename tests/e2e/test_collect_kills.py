"""The collector killed at random moments while a ministry publishes; and that the checker sees what would be wrong."""

from __future__ import annotations

import secrets
from dataclasses import replace

from exportwatch.model import Body, Release
from tests.e2e.collect_kills import Chaos, check
from tests.e2e.pairs import Pair


def test_a_killed_collector_misses_nothing(pair: Pair) -> None:
    seed = secrets.randbelow(10**6)
    print(f"seed {seed}")  # pytest shows it when the test fails
    verdict = Chaos(pair, seed, kills=5).run()
    assert not verdict.problems, f"seed {seed}: {verdict}"
    assert verdict.documents > 50


def release(number: int, text: str = "全文") -> Release:
    data = text.encode()
    return Release(
        id=f"board:{number}",
        publisher="board",
        source="board",
        kind="notice",
        url=f"https://a.example/{number}",
        title="수출규제",
        published="",
        published_precision="day",
        lang="",
        body=Body(content_type="text/plain", sha256="", size=len(data), data=data),
        observed=number,
        origin="live",
        content_hash="",
    )


def test_the_checker_sees_what_is_wrong() -> None:
    good, expected = [release(1), release(2)], {"board:1": "全文", "board:2": "全文"}
    assert check(good, expected).problems == ()
    assert check(good[:1], expected).problems == ("1 missing: board:2",)
    assert check([*good, release(3)], expected).problems == ("1 nobody published: board:3",)
    twice = replace(release(2), id="board:9", url="https://a.example/1")
    assert "1 of two ids: https://a.example/1" in check([*good, twice], expected).problems
    assert check([release(1, "題"), release(2)], expected).problems == ("1 without its text: board:1",)
    assert check([release(1, "題"), replace(release(1), observed=9), release(2)], expected).problems == ()
