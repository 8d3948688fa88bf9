"""The embedded index between its two halves: kills, lost and damaged folders, several processes."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exportwatch import locks
from exportwatch.errors import Misconfigured
from exportwatch.index import Index
from exportwatch.indexes import inverted
from exportwatch.indexes.embedded import EmbeddedIndex
from exportwatch.query.tree import Everything, Phrase, Value
from tests.entries import entry

ROOT = Path(__file__).parents[3]
GALLIUM = Phrase(("title",), ("镓",))
PATIENCE = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def index(folder: Path) -> Iterator[EmbeddedIndex]:
    index = EmbeddedIndex(folder)
    yield index
    index.close()


def fill(index: Index, count: int, version: int = 1) -> None:
    index.put([entry(f"d:{n:04}", version, title=f"镓 number{n}") for n in range(count)])


def found(index: Index) -> list[str]:
    hits = index.search(GALLIUM, limit=1000)
    assert hits.total == len(hits.hits)
    return [hit.id for hit in hits.hits]


def run_child(code: str, folder: Path) -> subprocess.Popen[str]:
    """A process of its own that has imported what the code needs; it prints what the test waits for."""
    source = f"""
import os, signal, sys, time
from pathlib import Path
from exportwatch.indexes import inverted
from exportwatch.indexes.embedded import EmbeddedIndex
from tests.entries import entry
from tests.exportwatch.indexes.test_embedded import fill, found
index = EmbeddedIndex(Path(sys.argv[1]))
{code}
"""
    return subprocess.Popen(
        [sys.executable, "-c", source, str(folder)],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def said(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def mark(folder: Path) -> dict[str, str | int]:
    read: dict[str, str | int] = json.loads((folder / "tantivy" / "mark.json").read_text())
    return read


DYING = """
class Dying:
    def __init__(self, inner):
        self.inner = inner
    def __getattr__(self, name):
        return die if name == "commit" else getattr(self.inner, name)
made = inverted.Writer.__init__
inverted.Writer.__init__ = lambda self, owner, index, writer, mark: made(self, owner, index, Dying(writer), mark)
"""
KILLS = {
    "before tantivy saw it": "inverted.Writer.apply = die",
    "before the commit of tantivy": DYING,
    "between the commit and the mark": "inverted.Inverted.store = die",
}


@pytest.mark.parametrize("place", KILLS)
@pytest.mark.parametrize("before", [0, 30])
def test_what_was_acknowledged_is_found_after_a_kill(folder: Path, place: str, before: int) -> None:
    with run_child(
        f"""
