"""Which addresses are public, which exceptions hold, and that a slow resolver is left behind."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from typing import Any

import pytest

from exportwatch import addresses
from exportwatch.addresses import Allowed
from exportwatch.errors import Misconfigured

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "100::1",
]
PUBLIC = [
    "8.8.8.8",
    "93.184.216.34",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_these_are_not_public(address: str) -> None:
    assert not addresses.public(ipaddress.ip_address(address))
    assert not Allowed().permits("ministry.example", 443, address)


@pytest.mark.parametrize("address", PUBLIC)
def test_these_are_public(address: str) -> None:
    assert Allowed().permits("ministry.example", 443, address)


def test_what_is_no_address_is_not_permitted() -> None:
    assert not Allowed.parse("0.0.0.0/0, ::/0").permits("ministry.example", 443, "ministry.example")


def test_an_endpoint_permits_its_port_alone_by_name_or_address() -> None:
    allowed = Allowed.parse(" intranet.example:8080 , 127.0.0.1:9000,[::1]:9001 ")
    assert allowed.permits("intranet.example", 8080, "10.0.0.1")
    assert not allowed.permits("intranet.example", 80, "10.0.0.1")
    assert not allowed.permits("other.example", 8080, "10.0.0.1")
    assert allowed.permits("localhost", 9000, "127.0.0.1")
    assert not allowed.permits("localhost", 9000, "127.0.0.2")
    assert allowed.permits("localhost", 9001, "::1")


def test_a_network_permits_every_port() -> None:
    allowed = Allowed.parse("10.1.0.0/16,fd00::/8")
    assert allowed.permits("a.example", 1, "10.1.2.3")
    assert allowed.permits("a.example", 2, "fd00::1")
    assert not allowed.permits("a.example", 1, "10.2.0.1")


@pytest.mark.parametrize("entry", ["10.0.0.1", "a.example:", ":80", "a.example:0", "a:70000", "10.0.0.1/8", "::1:80"])
def test_an_entry_that_cannot_be_read_is_named(entry: str) -> None:
    with pytest.raises(Misconfigured, match=r"private_addresses: .*" + entry.replace(".", r"\.")):
        Allowed.parse(f"127.0.0.1:80,{entry}")


@pytest.mark.parametrize(
    ("host", "address"),
    [("2130706433", "127.0.0.1"), ("0x7f.1", "127.0.0.1"), ("127.1", "127.0.0.1"), ("017700000001", "127.0.0.1")],
)
def test_numbers_in_disguise_are_seen_through(host: str, address: str) -> None:
    assert addresses.resolve(host, 80, 5.0) == [address]


def test_a_slow_resolver_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def slow(*_: Any, **__: Any) -> list[Any]:
        release.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    begin = time.monotonic()
    with pytest.raises(TimeoutError):
        addresses.resolve("ministry.example", 80, 0.05)
    assert time.monotonic() - begin < 5
    release.set()


def test_a_name_that_is_none_is_an_error_of_the_network() -> None:
    with pytest.raises(OSError, match="host name"):
        addresses.resolve("a" * 64 + ".example", 80, 5.0)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("0", "0.0.0.0"),
        ("[::1]", "::1"),
        ("::ffff:10.0.0.1", "::ffff:a00:1"),
        ("93.184.216.34.", "93.184.216.34"),
        ("LocalHost", "127.0.0.1"),
        ("localhost.", "127.0.0.1"),
        ("a.b.localhost", "127.0.0.1"),
        ("ip6-loopback", "127.0.0.1"),
        ("www.meti.go.jp", ""),
        ("notlocalhost", ""),
        ("1.2.3.4.example", ""),
        ("経済産業省.example", ""),
        ("", ""),
    ],
)
def test_an_address_is_recognised_in_every_spelling(host: str, expected: str) -> None:
    assert addresses.literal(host) == expected
