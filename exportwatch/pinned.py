"""Connections for collectors and webhooks: a name is resolved once, checked, pinned; one deadline for all of it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Any, Final, Literal

import httpcore2

from exportwatch.addresses import Allowed, Connector, Resolver, connect, resolve
from exportwatch.clock import Clock

_MOST_ADDRESSES: Final = 4


class Unreachable(Exception):
    """The host has no address, or none that may be connected to. Passes through httpcore as it is."""

    def __init__(self, kind: Literal["name", "address"], reason: str) -> None:
        super().__init__(reason)
        self.kind: Literal["name", "address"] = kind
        self.reason = reason


class Deadline:
    """The instant at which everything must be over."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds

    def left(self) -> float:
        """Seconds left; raises TimeoutError when there are none."""
        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@dataclass(frozen=True, slots=True)
class Dialer:
    """Who may be connected to, and how. Safe to share between threads."""

    allowed: Allowed
    resolver: Resolver = resolve
    connector: Connector = connect
    public: bool = True
    """Whether public addresses may be connected to; if not, only those that `private_addresses` names."""

    def permits(self, host: str, port: int, address: str) -> bool:
        """Whether this address of this host may be connected to."""
        return (self.allowed.permits if self.public else self.allowed.names)(host, port, address)

    def dial(self, host: str, port: int, deadline: Deadline) -> httpcore2.NetworkStream:
        """Resolve once, check, and connect to the first permitted address that answers.

        Raises Unreachable, TimeoutError at the deadline, OSError where no address answers.
        """
        try:
            found = self.resolver(host, port, deadline.left())
        except TimeoutError:
            raise
        except OSError as error:
            raise Unreachable("name", f"{host}: {error.strerror or error}") from error
        permitted = [address for address in found if self.permits(host, port, address)]
        if not permitted:
            shown = ", ".join(found[:_MOST_ADDRESSES]) or "no address"
            wrong = "not public, and not" if self.public else "not"
            raise Unreachable("address", f"{host} is {shown}: {wrong} in the setting private_addresses")
        failure: OSError | None = None
        for address in permitted[:_MOST_ADDRESSES]:
            try:
                return _Stream(self.connector(address, port, deadline.left()), deadline)
            except OSError as error:
                failure = error
        assert failure is not None
        raise failure

    def pool(self, deadline: Deadline, tls: ssl.SSLContext | None) -> httpcore2.ConnectionPool:
        """Connections of one request. Every wait in it ends at the deadline; no name is resolved twice."""
        return httpcore2.ConnectionPool(ssl_context=tls, network_backend=_Backend(self, deadline), http2=False)


class _Backend(httpcore2.NetworkBackend):
    def __init__(self, dialer: Dialer, deadline: Deadline) -> None:
        self._dialer = dialer
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.NetworkStream:
        return self._dialer.dial(host, port, self._deadline)


class _Stream(httpcore2.NetworkStream):
    """A socket whose every wait ends at the deadline, however the bytes drip."""

    def __init__(self, sock: Any, deadline: Deadline) -> None:
        self._socket = sock
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._socket.settimeout(self._deadline.left())
        received: bytes = self._socket.recv(max_bytes)
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
            return _Stream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._deadline)
        except BaseException:
            self.close()
            raise