def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)
fill(index, {before})
index.refresh()
fill(index, {before}, version=2)
{KILLS[place]}
index._caught_up = time.monotonic()  # nothing is due, so the puts are acknowledged before tantivy hears of them
index.put([entry(f"k:{{n}}", 1, title="镓") for n in range(20)])
index.delete([("k:0", 2)])
print("acknowledged", flush=True)
index.refresh()
print("not killed", flush=True)
""",
        folder,
    ) as child:
        assert said(child) == "acknowledged"
        assert said(child) == ""
    assert child.returncode == -signal.SIGKILL
    index = EmbeddedIndex(folder)
    expected = [f"d:{n:04}" for n in range(before)] + [f"k:{n}" for n in range(1, 20)]
    assert sorted(found(index)) == sorted(expected)
    fill(index, before, version=3)
    index.refresh()
    assert sorted(found(index)) == sorted(expected)
    index.close()


def lose_folder(tantivy: Path) -> None:
    shutil.rmtree(tantivy)


def lose_mark(tantivy: Path) -> None:
    (tantivy / "mark.json").unlink()


def damage_mark(tantivy: Path) -> None:
    (tantivy / "mark.json").write_text('{"layout":')


def lose_generation(tantivy: Path) -> None:
    shutil.rmtree(tantivy / str(mark(tantivy.parent)["generation"]))


def empty_generation(tantivy: Path) -> None:
    lose_generation(tantivy)
    (tantivy / str(mark(tantivy.parent)["generation"])).mkdir()


def damage_meta(tantivy: Path) -> None:
    next(tantivy.rglob("meta.json")).write_text("{")


def cut_segments(tantivy: Path) -> None:
    for path in tantivy.rglob("*.term"):
        os.truncate(path, 10)


def lose_segments(tantivy: Path) -> None:
    for path in tantivy.rglob("*.idx"):
        path.unlink()


def another_layout(tantivy: Path) -> None:
    (tantivy / "mark.json").write_text(json.dumps({**mark(tantivy.parent), "layout": "of yesterday"}))


def a_mark_ahead(tantivy: Path) -> None:
    (tantivy / "mark.json").write_text(json.dumps({**mark(tantivy.parent), "sequence": 10**9}))


LOSSES: list[Callable[[Path], None]] = [
    lose_folder,
    lose_mark,
    damage_mark,
    lose_generation,
    empty_generation,
    damage_meta,
    cut_segments,
    lose_segments,
    another_layout,
    a_mark_ahead,
]


@pytest.mark.parametrize("puts_after", [False, True])
@pytest.mark.parametrize("lose", LOSSES)
def test_a_lost_or_damaged_tantivy_folder_is_made_again(
    folder: Path, lose: Callable[[Path], None], puts_after: bool
) -> None:
    first = EmbeddedIndex(folder)
    fill(first, 40)
    first.delete([("d:0039", 2)])
    first.close()
    generation = mark(folder)["generation"]
    lose(folder / "tantivy")
    again = EmbeddedIndex(folder)
    if puts_after:
        again.put([entry("d:0000", 2, title="镓")])
    assert sorted(found(again)) == [f"d:{n:04}" for n in range(39)]
    assert mark(folder)["generation"] != generation
    fill(again, 20, version=3)
    again.refresh()
    assert sorted(found(again)) == [f"d:{n:04}" for n in range(39)]
    assert len([path for path in (folder / "tantivy").iterdir() if path.is_dir()]) <= 2
    again.close()


def test_an_open_reader_moves_to_the_new_generation(folder: Path, index: EmbeddedIndex) -> None:
    fill(index, 5)
    index.refresh()
    reader = EmbeddedIndex(folder)
    assert len(found(reader)) == 5
    shutil.rmtree(folder / "tantivy")
    index.put([entry("new", 1, title="镓")])
    index.refresh()
    assert len(found(reader)) == 6
    reader.close()


def test_an_old_documents_file_put_back_is_what_counts(folder: Path, tmp_path: Path) -> None:
    first = EmbeddedIndex(folder)
    fill(first, 5)
    first.close()
    shutil.copy(folder / "documents.db", tmp_path / "backup.db")
    second = EmbeddedIndex(folder)
    second.put([entry("later", 1, title="镓")])
    second.close()
    shutil.copy(tmp_path / "backup.db", folder / "documents.db")
    restored = EmbeddedIndex(folder)
    assert sorted(found(restored)) == [f"d:{n:04}" for n in range(5)]
    restored.close()


def test_a_reader_in_another_process_sees_what_the_writer_puts(folder: Path, index: EmbeddedIndex) -> None:
    fill(index, 1)
    with run_child(
        """
for line in sys.stdin:
    print(*found(index), flush=True)
""",
        folder,
    ) as child:
        assert child.stdin is not None
        for n in range(1, 5):
            fill(index, n)
            print("search", file=child.stdin, flush=True)
            assert sorted(said(child).split()) == [f"d:{m:04}" for m in range(n)]
    assert child.returncode == 0


def test_a_reader_trusts_the_writer_that_holds_the_lock(folder: Path, index: EmbeddedIndex) -> None:
    fill(index, 1)
    index.refresh()
    reader = EmbeddedIndex(folder)
    with locks.held(folder, "inverted"):
        fill(index, 2)
        assert found(reader) == ["d:0000"]
    assert found(reader) == ["d:0000", "d:0001"]
    reader.close()


def test_refresh_waits_for_the_writer_that_holds_the_lock(folder: Path, index: EmbeddedIndex) -> None:
    fill(index, 1)
    index.refresh()
    lock = locks.acquire(folder, "inverted")
    fill(index, 2)
    done = threading.Event()

    def refresh() -> None:
        index.refresh()
        done.set()

    thread = threading.Thread(target=refresh)
    thread.start()
    assert not done.wait(0.2)
    lock.close()
    assert done.wait(PATIENCE)
    thread.join()
    assert found(index) == ["d:0000", "d:0001"]


def test_two_processes_put_and_nothing_is_lost(folder: Path) -> None:
    code = """
