"""The embedded store in several processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from exportwatch.store import NEW, Put
from exportwatch.stores.sqlite import SqliteStore

ROOT = Path(__file__).parents[3]


def child(code: str, path: Path) -> subprocess.Popen[str]:
    source = f"""
import os, signal, sys
from pathlib import Path
from exportwatch.store import NEW, Put
from exportwatch.stores.sqlite import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
{code}
"""
    return subprocess.Popen(
        [sys.executable, "-c", source, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_of_several_processes_one_creates_each_key(tmp_path: Path) -> None:
    code = """
for n in range(100):
    (wrote,) = store.put_many([Put(f"ledger/{n}", b"", NEW)])
    if not wrote.conflict:
        print(n)
"""
    children = [child(code, tmp_path / "store.db") for _ in range(3)]
    won = [int(line) for process in children for line in process.communicate()[0].split()]
    assert [process.returncode for process in children] == [0, 0, 0]
    assert sorted(won) == list(range(100))


def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    code = """
n = 0
while True:
    store.put_many([Put(f"seen/{n}", b"x", NEW), Put("last", str(n).encode())])
    print(n, flush=True)
    n += 1
"""
    with child(code, tmp_path / "store.db") as process:
        assert process.stdout is not None
        acknowledged = -1
        for line in process.stdout:
            acknowledged = int(line)
            if acknowledged == 50:
                process.send_signal(signal.SIGKILL)
    store = SqliteStore(tmp_path / "store.db")
    kept = {key for key, _ in store.scan("seen/")}
    assert {f"seen/{n}" for n in range(acknowledged + 1)} <= kept
    assert int(store.get_many(["last"])["last"].value) == len(kept) - 1
    assert store.put_many([Put("seen/0", b"", NEW)])[0].conflict
    store.close()
