"""The other sides of webhooks and mail, on loopback: real servers that take, refuse, hang and drip as told."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from exportwatch.alerts import Message
from exportwatch.model import Alert, Quote
from tests.subscribed import alert, subscription

CERTIFICATE = Path(__file__).parents[2] / "collectors" / "data" / "ministry.example.pem"
"""Of ministry.example, with its key; signed by itself."""
SECRET = "a-secret-of-the-webhook"
KEY = "0123456789abcdef0123456789abcdef-0"
SCRIPTS = {
    "en": ("Japan tightens exports to South Korea", "controls on exports of ", "hydrogen fluoride", " to South Korea"),
    "ja": ("韓国向け輸出管理の運用の見直し", "経済産業省は、", "フッ化水素", "の輸出管理を厳格化すると発表した。"),
    "ko": ("일본, 한국에 대한 수출규제 강화", "일본은 한국에 대한 ", "불화수소", " 수출규제를 강화한다고 발표했다."),
    "zh-Hans": ("日本加强对韩国出口管制", "日本宣布，加强对韩国出口", "氟化氢", "的管制。"),
    "zh-Hant": ("日本加強對韓國出口管制", "日本宣布，加強對韓國出口", "氟化氫", "的管制。"),
}
"""A title, and evidence with what stands before and after it."""
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload='alert(1)'>",
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200f",
    "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "a\r\nBcc: victim@example.org",
    "a\nBcc: victim@example.org\n\nbody",
    "a\x0bBcc: x\x0c\x1c\x1d\x1e\x85\u2028\u2029Bcc: victim@example.org",
    "a =?UTF-8?Q?=0A?=Bcc: victim@example.org",
    "=?UTF-8?B?DQpCY2M6IHZpY3RpbUBleGFtcGxlLm9yZw==?=",
    "=?utf-8?q?=0d=0a?= =?utf-8?q?Bcc=3A_victim=40example.org?=",
    "=\u200e?utf-8?q?=0A?=Bcc: victim@example.org",
    "nul\0nul",
    ".\r\n.\r\nMAIL FROM:<x@example.org>\r\n",
    "--===============0==\r\nContent-Type: text/html",
    "輸出\u202e管理 수출\x00규제 出口\x1b管制",
)


def quoted(lang: str, concept: str = "hydrogen fluoride") -> Quote:
    _, before, words, after = SCRIPTS[lang]
    start, end = len(before), len(before) + len(words)
    return Quote(
        field="text",
        start=start,
        end=end,
        text=before + words + after,
        mark_start=start,
        mark_end=end,
        concept="" if lang == "en" else concept,
    )


def in_script(lang: str) -> Alert:
    """The story in this language."""
    return alert(title=SCRIPTS[lang][0], lang=lang, evidence=(quoted(lang),))


def message(made: Alert | None = None, *, attempt: int = 1, **changes: Any) -> Message:
    """To somebody who subscribed to hydrogen fluoride; changes are those of the subscription."""
    return Message(
        subscription=subscription(**{"secret": SECRET, **changes}),
        alert=made or in_script("ja"),
        key=KEY,
        attempt=attempt,
        first_attempted=1_576_456_200_000,
    )


def hostile(words: str) -> Message:
    """Everything foreign in the message is this."""
    quote = Quote(
        field="text",
        start=0,
        end=len(words),
        text=words * 3,
        mark_start=len(words),
        mark_end=len(words) * 2,
        concept="",
    )
    made = alert(
        title=words,
        lang=words,
        source=words,
        publisher=words,
        published=words,
        document=words,
        url=words,
        item_labels=(words,),
        agencies=(words,),
        affected=(words,),
        evidence=(quote, replace(quote, concept=words)),
    )
    return message(made, query=words, note=words)


@dataclass(frozen=True)
class Request:
    """What a receiver of webhooks got."""

    path: str
    headers: dict[str, str]
    body: bytes


Reply = Callable[[BaseHTTPRequestHandler], None]


def says(status: int, body: bytes = b"", **headers: str) -> Reply:
    """An answer."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


