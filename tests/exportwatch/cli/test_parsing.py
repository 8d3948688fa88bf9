"""`sources parse`: the contract that scripts call, its exit codes, and that nothing foreign makes it crash."""

from __future__ import annotations

import gzip
import io
import json
import random
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from exportwatch.cli import main
from tests.collectors.test_preview import PAGE, RSS, WORDS

URL = "https://ministry.example/news/1"
KEYS = ["id", "url", "title", "published", "published_precision", "lang", "text"]


class Done(NamedTuple):
    code: int
    output: str
    errors: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.splitlines()]


class Command:
    """`exportwatch --data … sources …` in this process."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Done:
        with pytest.raises(SystemExit) as ended:
            main(["--data", str(self.data), "sources", *arguments])
        captured = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, captured.out, captured.err)


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path / "data", capsys)


def saved(folder: Path, text: str | bytes) -> str:
    path = folder / "saved"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


@pytest.mark.parametrize("lang", WORDS)
def test_a_line_a_release_with_the_keys_of_the_contract(command: Command, tmp_path: Path, lang: str) -> None:
    title, text = WORDS[lang]
    feed = RSS.format(title=title, text=text, charset="utf-8")
    done = command("parse", saved(tmp_path, feed), "--url", URL, "--json")
    assert (done.code, done.errors) == (0, "")
    (row,) = done.objects
    assert list(row) == KEYS
    assert (row["title"], row["lang"], row["published_precision"]) == (title, lang, "second")
    page = PAGE.format(title=title, text=text, charset="utf-8", lang="", date="2019-07-01")
    (row,) = command("parse", saved(tmp_path, page), "--url", URL, "--json").objects
    assert (row["title"], row["lang"], row["published"]) == (title, lang, "2019-07-01")
    assert not command.data.exists(), "it keeps nothing"


def test_a_person_sees_a_table(command: Command, tmp_path: Path) -> None:
    title, text = WORDS["ja"]
    done = command("parse", saved(tmp_path, RSS.format(title=title, text=text, charset="utf-8")), "--url", URL)
    assert done.code == 0
    assert title in done.output
    assert "2024-09-02" in done.output


def test_standard_input(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = RSS.format(title="x", text="y", charset="utf-8").encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(feed)))
    assert [row["title"] for row in command("parse", "-", "--url", URL, "--json").objects] == ["x"]


@pytest.mark.parametrize("lang", WORDS)
@pytest.mark.parametrize("template", [RSS, PAGE], ids=["feed", "page"])
def test_what_was_saved_as_gzip_is_read(command: Command, tmp_path: Path, template: str, lang: str) -> None:
    title, text = WORDS[lang]
    plain = template.format(title=title, text=text, charset="utf-8", lang=lang, date="2019-07-01").encode()
    done = command("parse", saved(tmp_path, gzip.compress(plain)), "--url", URL, "--json")
    assert (done.code, done.errors) == (0, "")
    assert [row["title"] for row in done.objects] == [title]
    assert done.output == command("parse", saved(tmp_path, plain), "--url", URL, "--json").output


def test_a_source_is_known_by_its_host_or_named(command: Command, tmp_path: Path) -> None:
    title, text = WORDS["ja"]
    page = saved(tmp_path, PAGE.format(title=title, text=text, charset="utf-8", lang="ja", date="2019-07-01"))
    url = "https://www.meti.go.jp/press/2019/07/20190701006/20190701006.html"
    for more in ([], ["--source", "jp-meti"]):
        (row,) = command("parse", page, "--url", url, "--json", *more).objects
        assert (row["id"], row["published"]) == ("jp-meti:20190701006", "2019-07-01")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["FILE"],
        ["FILE", "--url", URL, "--what"],
        ["FILE", "--url", ""],
        ["FILE", "--url", "https://a b"],
        ["FILE", "--url", URL, "--encoding", "klingon"],
        ["FILE", "--url", URL, "--source", "nobody"],
        ["gone", "--url", URL],
    ],
)
def test_wrong_usage_is_two(command: Command, tmp_path: Path, arguments: list[str]) -> None:
    path = saved(tmp_path, "x")
    done = command("parse", *(path if each == "FILE" else each for each in arguments))
    assert (done.code, done.output) == (2, "")
    assert len(done.errors.splitlines()) == 1


GZIPPED = (b"\x1f\x8bbroken", gzip.compress(b"<html>x</html>" * 99, mtime=0)[:25], gzip.compress(b" ", mtime=0))


@pytest.mark.parametrize(
    "body", [b"", b" \n", b"\x00\x01\x02" * 99, b"%PDF-1.7\nbroken", b"PK\x03\x04broken", *GZIPPED]
)
def test_what_cannot_be_read_is_one_and_one_line(command: Command, tmp_path: Path, body: bytes) -> None:
    done = command("parse", saved(tmp_path, body), "--url", URL, "--json")
    assert (done.code, done.output) == (1, "")
    assert len(done.errors.splitlines()) == 1
    assert "Traceback" not in done.errors


def test_a_folder_cannot_be_read(command: Command, tmp_path: Path) -> None:
    assert command("parse", str(tmp_path), "--url", URL).code == 1


@pytest.mark.parametrize("body", [b"x" * 2001, gzip.compress(b"x" * 2001, mtime=0)], ids=["plain", "gzip"])
def test_more_than_the_setting_allows_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], body: bytes
) -> None:
    path = saved(tmp_path, body)
    with pytest.raises(SystemExit) as ended:
        main(["--data", str(tmp_path), "--max-document-bytes", "2000", "sources", "parse", path, "--url", URL])
    assert ended.value.code == 1
    assert "max_document_bytes" in capsys.readouterr().err


def test_nothing_that_was_damaged_makes_it_crash(command: Command, tmp_path: Path) -> None:
    chance = random.Random(7)
    bodies = [
        text.format(title=title, text=words, charset="utf-8", lang="", date="2019-07-01").encode()
        for text in (RSS, PAGE)
        for title, words in WORDS.values()
    ]
    for body in bodies:
        damaged = bytearray(body)
        for _ in range(8):
            place = chance.randrange(len(damaged))
            damaged[place : place + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
        done = command("parse", saved(tmp_path, bytes(damaged)), "--url", URL, "--json")
        assert done.code in (0, 1)
        assert "Traceback" not in done.errors
        assert all(list(row) == KEYS for row in done.objects)


def test_a_text_is_as_long_as_that_of_a_document_may_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, "見出し\n\n" + "輸出管理" * 1000)
    given = ["--data", str(tmp_path), "--max-text-characters", "1000"]
    with pytest.raises(SystemExit) as ended:
        main([*given, "sources", "parse", path, "--url", URL, "--content-type", "text/plain", "--json"])
    assert ended.value.code == 0
    assert len(json.loads(capsys.readouterr().out)["text"]) == 1000
