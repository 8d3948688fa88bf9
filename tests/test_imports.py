"""Imports point inwards, each library has one room, and asking for help loads nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STAGES = ("collectors", "processors", "indexers")
PACKAGES = ("exportwatch", *STAGES)
BACKENDS = ("exportwatch.buses", "exportwatch.indexes", "exportwatch.stores")
ENTRANCES = ("exportwatch.wiring", "exportwatch.cli", "exportwatch.__main__")
"""The only modules that know every backend and every stage."""

ANYWHERE = PACKAGES
ROOMS: dict[str, tuple[str, ...]] = {
    "ahocorasick_rs": ("processors.lexicon",),
    "bs4": ("collectors.finding", "collectors.listing", "collectors.page", "exportwatch.maintext"),
    "charset_normalizer": ("exportwatch.charset",),
    "click": ("exportwatch.cli",),
    "elastic_transport": ("exportwatch.elastic",),
    "elasticsearch": ("exportwatch.elastic", "exportwatch.indexes.elasticsearch", "exportwatch.stores.elasticsearch"),
    "fastapi": ("exportwatch.web",),
    "feedparser": ("collectors.xmlfeeds",),
    "fsspec": ("exportwatch.blobs",),
    "htmldate": ("exportwatch.pagedate",),
    "httpcore2": ("collectors.fetch", "exportwatch.pinned", "exportwatch.alerts.webhook"),
    "httpx2": ("collectors.fetch", "exportwatch.alerts.webhook"),
    "jinja2": ("exportwatch.alerts.render", "exportwatch.web.answers"),
    "kafka": ("exportwatch.buses.kafka",),
    "lark": ("exportwatch.query.parse",),
    "lxml": ("exportwatch.archives", "exportwatch.blocks", "exportwatch.maintext", "exportwatch.markup"),
    "markupsafe": ("exportwatch.web.answers",),
    "msgspec": ANYWHERE,
    "olefile": ("exportwatch.hwp",),
    "protego": ("collectors.robots",),
    "pypdfium2": ("exportwatch.pdf",),
    "resiliparse": ("exportwatch.maintext",),
    "rich": ("exportwatch.cli",),
    "soupsieve": ("collectors.sourcechecks", "exportwatch.maintext"),
    "starlette": ("exportwatch.web",),
    "tantivy": ("exportwatch.indexes.inverted", "exportwatch.query.to_tantivy"),
    "trafilatura": ("exportwatch.maintext",),
    "uvicorn": ("exportwatch.web.serve",),
    "warcio": ("collectors.warc",),
}
"""Library -> the modules that may import it."""
DISTRIBUTIONS = {
    "ahocorasick_rs": "ahocorasick-rs",
    "bs4": "beautifulsoup4",
    "charset_normalizer": "charset-normalizer",
    "elastic_transport": "elasticsearch",
    "httpcore2": "httpx2",
    "kafka": "kafka-python",
    "markupsafe": "jinja2",
    "soupsieve": "beautifulsoup4",
    "starlette": "fastapi",
}
"""Where a library is not named as its distribution, or comes with another one."""
DATA = {"tzdata"}
"""Required for what it holds, where the system has none: zoneinfo reads it."""
HEAVY = (
    *("kafka", "elasticsearch", "tantivy", "trafilatura", "feedparser", "httpx2", "lxml", "bs4", "opencc", "babel"),
    *("protego", "pypdfium2", "fastapi", "jinja2", "uvicorn"),
)


def modules() -> dict[str, ast.Module]:
    """Dotted name -> syntax tree of every module of the four packages."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


MODULES = modules()


def imports(tree: ast.AST) -> Iterator[str]:
    """Dotted names of what is imported anywhere below a node, also in functions and under TYPE_CHECKING."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else str(node.module)


def at_start(tree: ast.Module) -> Iterator[str]:
    """What is imported when the module is: not in functions, not under TYPE_CHECKING."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imports(node)


def inside(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


EDGES = [(name, target) for name, tree in MODULES.items() for target in sorted(set(imports(tree)))]
OURS = [(name, target) for name, target in EDGES if inside(target, PACKAGES)]
THEIRS = [
    (name, target.partition(".")[0])
    for name, target in EDGES
    if not inside(target, PACKAGES) and target.partition(".")[0] not in sys.stdlib_module_names
]


def test_there_is_something_to_look_at() -> None:
    assert {name.partition(".")[0] for name in MODULES} == set(PACKAGES)
    assert ("exportwatch.codec", "exportwatch.model") in OURS
    assert ("exportwatch.codec", "msgspec") in THEIRS


def test_stages_never_import_each_other() -> None:
    wrong = [
        (name, target)
        for name, target in OURS
        if inside(name, STAGES) and inside(target, STAGES) and name.partition(".")[0] != target.partition(".")[0]
    ]
    assert wrong == []


def test_only_the_entrances_import_stages() -> None:
    wrong = [edge for edge in OURS if inside(edge[1], STAGES) and not inside(edge[0], (*STAGES, *ENTRANCES))]
    assert wrong == []


def test_only_the_entrances_import_the_entrances() -> None:
    wrong = [edge for edge in OURS if inside(edge[1], ENTRANCES) and not inside(edge[0], ENTRANCES)]
    assert wrong == []


def test_wiring_does_not_know_the_command_line() -> None:
    assert [edge for edge in OURS if edge[0] == "exportwatch.wiring" and inside(edge[1], ("exportwatch.cli",))] == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_only_wiring_imports_a_backend(backend: str) -> None:
    wrong = [
        edge for edge in OURS if inside(edge[1], (backend,)) and not inside(edge[0], (backend, "exportwatch.wiring"))
    ]
    assert wrong == []


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {name: {target for target in at_start(tree) if target in MODULES} for name, tree in MODULES.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError, naming the circle


def test_a_library_is_imported_only_in_its_room() -> None:
    wrong = [(name, library) for name, library in THEIRS if not inside(name, ROOMS.get(library, ()))]
    assert wrong == []


def test_what_is_imported_is_required_and_what_is_required_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = {line.partition("==")[0].partition("[")[0] for line in project["dependencies"]} - DATA
    assert {DISTRIBUTIONS.get(library, library) for _, library in THEIRS} == required


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_asking_for_help_loads_nothing_heavy(arguments: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "exportwatch", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "exportwatch.cli" in loaded
    assert {library for library in HEAVY if library in loaded} == set()
