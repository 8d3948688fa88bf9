"""Channel `https:` (and `http:` to addresses that the setting `private_addresses` names): one signed POST an alert.

    POST … Content-Type: application/json
    Idempotency-Key: <the message's key, the same in every attempt>
    Exportwatch-Signature: t=<seconds since the epoch>,v1=<hex HMAC-SHA256 over "<t>." and the body, by the secret>

A receiver computes the same over the bytes it got, compares, and refuses an old t. The body is the same in every
attempt. Addresses are resolved once, checked and pinned, as for collectors; no redirect is followed.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import ipaddress
import ssl
from dataclasses import dataclass
from typing import Final

import httpcore2
import httpx2

from exportwatch import __version__
from exportwatch.addresses import Allowed
from exportwatch.alerts import Message, masked, render
from exportwatch.clock import Clock
from exportwatch.errors import BadRecord, Misconfigured, Retryable
from exportwatch.pinned import Deadline, Dialer, Unreachable
from exportwatch.safe import line
from exportwatch.settings import Settings

SECONDS: Final = 10.0
"""From the name's resolution to the answer's status, all together."""
MOST_PATIENCE: Final = 3600
"""Seconds; a longer Retry-After is not believed."""
_ANSWER_BYTES: Final = 1024
"""Of an answer that refuses, for the log; one that accepts is not read."""
_REASON_CHARACTERS: Final = 200
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_MOVED_FOR_GOOD: Final = frozenset({301, 308})
_LATER: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said, as far as we listen."""

    status: int
    retry_after: int = 0
    """Seconds it asks us to stay away; 0 where it does not."""
    text: str = ""


