"""The one door to other people's servers: robots.txt is asked, the host's gate is passed, then the request is made.

Every request goes through it: first, repeated, redirected, the one for robots.txt. What a host says about staying
away (Retry-After, Crawl-delay) holds for all that is asked of it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from collectors.cookies import Jar
from collectors.fetch import Fetcher, FetchFailed, Form, Method, Refused, Validators
from collectors.freshness import LONGEST_WISH
from collectors.hosts import Held, Hosts, key
from collectors.robots import Robots, Verdict
from exportwatch.clock import Clock
from exportwatch.model import Fetched


class Polite:
    """Fetches as the hosts wish. Safe to share between threads; a poll's jar is not."""

    def __init__(
        self, fetcher: Fetcher, hosts: Hosts, clock: Clock, *, user_agent: str, obey_robots: bool = True
    ) -> None:
        """The last two are settings; `hosts` is what the scheduler asks for free hosts."""
        self.hosts = hosts
        self._fetcher = fetcher
        self._clock = clock
        self._robots = Robots(self._fetch_robots, clock, user_agent=user_agent, obey=obey_robots)

    def fetch(
        self,
        url: str,
        *,
        politeness: str = "",
        pause: float = 1.0,
        validators: Validators | None = None,
        headers: Mapping[str, str] | None = None,
        method: Method = "GET",
        form: Form | None = None,
        jar: Jar | None = None,
    ) -> Fetched | FetchFailed:
        """As Fetcher.fetch, in turn: `politeness` and `pause` (seconds) are the source's.

        Kind `robots`: it must not be asked for; `held`: the host is to be left alone for `retry_after` seconds.
        Waits while others ask the host; must not be called within a turn of the same host.
        """
        gate = functools.partial(self._permitted_turn, politeness=politeness, pause=pause)
        answer = self._fetcher.fetch(
            url, validators=validators, headers=headers, method=method, form=form, jar=jar, gate=gate
        )
        self._heed(answer, politeness)
        return answer

    def _fetch_robots(self, url: str, most: int) -> Fetched | FetchFailed:
        """With the pauses of the sources that were, and will be, asked before and after it."""
        answer = self._fetcher.fetch(url, gate=functools.partial(self._turn, politeness="", pause=0.0), most=most)
        self._heed(answer, "")
        return answer

    def _heed(self, answer: Fetched | FetchFailed, politeness: str) -> None:
        if isinstance(answer, FetchFailed) and answer.retry_after and answer.kind == "status":
            until = self._clock.monotonic() + min(answer.retry_after, LONGEST_WISH)
            self.hosts.hold(key(answer.url, politeness), until)

    @contextmanager
    def _permitted_turn(self, url: str, *, politeness: str, pause: float) -> Iterator[None]:
        verdict = self._robots.allows(url)
        if not verdict.allowed:
            raise _refused(verdict)
        if verdict.delay:
            self.hosts.slow(key(url), verdict.delay)
        with self._turn(url, politeness=politeness, pause=max(pause, verdict.delay)):
            yield

    @contextmanager
    def _turn(self, url: str, *, politeness: str, pause: float) -> Iterator[None]:
        with ExitStack() as stack:
            try:
                stack.enter_context(self.hosts.turn(key(url, politeness), pause))
            except Held as held:
                raise Refused("held", held.reason, retry_after=int(held.seconds)) from held
            yield


def _refused(verdict: Verdict) -> Refused:
    """A host whose robots.txt nobody answers for is away, and not unwilling."""
    why = verdict.failure
    if why is None:
        return Refused("robots", verdict.reason)
    return Refused(why.kind, verdict.reason, status=why.status, retry_after=why.retry_after)
