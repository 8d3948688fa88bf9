"""The real server in a process of its own: its locks, ports and end, and what only a real server does with requests."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from exportwatch.errors import Misconfigured
from exportwatch.web import links
from exportwatch.web.serve import listen, shown
from tests.e2e.pairs import CLEAN
from tests.exportwatch.web import kit


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "exportwatch", "--data", str(folder), "web", *arguments]


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server on a free port, once it says that it serves; killed in the end if it is still there."""
    process = subprocess.Popen(command(folder, "--port", "0"), env=CLEAN, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        said = re.search(r"serving http://127\.0\.0\.1:(\d+)/\n", process.stderr.readline())
        assert said
        yield process, int(said[1])
    finally:
        process.kill()
        process.communicate()


def ask(port: int, request: bytes) -> bytes:
    """Everything the server answers to these bytes on a connection that it is told to close."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        answer = b""
        with suppress(ConnectionResetError):
            while part := connection.recv(65536):
                answer += part
    return answer


def get(port: int, path: str, method: str = "GET", host: str = "127.0.0.1") -> bytes:
    return ask(port, f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path) as (process, port):
        # A reader that never finishes its request does not keep it.
        with socket.create_connection(("127.0.0.1", port), timeout=20) as open_connection:
            open_connection.sendall(b"GET / HTTP/1.1\r\n")
            began = time.monotonic()
            process.send_signal(number)
            assert process.wait(10) == 0
        assert time.monotonic() - began < 8
        assert process.stderr
        assert "web: stopped" in process.stderr.read()


def test_a_second_one_on_the_same_data_names_the_first(tmp_path: Path) -> None:
    with running(tmp_path) as (process, _):
        done = subprocess.run(command(tmp_path, "--port", "0"), env=CLEAN, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert str(process.pid) in done.stderr


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(command(tmp_path, "--port", port), env=CLEAN, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"--port {port}" in done.stderr


@pytest.mark.parametrize("host", ["a" * 300, "203.0.113.1", "::ffff"])
def test_a_host_that_is_not_here_is_said(host: str) -> None:
    with pytest.raises(Misconfigured, match="--host"):
        listen(host, 0)


def test_answers_do_not_wait_for_acknowledgements() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_hosts_as_urls_write_them() -> None:
    assert [shown(host) for host in ("127.0.0.1", "::1", "watch.example")] == ["127.0.0.1", "[::1]", "watch.example"]


def test_requests_of_every_kind(tmp_path: Path) -> None:
    id = "import:a/b raw/%2F.json"
    with kit.wired(tmp_path) as wiring:
        kit.publish(wiring, [{"id": id, "title": "数据", "text": "출력 words"}])
    with running(tmp_path) as (_, port):
        assert b"\r\n\r\n" in get(port, "/")
        assert "출력 words".encode() in get(port, links.document(id))
        assert get(port, links.raw(id)).endswith("출력 words".encode())
        head = get(port, "/search.json", "HEAD")
        assert head.startswith(b"HTTP/1.1 200")
        assert head.endswith(b"\r\n\r\n")
        assert b"server:" not in head.lower()
        assert get(port, "/", host="evil.example").startswith(b"HTTP/1.1 421")
        assert get(port, "/", "POST").startswith(b"HTTP/1.1 405")
        assert ask(port, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 421")
        for wrong in (b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n"):
            assert ask(port, wrong)[:10] in (b"HTTP/1.1 4", b"")
        assert get(port, "/healthz").startswith(b"HTTP/1.1 200")
