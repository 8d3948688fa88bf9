"""`backfill`: from the command line into the log, with its last line and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exportwatch import codec
from exportwatch.bus import RELEASES, TopicPartition
from exportwatch.cli import main
from exportwatch.settings import load
from exportwatch.wiring import Wiring
from tests.collectors.kit import Answer, Loopback, serve

SOURCE = """
publisher = "demo"
kind = "notice"
language = "ko"
url = "http://{address}/list"
parser = "page"
pause = 0

[id]
pattern = '/r/(\\d+)'

[list]
row = "li"
date = "i"

[pages]
url = "http://{address}/list?page={{page}}"
"""
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def ministry(server: Loopback, data: Path) -> None:
    """Two pages of two releases, 1 to 4 July 2019."""
    for path, numbers in (("/list", (4, 3)), ("/list?page=2", (2, 1))):
        rows = "".join(f"<li><a href='/r/{n}'>수출규제 {n}</a> <i>2019-07-0{n}</i></li>" for n in numbers)
        server.script[path] = Answer(f"<ul>{rows}</ul>".encode(), headers=HTML)
    for number in range(1, 5):
        server.script[f"/r/{number}"] = Answer(f"<p>불화수소 {number}</p>".encode(), headers=HTML)
    (data / "config" / "sources").mkdir(parents=True)
    text = SOURCE.format(address=server.address)
    (data / "config" / "sources" / "demo.toml").write_text(text, encoding="utf-8")


def run(data: Path, *arguments: str, address: str = "") -> int:
    with pytest.raises(SystemExit) as ended:
        main(["--data", str(data), "--private-addresses", address, "backfill", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def releases(data: Path) -> dict[str, str]:
    wiring = Wiring(load({"data": str(data)}, {}))
    try:
        records = wiring.bus.operator().read(TopicPartition(RELEASES, 0), 0, 100, 0.0)
        found = [codec.RELEASE.decode(record.value or b"") for record in records]
    finally:
        wiring.close()
    return {release.id: release.origin for release in found}


def test_releases_between_two_days_come_in(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve() as server:
        ministry(server, data)
        days = ("--from", "2019-07-02", "--to", "2019-07-03")
        assert run(data, "demo", *days, address=server.address) == 0
        said = capsys.readouterr()
        assert said.out == "back to 2019-07-01: 2 new, 0 changed, 0 unchanged, 2 of other days\n"
        assert "demo: page 2: back to 2019-07-01" in said.err
        assert releases(data) == {"demo:2": "backfill", "demo:3": "backfill"}
        asked = len(server.paths)
        assert run(data, "demo", *days, "--json", address=server.address) == 0
        answer = json.loads(capsys.readouterr().out)
        assert (answer["source"], answer["complete"], answer["new"]) == ("demo", True, 2)
        assert len(server.paths) == asked
        assert "/robots.txt" in server.paths


def test_a_day_that_cannot_be_reached_is_said(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve() as server:
        ministry(server, data)
        assert run(data, "demo", "--from", "2019-06-01", address=server.address) == 1
        said = capsys.readouterr()
        assert said.out.startswith("back to 2019-07-01: 4 new")
        assert "exportwatch: 2019-06-01 was not reached: the list ends there" in said.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody", "--from", "2019-07-01"), "no source 'nobody'; there are"),
        (("jp-meti", "--from", "1 July 2019"), "--from '1 July 2019' is no day; write it as 2019-07-01"),
        (("jp-meti", "--from", "2019-07-02", "--to", "2019-07-01"), "--from 2019-07-02 lies after --to 2019-07-01"),
        (("jp-meti",), "--from"),
    ],
)
def test_wrong_usage_is_exit_code_2(
    data: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert run(data, *arguments) == 2
    assert said in capsys.readouterr().err
