"""alive.py: the thread that owns the clock leaves signs of life, and nobody else does."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from exportwatch import alive
from exportwatch.alive import Pulse, silence


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign at every question, so that no test has to wait for the next."""
    monkeypatch.setattr(alive, "EVERY", 0.0)


def test_silence_before_the_first_sign(tmp_path: Path) -> None:
    assert silence(tmp_path, "process") is None


@pytest.mark.parametrize("ask", [Pulse.now, Pulse.monotonic, lambda clock: clock.sleep(0)])
def test_whoever_asks_for_the_time_is_alive(tmp_path: Path, ask: Callable[[Pulse], object]) -> None:
    clock = Pulse(tmp_path, "process")
    ask(clock)
    (sign,) = (tmp_path / "alive").iterdir()
    os.utime(sign, (0, 0))
    assert (silence(tmp_path, "process") or 0) > alive.FRESH
    ask(clock)
    assert 0 <= (silence(tmp_path, "process") or -1) < 60
    assert silence(tmp_path, "index") is None


def test_a_thread_beside_the_loop_does_not_count(tmp_path: Path) -> None:
    clock = Pulse(tmp_path, "clock")
    other = threading.Thread(target=clock.now)
    other.start()
    other.join()
    assert silence(tmp_path, "clock") is None


def test_a_folder_that_cannot_be_written_is_no_reason_to_die(tmp_path: Path) -> None:
    (tmp_path / "alive").write_text("a file where the folder should be")
    assert Pulse(tmp_path, "process").now() > 0
    assert silence(tmp_path, "process") is None
