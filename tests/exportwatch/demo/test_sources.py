"""The bundled sources, collected over real HTTP: everything comes in, in four languages, once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from collectors import collect, sourcefiles
from collectors.hosts import Hosts
from collectors.polite import Polite
from exportwatch import content, demo
from exportwatch.charset import decode_page
from exportwatch.demo import server
from exportwatch.demo.sources import BROKEN, RELEASES, write
from exportwatch.metrics import Recorded
from tests.collectors.kit import LOG, Archive, StandingClock, fetcher


def test_the_bundled_sources_come_in_once(tmp_path: Path) -> None:
    archive, clock, metrics = Archive(tmp_path / "blobs"), StandingClock(1_800_000_000_000), Recorded()
    with server.serve() as running:
        found = sourcefiles.load(write(tmp_path / "sources", running.url))
        reaching = fetcher(clock=clock, private_addresses=running.address)
        polite = Polite(reaching, Hosts(clock), clock, user_agent="exportwatch-tests", obey_robots=False)
        for poll in range(2):
            summary = collect.run(
                found.values(),
                polite,
                archive.publisher(clock, weighing=True),
                archive.store,
                clock,
                once=True,
                stop=lambda: False,
                metrics=metrics,
                log=LOG,
            )
            assert summary.failed == ()
            assert summary.counts.new == (0 if poll else RELEASES)
            assert sum(outcome.counts.rejected for outcome in summary.outcomes) == (0 if poll else BROKEN)
            clock.pass_(24 * 3600)
    assert metrics.totals["fetches_not_modified"] == len(found) + metrics.totals["pages_revisited"] > len(found) == 6
    releases = archive.releases()
    assert len({release.id for release in releases}) == len(releases) == RELEASES
    assert Counter(release.lang for release in releases) == {"en": 4, "ja": 4, "ko": 8, "zh-Hans": 3, "zh-Hant": 1}
    assert min(release.published for release in releases)[:4] == "2019"
    assert max(release.published for release in releases)[:4] == "2026"
    assert {release.origin for release in releases} == {"backfill"}
    text = {r.id: decode_page(r.body.data or b"", r.body.content_type) for r in releases if r.body is not None}
    assert "12월 16일" in text["demo-kr:162417"]
    assert "フッ化水素" in text["demo-jp:20190701006"]
    assert "镓、锗" in text["demo-cn:2023-notice-23"]
    assert "행정예고" in text["demo-kr-notices:161953"]
    (attachment,) = [release for release in releases if release.root]
    assert (attachment.id, attachment.root, attachment.title, attachment.published) == (
        "demo-kr-notices:161953/161953-1.pdf",
        "demo-kr-notices:161953",
        "개정안 신·구 대비표",
        "2019-08-14",
    )
    assert attachment.body is not None
    read = content.extract(attachment.body.data or b"", attachment.body.content_type)
    assert "불화수소, 포토레지스트" in read.text
    assert "수출계약서와" in read.text, "a word that a line break cuts"
    assert "이를 둘로 나누고" in read.text
    assert "光阻劑" in text["demo-tw:114-0610-1"]
    assert "presumption of denial" in text["demo-us:entity-list-140-chip-making-tools"]


def test_there_is_a_query_a_language() -> None:
    assert [query.language for query in demo.QUERIES] == ["en", "ja", "ko", "zh"]
