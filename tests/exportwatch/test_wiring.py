"""The composition root knows all that it composes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from exportwatch import generation

CORE = Path(generation.__file__).parent


def test_every_module_that_decides_what_a_document_says_is_in_its_fingerprint() -> None:
    needed: set[str] = set()
    left = ["content"]
    while left:
        name = left.pop()
        if name not in needed:
            needed.add(name)
            left += needs(CORE / f"{name}.py")
    assert set(generation.READERS) == needed | {"text"}


def needs(module: Path) -> Iterator[str]:
    """Modules of the core that it imports, wherever in it."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "exportwatch":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("exportwatch."):
            yield (node.module or "").split(".")[1]
