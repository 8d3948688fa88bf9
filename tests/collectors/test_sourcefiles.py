"""Sources are read from their files, and every mistake in one is named with its file and key."""

from __future__ import annotations

import re
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
    assert {"jp-meti", "kr-motir", "us-fr", "cn-mofcom", "gb-ecju", "eu-oj-l"} <= set(found)
    assert all(source.enabled for source in found.values())


def test_a_file_in_data_replaces_the_shipped_one_whole(tmp_path: Path) -> None:
    shipped = write(tmp_path / "shipped", "jp-meti.toml", GOOD + 'interval = 7\njurisdiction = "JP"\n')
    other = write(tmp_path / "shipped", "a.toml", GOOD.replace("feed.xml", "other.xml"))
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
        (GOOD + "parser = 'json'\n", "a.toml: parser: 'json' is none of 'feed', 'page', 'api'"),
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
        (GOOD + "[id]\nfrom = 'text'\npattern = '(x)'\n", "a.toml: id.from: 'text' is none of 'link', 'guid', 'title'"),
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
    said = re.sub(r"a\.toml:\d+:", "a.toml:", str(caught.value))
    assert complaint in said


def test_a_name_of_a_file_must_be_an_id(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="name of a source"):
        sourcefiles.read(write(tmp_path, "JP METI.toml", GOOD))


RICH = """publisher = "kr-motie"
kind = "press release"
url = "https://www.motir.go.kr/rss"
method = "POST"
headers = { Referer = "https://www.motir.go.kr/" }
minimum = 5
maximum = 50
interval = 60
slowest = 120
encoding = "euc-kr"
follow = true
main = "div.article"

[id]
title = '제(\\\\d+)호'
pattern = '/(\\\\d+)/'

[dates]
zone = "Asia/Seoul"
id_pattern = ':(\\\\d{4})(\\\\d{2})(\\\\d{2})'

[form]
board = "1"

[pages]
form = { board = "1", page = "{page}" }
"""
API = """publisher = "gb-ecju"
kind = "news"
url = "https://www.gov.uk/api/search.json"
parser = "api"
[api]
adapter = "json"
rows = "results"
link = "link"
title = "title"
"""


def complaints(folder: Path, **texts: str) -> list[str]:
    """Those of files made of these texts, without the folder."""
    paths = [write(folder, f"{name.replace('_', '-')}.toml", text) for name, text in texts.items()]
    return [complaint.removeprefix(f"{folder}/") for complaint in sourcefiles.check(paths)]


def test_files_in_order_have_no_complaints(tmp_path: Path) -> None:
    assert complaints(tmp_path, a=RICH, b=API, c=GOOD) == []


@pytest.mark.parametrize(
    ("text", "old", "new", "complaint"),
    [
        (RICH, 'method = "POST"', "", 'a.toml:22: form: sent with POST only; say method = "POST"'),
        (RICH, "Referer", "Host", "a.toml:5: headers.Host: exportwatch sets it itself"),
        (RICH, "Referer", "If-None-Match", "a.toml:5: headers.If-None-Match: exportwatch sets it itself"),
        (RICH, "Referer", "Proxy-Authorization", "a.toml:5: headers.Proxy-Authorization: exportwatch sets it itself"),
        (RICH, "Referer", "X-Api-Key", "a.toml:5: headers.X-Api-Key: looks like a secret"),
        (RICH, "Referer", "Authorization", "a.toml:5: headers.Authorization: looks like a secret"),
        (RICH, '"https://www.motir.go.kr/" }', '"서울" }', "a.toml:5: headers.Referer: not a header of printable"),
        (RICH, '/rss"', '/rss?serviceKey=1"', "a.toml:3: url: serviceKey looks like a secret"),
        (RICH, "https://www", "https://me:pw@www", "a.toml:3: url: the name and password before the host looks like"),
        (RICH, "board = \"1\"\n\n[pages]", "token = \"1\"\n\n[pages]", "a.toml:22: form: token looks like a secret"),
        (RICH, "maximum = 50", "maximum = 4", "a.toml:7: maximum: 4 is less than minimum, 5"),
        (RICH, "slowest = 120", "slowest = 59", "a.toml:9: slowest: 59 is less than interval, 60"),
        (RICH, "euc-kr", "euc-kp", "a.toml:10: encoding: 'euc-kp' is not a charset that is known"),
        (RICH, "follow = true", "follow = false", "a.toml:12: main: found on followed pages only; say follow = true"),
        (RICH, "div.article", "div[", "a.toml:12: main: 'div[' is no CSS selector: "),
        (RICH, "div.article", "div@id", "a.toml:12: main: a text is that of an element, not an attribute"),
        (RICH, "제(", "제", "a.toml:15: id.title: "),
        (RICH, "Asia/Seoul", "Seoul", "a.toml:19: dates.zone: 'Seoul' is neither an IANA name (Asia/Tokyo) nor an off"),
        (RICH, r"(\\d{4})", r"\\d{4}", "a.toml:20: dates.id_pattern: not a regular expression with 3 groups"),
        (RICH, "{page}", "{seite}", "a.toml:26: pages.form: {seite} is none of {page}, {from}, {to}"),
        (RICH, "{page}", "2", "a.toml:25: pages: neither url nor form holds {page}, {from} or {to}"),
        (RICH, "[pages]", "[pages]\nmost = 0", "a.toml:26: pages.most: 0 is not at least 1"),
        (RICH, "follow = true", "follow = true\nwarm_up = '/'", "a.toml:12: warm_up: '/' is not an http or https"),
        (RICH, "follow = true", "follow = true\nwarm_up = 'https://a.example/'", "a.toml:12: warm_up: asked for its"),
        (RICH, "follow = true", "fallow = true", "a.toml:11: unknown key fallow; did you mean follow?"),
        (RICH, "zone = ", "zones = ", "a.toml:19: unknown key dates.zones; did you mean dates.zone?"),
        (API, '"json"', '"jason"', "a.toml:6: api.adapter: 'jason' is none of json, federal-register"),
        (API, 'rows = "results"', "", "a.toml:5: api.rows is missing"),
        (API, "[api]", "[api]\nkeep = { part = '(' }", "a.toml:6: api.keep.part: missing ), unterminated subpattern"),
        (API, "[api]", "[api]\naddress = '{url}'", "a.toml:6: api.address: {url} is none of {link}, {id}"),
        (API, 'parser = "api"', "", 'a.toml:5: api: a table for parser = "api", and for no other'),
        (API, "[api]", "[dates]\nlisted = 'changed'\n[api]", "a.toml:6: dates.listed: nobody else says when a release"),
        (GOOD, 'kind = "press release"', "", "a.toml: kind is missing"),
        (GOOD, 'language = "ja"', "language = ja", "a.toml:5: Invalid value"),
    ],
)  # fmt: skip
def test_a_complaint_names_file_line_and_key(tmp_path: Path, text: str, old: str, new: str, complaint: str) -> None:
    assert old in text
    assert complaints(tmp_path, a=text.replace(old, new))[0].startswith(complaint)


