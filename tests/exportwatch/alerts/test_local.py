"""local.py and open_channel: console and file, and which URLs are channels at all."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from exportwatch.alerts import Message, masked, open_channel
from exportwatch.clock import SystemClock
from exportwatch.errors import Misconfigured, Retryable
from exportwatch.settings import load
from tests.subscribed import alert, subscription

SETTINGS, CLOCK = load({}, {}), SystemClock()


def message(number: int = 1, **changes: Any) -> Message:
    made = alert(number, **changes)
    return Message(subscription=subscription(), alert=made, key=f"k-{number}", attempt=1, first_attempted=1)


def test_the_console_shows_the_original_words_and_the_concept(capsys: pytest.CaptureFixture[str]) -> None:
    channel = open_channel("console:", SETTINGS, CLOCK)
    channel.send(message())
    channel.close()
    shown = capsys.readouterr().out
    for words in ("韓国向け輸出管理 수출규제 出口管制", "South Korea", "https://ministry.example/1", "METI"):
        assert words in shown


def test_nothing_foreign_moves_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b[2J\x07\u202eevil\r\nX: y\x00"
    channel = open_channel("console:", SETTINGS, CLOCK)
    channel.send(message(title=hostile, source=hostile, publisher=hostile, url=hostile, document=hostile))
    shown = capsys.readouterr().out
    assert "evil" in shown
    assert not set(shown) & set("\x1b\x07\u202e\r\x00")


@pytest.mark.parametrize("prefix", ["file:", "file://"])
def test_a_file_gets_a_line_an_alert(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "new" / "警報 알림.jsonl"
    channel = open_channel(f"{prefix}{path}", SETTINGS, CLOCK)
    channel.send(message(1))
    path.rename(path.with_suffix(".1"))
    channel.send(message(2, title='line\nbreak "quoted" \u2028'))
    (first,) = path.with_suffix(".1").read_text(encoding="utf-8").splitlines()
    assert json.loads(first)["key"] == "k-1"
    assert path.read_bytes().count(b"\n") == 1
    assert json.loads(path.read_bytes())["title"] == 'line\nbreak "quoted" \u2028'
    assert path.stat().st_mode & 0o077 == 0


def test_a_line_cut_short_by_a_full_disk_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b'{"key": "half')
    open_channel(f"file:{path}", SETTINGS, CLOCK).send(message(1))
    half, whole = path.read_bytes().splitlines()
    assert half == b'{"key": "half'
    assert json.loads(whole)["key"] == "k-1"


def test_many_writers_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"

    def write(start: int) -> None:
        channel = open_channel(f"file:{path}", SETTINGS, CLOCK)
        for number in range(start, start + 20):
            channel.send(message(number))

    writers = [threading.Thread(target=write, args=(start,)) for start in (0, 100, 200)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    keys = {json.loads(line)["key"] for line in path.read_bytes().splitlines()}
    assert len(keys) == 60


def test_a_file_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    blocked = tmp_path / "plain"
    blocked.write_text("")
    channel = open_channel(f"file:{blocked}/alerts.jsonl", SETTINGS, CLOCK)
    with pytest.raises(Retryable, match=r"alerts\.jsonl"):
        channel.send(message())


@pytest.mark.parametrize(
    "url",
    [
        "",
        "console",
        "console:x",
        "file:",
        "file:alerts.jsonl",
        "file://host/alerts.jsonl",
        "file:/",
        "file:/tmp/",
        "file:/a\0b",
        "ftp://a.example/",
        "javascript:alert(1)",
        "HTTPS//x",
    ],
)
def test_what_is_no_channel_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(Misconfigured, match="channel"):
        open_channel(url, SETTINGS, CLOCK)


def test_logs_show_of_a_webhook_where_it_goes_and_nothing_else() -> None:
    assert masked("https://user:pass@hooks.example:8443/T0/secret?token=x") == "https://hooks.example:8443/…"
    assert masked("https://hooks.example?token=x") == "https://hooks.example/…"
    assert masked("mailto:a@b.example") == "mailto:a@b.example"
