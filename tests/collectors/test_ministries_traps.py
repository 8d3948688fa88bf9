"""What goes wrong at the official sites, as far as a parser can tell: nothing is published of it, and it is named.

Which state of health comes of it, and what is asked for when, the tests of the collector say.
"""

from __future__ import annotations

import pytest

from exportwatch.model import Parsed
from tests.collectors import ministries
from tests.collectors.gathered import Gatherer, shipped


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
