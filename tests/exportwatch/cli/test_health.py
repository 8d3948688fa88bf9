"""cli/health.py: alive or not, as an exit code."""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exportwatch.alive import Pulse
from exportwatch.cli import main
from tests.servers.server import free_ports


def health(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--data", str(data), "health", *arguments])


def test_a_worker_is_alive_while_it_asks_for_the_time(tmp_path: Path) -> None:
    assert health(tmp_path, "process").exit_code == 1
    Pulse(tmp_path, "process").now()
    done = health(tmp_path, "process")
    assert (done.exit_code, done.output) == (0, "process: last sign of life 0 s ago\n")
    (sign,) = (tmp_path / "alive").iterdir()
    os.utime(sign, (0, 0))
    assert health(tmp_path, "process").exit_code == 1
    assert health(tmp_path, "index").exit_code == 1


class Page(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.mark.parametrize(("status", "code"), [(200, 0), (500, 1)])
def test_the_pages_are_alive_when_they_answer(tmp_path: Path, status: int, code: int) -> None:
    handler = type("Handler", (Page,), {"status": status})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        answering = threading.Thread(target=server.handle_request)
        answering.start()
        done = health(tmp_path, "web", "--port", str(server.server_port))
        answering.join()
    assert (done.exit_code, done.output) == (code, f"web: answers {status}\n")


def test_pages_that_do_not_answer_are_not_alive(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    assert health(tmp_path, "web", "--port", str(port)).exit_code == 1
