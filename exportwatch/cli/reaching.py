"""What commands for people need to ask a site as the collector does: politely, foreign bytes in the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from exportwatch import addresses
from exportwatch.errors import BadRecord
from exportwatch.sandbox import Killed
from exportwatch.wiring import Wiring

if TYPE_CHECKING:
    from collectors.polite import Polite
    from collectors.readers import Readers
    from collectors.sources import Source
    from exportwatch.model import Draft, Fetched, Parsed


class Names:
    """Resolves names, and says how long that took so far."""

    def __init__(self, wiring: Wiring) -> None:
        self._clock = wiring.clock
        self.seconds = 0.0

    def __call__(self, host: str, port: int, timeout: float) -> Sequence[str]:
        begin = self._clock.monotonic()
        try:
            return addresses.resolve(host, port, timeout)
        finally:
            self.seconds += self._clock.monotonic() - begin


def polite(wiring: Wiring, names: Names) -> Polite:
    """The door to other people's servers, with the settings' own limits."""
    from collectors.fetch import Fetcher
    from collectors.hosts import Hosts
    from collectors.polite import Polite

    settings = wiring.settings
    fetcher = Fetcher(
        clock=wiring.clock,
        max_document_bytes=settings.max_document_bytes,
        fetch_seconds=settings.fetch_seconds,
        user_agent=settings.user_agent,
        private_addresses=settings.private_addresses,
        http_proxy=settings.http_proxy,
        resolver=names,
    )
    return Polite(
        fetcher,
        Hosts(wiring.clock),
        wiring.clock,
        user_agent=settings.user_agent,
        obey_robots=bool(settings.obey_robots),
    )


def readers(wiring: Wiring) -> Readers:
    """The parsers, each call in the sandbox."""
    from collectors.readers import Readers
    from exportwatch.model import Parsed

    def call(function: str, **payload: Any) -> Any:
        answer = wiring.sandbox.run(function, msgspec.to_builtins(payload, builtin_types=(bytes,)))
        if isinstance(answer, Killed):
            raise BadRecord(f"the parser had to be stopped: {answer.reason}")
        return answer

    def parse(fetched: Fetched, source: Source) -> Parsed:
        return msgspec.convert(
            call(f"collectors.{source.parser}:parse_payload", fetched=fetched, source=source), Parsed
        )

    def attach(fetched: Fetched, draft: Draft, source: Source) -> Parsed:
        if not source.attachments:
            return Parsed()
        found = call("collectors.page:attachments_payload", fetched=fetched, draft=draft, source=source)
        return msgspec.convert(found, Parsed)

    def usable(fetched: Fetched, source: Source) -> str:
        return str(call("collectors.page:usable_payload", fetched=fetched, source=source))

    return Readers(parse=parse, attach=attach, usable=usable)
