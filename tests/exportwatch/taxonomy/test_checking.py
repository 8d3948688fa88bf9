"""taxonomy/checking.py: what can be loaded and is wrong all the same is named with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from exportwatch.taxonomy import load
from exportwatch.taxonomy.checking import Problem, problems

GALLIUM = """[item.gallium]
en = ["gallium"]
ja = ["ガリウム"]
ko = ["갈륨"]
zh-Hans = ["金属镓"]
zh-Hant = ["金屬鎵"]
"""


def checked(folder: Path, text: str) -> list[Problem]:
    path = folder / "a.toml"
    path.write_text(text, encoding="utf-8")
    return problems(load([path]))


def item(name: str, **labels: str) -> str:
    """A table whose labels are its own but for those given."""
    texts = {
        "en": f"{name} goods",
        "ja": f"{name}類",
        "ko": f"{name}류",
        "zh-Hans": f"{name}物",
        "zh-Hant": f"{name}貨",
    }
    lines = [f'{language} = ["{labels.get(language.replace("-", ""), text)}"]' for language, text in texts.items()]
    return "\n".join([f"[item.{name}]", *lines, labels.get("more", ""), ""])


def test_a_complete_concept_is_in_order(tmp_path: Path) -> None:
    assert checked(tmp_path, GALLIUM) == []


def test_a_label_of_two_concepts_is_named_at_the_second(tmp_path: Path) -> None:
    found = checked(tmp_path, GALLIUM + "\n" + item("metal", en="Gallium"))
    assert [(p.line, p.concept) for p in found] == [(9, "item:metal")]
    assert "Gallium is a label of item:gallium too" in found[0].problem
    assert found[0].file == str(tmp_path / "a.toml")


def test_offices_of_two_states_may_share_a_name_and_of_one_may_not(tmp_path: Path) -> None:
    states = '[jurisdiction.JP]\nen = ["Japan"]\n[jurisdiction.KR]\nen = ["Korea"]\n'
    offices = '[agency.A]\nacronym = "A"\njurisdiction = "JP"\nen = ["Trade Office"]\n'
    other = '[agency.B]\nacronym = "B"\njurisdiction = "{}"\nen = ["Trade Office"]\n'
    assert checked(tmp_path, states + offices + other.format("KR")) == []
    assert len(checked(tmp_path, states + offices + other.format("JP"))) == 1


@pytest.mark.parametrize("language", ["en", "ja", "ko", "zh-Hans", "zh-Hant"])
def test_a_missing_language_is_named(tmp_path: Path, language: str) -> None:
    kept = [line for line in GALLIUM.splitlines() if not line.startswith(f"{language} ")]
    (found,) = checked(tmp_path, "\n".join(kept))
    assert found.problem == f"has no name in {language}; write one under {language}"
    assert found.line == 1


@pytest.mark.parametrize(
    ("language", "label", "reason"),
    [
        ("en", "tank", "common word"),
        ("en", "GaN", "fewer than 4 letters"),
        ("en", "DC", "everyday meaning"),
        ("en", "3090", "number"),
        ("ja", "システム", "common word"),
        ("ja", "銀", "single character"),
        ("ko", "소만", "is found inside"),
        ("ko", "구리", "inside 구리시"),
        ("zhHans", "材料公司", ""),
        ("zhHans", "公司", "common word"),
        ("zhHant", "政府", "common word"),
        ("zhHant", "鎵", "single character"),
    ],
)
def test_labels_that_fire_on_common_words_are_named(tmp_path: Path, language: str, label: str, reason: str) -> None:
    found = checked(tmp_path, item("x1", **{language: label}))
    assert [reason in problem.problem for problem in found] == ([True] if reason else [])


def test_a_guard_or_a_decoy_puts_it_right(tmp_path: Path) -> None:
    assert checked(tmp_path, item("x1", en="tank", more='guarded = ["tank"]')) == []
    assert checked(tmp_path, item("x1", ko="구리", more='not = ["구리시", "대구리"]')) == []
    assert checked(tmp_path, item("x1", ko="구리", more='guarded = ["구리"]'))  # it would still fire inside 구리시


def test_of_a_formula_case_decides(tmp_path: Path) -> None:
    assert checked(tmp_path, item("x1", more='formula = "GaN"')) == []
