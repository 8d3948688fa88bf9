"""Sources are read from their files, and every mistake in one is named with its file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors import sourcefiles, sources
from exportwatch import configfiles
from exportwatch.errors import Misconfigured

GOOD = """
publisher = "jp-meti"
kind = "press release"
url = "https://www.meti.go.jp/feed.xml"
language = "ja"
"""
PAGE = GOOD + "parser = 'page'\n[list]\n"


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_sources_are_read() -> None:
    found = sourcefiles.load(configfiles.files("sources", Path("/nonexistent")))
    assert {"jp-meti", "kr-motir", "us-bis-rules", "cn-mofcom", "gb-ecju", "eu-oj-l"} <= set(found)
    assert found["jp-meti"].enabled
    assert all(source.note for source in found.values() if not source.enabled)


def test_a_file_in_data_replaces_the_shipped_one_whole(tmp_path: Path) -> None:
    shipped = write(tmp_path / "shipped", "jp-meti.toml", GOOD + 'interval = 7\njurisdiction = "JP"\n')
    other = write(tmp_path / "shipped", "a.toml", GOOD)
    own = write(tmp_path / "own", "jp-meti.toml", GOOD + "interval = 8\n")
    found = sourcefiles.load([shipped, other, own])
    assert list(found) == ["a", "jp-meti"]
    assert (found["jp-meti"].interval, found["jp-meti"].jurisdiction) == (8, "")


def test_an_id_rule_is_read(tmp_path: Path) -> None:
    text = GOOD + "[id]\nfrom = 'guid'\npattern = '第(\\d+)号'\n"
    source = sourcefiles.read(write(tmp_path, "a.toml", text))
    assert source.id_rule == sources.IdRule(source="guid", pattern=r"第(\d+)号")


def test_a_list_is_read_and_its_pages_are_followed(tmp_path: Path) -> None:
    text = "attachments = 'a[href$=\".pdf\" i]'\n" + PAGE + "row = 'dl > dd'\ndate = 'time@datetime'\n"
    source = sourcefiles.read(write(tmp_path, "a.toml", text))
    assert source.list_rule == sources.ListRule(row="dl > dd", date="time@datetime")
    assert (source.follow, source.attachments) == (True, 'a[href$=".pdf" i]')


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", ("a", "")), ("a@title", ("a", "title")), ("a[href*='@x']", ("a[href*='@x']", "")), ("", ("", ""))],
)
def test_a_selector_may_name_an_attribute(text: str, expected: tuple[str, str]) -> None:
    assert sources.selector(text) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (GOOD + "intervall = 3\n", "a.toml: unknown key intervall; did you mean interval?"),
        (GOOD + "id_rule = 3\n", "a.toml: unknown key id_rule"),
        (GOOD + "interval = '3'\n", "a.toml: interval: Expected `int`"),
        (GOOD + "interval = 0\n", "a.toml: interval: 0 is not at least 1"),
        (GOOD + "follow = 1\n", "a.toml: follow: Expected `bool`"),
        (GOOD + "parser = 'json'\n", "a.toml: parser: Invalid enum value 'json'"),
        (GOOD + "parser = 'page'\n", 'a.toml: list: a table for parser = "page", and for no other'),
        (GOOD + "[list]\nrow = 'li'\n", 'a.toml: list: a table for parser = "page", and for no other'),
        (PAGE + "", "a.toml: list.row is missing"),
        (PAGE + "row = 3\n", "a.toml: list.row: Expected `str`"),
        (PAGE + "rows = 'li'\n", "a.toml: unknown key list.rows; did you mean list.row?"),
        (PAGE + "row = 'ul >'\n", "a.toml: list.row: 'ul >' is no CSS selector: "),
        (PAGE + "row = 'li'\nlink = 'a[href'\n", "a.toml: list.link: 'a[href' is no CSS selector: "),
        (PAGE + "row = 'li'\ndate = 'time:nope'\n", "a.toml: list.date: 'time:nope' is no CSS selector: "),
        (PAGE + "row = 'li@id'\n", "a.toml: list.row: a row is an element"),
        (PAGE + "row = 'li'\npattern = '('\naddress = 'x'\n", "a.toml: list.pattern: missing"),
        (PAGE + "row = 'li'\npattern = '(x)'\n", "a.toml: list.pattern and list.address belong together"),
        (PAGE + "row = 'li'\npattern = 'x'\naddress = '/\\1'\n", "a.toml: list.address: "),
        (GOOD + "list = 'li'\nparser = 'page'\n", "a.toml: list: not a table"),
        ("follow = false\n" + PAGE + "row = 'li'\n", "a.toml: follow: a list has no text of its own"),
        (GOOD + "attachments = 'a'\n", "a.toml: attachments: found on followed pages only"),
        (GOOD + "follow = true\nattachments = 'a['\n", "a.toml: attachments: 'a[' is no CSS selector: "),
        (GOOD + "enabled = false\n", "a.toml: note: '' is not the reason"),
        (GOOD + "jurisdiction = 'Japan'\n", "a.toml: jurisdiction: 'Japan' is not two capital letters"),
        (GOOD + "id = 'x'\n", "a.toml: id: not a table"),
        (GOOD + "[id]\npattern = '('\n", "a.toml: id.pattern: missing"),
        (GOOD + "[id]\npattern = 'x'\n", "a.toml: id.pattern: not a regular expression with at least one group"),
        (GOOD + "[id]\nfrom = 'text'\npattern = '(x)'\n", "a.toml: id.from: neither link, guid nor title"),
        (GOOD + "[id]\nfields = 'title'\n", "a.toml: unknown key id.fields"),
        (GOOD.replace("https", "ftp"), "a.toml: url: 'ftp://www.meti.go.jp/feed.xml' is not an http or https URL"),
        (GOOD.replace("jp-meti", "JP METI"), "a.toml: publisher: 'JP METI' is not made of"),
        (GOOD.replace("kind", "#"), "a.toml: kind is missing"),
        ("publisher = ", "a.toml: Invalid value"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        sourcefiles.read(write(tmp_path, "a.toml", text))
    assert complaint in str(caught.value)


def test_a_name_of_a_file_must_be_an_id(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="name of a source"):
        sourcefiles.read(write(tmp_path, "JP METI.toml", GOOD))
