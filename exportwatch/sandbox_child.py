"""The child's side of the sandbox: `python -m exportwatch.sandbox_child PARENT MEMORY FUNCTION…`.

Reads tasks from standard input and answers on standard output until the input ends. Nothing is imported before the
first task asks for it.
"""

from __future__ import annotations

import ctypes
import functools
import inspect
import logging
import os
import resource
import signal
import sys
import time
import typing
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from exportwatch.errors import BadRecord
from exportwatch.sandbox import LENGTH, Answer, Usage, resolve

_PR_SET_PDEATHSIG: Final = 1
_NOTHING: Final = msgspec.Raw(msgspec.msgpack.encode(None))
_MOST_REASON: Final = 500
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_TASK: Final = msgspec.msgpack.Decoder(tuple[str, list[msgspec.Raw]])
_ENCODER: Final = msgspec.msgpack.Encoder()


def main(arguments: Sequence[str]) -> None:
    """Serve until the parent closes the pipe or is gone."""
    parent, memory, *functions = arguments
    _die_with(int(parent))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable()
    # What a library prints must not look like an answer.
    answers = os.dup(1)
    os.dup2(2, 1)
    while (task := _read(0)) is not None:
        _write(answers, _encoded(task, frozenset(functions)))


def _die_with(parent: int) -> None:
    """Have the kernel end this process with its parent, even in the middle of a parser that never returns."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit()


def _encoded(task: bytearray, functions: frozenset[str]) -> bytes:
    """The answer to a task, whatever the function does, as bytes."""
    try:
        value = _run(task, functions)
        return _ENCODER.encode(Answer(_usage(), value))
    except MemoryError:
        return _ENCODER.encode(Answer(_usage(), _NOTHING, memory=True))
    except BadRecord as error:
        reason = str(error)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    reason = reason[:_MOST_REASON].encode("utf-8", "backslashreplace").decode() or "no reason given"
    return _ENCODER.encode(Answer(_usage(), _NOTHING, error=reason))


def _run(task: bytearray, functions: frozenset[str]) -> msgspec.Raw:
    name, payload = _TASK.decode(task)
    if name not in functions:
        raise BadRecord(f"{name} is not on the sandbox's list of functions")
    function, decoders = _function(name)
    if len(payload) > len(decoders):
        raise TypeError(f"{name} takes {len(decoders)} values, not {len(payload)}")
    values = [decoder.decode(raw) for decoder, raw in zip(decoders, payload, strict=False)]
    return msgspec.Raw(_ENCODER.encode(function(*values)))


@functools.cache
def _function(name: str) -> tuple[Any, tuple[msgspec.msgpack.Decoder[Any], ...]]:
    """The function and a decoder for each of its parameters."""
    function = resolve(name)
    hints = typing.get_type_hints(function)
    parameters = inspect.signature(function).parameters
    return function, tuple(msgspec.msgpack.Decoder(hints.get(parameter, Any)) for parameter in parameters)


def _usage() -> Usage:
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Usage(time.process_time(), largest if largest < 100 * 1024 * 1024 else _resident(largest))


def _resident(largest: int) -> int:
    """Resident bytes now; `largest` ever where that cannot be read."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except OSError:
        return largest


def _read(number: int) -> bytearray | None:
    head = _exactly(number, LENGTH.size)
    return None if head is None else _exactly(number, LENGTH.unpack(head)[0])


def _exactly(number: int, size: int) -> bytearray | None:
    """So many bytes, or None when the parent has gone."""
    data = bytearray(size)
    left = memoryview(data)
    while left:
        count = os.readv(number, [left])
        if not count:
            return None
        left = left[count:]
    return data


def _write(number: int, message: bytes) -> None:
    left = memoryview(LENGTH.pack(len(message)) + message)
    while left:
        left = left[os.write(number, left) :]


if __name__ == "__main__":
    main(sys.argv[1:])
