"""What is guessed of a source: its owner by the host, its cadence by its dates, and a file that is in order."""

from __future__ import annotations

import tomllib

import pytest

from collectors import proposal, sourcefiles
from collectors.listing import Listing
from collectors.proposal import Seen, cadence, free_id, label, site
from exportwatch.model import Draft
from tests.collectors.kit import NOON

WORDS = {"en": "Export controls", "ja": "輸出管理", "ko": "수출통제", "zh-Hans": "出口管制", "zh-Hant": "輸出管制"}


def drafts(lang: str, number: int = 6, text: str = "", every: int = 3) -> tuple[Draft, ...]:
    return tuple(
        Draft(
            id=f"import:{day}",
            publisher="import",
            source="import",
            kind="",
            url=f"https://www.meti.go.jp/press/{day}",
            title=f"{WORDS[lang]} {day}",
            published=f"2024-09-{day:02}",
            body=text.encode(),
        )
        for day in range(1, 1 + number * every, every)
    )


@pytest.mark.parametrize(
    ("url", "publisher", "jurisdiction", "official"),
    [
        ("https://www.meti.go.jp/press/", "jp-meti", "JP", True),
        ("https://www.motir.go.kr/kor/", "kr-motir", "KR", True),
        ("http://www.mofcom.gov.cn/", "cn-mofcom", "CN", True),
        ("https://www.trade.gov.tw/", "tw-trade", "TW", True),
        ("https://www.bis.gov/", "us-bis", "US", True),
        ("https://www.gov.uk/x", "gb-gov", "GB", True),
        ("https://policy.trade.ec.europa.eu/", "eu-ec", "EU", True),
        ("https://www.reuters.com/", "reuters", "", False),
        ("https://news.example.co.jp/", "jp-example", "JP", False),
        ("http://127.0.0.1:8080/", "127-0-0-1", "", False),
        ("http://[::1]:8080/", "1", "", False),
        ("https://xn--fsq.jp/", "jp-xn-fsq", "JP", False),
    ],
)
def test_the_owner_by_the_host(url: str, publisher: str, jurisdiction: str, official: bool) -> None:
    assert (site(url).publisher, site(url).jurisdiction, site(url).official) == (publisher, jurisdiction, official)


def test_an_id_that_is_free() -> None:
    url = "https://www.meti.go.jp/policy/anpo/news.html"
    assert free_id("jp-meti", url, []) == "jp-meti"
    assert free_id("jp-meti", url, ["jp-meti"]) == "jp-meti-policy"
    assert free_id("jp-meti", "https://x.example/", ["jp-meti", "jp-meti-2"]) == "jp-meti-3"


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([], 30),
        (["2024-09-01", "2024-09-02"], 30),
        (["2024-09-01", "2024-09-02", "2024-09-03", "2024-09-03"], 3),
        (["2024-09-01", "2024-09-03", "2024-09-20"], 30),
        (["2020-01-01", "2022-01-01", "2024-01-01"], 90),
    ],
)
def test_a_cadence_from_the_days_of_publication(days: list[str], expected: int) -> None:
    assert cadence(days)[0] == expected


@pytest.mark.parametrize(
    ("codec", "expected"),
    [
        ("utf-8", ""),
        ("cp1252", ""),
        ("cp949", "euc-kr"),
        ("cp932", "shift_jis"),
        ("gb18030", "gb18030"),
        ("cp950", "big5"),
    ],
)
def test_a_charset_is_written_only_where_it_is_needed(codec: str, expected: str) -> None:
    assert label(codec) == expected


@pytest.mark.parametrize("lang", WORDS)
@pytest.mark.parametrize("listed", [None, Listing(row='div[class="a"] > li', date="time", rows=6, dated=6)])
def test_the_file_is_in_order(lang: str, listed: Listing | None) -> None:
    hostile = 'https://www.meti.go.jp/"\\#\u202e'
    seen = Seen(
        url=hostile, drafts=drafts(lang), language=lang, listed=listed, found_on="https://x\n[list]", why="linked"
    )
    text = proposal.file(seen, "jp-meti", NOON)
    made = sourcefiles.make("demo", tomllib.loads(text), "test")
    assert (made.url, made.language, made.publisher, made.jurisdiction) == (hostile, lang, "jp-meti", "JP")
    assert (made.minimum, made.cadence) == (3, 9 * 86400)
    assert (made.parser, made.follow) == ("feed" if listed is None else "page", True)
    assert (made.list_rule.row if made.list_rule else None) == (listed.row if listed else None)
    assert "# " in text


def test_pages_of_entries_that_say_all_are_not_fetched() -> None:
    seen = Seen(url="https://www.meti.go.jp/feed", drafts=drafts("ja", text="輸出管理" * 300), language="ja")
    assert tomllib.loads(proposal.file(seen, "jp-meti", NOON))["follow"] is False
