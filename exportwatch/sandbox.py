"""Runs a function over foreign bytes in a child that may be killed: a parser gone wild costs a child, never a worker.

    Sandbox.run(function, payload) -> what the function returns | Killed(reason)

The children are long-lived and started as new programs, never forked. They take one task at a time and answer over
pipes in length-prefixed msgpack, so payloads and answers are plain values and dataclasses of them. A child that takes
too long is killed, one that ends is replaced, and none outlives its parent.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import queue
import select
import signal
import struct
import subprocess
import sys
import time
import typing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar, TypeVarTuple, overload

import msgspec

from exportwatch.errors import BadRecord

R = TypeVar("R")
Ts = TypeVarTuple("Ts")

FUNCTIONS: Final = (
    "exportwatch.content:extract",
    "collectors.feed:parse_payload",
    "collectors.finding:look_payload",
    "collectors.mail:page",
    "collectors.mail:read",
    "collectors.page:parse_payload",
    "collectors.api:parse_payload",
    "collectors.page:attachments_payload",
    "collectors.page:usable_payload",
    "collectors.preview:read_payload",
)
"""What may run in a child, as `module:function`."""
MIB: Final = 1024 * 1024
LENGTH: Final = struct.Struct("!I")
ANSWER_BYTES: Final = 256 * MIB

_LOOK_EVERY: Final = 0.25
_STDERR_BYTES: Final = 4096
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a task may use: CPU in seconds, the wall clock in multiples of that, memory in bytes of address space."""

    memory: int = 1024 * MIB
    wall: float = 4.0
    cpu: float = 5.0
    cpu_a_mib: float = 3.0
    cpu_most: float = 60.0
    tasks: int = 500
    """A child is replaced after this many."""
    resident: int = 300 * MIB
    """A child is replaced when it stays larger than this."""
    waiting_every: float = 5.0
    """Seconds between calls of `waiting`."""

    def seconds(self, size: int) -> float:
        """CPU for a payload of this many bytes."""
        return min(self.cpu + self.cpu_a_mib * size / MIB, self.cpu_most)


class Killed(BadRecord):
    """The function did not survive its payload. A value, and raisable: a BadRecord, never tried again."""

    @property
    def reason(self) -> str:
        return str(self)


class Runner(Protocol):
    """`Sandbox.run`, or `direct`: what a pure stage gets passed for its foreign bytes."""

    def __call__(self, function: Callable[[*Ts], R], *payload: *Ts) -> R | Killed: ...


def direct(function: Callable[[*Ts], R], *payload: *Ts) -> R | Killed:
    """Call the function here, unprotected: for tests, and for bytes that are our own."""
    return function(*payload)


