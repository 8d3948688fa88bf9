"""configfiles.py: shipped files first, then those of the data folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from exportwatch import configfiles
from exportwatch.errors import Misconfigured

ROOT = Path(__file__).parents[2]


def test_a_checkout_uses_its_own_folder() -> None:
    assert configfiles.shipped() == ROOT / "config"


def test_the_data_folder_comes_after_and_only_toml_counts(tmp_path: Path) -> None:
    overlay = tmp_path / "config" / "taxonomy"
    overlay.mkdir(parents=True)
    for name in ("b.toml", "a.toml", "notes.txt", "a.toml.bak"):
        (overlay / name).write_text("")
    shipped = sorted((ROOT / "config" / "taxonomy").glob("*.toml"))
    assert shipped
    assert configfiles.files("taxonomy", tmp_path) == [*shipped, overlay / "a.toml", overlay / "b.toml"]


def test_a_kind_that_nobody_has_is_empty(tmp_path: Path) -> None:
    assert configfiles.files("nothing", tmp_path) == []


def test_an_installation_without_config_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configfiles, "_PACKAGE", tmp_path / "exportwatch")
    with pytest.raises(Misconfigured, match="install exportwatch again"):
        configfiles.shipped()
