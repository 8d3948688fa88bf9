"""indexers/match.py: who is told of what, in four languages, and with which words as proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from exportwatch import codec, subscriptions
from exportwatch.bus import ALERTS, DOCUMENTS, Record
from exportwatch.engine import Filtered, Outcome, Rejected, Sent
from exportwatch.model import Alert, Classified, Origin, Subscription, claims_hash
from exportwatch.query.highlight import highlights
from exportwatch.query.names import resolve
from exportwatch.store import Put
from exportwatch.stores.memory import MemoryStore
from exportwatch.subscriptions import Watch
from exportwatch.taxonomy import Taxonomy
from indexers.match import AROUND, QUOTES, Match, alert
from tests.documents import taxonomy
from tests.subscribed import PAGES, RADIO, Time, classified, document_record, in_language, subscription


class House:
    """A store with subscriptions, and the stage over it."""

    def __init__(self, *kept: Subscription) -> None:
        self.store = MemoryStore()
        self.time = Time()
        for made in kept:
            subscriptions.add(self.store, made)
        self.loaded = 0
        self.stage = Match(Watch(self.store, self.time), self._taxonomy, self.time)

    def _taxonomy(self) -> Taxonomy:
        self.loaded += 1
        return taxonomy()

    def run(self, *items: Classified) -> list[Outcome]:
        return self.stage.run([document_record(item, number) for number, item in enumerate(items)], lambda: None)


def alerts(outcomes: Sequence[Outcome]) -> list[Alert]:
    found = []
    for outcome in outcomes:
        assert isinstance(outcome, Sent | Filtered), outcome
        for send in outcome.sends:
            assert send.topic == ALERTS
            assert send.value is not None
            made = codec.ALERT.decode(send.value)
            assert send.key == send.partition_by == made.subscription
            found.append(made)
    return found


def fires(item: Classified, *kept: Subscription) -> list[str]:
    return [made.subscription for made in alerts(House(*kept).run(item))]


@pytest.mark.parametrize("lang", list(PAGES))
def test_one_subscription_finds_the_story_in_every_language(lang: str) -> None:
    (found,) = alerts(House(subscription()).run(in_language(lang)))
    assert (found.document, found.root, found.lang) == (f"p:{lang}", f"p:{lang}", lang)
    assert (found.implementing, found.affected, found.agencies) == (("JP",), ("KR",), ("METI",))
    assert found.item_labels == ("hydrogen fluoride",)
    assert found.published == "2019-07-01"


def test_the_radio_is_no_acid() -> None:
    item = classified(*RADIO, id="p:radio", origin="live")
    assert item.claims.affected == ("KR",), "the story must differ by the item alone"
    assert fires(item, subscription()) == []
    assert fires(item, subscription(query="radio AND against:KR")) == ["hf"]


@pytest.mark.parametrize("lang", list(PAGES))
def test_evidence_is_the_original_with_the_english_concept(lang: str) -> None:
    item = in_language(lang)
    (found,) = alerts(House(subscription()).run(item))
    for quote in found.evidence:
        words: str = getattr(item.document, quote.field)
        marked = quote.text[quote.mark_start : quote.mark_end]
        assert marked == words[quote.start : quote.end]
        assert quote.text == words[quote.start - quote.mark_start :][: len(quote.text)]
    named = {quote.text[quote.mark_start : quote.mark_end]: quote.concept for quote in found.evidence}
    expected = {
        "en": {"South Korea": "", "hydrogen fluoride": ""},
        "ja": {"韓国": "South Korea", "フッ化水素": "hydrogen fluoride"},
        "ko": {"한국": "South Korea", "불화수소": "hydrogen fluoride"},
        "zh-Hans": {"韩国": "South Korea", "氟化氢": "hydrogen fluoride"},
        "zh-Hant": {"韓國": "South Korea", "氟化氫": "hydrogen fluoride"},
    }
    assert named == expected[lang]


METALS = ("gallium", "germanium", "graphite", "antimony", "indium", "tungsten", "tellurium", "bismuth", "molybdenum")


def test_quotes_are_few_and_each_says_something_else() -> None:
    item = classified("Minerals", f"China restricts exports of {', '.join(METALS)}. " + "gallium " * 500)
    query = resolve(" OR ".join(METALS), taxonomy())
    made = alert(item, subscription(), highlights(query, item), taxonomy(), 1)
    marks = [quote.text[quote.mark_start : quote.mark_end] for quote in made.evidence]
    assert marks == list(METALS[:QUOTES])


def test_a_quote_is_short_however_much_was_found_in_one_piece() -> None:
    item = classified("Minerals", "Exports of " + "gallium " * 500)
    query = resolve('"gallium gallium"~900', taxonomy())
    (quote,) = alert(item, subscription(), highlights(query, item), taxonomy(), 1).evidence
    assert quote.text[quote.mark_start : quote.mark_end] == item.document.text[quote.start : quote.end]
    assert quote.end - quote.start == 300
    assert quote.mark_start == len("Exports of ")
    assert len(quote.text) - quote.mark_end == AROUND


def test_a_huge_document_makes_a_small_alert() -> None:
    item = classified("수출규제 " * 20_000, "hydrogen fluoride " * 20_000, url="https://a.example/" + "x" * 9000)
    made = alert(item, subscription(query="hydrogen"), (), taxonomy(), 1)
    assert len(codec.ALERT.encode(made)) < 20_000
    assert made.url == ""


@pytest.mark.parametrize(("origin", "told"), [("live", True), ("import", True), ("backfill", False), ("replay", False)])
def test_only_live_and_imported_documents_alert_unless_told(origin: Origin, told: bool) -> None:
    item = in_language("ja", origin=origin)
    assert fires(item, subscription()) == (["hf"] if told else [])
    assert fires(item, subscription(all_origins=True)) == ["hf"]


def test_only_what_was_observed_after_the_subscription_was_made_alerts() -> None:
    assert fires(in_language("ko", observed=1000), subscription(changed=1000)) == []
    assert fires(in_language("ko", observed=1001), subscription(changed=1000)) == ["hf"]


def test_every_subscription_that_hits_fires_and_an_attachment_names_its_page() -> None:
    item = in_language("zh-Hant")
    item = replace(item, document=replace(item.document, root="p:page"))
    kept = (subscription("a"), subscription("b", "against:KR"), subscription("c", "gallium"))
    found = alerts(House(*kept).run(item))
    assert [made.subscription for made in found] == ["a", "b"]
    assert {made.root for made in found} == {"p:page"}


def test_the_claims_hash_is_of_the_claims_alone() -> None:
    title, text = PAGES["en"]
    told = classified(title, text)
    reworded = classified(title + " again", text + " It said so on its page.")
    eased = classified(title.replace("tighten", "ease"), text.replace("tighten", "ease"))
    assert claims_hash(told.claims) == claims_hash(reworded.claims) != claims_hash(eased.claims)
    turned = replace(told.claims, affected=("KR", "CN"))
    assert claims_hash(turned) == claims_hash(replace(told.claims, affected=("CN", "KR")))
    assert claims_hash(replace(told.claims, implementing=("KR",), affected=("JP",))) != claims_hash(told.claims)


def test_without_subscriptions_nothing_is_even_decoded() -> None:
    house = House()
    assert house.stage.run([Record(DOCUMENTS, 0, 0, "p:1", b"{", 1)], lambda: None) == [Filtered("no subscription")]
    assert house.loaded == 0


def test_a_change_is_followed_at_once_and_so_is_its_end() -> None:
    house = House()
    assert alerts(house.run(in_language("en"))) == []
    subscriptions.add(house.store, subscription())
    assert len(alerts(house.run(in_language("en")))) == 1
    subscriptions.add(house.store, subscription(query="gallium"), replace=True)
    assert alerts(house.run(in_language("en"))) == []
    subscriptions.add(house.store, subscription(), replace=True)
    assert len(alerts(house.run(in_language("en")))) == 1
    subscriptions.remove(house.store, "hf")
    assert alerts(house.run(in_language("en"))) == []


def test_purges_and_unreadable_records_leave_the_others() -> None:
    house = House(subscription())
    records = [
        Record(DOCUMENTS, 0, 0, "p:1", None, 1),
        Record(DOCUMENTS, 0, 1, "p:2", b"{", 1),
        document_record(in_language("ko"), 2),
    ]
    purge, unreadable, hit = house.stage.run(records, lambda: None)
    assert purge == Filtered("purge")
    assert isinstance(unreadable, Rejected)
    assert len(alerts([hit])) == 1


def test_a_query_that_cannot_be_read_any_more_is_left_out_and_said(caplog: pytest.LogCaptureFixture) -> None:
    house = House(subscription())
    broken = subscription("broken", query="((")
    house.store.put_many([Put(subscriptions.key("broken"), codec.SUBSCRIPTION.encode(broken))])
    assert [made.subscription for made in alerts(house.run(in_language("ja")))] == ["hf"]
    assert "broken" in caplog.text
    assert caplog.text.count("left out") == 1
    house.run(in_language("ja"))
    assert caplog.text.count("left out") == 1


def test_a_subscription_to_the_health_of_the_sources_is_told_of_no_document() -> None:
    health = subscription("ops", "", health=True)
    item = in_language("ja")
    assert fires(item, health, subscription()) == ["hf"]
    house = House(health)
    assert [type(outcome) for outcome in house.run(item)] == [Filtered]
    assert house.loaded == 0
