"""The command line as scripts and people use it: shapes of output, exit codes, errors of one line, a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import documents
from tests.e2e.outage import GIVES_UP, one_line
from tests.e2e.pairs import CLEAN, Done, Pair, cluster, embedded
from tests.servers.server import free_ports

SIZE = len(documents.corpus())
GROUPS = {
    "alerts": {"deliverer"},
    "dead-letters": set(),
    "documents": {"indexer", "matcher"},
    "releases": {"processor"},
    "sources": set(),
}
HIT = [
    "id",
    "native_id",
    "score",
    "title",
    "lang",
    "published",
    "source",
    "publisher",
    "url",
    "actions",
    "implementing",
    "affected",
    "items",
    "highlights",
]
CLAIMS = set(
    [
        "id",
        "lang",
        "relevant",
        "score",
        "actions",
        "implementing",
        "affected",
        "items",
        "item_labels",
        "agencies",
        "codes",
        "instruments",
        "dates",
        "mentions",
        "measures",
    ]
)
MEASURE = set(
    [
        "action",
        "implementing",
        "affected",
        "items",
        "codes",
        "agency",
        "basis",
        "announced",
        "published",
        "effective",
        "expires",
        "status",
        "reported",
        "confidence",
        "evidence",
    ]
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The corpus, searchable. Only read by tests."""
    with embedded(tmp_path_factory.mktemp("filled")) as pair:
        pair.ok("import", documents.CORPUS, "--wait")
        yield pair


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Pair]:
    with embedded(tmp_path) as pair:
        yield pair


def shell(line: str, **environment: str) -> Done:
    """Run one line of bash."""
    done = subprocess.run(["bash", "--norc", "-c", line], capture_output=True, env={**CLEAN, **environment}, timeout=60)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_version_and_help(fresh: Pair) -> None:
    assert re.fullmatch(r"exportwatch \d+\.\d+\.\d+\S*\n", fresh.ok("--version").output)
    for arguments in (("--help",), ("-h",), ("search", "--help")):
        assert fresh.ok(*arguments).output.startswith("Usage: exportwatch")
    names = [
        "collect",
        "process",
        "index",
        "import",
        "replay",
        "classify",
        "search",
        "tail",
        "topics",
        "doctor",
        "completion",
    ]
    assert [name for name in names if f"\n  {name} " not in fresh.ok("--help").output] == []
    assert not fresh.data.exists(), "asking for help makes no data folder"


def test_topics_before_and_after_the_first_commit(fresh: Pair) -> None:
    done = fresh.ok("import", documents.CORPUS)
    assert done.last == f"{SIZE} new, 0 changed, 0 unchanged, 0 rejected"
    rows = {row["topic"]: row for row in fresh.ok("topics", "--json").objects}
    assert {topic: set(row["groups"]) for topic, row in rows.items()} == GROUPS
    assert rows["releases"] == {
        "topic": "releases",
        "partition": 0,
        "begin": 0,
        "end": SIZE,
        "groups": {"processor": {"committed": None, "lag": SIZE}},
    }
    fresh.ok("process", "--once")
    fresh.ok("index", "--once")
    rows = {row["topic"]: row for row in fresh.ok("topics", "--json").objects}
    assert rows["releases"]["groups"] == {"processor": {"committed": SIZE, "lag": 0}}
    assert rows["documents"]["groups"]["indexer"] == {"committed": SIZE, "lag": 0}
    assert rows["documents"]["groups"]["matcher"] == {"committed": None, "lag": SIZE}
    assert "releases" in fresh.ok("topics").output


def test_tail_shows_records_from_where_it_is_told(filled: Pair) -> None:
    records = filled.ok("tail", "documents", "--json").objects
    assert [record["offset"] for record in records] == list(range(SIZE))
    assert list(records[0]) == ["topic", "partition", "offset", "key", "timestamp", "value"]
    assert filled.ok("tail", "documents", "--json", "--from", "beginning").objects == records
    assert filled.ok("tail", "documents", "--json", "--from", "12").objects == records[12:]
    assert filled.ok("tail", "documents", "--json", "--from", "end").output == ""
    raw = filled.ok("tail", "documents", "--raw").output.splitlines()
    assert [json.loads(line) for line in raw] == [record["value"] for record in records]
    seen = filled.ok("tail", "releases").output.splitlines()
    assert len(seen) == SIZE
    assert all(len(line) < 200 + 120 for line in seen)
    assert all("\x1b" not in line for line in seen)


