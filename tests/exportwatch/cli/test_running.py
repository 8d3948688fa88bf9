"""cli/running.py: which roles, and lines of children that cannot do anything to a terminal."""

from __future__ import annotations

import io
import sys

import pytest
from click.testing import CliRunner

from exportwatch.cli import main
from exportwatch.cli.running import Lines


@pytest.mark.parametrize(
    "foreign",
    ["\x1b[2J\x1b]0;title\x07", "\rrun     | well", "\u202etxet", "a\x0bb\x0cc\x85d\u2028e", "\x9b31m", "\u200b\ufeff"],
)
def test_a_line_of_a_child_is_one_inert_line(foreign: str, capsys: pytest.CaptureFixture[str]) -> None:
    Lines()("index", f"数出规制 {foreign} 수출규제", True)
    written = capsys.readouterr().err
    assert written.startswith("index   | 数出规制 ")
    assert written.endswith(" 수출규제\n")
    assert len(written.splitlines()) == 1
    assert not {c for c in written[:-1] if not c.isprintable()}


def test_output_and_errors_stay_apart(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    lines("clock", "an alert", False)
    lines("clock", "a warning", True)
    assert capsys.readouterr() == ("clock   | an alert\n", "clock   | a warning\n")


class Gone(io.StringIO):
    """A stream whose reader has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_nobody_reading_is_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Gone())
    Lines()("clock", "an alert", False)


def test_leaving_everything_out_is_a_mistake() -> None:
    done = CliRunner().invoke(main, ["run", "--only", "index", "--without", "index"])
    assert done.exit_code == 2
