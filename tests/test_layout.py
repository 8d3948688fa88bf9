"""The shape of the house: what lies where, how long things are, what the locks and the wheel hold."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGES = ("exportwatch", "collectors", "processors", "indexers")
TOP = {
    *PACKAGES,
    *("config", "tests", "benchmarks", "docs", "deploy", ".ci"),
    *("pyproject.toml", "requirements.lock", "requirements-dev.lock", "Makefile", "docker-compose.yml", ".gitignore"),
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"),
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PIN = re.compile(r"([a-z0-9][a-z0-9.-]*)(\[[a-z0-9,]+\])?==(\S+)")


def tracked() -> list[Path]:
    """Every file git knows, relative to the root; skips in a copy without history."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(name) for name in done.stdout.split("\0") if name and (ROOT / name).exists()]


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_nothing_else_lies_at_the_top() -> None:
    assert {path.parts[0] for path in tracked()} - TOP == set()


def test_no_file_is_committed_that_git_should_ignore() -> None:
    done = subprocess.run(["git", "ls-files", "-ci", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == ""


@pytest.mark.parametrize(
    "path", [path.relative_to(ROOT) for path in sources(*PACKAGES, "tests", "benchmarks")], ids=str
)
def test_a_file_has_under_500_lines(path: Path) -> None:
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) < 500


def bodies(path: Path) -> Iterator[tuple[str, int]]:
    """Name and length in lines of each function's body, without its docstring."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
        lines = body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0
        yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", lines


def test_functions_are_small() -> None:
    lengths = dict(entry for path in sources(*PACKAGES) for entry in bodies(path))
    assert {name: lines for name, lines in lengths.items() if lines > 60} == {}
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= 30


def test_every_public_function_and_class_of_the_core_says_what_it_is() -> None:
    missing = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sources(*PACKAGES)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]
    assert missing == []


def test_every_module_says_what_it_is() -> None:
    missing = [
        str(path.relative_to(ROOT))
        for path in sources(*PACKAGES, "benchmarks")
        if (text := path.read_text(encoding="utf-8")) and ast.get_docstring(ast.parse(text)) is None
    ]
    assert missing == []


def test_tests_mirror_the_source() -> None:
    homeless = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in sources(f"tests/{package}")
        if path.name.startswith("test_") and not _home(path)
    ]
    assert homeless == []


def _home(test: Path) -> bool:
    """In the source, or beside it: stand-ins and gold texts have tests of their own. test_a_b.py may be of a.py."""
    words = test.stem.removeprefix("test_").split("_")
    folders = (ROOT / test.parent.relative_to(ROOT / "tests"), test.parent)
    names = ["_".join(words[:count]) for count in range(1, len(words) + 1)]
    return any((at / f"{name}.py").exists() or (at / name).is_dir() for at in folders for name in names)


def test_folders_of_tests_are_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_nothing_committed_names_a_registry_or_a_path_of_one_machine() -> None:
    # In two parts, so that this file does not find itself.
    parts = [
        "pypi|.org",
        "pythonhosted|.org",
        "repo.|maven",
        "registry.|npmjs",
        "deb.|debian",
        "/wo|rk/main",
        "/wo|rk/shared",
    ]
    words = re.compile("|".join(re.escape(part.replace("|", "")) for part in parts))
    found = []
    for path in tracked():
        text = (ROOT / path).read_bytes().decode("utf-8", "replace")
        found += [f"{path}: {match[0]}" for match in words.finditer(text)]
    assert found == []


def pins(lines: list[str]) -> dict[str, str]:
    """Name -> version of requirements that are exact pins, extras left out."""
    found = {}
    for line in lines:
        match = PIN.fullmatch(line)
        assert match, f"{line} is no exact pin"
        found[match[1]] = match[3]
    return found


def read_lock(name: str) -> dict[str, str]:
    """Name -> version; every requirement must be a pin followed by hashes, with nothing between."""
    text = (ROOT / name).read_text(encoding="ascii").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        pin, *hashes = line.split()
        assert hashes, f"{pin} has no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes), line
        found.update(pins([pin]))
    return found


def test_the_locks_hold_every_requirement_at_its_version() -> None:
    runtime, development = read_lock("requirements.lock"), read_lock("requirements-dev.lock")
    required = pins(PROJECT["project"]["dependencies"])
    tools = pins(PROJECT["project"]["optional-dependencies"]["dev"]) | pins(PROJECT["build-system"]["requires"])
    assert runtime.items() >= required.items()
    assert development.items() >= runtime.items() | tools.items()


def test_everything_locked_finds_what_it_requires() -> None:
    # Extras included: a resolver that spells one in another way leaves out what it brings.
    for name in ("requirements.lock", "requirements-dev.lock"):
        lock = {canonicalize_name(pin) for pin in read_lock(name)}
        missing = {pin: sorted(required - lock) for pin in lock if (required := requirements(pin)) - lock}
        assert missing == {}


def requirements(name: str, extras: Iterable[str] = ("",)) -> set[str]:
    """Canonical names of what an installed distribution requires here, with what the extras it asks for require."""
    found: set[str] = set()
    for line in metadata(name).get_all("Requires-Dist") or []:
        required = Requirement(line)
        marker = required.marker
        if marker is None or any(marker.evaluate({"extra": canonicalize_name(extra)}) for extra in extras):
            found.add(canonicalize_name(required.name))
            if required.extras:
                found |= requirements(required.name, required.extras)
    return found


def test_everything_locked_runs_on_the_python_of_debian_12() -> None:
    refused = {
        name: required
        for name in read_lock("requirements-dev.lock")
        if (required := metadata(name)["Requires-Python"]) and "3.11.2" not in SpecifierSet(required)
    }
    assert refused == {}, "lock again with that Python (see Makefile)"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The built wheel. Hatchling is in the lock, so nothing is fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    done = subprocess.run(
        [*command, "--wheel-dir", str(folder), str(ROOT)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_four_packages_and_the_config(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if not name.endswith("/")}
    assert {name.partition("/")[0] for name in names} == {
        *PACKAGES,
        f"exportwatch-{PROJECT['project']['version']}.dist-info",
    }
    config = {f"exportwatch/_{path.as_posix()}" for path in tracked() if path.parts[0] == "config"}
    assert config
    assert {name for name in names if name.startswith("exportwatch/_config/")} >= config
    assert {path.as_posix() for path in tracked() if path.parts[0] in PACKAGES} <= names


def test_an_installed_wheel_finds_its_config(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from exportwatch import configfiles; print(configfiles.shipped())"
    )
    command = [sys.executable, "-I", "-c", program, str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert Path(done.stdout.strip()) == tmp_path / "exportwatch" / "_config"
