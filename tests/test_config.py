"""The shipped configuration itself: complete, readable, and free of labels that fire on common words."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from collectors import sourcefiles
from exportwatch.configfiles import files
from exportwatch.taxonomy import LANGUAGES, Concept, load
from tests.documents import named, taxonomy


def concepts(kind: str) -> list[Concept]:
    return [concept for concept in taxonomy().concepts.values() if concept.kind == kind]


def test_at_least_500_items_have_labels_in_all_five_scripts() -> None:
    complete = [
        item
        for item in concepts("item")
        if {label.language for label in item.labels if label.role == "name"} >= set(LANGUAGES)
    ]
    assert len(complete) >= 500


def test_there_are_agencies_programmes_instruments_and_all_jurisdictions() -> None:
    assert len(concepts("agency")) >= 100
    assert len(concepts("programme")) >= 75
    assert len(concepts("instrument")) >= 50
    codes = {jurisdiction.id for jurisdiction in concepts("jurisdiction")}
    assert len(codes) >= 260
    assert {"JP", "KR", "CN", "TW", "US", "EU", "SU", "HK", "MO", "SG", "DD", "YU"} <= codes


def test_every_number_names_its_source() -> None:
    numbers = [number for item in concepts("item") for number in item.numbers]
    assert len(numbers) >= 1_500
    assert all(number.source for number in numbers)


def test_the_shipped_taxonomy_loads_fast_enough_for_every_command() -> None:
    paths = files("taxonomy", Path("no-overlay"))
    seconds = []
    for _ in range(3):
        start = time.process_time()
        load(paths)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "We went to the park and had lunch in the sun, as usual, and then it was time for us to go home.",
        "In the end he had to say no, but she may yet win, or so I hear; the co-op will do as it can.",
        "昨日は雨が降ったので、家で本を読んで過ごし、夜は友人と食事をした。来週は晴れるという。",
        "어제는 비가 와서 집에서 책을 읽고 저녁에는 친구와 밥을 먹었다. 다음 주는 맑다고 한다.",
        "昨天下雨，我在家里看书，晚上和朋友一起吃饭。听说下周天气会很好，大家都很高兴。",
        "昨天下雨，我在家裡看書，晚上和朋友一起吃飯。聽說下週天氣會很好，大家都很高興。",
    ],
)
def test_no_label_fires_on_everyday_prose(text: str) -> None:
    assert named(text) == []


def test_every_cue_has_words_in_every_language_it_needs() -> None:
    for cue in taxonomy().cues.values():
        if cue.key not in ("cue:pair", "cue:toward", "cue:toward-apart"):
            assert set(cue.words) == set(LANGUAGES), cue.key


SOURCES = sourcefiles.load(files("sources", Path("no-overlay")))


def test_the_shipped_sources_are_in_order_and_watched() -> None:
    assert sourcefiles.check(files("sources", Path("no-overlay"))) == []
    assert all(source.enabled for source in SOURCES.values())
    assert {"JP", "KR", "US", "CN", "EU", "GB"} <= {source.jurisdiction for source in SOURCES.values()}
    news = {source.language for source in SOURCES.values() if source.publisher_kind == "news"}
    assert news >= {"en", "ja", "ko", "zh-Hans", "zh-Hant"}


@pytest.mark.parametrize("name", SOURCES)
def test_every_shipped_source_says_whose_it_is_on_what_terms_and_what_to_expect(name: str) -> None:
    source = SOURCES[name]
    (path,) = (path for path in files("sources", Path("no-overlay")) if path.stem == name)
    assert path.read_text(encoding="utf-8").startswith("# ")
    assert source.language
    assert source.licence
    assert source.interval <= source.slowest <= source.cadence
    assert source.minimum <= source.maximum < 5_000
    assert source.pause >= 1
    assert source.id_rule is not None or source.publisher_kind == "news"
    assert f'publisher_kind = "{source.publisher_kind}"' in path.read_text(encoding="utf-8")


def test_sources_that_die_silently_have_another_to_stand_in() -> None:
    stand_ins = {name: source.fallback for name, source in SOURCES.items() if source.fallback}
    assert stand_ins == {"jp-meti": "jp-meti-list", "kr-motir": "kr-motir-list", "gb-ecju": "gb-ecju-search"}
