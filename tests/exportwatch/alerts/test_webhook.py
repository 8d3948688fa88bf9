"""webhook.py over real HTTP on loopback; only names, and where connections end, are injected."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import logging
import re
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import httpx2
import pytest

from exportwatch.addresses import Allowed
from exportwatch.alerts import open_channel
from exportwatch.alerts.webhook import MOST_PATIENCE, Webhook, open_webhook
from exportwatch.clock import Clock, SystemClock
from exportwatch.errors import BadRecord, Misconfigured, Retryable
from exportwatch.pinned import Dialer
from exportwatch.settings import load
from tests.exportwatch.alerts.receivers import (
    CERTIFICATE,
    HOSTILE,
    KEY,
    SCRIPTS,
    SECRET,
    Hook,
    Request,
    hostile,
    in_script,
    message,
    names,
    receiving,
    says,
    speaking,
    trusting,
)
from tests.subscribed import Time

CLOCK = SystemClock()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with receiving() as running:
        yield running


def opened(hook: Hook, path: str = "/hook", clock: Clock = CLOCK) -> Webhook:
    return open_webhook(hook.url(path), load({"private_addresses": hook.address}, {}), clock)


def quick(port: int, seconds: float = 0.4) -> Webhook:
    """With a short patience."""
    dialer = Dialer(Allowed.parse(f"127.0.0.1:{port}"), public=False)
    return Webhook(httpx2.URL(f"http://127.0.0.1:{port}/hook"), dialer, CLOCK, seconds=seconds)


def verified(request: Request, secret: str, tolerance: int = 300) -> bool:
    """As a receiver would, from the documentation alone."""
    found = re.fullmatch(r"t=([0-9]+),v1=([0-9a-f]{64})", request.headers["exportwatch-signature"])
    assert found
    expected = hmac.new(secret.encode(), found[1].encode() + b"." + request.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, found[2]) and abs(time.time() - int(found[1])) < tolerance


@pytest.mark.parametrize("lang", SCRIPTS)
def test_an_alert_arrives_signed(hook: Hook, lang: str) -> None:
    opened(hook, "/hook/수출?a=1").send(message(in_script(lang)))
    (request,) = hook.requests
    assert request.path == "/hook/%EC%88%98%EC%B6%9C?a=1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("exportwatch/")
    assert request.headers["host"] == hook.address
    assert request.headers["idempotency-key"] == KEY
    assert verified(request, SECRET)
    assert not verified(request, SECRET + "x")
    assert not verified(Request(request.path, request.headers, request.body + b" "), SECRET)
    read = json.loads(request.body)
    title, _, words, _ = SCRIPTS[lang]
    assert (read["title"], read["lang"], read["key"]) == (title, lang, KEY)
    (quote,) = read["evidence"]
    assert quote["text"][quote["mark_start"] : quote["mark_end"]] == words


def test_a_repeat_shows_the_same_key_and_body(hook: Hook) -> None:
    time_ = Time(1_700_000_000_000)
    channel = opened(hook, clock=time_)
    channel.send(message(attempt=1))
    time_.sleep(30)
    channel.send(message(attempt=2))
    first, second = hook.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == KEY
    assert first.body == second.body
    assert first.headers["exportwatch-signature"].startswith("t=1700000000,")
    assert second.headers["exportwatch-signature"].startswith("t=1700000030,")


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_taken(hook: Hook, status: int) -> None:
    hook.reply = says(status)
    opened(hook).send(message())


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_later(hook: Hook, status: int) -> None:
    hook.reply = says(status, "잠시 후 다시 \x1b[2J\u202e".encode())
    with pytest.raises(Retryable, match=f"answered {status}") as caught:
        opened(hook).send(message())
    assert status == 408 or "잠시 후 다시" in str(caught.value)
    assert not set(str(caught.value)) & set("\x1b\u202e")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 422])
def test_never(hook: Hook, status: int) -> None:
    hook.reply = says(status, b"no such hook\r\n")
    with pytest.raises(BadRecord, match=f"answered {status}: no such hook$"):
        opened(hook).send(message())


@pytest.mark.parametrize(("status", "error"), [(301, BadRecord), (308, BadRecord), (302, Retryable), (307, Retryable)])
def test_no_redirect_is_followed(hook: Hook, status: int, error: type[Exception]) -> None:
    with receiving() as canary:
        hook.reply = says(status, Location=canary.url("/secret"))
        with pytest.raises(error, match="redirects are not followed") as caught:
            opened(hook).send(message())
        assert "/secret" not in str(caught.value)
        assert canary.requests == []
    assert len(hook.requests) == 1


def test_whoever_asks_for_peace_gets_it(hook: Hook) -> None:
    time_ = Time()
    channel = opened(hook, clock=time_)
    hook.reply = says(429, Retry_After="120")
    with pytest.raises(Retryable, match="answered 429"):
        channel.send(message())
    hook.reply = says(200)
    time_.sleep(100)
    with pytest.raises(Retryable, match="another 20 s"):
        channel.send(message())
    assert len(hook.requests) == 1
    time_.sleep(21)
    channel.send(message())
    assert len(hook.requests) == 2


@pytest.mark.parametrize("patience", ["999999999", "99999999999999999999", "-1", "soon", "", "٣"])
def test_peace_has_an_end(hook: Hook, patience: str) -> None:
    time_ = Time()
    channel = opened(hook, clock=time_)
    hook.reply = says(503, Retry_After=patience.encode().decode("latin-1"))
    with pytest.raises(Retryable, match="answered 503"):
        channel.send(message())
    time_.sleep(MOST_PATIENCE + 1)
    hook.reply = says(200)
    channel.send(message())


def test_every_alert_comes_through_though_a_third_is_refused(hook: Hook) -> None:
    calls = iter(range(10_000))

    def sometimes(handler: BaseHTTPRequestHandler) -> None:
        number = next(calls)
        if number % 3 == 1:
            # A reset instead of an answer.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
        else:
            says(503 if number % 5 == 2 else 200)(handler)

    hook.reply = sometimes
    channel, refused = opened(hook), 0
    for number in range(30):
        numbered = replace(message(in_script("ko")), key=f"{number:032x}-0")
        while True:
            try:
                channel.send(numbered)
                break
            except Retryable:
                refused += 1
    assert refused >= 10
    assert {request.headers["idempotency-key"] for request in hook.requests} == {f"{n:032x}-0" for n in range(30)}
    assert len(hook.requests) == 30 + refused
    assert all(verified(request, SECRET) for request in hook.requests)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Retryable, match="Connection refused"):
        quick(port).send(message())


def test_a_receiver_that_hangs_costs_its_time_and_no_more() -> None:
    with receiving() as hook:
        hook.reply = lambda handler: hook.hang()
        began = time.monotonic()
        with pytest.raises(Retryable, match=r"did not answer in 0\.4 s"):
            quick(hook.port).send(message())
        assert time.monotonic() - began < 3


def test_a_receiver_that_drips_too(hook: Hook) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        with contextlib.suppress(OSError):
            for byte in b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 1000:
                handler.wfile.write(bytes([byte]))
                if hook.over.wait(0.05):
                    return

    hook.reply = drip
    began = time.monotonic()
    with pytest.raises(Retryable, match="did not answer"):
        quick(hook.port).send(message())
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(("status", "error"), [(200, None), (400, BadRecord), (500, Retryable)])
@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_an_endless_answer_is_not_listened_to(
    hook: Hook, status: int, error: type[Exception] | None, pause: float
) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.end_headers()
        with contextlib.suppress(OSError):
            while not hook.over.wait(pause):
                handler.wfile.write(b"x" * (1 if pause else 65536))

    hook.reply = endless
    # Only the words of a refusal are waited for, and only for so many.
    seconds = 0.4 if status != 200 and pause else 10
    began = time.monotonic()
    with pytest.raises(error, match=f"answered {status}: x+$") if error else contextlib.nullcontext():
        quick(hook.port, seconds).send(message())
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "said", [b"220 mail.example ESMTP\r\n\r\n", b"\x00" * 100, b"HTTP/1.1 200 OK\r\nno header\r\n\r\n"]
)
def test_a_server_of_something_else(said: bytes) -> None:
    with speaking(b"", said) as (port, _), pytest.raises(Retryable, match="does not speak HTTP"):
        quick(port).send(message())


def test_a_server_that_hangs_up() -> None:
    with speaking(b"", b"", hold=False) as (port, _), pytest.raises(Retryable):
        quick(port).send(message())


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_foreign_reaches_the_headers(hook: Hook, words: str) -> None:
    opened(hook).send(hostile(words))
    (request,) = hook.requests
    assert set(request.headers) == {
        *("host", "user-agent", "content-type", "content-length", "idempotency-key", "exportwatch-signature"),
        *("accept-encoding", "connection"),
    }
    assert json.loads(request.body)["title"] == words
    assert verified(request, SECRET)


def test_a_subscription_without_secret_sends_nothing_unsigned(hook: Hook) -> None:
    with pytest.raises(Retryable, match="no secret"):
        opened(hook).send(message(secret=""))
    assert hook.requests == []


def over_tls(hook: Hook, tls: ssl.SSLContext | None, *addresses: str, public: bool = True) -> Webhook:
    """To https://ministry.example, whose name leads to these addresses."""
    resolver, _ = names(*addresses)
    dialer = Dialer(Allowed.parse(f"127.0.0.1:{hook.port}"), resolver=resolver, public=public)
    url = httpx2.URL(hook.url("/hook", "https", "ministry.example"))
    return Webhook(url, dialer, CLOCK, tls=tls, seconds=5)


