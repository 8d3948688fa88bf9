"""Command `import`: what people have comes into the log with its address and who supplied it; the rest is said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from collectors import sourcefiles
from exportwatch import codec, configfiles
from exportwatch.bus import RELEASES, TopicPartition
from exportwatch.cli import main
from exportwatch.cli.importing import terms
from exportwatch.model import Release
from exportwatch.settings import load
from exportwatch.wiring import Wiring
from tests.collectors.mails import SCRIPTS, compound, mail, part, word
from tests.collectors.test_warc import packed, response

METI = "https://www.meti.go.jp/press/2019/12/20191216001/20191216001.html"


class House:
    """A data folder, a folder of files, and `import` in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data, self.files = folder / "data", folder / "files"
        self.files.mkdir()
        self._capsys = capsys

    def write(self, name: str, content: bytes | str) -> Path:
        path = self.files / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def run(self, *arguments: str | Path) -> tuple[object, str, list[str]]:
        """Exit code, last line of standard output, lines of standard error."""
        with pytest.raises(SystemExit) as ended:
            main(["--data", str(self.data), "--quiet", "import", *map(str, arguments)])
        said = self._capsys.readouterr()
        return ended.value.code, said.out.rstrip("\n").rpartition("\n")[2], said.err.splitlines()

    def releases(self) -> list[Release]:
        wiring = Wiring(load({"data": str(self.data)}, {}))
        try:
            operator = wiring.bus.operator()
            records = operator.read(TopicPartition(RELEASES, 0), 0, 1000, 0.0)
            operator.close()
        finally:
            wiring.close()
        return [codec.RELEASE.decode(record.value or b"") for record in records]


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> House:
    return House(tmp_path, capsys)


def fill(house: House) -> None:
    """A folder with one of everything, in five scripts."""
    subjects = {lang: subject for lang, (subject, *_) in SCRIPTS.items()}
    house.write("a.txt", f"{subjects['en']}\n\nLicences are needed.")
    house.write("b.html", f"<!-- saved from url=({len(METI):04d}){METI} -->\n<title>{subjects['ja']}</title><p>輸出")
    house.write("c.jsonl", json.dumps({"id": "kr:1", "title": subjects["ko"], "text": "수출 통제"}) + "\n{broken\n")
    house.write(
        "d.eml",
        compound(
            "mixed",
            part("text/plain; charset=gb2312", "出口管制".encode("gb2312")),
            part("application/pdf", b"%PDF-1.4 broken", "attachment; filename=notice.pdf"),
            part("application/zip", b"PK", "attachment; filename=../a.zip"),
            Subject=word(subjects["zh-Hans"], "gb2312"),
        ),
    )
    house.write(
        "e/f.warc.gz",
        packed(
            response("https://www.trade.example/1", f"<title>{subjects['zh-Hant']}</title><p>管制".encode()),
            response("https://www.trade.example/2", status="404 Not Found"),
            response("https://www.trade.example/3", b"\x89", Content_Type="image/png"),
            response("https://www.trade.example/4", status="404 Not Found"),
        ),
    )
    for name in ("g.jpg", "h.jpg", "i.CSS", ".hidden.jpg"):
        house.write(name, "x")


def test_a_folder_of_everything(house: House) -> None:
    fill(house)
    code, last, errors = house.run(house.files, "--supplied-by", "Kim Min-ji\n(김민지)")
    assert (code, last) == (1, "6 new, 0 changed, 0 unchanged, 1 rejected")
    assert errors[0].startswith(f"exportwatch: {house.files / 'c.jsonl'}:2: not JSON")
    assert set(errors[1:]) == {
        "exportwatch: 3 files of other kinds skipped: .jpg .css",
        "exportwatch: 1 attachment of other kinds skipped: .zip",
        "exportwatch: 3 records of web archives skipped: status 404, image/png",
    }
    releases = house.releases()
    assert {release.origin for release in releases} == {"import"}
    assert {release.supplied.partition(",")[0] for release in releases} == {"Kim Min-ji (김민지)"}
    by_url = {release.url: release for release in releases}
    assert by_url[METI].supplied == "Kim Min-ji (김민지), b.html"
    assert "https://www.trade.example/1" in by_url
    (root,) = (release for release in releases if release.title == SCRIPTS["zh-Hans"][0])
    (attached,) = (release for release in releases if release.root)
    assert (attached.root, attached.id) == (root.id, f"{root.id}/notice.pdf")