def test_all_complaints_of_all_files_come_at_once(tmp_path: Path) -> None:
    bad = GOOD + "interval = '3'\ncadence = 0\nlanguag = 'ja'\n[list]\nrows = 'li'\n"
    assert complaints(tmp_path, a=bad, b="publisher = ", c=GOOD.replace("https", "ftp")) == [
        "a.toml:6: interval: Expected `int`, got `str`",
        "a.toml:8: unknown key languag; did you mean language?",
        "a.toml:10: unknown key list.rows; did you mean list.row?",
        "a.toml:9: list.row is missing",
        "a.toml:7: cadence: 0 is not at least 1",
        "b.toml: Invalid value (at end of document)",
        "c.toml:4: url: 'ftp://www.meti.go.jp/feed.xml' is not an http or https URL",
    ]


def test_a_fallback_must_be_another_source_of_the_publisher(tmp_path: Path) -> None:
    def with_fallback(name: str, fallback: str, publisher: str = "jp-meti") -> str:
        text = GOOD.replace("feed.xml", name).replace('"jp-meti"', f'"{publisher}"')
        return text + (f"fallback = '{fallback}'\n" if fallback else "")

    found = complaints(
        tmp_path,
        a=with_fallback("a", "a"),
        b=with_fallback("b", "nobody"),
        c=with_fallback("c", "d"),
        d=with_fallback("d", "c"),
        e=with_fallback("e", "f"),
        f=with_fallback("f", "", "kr-motie"),
        g=with_fallback("g", "h"),
        h=with_fallback("h", ""),
        i=with_fallback("i", "j"),
        j=with_fallback("j", "") + "enabled = false\nnote = 'gone'\n",
    )
    assert found == [
        "a.toml:6: fallback: a source cannot stand in for itself",
        "b.toml:6: fallback: there is no source 'nobody'",
        "c.toml:6: fallback: d has a fallback of its own, c",
        "d.toml:6: fallback: c has a fallback of its own, d",
        "e.toml:6: fallback: f is of kr-motie, not of jp-meti: the ids would not be the same",
        "i.toml:6: fallback: j is not enabled",
    ]


def test_a_fallback_must_bring_the_same_ids_texts_and_attachments(tmp_path: Path) -> None:
    followed = "follow = true\nattachments = 'a'\nmain = 'main'\n"
    numbered = "[id]\nfrom = 'link'\npattern = '(1)'\n"

    def paired(rest: str, other: str) -> list[str]:
        first = GOOD + "fallback = 'b'\n" + rest
        return complaints(tmp_path, a=first, b=GOOD.replace("feed.xml", "b") + other)

    assert paired(followed + numbered, followed + numbered) == []
    assert paired("", followed) == paired("follow = true\nmain = 'main'\n", "") == []
    assert paired(followed + numbered, "follow = true\n" + numbered.replace("1", "2")) == [
        "a.toml:6: fallback: b has another table id: the ids would not be the same",
        "a.toml:6: fallback: b has not the same attachments: some would be lost",
        "a.toml:6: fallback: b has not the same main: the texts would not be the same",
    ]
    assert paired(followed, "") == ["a.toml:6: fallback: b has not the same attachments: some would be lost"]
    assert paired(numbered, "") == ["a.toml:6: fallback: b has another table id: the ids would not be the same"]


def test_two_enabled_sources_may_not_ask_for_the_same(tmp_path: Path) -> None:
    off = GOOD + "enabled = false\nnote = 'for another day'\n"
    other_form = RICH.replace('board = "1"\n\n[pages]', 'board = "2"\n\n[pages]')
    assert complaints(tmp_path, a=GOOD, b=off, c=GOOD, d=RICH, e=other_form) == [
        "c.toml:4: url: a asks for the same; one of them is enough"
    ]


def test_load_raises_the_first_complaint(tmp_path: Path) -> None:
    paths = [write(tmp_path, "a.toml", GOOD), write(tmp_path, "b.toml", GOOD + "fallback = 'x'\ninterval = 0\n")]
    with pytest.raises(Misconfigured) as caught:
        sourcefiles.load(paths)
    assert str(caught.value) == sourcefiles.check(paths)[0] == f"{tmp_path}/b.toml:7: interval: 0 is not at least 1"


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    assert complaints(tmp_path, a=GOOD + "#" * 300_000) == ["a.toml: larger than 262,144 bytes"]
