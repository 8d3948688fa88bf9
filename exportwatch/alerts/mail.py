"""Channel `mailto:`: one message an alert, as text and HTML, through the mail server of the settings.

A repeat is known by its Message-ID, which is made of the message's key, and it keeps the Date of the first attempt.
Header values are made here of safe text on one line; no address, title or reply of a server can add a header.
"""

from __future__ import annotations

import contextlib
import functools
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import BinaryIO, Final
from urllib.parse import quote, unquote

from exportwatch.addresses import Resolver, connect, resolve
from exportwatch.alerts import Message, render
from exportwatch.clock import Clock
from exportwatch.errors import BadRecord, Misconfigured, Retryable
from exportwatch.pinned import Deadline
from exportwatch.safe import line
from exportwatch.settings import Settings

SECONDS: Final = 25.0
"""From connecting to the server's word for the message, all together."""
SECURITY: Final = ("starttls", "tls", "none")
_REASON_CHARACTERS: Final = 300
_REPLY_BYTES: Final = 256 * 1024
_GOOD_BYE: Final = 2.0
_NAME: Final = "exportwatch"
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+)*")
"""What stands before the @, without the question mark of encoded words."""
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The mail server, as the settings have it."""

    host: str
    port: int
    security: str
    username: str
    password: str = field(repr=False)


class Mail:
    """Sends to one address. Holds no connection between messages."""

    def __init__(
        self,
        to: str,
        sender: str,
        server: Server,
        clock: Clock,
        *,
        public_url: str = "",
        seconds: float = SECONDS,
        tls: ssl.SSLContext | None = None,
        resolver: Resolver = resolve,
    ) -> None:
        self._to = to
        self._sender = sender
        self._server = server
        self._clock = clock
        self._public_url = public_url
        self._seconds = seconds
        self._tls = tls
        self._resolver = resolver

    def send(self, message: Message) -> None:
        data = compose(message, self._to, self._sender, self._public_url).as_bytes()
        with _translated(self._server), self._session() as session:
            refused = session.sendmail(self._sender, [self._to], data)
        assert not refused  # with one recipient the library raises instead

    def close(self) -> None:
        """Nothing is kept open."""

    @contextlib.contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """Connected, encrypted and logged in. What fails after the message was taken fails in silence."""
        deadline = Deadline(self._clock, self._seconds)
        session = _Session(self._server, self._sender, deadline, self._context(), self._resolver)
        watch = threading.Timer(self._seconds, session.tear_down)
        watch.daemon = True
        watch.start()
        try:
            session.open()
            yield session
            session.leave()
        except (smtplib.SMTPException, OSError) as error:
            if session.late:
                raise TimeoutError(f"not done in {self._seconds:g} s") from error
            raise
        finally:
            watch.cancel()
            session.end()

    def _context(self) -> ssl.SSLContext | None:
        return None if self._server.security == "none" else self._tls or _system_tls()


@functools.cache
def _system_tls() -> ssl.SSLContext:
    """One for all channels: it holds a few hundred certificates."""
    return ssl.create_default_context()


class _Session(smtplib.SMTP):
    """An SMTP connection that can be torn down from another thread, however its replies drip."""

    def __init__(
        self, server: Server, sender: str, deadline: Deadline, tls: ssl.SSLContext | None, resolver: Resolver
    ) -> None:
        own = socket.gethostname()
        # Given, because the library would ask the resolver for it.
        super().__init__(local_hostname=own if "." in own else sender.rpartition("@")[2])
        self._server = server
        self._deadline = deadline
        self._tls = tls
        self._resolver = resolver
        self._host = server.host
        self._plug: socket.socket | None = None
        self.late = False

    def open(self) -> None:
        """Raises what smtplib raises; never goes on without the encryption that was asked for."""
        code, said = self.connect(self._server.host, self._server.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, said)
        if self._server.security == "starttls":
            self.starttls(context=self._tls)
        if self._server.username:
            self.login(self._server.username, self._server.password)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """The library's own hook; its other session for TLS from the first byte uses it as well."""
        failure: OSError | None = None
        for found in self._resolver(host, port, self._deadline.left()):
            try:
                plain = connect(found, port, self._deadline.left())
            except OSError as error:
                failure = error
                continue
            self._plug = plain.dup()
            # A second net only: the watch ends every wait before.
            plain.settimeout(2 * SECONDS)
            if self._server.security == "tls":
                assert self._tls is not None
                return self._tls.wrap_socket(plain, server_hostname=host)
            return plain
        raise failure or OSError("the name has no address")

    def getreply(self) -> tuple[int, bytes]:
        """As the library's, but it does not listen for ever."""
        if self.file is None and self.sock is not None:
            self.file = _Bounded(self.sock.makefile("rb"))
        return super().getreply()

    def leave(self) -> None:
        """Say good-bye; the message was taken, so nothing can go wrong any more."""
        with contextlib.suppress(smtplib.SMTPException, OSError):
            if self.sock is not None:
                self.sock.settimeout(_GOOD_BYE)
            self.quit()

    def tear_down(self) -> None:
        """End every wait at once."""
        self.late = True
        if self._plug is not None:
            # A second handle of the same connection: TLS objects are not to be touched from two threads.
            with contextlib.suppress(OSError):
                self._plug.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Close; never raises."""
        self.close()
        if self._plug is not None:
            self._plug.close()


class _Bounded:
    """The replies of a server, of which there are only so many."""

    def __init__(self, replies: BinaryIO) -> None:
        self._replies = replies
        self._left = _REPLY_BYTES

    def readline(self, most: int) -> bytes:
        """As of a file; OSError when it was too much."""
        read = self._replies.readline(most)
        self._left -= len(read)
        if self._left < 0:
            raise OSError(f"over {_REPLY_BYTES:,} bytes of replies")
        return read

    def close(self) -> None:
        """As of a file."""
        self._replies.close()


class _Policy(EmailPolicy):
    """Leaves addresses and ids in one piece, which the library would otherwise fold into encoded words."""

    def fold(self, name: str, value: str) -> str:
        return super().fold(name, value) if name.lower() in _FOLDED else f"{name}: {value}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


_FOLDED: Final = ("subject", "content-type", "content-transfer-encoding", "mime-version")
# In seven bits whatever the text: not every server on the way takes eight.
_POLICY: Final = _Policy(linesep="\r\n", cte_type="7bit")


def compose(message: Message, to: str, sender: str, public_url: str = "") -> EmailMessage:
    """The whole mail; `to` and `sender` as `address` gives them. Its headers are the same in every attempt."""
    id, domain = quote(message.subscription.id, safe=""), sender.rpartition("@")[2]
    mail = EmailMessage(policy=_POLICY)
    mail["Subject"] = render.subject(message)
    mail["From"] = Address(_NAME, addr_spec=sender)
    mail["To"] = Address(addr_spec=to)
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.first_attempted // 1000, UTC))
    mail["Message-ID"] = f"<{message.key}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-ID"] = f"<{id}.{_NAME}.{domain}>"
    mail["List-Unsubscribe"] = f"<mailto:{quote(sender, safe='@')}?subject=unsubscribe%20{id}>"
    mail.set_content(render.text(message, public_url) + "\n")
    mail.add_alternative(render.html(message, public_url), subtype="html")
    return mail


@contextlib.contextmanager
def _translated(server: Server) -> Iterator[None]:
    """What smtplib raises as Retryable or BadRecord.

    Only what the server says of the recipient or the message itself is final. A refused login, sender or encryption
    is for the operator to mend, and the outbox keeps the message for a day.
    """
    name = f"mail server {server.host}:{server.port}"
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise _refusal(code)(f"{name} refused the recipient: {_reply(code, said)}") from error
    except smtplib.SMTPDataError as error:
        reply = _reply(error.smtp_code, error.smtp_error)
        raise _refusal(error.smtp_code)(f"{name} refused the message: {reply}") from error
    except smtplib.SMTPAuthenticationError as error:
        raise Retryable(f"{name} refused smtp_username and smtp_password (code {error.smtp_code})") from error
    except smtplib.SMTPSenderRefused as error:
        reply = _reply(error.smtp_code, error.smtp_error)
        raise Retryable(f"{name} refused the sender of mail_from: {reply}") from error
    except smtplib.SMTPResponseException as error:
        raise Retryable(f"{name}: {_reply(error.smtp_code, error.smtp_error)}") from error
    except smtplib.SMTPException as error:
        raise Retryable(f"{name}: {line(str(error))[:_REASON_CHARACTERS]}") from error
    except ssl.SSLCertVerificationError as error:
        raise Retryable(f"{name}: its certificate is not to be trusted: {line(error.verify_message)}") from error
    except OSError as error:
        raise Retryable(f"{name}: {line(error.strerror or str(error) or type(error).__name__)}") from error


def _refusal(code: int) -> type[BadRecord] | type[Retryable]:
    return BadRecord if 500 <= code < 600 else Retryable


def _reply(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {line(text)}"[:_REASON_CHARACTERS]


def address(given: str, where: str) -> str:
    """A plain address in ASCII, its domain in lower case. Raises Misconfigured, naming `where`, for anything else."""
    local, at, domain = given.rpartition("@")
    try:
        host = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        host = ""
    good = at and len(local) <= 64 and _LOCAL.fullmatch(local) and len(given) <= 254 and host
    if not good or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise Misconfigured(f"{where}: {line(given)[:100]!r} is not an address such as someone@example.org")
    return f"{local}@{host}"


def open_mail(url: str, settings: Settings, clock: Clock) -> Mail:
    """`mailto:someone@example.org`, one address and nothing else."""
    where = f"channel {line(url)[:200]}"
    rest = url.removeprefix("mailto:")
    if "?" in rest or "," in rest:
        raise Misconfigured(f"{where}: one address, and nothing after it")
    to = address(unquote(rest), where)
    if not settings.smtp_host or not settings.mail_from:
        raise Misconfigured(f"{where}: mail needs the settings smtp_host and mail_from")
    if settings.smtp_security not in SECURITY:
        raise Misconfigured(f"smtp_security: one of {', '.join(SECURITY)}")
    if not (settings.smtp_username.isascii() and settings.smtp_password.isascii()):
        raise Misconfigured("smtp_username, smtp_password: only ASCII can be sent to a mail server")
    if settings.smtp_username and settings.smtp_security == "none":
        raise Misconfigured("smtp_security: none would show smtp_password to the network; use starttls or tls")
    server = Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password,
    )
    sender = address(settings.mail_from, "mail_from")
    return Mail(to, sender, server, clock, public_url=render.base(settings.public_url))
