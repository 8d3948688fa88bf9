"""Runs one server as a child that cannot outlive whoever started it. Standard library only; run with `python -I -S`.

    guard.py LOG ORPHAN -- COMMAND…

Prints the child's process id, then waits. The end of standard input (our parent is gone, even by SIGKILL) kills the
child and runs ORPHAN, a JSON list holding a command that cleans up. If the guard itself is killed, the kernel kills
the child (Linux; elsewhere only the pipe is watched). Exits with the child's code.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    log, orphan, _, *command = arguments
    libc = ctypes.CDLL(None, use_errno=True)

    def die_with_guard() -> None:
        if sys.platform == "linux":
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    with open(log, "ab") as output:
        # No thread runs yet, so preexec_fn is safe; the kernel's signal follows this, the main thread.
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, preexec_fn=die_with_guard
        )
    print(child.pid, flush=True)
    orphaned = threading.Event()
    watcher = threading.Thread(target=_watch, args=(child, json.loads(orphan), orphaned), daemon=True)
    watcher.start()
    code = child.wait()
    if orphaned.is_set():
        watcher.join()  # it still has to clean up, and ends us
    return code


def _watch(child: subprocess.Popen[bytes], orphan: list[str], orphaned: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    orphaned.set()
    child.kill()
    child.wait()
    subprocess.run(orphan, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
