from __future__ import annotations

from pathlib import Path

import pytest

from exportwatch.configfiles import files
from exportwatch.errors import Misconfigured
from exportwatch.taxonomy import Taxonomy, load
from exportwatch.taxonomy.codes import cas_is_valid, from_tokens
from exportwatch.text import joined
from tests.documents import taxonomy

BASE = """
[source.hs]
title = "HS 2022"

[jurisdiction.JP]
en = ["Japan"]
ja = ["日本"]
seats.en = ["Tokyo"]
adjectives = ["Japanese"]
press.ja = ["日"]

[item.metals]
en = ["metals"]

[item.gallium]
en = ["gallium"]
ja = ["ガリウム"]
ko = ["갈륨"]
zh-Hans = ["镓"]
zh-Hant = ["鎵"]
guarded = ["镓", "鎵", "Ga"]
abbreviations = ["Ga"]
broader = ["metals"]
numbers = [
  { scheme = "CAS", value = "7440-55-3", source = "hs" },
]

[agency.METI]
acronym = "METI"
jurisdiction = "JP"
en = ["Ministry of Economy, Trade and Industry"]
former.ja = ["通商産業省"]
abbreviations = ["METI"]

[agency.METI-SECD]
jurisdiction = "JP"
en = ["Security Export Control Policy Division"]
broader = ["METI"]
"""


def write(folder: Path, text: str, name: str = "a.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def small(tmp_path: Path, text: str = BASE) -> Taxonomy:
    return load([write(tmp_path, text)])


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("hydrogen fluoride", ("item:hydrogen-fluoride",)),
        ("Hydrogen-Fluoride", ("item:hydrogen-fluoride",)),
        ("フッ化水素", ("item:hydrogen-fluoride",)),
        ("ﾌｯ化水素", ("item:hydrogen-fluoride",)),
        ("불화수소", ("item:hydrogen-fluoride",)),
        ("氟化氢", ("item:hydrogen-fluoride",)),
        ("氟化氫", ("item:hydrogen-fluoride",)),
        ("METI", ("agency:METI",)),
        ("通商産業省", ("agency:METI",)),
        ("산업자원부", ("agency:MOTIE",)),
        ("South Korea", ("jurisdiction:KR",)),
        ("韓国", ("jurisdiction:KR",)),
        ("Entity List", ("programme:entity-list",)),
        ("export controls", ("topic:export-control",)),
        ("輸出規制", ("topic:export-control",)),
        ("輸出管理", ("topic:export-control",)),
        ("수출통제", ("topic:export-control",)),
        ("수출규제", ("topic:export-control",)),
        ("出口管制", ("topic:export-control",)),
        # Capitals, adjectives, guarded abbreviations and single characters name nothing.
        ("Tokyo", ()),
        ("서울", ()),
        ("Japanese", ()),
        ("HF", ()),
        ("美", ()),
        ("米", ()),
        ("镓", ()),
        ("対韓", ()),
        ("中方", ()),
        ("nothing of the kind", ()),
        ("", ()),
    ],
)
def test_only_names_widen_a_query(words: str, keys: tuple[str, ...]) -> None:
    assert taxonomy().named(joined(words)) == keys


@pytest.mark.parametrize(
    ("field", "value", "resolved"),
    [
        ("item", "hydrogen-fluoride", ("hydrogen-fluoride",)),
        ("item", "에칭가스", ("hydrogen-fluoride",)),
        ("item", "HF", ("hydrogen-fluoride", "hydrofluoric-acid")),
        ("agency", "meti", ("METI",)),
        ("agency", "경제산업성", ("METI",)),
        ("agency", "通商産業省", ("METI",)),
        ("agency", "Office of Export Enforcement", ("BIS",)),
        ("by", "kr", ("KR",)),
        ("against", "남한", ("KR",)),
        ("implementing", "美国", ("US",)),
        ("affected", "Seoul", ("KR",)),
        ("affected", "소련", ("SU",)),
        ("implementing", "EU", ("EU",)),
        ("programme", "实体清单", ("entity-list",)),
        ("instrument", "EAR", ("ear",)),
        ("action", "tighten", ("tighten",)),
        ("action", "tightening", ()),
        ("lang", "zh", ("zh-Hans", "zh-Hant")),
        ("lang", "zh-hans", ("zh-Hans",)),
        ("lang", "de", ("de",)),
        ("code", "3a090.A.1", ("3A090.a.1",)),
        ("code", "7664-39-3", ("7664-39-3",)),
        ("code", "7664-39-4", ()),
        ("code", "2811.11", ("2811.11",)),
        ("code", "8110.10-1000", ("8110101000",)),
        ("code", "ear99", ("EAR99",)),
        ("item", "no such thing", ()),
        ("source", "reuters", ()),
    ],
)
def test_a_field_takes_an_id_code_acronym_or_label(field: str, value: str, resolved: tuple[str, ...]) -> None:
    assert taxonomy().resolve(field, joined(value)) == resolved