for n in range(100):
    index.put([entry(f"{sys.stdin.readline().strip()}:{n}", 1, title="镓")])
print("done", flush=True)
"""
    children = [run_child(code, folder) for _ in range(2)]
    for name, child in zip("ab", children, strict=True):
        assert child.stdin is not None
        print(f"{name}\n" * 100, file=child.stdin, flush=True)
    for child in children:
        assert said(child) == "done"
        child.communicate()
        assert child.returncode == 0
    index = EmbeddedIndex(folder)
    assert sorted(found(index)) == sorted(f"{name}:{n}" for name in "ab" for n in range(100))
    index.close()


def test_tantivy_commits_about_once_a_second_while_puts_go_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    commits: list[float] = []
    commit = inverted.Writer.commit

    def counted(writer: inverted.Writer) -> None:
        commits.append(now)
        commit(writer)

    monkeypatch.setattr(inverted.Writer, "commit", counted)
    index = EmbeddedIndex(folder, monotonic=lambda: now)
    for n in range(40):
        now = n / 10
        index.put([entry(f"d:{n}", 1, title="镓")])
    assert commits == [0.0, 1.0, 2.0, 3.0]
    index.close()
    assert commits == [0.0, 1.0, 2.0, 3.0, now]


def test_long_texts_and_long_tokens_are_found(index: EmbeddedIndex) -> None:
    token = "x" * 200
    index.put([entry("a", body=f"{token} 輸出 " * 500), entry("b", body="y")])
    index.refresh()
    assert [hit.id for hit in index.search(Phrase(("text",), (token, "輸")), limit=5).hits] == ["a"]


def test_documents_of_equal_score_keep_their_order_over_pages_whatever_the_segments(index: EmbeddedIndex) -> None:
    for start in range(0, 60, 7):
        index.put([entry(f"d:{n:04}", values={"lang": ("ja",)}) for n in range(start, min(start + 7, 60))][::-1])
        index.refresh()
    query = Value("lang", "ja")
    paged = [hit.id for offset in range(0, 60, 9) for hit in index.search(query, limit=9, offset=offset).hits]
    assert paged == [f"d:{n:04}" for n in range(60)]


def test_a_file_that_is_no_database_is_misconfigured(folder: Path) -> None:
    folder.mkdir()
    (folder / "documents.db").write_bytes(b"something else entirely" * 500)
    index = EmbeddedIndex(folder)
    with pytest.raises(Misconfigured, match=r"documents\.db is damaged"):
        index.search(Everything(), limit=1)
    index.close()


def test_a_file_of_a_newer_version_is_misconfigured(folder: Path) -> None:
    import sqlite3

    folder.mkdir()
    connection = sqlite3.connect(folder / "documents.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    index = EmbeddedIndex(folder)
    with pytest.raises(Misconfigured, match="schema version 99"):
        index.put([entry("a")])
    index.close()


def test_a_put_is_done_although_tantivy_cannot_be_written(
    folder: Path, caplog: pytest.LogCaptureFixture, index: EmbeddedIndex
) -> None:
    folder.mkdir()
    (folder / "tantivy").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        assert index.put([entry("a", title="镓")])[0].status == "indexed"
    assert "tantivy" in caplog.text
    (folder / "tantivy").unlink()
    deadline = time.monotonic() + PATIENCE
    while found(index) != ["a"]:
        assert time.monotonic() < deadline


def test_opening_and_closing_touches_nothing(folder: Path) -> None:
    EmbeddedIndex(folder).close()
    assert not folder.exists()
