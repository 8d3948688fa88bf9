"""The role `collect` on the stand-ins of the official sites and on each trap: what is published, and what is told.

Everything is as in a running collector but the clock, which stands at the instants of each story.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collectors.sources import IdRule, ListRule, Source
from exportwatch.charset import mojibake
from exportwatch.model import Release
from tests.collectors import gathered
from tests.collectors.house import House
from tests.collectors.kit import serve
from tests.collectors.ministries import Expected, Phase, Site, names, site
from tests.collectors.test_gathered import sources_of

OWN: dict[str, dict[str, Any]] = {
    "traps/charset-lie": {"encoding": "euc-kr"},
    "traps/meti-frozen": {"minimum": 3},
    "traps/cookie-warm-up": {"follow": True, "warm_up": "https://www.ministry.example/"},
    "traps/korea-kr-gone": {"follow": True, "id_rule": IdRule(pattern=r"newsId=(\d+)")},
    "traps/cp932-undeclared": {
        "parser": "page",
        "follow": True,
        "cadence": 30 * 24 * 3600,
        "list_rule": ListRule(row="tr.tableWhatNew"),
    },
}
"""What the source of a site has beside its shipped file, or where there is none."""
MENDED = {"traps/mojibake-feed": "its text is mended, so that it is right and OK"}
"""Traps that are passed by another way than the stand-in's author thought of."""


class Story:
    """A site, its sources as shipped, and a collector between them."""

    def __init__(self, standing: Site, house: House) -> None:
        self.site = standing
        self.house = house
        self.sources = list(self._sources())
        self.source = self.sources[0]

    def _sources(self) -> Iterator[Source]:
        plan, own = self.site.plan, OWN.get(self.site.name, {})
        name = plan.follows or plan.source
        if name not in gathered.FILES:
            given = {**own, **({"warm_up": self.site.local(own["warm_up"])} if "warm_up" in own else {})}
            yield Source(id=name, publisher=plan.publisher, url=self.site.entry, kind="x", pause=0.0, **given)
            return
        for each in sources_of(name):
            source = replace(gathered.shipped(self.site, each), pause=0.0, **own)
            yield replace(source, url=self.site.entry) if self.site.name == "traps/moved-301" else source
            if self.site.name == "traps/meti-frozen":
                yield replace(gathered.shipped(self.site, source.fallback), pause=0.0, **own)

    def poll(self, now: str) -> None:
        self.house.clock.instant = max(_instant(now), self.house.clock.instant)
        self.house.run(*self.sources, polite=self.house.polite(private_addresses=self.site.addresses))

    @property
    def health(self) -> str:
        return self.house.state(self.source.id).health

    def published(self) -> dict[str, Release]:
        """The last revision of each document."""
        return {release.id: release for release in self.house.archive.releases()}

    def revisions(self) -> Counter[str]:
        return Counter(release.id for release in self.house.archive.releases())


def _instant(now: str) -> int:
    return int(datetime.datetime.fromisoformat(now).timestamp() * 1000)


def _facts(release: Release) -> tuple[str, ...]:
    return (release.id, release.url, release.root, "ok" if release.state == "ok" else release.state)


def _wanted(document: Expected) -> tuple[str, ...]:
    return (document.id, document.url, document.root, document.state)


def check_state(story: Story, wanted: str, also: Sequence[str], before: str) -> None:
    told = story.house.told()
    if wanted == "RECOVERED":
        assert (story.health, told[-1]) == ("OK", "RECOVERED")
        return
    if len(sources_of(story.source.id)) > 1 and wanted != "OK":
        # Read by several sources, of which it is enough that one has seen it: the others were not due, or have no page.
        assert wanted in {story.house.state(source.id).health for source in story.sources}
        return
    assert story.health in (wanted, *also), story.house.state(story.source.id).reason
    if story.health != before and (before or story.health != "OK"):
        assert [each for each in story.house.events() if each.source == story.source.id][-1].state == story.health


@pytest.mark.parametrize("name", [name for name in names() if name not in MENDED])
def test_each_site_and_trap(name: str, tmp_path: Path) -> None:
    with site(name) as standing, serve() as nothing:
        story = Story(standing, House(nothing, tmp_path))
        phases: Sequence[Phase | None] = tuple(standing.plan.phase) or (None,)
        for number, phase in enumerate(phases):
            asked, before = len(standing.requests), story.house.state(story.source.id).health if number else ""
            if phase is not None:
                standing.enter(number)
            story.poll(phase.now if phase else standing.plan.now or "2026-09-16T12:00:00+00:00")
            if phase is not None and not phase.polls:
                assert len(standing.requests) == asked
            elif phase is not None:
                assert len(standing.requests) > asked, f"{phase.name}: nothing was asked"
            check_state(story, phase.state if phase else standing.plan.state, standing.plan.also, before)
            expected = standing.expected()
            assert sorted(map(_facts, story.published().values())) == sorted(map(_wanted, expected))
            assert story.revisions() == {document.id: document.revisions for document in expected}


@pytest.mark.parametrize("name", MENDED)
def test_what_is_mended_is_honest_text(name: str, tmp_path: Path) -> None:
    with site(name) as standing, serve() as nothing:
        story = Story(standing, House(nothing, tmp_path))
        story.poll(standing.plan.now)
        published = story.published().values()
        assert published
        assert story.health == "OK"
        assert not any(mojibake(release.title, release.lang) for release in published)
