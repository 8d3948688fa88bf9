"""What robots.txt lets us ask for, and how slowly (RFC 9309; matching by protego).

Of a file, only the groups that are meant for us are given to protego, in bounded size: it would multiply every agent
with every rule. What a host without a readable robots.txt means is RFC 9309's: refused (4xx) allows everything,
an error of the server's or no answer forbids everything, until it has lasted for PATIENCE.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from collectors.fetch import FetchFailed
from exportwatch.clock import Clock
from exportwatch.model import Fetched

if TYPE_CHECKING:
    from protego import Protego

MOST_BYTES: Final = 500 * 1024
"""Read of a robots.txt, as RFC 9309 wants at least; what follows is not read."""
MOST_RULES: Final = 5_000
"""For us, in one file."""
MOST_RULE_CHARACTERS: Final = 1_000
"""A longer rule forbids (or allows) nothing."""
MOST_KEPT: Final = 64 * 1024 * 1024
"""Bytes that all remembered rules may take, as estimated; then what was not asked for longest is forgotten."""
_ORIGIN_BYTES: Final = 2_000
_RULE_BYTES: Final = 800
"""What protego makes of a rule, beside its text."""
LONGEST_DELAY: Final = 60.0
KEPT: Final = 24 * 3600.0
"""Seconds for which a robots.txt holds."""
FIRST_RETRY: Final = 30.0
LONGEST_RETRY: Final = 600.0
"""Seconds until a robots.txt that could not be had is asked for again: doubling between these two."""
PATIENCE: Final = 24 * 3600.0
"""Seconds for which an unreachable robots.txt forbids everything; then it counts as absent."""
_TOKEN: Final = re.compile(r"[A-Za-z_-]+")
_RULES: Final = frozenset({"allow", "disallow", "crawl-delay"})
_ABSENT: Final = frozenset({"redirects", "url", "coding"})
"""Kinds of failure that mean: there is a server, and no robots.txt of it."""

Fetch = Callable[[str, int], Fetched | FetchFailed]
"""(URL, most bytes to read) -> the file, redirects followed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a URL may be asked for."""

    allowed: bool
    delay: float = 0.0
    """Seconds between two requests that the host wishes for (Crawl-delay), at most LONGEST_DELAY; 0 for no wish."""
    reason: str = ""
    """Why not, and what a person may change."""
    failure: FetchFailed | None = None
    """What kept us from reading robots.txt, where that is why."""


@dataclass(slots=True)
class _Known:
    """Of one origin. Instants in seconds of the monotonic clock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while its robots.txt is asked for, so that it is asked for once."""
    size: int = _ORIGIN_BYTES
    rules: Protego | None = None
    """None allows everything, where there is no `failure`."""
    failure: FetchFailed | None = None
    until: float = float("-inf")
    failing_since: float = 0.0
    failures: int = 0


class Robots:
    """Remembers the robots.txt of each origin. Safe to share between threads."""

    def __init__(self, fetch: Fetch, clock: Clock, *, user_agent: str, obey: bool = True) -> None:
        """`fetch` must not ask for permission itself; `obey` False allows everything, unasked."""
        self._fetch = fetch
        self._clock = clock
        self._token = token(user_agent)
        self._obey = obey
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._kept = 0

    def allows(self, url: str) -> Verdict:
        """Whether we may ask for an absolute http(s) URL; fetches its origin's robots.txt where none is remembered."""
        parts = urlsplit(url)
        if not self._obey or parts.path == "/robots.txt":
            return Verdict(True)
        origin = f"{parts.scheme}://{parts.netloc}"
        known = self._of(origin)
        with known.lock:
            if known.until <= self._clock.monotonic():
                self._learn(known, origin)
            rules, failure = known.rules, known.failure
        if failure is not None:
            return Verdict(False, 0.0, f"{origin}/robots.txt cannot be read ({failure.reason})", failure)
        if rules is None:
            return Verdict(True)
        delay = min(rules.crawl_delay(self._token) or 0.0, LONGEST_DELAY)
        if rules.can_fetch(url, self._token):
            return Verdict(True, delay)
        return Verdict(
            False,
            delay,
            f"{origin}/robots.txt forbids it to {self._token}; obey_robots = 0 in the settings "
            "asks all the same, enabled = false in the source's file stops asking",
        )

    def _of(self, origin: str) -> _Known:
        with self._lock:
            if origin not in self._known:
                self._known[origin] = _Known()
                self._kept += _ORIGIN_BYTES
            self._known.move_to_end(origin)
            self._forget()
            return self._known[origin]

    def _weigh(self, origin: str, known: _Known, size: int) -> None:
        """Note how much an origin takes by now, and forget others where all take too much."""
        with self._lock:
            if self._known.get(origin) is not known:
                return  # forgotten in the meantime
            self._kept += size - known.size
            known.size = size
            self._forget()

    def _forget(self) -> None:
        while self._kept > MOST_KEPT and len(self._known) > 1:
            self._kept -= self._known.popitem(last=False)[1].size

    def _learn(self, known: _Known, origin: str) -> None:
        answer = self._fetch(f"{origin}/robots.txt", MOST_BYTES)
        now = self._clock.monotonic()
        if isinstance(answer, Fetched):
            lines = list(relevant(_text(answer.body), self._token))
            self._settle(known, _rules(lines), now)
            self._weigh(origin, known, _ORIGIN_BYTES + sum(_RULE_BYTES + 4 * len(line) for line in lines))
        elif _is_absent(answer):
            self._settle(known, None, now)
        elif answer.kind == "held":
            known.failure = None if known.rules else answer  # nothing was asked: the next one asks again
        else:
            self._missed(known, answer, now)

    def _settle(self, known: _Known, rules: Protego | None, now: float) -> None:
        known.rules, known.failure, known.failures, known.until = rules, None, 0, now + KEPT

    def _missed(self, known: _Known, failure: FetchFailed, now: float) -> None:
        """Rules that were read go on holding; without any, nothing is allowed until patience ends."""
        if not known.failures:
            known.failing_since = now
        known.failures += 1
        wait = min(FIRST_RETRY * 2 ** min(known.failures - 1, 10), LONGEST_RETRY)
        known.until = now + max(wait, float(min(failure.retry_after, LONGEST_RETRY)))
        known.failure = failure if known.rules is None and now - known.failing_since < PATIENCE else None