class Sandbox:
    """A pool of `size` children, each started when first needed; `run` may be called from several threads."""

    def __init__(self, *, functions: Iterable[str] = FUNCTIONS, size: int = 1, limits: Limits | None = None) -> None:
        self._functions = tuple(functions)
        self._limits = limits or Limits()
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(size):
            self._idle.put(None)
        # The kernel ends a child with the *thread* that started it, so all are started by one that stays. It blocks
        # the signals that stop a worker, and children inherit that: a batch is finished on SIGTERM, its parser too.
        self._starter = ThreadPoolExecutor(1, "sandbox", initializer=_block_signals)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @overload
    def run(self, function: str, *payload: Any, waiting: Callable[[], object] | None = None) -> Any: ...
    @overload
    def run(
        self, function: Callable[[*Ts], R], *payload: *Ts, waiting: Callable[[], object] | None = None
    ) -> R | Killed: ...
    def run(  # type: ignore[misc]  # mypy does not see that any payload is also a *Ts
        self, function: str | Callable[..., Any], *payload: Any, waiting: Callable[[], object] | None = None
    ) -> Any:
        """What the function returns for the payload, or Killed when it took too long, too much memory, or crashed.

        `waiting` is called every few seconds meanwhile; if it raises, the task ends with it. Raises BadRecord with the
        function's own message when the function raised something, ValueError for a function not on the list.
        """
        name = function if isinstance(function, str) else f"{function.__module__}:{function.__qualname__}"
        if name not in self._functions:
            raise ValueError(f"{name} is not on the sandbox's list of functions")
        try:
            task = msgspec.msgpack.encode((name, payload))
        except UnicodeEncodeError as error:
            raise BadRecord(f"text with a lone surrogate, which no encoding can carry: {error.reason}") from error
        answer = self._call(task, waiting)
        if answer is None:
            answer = self._call(task, waiting)
        if answer is None:
            return Killed("ended by SIGKILL, twice")
        return answer if isinstance(answer, Killed) else _answer_decoder(name).decode(answer)

    def runner(self, waiting: Callable[[], object]) -> Runner:
        """`run` with this `waiting`, to be passed to a stage."""

        def run(function: Callable[[*Ts], R], *payload: *Ts) -> R | Killed:
            return self.run(function, *payload, waiting=waiting)

        return run

    def close(self) -> None:
        """End the children. Nothing may be running, nor run afterwards."""
        with contextlib.suppress(queue.Empty):
            while True:
                child = self._idle.get_nowait()
                if child is not None:
                    child.end()
        self._starter.shutdown()

    def _call(self, task: bytes, waiting: Callable[[], object] | None) -> msgspec.Raw | Killed | None:
        """None when somebody else killed the child, which says nothing of the payload."""
        with self._child(waiting) as child:
            return child.call(task, self._limits, waiting)

    @contextlib.contextmanager
    def _child(self, waiting: Callable[[], object] | None) -> Iterator[_Child]:
        """A child of one's own for a while, alive when it is handed out."""
        child = self._next_idle(waiting)
        try:
            if child is not None and not child.alive:
                child.end()
            if child is None or not child.alive:
                child = self._starter.submit(_Child, self._functions, self._limits).result()
            yield child
        except BaseException:
            # Its answer is still to come, and belongs to nobody.
            if child is not None and child.busy:
                child.end()
            raise
        finally:
            if child is not None and child.worn_out(self._limits):
                child.end()
            self._idle.put(child if child is not None and child.alive else None)

    def _next_idle(self, waiting: Callable[[], object] | None) -> _Child | None:
        while True:
            with contextlib.suppress(queue.Empty):
                return self._idle.get(timeout=self._limits.waiting_every)
            if waiting is not None:
                waiting()


class Usage(msgspec.Struct, array_like=True, frozen=True):
    """What a child says of itself with each answer: CPU seconds so far, resident bytes now."""

    cpu: float = 0.0
    resident: int = 0


class Answer(msgspec.Struct, array_like=True, frozen=True):
    """What comes back from a child. `error` says what the function raised; `memory` that it had too little."""

    usage: Usage
    value: msgspec.Raw
    error: str = ""
    memory: bool = False


_ANSWER: Final = msgspec.msgpack.Decoder(Answer)