class Webhook:
    """Posts to one URL. Holds no connection between messages."""

    def __init__(
        self,
        url: httpx2.URL,
        dialer: Dialer,
        clock: Clock,
        *,
        public_url: str = "",
        seconds: float = SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._url = url
        self._name = masked(str(url))
        self._dialer = dialer
        self._clock = clock
        self._public_url = public_url
        self._seconds = seconds
        self._tls = tls
        self._quiet_until = 0.0

    def send(self, message: Message) -> None:
        quiet = self._quiet_until - self._clock.monotonic()
        if quiet > 0:
            raise Retryable(f"{self._name} asked not to be called for another {quiet:.0f} s")
        if not message.subscription.secret:
            raise Retryable(
                f"subscription {message.subscription.id} has no secret to sign with: "
                "`exportwatch subscriptions add --replace` gives it one"
            )
        body = render.body(message, self._public_url)
        self._judge(self._post(body, self._headers(message, body)))

    def close(self) -> None:
        """Nothing is kept open."""

    def _headers(self, message: Message, body: bytes) -> dict[str, str]:
        return {
            "host": self._url.netloc.decode("ascii"),
            "user-agent": f"exportwatch/{__version__}",
            "content-type": "application/json",
            "content-length": str(len(body)),
            "idempotency-key": message.key,
            "exportwatch-signature": signature(message.subscription.secret, self._clock.now() // 1000, body),
            "accept-encoding": "identity",
            "connection": "close",
        }

    def _post(self, body: bytes, headers: dict[str, str]) -> Answer:
        """The answer's beginning. Raises Retryable where there is none."""
        deadline = Deadline(self._clock, self._seconds)
        url = httpcore2.URL(
            scheme=self._url.raw_scheme,
            host=self._url.raw_host,
            port=self._url.port or _DEFAULT_PORTS[self._url.scheme],
            target=self._url.raw_path,
        )
        try:
            with (
                self._dialer.pool(deadline, self._context()) as pool,
                pool.stream("POST", url, headers=list(headers.items()), content=body) as response,
            ):
                return _read(response)
        except Unreachable as error:
            raise Retryable(error.reason) from error
        except TimeoutError as error:
            raise Retryable(f"{self._name} did not answer in {self._seconds:g} s") from error
        except ssl.SSLCertVerificationError as error:
            reason = error.verify_message or str(error)
            raise Retryable(f"{self._name}: its certificate is not to be trusted: {line(reason)}") from error
        except OSError as error:
            raise Retryable(f"{self._name}: {error.strerror or type(error).__name__}") from error
        except httpcore2.ProtocolError as error:
            raise Retryable(f"{self._name} does not speak HTTP: {line(str(error))[:_REASON_CHARACTERS]}") from error

    def _context(self) -> ssl.SSLContext | None:
        return self._tls or (_system_tls() if self._url.scheme == "https" else None)

    def _judge(self, answer: Answer) -> None:
        """Return where the message was taken; Retryable or BadRecord."""
        status = answer.status
        if 200 <= status < 300:
            return
        if answer.retry_after:
            self._quiet_until = self._clock.monotonic() + min(answer.retry_after, MOST_PATIENCE)
        said = f": {answer.text}" if answer.text else ""
        if 300 <= status < 400:
            reason = f"{self._name} answered {status}: redirects are not followed; subscribe with the new address"
            raise (BadRecord if status in _MOVED_FOR_GOOD else Retryable)(reason)
        reason = f"{self._name} answered {status}{said}"
        raise (BadRecord if 400 <= status < 500 and status not in _LATER else Retryable)(reason)


@functools.cache
def _system_tls() -> ssl.SSLContext:
    """One for all channels: it holds a few hundred certificates."""
    return httpcore2.default_ssl_context()


def signature(secret: str, at: int, body: bytes) -> str:
    """The value of the header, for a body sent at `at` seconds since the epoch."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={digest.hexdigest()}"


def _read(response: httpcore2.Response) -> Answer:
    """Status and headers are all that counts; of a refusal also its first words, if they come."""
    headers = {name.lower(): value for name, value in response.headers}
    waits = headers.get(b"retry-after", b"").decode("latin-1")
    retry_after = int(waits) if waits.isdecimal() and len(waits) < 10 else 0
    if response.status < 400:
        return Answer(response.status)
    said = b""
    try:
        for chunk in response.iter_stream():
            said += chunk
            if len(said) >= _ANSWER_BYTES:
                break
    except (OSError, httpcore2.ProtocolError):
        pass
    text = line(said[:_ANSWER_BYTES].decode("utf-8", "replace"))[:_REASON_CHARACTERS]
    return Answer(response.status, retry_after, text)


def open_webhook(url: str, settings: Settings, clock: Clock) -> Webhook:
    """Raises Misconfigured for an address that may never be posted to, without showing more than its host."""
    try:
        parsed = httpx2.URL(url)
        usable = parsed.scheme in _DEFAULT_PORTS and bool(parsed.raw_host) and not parsed.userinfo
    except (httpx2.InvalidURL, ValueError) as error:
        raise Misconfigured(f"channel {masked(url)}: {line(str(error))[:_REASON_CHARACTERS]}") from error
    if not usable:
        raise Misconfigured(f"channel {masked(url)}: a host, and no user name or password before it")
    allowed = Allowed.parse(settings.private_addresses)
    dialer = Dialer(allowed, public=parsed.scheme == "https")
    if not dialer.public and not (allowed.endpoints or allowed.networks):
        raise Misconfigured(
            f"channel {masked(url)}: use https; http is only for hosts that the setting private_addresses names"
        )
    _check_literal(parsed, dialer)
    return Webhook(parsed.copy_with(fragment=None), dialer, clock, public_url=render.base(settings.public_url))


def _check_literal(url: httpx2.URL, dialer: Dialer) -> None:
    """An address instead of a name can be refused at once."""
    host, port = url.host, url.port or _DEFAULT_PORTS[url.scheme]
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    if not dialer.permits(host, port, host):
        raise Misconfigured(f"channel {masked(str(url))}: not public, and not in the setting private_addresses")
