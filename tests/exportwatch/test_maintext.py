"""The main text of 140 pages of 28 makes in five tongues against its peer on the same pages; and each of its rules."""

from __future__ import annotations

from collections.abc import Sequence

import lxml.html  # type: ignore[import-untyped]
import pytest
import trafilatura

from exportwatch import maintext
from exportwatch.blocks import Block
from exportwatch.errors import BadRecord
from exportwatch.markup import Page, check
from tests.exportwatch.articles import TONGUES, Article, Tongue
from tests.exportwatch.makes import MAKES, Make, pages, paragraphs
from tests.exportwatch.makes_later import LATER
from tests.exportwatch.scoring import f1


def page(html: str) -> Page:
    return Page(html, check(html))


@pytest.mark.parametrize(("makes", "least"), [(MAKES, 0.97), (LATER, 0.92)], ids=["shaped the rule", "written later"])
def test_the_main_text_of_many_makes(makes: tuple[Make, ...], least: float) -> None:
    ours, theirs = [], []
    for _, article, html in pages(makes):
        ours.append(f1(article.text, page(html).text))
        found = trafilatura.extract(lxml.html.document_fromstring(html), include_comments=False)
        theirs.append(f1(article.text, found or ""))
    assert sum(ours) / len(ours) >= least
    # trafilatura takes short pages whole, and many East Asian notices are short for it: it counts characters.
    assert sum(ours) >= sum(theirs) + 0.1 * len(theirs)


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.furniture.lang)
@pytest.mark.parametrize("make", [*MAKES, *LATER], ids=lambda make: make.__name__)
def test_no_paragraph_of_a_long_page_is_lost(make: Make, tongue: Tongue) -> None:
    long = tuple(
        f"{turn}. {paragraph}" for turn in range(3) for article in tongue.articles for paragraph in article.paragraphs
    )
    article = Article(title=tongue.articles[0].title, day=tongue.articles[0].day, paragraphs=long)
    found = page(make(article, tongue.furniture)).text
    assert f1(article.text, found) > 0.91
    assert [paragraph for paragraph in long if "".join(paragraph.split()) not in "".join(found.split())] == []


def blocks(*lines: str) -> list[Block]:
    return [Block(text=line, linked=0, tag="p", aside=False, box=number) for number, line in enumerate(lines)]


FIVE = blocks(*TONGUES[1].articles[0].paragraphs)


def lines(*numbers: int) -> str:
    return "\n".join(FIVE[number].text for number in numbers)


def never() -> str:
    raise AssertionError("asked though the others agree")


@pytest.mark.parametrize(
    ("texts", "careful", "body", "kept"),
    [
        ([lines(0, 1, 2, 3, 4)] * 3, None, "", (0, 1, 2, 3, 4)),
        ([lines(0, 1), lines(0, 1, 2, 3), lines(0, 1, 2, 3)], lines(0, 1), "", (0, 1, 2, 3)),
        ([lines(0, 1), lines(0, 1, 2), lines(0, 1)], lines(0, 1), "", (0, 1)),
        ([lines(0, 1), lines(0, 1, 2), lines(0, 1)], lines(0, 1), lines(2), (0, 1, 2)),
        (["", lines(1, 2, 3), lines(1, 2, 3)], "", "", (1, 2, 3)),
    ],
    ids=["all agree", "two and density against two", "one and density", "the page's data speaks", "two are mute"],
)
def test_a_line_is_kept_that_most_keep(
    texts: Sequence[str], careful: str | None, body: str, kept: tuple[int, ...]
) -> None:
    named = dict(zip(("trafilatura", "resiliparse", "readability"), texts, strict=True))
    more = {"precise": never if careful is None else lambda: careful}
    assert maintext.choose(FIVE, named, more, body, "") == lines(*kept)


def test_who_takes_the_whole_page_has_no_vote() -> None:
    menu = [Block(f"{number} 申請・お問い合わせの窓口一覧", 16, "li", False, 10 + number) for number in range(20)]
    whole = "\n".join(block.text for block in [*menu, *FIVE])
    named = {"trafilatura": whole, "resiliparse": whole, "readability": lines(0, 1, 2, 3, 4)}
    assert maintext.choose([*menu, *FIVE], named, {"precise": lambda: whole}, "", "") == lines(0, 1, 2, 3, 4)


def test_headline_and_its_line_of_labels_are_not_repeated() -> None:
    head = blocks("輸出管理の見直し", "掲載日：2019年7月1日")
    whole = "\n".join(block.text for block in [*head, *FIVE])
    named = {"trafilatura": whole, "resiliparse": whole, "readability": whole}
    assert maintext.choose([*head, *FIVE], named, {"precise": lambda: whole}, "", "輸出管理の見直し") == lines(
        0, 1, 2, 3, 4
    )


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.furniture.lang)
def test_a_selector_names_the_text(tongue: Tongue) -> None:
    article, menu = tongue.articles[1], tongue.furniture.menu
    table = f"<table><tr><th>3A001</th><td>{menu[1]}</td></tr></table>"
    html = (
        f"<p>{menu[0]}</p><div class='a b'>{paragraphs(article)}<nav>{menu[2]}</nav>{table}</div><div class=a>x</div>"
    )
    expected = f"{article.text}\n{menu[2]}\n3A001\t{menu[1]}"
    assert page(html).within("div.a.b") == expected
    assert page(html).within("div.c") == ""


@pytest.mark.parametrize("selector", ["div[", ":nope", "a:has(", ">>>"])
def test_what_is_no_selector_says_so(selector: str) -> None:
    with pytest.raises(BadRecord, match="no CSS selector"):
        page("<p>輸出").within(selector)
