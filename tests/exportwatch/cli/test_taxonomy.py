"""cli/taxonomy.py: the shipped taxonomy is in order; a wrong one is refused with file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exportwatch.cli import main
from tests.exportwatch.taxonomy.test_checking import GALLIUM


def check(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--data", str(data), "taxonomy", "check", *arguments])


def test_the_shipped_taxonomy_is_in_order(tmp_path: Path) -> None:
    done = check(tmp_path)
    assert done.output.endswith(" concepts are in order\n"), done.output
    assert done.exit_code == 0
    assert int(done.output.split()[0]) >= 500


def test_for_scripts_the_last_line_holds_the_counts(tmp_path: Path) -> None:
    done = check(tmp_path, "--json")
    assert json.loads(done.stdout.splitlines()[-1]).keys() == {"concepts", "problems"}


def test_a_label_of_two_concepts_in_an_overlay_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "taxonomy"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(GALLIUM.replace("[item.gallium]", "[item.mine]"), encoding="utf-8")
    done = check(tmp_path)
    assert done.exit_code == 2
    assert f"{folder / 'mine.toml'}:2: [item.mine] gallium is a label of item:gallium too" in done.stderr
    rows = [json.loads(line) for line in check(tmp_path, "--json").stdout.splitlines()]
    assert rows[0]["file"] == str(folder / "mine.toml")
    assert rows[-1]["problems"] == len(rows) - 1 > 0


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ('broader = ["nothing"]', "broader: there is no item nothing"),
        ('broader = ["gallium"]', "broader: goes round in a circle"),
        ('numbers = [{ scheme = "CAS", value = "7440-55-3" }]', "has no source"),
        ('numbers = [{ scheme = "CAS", value = "7440-55-4", source = "me" }]', "no CAS number"),
        ('numbers = [{ scheme = "HS", value = "81.10", source = "me" }]', "no HS number"),
        ('numbers = [{ scheme = "ECCN", value = "3F001", source = "me" }]', "no ECCN number"),
        ('numbers = [{ scheme = "EU", value = "3B1", source = "me" }]', "no EU number"),
        ('numbers = [{ scheme = "JP-EO", value = "7", source = "me" }]', "no JP-EO number"),
        ('numbers = [{ scheme = "CAS", value = "7440-55-3", source = "you" }]', "there is no [source.you]"),
    ],
)
def test_what_cannot_be_loaded_is_named_with_its_line(tmp_path: Path, lines: str, reason: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f'[source.me]\ntitle = "me"\n\n{GALLIUM}{lines}\n', encoding="utf-8")
    done = check(tmp_path, str(path))
    assert done.exit_code == 2
    assert f"{path}:10: [item.gallium]" in done.stderr
    assert reason in done.stderr
