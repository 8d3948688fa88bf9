"""mail.py against a real SMTP server on loopback, and against ports that only pretend to be one."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections import Counter
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import MIMEPart
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exportwatch.alerts import Message, open_channel, render
from exportwatch.alerts.mail import Mail, Server, address, compose
from exportwatch.clock import SystemClock
from exportwatch.errors import BadRecord, Misconfigured, Retryable
from exportwatch.settings import Settings, load
from tests.exportwatch.alerts.receivers import (
    HOSTILE,
    KEY,
    SCRIPTS,
    Mailbox,
    hostile,
    in_script,
    mail_server,
    message,
    names,
    speaking,
    trusting,
)

CLOCK = SystemClock()
TO, FROM = "analyst@example.org", "watch@ministry.example"
PASSWORD = "wachtwoord-only-for-this"
HEADERS = [
    *("Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "List-ID", "List-Unsubscribe"),
    *("MIME-Version", "Content-Type"),
]
GREETING, HELLO, OK = b"220 mail.example ESMTP\r\n", b"250 mail.example\r\n", b"250 OK\r\n"


def settings(**given: object) -> Settings:
    usable = {"smtp_host": "127.0.0.1", "smtp_security": "none", "mail_from": FROM}
    return load(usable | given, {})


def plain(port: int, seconds: float = 5.0) -> Mail:
    """Without encryption or login."""
    server = Server(host="127.0.0.1", port=port, security="none", username="", password="")
    return Mail(TO, FROM, server, CLOCK, seconds=seconds)


def secure(
    port: int, security: str, *, password: str = PASSWORD, tls: ssl.SSLContext | None = None, login: bool = True
) -> Mail:
    """To ministry.example, whose name leads to loopback."""
    resolver, _ = names("127.0.0.1")
    user, word = ("watch", password) if login else ("", "")
    server = Server(host="ministry.example", port=port, security=security, username=user, password=word)
    return Mail(TO, FROM, server, CLOCK, seconds=5, tls=tls, resolver=resolver)


def content(part: MIMEPart) -> str:
    """With the line ends of Python."""
    text = part.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


@pytest.mark.parametrize("lang", SCRIPTS)
def test_an_alert_arrives_as_text_and_html(lang: str) -> None:
    sent = message(in_script(lang))
    with mail_server() as box:
        channel = open_channel(f"mailto:{TO}", settings(smtp_port=box.port, public_url="https://w.example/"), CLOCK)
        channel.send(sent)
        channel.close()
    (envelope,), (mail,) = box.taken, box.mails()
    assert (envelope.mail_from, envelope.rcpt_tos) == (FROM, [TO])
    assert mail.keys() == HEADERS
    assert mail["Subject"] == render.subject(sent)
    assert mail["Subject"].endswith(SCRIPTS[lang][0])
    assert (mail["From"], mail["To"]) == (f"exportwatch <{FROM}>", TO)
    assert mail["Date"].datetime.isoformat() == "2019-12-16T00:30:00+00:00"
    assert mail["Message-ID"] == f"<{KEY}@ministry.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == f"<mailto:{FROM}?subject=unsubscribe%20hf>"
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert content(text) == render.text(sent, "https://w.example") + "\n"
    assert content(html) == render.html(sent, "https://w.example") + "\n"
    assert isinstance(envelope.content, bytes)
    assert envelope.content.isascii()
    assert max(map(len, envelope.content.splitlines())) < 200


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_foreign_reaches_the_headers(words: str) -> None:
    sent = hostile(words)
    with mail_server() as box:
        plain(box.port).send(sent)
    (envelope,), (mail,) = box.taken, box.mails()
    assert (envelope.mail_from, envelope.rcpt_tos) == (FROM, [TO])
    assert mail.keys() == HEADERS
    assert mail["Subject"] == render.subject(sent)
    # A reader that decodes what it has decoded finds nothing either.
    assert str(make_header(decode_header(mail["Subject"]))) == mail["Subject"]
    text, html = mail.iter_parts()
    assert content(text) == render.text(sent) + "\n"
    assert content(html) == render.html(sent) + "\n"
    assert not text.defects
    assert not html.defects


@given(st.text(st.one_of(st.characters(), st.sampled_from(" =?_-@<>,;:\"'()[]éあ輸수规.\r\n")), max_size=150))
def test_any_title_survives_the_header(title: str) -> None:
    sent = message(replace(in_script("zh-Hant"), title=title))
    raw = compose(sent, TO, FROM).as_bytes()
    parsed = message_from_bytes(raw, policy=default)
    assert parsed.keys() == HEADERS
    assert parsed["Subject"] == render.subject(sent)
    other = message_from_bytes(raw)
    assert str(make_header(decode_header(other["Subject"]))) == render.subject(sent)


def test_long_addresses_stay_in_one_piece() -> None:
    sender, to = f"{'s' * 64}@{'c' * 60}.{'d' * 60}.example", f"{'t' * 64}@{'e' * 63}.{'f' * 63}.example"
    mail = message_from_bytes(compose(message(), to, sender).as_bytes(), policy=default)
    raw = compose(message(), to, sender).as_bytes().partition(b"\r\n\r\n")[0].decode("ascii")
    assert f"To: {to}\r\n" in raw
    assert f"Message-ID: <{KEY}@{sender.partition('@')[2]}>\r\n" in raw
    assert f"List-Unsubscribe: <mailto:{sender}?subject=unsubscribe%20hf>\r\n" in raw
    assert mail["From"].addresses[0].addr_spec == sender


def test_a_repeat_is_the_same_mail() -> None:
    with mail_server() as box:
        plain(box.port).send(message(attempt=1))
        time.sleep(0.01)
        plain(box.port).send(message(attempt=3))
    first, second = box.mails()
    for name in HEADERS[:-1]:
        assert first[name] == second[name]
    assert [part.as_bytes() for part in first.iter_parts()] == [part.as_bytes() for part in second.iter_parts()]


@pytest.mark.parametrize(
    ("code", "error"),
    [("450", Retryable), ("452", Retryable), ("421", Retryable), ("550", BadRecord), ("553", BadRecord)],
)
def test_a_refused_recipient(code: str, error: type[Exception]) -> None:
    reply = f"{code} not here \x1b[2J"
    with mail_server(Mailbox(recipient=lambda address: reply)) as box:
        with pytest.raises(error, match=f"refused the recipient: {code} not here") as caught:
            plain(box.port).send(message())
        assert "\x1b" not in str(caught.value)
        assert box.taken == []


@pytest.mark.parametrize(("code", "error"), [("451", Retryable), ("421", Retryable), ("554", BadRecord)])
def test_a_refused_message(code: str, error: type[Exception]) -> None:
    with (
        mail_server(Mailbox(content=lambda content: f"{code} 스팸")) as box,
        pytest.raises(error, match=f"refused the message: {code} 스팸"),
    ):
        plain(box.port).send(message())


@pytest.mark.parametrize("code", ["450", "550", "530"])
def test_a_refused_sender_is_for_the_operator_to_mend(code: str) -> None:
    with (
        mail_server(Mailbox(sender=lambda address: f"{code} not you")) as box,
        pytest.raises(Retryable, match=f"refused the sender of mail_from: {code} not you"),
    ):
        plain(box.port).send(message())


def test_every_alert_comes_through_though_a_third_is_refused() -> None:
    calls = iter(range(10_000))
    box = Mailbox(
        sender=lambda address: "421 too busy" if next(calls) % 3 == 1 else "",
        content=lambda content: "451 disk full" if next(calls) % 4 == 2 else "",
    )
    refused = 0
    with mail_server(box):
        channel = plain(box.port)
        for number in range(25):
            while True:
                try:
                    channel.send(replace(message(in_script("ko")), key=f"{number:032x}-0"))
                    break
                except Retryable:
                    refused += 1
    assert refused >= 8
    assert Counter(mail["Message-ID"] for mail in box.mails()) == {
        f"<{number:032x}-0@ministry.example>": 1 for number in range(25)
    }


def test_logged_in_after_encryption() -> None:
    box = Mailbox(login=(b"watch", PASSWORD.encode()))
    with mail_server(box, starttls=True):
        secure(box.port, "starttls", tls=trusting()).send(message())
        with pytest.raises(Retryable, match="refused smtp_username and smtp_password"):
            secure(box.port, "starttls", tls=trusting(), password="wrong").send(message())
    assert box.encrypted == [True]


def test_encrypted_from_the_first_byte() -> None:
    with mail_server(tls=True) as box:
        secure(box.port, "tls", tls=trusting(), login=False).send(message())
    assert box.encrypted == [True]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_is_not_trusted(security: str) -> None:
    box = Mailbox()
    with (
        mail_server(box, starttls=security == "starttls", tls=security == "tls"),
        pytest.raises(Retryable, match="certificate is not to be trusted: self-signed certificate"),
    ):
        secure(box.port, security, login=False).send(message())
    assert box.taken == []


def test_the_server_must_be_the_one_that_was_named() -> None:
    with mail_server(tls=True) as box:
        server = Server(host="127.0.0.1", port=box.port, security="tls", username="", password="")
        with pytest.raises(Retryable, match="certificate"):
            Mail(TO, FROM, server, CLOCK, tls=trusting()).send(message())
    assert box.taken == []


def test_without_encryption_nothing_is_sent_where_it_was_asked_for() -> None:
    with mail_server() as box, pytest.raises(Retryable, match="STARTTLS extension not supported"):
        secure(box.port, "starttls", tls=trusting()).send(message())
    assert box.taken == []


def test_what_was_said_before_encryption_does_not_count() -> None:
    # Whoever sits in the middle adds replies to the one that starts TLS.
    stripped = (
        b"220 go\r\n250-mail.example\r\n250 AUTH PLAIN\r\n235 welcome\r\n250 OK\r\n250 OK\r\n354 go\r\n250 OK\r\n"
    )
    with (
        speaking(GREETING, b"250-mail.example\r\n250 STARTTLS\r\n", stripped, hold=False) as (port, heard),
        pytest.raises(Retryable),
    ):
        secure(port, "starttls", tls=trusting()).send(message())
    assert not any(PASSWORD.encode() in piece or b"AUTH" in piece or b"MAIL" in piece for piece in heard)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Retryable, match="Connection refused"):
        plain(port).send(message())


def test_a_name_that_leads_nowhere() -> None:
    resolver, _ = names()
    server = Server(host="mail.example", port=25, security="none", username="", password="")
    with pytest.raises(Retryable, match=r"mail\.example:25: the name has no address"):
        Mail(TO, FROM, server, CLOCK, resolver=resolver).send(message())


@pytest.mark.parametrize(
    "script",
    [
        (b"",),
        (GREETING,),
        (GREETING, HELLO),
        (GREETING, HELLO, OK, OK, b"354 go\r\n"),
        (b"220-" + b"x" * 50,),
    ],
)
def test_a_server_that_hangs_costs_its_time_and_no_more(script: tuple[bytes, ...]) -> None:
    with speaking(*script) as (port, _):
        began = time.monotonic()
        with pytest.raises(Retryable, match=r"not done in 0\.4 s"):
            plain(port, seconds=0.4).send(message())
        assert time.monotonic() - began < 3


def drip(server: socket.socket, over: threading.Event) -> None:
    client, _ = server.accept()
    with client:
        while not over.wait(0.05):
            try:
                client.sendall(b"2")
            except OSError:
                return


@pytest.mark.parametrize("security", ["none", "tls"])
def test_a_server_that_drips_too(security: str) -> None:
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server, over))
        thread.start()
        resolver, _ = names("127.0.0.1")
        port = server.getsockname()[1]
        settings = Server(host="mail.example", port=port, security=security, username="", password="")
        began = time.monotonic()
        with pytest.raises(Retryable):
            Mail(TO, FROM, settings, CLOCK, seconds=0.4, tls=trusting(), resolver=resolver).send(message())
        assert time.monotonic() - began < 3
        over.set()
        thread.join()


def test_a_server_that_never_ends_its_reply() -> None:
    with speaking(b"220-more\r\n" * 200_000) as (port, _), pytest.raises(Retryable, match="bytes of replies"):
        plain(port).send(message())


def test_a_server_that_hangs_after_it_took_the_message_took_it() -> None:
    with speaking(GREETING, HELLO, OK, OK, b"354 go\r\n", OK) as (port, heard):
        began = time.monotonic()
        plain(port).send(message())
        assert time.monotonic() - began < 4
    assert any(KEY.encode() in piece for piece in heard)


@pytest.mark.parametrize(
    "said", [b"554 no\r\n", b"hello\r\n", b"220\xff\xfe\r\n550 x\r\n", b"-1 x\r\n", b"\r\n", b"421 x\r\n"]
)
def test_a_server_that_does_not_greet(said: bytes) -> None:
    with speaking(said, hold=False) as (port, _), pytest.raises(Retryable, match="mail server 127"):
        plain(port).send(message())


def test_a_server_that_greets_with_no_gets_no_message() -> None:
    with speaking(b"554 no\r\n", HELLO, OK, OK, b"354 go\r\n", OK) as (port, heard):
        with pytest.raises(Retryable, match="554 no"):
            plain(port).send(message())
        assert not any(heard)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mailto:", "not an address"),
        ("mailto:analyst", "not an address"),
        ("mailto:@example.org", "not an address"),
        ("mailto:a@", "not an address"),
        ("mailto:a@b@c.example", "not an address"),
        ("mailto:a b@example.org", "not an address"),
        ("mailto:a@example.org%0D%0ABcc:%20x@example.org", "not an address"),
        ("mailto:a%0A@example.org", "not an address"),
        ("mailto:a\r\nRCPT TO:<x@y>@example.org", "not an address"),
        ("mailto:%3D%3Futf-8%3Fq%3F%3D0A%3F%3D@example.org", "not an address"),
        ('mailto:"a b"@example.org', "not an address"),
        ("mailto:<a@example.org>", "not an address"),
        ("mailto:a@[127.0.0.1]", "not an address"),
        ("mailto:.a@example.org", "not an address"),
        ("mailto:a..b@example.org", "not an address"),
        ("mailto:a@-x.example", "not an address"),
        ("mailto:a@x..example", "not an address"),
        ("mailto:분석가@example.org", "not an address"),
        (f"mailto:{'a' * 65}@example.org", "not an address"),
        (f"mailto:a@{'b.' * 130}example", "not an address"),
        ("mailto:a@example.org?cc=b@example.org", "one address"),
        ("mailto:a@example.org,b@example.org", "one address"),
        ("mailto:a\x00@example.org", "not an address"),
    ],
)
def test_what_is_no_address_is_refused_at_once(url: str, reason: str) -> None:
    with pytest.raises(Misconfigured, match=reason) as caught:
        open_channel(url, settings(), CLOCK)
    assert not set(str(caught.value)) & set("\r\n\x00")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a@example.org", "a@example.org"),
        ("A.B+c_d@EXAMPLE.org", "A.B+c_d@example.org"),
        ("root@localhost", "root@localhost"),
        ("a@경제.example", "a@xn--289a223c.example"),
        ("a@経済.example", "a@xn--f5wp93a.example"),
        ("a@经济.example", "a@xn--3zw768a.example"),
        ("a@經濟.example", "a@xn--vjx550a.example"),
    ],
)
def test_addresses(given: str, kept: str) -> None:
    assert address(given, "here") == kept


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"smtp_host": ""}, "smtp_host"),
        ({"mail_from": ""}, "mail_from"),
        ({"mail_from": "x\r\nBcc: y"}, "mail_from"),
        ({"smtp_security": "ssl"}, "one of starttls, tls, none"),
        ({"smtp_username": "watch", "smtp_password": PASSWORD}, "use starttls or tls"),
        ({"smtp_username": "watch", "smtp_password": "비밀번호", "smtp_security": "tls"}, "only ASCII"),
        ({"public_url": "javascript:alert(1)"}, "public_url"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(given: dict[str, str], reason: str) -> None:
    with pytest.raises(Misconfigured, match=reason) as caught:
        open_channel(f"mailto:{TO}", settings(**given), CLOCK)
    assert PASSWORD not in str(caught.value)
    assert "비밀번호" not in str(caught.value)


def failing(channel: Mail, sent: Message) -> str:
    with pytest.raises(Retryable) as caught:
        channel.send(sent)
    return str(caught.value)


def test_the_password_is_never_logged(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    box = Mailbox(login=(b"watch", b"another"))
    with mail_server(box, starttls=True):
        said = failing(secure(box.port, "starttls", tls=trusting()), message())
    said += failing(secure(box.port, "starttls", tls=trusting()), message())
    out, err = capfd.readouterr()
    assert PASSWORD not in said + caplog.text + out + err
    assert PASSWORD not in repr(secure(1, "tls")._server)
