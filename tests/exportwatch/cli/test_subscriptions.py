"""Commands `subscriptions …`: what they print, what they refuse, and that a secret is shown once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from exportwatch import codec, subscriptions
from exportwatch.alerts import outbox
from exportwatch.alerts.journal import Journal
from exportwatch.bus import SOURCES
from exportwatch.cli import main
from exportwatch.health import HealthEvent
from exportwatch.query.fields import prepare
from exportwatch.settings import load
from exportwatch.wiring import Wiring
from tests.documents import taxonomy
from tests.subscribed import HYDROGEN_FLUORIDE, PAGES, alert, in_language


class Done(NamedTuple):
    code: int
    output: str
    errors: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.splitlines()]


class Command:
    """`exportwatch --data … subscriptions …` in this process."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Done:
        with pytest.raises(SystemExit) as ended:
            main(["--data", str(self.data), "subscriptions", *arguments])
        captured = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, captured.out, captured.err)

    def refused(self, *arguments: str) -> str:
        """The one line of an error of usage."""
        done = self(*arguments)
        assert (done.code, done.output) == (2, ""), done
        (line,) = done.errors.splitlines()
        return line

    def wiring(self) -> Wiring:
        return Wiring(load({"data": str(self.data)}, {}))


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path / "data", capsys)


def test_a_subscription_is_made_listed_shown_and_removed(command: Command) -> None:
    (made,) = command("add", "--json", "--note", "メモ 메모", HYDROGEN_FLUORIDE).objects
    assert made["id"] == "hydrogen-fluoride-against-kr"
    assert made["channels"] == ["console:"]
    assert "secret" not in made
    assert command("list", "--json").objects == [made]
    assert made["id"] in command("list").output
    (shown,) = command("show", made["id"], "--json").objects
    assert shown == made | {"sent": 0, "pending": 0, "failed": 0, "last_error": ""}
    assert "メモ 메모" in command("show", made["id"]).output
    assert command("remove", made["id"], "--json").objects == [{"removed": made["id"]}]
    assert command("list", "--json").objects == []
    assert command("list").code == 0


@pytest.mark.parametrize(
    ("query", "id"),
    [("フッ化水素", "hydrogen-fluoride"), ("불화수소", "hydrogen-fluoride"), ("氟化氫", "hydrogen-fluoride")],
)
def test_ids_are_readable_in_every_language_and_never_the_same(command: Command, query: str, id: str) -> None:
    assert [command("add", "--json", query).objects[0]["id"] for _ in range(3)] == [id, f"{id}-2", f"{id}-3"]


def test_the_words_that_are_expanded_are_said(command: Command) -> None:
    assert "フッ化水素 also finds hydrogen fluoride in every language" in command("add", "フッ化水素").output


def test_a_secret_is_shown_when_it_is_made_and_never_again(command: Command) -> None:
    hook = ("--channel", "https://hooks.example/T0")
    (made,) = command("add", "--json", "--id", "hook", *hook, "gallium").objects
    assert len(made["secret"]) >= 40
    every = [command("list", "--json"), command("list"), command("show", "hook", "--json"), command("show", "hook")]
    assert all(made["secret"] not in done.output + done.errors for done in every)
    assert made["secret"] not in json.dumps(command("list", "--json").objects)


def test_what_is_wrong_is_said_in_one_line_and_nothing_is_kept(command: Command) -> None:
    assert "column" in command.refused("add", "gallium AND (")
    assert "channel" in command.refused("add", "--channel", "gopher://a", "gallium")
    assert "absolute" in command.refused("add", "--channel", "file:here.jsonl", "gallium")
    assert "a-z" in command.refused("add", "--id", "No!", "gallium")
    assert "--id" in command.refused("add", "--replace", "gallium")
    assert "twice" in command.refused("add", "--channel", "console:", "--channel", "console:", "gallium")
    assert "no subscription" in command.refused("show", "absent")
    assert "no subscription" in command.refused("remove", "absent")
    assert "no subscription" in command.refused("remove", "../../x")
    assert "--send" in command.refused("test", "--send", "gallium")
    assert command("list", "--json").objects == []


def test_a_subscription_is_changed_on_purpose_only(command: Command) -> None:
    command("add", "--id", "metal", "gallium")
    assert "--replace" in command.refused("add", "--id", "metal", "germanium")
    command("add", "--id", "metal", "--replace", "germanium")
    assert [made["query"] for made in command("list", "--json").objects] == ["germanium"]


def test_show_counts_what_became_of_messages(command: Command) -> None:
    command("add", "--id", "hf", "gallium")
    wiring = command.wiring()
    entries = {outbox.ledger_key(alert(n)): outbox.new_entry(alert(n), ["console:"], 1) for n in range(3)}
    outbox.create(Journal(wiring.store), entries)
    wiring.close()
    assert command("show", "hf", "--json").objects[0]["pending"] == 3


