"""URL -> Fetched, or FetchFailed: what a stranger's server may do to us is bounded here.

One deadline for the whole fetch, redirects included; one limit for the decoded body; addresses resolved once a
request, checked, and connected to as checked, again on every redirect. Nothing is read of a body in a coding that we
do not undo ourselves. A failure is a value: one bad source never ends a run.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import httpcore2
import httpx2

from collectors import decode
from exportwatch import addresses
from exportwatch.clock import Clock
from exportwatch.model import Fetched
from exportwatch.pinned import Deadline, Dialer, Unreachable

MAX_REDIRECTS: Final = 5
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

Kind = Literal[
    "url",  # not an http(s) URL that we would ask for
    "name",  # the host name does not resolve
    "address",  # it resolves to nothing but addresses that collectors must not reach
    "connection",
    "certificate",
    "timeout",
    "protocol",  # not HTTP, or headers beyond 100 KiB
    "status",
    "redirects",
    "coding",
    "too large",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What makes a request conditional; kept by the caller, empty strings where the server gave none."""

    etag: str = ""
    last_modified: str = ""

    @classmethod
    def of(cls, fetched: Fetched) -> Validators:
        return cls(etag=fetched.headers.get("etag", ""), last_modified=fetched.headers.get("last-modified", ""))

    def headers(self) -> dict[str, str]:
        pairs = {"if-none-match": self.etag, "if-modified-since": self.last_modified}
        return {name: value for name, value in pairs.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailed:
    """Why a fetch brought nothing usable. `url` is the one that failed, after redirects."""

    url: str
    kind: Kind
    reason: str
    status: int = 0
    size: int = 0
    """Of a body that was too large, in bytes, where the server declared it; else 0."""
    retry_after: int = 0
    """Seconds the server asks us to stay away; 0 where it does not."""

    def __str__(self) -> str:
        return f"{self.url}: {self.kind}: {self.reason}"


class _Failed(Exception):
    def __init__(self, kind: Kind, reason: str, *, status: int = 0, size: int = 0, retry_after: int = 0) -> None:
        super().__init__(reason)
        self.kind: Kind = kind
        self.reason = reason
        self.status, self.size, self.retry_after = status, size, retry_after


class Fetcher:
    """Fetches with GET. Holds no connection and no cookie between requests; safe to share between threads."""

    def __init__(
        self,
        *,
        clock: Clock,
        max_document_bytes: int,
        fetch_seconds: float,
        user_agent: str,
        private_addresses: str = "",
        resolver: addresses.Resolver = addresses.resolve,
        connector: addresses.Connector = addresses.connect,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """The names are those of the settings. Raises Misconfigured for `private_addresses` that cannot be read."""
        self._clock = clock
        self._limit = max_document_bytes
        self._seconds = fetch_seconds
        self._agent = user_agent
        self._dialer = Dialer(addresses.Allowed.parse(private_addresses), resolver, connector)
        self._tls = tls or httpcore2.default_ssl_context()

    def fetch(
        self, url: str, *, validators: Validators | None = None, headers: Mapping[str, str] | None = None
    ) -> Fetched | FetchFailed:
        """The body behind a URL; status 304 and no body where `validators` still hold.

        `headers` are sent to the URL's own origin only, never on to where it redirects.
        """
        deadline = Deadline(self._clock, self._seconds)
        seen: list[str] = []
        target, current = url, {**(validators.headers() if validators else {}), **(headers or {})}
        try:
            while True:
                asked = _parse(target)
                if str(asked) in seen or len(seen) > MAX_REDIRECTS:
                    raise _Failed("redirects", "in a circle" if str(asked) in seen else f"more than {MAX_REDIRECTS}")
                answer = self._request(asked, current, deadline)
                if isinstance(answer, Fetched):
                    return _answer(answer, url, conditional=bool(validators and validators.headers()))
                seen.append(str(asked))
                target = str(answer)
                if _origin(answer) != _origin(asked):
                    current = {}
        except _Failed as failed:
            return FetchFailed(
                url=target,
                kind=failed.kind,
                reason=failed.reason,
                status=failed.status,
                size=failed.size,
                retry_after=failed.retry_after,
            )

    def _request(self, url: httpx2.URL, headers: Mapping[str, str], deadline: Deadline) -> Fetched | httpx2.URL:
        """One request: the answer, or where it redirects to. Raises _Failed."""
        sent = {
            "host": url.netloc.decode("ascii"),
            "user-agent": self._agent,
            "accept": "*/*",
            "accept-encoding": decode.ACCEPT,
            "connection": "close",
            **headers,
        }
        core_url = httpcore2.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port or _DEFAULT_PORTS[url.scheme], target=url.raw_path
        )
        try:
            with (
                self._dialer.pool(deadline, self._tls) as pool,
                pool.stream("GET", core_url, headers=list(sent.items())) as response,
            ):
                return self._read(url, response)
        except _Failed:
            raise
        except Unreachable as error:
            raise _Failed(error.kind, error.reason) from error
        except TimeoutError as error:
            raise _Failed("timeout", f"not done after {self._seconds:g} s") from error
        except ssl.SSLError as error:
            raise _Failed("certificate", getattr(error, "verify_message", "") or str(error)) from error
        except OSError as error:
            raise _Failed("connection", error.strerror or str(error) or type(error).__name__) from error
        except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol, UnicodeError) as error:
            raise _Failed("protocol", str(error)) from error

    def _read(self, url: httpx2.URL, response: httpcore2.Response) -> Fetched | httpx2.URL:
        headers = _headers(response.headers)
        if response.status in _MOVED and headers.get("location"):
            return _location(url, headers["location"])
        if response.status not in (200, 304):
            retry_after = headers.get("retry-after", "")
            seconds = int(retry_after) if retry_after.isdecimal() and len(retry_after) < 10 else 0
            raise _Failed("status", f"HTTP {response.status}", status=response.status, retry_after=seconds)
        body = self._body(response, headers) if response.status == 200 else b""
        return Fetched(url=str(url), status=response.status, headers=headers, body=body, observed=self._clock.now())

    def _body(self, response: httpcore2.Response, headers: Mapping[str, str]) -> bytes:
        coding = headers.get("content-encoding", "")
        if not decode.usable(coding):
            raise _Failed("coding", f"content-encoding {coding[:100]!r} was not asked for and is not read")
        length = headers.get("content-length", "")
        declared = int(length) if length.isdecimal() and len(length) < 20 else 0
        plain = coding.strip().lower() in ("", "identity")
        size = declared if plain else 0
        reason = f"over {self._limit:,} bytes"
        if declared > self._limit:
            raise _Failed("too large", reason, size=size)
        try:
            return decode.decode(response.iter_stream(), coding, self._limit)
        except decode.TooLarge as error:
            raise _Failed("too large", reason, size=size) from error
        except decode.Undecodable as error:
            raise _Failed("coding", str(error)) from error