def test_tail_follows(fresh: Pair) -> None:
    fresh.ok("import", documents.CORPUS)
    command = fresh.command("tail", "releases", "--follow", "--from", "beginning", "--json")
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=CLEAN) as follower:
        try:
            assert follower.stdout
            assert [json.loads(follower.stdout.readline())["offset"] for _ in range(SIZE)] == list(range(SIZE))
            fresh.ok("import", documents.write(fresh.folder / "more.jsonl", documents.repeated(1)))
            assert json.loads(follower.stdout.readline())["offset"] == SIZE
        finally:
            follower.kill()


def test_search_prints_what_scripts_expect(filled: Pair) -> None:
    hits = filled.ok("search", "--json", '="hydrogen fluoride"').objects
    assert [list(hit) for hit in hits] == [HIT]
    assert (hits[0]["id"], hits[0]["source"], hits[0]["lang"]) == ("e2e:en-1", "Example Wire", "en")
    assert hits[0]["published"] == "2019-07-01"
    assert [list(span) for span in hits[0]["highlights"]] == [["field", "start", "end"]] * len(hits[0]["highlights"])
    assert len(filled.ok("search", "--json", "--limit", "3", "*").objects) == 3
    scores = [hit["score"] for hit in filled.search("*")]
    assert scores == sorted(scores, reverse=True)
    by_url = next(hit for hit in filled.search("=rotterdam"))
    assert (by_url["publisher"], by_url["published"]) == ("import", "2021-05-06T09:30:00+09:00")
    assert by_url["id"] == f"import:{by_url['native_id']}"


def test_search_takes_queries_that_look_like_options(filled: Pair) -> None:
    without = {hit["id"] for hit in filled.ok("search", "--json", "--limit", "100", "--", "-lang:en").objects}
    assert without == {line["id"] for line in documents.corpus() if line["lang"] != "en" and "id" in line}
    assert filled.ok("search", "--json", "--", "-x", "=hydrogen").objects[0]["id"] == "e2e:en-1"
    assert filled.ok("search", "--json", "=hydrogen", "fluoride").objects[0]["id"] == "e2e:en-1"


@pytest.mark.parametrize("query", ['("open', "title:(", "nosuchfield:x", "a AND", "x" * 4001, "(" * 31 + "x"])
def test_a_wrong_query_is_one_line_and_names_the_place(filled: Pair, query: str) -> None:
    done = filled.run("search", query)
    assert done.code == 2, done
    one_line(done)
    if len(query) < 100:
        assert re.search(r"column \d+", done.errors), done.errors


def test_classify_echoes_ids_in_order_and_proves_its_claims(fresh: Pair, tmp_path: Path) -> None:
    lines = [{**line, "id": line.get("id", "by-url")} for line in documents.corpus() if "text" in line]
    path = documents.write(tmp_path / "in.jsonl", lines)
    found = fresh.ok("classify", path).objects
    assert [claims["id"] for claims in found] == [line["id"] for line in lines]
    assert fresh.ok("classify", "-", text=path.read_text(encoding="utf-8")).objects == found
    assert not CLAIMS - set(found[0])
    for line, claims in zip(lines, found, strict=True):
        assert claims["lang"] == line["lang"]
        for mention in claims["mentions"]:
            assert set(mention) == set(["kind", "concept", "field", "start", "end", "text", "rule"])
            assert line[mention["field"]][mention["start"] : mention["end"]] == mention["text"] != ""
        for measure in claims["measures"]:
            assert not MEASURE - set(measure)
            assert all(line[span["field"]][span["start"] : span["end"]] for span in measure["evidence"])
    relevant = {claims["id"] for claims in found if claims["relevant"]}
    assert {"e2e:en-1", "e2e:ja-1", "e2e:ko-1", "e2e:zh-Hans-1", "e2e:zh-Hant-1", "e2e:en-2"} <= relevant
    assert not {"e2e:en-4", "e2e:ja-2", "e2e:ko-2", "e2e:zh-Hans-2", "e2e:zh-Hant-2"} & relevant


