"""`exportwatch run` with real processes: the killed comes back, the stopped does not, nothing outlives it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exportwatch import locks
from exportwatch.bus import RELEASES
from exportwatch.settings import load
from exportwatch.wiring import Wiring
from tests.e2e import documents
from tests.e2e.outage import one_line
from tests.e2e.pairs import Pair, Running, embedded, until

WORKERS = ("--only", "process", "--only", "index")


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Pair]:
    """What is left of a run's children after a failed test ends with it: their pipe closes."""
    with embedded(tmp_path) as pair:
        yield pair


def pids(run: Running, role: str) -> list[int]:
    """The processes of a role, in the order of their starts."""
    return [int(pid) for pid in re.findall(rf"{role} started, process (\d+)", run.said)]


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def up(run: Running, *roles: str) -> None:
    for role in roles:
        until(f"{role} works", lambda r=role: f"INFO {r}: started" in run.said)  # type: ignore[misc]


def broken_source(pair: Pair) -> None:
    """Makes `collect` end with exit code 2 before it asks anybody anything."""
    folder = pair.data / "config" / "sources"
    folder.mkdir(parents=True)
    (folder / "jp-meti.toml").write_text("nonsense = true\n")


def test_a_killed_child_is_started_again_and_goes_on(fresh: Pair) -> None:
    run = fresh.start("run", *WORKERS)
    up(run, "process", "index")
    (first,) = pids(run, "process")
    os.kill(first, signal.SIGKILL)
    killed = time.monotonic()
    until("it is started again", lambda: len(pids(run, "process")) == 2, seconds=10)
    assert "process was killed by SIGKILL; again in 1 s" in run.said
    print(f"started again after {time.monotonic() - killed:.1f} s")
    fresh.ok("import", documents.CORPUS, "--wait")
    assert len(fresh.ids("*")) == len(documents.corpus())
    assert run.stop() == 0
    assert len(pids(run, "index")) == 1, "the other was not touched"


def test_a_second_run_on_the_same_data_names_the_holder(fresh: Pair) -> None:
    run = fresh.start("run", "--only", "index")
    up(run, "index")
    done = fresh.run("run")
    assert done.code == 2, done
    one_line(done)
    assert str(run.process.pid) in done.errors
    assert str(fresh.data) in done.errors
    assert run.stop() == 0
    assert locks.free(fresh.data, "run")


def test_sigterm_ends_everything_within_ten_seconds(fresh: Pair) -> None:
    run = fresh.start("run", "--without", "collect", "--port", "0")
    up(run, "process", "index", "match", "deliver", "clock")
    children = [int(pid) for pid in re.findall(r"started, process (\d+)", run.said)]
    assert len(children) >= 5
    asked = time.monotonic()
    assert run.stop() == 0
    assert time.monotonic() - asked < 10
    assert [pid for pid in children if alive(pid)] == []
    assert "Traceback" not in run.said
    assert all(f"INFO {role}: stopped" in run.said for role in ("process", "index", "match", "deliver", "clock"))


def test_a_child_that_does_not_end_is_killed_in_time(fresh: Pair) -> None:
    run = fresh.start("run", *WORKERS)
    up(run, "process", "index")
    (stuck,) = pids(run, "process")
    os.kill(stuck, signal.SIGSTOP)
    asked = time.monotonic()
    assert run.stop() == 0
    assert time.monotonic() - asked < 10
    assert not alive(stuck)
    assert "process has not ended in time and is killed" in run.said


def test_no_child_outlives_a_killed_supervisor(fresh: Pair) -> None:
    run = fresh.start("run", *WORKERS)
    up(run, "process", "index")
    children = pids(run, "process") + pids(run, "index")
    run.kill()
    until("the children have ended", lambda: not any(map(alive, children)), seconds=10)
    with locks.held(fresh.data, "run"), locks.held(fresh.data, "process"):
        pass


def test_what_a_person_must_mend_is_not_started_again_while_the_others_go_on(fresh: Pair) -> None:
    broken_source(fresh)
    run = fresh.start("run", *WORKERS, "--only", "collect")
    until("collect is given up", lambda: "collect ended and is not started again" in run.said)
    said = re.compile(r"^collect +\| exportwatch: .*jp-meti\.toml:\d+: unknown key nonsense", re.MULTILINE)
    until("it says what is wrong", lambda: said.search(run.said), seconds=10)
    fresh.ok("import", documents.CORPUS, "--wait")
    time.sleep(1.5)  # longer than the first pause of what is started again
    assert len(pids(run, "collect")) == 1
    assert len(pids(run, "process")) == len(pids(run, "index")) == 1
    assert run.alive
    assert run.stop() == 0


def test_the_brake_is_not_released_by_a_restart(fresh: Pair) -> None:
    with_bad_records(fresh, 60)
    run = fresh.start("run", *WORKERS)
    until("process is given up", lambda: "process ended and is not started again" in run.said)
    assert "brake: 50 records in a row from 3 publishers were rejected" in run.said
    time.sleep(1.5)  # longer than the first pause of what is started again
    assert len(pids(run, "process")) == 1
    assert run.alive
    assert run.stop() == 0
    alone = fresh.run("process")
    assert alone.code == 1, "to people the brake is exit code 1"
    assert fresh.run("--when-stopped", "exit-3", "process").code == 3


