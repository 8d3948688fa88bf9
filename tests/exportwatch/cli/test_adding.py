"""`sources add` over real HTTP on loopback: what it finds in five languages, what it writes, and how seldom it asks."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import exportwatch.cli.adding
from exportwatch.cli import main
from tests.collectors.kit import Answer, Loopback, serve
from tests.collectors.test_listing import made
from tests.exportwatch.cli.test_parsing import Done

TITLES = {
    "en": "The ministry revises controls on exports of gallium",
    "ja": "輸出貿易管理令の一部を改正する政令について",
    "ko": "전략물자 수출입고시 개정안 행정예고에 대하여",
    "zh-Hans": "关于对镓、锗相关物项实施出口管制的公告说明",
    "zh-Hant": "戰略性高科技貨品輸出管制實體名單更新公告",
}
CHARSETS = {"en": "utf-8", "ja": "shift_jis", "ko": "euc-kr", "zh-Hans": "gb18030", "zh-Hant": "big5"}


def feed(lang: str, charset: str = "utf-8", number: int = 6, *, declared: bool = True) -> bytes:
    items = "".join(
        f"<item><title>{TITLES[lang]} {n}</title><link>/r/{n}</link><pubDate>2026-11-{2 * n + 1:02}</pubDate></item>"
        for n in range(number)
    )
    declaration = f'<?xml version="1.0" encoding="{charset}"?>' if declared else ""
    return f'{declaration}<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode(charset)


class Adding:
    """`exportwatch sources …` that may reach one server."""

    def __init__(self, data: Path, server: Loopback, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self.server = server
        self._capsys = capsys

    def __call__(self, command: str, *arguments: str) -> Done:
        with pytest.raises(SystemExit) as ended:
            main(
                [
                    *("--data", str(self.data), "--private-addresses", self.server.address),
                    *("sources", command, *arguments),
                ]
            )
        captured = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, captured.out, captured.err)

    def hurry(self, name: str) -> None:
        """Have the source of a server of our own ask without pauses."""
        path = self.data / "config" / "sources" / f"{name}.toml"
        path.write_text("pause = 0.01\n" + path.read_text(encoding="utf-8"), encoding="utf-8")

    def files(self) -> list[str]:
        return sorted(path.name for path in (self.data / "config" / "sources").glob("*"))

    @property
    def asked(self) -> list[str]:
        return [path for path in self.server.paths if path != "/robots.txt"]


@pytest.fixture
def adding(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Adding]:
    monkeypatch.setattr(exportwatch.cli.adding, "PAUSE", 0.01)
    with serve() as server:
        yield Adding(tmp_path / "data", server, capsys)


def html(text: str) -> Answer:
    return Answer(text.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


@pytest.mark.parametrize("lang", TITLES)
@pytest.mark.parametrize("declared", [True, False])
def test_the_feed_of_a_page_becomes_a_source(adding: Adding, lang: str, declared: bool) -> None:
    adding.server.script |= {
        "/news/": html('<link rel="alternate" type="application/rss+xml" href="rss.xml"><p>x</p>'),
        "/news/rss.xml": Answer(feed(lang, CHARSETS[lang], declared=declared)),
    }
    done = adding("add", adding.server.url("/news/"), "--id", "demo", "--json")
    assert done.code == 0, done.errors
    (row,) = done.objects
    assert adding.files() == ["demo.toml"]
    written = tomllib.loads((adding.data / "config" / "sources" / "demo.toml").read_text(encoding="utf-8"))
    assert written.items() <= row.items()
    assert (row["url"], row["parser"], row["language"]) == (adding.server.url("/news/rss.xml"), "feed", lang)
    assert (row["minimum"], row["cadence"], row["follow"]) == (3, 6 * 86400, True)
    assert ("encoding" in row) == (not declared and lang != "en")
    assert adding.asked == ["/news/", "/news/rss.xml"]
    assert adding("check").code == 0
    adding.hurry("demo")
    tried = adding("try", "demo", "--json")
    titles = [each["title"] for each in tried.objects if "fate" in each]
    assert titles == [f"{TITLES[lang]} {n}" for n in range(6)]


@pytest.mark.parametrize("lang", TITLES)
@pytest.mark.parametrize("shape", ["table", "dl", "ul"])
def test_the_list_of_a_page_without_a_feed_becomes_a_source(adding: Adding, lang: str, shape: str) -> None:
    adding.server.script["/news/"] = Answer(made(shape, lang), headers={"Content-Type": "text/html"})
    done = adding("add", adding.server.url("/news/"), "--id", "demo", "--json")
    assert done.code == 0, done.errors
    (row,) = done.objects
    assert (row["parser"], row["language"], row["minimum"]) == ("page", lang, 2)
    assert adding.asked == ["/news/"], "a list with dates is enough"
    assert adding("check").code == 0
    adding.hurry("demo")
    tried = adding("try", "demo", "--json")
    assert len([each for each in tried.objects if "fate" in each]) == 4


def test_an_address_that_is_a_feed_is_taken_as_it_is(adding: Adding) -> None:
    adding.server.script["/f"] = Answer(feed("ja"), headers={"Content-Type": "text/html"})
    done = adding("add", adding.server.url("/f"))
    assert done.code == 0, done.errors
    assert adding.files() == ["127-0-0-1.toml"]
    assert "exportwatch sources try 127-0-0-1" in done.output
    assert "# " in done.output, "what was guessed is said"


def test_well_known_addresses_are_tried_few_and_in_turn(adding: Adding) -> None:
    adding.server.script |= {"/": html("<p>nothing</p>"), "/atom.xml": Answer(feed("ko"))}
    done = adding("add", adding.server.url("/"), "--id", "demo", "--json")
    assert done.objects[0]["url"] == adding.server.url("/atom.xml")
    assert adding.asked == ["/", "/feed", "/rss.xml", "/atom.xml"]


def test_links_that_lead_nowhere_cost_four_requests_at_most(adding: Adding) -> None:
    adding.server.script["/"] = html("".join(f'<a href="/{n}/rss">RSS</a>' for n in range(30)))
    done = adding("add", adding.server.url("/"))
    assert (done.code, done.output) == (1, "")
    assert "neither a feed nor rows" in done.errors
    assert len(adding.asked) == 5
    assert adding.files() == []


def test_a_wrong_link_is_passed_over(adding: Adding) -> None:
    adding.server.script |= {
        "/n/": html('<link rel="alternate" type="application/rss+xml" href="/gone"><a href="/n/real.rss">RSS</a>'),
        "/gone": html("<html><body>a page in its place</body></html>"),
        "/n/real.rss": Answer(feed("zh-Hans")),
    }
    assert adding("add", adding.server.url("/n/"), "--json").objects[0]["url"] == adding.server.url("/n/real.rss")


def test_nothing_is_written_over_without_being_told(adding: Adding) -> None:
    adding.server.script["/f"] = Answer(feed("en"))
    url = adding.server.url("/f")
    assert adding("add", url, "--id", "demo").code == 0
    before = (adding.data / "config" / "sources" / "demo.toml").read_text(encoding="utf-8")
    refused = adding("add", url, "--id", "demo")
    assert (refused.code, "--replace" in refused.errors) == (2, True)
    again = adding("add", url, "--id", "other")
    assert (again.code, "asks for the same" in again.errors) == (2, True)
    assert adding.files() == ["demo.toml"]
    assert (adding.data / "config" / "sources" / "demo.toml").read_text(encoding="utf-8") == before
    assert adding("add", url, "--id", "demo", "--replace").code == 0


def test_robots_txt_is_obeyed(adding: Adding) -> None:
    adding.server.script |= {"/robots.txt": Answer(b"User-agent: *\nDisallow: /"), "/f": Answer(feed("en"))}
    done = adding("add", adding.server.url("/f"))
    assert (done.code, adding.asked) == (1, [])
    assert "robots" in done.errors


@pytest.mark.parametrize("url", ["ftp://x.example/", "javascript:alert(1)", "nonsense", "https://"])
def test_what_is_no_address_is_usage(adding: Adding, url: str) -> None:
    assert adding("add", url).code == 2


@pytest.mark.parametrize("name", ["Wrong", "../x", "a b", "x" * 99])
def test_an_id_that_is_none_writes_nothing(adding: Adding, name: str) -> None:
    adding.server.script["/f"] = Answer(feed("en"))
    assert adding("add", adding.server.url("/f"), "--id", name).code == 2
    assert adding.files() == []
