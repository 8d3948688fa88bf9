"""Connections for collectors and webhooks: a name is resolved once, checked, pinned; one deadline for all of it.

With a proxy, that is true of the proxy alone, and its address is not checked: the operator named it. The names of
targets are resolved by the proxy, unseen by us; what we can still refuse is a target that is no public address as it
is written (`literal`), and the proxy itself as a target.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit

import httpcore2

from exportwatch.addresses import Allowed, Connector, Resolver, connect, literal, resolve
from exportwatch.clock import Clock
from exportwatch.errors import Misconfigured

MOST_HEAD: Final = 256 * 1024
"""Bytes before the headers of the answer are complete; one set of headers is at most 100 KiB (httpcore2)."""
_MOST_ADDRESSES: Final = 4
Why = Literal["name", "address", "proxy"]


class Unreachable(Exception):
    """The host has no address, or none that may be connected to. Passes through httpcore as it is."""

    def __init__(self, kind: Why, reason: str) -> None:
        super().__init__(reason)
        self.kind: Why = kind
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Proxy:
    """The proxy of the setting `http_proxy`."""

    host: str
    port: int
    login: tuple[bytes, bytes] | None = field(default=None, repr=False)
    """User name and password, in UTF-8."""

    @classmethod
    def parse(cls, setting: str) -> Proxy | None:
        """None for an empty setting; raises Misconfigured, which never shows the value: it may hold a password."""
        if not setting.strip():
            return None
        try:
            parts = urlsplit(setting.strip())
            host, port = parts.hostname or "", parts.port or 0
            host.encode("ascii")
        except ValueError:
            host, port = "", 0
        if not (host and port) or parts.scheme != "http" or parts.path not in ("", "/") or parts.query:
            raise Misconfigured("http_proxy: not of the form http://[user:password@]host:port")
        login = (_unquoted(parts.username), _unquoted(parts.password or "")) if parts.username else None
        return cls(host, port, login)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def _unquoted(part: str) -> bytes:
    return unquote(part).encode("utf-8", "replace")


class Deadline:
    """The instant at which everything must be over."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds

    def extend(self, seconds: float) -> None:
        """Do not count so many seconds in which nothing was asked of anyone."""
        self._end += seconds

    def left(self) -> float:
        """Seconds left; raises TimeoutError when there are none."""
        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@dataclass(slots=True)
class Heard:
    """What came from the other side of the connection that a request went to; what TLS says beneath is not counted."""

    size: int = 0
    """In bytes."""
    answered: bool = False
    """Set by the caller when the headers are there; before, more than MOST_HEAD bytes are refused."""

    def take(self, size: int) -> None:
        """Raises RemoteProtocolError for interim answers without end, each of which is small enough."""
        self.size += size
        if self.size > MOST_HEAD and not self.answered:
            raise httpcore2.RemoteProtocolError("headers without end")


@dataclass(frozen=True, slots=True)
class Dialer:
    """Who may be connected to, and how. Safe to share between threads."""

    allowed: Allowed
    resolver: Resolver = resolve
    connector: Connector = connect
    public: bool = True
    """Whether public addresses may be connected to; if not, only those that `private_addresses` names."""
    proxy: Proxy | None = None

    def permits(self, host: str, port: int, address: str) -> bool:
        """Whether this address of this host may be connected to."""
        return (self.allowed.permits if self.public else self.allowed.names)(host, port, address)

    def dial(self, host: str, port: int, deadline: Deadline) -> socket.socket:
        """Resolve once, check, and connect to the first permitted address that answers: a socket.

        Raises Unreachable, TimeoutError at the deadline, OSError where no address answers.
        """
        found = self._resolved(host, port, deadline)
        permitted = [address for address in found if self.permits(host, port, address)]
        if not permitted:
            raise self._refusal(host, ", ".join(found[:_MOST_ADDRESSES]) or "no address")
        return self._connected(permitted, port, deadline)

    def dial_proxy(self, proxy: Proxy, deadline: Deadline) -> socket.socket:
        """The same for the proxy, whatever its address. Raises Unreachable, TimeoutError."""
        try:
            return self._connected(self._resolved(proxy.host, proxy.port, deadline), proxy.port, deadline)
        except TimeoutError:
            raise
        except (OSError, Unreachable) as error:
            why = error.reason if isinstance(error, Unreachable) else error.strerror or str(error)
            raise Unreachable("proxy", f"the proxy {proxy} of the setting http_proxy: {why}") from error

    def check(self, host: str, port: int) -> None:
        """Before a request through the proxy: refuse what must not be reached, as far as its writing tells.

        Raises Unreachable. Without a proxy, `dial` checks each address.
        """
        if self.proxy is None:
            return
        address = literal(host)
        if address and not self.permits(host, port, address):
            raise self._refusal(host, address)
        if host == self.proxy.host and not self.allowed.names(host, port, address or "0.0.0.0"):
            raise self._refusal(host, "the proxy itself")

    def pool(
        self, deadline: Deadline, tls: ssl.SSLContext | None, heard: Heard | None = None
    ) -> httpcore2.ConnectionPool:
        """Connections of one request. Every wait in it ends at the deadline; no name is resolved twice."""
        backend = _Backend(self, deadline, heard or Heard(answered=True))
        if self.proxy is None:
            return httpcore2.ConnectionPool(ssl_context=tls, network_backend=backend, http2=False)
        return httpcore2.HTTPProxy(
            httpcore2.URL(scheme="http", host=self.proxy.host, port=self.proxy.port, target="/"),
            proxy_auth=self.proxy.login,
            ssl_context=tls,
            network_backend=backend,
            http2=False,
        )

    def _resolved(self, host: str, port: int, deadline: Deadline) -> Sequence[str]:
        try:
            return self.resolver(host, port, deadline.left())
        except TimeoutError:
            raise
        except OSError as error:
            raise Unreachable("name", f"{host}: {error.strerror or error}") from error

    def _connected(self, found: Sequence[str], port: int, deadline: Deadline) -> socket.socket:
        failure = OSError("no address")
        for address in found[:_MOST_ADDRESSES]:
            try:
                return self.connector(address, port, deadline.left())
            except OSError as error:
                failure = error
        raise failure

    def _refusal(self, host: str, shown: str) -> Unreachable:
        wrong = "not public, and not" if self.public else "not"
        return Unreachable("address", f"{host} is {shown}: {wrong} in the setting private_addresses")


class _Backend(httpcore2.NetworkBackend):
    def __init__(self, dialer: Dialer, deadline: Deadline, heard: Heard) -> None:
        self._dialer = dialer
        self._deadline = deadline
        self._heard = heard

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.NetworkStream:
        proxy = self._dialer.proxy
        sock = (
            self._dialer.dial(host, port, self._deadline)
            if proxy is None
            else self._dialer.dial_proxy(proxy, self._deadline)
        )
        return _Stream(sock, self._deadline, self._heard)


class _Stream(httpcore2.NetworkStream):
    """A socket whose every wait ends at the deadline, however the bytes drip."""

    def __init__(self, sock: socket.socket, deadline: Deadline, heard: Heard) -> None:
        self._socket = sock
        self._deadline = deadline
        self._heard = heard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._socket.settimeout(self._deadline.left())
        received = self._socket.recv(max_bytes)
        self._heard.take(len(received))
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            self._socket.settimeout(self._deadline.left())
            self._socket.sendall(buffer)

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        try:
            self._socket.settimeout(self._deadline.left())
            self._heard.size = 0  # what a proxy said is not the answer
            secured = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
            return _Stream(secured, self._deadline, self._heard)
        except BaseException:
            self.close()
            raise
