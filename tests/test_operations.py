"""docs/operations.md and docs/tutorial.md say what the program says, and the tutorial ends as it promises."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from collectors.freshness import BACKOFF
from collectors.kept import VISITS
from exportwatch.health import HealthState
from exportwatch.web.words import span
from tests.collectors.kit import Answer, Loopback, Script, serve
from tests.e2e.pairs import Done, Pair, embedded

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


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    lines = OPERATIONS.partition(f"\n{heading}\n")[2].partition("\n#")[0].splitlines()
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    assert found[1] == ["---"] * len(found[0])
    return found[2:]


def seconds(words: str) -> int:
    """`6 hours` -> 21,600; `its interval` -> 0."""
    units = {"minute": 60, "hour": 3600, "day": 86_400}
    number, _, unit = words.partition(" ")
    return int(number) * units[unit.rstrip("s")] if number.isdigit() else 0


def test_the_runbook_has_every_state_of_a_source_once_and_says_what_to_do() -> None:
    table = rows("## How each source does")
    assert sorted(row[0].strip("`") for row in table) == sorted(state for state in get_args(HealthState) if state)
    assert [row for row in table if not row[1]] == []
    assert {row[0].strip("`") for row in table if not all(row)} == {"OK"}


def test_the_runbook_says_how_long_a_failure_waits() -> None:
    table = {row[0].strip("`"): (seconds(row[2]), seconds(row[3])) for row in rows("### How often do we ask")}
    assert table == {name: (each.first, each.most) for name, each in BACKOFF.items()}
    (twice,) = [name for name, each in BACKOFF.items() if each.steady > 1]
    assert (twice, BACKOFF[twice].steady) == ("unreadable", 2), "the table says `its interval, twice`"
    (soon,) = [name for name, each in BACKOFF.items() if each.sooner]
    assert f"Only after `{soon}` is it asked before its `interval` is over" in OPERATIONS


def test_the_runbook_says_when_a_release_is_looked_at_again() -> None:
    *first, last = [words if words[0].isdigit() else f"1 {words}" for words in (span(each // 1000) for each in VISITS)]
    assert f"is fetched again {', '.join(first)} and {last} after it was first seen" in OPERATIONS


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


def test_the_tutorial_says_why_all_but_the_radio_are_relevant(tmp_path: Path) -> None:
    (news,) = blocks("json")
    (tmp_path / "news.jsonl").write_text(news, encoding="utf-8")
    (command,) = [line for block in blocks() for line in block.splitlines() if " --explain " in line]
    said = Pair("tutorial", tmp_path, {}).ok(*shlex.split(command)[1:-1], tmp_path / "news.jsonl").output
    assert re.findall(r"^(try:\d) .*\n(Not relevant|Relevant)", said, re.M) == [
        *((f"try:{number}", "Relevant") for number in range(1, 5)),
        ("try:5", "Not relevant"),
    ]


NEWS = "https://trade.example.org"
TITLES = (
    "Individual licences for exports of gallium from April",
    "Export licences for machine tools are suspended",
    "戦略物資の輸出管理に関する説明会の開催について",
    "전략물자 수출허가 제도 개선 설명회 개최 안내",
    "关于对镓、锗相关物项实施出口管制的公告说明",
    "戰略性高科技貨品輸出管制實體名單更新公告",
)


TEXT = "The ministry will require an individual licence for every export of gallium and of its compounds from April on."
HTML = {"Content-Type": "text/html; charset=utf-8"}


def blocks(language: str = "") -> list[str]:
    found: list[tuple[str, str]] = re.findall(r"^```([a-z]*)\n(.*?)^```$", TUTORIAL, re.M | re.S)
    return [text for named, text in found if named == language]


def steps(folder: Path, server: Loopback) -> dict[str, Done]:
    """The commands of the tutorial's second half, run in order; the invented site is a server of our own."""
    commands = [line for block in blocks() for line in block.splitlines() if line.startswith(".venv/bin/exportwatch ")]
    begin = next(place for place, line in enumerate(commands) if " sources add " in line)
    assert len(commands[begin:]) == 7
    pair = Pair("tutorial", folder, {"private-addresses": server.address})
    found = {}
    for line in commands[begin:]:
        words = shlex.split(line.replace(NEWS, server.url("")))[1:]
        found[" ".join(words[:2])] = pair.run(*(str(folder / word) if word == "page.html" else word for word in words))
        if words[1] == "add" and words[0] == "sources":  # a server of our own needs no second between two requests
            path = pair.data / "config" / "sources" / "trade-news.toml"
            path.write_text("pause = 0.01\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    return found


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Loopback]:
    """A list of six releases of the last ten days, and the pages behind it; one of them saved as `page.html`."""
    today = datetime.now(UTC).date()
    rows, pages = "", dict[str, bytes]()
    for number, title in enumerate(TITLES, 1):
        day = today - timedelta(2 * number)
        rows += f'<li><span class="day">{day}</span> <a href="/{number}.html">{title}</a></li>'
        pages[f"/{number}.html"] = f"<!doctype html><title>{title}</title><h1>{title}</h1><p>{TEXT}</p>".encode()
    script: dict[str, Script] = {path: Answer(page, headers=HTML) for path, page in pages.items()}
    script["/news/"] = Answer(f'<h1>News</h1><ul class="news">{rows}</ul>'.encode(), headers=HTML)
    with serve(script) as server:
        saved = f"<!-- saved from url=({len(server.url('/1.html')):04}){server.url('/1.html')} -->\n".encode()
        (tmp_path / "page.html").write_bytes(saved + pages["/1.html"])
        yield server


def test_the_tutorial_adds_a_source_and_what_else_it_says_of_it(tmp_path: Path, site: Loopback) -> None:
    done = steps(tmp_path, site)
    codes = {name: each.code for name, each in done.items()}
    assert codes == {**dict.fromkeys(done, 0), "backfill trade-news": 1}, done
    proposed = re.sub(r" +#", " #", done["sources add"].output).splitlines()
    (shown,) = [block for block in blocks("toml") if "[list]" in block]
    assert [line for line in shown.splitlines() if line not in proposed] == []
    ends = re.compile(r"^trade-news would be OK; \d new, \d backfill; nothing was kept$", re.M)
    assert len(ends.findall(TUTORIAL)) == len(ends.findall(done["sources try"].output)) == 1
    assert done["import --as"].output == "1 new, 0 changed, 0 unchanged, 0 rejected\n"
    assert "5 new" in done["backfill trade-news"].output, "the page that was imported is the same document"
    assert "was not reached: the list ends there" in done["backfill trade-news"].errors
    assert "is STALE" in done["subscriptions test"].output
