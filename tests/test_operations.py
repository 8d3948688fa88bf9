"""docs/operations.md and docs/tutorial.md say what the program says, and the tutorial ends as it promises."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.e2e.pairs import Pair, embedded

ROOT = Path(__file__).parents[1]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")


def messages() -> str:
    """All of the source, with every place that is filled in replaced by an ellipsis and literals joined."""
    texts = [
        path.read_text(encoding="utf-8")
        for folder in ("exportwatch", "collectors", "processors", "indexers")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    joined = re.sub(r'"\s*\n\s*f?"', "", "\n".join(texts))
    return re.sub(r"%(\.\d)?[sdf]|\{[^{}\n]*\}", "…", joined)


TABLE = OPERATIONS.partition("## What a worker says")[2].partition("\n## ")[0]
LINES = [
    *re.findall(r"^\| `([^`]+)` \| ", TABLE, re.M),
    *re.findall(r"^\*\*`([^`]+)`\*\*", OPERATIONS, re.M),
    *re.findall(r"^`(role [^`]+)`", OPERATIONS, re.M),
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_runbook_is_said_by_the_program(line: str) -> None:
    said = messages()
    assert [part for part in re.split("…|the log", line) if part.strip(": ") not in said] == []


def test_the_runbook_has_lines() -> None:
    assert len(LINES) > 15


@pytest.fixture
def tried(tmp_path: Path) -> Pair:
    """The tutorial's subscription and its news, worked off once."""
    (news,) = re.findall(r"^```json\n(.*?)^```", TUTORIAL, re.M | re.S)
    (tmp_path / "news.jsonl").write_text(news, encoding="utf-8")
    (command,) = re.findall(r"^\S+exportwatch .* subscriptions add .*$", TUTORIAL, re.M)
    query = shlex.split(command)[-1]
    with embedded(tmp_path) as pair:
        channel = f"file:{tmp_path}/alerts.jsonl"
        made = pair.ok("subscriptions", "add", "--channel", channel, query)
        assert made.output.splitlines()[:2] == re.findall(r"^(?:subscription .*:|  .* also finds) .*$", TUTORIAL, re.M)
        for _ in range(2):
            pair.ok("import", tmp_path / "news.jsonl", "--wait")
            for role in ("match", "deliver"):
                pair.ok(role, "--once")
    return pair


def test_the_tutorial_ends_with_four_alerts(tried: Pair) -> None:
    lines = (tried.folder / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    assert sorted(json.loads(line)["id"] for line in lines) == ["try:1", "try:2", "try:3", "try:4"]
