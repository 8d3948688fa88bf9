"""Which addresses collectors and webhooks may connect to: public ones, and what the setting `private_addresses` names.

A name is resolved once a request; the answer is checked and then connected to as it is, so that a name which
changes its mind between check and connection (rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from exportwatch.errors import Misconfigured

IPv4 = ipaddress.IPv4Address
IPv6 = ipaddress.IPv6Address
Resolver = Callable[[str, int, float], Sequence[str]]
"""(host, port, timeout in seconds) -> addresses as text; raises OSError when there are none, TimeoutError in time."""
Connector = Callable[[str, int, float], socket.socket]
"""(address, port, timeout in seconds) -> a connected socket; raises OSError."""

_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_LOOPBACK_NAMES: Final = frozenset({"localhost", "localdomain", "ip6-localhost", "ip6-loopback", "broadcasthost"})
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def public(address: IPv4 | IPv6) -> bool:
    """Whether the address, or the IPv4 address that an IPv6 one carries, is on the public internet."""
    if isinstance(address, IPv6):
        carried = _carried(address)
        if carried is None:
            return address in _UNICAST and _plain(address) and address.teredo is None
        address = carried
    return _plain(address)


def _plain(address: IPv4 | IPv6) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _carried(address: IPv6) -> IPv4 | None:
    """The IPv4 address behind an IPv4-mapped, NAT64 or 6to4 address."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4(int(address) & 0xFFFFFFFF)
    return address.sixtofour


@dataclass(frozen=True, slots=True)
class Allowed:
    """The exceptions of `private_addresses`."""

    endpoints: frozenset[tuple[str, int]] = frozenset()
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()

    @classmethod
    def parse(cls, setting: str) -> Allowed:
        """Read `host:port` and CIDR entries between commas; raises Misconfigured naming the entry."""
        endpoints: set[tuple[str, int]] = set()
        networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for entry in filter(None, (part.strip() for part in setting.split(","))):
            if "/" in entry:
                networks.append(_network(entry))
            else:
                endpoints.add(_endpoint(entry))
        return cls(frozenset(endpoints), tuple(networks))

    def permits(self, host: str, port: int, address: str) -> bool:
        """Whether this address of this host may be connected to."""
        parsed = _parsed(address)
        return parsed is not None and (public(parsed) or self.names(host, port, address))

    def names(self, host: str, port: int, address: str) -> bool:
        """Whether this address of this host is one of the exceptions."""
        parsed = _parsed(address)
        if parsed is None:
            return False
        if (host, port) in self.endpoints or (str(parsed), port) in self.endpoints:
            return True
        return any(parsed.version == network.version and parsed in network for network in self.networks)


def _parsed(address: str) -> IPv4 | IPv6 | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(entry)
    except ValueError as error:
        raise Misconfigured(f"private_addresses: {entry}: {error}") from error


def _endpoint(entry: str) -> tuple[str, int]:
    host, colon, port = entry.rpartition(":")
    if not (host and colon and port.isdecimal() and 0 < int(port) < 65536) or (":" in host and host[0] != "["):
        raise Misconfigured(f"private_addresses: {entry}: neither host:port ([…]:port for IPv6) nor a CIDR")
    return host.strip("[]").lower(), int(port)


def literal(host: str) -> str:
    """The address that a host is written as, in any spelling the system's resolver reads; empty for a real name.

    `127.0.0.1`, `127.1`, `2130706433`, `0x7f000001`, `[::1]`; names of this machine are its address.
    """
    name = host.strip("[]").rstrip(".").lower()
    if name in _LOOPBACK_NAMES or name.endswith((".localhost", ".localdomain")):
        return "127.0.0.1"
    if (parsed := _parsed(name)) is not None:
        return str(parsed)
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except (OSError, UnicodeError):
        return ""


def resolve(host: str, port: int, timeout: float) -> Sequence[str]:
    """Ask the system's resolver, which knows no time limit: it works in a thread that is left behind when late."""
    answer: list[str] = []
    failure: list[OSError] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError as error:
            failure.append(OSError(f"not a host name: {error}"))
        except OSError as error:
            failure.append(error)
        else:
            answer.extend(dict.fromkeys(str(entry[4][0]) for entry in found))

    thread = threading.Thread(target=ask, daemon=True, name="resolver")
    thread.start()
    thread.join(timeout)
    if thread.is_alive():
        raise TimeoutError(f"no answer from the resolver in {timeout:.1f} s")
    if failure:
        raise failure[0]
    return answer


def connect(address: str, port: int, timeout: float) -> socket.socket:
    """Connect to exactly this address (a number: nothing is resolved again)."""
    return socket.create_connection((address, port), timeout)