@dataclass
class Hook:
    """A running receiver; `reply` may be changed at any time."""

    port: int
    reply: Reply
    requests: list[Request] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    """Set at the end, for whoever hangs."""

    def hang(self) -> None:
        """Until the test is over."""
        self.over.wait(20)

    def url(self, path: str = "/hook", scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def receiving(reply: Reply | None = None, certificate: Path | None = None) -> Iterator[Hook]:
    """A receiver in a thread, on a free port, speaking TLS where a certificate is given."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.requests.append(Request(self.path, {n.lower(): v for n, v in self.headers.items()}, body))
            hook.reply(self)

        do_GET = do_HEAD = do_PUT = do_POST

        def log_message(self, format: str, *args: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None: ...

    with Server(("127.0.0.1", 0), Handler) as http:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            http.socket = context.wrap_socket(http.socket, server_side=True)
        hook = Hook(http.server_port, reply or says(204))
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield hook
        finally:
            hook.over.set()
            http.shutdown()
            thread.join()


@dataclass
class Mailbox:
    """A mail server's rules and what it took. Rules give an SMTP reply, or an empty one for yes."""

    port: int = 0
    sender: Callable[[str], str] = lambda address: ""
    recipient: Callable[[str], str] = lambda address: ""
    content: Callable[[bytes], str] = lambda content: ""
    login: tuple[bytes, bytes] | None = None
    taken: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.sender(address) or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipient(address) or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        if refusal := self.content(envelope.content):
            return refusal
        self.taken.append(envelope)
        assert server.transport is not None
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == self.login, handled=False)

    def mails(self) -> list[EmailMessage]:
        """As the standard library reads them."""
        parsed = [message_from_bytes(e.content, policy=default) for e in self.taken if isinstance(e.content, bytes)]
        assert all(isinstance(mail, EmailMessage) for mail in parsed)
        return [mail for mail in parsed if isinstance(mail, EmailMessage)]


@contextmanager
def mail_server(box: Mailbox | None = None, *, starttls: bool = False, tls: bool = False) -> Iterator[Mailbox]:
    """A real SMTP server on a free port."""
    box = box or Mailbox()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with socket.create_server(("127.0.0.1", 0)) as free:
        box.port = free.getsockname()[1]
    controller = Controller(
        box,
        "127.0.0.1",
        box.port,
        ssl_context=context if tls else None,
        tls_context=context if starttls else None,
        require_starttls=starttls,
        authenticator=box.authenticate if box.login else None,
        auth_required=box.login is not None,
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@contextmanager
def speaking(*script: bytes, hold: bool = True) -> Iterator[tuple[int, list[bytes]]]:
    """A port whose server says these pieces, one after each piece that it hears, then hangs (or hangs up)."""
    over, heard = threading.Event(), list[bytes]()
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)

    def converse(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            client.settimeout(10)
            for number, piece in enumerate(script):
                if number:
                    heard.append(client.recv(65536))
                client.sendall(piece)
            if hold:
                over.wait(20)

    def run(clients: list[threading.Thread]) -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                clients.append(threading.Thread(target=converse, args=(server.accept()[0],)))
                clients[-1].start()

    clients: list[threading.Thread] = []
    thread = threading.Thread(target=run, args=(clients,))
    thread.start()
    try:
        yield server.getsockname()[1], heard
    finally:
        over.set()
        thread.join()
        for client in clients:
            client.join()
        server.close()


def names(*addresses: str) -> tuple[Callable[[str, int, float], Sequence[str]], list[str]]:
    """A resolver that gives these, and the names it was asked for."""
    asked: list[str] = []

    def resolve(host: str, port: int, timeout: float) -> Sequence[str]:
        asked.append(host)
        return addresses

    return resolve, asked


def trusting() -> ssl.SSLContext:
    """Trusts the certificate of ministry.example."""
    return ssl.create_default_context(cafile=str(CERTIFICATE))
