"""locks.py: one holder, named to the second; freed when the holder dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from exportwatch import locks


def test_the_second_is_refused_and_told_the_holder(tmp_path: Path) -> None:
    with locks.held(tmp_path, "process"), pytest.raises(locks.Held, match=f"process {os.getpid()}"):
        locks.acquire(tmp_path, "process")
    assert locks.free(tmp_path, "process")


def test_the_holder_can_be_asked_for(tmp_path: Path) -> None:
    with locks.held(tmp_path, "process"):
        assert locks.holder(tmp_path, "process") == f"process {os.getpid()}"
    assert locks.holder(tmp_path, "process") == ""


def test_roles_do_not_exclude_each_other(tmp_path: Path) -> None:
    with locks.held(tmp_path, "process"), locks.held(tmp_path, "index"):
        assert not locks.free(tmp_path, "index")


def test_a_look_at_a_lock_disturbs_nobody_who_takes_it(tmp_path: Path) -> None:
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            locks.free(tmp_path, "process")

    watchers = [threading.Thread(target=look) for _ in range(2)]
    for watcher in watchers:
        watcher.start()
    try:
        for _ in range(200):
            with locks.held(tmp_path, "process"):
                pass
    finally:
        done.set()
        for watcher in watchers:
            watcher.join()


def test_a_killed_holder_frees_its_lock(tmp_path: Path) -> None:
    code = (
        "import time; from pathlib import Path; from exportwatch import locks;"
        f"lock = locks.acquire(Path({str(tmp_path)!r}), 'x'); print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    assert not locks.free(tmp_path, "x")
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    assert locks.free(tmp_path, "x")


def test_members_take_the_lowest_free_number(tmp_path: Path) -> None:
    first, first_lock = locks.number(tmp_path, "process")
    second, second_lock = locks.number(tmp_path, "process")
    assert (first, second) == (0, 1)
    first_lock.close()
    again, again_lock = locks.number(tmp_path, "process")
    assert again == 0
    again_lock.close()
    second_lock.close()
