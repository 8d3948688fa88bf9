"""Channels that stay on this machine: `console:` (standard output) and `file:/path` (JSON Lines)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import msgspec

from exportwatch.alerts import Message, render
from exportwatch.clock import Clock
from exportwatch.errors import Misconfigured, Retryable
from exportwatch.settings import Settings

_encode: Final = msgspec.json.Encoder().encode


class Console:
    """Prints each alert as text."""

    def send(self, message: Message) -> None:
        try:
            sys.stdout.buffer.write(f"{render.text(message)}\n\n".encode())
            sys.stdout.buffer.flush()
        except (OSError, ValueError) as error:
            raise Retryable(f"standard output cannot be written to: {error}") from error

    def close(self) -> None:
        """Nothing was opened."""


class JsonLines:
    """Appends one JSON object an alert, durably, in one write each; the file may be moved away between alerts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, message: Message) -> None:
        data = _encode(render.payload(message)) + b"\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                _append(descriptor, data)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise Retryable(f"{self._path} cannot be written to: {error.strerror}") from error

    def close(self) -> None:
        """Nothing is kept open."""


def _append(descriptor: int, data: bytes) -> None:
    """Write all of it on a line of its own, also after a line that a full disk or a kill cut short."""
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        data = b"\n" + data
    while data:
        data = data[os.write(descriptor, data) :]


def open_console(url: str, settings: Settings, clock: Clock) -> Console:
    """`console:` alone."""
    if url != "console:":
        raise Misconfigured(f"channel {url[:200]}: nothing may follow console:")
    return Console()


def open_file(url: str, settings: Settings, clock: Clock) -> JsonLines:
    """`file:/path` or `file:///path`; the path is absolute, because workers run anywhere."""
    rest = url.removeprefix("file:")
    path = Path(unquote(rest.removeprefix("//") if rest.startswith("///") else rest))
    if not path.is_absolute() or (rest.startswith("//") and not rest.startswith("///")):
        raise Misconfigured(f"channel {url[:200]}: give an absolute path, as in file:/var/log/alerts.jsonl")
    if "\0" in str(path) or url.endswith("/") or path.is_dir():
        raise Misconfigured(f"channel {url[:200]}: this is a folder; name a file")
    return JsonLines(path)
