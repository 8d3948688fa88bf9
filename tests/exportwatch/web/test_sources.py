"""The health of sources in words, and their page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest

from collectors.collect import STATE, SourceState
from exportwatch.cli.web import pages
from exportwatch.store import Put
from exportwatch.web.backends import SourceSeen
from exportwatch.web.sources import sources
from exportwatch.wiring import Wiring
from tests.exportwatch.web import kit
from tests.exportwatch.web.test_app import page

NOW = 1_800_000_000_000
HOUR = 3_600_000
SEEN = SourceSeen(
    id="jp-meti",
    publisher="jp-meti",
    jurisdiction="JP",
    kind="press release",
    language="ja",
    url="https://www.meti.example/feed.xml",
    parser="feed",
    interval=3600,
    enabled=True,
    note="",
    last_success=NOW - HOUR // 2,
    next_due=NOW + HOUR // 2,
)


class Frozen:
    """A clock that stands."""

    def now(self) -> int:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here waits")


def view(house: Wiring, *seen: SourceSeen) -> Sequence[tuple[str, str, str]]:
    backends = replace(pages(house), clock=Frozen(), sources=lambda: seen)
    return [(source.id, source.health, source.words) for source in sources(backends).sources]


@pytest.mark.parametrize(
    ("seen", "health", "words"),
    [
        (SEEN, "well", "Polled every hour."),
        (replace(SEEN, enabled=False), "off", "Not enabled."),
        (replace(SEEN, last_success=0, next_due=0), "waiting", "Not polled yet: `exportwatch collect` does that."),
        (replace(SEEN, failures=3), "failing", "Failed 3 times in a row, last seen 30 minutes ago."),
        (replace(SEEN, failures=1, last_success=0), "failing", "Failed 1 time in a row, never seen."),
        (replace(SEEN, next_due=NOW - HOUR), "well", "Polled every hour."),
        (
            replace(SEEN, next_due=NOW - HOUR - 1),
            "late",
            "Due 1 hour ago and not polled: is `exportwatch collect` running?",
        ),
        (replace(SEEN, interval=10, next_due=NOW - 100_000), "well", "Polled every 10 seconds."),
    ],
)
def test_health_in_words(house: Wiring, seen: SourceSeen, health: str, words: str) -> None:
    assert view(house, seen) == [("jp-meti", health, words)]


def test_those_that_need_a_person_come_first(house: Wiring) -> None:
    seen = [
        replace(SEEN, id="a"),
        replace(SEEN, id="b", enabled=False),
        replace(SEEN, id="c", failures=1),
        replace(SEEN, id="d", next_due=NOW - 9 * HOUR),
    ]
    assert [id for id, _, _ in view(house, *seen)] == ["c", "d", "a", "b"]


def test_the_catalogue_is_shown_with_what_the_collector_remembers(empty: Wiring) -> None:
    now = empty.clock.now()
    state = SourceState(last_success=now - HOUR, next_due=now + HOUR, failures=2, reason="HTTP 503: 점검 중")
    empty.store.put_many([Put(f"{STATE}jp-meti", msgspec.json.encode(state))])
    visitor = kit.client(empty)
    shown = {source["id"]: source for source in visitor.get("/sources.json").json()["sources"]}
    assert shown["jp-meti"]["health"] == "failing"
    assert shown["jp-meti"]["last_failure"] == "HTTP 503: 점검 중"
    assert shown["jp-meti"]["last_seen_words"] == "1 hour ago"
    assert {source["health"] for id, source in shown.items() if id != "jp-meti"} <= {"waiting", "off"}
    outline = page(visitor, "/sources")
    assert "HTTP 503: 점검 중" in outline.text
    assert set(shown) <= set(outline.text.split())


def test_every_source_that_is_off_says_why(visitor_sources: Sequence[dict[str, object]]) -> None:
    assert [source["id"] for source in visitor_sources if not source["enabled"] and not source["note"]] == []


@pytest.fixture
def visitor_sources(empty: Wiring) -> Sequence[dict[str, object]]:
    found: Sequence[dict[str, object]] = kit.client(empty).get("/sources.json").json()["sources"]
    return found


def test_a_file_that_is_no_source_is_said(empty: Wiring) -> None:
    folder = empty.folder / "config" / "sources"
    folder.mkdir(parents=True)
    (folder / "bad.toml").write_text("kind = 1\n", encoding="utf-8")
    response = kit.client(empty).get("/sources")
    assert response.status_code == 503
    assert "bad.toml" in response.text
