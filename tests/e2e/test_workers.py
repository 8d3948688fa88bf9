"""Workers among themselves and with servers that go away: shared partitions, take-over, outages, orderly ends."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.e2e import documents
from tests.e2e.check import check
from tests.e2e.groups import members
from tests.e2e.outage import Outage, one_line
from tests.e2e.pairs import ROLES, Pair, Progress, cluster, embedded, until
from tests.servers.server import Server, free_ports

OUTAGE_SECONDS = 10
TAKEN_OVER_SECONDS = 25
"""A killed member is missed after its session of 10 s; the rest is for a slow machine."""


def _import(pair: Pair, count: int) -> set[str]:
    lines = documents.repeated(count)
    pair.ok("import", documents.write(pair.folder / "flow.jsonl", lines))
    return {line["id"] for line in lines}


def _in_the_middle(progress: Progress, role: str) -> bool:
    done, left = progress.role(role)
    return bool(done and left)


@pytest.mark.servers
def test_two_workers_share_partitions_and_one_takes_over_from_the_other(
    cluster_pair: Pair, kafka_server: Server
) -> None:
    cluster_pair.environment = {"EXPORTWATCH_BATCH": "10"}
    group = f"{cluster_pair.options['namespace']}.processor"

    def held() -> dict[str, int]:
        return members(kafka_server.address, group)

    first, second, index = (cluster_pair.start(role) for role in ("process", "process", "index"))
    until("both hold half", lambda: sorted(held().values()) == [6, 6], every=0.2)
    progress = Progress(cluster_pair)
    ids = _import(cluster_pair, 300)
    until("process is in the middle", lambda: _in_the_middle(progress, "process"))
    first.kill()
    killed = time.monotonic()
    until("the other holds all", lambda: list(held().values()) == [12], seconds=TAKEN_OVER_SECONDS, every=0.2)
    print(f"taken over after {time.monotonic() - killed:.1f} s")
    until("all is done", lambda: progress.idle(len(ids)))
    progress.close()
    assert [second.stop(), index.stop()] == [0, 0]
    verdict = check(cluster_pair.options, ids)
    assert not verdict.problems, verdict


@pytest.mark.servers
@pytest.mark.parametrize(("name", "how"), [("kafka", "kill"), ("elasticsearch", "stop")])
def test_workers_wait_for_a_server_and_lose_nothing(
    cluster_pair: Pair, kafka_server: Server, elasticsearch_server: Server, name: str, how: str
) -> None:
    server = {"kafka": kafka_server, "elasticsearch": elasticsearch_server}[name]
    if not server.controlled:
        pytest.skip("the server is not ours to stop")
    cluster_pair.environment = {"EXPORTWATCH_BATCH": "10"}
    verdict = Outage(cluster_pair, name, server, documents.repeated(300)).run(OUTAGE_SECONDS, how)
    assert not verdict.problems, verdict
    assert verdict.documents == 300


def test_sigterm_finishes_the_batch_and_commits_it(pair: Pair) -> None:
    pair.environment = {"EXPORTWATCH_BATCH": "10"}
    ids = _import(pair, 300)
    progress = Progress(pair)
    for role in ROLES:
        worker = pair.start(role)
        until(f"{role} is in the middle", lambda r=role: _in_the_middle(progress, r))  # type: ignore[misc]
        assert worker.stop() == 0, worker.said
        assert "Traceback" not in worker.said
        assert progress.role(role)[1], "the worker was done before it could be interrupted"
        if role == "process":
            assert sum(progress.role("index")) == progress.done("process"), "sent, but not committed"
            again = pair.start(role)
            until("process is done", lambda: progress.done("process") == len(ids))
            assert again.stop() == 0
            assert sum(progress.role("index")) == len(ids), "sent twice without need"
    pair.ok("index", "--once")
    progress.close()
    verdict = check(pair.options, ids)
    assert not verdict.problems, verdict


def test_a_second_worker_on_the_same_data_names_the_holder(tmp_path: Path) -> None:
    role = "process"
    with embedded(tmp_path) as pair:
        holder = pair.start(role)
        until("the first has started", lambda: "started" in holder.said)
        done = pair.run(role)
        assert done.code == 2, done
        one_line(done)
        assert str(holder.process.pid) in done.errors
        holder.kill()
        assert pair.run(role, "--once").code == 0, "a killed holder still holds"


def test_workers_started_without_their_servers_wait_until_told_to_stop(tmp_path: Path) -> None:
    kafka, elasticsearch = free_ports(2)
    absent = {"kafka": f"127.0.0.1:{kafka}", "elasticsearch": f"http://127.0.0.1:{elasticsearch}"}
    with cluster(tmp_path, "nowhere", **absent) as pair:
        workers = [pair.start(role) for role in ROLES]
        until("all say that they wait", lambda: all("waiting" in worker.said for worker in workers), seconds=30)
        assert all(worker.alive for worker in workers)
        assert pair.stop(workers) == [0, 0]
        assert not any("Traceback" in worker.said for worker in workers)