def test_a_hostile_query_is_inert_on_a_terminal(command: Command) -> None:
    command("add", "--id", "evil", "--note", "\x1b[2J\u202eevil", "gallium")
    assert not set(command("show", "evil").output) & set("\x1b\u202e")


@pytest.fixture
def indexed(command: Command) -> Command:
    """The story is indexed in every language, each observed later than the one before."""
    wiring = command.wiring()
    items = [in_language(lang, observed=2000 + number) for number, lang in enumerate(PAGES)]
    wiring.index.put([prepare(item, taxonomy()) for item in items])
    wiring.index.refresh()
    wiring.close()
    return command


def test_test_shows_the_newest_first_with_its_alert(indexed: Command) -> None:
    found = indexed("test", "--json", HYDROGEN_FLUORIDE).objects
    assert [hit["lang"] for hit in found] == list(reversed(PAGES))
    assert "氟化氫" in found[0]["alert"]
    assert [hit["alert"] for hit in found[1:]] == [None] * 4
    assert len(indexed("test", "--json", "--limit", "2", HYDROGEN_FLUORIDE).objects) == 2
    shown = indexed("test", "--limit", "2", HYDROGEN_FLUORIDE).output
    assert "5 documents would have matched, the newest 2 shown" in shown
    assert PAGES["zh-Hant"][0] in shown


def test_test_sends_only_when_told(indexed: Command) -> None:
    path = indexed.data.parent / "alerts.jsonl"
    indexed("add", "--id", "hf", "--channel", f"file:{path}", HYDROGEN_FLUORIDE)
    assert indexed("test", "hf").code == 0
    assert not path.exists()
    assert indexed("test", "hf", "--send").code == 0
    (sent,) = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert (sent["test"], sent["subscription"], sent["id"]) == (True, "hf", "p:zh-Hant")
    wiring = indexed.wiring()
    assert list(wiring.store.scan(outbox.LEDGER)) == []
    assert subscriptions.load(wiring.store, "hf")
    wiring.close()


def test_a_test_that_cannot_be_sent_fails(indexed: Command, tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    indexed("add", "--id", "hf", "--channel", f"file:{tmp_path}/plain/alerts.jsonl", HYDROGEN_FLUORIDE)
    done = indexed("test", "--json", "hf", "--send")
    assert done.code == 1
    assert done.objects[-1]["sent"] is False
    indexed("add", "--id", "none", "zzzz")
    done = indexed("test", "none", "--send")
    assert done.code == 1
    assert "no document matches" in done.errors


def test_an_operator_subscribes_to_the_health_of_the_sources(command: Command) -> None:
    (made,) = command("add", "ops", "--health", "--to", "file:/var/log/ops.jsonl", "--json").objects
    assert (made["id"], made["query"], made["health"]) == ("ops", "", True)
    assert made["channels"] == ["file:/var/log/ops.jsonl"]
    assert "the health of the sources" in command("list").output
    (shown,) = command("show", "ops", "--json").objects
    assert shown["health"] is True
    assert command("add", "--health", "--json").objects[0]["id"] == "health"
    assert "takes no query" in command.refused("add", "--health", "two", "words")
    assert "takes no query" in command.refused("add", "--health", "--id", "ops", "METI")
    assert "--health" in command.refused("add")


def test_the_test_of_a_subscription_to_health_shows_the_changes_it_would_have_told(
    command: Command, tmp_path: Path
) -> None:
    event = HealthEvent(source="jp-meti", state="STALE", was="OK", at=1_700_000_000_000, reason="新着なし 새 글 없음")
    wiring = command.wiring()
    wiring.bus.operator().ensure_topics()
    producer = wiring.bus.producer()
    for each in (event, replace(event, at=1_700_000_001_000, state="RECOVERED", was="STALE")):
        producer.send(SOURCES, each.source, codec.HEALTH.encode(each), partition_by=each.source)
    producer.flush()
    producer.close()
    wiring.close()
    path = tmp_path / "told.jsonl"
    command("add", "ops", "--health", "--to", f"file:{path}")
    rows = command("test", "ops", "--json").objects
    assert [(row["source"], row["state"]) for row in rows] == [("jp-meti", "RECOVERED"), ("jp-meti", "STALE")]
    assert "jp-meti has RECOVERED" in rows[0]["alert"]
    assert not path.exists()
    assert command("test", "ops", "--send").code == 0
    (told,) = [json.loads(each) for each in path.read_text(encoding="utf-8").splitlines()]
    assert (told["test"], told["id"]) == (True, "source/jp-meti")
