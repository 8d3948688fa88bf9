"""What is wrong with a taxonomy that can be loaded: labels that two concepts claim, that any text holds, or that lack.

Whatever `load` refuses (formats, check digits, numbers without a source, circles) is reported by `load` itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from exportwatch.taxonomy import Taxonomy
from exportwatch.taxonomy.common import ACRONYMS, COMMON
from exportwatch.taxonomy.concepts import LANGUAGES, Concept, Label
from exportwatch.taxonomy.reading import place
from exportwatch.text import fold

_COMPLETE: Final = ("item", "topic", "programme")
_SHORT: Final = 4
_OF_STATES: Final = ("agency", "programme", "instrument")


class Problem(NamedTuple):
    """One thing to change, and where."""

    file: str
    line: int
    concept: str
    """Key: `item:gallium`."""
    problem: str


def problems(taxonomy: Taxonomy) -> list[Problem]:
    """All that is wrong, by file and line."""
    found = [problem for concept in taxonomy.concepts.values() for problem in _of_one(concept)]
    return sorted({*found, *_shared(taxonomy)})


def _problem(concept: Concept, key: str, text: str) -> Problem:
    return Problem(*place(concept, key), concept.key, text)


def _of_one(concept: Concept) -> Iterator[Problem]:
    if concept.kind in _COMPLETE:
        written = {label.language for label in concept.labels if label.role == "name"}
        for language in LANGUAGES:
            if language not in written:
                yield _problem(concept, language, f"has no name in {language}; write one under {language}")
    for label in concept.labels:
        if label.role in ("name", "abbreviation", "formula"):
            key = "formula" if label.role == "formula" else label.language or "abbreviations"
            if reason := _fires(concept, label):
                yield _problem(concept, key, f"{label.text} {reason}")


def _fires(concept: Concept, label: Label) -> str:
    """Why a label would fire on common words, or nothing."""
    text = label.text.casefold()
    if not label.guarded and label.text.replace(" ", "").isdigit():
        return "is a number; no text may mean goods by it"
    if label.text.isascii():
        return "" if label.guarded else _latin(label)
    if not label.guarded and text in COMMON.get(label.language, ()):
        return "is a common word; name it under guarded"
    decoys = {decoy.casefold() for decoy in concept.decoys}
    within = sorted(word for word in COMMON.get(label.language, ()) if text in word and text != word)
    if len(text) > 1 and concept.kind == "item" and (hit := [word for word in within if word not in decoys]):
        return f"is found inside {hit[0]}; name that word under not, or write a longer label"
    if len(text) == 1 and concept.kind == "item" and not label.guarded:
        return "is a single character; name it under guarded"
    return ""


def _latin(label: Label) -> str:
    if label.role == "formula" or (label.role == "abbreviation" and not label.text.isupper()):
        return ""  # written so and not otherwise: GaN is no common word
    if label.text.isupper():
        return "has an everyday meaning; name it under guarded" if label.text in ACRONYMS else ""
    if label.text.casefold() in COMMON["en"]:
        return "is a common word; name it under guarded"
    if " " not in label.text and len(label.text) < _SHORT:
        return f"has fewer than {_SHORT} letters; name it under guarded"
    return ""


def _shared(taxonomy: Taxonomy) -> Iterator[Problem]:
    """Names that two concepts of a kind bear in one language, but for those of offices and laws of two states."""
    bearers: defaultdict[tuple[str, str, str], list[Concept]] = defaultdict(list)
    for concept in taxonomy.concepts.values():
        for label in concept.labels:
            known = bearers[concept.kind, label.language, fold(label.text).text]
            if label.role in ("name", "abbreviation") and concept not in known:
                known.append(concept)
    for (_, language, _), concepts in bearers.items():
        for concept in concepts[1:]:
            if not _apart(concepts[0], concept):
                text = next(
                    label.text
                    for label in concept.labels
                    if label.language == language and _same(label, concepts[0], language)
                )
                yield _problem(
                    concept, language or "abbreviations", f"{text} is a label of {concepts[0].key} too; keep it in one"
                )


def _same(label: Label, other: Concept, language: str) -> bool:
    folded = fold(label.text).text
    return any(known.language == language and fold(known.text).text == folded for known in other.labels)


def _apart(one: Concept, other: Concept) -> bool:
    """Whether the reader can tell two bearers of one name: by the state that the document speaks of."""
    return one.kind in _OF_STATES and one.jurisdiction != other.jurisdiction
