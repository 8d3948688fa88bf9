"""A server, an archive and a clock, and the role `collect` that polls between them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from collectors import collect
from collectors.collect import Outcome, SourceState, Summary
from collectors.hosts import Hosts
from collectors.pausing import Pausing
from collectors.polite import Polite
from collectors.publish import at_once
from collectors.readers import Readers
from collectors.sources import Source
from exportwatch import codec
from exportwatch.bus import SOURCES, TopicPartition
from exportwatch.clock import rfc3339
from exportwatch.health import HealthEvent
from exportwatch.metrics import Recorded
from tests.collectors.kit import LOG, NOON, Answer, Archive, Loopback, StandingClock, fetcher, source

TODAY = rfc3339(NOON)[:10]


def rss(*items: str) -> bytes:
    return f'<rss version="2.0"><channel>{"".join(items)}</channel></rss>'.encode()


def item(number: int, title: str = "수출통제", day: str = TODAY) -> str:
    return (
        f"<item><title>{title}</title><link>/page/{number}</link><guid isPermaLink='false'>{number}</guid>"
        f"<pubDate>{day}</pubDate><description>요약 {number}</description></item>"
    )


class House:
    """A server, an archive and a clock, and the role that polls between them."""

    def __init__(self, server: Loopback, folder: Path) -> None:
        self.server = server
        self.archive = Archive(folder)
        self.clock = StandingClock()
        self.metrics = Recorded()
        self.stopped = False
        self.obey_robots = False

    def source(self, name: str = "demo", **fields: Any) -> Source:
        return source(
            **{"id": name, "url": self.server.url(f"/{name}"), "interval": 600, "minimum": 1, "pause": 0.0, **fields}
        )

    def answer(self, body: bytes, path: str = "/demo", **headers: str) -> None:
        self.server.script[path] = Answer(
            body, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def polite(self, **options: Any) -> Polite:
        asking = fetcher(self.server, clock=self.clock, **options)
        hosts = Hosts(self.clock, stop=lambda: self.stopped)
        return Polite(asking, hosts, self.clock, user_agent="exportwatch-tests", obey_robots=self.obey_robots)

    def run(self, *sources: Source, **options: Any) -> Summary:
        """`parse`, `attach`, `usable`, `extract`, `version` are those of Readers; all else goes to `collect.run`."""
        readers = Readers(**{name: options.pop(name) for name in Readers.__slots__ if name in options})
        given: dict[str, Any] = {"once": True, "stop": lambda: self.stopped, "readers": readers, **options}
        polite = given.pop("polite", None) or self.polite()
        attempt, stop = given.pop("attempt", at_once), given["stop"]
        given.setdefault("pausing", Pausing(self.clock, LOG, self.metrics, attempt=attempt, stop=stop))
        publisher = self.archive.publisher(self.clock, weighing=True, attempt=given["pausing"].attempt)
        return collect.run(
            sources, polite, publisher, self.archive.store, self.clock, metrics=self.metrics, log=LOG, **given
        )

    def poll(self, *sources: Source, **options: Any) -> Outcome:
        """One poll of one source, a day and a bit after whatever was before: everything is due by then."""
        self.clock.pass_(26 * 3600)
        (outcome,) = self.run(*(sources or (self.source(),)), **options).outcomes
        return outcome

    def state(self, name: str = "demo") -> SourceState:
        return msgspec.json.decode(
            self.archive.store.get_many([f"source/{name}"])[f"source/{name}"].value, type=SourceState
        )

    def events(self) -> list[HealthEvent]:
        records = self.archive.operator.read(TopicPartition(SOURCES, 0), 0, 1000, 0.0)
        return [codec.HEALTH.decode(record.value or b"") for record in records]

    def told(self) -> list[str]:
        """The states of all events, in order."""
        return [event.state for event in self.events()]

    def titles(self) -> list[str]:
        return [release.title for release in self.archive.releases()]

    def bodies(self) -> list[str]:
        return [(release.body.data or b"").decode() if release.body else "" for release in self.archive.releases()]
