"""Documents of our own for tests, and the development set where it lies beside the checkout."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
CORPUS: Final = HERE / "documents.jsonl"
SHARED: Final = Path(os.environ.get("SHARED_DATA", HERE.parents[2] / "shared" / "data"))
"""Where seed.txt and dev/docs.jsonl lie; never part of this repository."""

Line = dict[str, Any]


def corpus() -> list[Line]:
    """The documents that expected.json speaks of."""
    return read(CORPUS)


def read(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write(path: Path, lines: Iterable[Line]) -> Path:
    """JSON Lines; returns the path."""
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def repeated(count: int) -> list[Line]:
    """So many documents under ids of their own: the development set if it is there, else the corpus, over and over."""
    found = SHARED / "dev" / "docs.jsonl"
    return list(_repeat(read(found) if found.exists() else corpus(), count))


def _repeat(lines: list[Line], count: int) -> Iterator[Line]:
    for number in range(count):
        line = lines[number % len(lines)]
        yield {**line, "id": f"{line.get('id', 'page')}-{number // len(lines):03}-{number:05}"}


def revised(lines: Iterable[Line], revision: int) -> list[Line]:
    """The same documents under a longer title: a new revision of each."""
    return [{**line, "title": f"{line['title']} (revision {revision})"} for line in lines]