def test_a_certificate_that_is_trusted() -> None:
    with receiving(certificate=CERTIFICATE) as hook:
        over_tls(hook, trusting(), "127.0.0.1").send(message())
        assert verified(hook.requests[0], SECRET)


def test_a_certificate_that_is_not() -> None:
    with receiving(certificate=CERTIFICATE) as hook:
        with pytest.raises(Retryable, match="certificate is not to be trusted: self-signed certificate"):
            over_tls(hook, None, "127.0.0.1").send(message())
        assert hook.requests == []


def test_a_certificate_of_somebody_else() -> None:
    with receiving(certificate=CERTIFICATE) as hook:
        dialer = Dialer(Allowed.parse(hook.address))
        channel = Webhook(httpx2.URL(hook.url(scheme="https")), dialer, CLOCK, tls=trusting())
        with pytest.raises(Retryable, match="certificate"):
            channel.send(message())
        assert hook.requests == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "fe80::1"])
def test_private_addresses_are_not_for_webhooks(address: str) -> None:
    connected: list[str] = []

    def connector(address: str, port: int, timeout: float) -> socket.socket:
        connected.append(address)
        raise AssertionError

    resolver, asked = names(address)
    channel = Webhook(httpx2.URL("https://inside.example/"), Dialer(Allowed(), resolver, connector), CLOCK)
    with pytest.raises(Retryable, match="not public, and not in the setting private_addresses"):
        channel.send(message())
    assert asked == ["inside.example"]
    assert connected == []