def test_a_worker_that_holds_at_the_brake_waits_to_be_told(fresh: Pair) -> None:
    with_bad_records(fresh, 60)
    worker = fresh.start("--when-stopped", "hold", "process")
    until("it holds", lambda: "Held until told to end" in worker.said)
    assert worker.alive
    assert locks.free(fresh.data, "process"), "it works no more"
    assert worker.stop() == 1
    assert "Traceback" not in worker.said


def with_bad_records(pair: Pair, count: int) -> None:
    """Records in the log that no version of `process` can read, of three publishers in turn."""
    wiring = Wiring(load(pair.options, {}))
    operator = wiring.bus.operator()
    operator.ensure_topics()
    producer = wiring.bus.producer()
    for number in range(count):
        key = f"{'abc'[number % 3]}:{number}"
        producer.send(RELEASES, f"{key}@1", b"not JSON \x1b[31m", partition_by=key)
    producer.flush()
    producer.close()
    operator.close()
    wiring.close()


def test_a_run_without_anything_left_to_run_ends(fresh: Pair) -> None:
    broken_source(fresh)
    done = fresh.run("run", "--only", "collect", seconds=60)
    assert done.code == 2, done
    assert done.errors.splitlines()[-1] == "exportwatch: no role is left that could be started again (see above)"


def test_every_line_stands_under_the_name_of_its_role(fresh: Pair) -> None:
    with_bad_records(fresh, 4)
    run = fresh.start("run", *WORKERS)
    up(run, "process", "index")
    until("the letters are said", lambda: run.said.count("dead letter") == 4)
    assert run.stop() == 0
    lines = run.said.splitlines()
    assert {line.partition("|")[0].strip() for line in lines} == {"run", "process", "index"}
    assert {line.index("|") for line in lines} == {8}
    assert "\x1b" not in run.said


def test_a_role_that_an_import_runs_is_waited_for(fresh: Pair) -> None:
    with locks.held(fresh.data, "process"):
        run = fresh.start("run", *WORKERS)
        up(run, "index")
        until("it waits", lambda: f"process waits: its lock is held by process {os.getpid()}" in run.said)
        assert pids(run, "process") == []
    up(run, "process")
    assert run.stop() == 0


def test_the_demo_is_watched_without_the_catalogue(fresh: Pair) -> None:
    run = fresh.start("run", "--demo", *WORKERS, "--only", "collect")
    until("all bundled sources are collected", lambda: len(re.findall(r"INFO demo-\w+: collected", run.said)) == 5)
    until("one is found", lambda: fresh.ids("フッ化水素"))
    assert "meti" not in run.said
    assert run.stop() == 0
    assert list((fresh.data / "config" / "sources").iterdir()) == [], "what the demo wrote is taken away"


def test_the_demo_does_not_touch_sources_of_ones_own(fresh: Pair) -> None:
    broken_source(fresh)
    done = fresh.run("run", "--demo")
    assert done.code == 2
    one_line(done)
    assert (fresh.data / "config" / "sources" / "jp-meti.toml").read_text() == "nonsense = true\n"


@pytest.mark.servers
def test_on_kafka_it_is_one_more_member(cluster_pair: Pair) -> None:
    other = cluster_pair.start("process")
    until("the other works", lambda: "started" in other.said)
    run = cluster_pair.start("run", *WORKERS)
    up(run, "process", "index")
    assert "waits" not in run.said
    cluster_pair.ok("import", documents.CORPUS, "--wait")
    assert len(cluster_pair.ids("*")) == len(documents.corpus())
    assert [run.stop(), other.stop()] == [0, 0]


def cut(pair: Pair, topic: str, begin: int) -> None:
    """Take away the records of a topic before an offset, as retention does."""
    with contextlib.closing(sqlite3.connect(pair.data / "bus.db")) as connection, connection:
        connection.execute(f'DELETE FROM "exportwatch.{topic}" WHERE offset < ?', (begin,))
        connection.execute("UPDATE topics SET begins = ? WHERE name = ?", (begin, f"exportwatch.{topic}"))


def test_records_gone_from_the_log_stop_the_worker_until_a_replay_has_brought_them_back(fresh: Pair) -> None:
    fresh.ok("import", documents.CORPUS)
    fresh.ok("process", "--once")
    one = dict(documents.corpus()[0], id="a:1", url="https://example.org/a/1")
    fresh.ok("index", "--once")
    fresh.ok("import", documents.write(fresh.folder / "one.jsonl", [one]))
    fresh.ok("process", "--once")
    cut(fresh, "documents", len(documents.corpus()) + 1)
    run = fresh.start("run", "--only", "index", "--only", "process")
    until("index is given up", lambda: "index ended and is not started again" in run.said)
    assert "1 records are gone. Bring them back with `exportwatch replay`" in run.said
    assert "a:1" not in fresh.ids("*")
    done = fresh.ok("replay", "--wait")
    assert "group indexer goes on without 1 records that are gone from the log" in done.errors
    assert "a:1" in fresh.ids("*")
    assert run.stop() == 0
