"""render.py: what a message says in five scripts, and that nothing foreign in it does anything."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from email.header import decode_header, make_header
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exportwatch.alerts import render
from exportwatch.errors import Misconfigured
from exportwatch.safe import safe
from tests.exportwatch.alerts.receivers import HOSTILE, SCRIPTS, hostile, in_script, message
from tests.subscribed import HYDROGEN_FLUORIDE

PUBLIC = "https://watch.example.org"
CLAIM = "JP tighten → KR: hydrogen fluoride · METI · 2019-07-01"


class Page(HTMLParser):
    """A page as the standard library reads it: its tags with attributes, and texts with the lang they stand in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.marked: list[str] = []
        self._open: list[tuple[str, str | None]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append((tag, dict(attrs).get("lang")))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "mark":
            self.marked.append(data)
        if data.strip() and self._open:
            lang = next(lang for _, lang in reversed(self._open) if lang is not None)
            self.texts.append((data, lang))

    @property
    def words(self) -> str:
        return "".join(text for text, _ in self.texts)

    @property
    def links(self) -> list[str | None]:
        return [attributes["href"] for tag, attributes in self.tags if "href" in attributes]


@pytest.mark.parametrize("lang", SCRIPTS)
def test_text_says_which_why_what_where_and_how_to_stop(lang: str) -> None:
    title, before, words, after = SCRIPTS[lang]
    said = render.text(message(in_script(lang)), PUBLIC)
    concept = "" if lang == "en" else " (hydrogen fluoride)"
    lines = said.splitlines()
    assert lines[:2] == [CLAIM, title]
    assert lines[2].endswith(" · METI · 2019-07-01 · p:1")
    assert lines[3:5] == [
        "  https://ministry.example/1",
        "  https://watch.example.org/documents/p:1?q=%22hydrogen+fluoride%22+AND+against%3AKR",
    ]
    assert lines[5:] == [
        f"  {before}[{words}]{concept}{after}",
        f"  subscription hf: {HYDROGEN_FLUORIDE}",
        "  to stop: exportwatch subscriptions remove hf",
    ]


@pytest.mark.parametrize("lang", SCRIPTS)
def test_html_says_the_same_in_its_own_language(lang: str) -> None:
    title, before, words, after = SCRIPTS[lang]
    page = Page(render.html(message(in_script(lang)), PUBLIC))
    assert (title, lang) in page.texts
    assert page.marked == [words]
    assert [(before, lang), (words, lang), (after, lang)] == [t for t in page.texts if t[0] in (before, words, after)][
        :3
    ]
    assert (CLAIM, "en") in page.texts
    assert (f"{HYDROGEN_FLUORIDE}", "") in page.texts
    assert ("exportwatch subscriptions remove hf", "en") in page.texts
    assert page.links == [
        "https://ministry.example/1",
        "https://ministry.example/1",
        "https://watch.example.org/documents/p:1?q=%22hydrogen+fluoride%22+AND+against%3AKR",
    ]
    assert ((" = hydrogen fluoride", "en") in page.texts) == (lang != "en")


def test_a_page_needs_nothing_from_anywhere() -> None:
    page = render.html(message(), PUBLIC)
    assert [word for word in ("src=", "url(", "@import", "<link") if word in page] == []


def test_a_test_says_so_everywhere() -> None:
    trial = replace(message(), test=True)
    assert render.text(trial).startswith("This is a test")
    assert "This is a test" in Page(render.html(trial)).words
    assert render.subject(trial).startswith("Test: ")
    assert render.payload(trial)["test"] is True
    assert "test" not in render.text(message()).lower()


def test_evidence_out_of_the_middle_says_that_there_is_more() -> None:
    quote = replace(
        in_script("ko").evidence[0], text="앞 " + "가" * 58 + "불화수소" + "나" * 60, start=500, mark_start=60
    )
    quote = replace(quote, mark_end=64, end=504)
    said = render.text(message(replace(in_script("ko"), evidence=(quote,))))
    assert f"  … 앞 {'가' * 58}[불화수소] (hydrogen fluoride){'나' * 60} …" in said


def test_what_is_not_known_is_left_out() -> None:
    bare = replace(
        in_script("zh-Hans"), title=" \n", url="", published="", lang="und", actions=(), evidence=(), source=""
    )
    said = render.text(message(bare))
    assert said.splitlines()[:2] == ["(no title)", "  language unknown · jp-meti · observed 1970-01-01 · p:1"]
    page = Page(render.html(message(bare)))
    assert ("(no title)", "") in page.texts
    assert page.links == []
    assert render.subject(message(bare)) == "(no title)"


BENIGN = hostile("輸出")


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_foreign_acts_in_html(words: str) -> None:
    source = render.html(hostile(words), PUBLIC)
    page, benign = Page(source), Page(render.html(BENIGN, PUBLIC))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in benign.tags]
    assert [sorted(attributes) for _, attributes in page.tags] == [sorted(found) for _, found in benign.tags]
    assert all(str(link).startswith("https://watch.example.org/") for link in page.links)
    assert all(lang in ("", "en") for _, lang in page.texts)
    assert source.replace("\n", "") == safe(source.replace("\n", ""))


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_foreign_acts_in_text(words: str) -> None:
    lines = render.text(hostile(words), PUBLIC).splitlines()
    assert len(lines) == len(render.text(BENIGN, PUBLIC).splitlines())
    assert all(line == safe(line) for line in lines)
    # str.splitlines knows more line ends than a mail or a terminal does.
    assert not any(line.startswith(("Bcc", "MAIL", ".", "--")) for line in lines[2:])


