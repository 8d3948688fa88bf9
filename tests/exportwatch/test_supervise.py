"""supervise.py: when is everything worked off; children that end with their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from exportwatch.bus import DOCUMENTS, INDEXER, MATCHER, PROCESSOR, RELEASES, PartitionState
from exportwatch.supervise import lags


def state(topic: str, end: int, **committed: int | None) -> PartitionState:
    return PartitionState(topic=topic, partition=0, begin=0, end=end, committed=committed)


def test_lags_are_summed_by_role() -> None:
    states = [
        state(RELEASES, 10, **{PROCESSOR: None}),
        state(RELEASES, 5, **{PROCESSOR: 5}),
        state(DOCUMENTS, 7, **{INDEXER: 3, MATCHER: None}),
    ]
    assert lags(states) == {"process": 10, "index": 4, "match": 7}


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
    assert not alive(pid), os.kill(pid, signal.SIGKILL)
