"""The demo as a newcomer runs it: four languages, an alert, and at a terminal the pages."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.e2e.pairs import CLEAN, Done, until

TITLES = {
    "en": "Guidance for Suppliers of Photoresist and Lithography Parts",
    "ja": "大韓民国向け輸出管理の運用を見直します",
    "ko": "일본 수출규제에 대한 WTO 분쟁해결 절차 재개",
    "zh-Hans": "关于对镓、锗相关物项实施出口管制的公告",
    "zh-Hant": "經濟部更新戰略性高科技貨品輸出實體管理名單",
}
ALERT = (
    "JP tighten → KR: hydrogen fluoride · METI",
    "韓国向け[フッ化水素] (hydrogen fluoride)の輸出許可の審査を厳格化します",
    'subscription demo-hydrogen-fluoride: "hydrogen fluoride" AND against:KR',
)
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/(?=\s)")


def demo(*options: str) -> Done:
    """Without a terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "exportwatch", *options, "demo"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=CLEAN,
        timeout=180,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_the_demo_finds_in_four_languages_and_ends_with_an_alert(tmp_path: Path) -> None:
    done = demo("--data", str(tmp_path / "data"))
    assert done.code == 0, done
    assert done.errors == ""
    searched, _, told = done.output.partition("You are told")
    for lang, title in TITLES.items():
        assert re.search(rf"^{re.escape(title)}\n  [0-9-]+ · {lang} · ", searched, re.MULTILINE), title
    for words in ALERT:
        assert told.count(words) == 1, words
        assert words not in searched
    assert re.search(r"http://127\.0\.0\.1:\d+/press/\d{4}/\d\d/\d{11}/", told), "no link"
    assert not ADDRESS.search(done.output), "pages are for a terminal"
    assert list((tmp_path / "data" / "config" / "sources").iterdir()) == [], "what the demo wrote is taken away"

    again = demo("--data", str(tmp_path / "data"))
    assert again.code == 0, again
    assert "nobody is told twice" in again.output
    assert ALERT[2] not in again.output


class Screen:
    """A terminal and what was written to it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.shown = ""

    def __call__(self, pattern: re.Pattern[str]) -> str:
        """What has come so far of the pattern, or nothing."""
        with suppress(BlockingIOError):
            self.shown += os.read(self._descriptor, 65536).decode("utf-8", "replace")
        found = pattern.search(self.shown)
        return found[0] if found else ""


@contextmanager
def terminal() -> Iterator[tuple[Screen, int]]:
    """What is seen, and the end for a program's standard input and output."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    try:
        yield Screen(ours), theirs
    finally:
        os.close(ours)
        os.close(theirs)


def test_at_a_terminal_the_pages_are_served_until_ctrl_c(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "exportwatch", "--data", str(tmp_path / "data"), "demo"]
    with (
        terminal() as (screen, end),
        subprocess.Popen(command, stdin=end, stdout=end, stderr=end, env={**CLEAN, "TERM": "dumb"}) as process,
    ):
        try:
            address = until("the pages are served", lambda: screen(ADDRESS), seconds=120, every=0.05)
            with urllib.request.urlopen(f"{address}?q=%22hydrogen+fluoride%22", timeout=30) as answer:
                assert "フッ化水素" in answer.read().decode()
            process.send_signal(signal.SIGINT)
            assert process.wait(15) == 0, screen.shown
        finally:
            process.kill()