def test_doctor_finds_nothing_wrong(filled: Pair) -> None:
    findings = filled.ok("doctor", "--json").objects
    assert {finding["status"] for finding in findings} <= {"ok", "warning"}
    assert any("15 documents" in finding["message"] for finding in findings)
    assert "ok" in filled.ok("doctor").output


@pytest.mark.parametrize(
    "arguments",
    [
        ("tail", "documents", "--json"),
        ("tail", "releases", "--raw"),
        ("tail", "releases"),
        ("topics", "--json"),
        ("topics",),
        ("search", "--json", "*"),
        ("search", "*"),
        ("classify", str(documents.CORPUS)),
        ("doctor",),
        ("--help",),
        ("--version",),
    ],
)
def test_a_reader_that_has_gone_is_no_error(filled: Pair, arguments: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(filled.command(*arguments), stdout=write, stderr=subprocess.PIPE, env=CLEAN, timeout=60)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_tail_into_head_is_silent(fresh: Pair) -> None:
    fresh.ok("import", documents.write(fresh.folder / "flow.jsonl", documents.repeated(300)))
    tail = " ".join(fresh.command("tail", "releases", "--json"))
    done = shell(f"{tail} | head -1; exit ${{PIPESTATUS[0]}}")
    assert (done.code, done.errors) == (0, "")
    assert done.objects[0]["offset"] == 0


WRONG = [
    ("--bus", "nonsense", "topics"),
    ("--bus", "kafka://", "topics"),
    ("--bus", "kafka://host", "topics"),
    ("--bus", "http://host:9092", "topics"),
    ("--index", "http://", "search", "x"),
    ("--index", "http://host:port", "search", "x"),
    ("--index", "kafka://host:9092", "search", "x"),
    ("--store", "ftp://host", "import", str(documents.CORPUS)),
    ("--bogus", "1", "topics"),
    ("--batch", "many", "process"),
    ("--batch", "0", "process"),
    ("nosuchcommand",),
    ("import",),
    ("import", "nosuchfile.jsonl"),
    ("tail", "nosuchtopic"),
    ("tail", "documents", "--from", "yesterday"),
    ("replay", "--from", "yesterday"),
    ("search", "--limit", "0", "x"),
    ("classify", "nosuchfile.jsonl"),
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage_is_one_line_and_exit_2(fresh: Pair, arguments: tuple[str, ...]) -> None:
    done = fresh.run(*arguments)
    assert done.code == 2, done
    one_line(done)


def test_an_unknown_setting_is_named_wherever_it_stands(fresh: Pair) -> None:
    topics = " ".join(fresh.command("topics"))
    done = shell(topics, EXPORTWATCH_NAMESPAEC="x")
    assert done.code == 2
    one_line(done)
    assert "EXPORTWATCH_NAMESPAEC" in done.errors
    fresh.data.mkdir()
    (fresh.data / "exportwatch.toml").write_text('namespaec = "x"\n')
    done = fresh.run("topics")
    assert done.code == 2
    one_line(done)
    assert "exportwatch.toml" in done.errors
    assert "namespaec" in done.errors


def test_commands_for_people_give_up_on_a_missing_server(tmp_path: Path) -> None:
    kafka, elasticsearch = free_ports(2)
    absent = {"kafka": f"127.0.0.1:{kafka}", "elasticsearch": f"http://127.0.0.1:{elasticsearch}"}
    commands = {
        "search": ("search", "METI"),
        "topics": ("topics", "--json"),
        "tail": ("tail", "documents", "--json"),
        "import": ("import", str(documents.CORPUS), "--wait"),
        "replay": ("replay",),
    }
    with cluster(tmp_path, "nowhere", **absent) as pair:
        began = time.monotonic()
        running = {name: subprocess.Popen(pair.command(*command), **_pipes()) for name, command in commands.items()}
        done = {name: _finish(process) for name, process in running.items()}
        took = time.monotonic() - began
    assert {name: result.code for name, result in done.items()} == dict.fromkeys(commands, 2), done
    for result in done.values():
        one_line(result)
    # All five share two cores, so they may take a little longer than one alone.
    assert took < GIVES_UP


def _pipes() -> dict[str, Any]:
    return {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": CLEAN}


def _finish(process: subprocess.Popen[bytes]) -> Done:
    output, errors = process.communicate(timeout=60)
    return Done(process.returncode, output.decode(), errors.decode())


def test_completion(fresh: Pair, tmp_path: Path) -> None:
    for name in ("bash", "zsh", "fish"):
        assert "exportwatch" in fresh.ok("completion", name).output
    script = tmp_path / "complete.bash"
    script.write_text(fresh.ok("completion", "bash").output)
    done = shell(f"source {script} && complete -p exportwatch")
    assert (done.code, done.errors) == (0, "")
    asked = {"_EXPORTWATCH_COMPLETE": "bash_complete", "COMP_WORDS": "exportwatch sea", "COMP_CWORD": "1"}
    assert shell(fresh.command()[0] + " -m exportwatch", **asked).output.split() == ["plain,search"]


HOSTILE = {
    "id": "e2e:hostile",
    "title": "osmium \x1b[2J\x1b]0;owned\x07 \u202edlrow\u2066 \x9b31m \u200b",
    "text": "osmium \x1b[8mhidden\r\x08 \u2067text\u2069 export controls",
    "source": "a\x1b[Hb\u202ec",
    "url": "https://news.example/\x1b[2J",
}
BIDI_AND_CONTROLS = "[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\x80-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069]"


def test_a_terminal_shows_highlights_in_colour(filled: Pair) -> None:
    shown = _on_terminal(filled, "search", '="hydrogen fluoride"')
    assert re.search(r"\x1b\[[\d;]+mhydrogen fluoride\x1b\[0m", shown), shown
    assert "e2e:en-1" in shown
    plain = filled.ok("search", '="hydrogen fluoride"').output
    assert "\x1b" not in plain
    assert "hydrogen fluoride" in plain


def test_foreign_control_characters_are_inert_on_a_terminal(fresh: Pair, tmp_path: Path) -> None:
    fresh.ok("import", documents.write(tmp_path / "hostile.jsonl", [HOSTILE]), "--wait")
    assert fresh.ids("=osmium") == ["e2e:hostile"]
    for arguments in (("search", "=osmium"), ("tail", "documents"), ("tail", "releases"), ("topics",), ("doctor",)):
        shown = _on_terminal(fresh, *arguments)
        bare = re.sub(r"\x1b\[[\d;]*m|\x1b\[\?25[lh]", "", shown)
        assert "\x1b" not in bare, (arguments, shown)
        assert not re.search(BIDI_AND_CONTROLS, bare), (arguments, shown)
    assert "[8m" not in re.sub(r"\ufffd\[8m", "", _on_terminal(fresh, "search", "=osmium"))


def _on_terminal(pair: Pair, *arguments: str) -> str:
    """What a command writes when standard output is a terminal of 200 columns."""
    parent, child = pty.openpty()
    environment = {**CLEAN, "TERM": "xterm-256color", "COLUMNS": "200", "LINES": "50"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        pair.command(*arguments), stdin=subprocess.DEVNULL, stdout=child, stderr=child, env=environment
    )
    os.close(child)
    shown = b""
    while select.select([parent], [], [], 60)[0]:
        try:
            chunk = os.read(parent, 65536)
        except OSError:  # the other end is closed
            break
        shown += chunk
        if not chunk:
            break
    os.close(parent)
    assert process.wait(60) == 0, shown
    return shown.decode()
