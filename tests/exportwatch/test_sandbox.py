"""The sandbox with real children: whatever a function does, the next task is unaffected and no child stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exportwatch import content
from exportwatch.errors import BadRecord, Stopped
from exportwatch.sandbox import FUNCTIONS, Killed, Limits, Sandbox, direct
from tests.exportwatch import sandbox_tasks as tasks
from tests.exportwatch.sandbox_tasks import Parcel

ROOT = Path(__file__).parents[2]
TASKS = [
    f"{tasks.__name__}:{name}"
    for name, value in vars(tasks).items()
    if getattr(value, "__module__", "") == tasks.__name__
]
# The wall clock is generous: it runs on while a busy machine lets nothing else run.
QUICK = Limits(cpu=0.6, wall=100, memory=400 * 1024 * 1024, waiting_every=0.1)
TEXTS = ("export controls", "輸出管理", "수출통제", "出口管制", "出口管制貨品清單", "𠮷\x00\r\n")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(functions=TASKS, limits=QUICK) as opened:
        yield opened


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether the condition comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie, too, does nothing more)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return status.rpartition(")")[2].split()[0] in "ZX"


@pytest.mark.parametrize("text", TEXTS)
def test_values_come_back_as_they_went(sandbox: Sandbox, text: str) -> None:
    parcel = Parcel(name=text, data=text.encode("utf-16"), labels=(text, ""))
    assert sandbox.run(tasks.echo, parcel, 1) == parcel


def test_a_function_may_be_named_and_payloads_be_plain(sandbox: Sandbox) -> None:
    value = {"a": [1, None, "韓国"], "b": b"\x00\xff", "c": {"d": 1.5}}
    assert sandbox.run(f"{tasks.__name__}:plain", value) == value


def test_a_large_payload_passes_both_ways(sandbox: Sandbox) -> None:
    parcel = Parcel(name="large", data=os.urandom(1024) * 10 * 1024)
    assert sandbox.run(tasks.echo, parcel, 1) == parcel


def test_one_child_serves_many_tasks(sandbox: Sandbox) -> None:
    first = sandbox.run(tasks.pid)
    assert first != os.getpid()
    assert {sandbox.run(tasks.pid) for _ in range(20)} == {first}


def test_a_function_that_is_not_on_the_list_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="os:getcwd is not on the sandbox's list"):
        sandbox.run("os:getcwd")


def test_the_functions_on_the_list_exist_and_run() -> None:
    with Sandbox() as opened:
        assert FUNCTIONS[0] == f"{content.extract.__module__}:{content.extract.__qualname__}"
        found = opened.run(content.extract, b"<p>\xc3\xa9t\xc3\xa9", "text/html; charset=utf-8", "", "", "", "")
        assert found == direct(content.extract, b"<p>\xc3\xa9t\xc3\xa9", "text/html; charset=utf-8", "", "", "", "")


def test_too_much_cpu_is_killed_and_the_next_task_runs(sandbox: Sandbox) -> None:
    begin = time.monotonic()
    answer = sandbox.run(tasks.spin, 60.0)
    assert isinstance(answer, Killed)
    assert answer.reason == "needed more than the 0.6 s of CPU that it may use"
    assert time.monotonic() - begin < 60
    assert sandbox.run(tasks.spin, 0.01) == 0.01


def test_cpu_is_counted_for_each_task_alone(sandbox: Sandbox) -> None:
    first = sandbox.run(tasks.pid)
    for _ in range(4):
        assert sandbox.run(tasks.spin, 0.4) == 0.4
    assert sandbox.run(tasks.pid) == first


def test_a_function_that_waits_for_ever_is_killed_by_the_wall_clock() -> None:
    with Sandbox(functions=TASKS, limits=Limits(cpu=0.5, wall=3)) as opened:
        answer = opened.run(tasks.nap, 600.0)
    assert isinstance(answer, Killed)
    assert answer.reason == "gave no answer in 1.5 s"


def test_a_larger_payload_gets_more_time() -> None:
    limits = Limits()
    assert limits.seconds(0) == 5
    assert limits.seconds(2 * 1024 * 1024) == 11
    assert limits.seconds(500 * 1024 * 1024) == 60
    assert limits.wall == 4


def test_too_much_memory_is_killed_and_the_next_task_runs(sandbox: Sandbox) -> None:
    first = sandbox.run(tasks.pid)
    answer = sandbox.run(tasks.hoard, 1024)
    assert isinstance(answer, Killed)
    assert answer.reason == "needed more than the 400 MiB of memory that it may use"
    assert sandbox.run(tasks.pid) != first


@pytest.mark.parametrize(
    ("function", "argument", "reason"),
    [
        (tasks.abort, "no more memory for the tree", "ended by SIGABRT: no more memory for the tree"),
        (tasks.abort, "", "ended by SIGABRT"),
        (tasks.leave, 7, "ended with exit code 7"),
        (tasks.leave, 0, "ended with exit code 0"),
    ],
)
def test_a_crash_is_killed_with_its_last_words(
    sandbox: Sandbox, function: Callable[..., None], argument: object, reason: str
) -> None:
    answer = sandbox.run(function, argument)
    assert isinstance(answer, Killed)
    assert answer.reason == reason
    assert sandbox.run(tasks.spin, 0.0) == 0.0


def test_killed_is_a_bad_record_so_that_it_can_be_raised() -> None:
    assert issubclass(Killed, BadRecord)


@pytest.mark.parametrize("text", TEXTS)
def test_what_the_function_raises_comes_back(sandbox: Sandbox, text: str) -> None:
    with pytest.raises(BadRecord) as refused:
        sandbox.run(tasks.refuse, text)
    assert str(refused.value) == text
    with pytest.raises(BadRecord) as broken:
        sandbox.run(tasks.break_down, text)
    assert str(broken.value) == f"ValueError: {text}"


def test_a_reason_is_bounded_and_encodable(sandbox: Sandbox) -> None:
    with pytest.raises(BadRecord) as refused:
        sandbox.run(tasks.refuse, "長" * 100_000)
    assert len(str(refused.value)) == 500


def test_endless_recursion_and_text_that_is_none_are_bad_records(sandbox: Sandbox) -> None:
    first = sandbox.run(tasks.pid)
    with pytest.raises(BadRecord, match="RecursionError"):
        sandbox.run(tasks.sink, 0)
    with pytest.raises(BadRecord, match="surrogates not allowed"):
        sandbox.run(tasks.surrogate)
    with pytest.raises(BadRecord, match="lone surrogate"):
        sandbox.run(tasks.refuse, "\udfff")
    assert sandbox.run(tasks.pid) == first


def test_what_is_printed_is_no_answer_and_fills_no_pipe() -> None:
    with Sandbox(functions=TASKS, limits=Limits()) as opened:
        assert opened.run(tasks.chatter, 5000) == 5000
        assert opened.run(tasks.spin, 0.0) == 0.0


def test_a_child_killed_by_a_stranger_says_nothing_of_the_payload(sandbox: Sandbox, tmp_path: Path) -> None:
    assert sandbox.run(tasks.die_once, str(tmp_path / "marker")) == "alive"
    answer = sandbox.run(tasks.die_always)
    assert isinstance(answer, Killed)
    assert answer.reason == "ended by SIGKILL, twice"


def test_a_child_killed_while_idle_is_replaced(sandbox: Sandbox) -> None:
    first = sandbox.run(tasks.pid)
    assert isinstance(first, int)
    os.kill(first, signal.SIGKILL)
    assert sandbox.run(tasks.pid) not in (first, None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_that_stop_a_worker_do_not_stop_its_parser(sandbox: Sandbox, number: signal.Signals) -> None:
    first = sandbox.run(tasks.pid)
    assert isinstance(first, int)
    os.kill(first, number)
    assert sandbox.run(tasks.nap, 0.05) == 0.05
    assert sandbox.run(tasks.pid) == first


def test_a_child_is_replaced_after_its_tasks() -> None:
    with Sandbox(functions=TASKS, limits=Limits(tasks=3)) as opened:
        pids = [opened.run(tasks.pid) for _ in range(9)]
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 3]


def test_a_child_that_stays_large_is_replaced() -> None:
    with Sandbox(functions=TASKS, limits=Limits(resident=150 * 1024 * 1024)) as opened:
        first = opened.run(tasks.pid)
        assert opened.run(tasks.hoard, 20) == 1
        assert opened.run(tasks.pid) == first
        assert opened.run(tasks.hoard, 200) == 2
        assert opened.run(tasks.pid) != first


def test_waiting_is_called_meanwhile_and_not_otherwise(sandbox: Sandbox) -> None:
    called: list[float] = []
    assert sandbox.run(tasks.nap, 2.0, waiting=lambda: called.append(time.monotonic())) == 2.0
    assert 2 <= len(called) <= 20
    called.clear()
    assert sandbox.runner(lambda: called.append(0.0))(tasks.nap, 0.0) == 0.0
    assert called == []


def test_an_error_of_waiting_ends_the_task_and_its_child(sandbox: Sandbox) -> None:
    def waiting() -> None:
        raise Stopped("asked to stop")

    first = sandbox.run(tasks.pid)
    with pytest.raises(Stopped):
        sandbox.run(tasks.nap, 1.5, waiting=waiting)
    assert isinstance(first, int)
    assert gone(first)
    assert isinstance(sandbox.run(tasks.pid), int)


def test_two_children_work_at_once(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    with Sandbox(functions=TASKS, size=2, limits=Limits()) as opened:
        answers: list[object] = []
        blocked = threading.Thread(target=lambda: answers.append(opened.run(tasks.await_file, str(marker))))
        others = [threading.Thread(target=lambda: answers.append(opened.run(tasks.pid))) for _ in range(4)]
        for thread in (blocked, *others):
            thread.start()
        for thread in others:
            thread.join()
        assert answers == [answers[0]] * 4
        marker.touch()
        blocked.join()
    assert answers[4] == "found"


def test_a_child_outlives_the_thread_that_asked_for_it(sandbox: Sandbox) -> None:
    pids: list[object] = []
    thread = threading.Thread(target=lambda: pids.append(sandbox.run(tasks.pid)))
    thread.start()
    thread.join()
    assert [sandbox.run(tasks.pid)] == pids


def test_a_child_sees_nothing_of_the_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORTWATCH_KAFKA_PASSWORD", "secret")
    seen = sandbox.run(tasks.environment)
    assert isinstance(seen, dict)
    assert set(seen) <= {"PYTHONPATH", "LC_ALL", "TZ"}


def test_closing_ends_the_children() -> None:
    with Sandbox(functions=TASKS) as opened:
        child = opened.run(tasks.pid)
    assert isinstance(child, int)
    assert gone(child)


PARENT = """
    import sys
    from exportwatch.sandbox import Limits, Sandbox
    sandbox = Sandbox(functions=["tests.exportwatch.sandbox_tasks:hold", "tests.exportwatch.sandbox_tasks:pid"])
    if sys.argv[1] == "idle":
        print(sandbox.run("tests.exportwatch.sandbox_tasks:pid"), flush=True)
        sys.stdin.read()
    sandbox.run("tests.exportwatch.sandbox_tasks:hold", sys.argv[1])
"""


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_a_child_dies_with_its_parent(tmp_path: Path, state: str) -> None:
    announced = tmp_path / "pid"
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), "idle" if state == "idle" else str(announced)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        if state == "idle":
            child = int(parent.stdout.readline())
        else:
            assert eventually(lambda: announced.exists() and announced.read_text() != "")
            child = int(announced.read_text())
        assert not gone(child)
        parent.kill()
    assert eventually(lambda: gone(child))
