"""The health of sources in words, and their page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest

from collectors.state import STATE, SourceState
from exportwatch import codec
from exportwatch.bus import SOURCES
from exportwatch.cli.web import pages
from exportwatch.health import HealthEvent
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
        (replace(SEEN, health="OK"), "well", "Polled every hour."),
        (replace(SEEN, health="STALE", since=NOW - 3 * HOUR), "failing", "STALE, found so 3 hours ago."),
        (
            replace(SEEN, health="DOWN", since=NOW - HOUR, failures=2, fallback="jp-meti-list"),
            "failing",
            "DOWN, found so 1 hour ago. jp-meti-list stands in.",
        ),
        (replace(SEEN, health="BLOCKED", enabled=False), "off", "Not enabled."),
        (
            replace(SEEN, health="MOVED", moved="https://new.example/"),
            "well",
            "Polled every hour. It has moved for good, to https://new.example/.",
        ),
        (
            replace(SEEN, principal="other", next_due=0, last_success=0),
            "standby",
            "Stands by for other, and is polled only while that one is not well.",
        ),
        (replace(SEEN, principal="other", needed=True), "well", "Polled every hour. Stands in for other."),
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
        replace(SEEN, id="e", principal="a"),
        replace(SEEN, id="f", health="SCHEMA"),
    ]
    assert [id for id, _, _ in view(house, *seen)] == ["c", "f", "d", "a", "e", "b"]


def tell(wiring: Wiring, *events: HealthEvent) -> None:
    """Put changes of sources into the log, as the collector does."""
    wiring.bus.operator().ensure_topics()
    producer = wiring.bus.producer()
    for event in events:
        producer.send(SOURCES, event.source, codec.HEALTH.encode(event), partition_by=event.source)
    producer.flush()
    producer.close()


def test_the_last_changes_are_shown_the_latest_first(empty: Wiring) -> None:
    now = empty.clock.now()
    reasons = ["古い", "낡은 것", "旧的", "舊的", "old", "新着なし <script>alert(1)</script>"]
    tell(
        empty,
        *(
            HealthEvent(source="jp-meti", state="STALE", was="OK", at=now - HOUR * (9 - number), reason=reason)
            for number, reason in enumerate(reasons)
        ),
        HealthEvent(source="kr-motir", state="DOWN", was="OK", at=now, reason="HTTP 503", fallback="kr-motir-list"),
    )
    visitor = kit.client(empty)
    shown = {source["id"]: source["history"] for source in visitor.get("/sources.json").json()["sources"]}
    assert [change["reason"] for change in shown["jp-meti"]] == reasons[:0:-1]
    assert shown["jp-meti"][0]["at_words"] == "4 hours ago"
    assert [(change["state"], change["fallback"]) for change in shown["kr-motir"]] == [("DOWN", "kr-motir-list")]
    assert shown["us-bis"] == []
    text = visitor.get("/sources").text
    assert "<script>alert" not in text
    assert "新着なし &lt;script&gt;" in text


def test_evidence_is_saved_and_never_shown(empty: Wiring) -> None:
    kept = empty.blobs.put(b"<script>alert('x')</script>\x80")
    secret = empty.blobs.put(b"of another")
    now = empty.clock.now()
    tell(empty, HealthEvent(source="jp-meti", state="SCHEMA", was="OK", at=now, reason="x", evidence=kept, size=28))
    visitor = kit.client(empty)
    shown = {source["id"]: source for source in visitor.get("/sources.json").json()["sources"]}
    (change,) = shown["jp-meti"]["history"]
    assert change["evidence_words"] == "28 bytes"
    response = visitor.get(change["evidence"])
    assert response.content == b"<script>alert('x')</script>\x80"
    assert response.headers["content-type"] == "text/plain"
    assert response.headers["content-disposition"].startswith("attachment; filename=")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]
    assert f'href="{change["evidence"]}"' in visitor.get("/sources").text
    for path in (f"/sources/jp-meti/evidence/{secret}", f"/sources/us-bis/evidence/{kept}"):
        assert visitor.get(path).status_code == 404
    empty.blobs.delete(kept)
    assert visitor.get(change["evidence"]).status_code == 404


def test_a_fallback_says_for_whom_it_stands_in(empty: Wiring) -> None:
    state = SourceState(last_success=1, health="STALE", since=1, reason="nothing new")
    empty.store.put_many([Put(f"{STATE}jp-meti", msgspec.json.encode(state))])
    shown = {source["id"]: source for source in kit.client(empty).get("/sources.json").json()["sources"]}
    assert (shown["jp-meti"]["health"], shown["jp-meti"]["state"]) == ("failing", "STALE")
    assert shown["jp-meti"]["stands_in"] == "jp-meti-list"
    assert shown["jp-meti-list"]["health"] == "waiting"
    assert (shown["kr-motir-list"]["health"], shown["kr-motir"]["stands_in"]) == ("standby", "")


def test_the_catalogue_is_shown_with_what_the_collector_remembers(empty: Wiring) -> None:
    now = empty.clock.now()
    state = SourceState(last_success=now - HOUR, next_due=now + HOUR, failures=2, reason="HTTP 503: 점검 중")
    empty.store.put_many([Put(f"{STATE}jp-meti", msgspec.json.encode(state))])
    visitor = kit.client(empty)
    shown = {source["id"]: source for source in visitor.get("/sources.json").json()["sources"]}
    assert shown["jp-meti"]["health"] == "failing"
    assert shown["jp-meti"]["last_failure"] == "HTTP 503: 점검 중"
    assert shown["jp-meti"]["last_seen_words"] == "1 hour ago"
    assert {source["health"] for id, source in shown.items() if id != "jp-meti"} <= {"waiting", "off", "standby"}
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
