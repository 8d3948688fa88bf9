"""Import to searchable, over both pairs against one expected file; what is broken ends as it should, alone."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e import documents
from tests.e2e.check import check
from tests.e2e.pairs import Pair

EXPECTED: Final = json.loads((Path(__file__).parent / "expected.json").read_text(encoding="utf-8"))
SIZE: Final = len(documents.corpus())
ALL: Final = set(EXPECTED["searches"]["*"])

OVERLAY = """\
[item.e2e-resin]
en = ["specimen resin"]
ja = ["見本樹脂"]
ko = ["견본수지"]
"""


def summary(new: int = 0, changed: int = 0, unchanged: int = 0, rejected: int = 0) -> str:
    return f"{new} new, {changed} changed, {unchanged} unchanged, {rejected} rejected"


def test_every_document_is_found_and_proven(pair: Pair) -> None:
    done = pair.ok("import", documents.CORPUS, "--wait")
    assert done.last == summary(new=SIZE)
    verdict = check(pair.options, ALL)
    assert not verdict.problems, verdict
    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(EXPECTED["searches"], pool.map(pair.search, EXPECTED["searches"]), strict=True))
    assert {query: sorted(hit["id"] for hit in hits) for query, hits in found.items()} == EXPECTED["searches"]
    quotes = {query: _quotes(found[query]) for query in EXPECTED["quotes"]}
    assert quotes == EXPECTED["quotes"]
    assert {id: _part(hit, EXPECTED["claims"][id]) for id, hit in _hits(found["*"]).items()} == EXPECTED["claims"]


def _hits(hits: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {hit["id"]: hit for hit in hits if hit["id"] in EXPECTED["claims"]}


def _part(hit: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
    """What the expected claims speak of. Of the items they name the main ones only, where there are any."""
    main = {"items": [item for item in claims["items"] if item in hit["items"]]} if claims.get("items") else {}
    return {name: hit[name] for name in claims} | main


def _quotes(hits: list[dict[str, Any]]) -> dict[str, list[str]]:
    given = {line["id"]: line for line in documents.corpus() if "id" in line}
    return {hit["id"]: _quoted(hit, given[hit["id"]]) for hit in hits}


def _quoted(hit: dict[str, Any], line: dict[str, str]) -> list[str]:
    return sorted({line[span["field"]][span["start"] : span["end"]] for span in hit["highlights"]})


def test_importing_again_changes_nothing_and_a_changed_line_is_changed(pair: Pair, tmp_path: Path) -> None:
    pair.ok("import", documents.CORPUS, "--wait")
    before = _ends(pair)
    again = pair.ok("import", documents.CORPUS, "--wait")
    assert again.last == summary(unchanged=SIZE)
    assert _ends(pair) == before
    lines = documents.corpus()
    lines[3]["title"] += "（修订）"
    edited = documents.write(tmp_path / "edited.jsonl", lines)
    assert pair.ok("import", edited, "--wait").last == summary(changed=1, unchanged=SIZE - 1)
    assert pair.ids("title:修订") == ["e2e:zh-Hans-1"]
    back = pair.ok("import", documents.CORPUS, "--wait", "--json")
    assert back.objects[-1] == {"new": 0, "changed": 1, "unchanged": SIZE - 1, "rejected": 0}
    assert pair.ids("title:修订") == []
    verdict = check(pair.options, ALL)
    assert (verdict.problems, verdict.revisions) == ((), SIZE + 2)


def _ends(pair: Pair) -> dict[tuple[str, int], int]:
    return {(row["topic"], row["partition"]): row["end"] for row in pair.ok("topics", "--json").objects}


def test_replay_applies_an_edited_taxonomy_and_says_how_many_changed(pair: Pair) -> None:
    pair.ok("import", documents.CORPUS, "--wait")
    before = {hit["id"]: hit["items"] for hit in pair.search("*")}
    folder = pair.data / "config" / "taxonomy"
    folder.mkdir(parents=True)
    (folder / "resin.toml").write_text(OVERLAY, encoding="utf-8")
    done = pair.ok("replay", "--wait")
    after = {hit["id"]: hit["items"] for hit in pair.search("*")}
    changed = {id for id in ALL if before[id] != after[id]}
    assert changed == {"e2e:en-1", "e2e:ja-1", "e2e:ko-1"}
    assert all("e2e-resin" in after[id] for id in changed)
    assert re.search(r"\b3 changed\b", done.last), done.output
    assert pair.ids("item:e2e-resin") == sorted(changed)
    verdict = check(pair.options, ALL)
    assert not verdict.problems, verdict


def test_what_is_broken_ends_with_its_place_and_the_others_go_on(pair: Pair, tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    good = documents.corpus()[0]
    lines = [
        json.dumps({**good, "id": "e2e:first"}),
        '{"id": "e2e:malformed", "title": ',
        '{"id": "e2e:surrogate", "title": "half \\ud800 a pair", "text": "x"}',
        json.dumps({"id": "e2e:nothing", "title": "", "text": ""}),
        json.dumps({"id": "e2e:null-byte", "title": "null\u0000byte", "text": "수출\u0000규제 export licence"}),
        json.dumps({"id": "e2e:no-title", "title": "", "text": "Untitled zirconium notice"}),
        json.dumps({"id": "e2e:no-text", "title": "Textless hafnium notice", "text": ""}),
        json.dumps({**good, "id": "e2e:last"}),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = pair.run("import", path, "--wait")
    assert (done.code, done.last) == (1, summary(new=5, rejected=3))
    places = sorted(int(number) for number in re.findall(rf"{re.escape(path.name)}\D{{1,10}}(\d+)", done.errors))
    assert places == [2, 3, 4], done.errors
    assert len(done.errors.splitlines()) == 3
    assert "Traceback" not in done.errors
    verdict = check(pair.options, {"e2e:first", "e2e:null-byte", "e2e:no-title", "e2e:no-text", "e2e:last"})
    assert not verdict.problems, verdict
    assert pair.ids("=zirconium") == ["e2e:no-title"]
    assert pair.ids("title:hafnium") == ["e2e:no-text"]
    assert pair.ids("licence title:byte") == ["e2e:null-byte"]


def test_html_bombs_and_giants_stay_findable_or_become_a_dead_letter(pair: Pair, tmp_path: Path) -> None:
    divs = {"id": "e2e:divs", "title": "Two hundred thousand boxes", "html": "<div>" * 200_000}
    giant = {"id": "e2e:giant", "title": "巨大 giant", "url": "https://news.example/giant", "text": "a " * 13_107_200}
    after = {**documents.corpus()[1], "id": "e2e:after"}
    path = documents.write(tmp_path / "bombs.jsonl", [divs, giant, after])
    done = pair.run("import", path, "--wait")
    assert (done.code, done.last) == (0, summary(new=3)), done.errors
    letters = _letters(pair)
    assert set(letters) <= {"e2e:divs"}, letters
    assert all(letters.values())
    verdict = check(pair.options, {"e2e:divs", "e2e:giant", "e2e:after"}, letters=len(letters))
    assert not verdict.problems, verdict
    assert pair.ids("=giant") == ["e2e:giant"]
    assert pair.ids("=photoresist") == ["e2e:after"]
    releases = {record["value"]["body"]["id"]: record["value"]["body"] for record in _records(pair, "releases")}
    assert releases["e2e:giant"]["state"] == "too large"
    assert not (releases["e2e:giant"].get("body") or {}).get("data")


def _document(pair: Pair, id: str) -> dict[str, str]:
    """The title and text that offsets count in, as the topic `documents` carries them."""
    bodies = [record["value"]["body"]["document"] for record in _records(pair, "documents")]
    return next(body for body in bodies if body["id"] == id)


def _letters(pair: Pair) -> dict[str, str]:
    """Id -> reason of every dead letter."""
    bodies = [record["value"]["body"] for record in _records(pair, "dead-letters")]
    return {body["key"].rpartition("@")[0]: body["reason"] for body in bodies}


def _records(pair: Pair, topic: str) -> list[dict[str, Any]]:
    return pair.ok("tail", topic, "--json").objects


def test_the_development_set_and_the_seed_are_searchable(pair: Pair) -> None:
    seed, docs = documents.SHARED / "seed.txt", documents.SHARED / "dev" / "docs.jsonl"
    if not docs.exists():
        pytest.skip("the development set does not lie beside the checkout")
    done = pair.ok("import", seed, docs, "--wait")
    assert done.last == summary(new=185)
    verdict = check(pair.options)
    assert (verdict.problems, verdict.documents) == ((), 185)
    hits = {hit["id"]: hit for hit in pair.search("METI AND Korea")}
    found = [hit for hit in hits.values() if hit["id"].startswith("import:")]
    assert len(found) == 1, sorted(hits)
    assert found[0]["highlights"]
    quotes = _quoted(found[0], _document(pair, found[0]["id"]))
    assert any("Korea" in quote for quote in quotes), quotes
    assert any(word in quote for quote in quotes for word in ("METI", "Ministry of Economy")), quotes
    assert pair.ok("import", seed, docs, "--wait").last == summary(unchanged=185)