class _Child:
    """One process, its pipes, and what is known of it. Not thread-safe: one task at a time."""

    def __init__(self, functions: tuple[str, ...], limits: Limits) -> None:
        # Nothing of the parent's environment: what is parsed may be hostile, and settings hold secrets.
        environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        module = "exportwatch.sandbox_child"
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(os.getpid()), str(limits.memory), *functions],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=environment,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._in = self._process.stdin.fileno()
        self._out = self._process.stdout.fileno()
        self._err = self._process.stderr.fileno()
        for number in (self._in, self._out, self._err):
            os.set_blocking(number, False)
        self._poll = select.poll()
        self._poll.register(self._out, select.POLLIN)
        self._poll.register(self._err, select.POLLIN)
        self._said = b""
        self._tasks = 0
        self._usage = Usage()
        self.busy = False

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def worn_out(self, limits: Limits) -> bool:
        """Whether it has done enough tasks or grown too large."""
        return self._tasks >= limits.tasks or self._usage.resident > limits.resident

    def call(self, task: bytes, limits: Limits, waiting: Callable[[], object] | None) -> msgspec.Raw | Killed | None:
        """The encoded answer to an encoded task, None if a stranger killed it; raises BadRecord as the function."""
        watch = _Watch(self._process.pid, self._usage.cpu, len(task), limits, waiting)
        self.busy = True
        self._said = b""
        self._tasks += 1
        try:
            self._write(LENGTH.pack(len(task)) + task, watch)
            answer = _ANSWER.decode(self._read(watch))
        except _OutOfTime as error:
            self.end()
            return Killed(str(error))
        except (OSError, EOFError, msgspec.MsgspecError):
            epitaph = self._epitaph()
            return None if self._process.returncode == -signal.SIGKILL else Killed(epitaph)
        self.busy = False
        self._usage = answer.usage
        if answer.memory:
            self.end()
            return Killed(f"needed more than the {limits.memory // MIB:,} MiB of memory that it may use")
        if answer.error:
            raise BadRecord(answer.error)
        return answer.value

    def end(self) -> None:
        """Kill it and wait for its end, which is certain."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _write(self, message: bytes, watch: _Watch) -> None:
        left = memoryview(message)
        while left:
            try:
                left = left[os.write(self._in, left) :]
            except BlockingIOError:
                self._poll.register(self._in, select.POLLOUT)
                try:
                    self._turn(watch)
                finally:
                    self._poll.unregister(self._in)

    def _read(self, watch: _Watch) -> bytes:
        """One message; EOFError when the child has ended or sends what cannot be an answer."""
        received = self._receive(watch, LENGTH.size)
        (length,) = LENGTH.unpack_from(received)
        if length > ANSWER_BYTES:
            raise EOFError
        while len(received) < LENGTH.size + length:
            received += self._receive(watch, 1)
        return bytes(memoryview(received)[LENGTH.size :])

    def _receive(self, watch: _Watch, least: int) -> bytearray:
        received = bytearray()
        while len(received) < least:
            if self._out not in self._turn(watch):
                continue
            piece = os.read(self._out, MIB)
            if not piece:
                raise EOFError
            received += piece
        return received

    def _turn(self, watch: _Watch) -> list[int]:
        """Wait for something to happen, but not long; empties standard error. The file numbers that are ready."""
        ready = [number for number, _ in self._poll.poll(_LOOK_EVERY * 1000)]
        if self._err in ready:
            said = os.read(self._err, _STDERR_BYTES)
            self._said = (self._said + said)[-_STDERR_BYTES:]
            if not said:
                self._poll.unregister(self._err)
        if self._out not in ready:
            watch.look()
        return ready

    def _epitaph(self) -> str:
        """Why it ended by itself, with the end of what it said on standard error."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        with contextlib.suppress(OSError):
            self._said += os.read(self._err, _STDERR_BYTES)
        self.end()
        code = self._process.returncode
        how = f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        said = self._said.decode("utf-8", "replace").strip().splitlines()
        return f"{how}: {said[-1][:300]}" if said else how


class _OutOfTime(Exception):
    """A task has used its seconds."""


class _Watch:
    """The deadline of one task. Idle children use no CPU, so it began where the last answer said."""

    def __init__(
        self, pid: int, cpu_before: float, size: int, limits: Limits, waiting: Callable[[], object] | None
    ) -> None:
        self._pid = pid
        self._cpu_before = cpu_before
        self._cpu = limits.seconds(size)
        self._wall = self._cpu * limits.wall
        self._waiting = waiting
        self._waiting_every = limits.waiting_every
        self._begin = self._called = time.monotonic()

    def look(self) -> None:
        """Raise _OutOfTime when it is; call `waiting` when that is due."""
        now = time.monotonic()
        if now - self._begin > self._wall:
            raise _OutOfTime(f"gave no answer in {self._wall:.3g} s")
        if _cpu_seconds(self._pid) - self._cpu_before > self._cpu:
            raise _OutOfTime(f"needed more than the {self._cpu:.3g} s of CPU that it may use")
        if self._waiting is not None and now - self._called >= self._waiting_every:
            self._waiting()
            self._called = time.monotonic()


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process; 0 where it cannot be read (not Linux): the wall clock still holds."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _block_signals() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


def resolve(name: str) -> Callable[..., Any]:
    """The function that `module:function` names."""
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


@functools.cache
def _answer_decoder(name: str) -> msgspec.msgpack.Decoder[Any]:
    hints = typing.get_type_hints(resolve(name))
    return msgspec.msgpack.Decoder(hints.get("return", Any))
