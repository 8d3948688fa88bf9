"""The commands and environment of docker-compose.yml, run as they are against a real Kafka and Elasticsearch.

Only what a container brings is put in their place: names of hosts, the data folder, and whatever lies beyond loopback.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from exportwatch.cli.running import bundled_sources
from exportwatch.demo import server as demo_server
from exportwatch.demo.sources import RELEASES
from exportwatch.supervise import ROLES
from tests.compose import environment, read
from tests.e2e import documents
from tests.e2e.pairs import CLEAN, Done, Running, until
from tests.servers.server import Server, free_ports

ONCE = ("collect", "process", "index", "match", "deliver")


class Stack:
    """The services of the file, each as a process of its own."""

    def __init__(self, folder: Path, replacements: dict[str, str], extra: dict[str, str]) -> None:
        self._folder = folder
        self._replacements = replacements
        self._extra = extra
        self._running: list[Running] = []

    def environment(self, service: str) -> dict[str, str]:
        """As in the file, with names of hosts and the data folder replaced."""
        found = environment(service)
        for name, value in found.items():
            for old, new in self._replacements.items():
                value = value.replace(old, new)
            found[name] = value
        return found | self._extra

    def command(self, service: str, *more: str) -> list[str]:
        """The command of the service; `more` follows it (for `cli`, which is made for that: instead of it)."""
        given = [] if service == "cli" else [*map(str, read()["services"][service]["command"])]
        replaced = ["127.0.0.1" if part == "0.0.0.0" else part for part in given]
        return [sys.executable, "-m", "exportwatch", *replaced, *more]

    def run(self, service: str, *more: str) -> Done:
        environment = {**CLEAN, **self.environment(service)}
        done = subprocess.run(
            self.command(service, *more), capture_output=True, text=True, env=environment, timeout=300
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, service: str, *more: str) -> Running:
        log = self._folder / f"{service}.log"
        self._running.append(Running(self.command(service, *more), log, self.environment(service)))
        return self._running[-1]

    def close(self) -> None:
        for running in self._running:
            if running.alive:
                running.kill()


@pytest.fixture
def stack(kafka_server: Server, elasticsearch_server: Server, namespace: str, tmp_path: Path) -> Iterator[Stack]:
    replacements = {
        "kafka:9092": kafka_server.address,
        "http://elasticsearch:9200": elasticsearch_server.address,
        "/data": str(tmp_path / "data"),
    }
    with demo_server.serve() as serving, bundled_sources(tmp_path / "data", serving.url):
        extra = {"EXPORTWATCH_NAMESPACE": namespace, "EXPORTWATCH_PRIVATE_ADDRESSES": serving.address}
        made = Stack(tmp_path, replacements, extra)
        yield made
        made.close()


def ok(done: Done) -> Done:
    assert done.code == 0, done
    return done


@pytest.mark.servers
def test_every_role_does_its_work_and_ends(stack: Stack) -> None:
    assert set(ONCE) | {"clock", "web"} == set(ROLES)
    ok(stack.run("cli", "import", str(documents.CORPUS)))
    for role in ONCE:
        ok(stack.run(role, "--once"))
    found = ok(stack.run("cli", "search", "--json", "--limit", "1000", "*")).objects
    assert len({hit["id"] for hit in found}) == len(documents.corpus()) + RELEASES
    rows = ok(stack.run("cli", "topics", "--json")).objects
    lags = {group["lag"] for row in rows for group in row["groups"].values()}
    assert lags == {0}


@pytest.mark.servers
def test_a_service_says_that_it_is_well_until_it_is_stopped(stack: Stack) -> None:
    roles = [role for role in ROLES if role not in ("collect", "web")]
    assert {role: stack.run("cli", "health", role).code for role in roles} == dict.fromkeys(roles, 1)
    workers = {role: stack.start(role) for role in roles}
    for role, worker in workers.items():
        until(f"{role} has started", lambda r=role, w=worker: f"{r}: started" in w.said)  # type: ignore[misc]
        ok(stack.run("cli", *read()["services"][role]["healthcheck"]["test"][2:]))
    for worker in workers.values():
        assert worker.stop() == 0, worker.said


@pytest.mark.servers
def test_the_pages_answer_under_the_published_name(stack: Stack) -> None:
    (port,) = map(str, free_ports(1))
    assert stack.run("cli", "health", "web", "--port", port).code == 1
    pages = stack.start("web", "--port", port)
    until("it serves", lambda: "web: serving" in pages.said)
    ok(stack.run("cli", "health", "web", "--port", port))
    assert pages.stop() == 0, pages.said