def test_a_name_is_asked_for_once_and_its_answer_pinned() -> None:
    with receiving(certificate=CERTIFICATE) as hook:
        answers = [["93.184.216.34"], ["127.0.0.1"]]
        connected: list[str] = []

        def connector(address: str, port: int, timeout: float) -> socket.socket:
            connected.append(address)
            return socket.create_connection(("127.0.0.1", hook.port), timeout)

        dialer = Dialer(Allowed(), lambda host, port, timeout: answers.pop(0), connector)
        url = httpx2.URL("https://ministry.example/")
        Webhook(url, dialer, CLOCK, tls=trusting()).send(message())
        assert connected == ["93.184.216.34"]
        with pytest.raises(Retryable, match="not public"):
            Webhook(url, dialer, CLOCK, tls=trusting()).send(message())


def test_http_never_goes_to_a_public_address() -> None:
    resolver, _ = names("93.184.216.34")
    dialer = Dialer(Allowed.parse("10.0.0.0/8"), resolver, public=False)
    with pytest.raises(Retryable, match=r"93\.184\.216\.34: not in the setting private_addresses"):
        Webhook(httpx2.URL("http://hooks.example/"), dialer, CLOCK).send(message())


@pytest.mark.parametrize(
    ("url", "allowed", "reason"),
    [
        ("http://hooks.example/T0/hidden", "", "use https"),
        ("http://127.0.0.1:8080/T0/hidden", "", "use https"),
        ("http://127.0.0.1:8080/T0/hidden", "127.0.0.1:8081", "private_addresses"),
        ("https://127.0.0.1/T0/hidden", "", "not public"),
        ("https://[::1]/T0/hidden", "", "not public"),
        ("https://169.254.169.254/T0/hidden", "", "not public"),
        ("https://user:hidden@hooks.example/", "", "user name"),
        ("https:///T0/hidden", "", "host"),
        ("https:hidden", "", "host"),
        ("https://hooks.example:port/T0/hidden", "", "port"),
        ("https://hooks.example/T0/hidden\r\nX: y", "", "non-printable"),
    ],
)
def test_what_may_never_be_posted_to_is_refused_at_once(url: str, allowed: str, reason: str) -> None:
    with pytest.raises(Misconfigured, match=reason) as caught:
        open_channel(url, load({"private_addresses": allowed}, {}), CLOCK)
    assert url.startswith("https:hidden") or "hidden" not in str(caught.value)


def test_neither_secret_nor_path_are_ever_logged(hook: Hook, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    hook.reply = says(500)
    with pytest.raises(Retryable) as caught:
        opened(hook, "/T0/hidden?token=hidden").send(message())
    said = caplog.text + str(caught.value) + repr(message())
    assert SECRET not in said
    assert "hidden" not in str(caught.value)
