"""URL -> Fetched, or FetchFailed: what a stranger's server may do to us is bounded here.

One deadline for the whole fetch, redirects included; one limit for the decoded body; addresses resolved once a
request, checked, and connected to as checked, again on every redirect. Nothing is read of a body in a coding that we
do not undo ourselves. A failure is a value: one bad source never ends a run.

Statuses: 200 and 203 bring a body, 204 and 205 an empty one, 304 none and only where it was asked for; all others are
failures, 206 among them: nobody asked for a part.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import urlencode

import httpcore2
import httpx2

from collectors import answers, decode
from collectors.cookies import Jar
from exportwatch import addresses, httpdates
from exportwatch.clock import Clock
from exportwatch.model import Fetched
from exportwatch.pinned import Deadline, Dialer, Heard, Proxy, Unreachable

MAX_REDIRECTS: Final = 5
MAX_URL_CHARACTERS: Final = 8192
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD: Final = frozenset({301, 308})
_KEEP_METHOD: Final = frozenset({307, 308})
_READ: Final = frozenset({200, 203, 204, 205})
_WITH_BODY: Final = frozenset({200, 203})
_NOT_GIVEN: Final = frozenset(
    {"transfer-encoding", "content-length", "te", "trailer", "upgrade", "proxy-authorization"}
)
"""Headers of a caller that are not sent: how we talk is our own affair."""
_CUT: Final = (
    ConnectionResetError,
    ConnectionAbortedError,
    BrokenPipeError,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
    httpcore2.RemoteProtocolError,
)
"""A connection that was there, and ended."""
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
    "proxy",  # that of the setting http_proxy refuses, or is not there
    "robots",  # robots.txt forbids it (collectors.polite)
    "held",  # nothing was sent: the host wants to be left alone for `retry_after` seconds, or we are stopping
]
Method = Literal["GET", "POST"]
Form = Mapping[str, str] | Sequence[tuple[str, str]]


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


class Refused(Exception):
    """A request that failed, or that a gate does not let through; Fetcher makes a FetchFailed of it."""

    def __init__(self, kind: Kind, reason: str, *, status: int = 0, size: int = 0, retry_after: int = 0) -> None:
        super().__init__(reason)
        self.kind: Kind = kind
        self.reason = reason
        self.status, self.size, self.retry_after = status, size, retry_after

    def at(self, url: str) -> FetchFailed:
        return FetchFailed(
            url=url,
            kind=self.kind,
            reason=self.reason,
            status=self.status,
            size=self.size,
            retry_after=self.retry_after,
        )


Gate = Callable[[str], AbstractContextManager[None]]
"""Entered for each request, with its URL; may wait (that time does not count), and may raise Refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """One request, or where it has led by now."""

    url: httpx2.URL
    method: Method
    headers: Mapping[str, str]
    """Those of the caller, lower-case."""
    form: bytes | None = None

    def redirected(self, target: httpx2.URL, status: int) -> _Ask:
        """As browsers and RFC 9110 do it: a form is sent on only where 307 or 308 say so."""
        kept = self.headers if _origin(target) == _origin(self.url) else {}
        if self.method == "POST" and status in _KEEP_METHOD:
            return replace(self, url=target, headers=kept)
        return replace(self, url=target, headers=kept, method="GET", form=None)


@dataclass(frozen=True, slots=True)
class _Moved:
    target: httpx2.URL
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """What holds for all requests of one fetch."""

    deadline: Deadline
    gate: Gate
    jar: Jar | None
    most: int
    conditional: bool


