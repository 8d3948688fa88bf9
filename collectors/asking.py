"""How one poll of one source asks: with its headers, cookies, form and pauses, through the gate of its host."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from collectors.cookies import Jar
from collectors.fetch import FetchFailed, Validators
from collectors.paging import Request
from collectors.polite import Polite
from collectors.sources import Source
from exportwatch.clock import Clock
from exportwatch.metrics import Metrics
from exportwatch.model import Fetched


class Asking:
    """Of one poll; its cookies end with it."""

    def __init__(
        self, source: Source, polite: Polite, metrics: Metrics, clock: Clock, pause: Callable[[], None]
    ) -> None:
        """`pause` returns when something may be fetched."""
        self._source = source
        self._polite = polite
        self._metrics = metrics
        self._pause = pause
        self._jar = Jar(clock) if source.cookies or source.warm_up else None
        self._cold = bool(source.warm_up)

    def page(self, url: str, validators: Validators | None = None) -> Fetched | FetchFailed:
        return self.ask(Request(url=url), validators)

    def ask(self, request: Request, validators: Validators | None = None) -> Fetched | FetchFailed:
        """The answer; the URL that warms up is asked for before the first. Raises Retryable when told to stop."""
        if self._cold:
            self._cold = False
            warmed = self._send(Request(url=self._source.warm_up), None)
            if isinstance(warmed, FetchFailed) and warmed.kind in ("robots", "held"):
                return warmed
        return self._send(request, validators)

    def _send(self, request: Request, validators: Validators | None) -> Fetched | FetchFailed:
        self._pause()
        source = self._source
        answer = self._polite.fetch(
            request.url,
            politeness=source.politeness,
            pause=source.pause,
            validators=validators,
            headers=source.headers if _origin(request.url) == _origin(source.url) else None,
            method=request.method,
            form=request.form if request.method == "POST" else None,
            jar=self._jar,
        )
        self._metrics.count("fetches")
        if isinstance(answer, FetchFailed):
            self._metrics.count("fetch_failures")
        elif answer.status == 304:
            self._metrics.count("fetches_not_modified")
        return answer


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
