"""The gold set is sound: its ids exist, its quotes occur, its counts hold. Scoring happens elsewhere."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from exportwatch.model import Action

GOLD = Path(__file__).parent / "gold"
TAXONOMY = Path(__file__).parents[2] / "config" / "taxonomy"
LANGUAGES = ("en", "ja", "ko", "zh-Hans", "zh-Hant")
ACTIONS = set(get_args(Action))
STATUSES = {"", "proposed", "announced", "in force", "suspended", "withdrawn", "expired"}
PARTY_ROLES = {"listed", "delisted", "fined", "licensed"}
QUOTED = ("codes", "codes_optional", "instruments", "instruments_optional")

Row = dict[str, Any]


def rows(name: str) -> list[Row]:
    return [json.loads(line) for line in (GOLD / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def tables(pattern: str, kind: str) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for path in TAXONOMY.glob(pattern):
        found.update(tomllib.loads(path.read_text(encoding="utf-8")).get(kind, {}))
    return found


def with_optional(row: Row, name: str) -> set[str]:
    return {*row.get(name, ()), *row.get(f"{name}_optional", ())}


def judged() -> list[Row]:
    """Every row that makes claims, and every measure within one, under the id of its row."""
    found = [*rows("sentences"), *rows("documents"), *rows("headlines")]
    return [*found, *({**measure, "id": row["id"]} for row in found for measure in row.get("measures", ()))]


@pytest.mark.parametrize(
    ("name", "pattern", "kind"),
    [("items", "items-*.toml", "item"), ("implementing", "jurisdictions.toml", "jurisdiction")],
)
def test_items_and_jurisdictions_exist_in_the_taxonomy(name: str, pattern: str, kind: str) -> None:
    known = set(tables(pattern, kind))
    names = ("implementing", "affected") if name == "implementing" else (name,)
    assert [(row["id"], one) for row in judged() for n in names for one in with_optional(row, n) - known] == []


def test_agencies_are_acronyms_of_the_taxonomy() -> None:
    known = {table.get("acronym", "") for table in tables("agencies.toml", "agency").values()}
    claimed = [(row["id"], one) for row in judged() for one in with_optional(row, "agencies")]
    claimed += [(row["id"], row["agency"]) for row in judged() if row.get("agency")]
    assert [claim for claim in claimed if claim[1] not in known] == []


def test_actions_statuses_and_roles_are_of_the_contract() -> None:
    for row in judged():
        actions = with_optional(row, "actions") | ({row["action"]} if "action" in row else set())
        assert actions <= ACTIONS, row["id"]
        assert row.get("status", "") in STATUSES, row["id"]
        assert row.get("reported", "") in {"", "now", "recalled"}, row["id"]
        assert {party["as"] for party in row.get("parties", ())} <= PARTY_ROLES, row["id"]


def test_nothing_is_both_required_and_optional_or_claimed_of_the_irrelevant() -> None:
    for row in judged():
        for name in ("actions", "implementing", "affected", "items", "agencies", "codes", "instruments"):
            assert not set(row.get(name, ())) & set(row.get(f"{name}_optional", ())), (row["id"], name)
            assert row.get("relevant", True) or not with_optional(row, name), (row["id"], name)


def test_quotes_occur_in_the_document() -> None:
    for row in [*rows("sentences"), *rows("documents")]:
        text = row["title"] + "\n" + row["text"]
        quotes = row["why"].split(" … ")
        quotes += [value for name in QUOTED for value in row.get(name, ())]
        quotes += [party["text"] for party in row["parties"]]
        assert [quote for quote in quotes if not quote or quote not in text] == [], row["id"]


def test_ids_are_unique_and_texts_differ() -> None:
    for name in ("sentences", "documents", "headlines", "titles"):
        found = rows(name)
        assert len({row["id"] for row in found}) == len(found)
        assert len({(row["title"], row.get("text", "")) for row in found}) == len(found)


def test_counts_by_language() -> None:
    def count(name: str) -> Counter[str]:
        return Counter(row["lang"] for row in rows(name))

    assert all(count("sentences")[lang] >= (40 if lang == "zh-Hant" else 100) for lang in LANGUAGES)
    assert all(count("documents")[lang] >= (8 if lang == "zh-Hant" else 14) for lang in LANGUAGES)
    assert count("titles") == dict.fromkeys(LANGUAGES, 40)
    assert count("headlines") == {"en": 25, "ja": 25, "ko": 25, "zh-Hans": 17, "zh-Hant": 8}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_action_is_covered_in_each_language(lang: str) -> None:
    found = [row for row in rows("sentences") if row["lang"] == lang]
    counted = Counter(action for row in found for action in row["actions"])
    assert {action for action in ACTIONS if counted[action] < (1 if lang == "zh-Hant" else 3)} == set()
    kinds = Counter(row["class"].partition("/")[0] for row in found)
    wanted = {"direction", "negation", "denial", "demand", "hypothesis", "plan", "recalled", "date", "code", "negative"}
    assert wanted <= set(kinds)


def test_a_good_part_is_not_about_export_controls() -> None:
    for name, least, most in (("sentences", 0.15, 0.3), ("documents", 0.35, 0.5), ("headlines", 0.45, 0.55)):
        found = rows(name)
        assert least <= sum(not row["relevant"] for row in found) / len(found) <= most, name


def test_documents_are_of_the_size_promised_and_their_actions_are_measures() -> None:
    for row in rows("documents"):
        low, high, size = (80, 400, row["text"].split()) if row["lang"] == "en" else (200, 900, row["text"])
        assert low <= len(size) <= high, row["id"]
        now = {measure["action"] for measure in row["measures"] if measure["reported"] == "now"}
        assert set(row["actions"]) <= now, row["id"]
        assert bool(row["measures"]) == row["relevant"], row["id"]


def test_titles_are_short() -> None:
    assert [row["id"] for row in rows("titles") if not 0 < len(row["title"]) <= 30] == []
