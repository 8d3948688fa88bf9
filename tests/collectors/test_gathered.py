"""Every shipped source against the stand-in of its site: just the documents that are expected of a perfect collector.

What a page or attachment says is read by `exportwatch.content`; what is published, when, under which id and where, by
the source's file and the parsers. Of what goes wrong at the sites nothing is published, and it is named; which state of
health comes of it, the tests of the collector say.
"""

from __future__ import annotations

import msgspec
import pytest

from exportwatch.model import Parsed
from tests.collectors import ministries
from tests.collectors.gathered import FILES, Gathered, Gatherer, shipped
from tests.collectors.ministries import Expected

SITES = [name for name in ministries.names() if not name.startswith("traps/")]
SEVERAL = {
    "jp-egov-law": ("-export-order", "-exchange-order", "-goods-ordinance"),
    "cn-mofcom-export": ("-laws", "-regulations", "-home", "-world"),
}
"""Sites that are read by several sources: what follows the name of the first."""
UNTRIED = {"news-en-yonhap"}
"""Sources that differ from another one in nothing but their address."""


def phases(name: str) -> list[tuple[str, int]]:
    return [(name, number) for number in range(max(len(ministries.plan(name).phase), 1))]


CASES = [pytest.param(name, phase, id=f"{name}-{phase}") for each in SITES for name, phase in phases(each)]


def sources_of(name: str) -> list[str]:
    return [name, *(name + ending for ending in SEVERAL.get(name, ()))]


def gathered(site: ministries.Site, phase: int) -> tuple[dict[str, Gathered], list[str]]:
    """All that is known by the end of a phase, each document in its last revision, and all rejections."""
    known: dict[str, Gathered] = {}
    rejections: list[str] = []
    for number in range(phase + 1):
        now = site.enter(number).now if site.plan.phase else site.plan.now
        for name in sources_of(site.name):
            gatherer = Gatherer(site, shipped(site, name), now[:10])
            documents = gatherer.gather()
            assert len({document.expected.id for document in documents}) == len(documents)
            known |= {document.expected.id: document for document in documents}
            rejections += gatherer.rejections
    return known, rejections


def test_every_shipped_source_has_a_stand_in() -> None:
    assert {source for name in SITES for source in sources_of(name)} | UNTRIED == set(FILES)


@pytest.mark.parametrize(("name", "phase"), CASES)
def test_a_source_brings_what_is_expected_of_it(name: str, phase: int) -> None:
    with ministries.site(name) as site:
        found, rejections = gathered(site, phase)
        wanted = {document.id: document for document in site.expected()}
    assert sorted(found) == sorted(wanted)
    assert rejections == []
    for expected in wanted.values():
        assert facts(found[expected.id].expected) == facts(expected)


def facts(document: Expected) -> dict[str, object]:
    """All but what is said of the text, and of what no Release carries."""
    fields: dict[str, object] = msgspec.to_builtins(document)
    return {name: value for name, value in fields.items() if name not in ("contains", "lacks", "facts", "revisions")}


@pytest.mark.parametrize(("name", "phase"), CASES)
def test_the_text_of_a_document_is_its_own(name: str, phase: int) -> None:
    with ministries.site(name) as site:
        texts = {name: document.text for name, document in gathered(site, phase)[0].items()}
        wanted = site.expected()
    amiss = {
        document.id: (missing, intruding)
        for document in wanted
        if (missing := [phrase for phrase in document.contains if not _holds(texts[document.id], phrase)])
        + (intruding := [phrase for phrase in document.lacks if _holds(texts[document.id], phrase)])
    }
    assert amiss == {}


def _holds(text: str, phrase: str) -> bool:
    """White space in between is free."""
    return "".join(phrase.split()) in "".join(text.split())


def first(site: ministries.Site, name: str) -> Parsed:
    """What the source's own URL gives, parsed."""
    return next(Gatherer(site, shipped(site, name)).listings(), Parsed())


@pytest.mark.parametrize(
    ("trap", "complaint"),
    [
        ("html-404-as-200", "not a feed: "),
        ("empty-body", "not a feed: "),
        ("captcha-200", "no JSON: "),
        ("mofcom-redesign", "list.row '.txtList_01 > li' finds nothing on the page"),
    ],
)
def test_what_stands_in_place_of_a_list_is_named_and_gives_nothing(trap: str, complaint: str) -> None:
    with ministries.site(f"traps/{trap}") as site:
        if site.plan.phase:
            site.enter(len(site.plan.phase) - 1)
        gatherer = Gatherer(site, shipped(site, site.plan.follows))
        assert [draft for parsed in gatherer.listings() for draft in parsed.drafts] == []
    assert [reason.startswith(complaint) for reason in gatherer.rejections] == [True]


def test_an_honest_empty_answer_is_no_complaint() -> None:
    with ministries.site("traps/fr-empty") as site:
        gatherer = Gatherer(site, shipped(site, "us-fr"))
        assert (gatherer.gather(), gatherer.rejections) == ([], [])


def test_echoed_parameters_are_nothing_new() -> None:
    with ministries.site("traps/fr-echoed-parameters") as site:
        hashes = []
        for phase in range(len(site.plan.phase)):
            site.enter(phase)
            hashes.append(first(site, "us-fr").semantic_hash)
    assert len(hashes) > 1
    assert len(set(hashes)) == 1
    assert hashes[0]


def test_a_list_that_shrank_shows_how_much_it_has() -> None:
    with ministries.site("traps/list-shrunk") as site:
        counts = []
        for phase in site.plan.phase:
            site.enter(site.plan.phase.index(phase))
            counts.append(len(first(site, "jp-meti-list").drafts))
    assert counts[0] == 15
    assert 2 in counts


def test_articles_that_turn_into_the_servers_error_are_not_read_as_such() -> None:
    with ministries.site("traps/ssi-error") as site:
        unreadable = []
        for phase in range(len(site.plan.phase)):
            site.enter(phase)
            gatherer = Gatherer(site, shipped(site, "cn-mofcom-export-laws"))
            gatherer.gather()
            unreadable.append(set(gatherer.reasons.values()))
            assert len(gatherer.reasons) >= 1
    assert unreadable[-1] == {"the server's own error stands in place of the text"}
