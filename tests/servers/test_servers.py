"""The servers themselves: stopped, killed, frozen and started again on the same data and port; no orphan is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.servers import elasticsearch, kafka
from tests.servers.server import Owned, Server

GUARD = Path(__file__).with_name("guard.py")


def put(address: str, path: str) -> int:
    request = urllib.request.Request(f"{address}{path}", data=b"", method="PUT")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return int(answer.status)


@pytest.mark.servers
def test_elasticsearch_comes_back_with_its_data_after_a_kill(elasticsearch_server: Server, namespace: str) -> None:
    if not elasticsearch_server.controlled:
        pytest.skip("the server named by TEST_ELASTICSEARCH is not ours to kill")
    assert put(elasticsearch_server.address, f"/{namespace}") == 200
    elasticsearch_server.stop(kill=True)
    assert not elasticsearch.ready(elasticsearch_server.address)
    elasticsearch_server.start()
    with urllib.request.urlopen(f"{elasticsearch_server.address}/{namespace}", timeout=30) as answer:
        assert answer.status == 200


@pytest.mark.servers
def test_kafka_stops_pauses_and_comes_back_on_the_same_port(kafka_server: Server) -> None:
    if not kafka_server.controlled:
        pytest.skip("the server named by TEST_KAFKA is not ours to stop")
    kafka_server.pause()
    assert not kafka.ready(kafka_server.address)
    kafka_server.resume()
    kafka_server.wait()
    kafka_server.stop()
    assert not kafka.ready(kafka_server.address)
    kafka_server.start()
    assert kafka.ready(kafka_server.address)


def test_a_child_ends_with_its_starter_even_by_sigkill(tmp_path: Path) -> None:
    leftover = tmp_path / "leftover"
    leftover.mkdir()
    starter = f"""
import pathlib, sys, time
sys.path.insert(0, {str(GUARD.parent.parent.parent)!r})
from tests.servers.server import Owned
server = Owned("nowhere", lambda address: True, pathlib.Path({str(leftover)!r}), ["sleep", "600"])
server.start()
print(server._pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE) as process:
        assert process.stdout
        child = int(process.stdout.readline())
        assert alive(child)
        process.kill()
    wait_for_end(child)
    deadline = time.monotonic() + 10
    while leftover.exists():
        assert time.monotonic() < deadline, "the data of a dead run is left behind"
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's signal at the guard's death exists on Linux only")
def test_a_child_ends_with_its_guard(tmp_path: Path) -> None:
    server = Owned("nowhere", lambda address: True, tmp_path, ["sleep", "600"])
    server.start()
    assert server._guard
    os.kill(server._guard.pid, signal.SIGKILL)
    wait_for_end(server._pid)
    server.close()


def test_a_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    server = Owned("nowhere", lambda address: False, tmp_path, ["sh", "-c", "echo no such jar; exit 3"])
    with pytest.raises(TimeoutError, match="no such jar"):
        server.start()
    server.close()


def wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + 10
    while alive(pid):
        assert time.monotonic() < deadline, f"process {pid} outlived its starter"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
