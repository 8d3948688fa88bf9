"""A server that tests can stop, kill, freeze and start again on the same data and port."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")
READY_SECONDS = 120
STOP_SECONDS = 60


class Server:
    """A server somewhere else, named by the environment: it can be used but not controlled."""

    controlled = False

    def __init__(self, address: str, ready: Callable[[str], bool]) -> None:
        self.address = address
        """`host:port` of Kafka, `http://host:port` of Elasticsearch."""
        self._ready = ready

    def start(self) -> None:
        """Start (again) and return when it answers."""
        self.wait()

    def stop(self, *, kill: bool = False) -> None:
        """Return when it has ended: by SIGTERM, or at once by SIGKILL."""
        raise NotImplementedError(f"the server at {self.address} is not ours to stop")

    def pause(self) -> None:
        """Freeze it: connections stay open, nothing is answered."""
        raise NotImplementedError(f"the server at {self.address} is not ours to pause")

    def resume(self) -> None:
        raise NotImplementedError(f"the server at {self.address} is not ours to resume")

    def close(self) -> None:
        """Stop for good and remove its data."""

    def wait(self) -> None:
        """Return when the server answers; raises TimeoutError with the end of its log."""
        deadline = time.monotonic() + READY_SECONDS
        while not self._ready(self.address):
            if time.monotonic() > deadline or not self._alive():
                raise TimeoutError(f"the server at {self.address} did not start: {self._log_tail()}")
            time.sleep(0.1)

    def _alive(self) -> bool:
        return True

    def _log_tail(self) -> str:
        return ""


class Owned(Server):
    """A child process behind a guard (see guard.py)."""

    controlled = True

    def __init__(self, address: str, ready: Callable[[str], bool], folder: Path, command: list[str]) -> None:
        super().__init__(address, ready)
        self._folder = folder
        self._command = command
        self._orphan = ["rm", "-rf", str(folder)]
        self._guard: subprocess.Popen[bytes] | None = None
        self._pid = 0

    def start(self) -> None:
        log = str(self._folder / "server.log")
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD), log, json.dumps(self._orphan), "--", *self._command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in a terminal is ours to handle
        )
        assert self._guard.stdout
        self._pid = int(self._guard.stdout.readline())
        self.wait()

    def stop(self, *, kill: bool = False) -> None:
        if not self._guard:
            return
        self._signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            self._guard.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._guard.wait()
        for pipe in (self._guard.stdin, self._guard.stdout):
            assert pipe
            pipe.close()
        self._guard = None

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        self.stop(kill=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, number)

    def _alive(self) -> bool:
        return self._guard is not None and self._guard.poll() is None

    def _log_tail(self) -> str:
        return (self._folder / "server.log").read_text(errors="replace")[-2000:]


class Container(Owned):
    """A container of an official image; the guard's child is the attached `docker start`."""

    def __init__(
        self, address: str, ready: Callable[[str], bool], folder: Path, image: str, options: list[str]
    ) -> None:
        self._name = folder.name
        super().__init__(address, ready, folder, ["docker", "start", "--attach", self._name])
        self._orphan = ["docker", "rm", "--force", "--volumes", self._name]
        _docker("create", "--name", self._name, *options, image)

    def pause(self) -> None:
        _docker("pause", self._name)

    def resume(self) -> None:
        _docker("unpause", self._name)

    def close(self) -> None:
        _docker("rm", "--force", "--volumes", self._name)
        super().close()

    def _signal(self, number: int) -> None:
        _docker("kill", "--signal", signal.Signals(number).name, self._name, check=False)


def docker_answers() -> bool:
    """Whether a Docker engine can be used."""
    if not shutil.which("docker"):
        return False
    with contextlib.suppress(subprocess.TimeoutExpired):
        return subprocess.run(["docker", "version"], capture_output=True, timeout=10).returncode == 0
    return False


def _docker(*arguments: str, check: bool = True) -> None:
    subprocess.run(["docker", *arguments], check=check, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


def new_folder() -> Path:
    """A folder for one server's data and log."""
    return Path(tempfile.mkdtemp(prefix="test-server-"))


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 nobody listens on, below the range of outgoing connections.

    A client that tries again on a port within that range can, by chance, connect to itself while the server is down.
    """
    ports: list[int] = []
    while len(ports) < count:
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        ports.append(port)
    return ports
