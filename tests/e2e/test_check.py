"""The checker itself: each kind of damage is seen, by its module and by its script."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from exportwatch import codec
from exportwatch.bus import DEAD_LETTERS, DOCUMENTS, RELEASES, TopicPartition
from exportwatch.model import Classified, DeadLetter
from exportwatch.query.fields import prepare
from exportwatch.settings import load
from exportwatch.wiring import Wiring
from tests.e2e import documents
from tests.e2e.check import check
from tests.e2e.pairs import CLEAN, Pair, embedded

FIRST = "e2e:ja-1"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose `data` holds three documents, all well."""
    folder = tmp_path_factory.mktemp("original")
    with embedded(folder) as pair:
        pair.ok("import", documents.write(folder / "few.jsonl", documents.corpus()[:3]), "--wait")
        verdict = check(pair.options, {FIRST, "e2e:en-1", "e2e:ko-1"})
    assert not verdict.problems, verdict
    return folder


@pytest.fixture
def filled(original: Path, tmp_path: Path) -> Iterator[Pair]:
    """A copy of it to damage."""
    shutil.copytree(original / "data", tmp_path / "data")
    with embedded(tmp_path) as pair:
        yield pair


@pytest.fixture
def wiring(filled: Pair) -> Iterator[Wiring]:
    made = Wiring(load(filled.options, {}))
    yield made
    made.close()


def classified(wiring: Wiring) -> Classified:
    return codec.CLASSIFIED.decode(wiring.index.get([FIRST])[FIRST])


def put(wiring: Wiring, changed: Classified) -> None:
    entry = prepare(changed, wiring.taxonomy, body=codec.CLASSIFIED.encode(changed))
    assert [result.status for result in wiring.index.put([entry])] == ["indexed"]
    wiring.index.refresh()


def found(pair: Pair) -> str:
    return "; ".join(check(pair.options, {FIRST, "e2e:en-1", "e2e:ko-1"}).problems)


def test_a_document_missing_from_the_index_is_seen(filled: Pair, wiring: Wiring) -> None:
    wiring.index.delete([(FIRST, classified(wiring).version)])
    wiring.index.refresh()
    assert f"1 missing from the index ({FIRST})" in found(filled)


def test_a_document_from_nowhere_is_seen(filled: Pair, wiring: Wiring) -> None:
    known = classified(wiring)
    put(wiring, replace(known, document=replace(known.document, id="e2e:nowhere")))
    assert "1 in the index but not in the log (e2e:nowhere)" in found(filled)


def test_another_revision_than_the_newest_is_seen(filled: Pair, wiring: Wiring) -> None:
    known = classified(wiring)
    put(wiring, replace(known, document=replace(known.document, content_hash="another")))
    assert f"1 in the index in an old revision ({FIRST})" in found(filled)


def test_what_is_left_in_the_log_is_seen(filled: Pair) -> None:
    filled.ok("import", documents.write(filled.folder / "more.jsonl", documents.corpus()[3:5]))
    assert "processor has 2 records of releases left" in found(filled)
    assert "2 missing from the index" in found(filled)
    filled.ok("process", "--once")
    assert "indexer has 2 records of documents left" in found(filled)
    filled.ok("index", "--once")
    assert found(filled) == "2 in the log but not expected (e2e:zh-Hans-1, e2e:zh-Hant-1)"


def test_dead_letters_are_counted_and_excuse_their_revision(filled: Pair, wiring: Wiring) -> None:
    known = classified(wiring)
    key = wiring.bus.operator().read(TopicPartition(RELEASES, 0), 0, 1, 1)[0].key
    letter = DeadLetter(topic=RELEASES, partition=0, offset=0, key=key, stage="process", reason="broken", at=0)
    producer = wiring.bus.producer()
    for _ in range(2):  # a repeat is the same letter
        producer.send(DEAD_LETTERS, letter.id, codec.DEAD_LETTER.encode(letter), partition_by=letter.id)
    producer.flush()
    producer.close()
    wiring.index.delete([(known.document.id, known.version)])
    wiring.index.refresh()
    assert f"1 dead letters instead of 0 ({key}: broken)" in found(filled)
    verdict = check(filled.options, {FIRST, "e2e:en-1", "e2e:ko-1"}, letters=1)
    assert (verdict.problems, verdict.letters) == ((), 1)


def test_a_document_that_was_expected_and_never_came_is_seen(filled: Pair) -> None:
    problems = check(filled.options, {FIRST, "e2e:en-1", "e2e:ko-1", "e2e:lost"}).problems
    assert problems == ("1 expected but not in the log (e2e:lost)",)


def test_a_lost_record_between_the_topics_is_seen(tmp_path: Path) -> None:
    with embedded(tmp_path) as pair:
        pair.ok("import", documents.write(tmp_path / "few.jsonl", documents.corpus()[:3]))
        made = Wiring(load(pair.options, {}))
        consumer = made.bus.consumer("processor", RELEASES, member="thief")
        consumer.commit({TopicPartition(RELEASES, 0): 1})
        consumer.close()
        made.close()
        pair.ok("process", "--once")
        pair.ok("index", "--once")
        assert len(pair.ok("tail", DOCUMENTS, "--json").objects) == 2
        assert check(pair.options).problems == (f"1 missing from the index ({FIRST})",)


def test_the_script_says_it_in_one_line_and_by_its_exit_code(filled: Pair) -> None:
    expected = documents.write(filled.folder / "ids.jsonl", documents.corpus()[:3])

    def script() -> tuple[int, str]:
        command = [
            sys.executable,
            "-m",
            "tests.e2e.check",
            "--data",
            filled.options["data"],
            "--expected",
            str(expected),
        ]
        done = subprocess.run(command, capture_output=True, text=True, env=CLEAN, timeout=60)
        return done.returncode, done.stdout

    assert script() == (0, "OK: 3 documents of 3 revisions, 0 dead letters, no lag\n")
    documents.write(expected, documents.corpus()[:4])
    code, said = script()
    assert code == 1
    assert said.startswith("WRONG: 1 expected but not in the log (e2e:zh-Hans-1)")
    assert said.count("\n") == 1