@pytest.mark.parametrize("words", HOSTILE)
def test_no_header_hides_in_a_subject(words: str) -> None:
    said = render.subject(hostile(words))
    assert said == safe(said)
    assert len(said.splitlines()) == 1
    assert "=?" not in said
    assert str(make_header(decode_header(said))) == said


@given(st.text(alphabet=st.characters(), max_size=400), st.text(alphabet=st.characters(), max_size=100))
def test_any_text_is_safe(title: str, url: str) -> None:
    foreign = message(replace(in_script("zh-Hant"), title=title, url=f"https://ministry.example/{url}"), query=title)
    for said in (render.text(foreign), render.html(foreign)):
        assert said.replace("\n", "") == safe(said.replace("\n", ""))
        said.encode()
    subject = render.subject(foreign)
    assert len(subject) <= render.SUBJECT_CHARACTERS
    assert "=?" not in subject
    assert subject == safe(subject)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://www.meti.go.jp/press/2019/12/x.html?a=1&b=2#c", None),
        ("http://ministry.example:8080/", None),
        ("https://[2001:db8::1]:8443/x", None),
        ("https://경제.example/수출?q=규제", "https://xn--289a223c.example/%EC%88%98%EC%B6%9C?q=%EA%B7%9C%EC%A0%9C"),
        ("https://ministry.example/輸\u202e出", "https://ministry.example/%E8%BC%B8%E2%80%AE%E5%87%BA"),
        ('https://ministry.example/"><script>', "https://ministry.example/%22%3E%3Cscript%3E"),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,<script>alert(1)</script>", ""),
        ("vbscript:x", ""),
        ("file:///etc/passwd", ""),
        ("//ministry.example/", ""),
        ("/etc/passwd", ""),
        ("https://www.meti.go.jp@evil.example/", ""),
        ("https://user:password@ministry.example/", ""),
        ("https:///x", ""),
        ("https://a b/", ""),
        ("https://ministry.example\r\nBcc: x@y", ""),
        ("https://ministry.example:99999/", ""),
        ("https://[::1/", ""),
        ("https://a<b>.example/", ""),
    ],
)
def test_only_web_addresses_are_linked(url: str, shown: str | None) -> None:
    assert render.link(url) == (url if shown is None else shown)


def test_the_payload_is_the_same_in_every_attempt_and_json() -> None:
    first, later = render.body(message(attempt=1), PUBLIC), render.body(message(attempt=7), PUBLIC)
    assert first == later
    read = json.loads(first)
    assert (read["key"], read["subscription"], read["claim"]) == (message().key, "hf", CLAIM)
    (quote,) = read["evidence"]
    assert quote["text"][quote["mark_start"] : quote["mark_end"]] == "フッ化水素"
    assert read["page"].startswith(f"{PUBLIC}/documents/p:1")
    assert "secret" not in first.decode()


@pytest.mark.parametrize("words", HOSTILE)
def test_json_holds_foreign_text_as_it_is(words: str) -> None:
    raw = render.body(hostile(words))
    assert json.loads(raw)["title"] == words
    assert json.loads(raw)["url"] == ""
    assert not re.search(rb"[\x00-\x1f]", raw)


def test_the_address_of_the_pages_is_checked() -> None:
    assert render.base("") == ""
    assert render.base("https://watch.example.org/exports/") == "https://watch.example.org/exports"
    for wrong in ("watch.example.org", "javascript:alert(1)", "https://u:p@watch.example.org"):
        with pytest.raises(Misconfigured, match="public_url"):
            render.base(wrong)
