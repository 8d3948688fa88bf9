"""The cookies of one poll of one source: a small part of RFC 6265, in bounded memory, sent to no other host.

A cookie goes back to the host that set it. `Domain` widens that to hosts below a domain of the host's own, but only
where it cannot be a registry's (`go.jp`, `gov.uk`): three labels, or two under a generic top level.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from exportwatch.clock import Clock
from exportwatch.httpdates import instant

MOST: Final = 50
"""Cookies in a jar; the oldest goes first."""
MOST_BYTES: Final = 4096
"""Of one Set-Cookie header; a longer one is ignored."""
MOST_HEADER_BYTES: Final = 8192
"""Sent with one request; cookies beyond are left out."""
_FAR: Final = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cookie:
    name: str
    value: str
    host: str
    path: str
    below: bool
    """Whether hosts below `host` get it too."""
    secure: bool
    expires: int
    """Milliseconds since the epoch."""

    @property
    def place(self) -> tuple[str, str, str]:
        return self.host, self.path, self.name

    def goes_to(self, url: SplitResult, now: int) -> bool:
        host = url.hostname or ""
        return (
            (host == self.host or (self.below and host.endswith(f".{self.host}")))
            and _under(url.path or "/", self.path)
            and (not self.secure or url.scheme == "https")
            and now < self.expires
        )


class Jar:
    """Make one for a poll and drop it afterwards. Not shared between threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cookies: dict[tuple[str, str, str], _Cookie] = {}

    def __len__(self) -> int:
        return len(self._cookies)

    def take(self, url: str, lines: Iterable[str]) -> None:
        """Keep what the Set-Cookie headers of the answer of `url` say; what is not well-formed is ignored."""
        parts, now = urlsplit(url), self._clock.now()
        for line in lines:
            cookie = _read(line, parts, now)
            if cookie is None:
                continue
            self._cookies.pop(cookie.place, None)
            if cookie.expires > now:
                self._cookies[cookie.place] = cookie
            if len(self._cookies) > MOST:
                del self._cookies[next(iter(self._cookies))]

    def header(self, url: str) -> str:
        """The value of the header Cookie for a request; empty for none."""
        parts, now = urlsplit(url), self._clock.now()
        fitting = [cookie for cookie in self._cookies.values() if cookie.goes_to(parts, now)]
        said = ""
        for cookie in sorted(fitting, key=lambda cookie: -len(cookie.path)):
            longer = f"{said}; {cookie.name}={cookie.value}" if said else f"{cookie.name}={cookie.value}"
            if len(longer) <= MOST_HEADER_BYTES:
                said = longer
        return said


def _read(line: str, url: SplitResult, now: int) -> _Cookie | None:
    if len(line) > MOST_BYTES or not line.isascii() or not line.isprintable():
        return None
    pair, *rest = line.split(";")
    name, equals, value = (part.strip() for part in pair.partition("="))
    attributes = dict(_attributes(rest))
    host = url.hostname or ""
    domain = attributes.get("domain", "").removeprefix(".").lower()
    foreign = domain not in ("", host) and not (host.endswith(f".{domain}") and not _is_address(host))
    secure = "secure" in attributes
    if not (name and equals and host) or foreign or (secure and url.scheme != "https"):
        return None
    below = bool(domain) and _own(domain)
    path = attributes.get("path", "")
    return _Cookie(
        name=name,
        value=value,
        host=domain if below else host,
        path=path if path.startswith("/") else (url.path.rpartition("/")[0] or "/"),
        below=below,
        secure=secure,
        expires=_expires(attributes, now),
    )


def _attributes(parts: list[str]) -> Iterator[tuple[str, str]]:
    for part in parts:
        name, _, value = part.partition("=")
        yield name.strip().lower(), value.strip()


def _expires(attributes: dict[str, str], now: int) -> int:
    """Max-Age holds above Expires; without either, as long as the jar lives."""
    age = attributes.get("max-age", "")
    if age.removeprefix("-").isdecimal():
        return 0 if age.startswith("-") else min(now + int(age[:12]) * 1000, _FAR)
    return instant(attributes["expires"]) or _FAR if "expires" in attributes else _FAR


def _under(path: str, prefix: str) -> bool:
    return path == prefix or (path.startswith(prefix) and (prefix.endswith("/") or path[len(prefix)] == "/"))


def _own(domain: str) -> bool:
    """Whether a domain is surely nobody's registry. Conservative: `europa.eu` counts as one."""
    labels = domain.split(".")
    return not _is_address(domain) and (len(labels) > 2 or (len(labels) == 2 and len(labels[1]) > 2))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
