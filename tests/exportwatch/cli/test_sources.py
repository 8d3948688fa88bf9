"""`sources` and `sources check`: what the catalogue holds and how each does, and every complaint at once."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from collectors.state import STATE, SourceState
from exportwatch.settings import load
from exportwatch.store import Put
from exportwatch.wiring import Wiring
from tests.exportwatch.cli.test_parsing import Command

SHIPPED = Path(__file__).parents[3] / "config" / "sources"
GOOD = 'publisher = "demo"\nkind = "notice"\nurl = "https://demo.example/feed"\n'


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path / "data", capsys)


def file(command: Command, name: str, text: str) -> Path:
    folder = command.data / "config" / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def remember(command: Command, **states: SourceState) -> None:
    wiring = Wiring(load({"data": str(command.data)}, {}))
    wiring.store.put_many([Put(STATE + name.replace("_", "-"), msgspec.json.encode(s)) for name, s in states.items()])
    wiring.close()


def test_every_source_is_listed_with_how_it_does(command: Command) -> None:
    reason = "nothing new since 2026-09-15: 新着なし 새 글 없음 无新内容 無新內容 \x1b[31m"
    stale = SourceState(health="STALE", since=1_700_000_000_000, reason=reason, last_success=1, next_due=2)
    remember(command, jp_meti=stale, us_bis=SourceState(health="OK", last_success=1, next_due=9_999_999_999_999))
    rows = {row["id"]: row for row in command("--json").objects}
    assert set(rows) == {path.stem for path in SHIPPED.glob("*.toml")}
    meti = rows["jp-meti"]
    assert (meti["publisher"], meti["language"], meti["state"], meti["health"]) == ("jp-meti", "ja", "STALE", "failing")
    assert (meti["since"], meti["reason"]) == ("2023-11-14T22:13:20.000Z", reason)
    assert (meti["fallback"], meti["stands_in"]) == ("jp-meti-list", "jp-meti-list")
    assert (rows["us-bis"]["health"], rows["us-bis"]["stands_in"]) == ("well", "")
    assert rows["kr-motir-list"]["health"] == "standby"
    done = command()
    assert done.code == 0
    assert "\x1b" not in done.output
    (shown,) = [line for line in done.output.splitlines() if line.startswith("jp-meti ")]
    assert "STALE" in shown
    assert "新着なし" in done.output
    assert "jp-meti-list stands in" in done.output


def test_a_source_that_has_moved_is_listed_so_with_its_new_address(command: Command) -> None:
    reason = "it has moved for good, to https://new.example/新着: change `url` in its file"
    moved = "https://new.example/新着"
    state = SourceState(health="MOVED", since=1, moved=moved, reason=reason, last_success=1, next_due=9_999_999_999_999)
    remember(command, us_bis=state)
    lines = command().output.splitlines()
    (place,) = [place for place, line in enumerate(lines) if line.startswith("us-bis ")]
    assert "  MOVED  " in lines[place]
    assert moved in lines[place + 1]


def test_files_in_order_are_counted(command: Command) -> None:
    number = len(list(SHIPPED.glob("*.toml")))
    done = command("check")
    assert (done.code, done.output) == (0, f"{number} sources are in order\n")
    file(command, "demo", GOOD)
    assert command("check").output == f"{number + 1} sources are in order\n"
    assert command("check", "--json").output == ""


def test_every_complaint_is_said_at_once_with_file_line_and_key(command: Command, tmp_path: Path) -> None:
    first = file(command, "one", f"{GOOD}intervall = 3\ncadence = 0\n")
    other = tmp_path / "two.toml"
    other.write_text(f'{GOOD}fallback = "nobody"\n', encoding="utf-8")
    done = command("check", str(other))
    assert done.code == 2
    assert len(done.output.splitlines()) >= 3
    assert f"{first}:4: unknown key intervall; did you mean interval?" in done.output
    assert f"{first}:5: cadence" in done.output
    assert f"{other}:4: fallback" in done.output
    assert len(command("check", str(other), "--json").objects) == len(done.output.splitlines())


@pytest.mark.parametrize("name", ["gone.toml", "wrong.txt"])
def test_what_is_no_file_of_a_source_is_usage(command: Command, tmp_path: Path, name: str) -> None:
    (tmp_path / "wrong.txt").write_text("x", encoding="utf-8")
    done = command("check", str(tmp_path / name))
    assert (done.code, done.output) == (2, "")


def test_a_wrong_file_stops_the_list_with_two(command: Command) -> None:
    file(command, "bad", "kind = 1\n")
    done = command()
    assert (done.code, done.output) == (2, "")
    assert "bad.toml" in done.errors
