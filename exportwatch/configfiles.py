"""Finds the files of `config/`: beside the package in a checkout, inside the wheel otherwise.

DATA/config overlays them: its files come after the shipped ones, and loaders let a later id replace an earlier one.
"""

from __future__ import annotations

from pathlib import Path

from exportwatch.errors import Misconfigured

_PACKAGE = Path(__file__).resolve().parent


def shipped() -> Path:
    """The folder `config` that came with this installation."""
    for folder in (_PACKAGE.parent / "config", _PACKAGE / "_config"):
        if (folder / "taxonomy").is_dir():
            return folder
    raise Misconfigured(f"no config folder beside or inside {_PACKAGE}: install exportwatch again")


def files(kind: str, data: Path) -> list[Path]:
    """The TOML files of `config/<kind>`, then those of `DATA/config/<kind>`, each group by name."""
    folders = (shipped() / kind, data / "config" / kind)
    try:
        return [path for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.toml"))]
    except OSError as error:
        raise Misconfigured(f"cannot read {error.filename}: {error.strerror}") from error