def token(user_agent: str) -> str:
    """The product token of a User-Agent, by which robots.txt may call us: `exportwatch` of `exportwatch/0.1 (…)`."""
    found = _TOKEN.match(user_agent.strip())
    return found[0].lower() if found else "exportwatch"


def parse(body: bytes, token: str) -> Protego | None:
    """The rules of a robots.txt for `token`, or None where there are none."""
    return _rules(list(relevant(_text(body), token)))


def _text(body: bytes) -> str:
    return body[:MOST_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")


def _rules(lines: list[str]) -> Protego | None:
    from protego import Protego

    return Protego.parse("\n".join(lines)) if lines else None


def relevant(text: str, token: str) -> Iterator[str]:
    """The rules of all groups for `token`, as one group; of those for `*`, where none names it. Linear.

    At most MOST_RULES, none over MOST_RULE_CHARACTERS.
    """
    named: list[str] | None = None
    general: list[str] = []
    agents: set[str] = set()
    in_rules = True
    for name, value in _fields(text):
        if name in ("user-agent", "useragent"):
            agents = set() if in_rules else agents
            in_rules = False
            agents.add(value if value == "*" else _product(value))
            named = [] if named is None and token in agents else named
        elif name in _RULES:
            in_rules = True
            group = named if token in agents else general if "*" in agents else None
            if group is not None and len(group) < MOST_RULES and len(value) <= MOST_RULE_CHARACTERS:
                group.append(f"{name}: {value}")
    rules = general if named is None else named
    if rules:
        yield f"user-agent: {token}"
        yield from rules


def _fields(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield name.strip().lower(), value.strip()


def _product(value: str) -> str:
    found = _TOKEN.match(value)
    return found[0].lower() if found else ""


def _is_absent(failure: FetchFailed) -> bool:
    """Whether a failure says that there is no robots.txt. 429 does not: we only asked too often."""
    if failure.kind == "status":
        return failure.status < 500 and failure.status != 429
    return failure.kind in _ABSENT
