"""A server, an archive and a clock, and the role `collect` that polls between them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from collectors import collect
from collectors.collect import Outcome, SourceState, Summary
from collectors.sources import Source
from exportwatch.clock import rfc3339
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

    def source(self, name: str = "demo", **fields: Any) -> Source:
        return source(
            **{"id": name, "url": self.server.url(f"/{name}"), "interval": 600, "minimum": 1, "pause": 0.0, **fields}
        )

    def answer(self, body: bytes, path: str = "/demo", **headers: str) -> None:
        self.server.script[path] = Answer(
            body, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def run(self, *sources: Source, **options: Any) -> Summary:
        given: dict[str, Any] = {"once": True, "stop": lambda: self.stopped, **options}
        publisher = self.archive.publisher(self.clock)
        return collect.run(
            sources,
            fetcher(self.server, clock=self.clock),
            publisher,
            self.archive.store,
            self.clock,
            metrics=self.metrics,
            log=LOG,
            **given,
        )

    def poll(self, *sources: Source, **options: Any) -> Outcome:
        """One poll of one source, a day after whatever was before."""
        self.clock.pass_(24 * 3600)
        (outcome,) = self.run(*(sources or (self.source(),)), **options).outcomes
        return outcome

    def state(self, name: str = "demo") -> SourceState:
        return msgspec.json.decode(
            self.archive.store.get_many([f"source/{name}"])[f"source/{name}"].value, type=SourceState
        )

    def titles(self) -> list[str]:
        return [release.title for release in self.archive.releases()]

    def bodies(self) -> list[str]:
        return [(release.body.data or b"").decode() if release.body else "" for release in self.archive.releases()]