def test_a_label_of_two_offices_resolves_to_both() -> None:
    assert set(taxonomy().resolve("agency", joined("商務省"))) == {"DOC", "MOFCOM"}


def test_the_closure_holds_itself_and_everything_broader() -> None:
    closure = taxonomy().closure("item", "high-purity-hydrogen-fluoride")
    assert closure[0] == "item:high-purity-hydrogen-fluoride"
    assert {"item:hydrogen-fluoride", "item:semiconductor-materials", "item:dual-use-items"} < set(closure)
    assert len(closure) == len(set(closure))
    assert taxonomy().closure("item", "high-purity-hydrogen-fluoride") is closure
    assert taxonomy().closure("item", "no-such-thing") == ()


def test_the_longest_name_bounds_a_search_for_runs_of_words() -> None:
    for concept in taxonomy().concepts.values():
        for label in concept.labels:
            if taxonomy().named(joined(label.text)):
                assert joined(label.text).count(" ") < taxonomy().longest


def test_bureaus_speak_under_the_agency_they_belong_to(tmp_path: Path) -> None:
    assert small(tmp_path).concepts["agency:METI-SECD"].value == "METI"


def test_any_edit_changes_the_fingerprint_and_none_leaves_it(tmp_path: Path) -> None:
    first = small(tmp_path / "one").fingerprint
    assert small(tmp_path / "two").fingerprint == first
    assert small(tmp_path / "three", BASE + "# a comment\n").fingerprint == first
    assert small(tmp_path / "four", BASE.replace("갈륨", "가륨")).fingerprint != first
    assert small(tmp_path / "five", BASE.replace("7440-55-3", "7440-05-3")).fingerprint != first
    assert small(tmp_path / "six", BASE + '\n[cue.negation]\nen = ["not"]\n').fingerprint != first


def test_a_later_folder_replaces_an_id_whole(tmp_path: Path) -> None:
    shipped = write(tmp_path / "shipped", BASE)
    overlay = write(tmp_path / "data", '[item.gallium]\nen = ["gallium metal"]\n')
    merged = load([shipped, overlay])
    assert [label.text for label in merged.concepts["item:gallium"].labels] == ["gallium metal"]
    assert merged.named("ガ リ ウ ム") == ()
    assert merged.fingerprint != load([shipped]).fingerprint


def test_the_overlay_of_a_data_folder_is_found(tmp_path: Path) -> None:
    write(tmp_path / "config" / "taxonomy", '[item.unobtainium]\nen = ["unobtainium"]\nja = ["ウンオブタニウム"]\n')
    assert load(files("taxonomy", tmp_path)).named("unobtainium") == ("item:unobtainium",)


