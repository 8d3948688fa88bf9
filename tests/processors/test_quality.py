"""The scorer counts as the one that measures from outside does, and the claims are as good as they were."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.processors import quality

SHARED = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
LABEL: dict[str, Any] = {
    "id": "ja-1",
    "relevant": True,
    "actions": ["tighten"],
    "imposers": ["JP"],
    "targets": ["KR"],
    "items": ["photoresists", "hydrogen fluoride"],
    "agencies": ["METI"],
    "codes": ["3B001.a"],
}
ANSWER: dict[str, Any] = {
    "id": "ja-1",
    "relevant": True,
    "actions": ["tighten"],
    "implementing": ["JP"],
    "affected": ["KR"],
    "items": ["photoresist", "hydrogen-fluoride"],
    "item_labels": ["photoresist", "hydrogen fluoride"],
    "agencies": ["meti"],
    "codes": ["3b001a"],
}


def tally(name: str, label: dict[str, Any], answer: dict[str, Any]) -> tuple[int, int, int]:
    found = quality.score([{**LABEL, **label}], {"ja-1": {**ANSWER, **answer}}).tallies[name]["ja"]
    return found.right, found.wrong, found.missing


@pytest.mark.parametrize(
    ("name", "label", "answer", "expected"),
    [
        ("items", {}, {}, (2, 0, 0)),
        ("codes", {}, {}, (1, 0, 0)),
        ("agencies", {}, {}, (1, 0, 0)),
        ("affected", {}, {"affected": ["KR", "CN"]}, (1, 1, 0)),
        ("affected", {"targets_optional": ["CN"]}, {"affected": ["KR", "CN"]}, (1, 0, 0)),
        ("affected", {"targets": ["KR", "CN"]}, {}, (1, 0, 1)),
        ("items", {"items_open": True}, {"items": ["gallium"], "item_labels": ["gallium"]}, (0, 0, 2)),
        ("items", {"items": ["arms"]}, {"items": ["munitions"], "item_labels": []}, (1, 0, 0)),
        ("actions", {}, {"relevant": False}, (0, 0, 1)),
        ("relevant", {}, {"relevant": False}, (0, 0, 1)),
        ("relevant", {"relevant": False}, {}, (0, 1, 0)),
        ("relevant", {}, {}, (1, 0, 0)),
    ],
)
def test_claims_are_counted(
    name: str, label: dict[str, Any], answer: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    assert tally(name, label, answer) == expected


def test_a_document_nobody_can_agree_on_is_left_out() -> None:
    assert quality.score([{**LABEL, "borderline": True}], {}).tallies == {}


def test_the_scorer_from_outside_counts_the_same(tmp_path: Path) -> None:
    """On the development half, with claims taken away and made up at random."""
    if not SHARED.is_dir():
        pytest.skip("the real documents for development are not beside this checkout")
    gold = quality.read(SHARED / "dev" / "gold.jsonl")
    dice = random.Random(7)
    answers = {label["id"]: shaken(label, gold, dice) for label in gold}
    predictions = tmp_path / "predictions.jsonl"
    predictions.write_text("\n".join(json.dumps(answer) for answer in answers.values()), encoding="utf-8")
    outside = subprocess.run(
        [sys.executable, SHARED / "score.py", "--json", "--gold", SHARED / "dev" / "gold.jsonl", "--pred", predictions],
        capture_output=True,
        check=True,
    )
    ours = quality.score(gold, answers)
    for name, by in json.loads(outside.stdout)["scores"].items():
        for group, figures in by.items():
            found = ours.tallies[name][group]
            assert [round(x, 3) for x in (found.precision, found.recall, found.f1)] == list(figures.values())


def shaken(label: dict[str, Any], gold: list[dict[str, Any]], dice: random.Random) -> dict[str, Any]:
    """The gold as an answer, with errors."""
    other = dice.choice(gold)
    answer: dict[str, Any] = {"id": label["id"], "relevant": label["relevant"] != (dice.random() < 0.1)}
    for name in quality.FIELDS:
        key = quality.OUTSIDE.get(name, name)
        values = [*label[key], *label.get(f"{key}_optional", ()), *other[key]]
        answer[name] = [value for value in values if dice.random() < 0.7]
    answer["item_labels"] = [dice.choice([item, f"{item} and parts", "certain goods"]) for item in answer["items"]]
    return answer