def test_the_same_bytes_supplied_by_another_are_unchanged(house: House) -> None:
    fill(house)
    assert house.run(house.files)[1] == "6 new, 0 changed, 0 unchanged, 1 rejected"
    code, last, _ = house.run(house.files, "--supplied-by", "鈴木", "--json")
    assert (code, json.loads(last)) == (1, {"new": 0, "changed": 0, "unchanged": 6, "rejected": 1})
    assert {release.supplied for release in house.releases()} == {
        *("a.txt", "b.html", "c.jsonl", "d.eml"),
        "f.warc.gz, fetched 2024-01-02T03:04:05Z",
    }


def test_the_name_of_whoever_runs_it_is_not_recorded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "gildong")
    monkeypatch.setenv("LOGNAME", "gildong")
    path = house.write("a.jsonl", '{"id": "1", "title": "t"}')
    assert house.run(path)[0] == 0
    assert "gildong" not in codec.RELEASE.encode(house.releases()[0]).decode()


@pytest.mark.parametrize("source", ["jp-meti", "jp-meti-list"])
def test_read_as_a_source_a_page_has_the_id_that_its_collector_gives(house: House, source: str) -> None:
    known = sourcefiles.load(configfiles.files("sources", house.data))[source]
    path = house.write("a.html", f'<link rel="canonical" href="{METI}"><title>輸出管理</title><p>見直し')
    code, last, errors = house.run(path, "--as", source)
    assert (code, last, errors) == (0, "1 new, 0 changed, 0 unchanged, 0 rejected", [])
    (release,) = house.releases()
    assert release.id == f"{known.publisher}:20191216001"
    assert (release.publisher, release.source, release.kind) == (known.publisher, source, known.kind)
    assert (release.lang, release.url) == (known.language, METI)


def test_a_source_in_the_data_folder_counts(house: House) -> None:
    folder = house.data / "config" / "sources"
    folder.mkdir(parents=True)
    (folder / "my-list.toml").write_text(
        'publisher = "my-ministry"\nurl = "https://my.example/feed"\nkind = "notice"\n', encoding="utf-8"
    )
    path = house.write("a.html", '<link rel="canonical" href="https://my.example/1"><title>공고</title>')
    assert house.run(path, "--as", "my-list")[0] == 0
    assert house.releases()[0].publisher == "my-ministry"


def test_an_unknown_source_is_a_wrong_use_that_names_the_known(house: House) -> None:
    path = house.write("a.txt", "text")
    code, out, errors = house.run(path, "--as", "nobody")
    assert (code, out, len(errors)) == (2, "", 1)
    assert "no source 'nobody'" in errors[0]
    assert " jp-meti " in errors[0]


def test_who_supplied_it_has_its_bounds(house: House) -> None:
    path = house.write("a.txt", "text")
    assert house.run(path, "--supplied-by", "x" * 201)[0] == 2
    assert house.run(path, "--supplied-by", os.fsdecode(b"\xff" + "鈴木".encode()))[0] == 0
    assert house.releases()[0].supplied == "�鈴木, a.txt"


def test_mail_is_read_in_the_sandbox(house: House) -> None:
    wiring = Wiring(load({"data": str(house.data)}, {}))
    try:
        assert terms(wiring, None, "").run == wiring.sandbox.run
    finally:
        wiring.close()


def test_hostile_mail_is_named_and_the_others_come_in(house: House) -> None:
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(1_000))
    house.write("a.eml", b"From: a@b.example\r\n" + nested)
    house.write("b.eml", mail(Subject="수출\r\n"))
    code, last, errors = house.run(house.files)
    assert (code, last) == (1, "1 new, 0 changed, 0 unchanged, 1 rejected")
    assert errors == [f"exportwatch: {house.files / 'a.eml'}: its parts are nested deeper than 50"]