@pytest.mark.parametrize(
    ("old", "new", "line", "complaint"),
    [
        ('ja = ["ガリウム"]', 'jp = ["ガリウム"]', 17, "[item.gallium] jp: unknown key"),
        ('ja = ["ガリウム"]', 'ja = "ガリウム"', 17, "ja: must be a list of texts"),
        ('ja = ["ガリウム"]', 'ja = [""]', 17, "none empty"),
        ('ja = ["ガリウム"]', 'ja = ["ガ", "ガ"]', 17, "ガ stands there twice"),
        ('broader = ["metals"]', 'broader = ["metal"]', 0, "there is no item metal"),
        ('en = ["metals"]', 'en = ["metals"]\nbroader = ["gallium"]', 0, "goes round in a circle"),
        ("7440-55-3", "7440-55-4", 24, "'7440-55-4' is no CAS number"),
        ('scheme = "CAS", value = "7440-55-3"', 'scheme = "HS", value = "81.12"', 24, "'81.12' is no HS number"),
        ('scheme = "CAS", value = "7440-55-3"', 'scheme = "ECCN", value = "3Z001"', 24, "is no ECCN number"),
        ('scheme = "CAS"', 'scheme = "CSA"', 24, "scheme 'CSA' is unknown"),
        (', source = "hs" }', " }", 24, "has no source"),
        ('source = "hs"', 'source = "sh"', 0, "there is no [source.sh]"),
        ('"Ga"]\nabbreviations = ["Ga"]', '"Ge"]\nabbreviations = ["Ga"]', 21, "guards a label that is not there: Ge"),
        ('jurisdiction = "JP"\nen = ["Sec', 'jurisdiction = "JO"\nen = ["Sec', 0, "there is no [jurisdiction.JO]"),
        ('acronym = "METI"', 'acts = "no"', 29, "acts: must be true or false"),
        ('acronym = "METI"\n', "", 0, "give its acronym"),
        ("[item.metals]", "[thing.metals]", 0, "unknown section [thing]"),
        ("[item.metals]", '[item."met als"]', 12, "an id is made of"),
        ('en = ["metals"]', "notes = []", 12, "has no label"),
        ("[item.metals]", "[item.gallium]", 0, "cannot be read"),
        ('seats.en = ["Tokyo"]', 'seats.de = ["Tokio"]', 8, "seats: must be a table of en, ja"),
        ('title = "HS 2022"', "title = 2022", 3, "title: must be a text"),
    ],
)
def test_each_kind_of_error_names_the_place(tmp_path: Path, old: str, new: str, line: int, complaint: str) -> None:
    assert BASE.count(old) == 1
    with pytest.raises(Misconfigured) as caught:
        small(tmp_path, BASE.replace(old, new))
    message = str(caught.value)
    assert complaint in message
    assert str(tmp_path / "a.toml") in message
    if line:
        assert f"a.toml:{line}:" in message


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[instrument.x]\nen = ["X"]\ncitations = ["("]\n', "is no regular expression"),
        ('[instrument.x]\nen = ["X"]\ncitations = ["a*"]\n', "matches nothing at all"),
        ('[action.worsen]\nen = ["worsen"]\n', "actions are tighten"),
        ('[cue.negation]\nen = ["not"]\nweight = "much"\n', "weight: must be a number"),
        ("item = 3\n", "unknown section"),
        ("[item]\ngallium = 3\n", "must be a table"),
    ],
)
def test_other_tables_are_checked_too(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(Misconfigured, match=r"a\.toml") as caught:
        small(tmp_path, text)
    assert complaint in str(caught.value)


def test_an_id_stands_once_in_a_folder(tmp_path: Path) -> None:
    one = write(tmp_path, '[item.x]\nen = ["x"]\n', "a.toml")
    two = write(tmp_path, '[item.x]\nen = ["y"]\n', "b.toml")
    with pytest.raises(Misconfigured, match=r"b.toml:1: \[item.x\]: already defined in .*a.toml"):
        load([one, two])


def test_the_languages_of_a_cue_may_have_files_of_their_own(tmp_path: Path) -> None:
    meaning = write(tmp_path, "[action.ease]\nweight = 0.5\n", "actions.toml")
    korean = write(tmp_path, '[action.ease]\nko = ["완화"]\n', "actions-ko.toml")
    chinese = write(tmp_path, '[action.ease]\nzh-Hans = ["放宽"]\n', "actions-zh.toml")
    cue = load([meaning, korean, chinese]).cues["action:ease"]
    assert (cue.words, cue.weight) == ({"ko": ("완화",), "zh-Hans": ("放宽",)}, 0.5)
    again = write(tmp_path, '[action.ease]\nko = ["해제"]\n', "b.toml")
    with pytest.raises(Misconfigured, match=r"b.toml:2: \[action.ease\] ko: already given in .*actions.toml"):
        load([meaning, korean, chinese, again])
    own = write(tmp_path / "own", '[action.ease]\nko = ["해제"]\n')
    assert load([meaning, korean, chinese, own]).cues["action:ease"].words == {"ko": ("해제",)}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"nowhere\.toml: cannot be read"):
        load([tmp_path / "nowhere.toml"])


def test_check_digits_of_cas_numbers() -> None:
    assert cas_is_valid("7664-39-3")
    assert not cas_is_valid("7664-39-4")


@pytest.mark.parametrize("words", ["", "3a09", "12345", "a b", "7664 391", "3a090 toolong"])
def test_what_is_no_code_has_no_indexed_form(words: str) -> None:
    assert from_tokens(words) == ""
