"""supervise.py: when is everything worked off; children that end with their parent."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exportwatch import locks
from exportwatch.bus import DOCUMENTS, INDEXER, MATCHER, PROCESSOR, RELEASES, PartitionState
from exportwatch.clock import SystemClock
from exportwatch.errors import Misconfigured
from exportwatch.settings import load
from exportwatch.supervise import BackOff, Child, Supervisor, lags
from tests.e2e.pairs import until


def state(topic: str, end: int, **committed: int | None) -> PartitionState:
    return PartitionState(topic=topic, partition=0, begin=0, end=end, committed=committed)


def test_lags_are_summed_by_role() -> None:
    states = [
        state(RELEASES, 10, **{PROCESSOR: None}),
        state(RELEASES, 5, **{PROCESSOR: 5}),
        state(DOCUMENTS, 7, **{INDEXER: 3, MATCHER: None}),
    ]
    assert lags(states) == {"process": 10, "index": 4, "match": 7}


def test_a_group_that_has_passed_the_end_that_was_read_has_no_lag() -> None:
    states = [state(RELEASES, 100, **{PROCESSOR: 110}), state(RELEASES, 100, **{PROCESSOR: 90})]
    assert lags(states)["process"] == 10


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_child_ends_when_its_parent_is_killed() -> None:
    child = (
        "import time; from exportwatch.supervise import end_with_parent; end_with_parent();"
        "print('ready', flush=True); time.sleep(60)"
    )
    parent = (
        "import subprocess, sys, time;"
        f"p = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=subprocess.PIPE, start_new_session=True);"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    lines = sorted([process.stdout.readline().strip(), process.stdout.readline().strip()])
    pid = int(lines[0])
    assert lines[1] == "ready"
    assert alive(pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    if alive(pid):
        os.kill(pid, signal.SIGKILL)
        pytest.fail("the child has outlived its parent")


def test_pauses_grow_to_a_minute_and_start_again_after_a_minute_of_health() -> None:
    back_off = BackOff()
    assert [back_off.after(0.5) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert back_off.after(59.9) == 60
    assert [back_off.after(60), back_off.after(0.5)] == [1, 2]


def test_lines_of_a_child_come_whole_in_order_and_bounded(tmp_path: Path) -> None:
    lines: list[tuple[str, str, bool]] = []
    settings = load({"data": str(tmp_path)}, {})
    child = Child("classify", settings, [str(tmp_path / "none")], output=lambda *line: lines.append(line))
    until("it has ended", lambda: child.ended() is not None)
    child.close()
    assert child.ended() == 2
    ((role, line, error),) = lines
    assert (role, error) == ("classify", True)
    assert line.startswith("exportwatch: ")


class Asked:
    """Stops the supervisor once it has said something, or after too long."""

    def __init__(self, caplog: pytest.LogCaptureFixture, text: str) -> None:
        self._caplog = caplog
        self._text = text
        self._deadline = time.monotonic() + 60

    def __call__(self) -> bool:
        assert time.monotonic() < self._deadline, self._caplog.text
        return self._text in self._caplog.text


def supervise(tmp_path: Path, role: str, *arguments: str) -> Supervisor:
    settings = load({"data": str(tmp_path)}, {})
    return Supervisor({role: arguments}, settings, SystemClock(), lambda *line: None, embedded=True)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(logging.getLogger("exportwatch"), "propagate", True)
    caplog.set_level(logging.INFO, "exportwatch")
    return caplog


def test_whatever_ends_by_itself_is_started_again(tmp_path: Path, said: pytest.LogCaptureFixture) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text("no JSON\n")
    supervise(tmp_path, "import", str(bad)).run(Asked(said, "again in 2 s"))
    assert "import ended with exit code 1; again in 1 s" in said.text


def test_a_mistake_is_not_repeated(tmp_path: Path, said: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Misconfigured, match="no role is left"):
        supervise(tmp_path, "import", "--nonsense").run(Asked(said, "again"))
    assert said.text.count("started, process") == 1


def test_exit_2_for_a_lock_that_somebody_was_quicker_to_take_is_no_mistake(
    tmp_path: Path, said: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with locks.held(tmp_path, "process"):
        holders = iter(["", "process 1", ""])
        monkeypatch.setattr(Supervisor, "_holder", lambda self, role: next(holders))
        supervise(tmp_path, "process").run(lambda: said.text.count("started, process") == 2)
    assert "not started again" not in said.text
