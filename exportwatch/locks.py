"""Locks of roles and numbers of members: files in DATA/locks that the kernel frees when their holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from exportwatch.errors import Misconfigured


class Held(Misconfigured):
    """Somebody else holds the lock; the message names them, and so does `holder`."""

    def __init__(self, message: str, holder: str) -> None:
        super().__init__(message)
        self.holder = holder


def acquire(folder: Path, name: str) -> IO[str]:
    """Take the lock `name`, kept until the returned file is closed or the process ends. Raises Held."""
    path = folder / "locks" / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"cannot write the lock {path}: {error.strerror}") from error
    try:
        _lock(handle)
    except BlockingIOError as error:
        handle.seek(0)
        holder = handle.read(200).strip() or "another process"
        handle.close()
        message = f"role {name} of {folder} is held by {holder}; stop it first, or use another --data"
        raise Held(message, holder) from error
    with contextlib.suppress(OSError):  # a full disk: the lock holds all the same, only without its holder's name
        os.ftruncate(handle.fileno(), 0)
        os.write(handle.fileno(), f"process {os.getpid()}\n".encode())
    return handle


def _lock(handle: IO[str]) -> None:
    """Take the lock; somebody who only looks whether it is free holds it for a moment, and is waited for."""
    for pause in (0.01, 0.05, 0.1, 0.2, None):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if pause is None:
                raise
            time.sleep(pause)


@contextmanager
def held(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock `name` within the block."""
    handle = acquire(folder, name)
    try:
        yield
    finally:
        handle.close()


def holder(folder: Path, name: str) -> str:
    """Who holds the lock just now (`process 123`); empty for nobody."""
    try:
        with (folder / "locks" / name).open("r", encoding="utf-8") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return handle.read(200).strip() or "another process"
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise Misconfigured(f"cannot read the lock {name} of {folder}: {error.strerror}") from error
    return ""


def free(folder: Path, name: str) -> bool:
    """Whether nobody holds the lock just now."""
    return not holder(folder, name)


def number(folder: Path, role: str) -> tuple[int, IO[str]]:
    """The lowest number not taken by another worker of the role on this machine and DATA, and its lock."""
    for candidate in range(1000):
        try:
            return candidate, acquire(folder, f"{role}-member-{candidate}")
        except Held:
            continue
    raise Misconfigured(f"1,000 workers of role {role} share {folder}")
