"""New, changed, unchanged: the rule of revisions, and what a crash or a rival in between costs."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collectors.publish import BATCH, MEANING, Counts, Publisher, Seen
from exportwatch import codec
from exportwatch.bus import SOURCES, Producer, TopicPartition
from exportwatch.errors import Retryable
from exportwatch.faults import Faults
from exportwatch.health import HealthEvent
from exportwatch.model import INLINE_BYTES, Draft, content_hash
from exportwatch.store import ANY, NEW, Put, Store, Wrote
from tests.collectors.kit import NOON, Archive, StandingClock


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


def draft(name: str = "jp-meti:1", body: bytes | None = "輸出管理".encode(), **fields: Any) -> Draft:
    return Draft(
        id=name, publisher="jp-meti", source="jp-meti", kind="press release", url="", title="題", body=body, **fields
    )


def counts(new: int = 0, changed: int = 0, unchanged: int = 0) -> Counts:
    return Counts(new=new, changed=changed, unchanged=unchanged)


def history(archive: Archive) -> list[tuple[str, int, bytes | None]]:
    return [(each.id, each.observed - NOON, each.body.data if each.body else None) for each in archive.releases()]


def test_a_release_carries_all_of_its_draft(archive: Archive, clock: StandingClock) -> None:
    given = draft(
        published="2019-12-16",
        lang="ja",
        root="jp-meti:0",
        content_type="text/html; charset=shift_jis",
        extra={"a": "b"},
    )
    archive.publisher(clock).publish([given], "backfill")
    (release,) = archive.releases()
    assert (release.id, release.publisher, release.source, release.kind) == (
        "jp-meti:1",
        "jp-meti",
        "jp-meti",
        "press release",
    )
    assert (release.title, release.published, release.lang, release.root) == ("題", "2019-12-16", "ja", "jp-meti:0")
    assert (release.origin, release.observed, release.state) == ("backfill", NOON, "ok")
    assert release.content_hash == content_hash(given)
    assert release.body is not None
    assert (release.body.content_type, release.body.size) == ("text/html; charset=shift_jis", 12)
    assert release.body.sha256 == hashlib.sha256("輸出管理".encode()).hexdigest()
    assert archive.operator.state()  # the log is the one the publisher wrote to


def test_the_same_again_changes_nothing(archive: Archive, clock: StandingClock) -> None:
    publisher = archive.publisher(clock)
    drafts = [draft("jp-meti:1"), draft("kr-motie:1", "수출통제".encode()), draft("cn-mofcom:1", "出口管制".encode())]
    assert publisher.publish(drafts, "live") == counts(new=3)
    clock.pass_(60)
    again = [replace(each, source="other", extra={"where": "line 1"}) for each in drafts]
    assert publisher.publish(again, "import") == counts(unchanged=3)
    assert len(archive.releases()) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"body": b"other"},
        {"body": b""},
        {"published": "2019-12-17"},
        {"url": "https://a.example/"},
        {"lang": "ja"},
        {"content_type": "text/html"},
        {"published_precision": "second"},
        {"state": "too large", "body": None, "size": 1},
    ],
)
def test_any_other_difference_is_a_revision(archive: Archive, clock: StandingClock, fields: dict[str, Any]) -> None:
    publisher = archive.publisher(clock)
    publisher.publish([draft()], "live")
    assert publisher.publish([replace(draft(), **fields)], "live") == counts(changed=1)


def test_a_b_a_are_three_revisions(archive: Archive, clock: StandingClock) -> None:
    publisher = archive.publisher(clock)
    for body in (b"A", b"B", b"A", b"A"):
        publisher.publish([draft(body=body)], "live")
        clock.pass_(1)
    assert history(archive) == [("jp-meti:1", 0, b"A"), ("jp-meti:1", 1000, b"B"), ("jp-meti:1", 2000, b"A")]


def test_a_b_a_within_one_batch_are_three_revisions(archive: Archive, clock: StandingClock) -> None:
    publisher = archive.publisher(clock)
    result = publisher.publish([draft(body=body) for body in (b"A", b"A", b"B", b"A")], "import")
    assert result == counts(new=1, changed=2, unchanged=1)
    assert history(archive) == [("jp-meti:1", 0, b"A"), ("jp-meti:1", 1, b"B"), ("jp-meti:1", 2, b"A")]
    assert publisher.publish([draft(body=b"A")], "import") == counts(unchanged=1)


def test_observation_never_goes_back(archive: Archive, clock: StandingClock) -> None:
    publisher = archive.publisher(clock)
    publisher.publish([draft(body=b"A")], "live", observed=NOON + 5000)
    clock.pass_(-3600)
    publisher.publish([draft(body=b"B")], "live")
    publisher.publish([draft(body=b"C")], "live", observed=NOON)
    assert [observed for _, observed, _ in history(archive)] == [5000, 5001, 5002]


def test_bodies_over_the_inline_limit_lie_in_blobs(archive: Archive, clock: StandingClock) -> None:
    exact, over = bytes(INLINE_BYTES), bytes(INLINE_BYTES + 1)
    archive.publisher(clock).publish([draft("a:1", exact), draft("a:2", over)], "live")
    inline, claimed = (release.body for release in archive.releases())
    assert inline is not None
    assert claimed is not None
    assert inline.data == exact
    assert claimed.data is None
    assert archive.blobs.get(claimed.sha256) == over
    assert claimed.size == INLINE_BYTES + 1


def test_what_is_too_large_is_kept_without_its_body(archive: Archive, clock: StandingClock) -> None:
    archive.publisher(clock).publish([draft(body=None, state="too large", size=25_000_000)], "live")
    (release,) = archive.releases()
    assert release.state == "too large"
    assert release.body is not None
    assert (release.body.data, release.body.sha256, release.body.size) == (None, "", 25_000_000)


def test_what_no_release_can_carry_is_rejected_and_the_others_go_on(archive: Archive, clock: StandingClock) -> None:
    bad = [
        draft("x" * 201, extra={"where": "docs.jsonl:7"}),
        draft("管" * 67, extra={"where": "docs.jsonl:8"}),
        draft("", extra={"where": "docs.jsonl:9"}),
        draft("a:\ud800", extra={"where": "docs.jsonl:10"}),
        replace(draft("a:1"), title="lone \udc00 surrogate", url="https://a.example/1"),
        replace(draft("a:2"), title="x" * 2_000_000),
        draft("a:3", body=None),
        replace(draft("a:4", body=b" \n"), title=" "),
    ]
    publisher = archive.publisher(clock)
    result = publisher.publish([draft("a:0"), *bad, draft("管" * 66)], "import")
    assert (result.new, result.rejected) == (2, 8)
    assert [rejection.where for rejection in result.rejections] == [
        "docs.jsonl:7",
        "docs.jsonl:8",
        "docs.jsonl:9",
        "docs.jsonl:10",
        "https://a.example/1",
        "a:2",
        "a:3",
        "a:4",
    ]
    assert "neither a title nor a text" in result.rejections[7].reason
    assert "200 bytes" in result.rejections[0].reason
    assert "surrogate" in result.rejections[4].reason
    assert "limit" in result.rejections[5].reason
    assert archive.store.get_many(["seen/a:1"]) == {}


def test_many_batches_count_together(archive: Archive, clock: StandingClock) -> None:
    drafts = (draft(f"a:{number}", b"%d" % number) for number in range(2 * BATCH + 7))
    assert archive.publisher(clock).publish(drafts, "import") == counts(new=2 * BATCH + 7)
    assert len({release.key for release in archive.releases()}) == 2 * BATCH + 7


def test_blobs_that_are_away_leave_nothing_queued(archive: Archive, clock: StandingClock, monkeypatch: Any) -> None:
    failures = [Retryable("blobs away")] * 5
    put = archive.blobs.put

    def away(body: bytes) -> str:
        if failures:
            raise failures.pop()
        return put(body)

    def patiently(action: Callable[[], None]) -> None:
        while True:
            with contextlib.suppress(Retryable):
                return action()

    monkeypatch.setattr(archive.blobs, "put", away)
    large = draft("jp-meti:4", b"x" * (INLINE_BYTES + 1))
    drafts = [draft(f"jp-meti:{number}") for number in range(3)]
    assert archive.publisher(clock, attempt=patiently).publish([*drafts, large], "live") == counts(new=4)
    assert len(archive.releases()) == 4


class Crash(Faults):
    """Breaks off at a named point, where the real one would kill the process."""

    def point(self, name: str) -> None:
        if name == self._name:
            raise KeyboardInterrupt


@pytest.mark.parametrize(("point", "copies"), [("after-send", 1), ("after-flush", 2)])
def test_a_crash_repeats_a_revision_and_loses_none(
    archive: Archive, clock: StandingClock, point: str, copies: int
) -> None:
    drafts = [draft("a:1", b"A"), draft("a:2", b"B")]
    with pytest.raises(KeyboardInterrupt):
        archive.publisher(clock, faults=Crash(point)).publish(drafts, "live")
    assert archive.store.get_many(["seen/a:1", "seen/a:2"]) == {}
    clock.pass_(1)
    assert archive.publisher(clock).publish(drafts, "live") == counts(new=2)
    assert archive.publisher(clock).publish(drafts, "live") == counts(unchanged=2)
    assert [name for name, _, _ in history(archive)] == ["a:1", "a:2"] * copies


class Away:
    """A producer whose first flushes fail, like that of a log that is away for a while."""

    def __init__(self, archive: Archive, failures: int) -> None:
        self._producer = archive.bus.producer()
        self.failures = failures
        self.send = self._producer.send

    def flush(self) -> None:
        if self.failures:
            self.failures -= 1
            self._producer.close()  # nothing of the batch is on its way any more
            raise Retryable("the log is away")
        self._producer.flush()

    def close(self) -> None: ...


def test_a_log_that_is_away_is_waited_for_as_the_caller_wishes(archive: Archive, clock: StandingClock) -> None:
    publisher = archive.publisher(clock)
    publisher._producer = Away(archive, failures=1)
    with pytest.raises(Retryable):
        publisher.publish([draft()], "live")
    assert archive.store.get_many(["seen/jp-meti:1"]) == {}

    def patient(action: Any) -> None:
        while True:
            try:
                action()
            except Retryable:
                clock.pass_(1)
            else:
                return

    waiting = archive.publisher(clock, attempt=patient)
    waiting._producer = Away(archive, failures=3)
    assert waiting.publish([draft()], "live") == counts(new=1)
    assert history(archive) == [("jp-meti:1", 0, "輸出管理".encode())]


def test_an_attempt_that_gives_up_is_no_success(archive: Archive, clock: StandingClock) -> None:
    giving_up = archive.publisher(clock, attempt=lambda action: False)
    with pytest.raises(Retryable):
        giving_up.publish([draft()], "live")


class Rival:
    """A store in which somebody else is faster, once."""

    def __init__(self, store: Store, seen: Seen) -> None:
        self._store = store
        self._seen: Seen | None = seen
        self.get_many = store.get_many

    def put_many(self, puts: Sequence[Put]) -> list[Wrote]:
        if self._seen is not None:
            self._store.put_many([Put("seen/jp-meti:1", msgspec.json.encode(self._seen), ANY)])
            self._seen = None
        return self._store.put_many(puts)


def test_a_faster_rival_with_other_content_is_followed_by_a_later_revision(
    archive: Archive, clock: StandingClock
) -> None:
    publisher = archive.publisher(clock)
    publisher._store = Rival(archive.store, Seen("other", NOON + 70))  # type: ignore[assignment]
    result = publisher.publish([draft("a:1"), draft()], "live")
    assert result == counts(new=1, changed=1)
    assert [observed for name, observed, _ in history(archive) if name == "jp-meti:1"] == [0, 71]
    assert archive.publisher(clock).publish([draft()], "live") == counts(unchanged=1)


def test_a_faster_rival_with_the_same_content_is_believed(archive: Archive, clock: StandingClock) -> None:
    publisher = archive.publisher(clock)
    publisher._store = Rival(archive.store, Seen(content_hash(draft()), NOON + 70))  # type: ignore[assignment]
    assert publisher.publish([draft()], "live") == counts(unchanged=1)
    stored = archive.store.get_many(["seen/jp-meti:1"])["seen/jp-meti:1"]
    assert msgspec.json.decode(stored.value, type=Seen).observed == NOON + 70
    assert stored.version != NEW


def said(source: str, body: str, meaning: str = "", **fields: Any) -> Draft:
    """What a source says of one release whose page is the same for all of them."""
    extra = {MEANING: f"1:{meaning}"} if meaning else {}
    given = {"url": "https://a.example/1", **fields}
    return replace(draft(body=body.encode()), source=source, extra=extra, **given)


def weighing(archive: Archive, clock: StandingClock) -> Callable[[Draft], str]:
    publisher = archive.publisher(clock, weighing=True)

    def publish(given: Draft) -> str:
        clock.pass_(1)
        found = publisher.publish([given], "live")
        return "new" if found.new else "changed" if found.changed else "unchanged"

    return publish


def test_other_bytes_of_the_same_meaning_are_no_revision(archive: Archive, clock: StandingClock) -> None:
    publish = weighing(archive, clock)
    assert publish(said("feed", "輸出管理 (12:00)", "x")) == "new"
    assert publish(said("feed", "輸出管理 (12:01)", "x")) == "unchanged"
    assert publish(said("feed", "輸出管理 (12:02)", "y")) == "changed"
    assert publish(said("feed", "輸出管理 (12:03)", "x")) == "changed", "A, B, A again"
    assert publish(said("feed", "輸出管理 (12:04)", "x", title="別題")) == "changed"


def test_what_another_source_words_differently_is_no_revision(archive: Archive, clock: StandingClock) -> None:
    publish = weighing(archive, clock)
    publish(said("feed", "수출통제", "x", title="수출통제"))
    for _ in range(2):
        assert publish(said("list", "수출통제", "x", title="[보도자료] 수출통제")) == "unchanged"
        assert publish(said("feed", "수출통제", "x", title="수출통제")) == "unchanged"
    assert publish(said("list", "수출통제 정정", "y", title="[보도자료] 수출통제")) == "changed"
    assert publish(said("feed", "수출통제 정정", "y", title="수출통제")) == "unchanged"
    assert publish(said("feed", "수출통제", "x", title="수출통제")) == "changed"


def test_without_a_meaning_the_same_page_is_taken_for_the_same(archive: Archive, clock: StandingClock) -> None:
    publish = weighing(archive, clock)
    publish(said("feed", "要約"))
    assert publish(said("list", "題")) == "unchanged"
    assert publish(said("list", "改題")) == "changed", "by its own words it has changed"
    assert publish(said("third", "題", url="https://b.example/1")) == "changed", "another page"


def test_an_import_is_compared_and_changes_nothing_of_what_sources_said(archive: Archive, clock: StandingClock) -> None:
    publish = weighing(archive, clock)
    publish(said("feed", "出口管制", "x"))
    assert archive.publisher(clock).publish([said("import", "出口管制（人手）")], "import") == counts(changed=1)
    assert publish(said("feed", "出口管制", "x")) == "unchanged", "it says what it always said"
    assert publish(said("feed", "出口管制（更正）", "y")) == "changed"


def test_what_sources_said_is_bounded(archive: Archive, clock: StandingClock) -> None:
    publish = weighing(archive, clock)
    for number in range(10):
        publish(said(f"source-{number}", str(number), str(number)))
    (seen,) = archive.publisher(clock).seen(["jp-meti:1"]).values()
    assert list(seen.said) == ["source-6", "source-7", "source-8", "source-9"]


def test_seen_of_before_is_still_read(archive: Archive, clock: StandingClock) -> None:
    archive.store.put_many([Put("seen/jp-meti:1", b'{"content_hash":"0","observed":1}')])
    assert weighing(archive, clock)(said("feed", "輸出", "x")) == "changed"
    assert weighing(archive, clock)(said("feed", "輸出 ", "x")) == "unchanged"


def test_an_event_its_evidence_and_its_alerts_are_durable_together(archive: Archive, clock: StandingClock) -> None:
    event = HealthEvent(source="jp-meti", state="SCHEMA", was="OK", at=NOON, reason="찾지 못함")
    archive.publisher(clock).report(event, [], "<html>別</html>".encode())
    (record,) = archive.operator.read(TopicPartition(SOURCES, 0), 0, 10, 0.0)
    told = codec.HEALTH.decode(record.value or b"")
    assert (record.key, told.state, told.size) == ("jp-meti", "SCHEMA", len("<html>別</html>".encode()))
    assert archive.blobs.get(told.evidence) == "<html>別</html>".encode()


def test_a_closed_publisher_takes_nothing_more(archive: Archive, clock: StandingClock) -> None:
    publisher = archive.publisher(clock)
    publisher.close()
    with pytest.raises(Retryable, match="stopped"):
        publisher.publish([draft()], "live")
    assert archive.releases() == []


class Alone:
    """A producer that is used by one thread at a time, or says so."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._sender: int | None = None
        self.met = False

    def send(self, topic: str, key: str, value: bytes | None, *, partition_by: str) -> None:
        me = threading.get_ident()
        self.met = self.met or self._sender not in (None, me)
        self._sender = me
        time.sleep(0.001)
        self._producer.send(topic, key, value, partition_by=partition_by)

    def flush(self) -> None:
        self._producer.flush()
        self._sender = None

    def close(self) -> None:
        self._producer.close()


def test_many_threads_publish_one_after_the_other(archive: Archive, clock: StandingClock) -> None:
    producer = Alone(archive.bus.producer())
    publisher = Publisher(producer, archive.store, archive.blobs, clock, weighing=True)
    names = [f"jp-meti:{number % 50}" for number in range(200)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: publisher.publish([draft(name)], "live"), names))
    assert sorted(release.id for release in archive.releases()) == sorted(set(names))
    assert not producer.met
