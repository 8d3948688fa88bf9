"""`sources try` against stand-ins of the official sites: what it would publish and why, and that nothing is kept."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from collectors import sourcefiles
from collectors.publish import SEEN, Seen
from collectors.state import STATE, SourceState
from exportwatch.cli import main
from exportwatch.settings import load
from exportwatch.store import Put
from exportwatch.wiring import Wiring
from tests.collectors.kit import Answer, serve
from tests.collectors.ministries import Site, site
from tests.exportwatch.cli.test_parsing import Done

CONFIG = Path(__file__).parents[3] / "config" / "sources"


class Trying:
    """`exportwatch sources try` of a shipped source whose hosts are on loopback."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self._capsys = capsys

    def file(self, ministry: Site, name: str, **changes: str) -> None:
        folder = self.data / "config" / "sources"
        folder.mkdir(parents=True, exist_ok=True)
        text = ministry.local((CONFIG / f"{name}.toml").read_text(encoding="utf-8"))
        lines = [line for line in text.splitlines() if line.partition(" ")[0] not in ("fallback", "pause", *changes)]
        added = {"pause": "0.01", **changes}
        text = "".join(f"{key} = {value}\n" for key, value in added.items()) + "\n".join(lines)
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")

    def __call__(self, ministry: Site, name: str, *options: str) -> Done:
        with pytest.raises(SystemExit) as ended:
            main(
                [
                    *("--data", str(self.data), "--private-addresses", ministry.addresses),
                    *("sources", "try", name, *options),
                ]
            )
        captured = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, captured.out, captured.err)

    def output(self) -> str:
        return self._capsys.readouterr().out

    def store(self, *puts: Put) -> None:
        wiring = Wiring(load({"data": str(self.data)}, {}))
        wiring.store.put_many(list(puts))
        wiring.close()

    def stored(self) -> dict[str, bytes]:
        wiring = Wiring(load({"data": str(self.data)}, {}))
        found = {key: stored.value for key, stored in wiring.store.scan("")}
        wiring.close()
        return found


@pytest.fixture
def trying(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Trying:
    return Trying(tmp_path / "data", capsys)


NAMES = ["jp-meti", "kr-motir", "cn-mofcom", "us-fr", "gb-ecju", "wto-news", "us-ofac"]
PAGED = ["cn-mofcom", "us-fr"]
"""Their older releases are on older pages, which a trial does not ask for."""


@pytest.mark.parametrize("name", NAMES)
def test_all_that_a_poll_would_publish_is_shown(trying: Trying, name: str) -> None:
    with site(name) as ministry:
        trying.file(ministry, name, cadence="31536000", minimum="1")
        done = trying(ministry, name, "--json")
        expected = {document.id for document in ministry.expected() if not document.root}
        asked = len(ministry.requests)
    items = [row for row in done.objects if "fate" in row]
    shown = {row["id"] for row in items if row["fate"] in ("new", "backfill")}
    assert shown <= expected if name in PAGED else shown >= expected
    assert shown
    assert all(row["why"] for row in items)
    steps = [row["step"] for row in done.objects if "step" in row]
    assert steps[:1] == ["fetch"] or steps[:2] == ["resolve", "fetch"]
    assert "parse" in steps
    assert steps.count("follow") <= 3
    assert asked <= 3 + 1 + 3, "robots.txt, what warms up, the list, three pages"
    result = done.objects[-1]
    assert result["publishes"] is True
    assert done.code == (0 if result["state"] in ("OK", "MOVED") else 1)
    assert not (trying.data / "bus.db").exists()
    assert trying.stored() == {}


def test_what_is_known_is_not_new(trying: Trying) -> None:
    with site("kr-motir") as ministry:
        trying.file(ministry, "kr-motir")
        first = [row for row in trying(ministry, "kr-motir", "--json").objects if "fate" in row]
        known = Seen(content_hash="x", observed=1)
        state = SourceState(body="x", last_success=1, health="OK", counts=(100, 100, 100))
        kept = [
            Put(SEEN + first[0]["id"], msgspec.json.encode(known)),
            Put(STATE + "kr-motir", msgspec.json.encode(state)),
        ]
        trying.store(*kept)
        before = trying.stored()
        done = trying(ministry, "kr-motir", "--json")
        after = trying.stored()
    fates = {row["id"]: row["fate"] for row in done.objects if "fate" in row}
    assert fates[first[0]["id"]] in ("known", "changed")
    assert {fate for name, fate in fates.items() if name != first[0]["id"]} == {"new"}
    assert done.objects[-1]["state"] == "SHRUNK"
    assert done.code == 1
    assert before == after


def test_a_source_that_refuses_is_blocked_and_one(trying: Trying) -> None:
    with site("traps/akamai-403") as ministry:
        ministry.enter(1)
        trying.file(ministry, ministry.plan.follows or ministry.plan.source)
        done = trying(ministry, ministry.plan.follows or ministry.plan.source)
    assert done.code == 1
    assert "would be BLOCKED" in done.output
    assert "nothing was kept" in done.output


def test_an_unknown_source_is_two(trying: Trying) -> None:
    with site("jp-meti") as ministry:
        done = trying(ministry, "nobody")
    assert (done.code, done.output) == (2, "")


def test_a_person_sees_why(trying: Trying) -> None:
    with site("jp-meti") as ministry:
        trying.file(ministry, "jp-meti")
        done = trying(ministry, "jp-meti")
    assert "first poll, and older than" in done.output
    assert "jp-meti would be " in done.output.splitlines()[-1]


def test_an_entry_of_a_feed_is_weighed_against_its_last_revision(trying: Trying) -> None:
    rows = "".join(
        f"<item><title>輸出管理 수출통제 {n}</title><link>/{n}</link><pubDate>2026-11-0{n}</pubDate></item>"
        for n in (1, 2, 3)
    )
    feed = Answer(f'<rss version="2.0"><channel><title>t</title>{rows}</channel></rss>'.encode())
    with serve({"/feed": feed}) as server:
        folder = trying.data / "config" / "sources"
        folder.mkdir(parents=True)
        (folder / "demo.toml").write_text(
            f'publisher = "demo"\nkind = "notice"\nurl = "{server.url("/feed")}"\ncadence = 31536000\npause = 0.01\n',
            encoding="utf-8",
        )
        wiring = Wiring(load({"data": str(trying.data), "private_addresses": server.address}, {}))
        wiring.collect([sourcefiles.read(folder / "demo.toml")], once=True)
        wiring.close()
        server.script["/feed"] = Answer(feed.body.replace("통제 2<".encode(), "통제 2 (정정)<".encode()))
        with pytest.raises(SystemExit):
            main(
                [
                    *("--data", str(trying.data), "--private-addresses", server.address),
                    *("sources", "try", "demo", "--json"),
                ]
            )
    rows_seen = [json.loads(line) for line in trying.output().splitlines()]
    assert [row["fate"] for row in rows_seen if "fate" in row] == ["unchanged", "changed", "unchanged"]