def _parse(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url)
        usable = parsed.scheme in _DEFAULT_PORTS and bool(parsed.raw_host)
    except (httpx2.InvalidURL, ValueError) as error:
        raise _Failed("url", str(error)) from error
    if not usable:
        raise _Failed("url", "neither http nor https")
    if parsed.userinfo:
        raise _Failed("url", "holds a user name or password")
    return parsed.copy_with(fragment=None)


def _location(url: httpx2.URL, location: str) -> httpx2.URL:
    """Where a redirect leads; some servers write the address in raw UTF-8."""
    with contextlib.suppress(UnicodeDecodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        return url.join(location)
    except (httpx2.InvalidURL, ValueError) as error:
        raise _Failed("url", f"redirects to {location[:200]!r}: {error}") from error


def _origin(url: httpx2.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Lower-case names; the values of a repeated header between commas."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _answer(fetched: Fetched, requested: str, *, conditional: bool) -> Fetched:
    if fetched.status == 304 and not conditional:
        raise _Failed("status", "HTTP 304 to a request that was not conditional", status=304)
    if fetched.url == requested:
        return fetched
    return Fetched(
        url=fetched.url,
        status=fetched.status,
        headers=fetched.headers,
        body=fetched.body,
        observed=fetched.observed,
        requested=requested,
    )