class Fetcher:
    """Holds no connection and no cookie between requests; safe to share between threads."""

    def __init__(
        self,
        *,
        clock: Clock,
        max_document_bytes: int,
        fetch_seconds: float,
        user_agent: str,
        private_addresses: str = "",
        http_proxy: str = "",
        resolver: addresses.Resolver = addresses.resolve,
        connector: addresses.Connector = addresses.connect,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """The names are those of the settings. Raises Misconfigured where two of them cannot be read."""
        self._clock = clock
        self._limit = max_document_bytes
        self._seconds = fetch_seconds
        self._agent = user_agent
        allowed = addresses.Allowed.parse(private_addresses)
        self._dialer = Dialer(allowed, resolver, connector, proxy=Proxy.parse(http_proxy))
        self._tls = tls or httpcore2.default_ssl_context()

    def fetch(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        headers: Mapping[str, str] | None = None,
        method: Method = "GET",
        form: Form | None = None,
        jar: Jar | None = None,
        gate: Gate | None = None,
        most: int = 0,
    ) -> Fetched | FetchFailed:
        """The body behind a URL; status 304 and no body where `validators` (of a GET) still hold.

        `headers` are sent to the URL's own origin only, never on to where it redirects; those that say who we are and
        how we talk cannot be set. `form` is the body of a POST, in UTF-8. `gate` is passed by every request that is
        made: the first, the one repetition after a reset, and each redirect. `most` bytes of the body are enough,
        where it is not 0: what follows is not read.
        """
        conditional = validators.headers() if validators and method == "GET" else {}
        terms = _Terms(
            deadline=Deadline(self._clock, self._seconds),
            gate=gate or _open,
            jar=jar,
            most=most,
            conditional=bool(conditional),
        )
        given = {**conditional, **{name.lower(): value for name, value in (headers or {}).items()}}
        body = urlencode(form or {}, errors="replace").encode("ascii") if method == "POST" else None
        at = [url]
        try:
            ask = _Ask(url=_parse(url), method=method, headers=given, form=body)
            return self._follow(ask, url, terms, at)
        except Refused as refused:
            return refused.at(at[-1])

    def _follow(self, ask: _Ask, requested: str, terms: _Terms, at: list[str]) -> Fetched:
        """Through all redirects; `at` gets each address before it is asked. Raises Refused."""
        seen: set[tuple[str, str, str]] = set()
        for_good = True
        while True:
            state = (ask.method, str(ask.url), terms.jar.header(str(ask.url)) if terms.jar else "")
            if state in seen or len(seen) > MAX_REDIRECTS:
                raise Refused("redirects", "in a circle" if state in seen else f"more than {MAX_REDIRECTS}")
            answer = self._patiently(ask, terms)
            if isinstance(answer, Fetched):
                return replace(
                    answer,
                    requested="" if answer.url == requested else requested,
                    moved=answer.url if seen and for_good else "",
                )
            seen.add(state)
            for_good = for_good and answer.status in _FOR_GOOD
            at.append(str(answer.target)[:MAX_URL_CHARACTERS])
            ask = ask.redirected(_parse(str(answer.target)), answer.status)

    def _patiently(self, ask: _Ask, terms: _Terms) -> Fetched | _Moved:
        """One request; once more where the connection ended before anything of an answer came, as is some sites' habit.

        Only lists are asked for with POST: to repeat one changes nothing.
        """
        heard = Heard()
        try:
            return self._in_turn(ask, terms, heard)
        except Refused as refused:
            if refused.kind != "connection" or heard.size or not isinstance(refused.__cause__, _CUT):
                raise
        return self._in_turn(ask, terms, heard)

    def _in_turn(self, ask: _Ask, terms: _Terms, heard: Heard) -> Fetched | _Moved:
        """One request when the gate lets it through; the time until then does not count."""
        began = self._clock.monotonic()
        with terms.gate(str(ask.url)):
            terms.deadline.extend(self._clock.monotonic() - began)
            return self._request(ask, terms, heard)

    def _request(self, ask: _Ask, terms: _Terms, heard: Heard) -> Fetched | _Moved:
        """Raises Refused."""
        url = ask.url
        core_url = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        try:
            self._dialer.check(url.host, url.port or _DEFAULT_PORTS[url.scheme])
            terms.deadline.left()
            with (
                self._dialer.pool(terms.deadline, self._tls, heard) as pool,
                pool.stream(ask.method, core_url, headers=self._headers(ask, terms.jar), content=ask.form) as response,
            ):
                heard.answered = True
                return self._read(ask, response, terms)
        except Unreachable as error:
            raise Refused(error.kind, error.reason) from error
        except TimeoutError as error:
            raise Refused("timeout", f"not done after {self._seconds:g} s") from error
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise Refused("connection", "closed before it was secured") from error
        except ssl.SSLError as error:
            raise Refused("certificate", getattr(error, "verify_message", "") or str(error)) from error
        except OSError as error:
            raise Refused("connection", error.strerror or str(error) or type(error).__name__) from error
        except httpcore2.ProxyError as error:
            raise Refused("proxy", f"the proxy of the setting http_proxy answers {str(error)[:200]}") from error
        except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol, UnicodeError) as error:
            cut = isinstance(error, httpcore2.RemoteProtocolError) and not heard.size
            raise Refused("connection" if cut else "protocol", str(error)) from error

    def _headers(self, ask: _Ask, jar: Jar | None) -> list[tuple[bytes, bytes]]:
        own = {
            "host": ask.url.netloc.decode("ascii"),
            "user-agent": self._agent,
            "accept-encoding": decode.ACCEPT,
            "connection": "close",
        }
        if ask.form is not None:
            own |= {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(ask.form))}
        kept = {name: value for name, value in ask.headers.items() if name not in _NOT_GIVEN}
        if cookies := jar.header(str(ask.url)) if jar else "":
            own["cookie"] = "; ".join(filter(None, (kept.get("cookie", ""), cookies)))
        sent = {"accept": "*/*", **kept, **own}
        return [(name.encode("ascii"), value.encode("utf-8")) for name, value in sent.items()]

    def _read(self, ask: _Ask, response: httpcore2.Response, terms: _Terms) -> Fetched | _Moved:
        headers = answers.headers(response.headers)
        if terms.jar is not None:
            terms.jar.take(str(ask.url), answers.values(response.headers, b"set-cookie"))
        status, now = response.status, self._clock.now()
        if status in _MOVED and headers.get("location"):
            return _Moved(_location(ask.url, headers["location"]), status)
        if status == 407 and self._dialer.proxy is not None:
            raise Refused("proxy", "the proxy of the setting http_proxy wants a user name and password", status=status)
        if status not in _READ and not (status == 304 and terms.conditional):
            unasked = " to a request that was not conditional" if status == 304 else ""
            wait = httpdates.seconds_until(
                headers.get("retry-after", ""), httpdates.instant(headers.get("date", "")) or now
            )
            raise Refused("status", f"HTTP {status}{unasked}", status=status, retry_after=wait)
        body = self._body(response, headers, terms.most) if status in _WITH_BODY else b""
        return Fetched(url=str(ask.url), status=status, headers=headers, body=body, observed=self._clock.now())

    def _body(self, response: httpcore2.Response, headers: Mapping[str, str], most: int) -> bytes:
        coding = headers.get("content-encoding", "")
        if not decode.usable(coding):
            raise Refused("coding", f"content-encoding {coding[:100]!r} was not asked for and is not read")
        length = headers.get("content-length", "")
        declared = int(length) if length.isdecimal() and len(length) < 20 else 0
        plain = coding.strip().lower() in ("", "identity")
        size = declared if plain else 0
        reason = f"over {self._limit:,} bytes"
        if declared > self._limit and not most:
            raise Refused("too large", reason, size=size)
        try:
            return decode.decode(response.iter_stream(), coding, most or self._limit, cut=bool(most))
        except decode.TooLarge as error:
            raise Refused("too large", reason, size=size) from error
        except decode.Undecodable as error:
            raise Refused("coding", str(error)) from error


def _parse(url: str) -> httpx2.URL:
    if len(url) > MAX_URL_CHARACTERS:
        raise Refused("url", f"over {MAX_URL_CHARACTERS:,} characters")
    try:
        parsed = httpx2.URL(url)
        usable = parsed.scheme in _DEFAULT_PORTS and bool(parsed.raw_host)
    except (httpx2.InvalidURL, ValueError) as error:
        raise Refused("url", str(error)) from error
    if not usable:
        raise Refused("url", "neither http nor https")
    if parsed.userinfo:
        raise Refused("url", "holds a user name or password")
    return parsed.copy_with(fragment=None)


def _location(url: httpx2.URL, location: str) -> httpx2.URL:
    """Where a redirect leads; some servers write the address in raw UTF-8."""
    with contextlib.suppress(UnicodeDecodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        return url.join(location)
    except (httpx2.InvalidURL, ValueError) as error:
        raise Refused("url", f"redirects to {location[:200]!r}: {error}") from error


def _origin(url: httpx2.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port


def _open(url: str) -> AbstractContextManager[None]:
    """The gate that everyone may pass."""
    return contextlib.nullcontext()
