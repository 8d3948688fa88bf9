"""What a taxonomy holds: concepts with their labels and numbers, and the cues that tell what is said of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["item", "agency", "jurisdiction", "programme", "instrument", "topic"]
Role = Literal["name", "abbreviation", "formula", "adjective", "seat", "side", "press", "toward"]

KINDS: Final[tuple[Kind, ...]] = ("item", "agency", "jurisdiction", "programme", "instrument", "topic")
LANGUAGES: Final = ("en", "ja", "ko", "zh-Hans", "zh-Hant")


@dataclass(frozen=True, slots=True)
class Label:
    """One way to write a concept.

    A guarded label counts only beside a word of its field (context); a side (中方), a seat (Tokyo), an adjective
    (Japanese) and the newspaper forms (韓, 対韓) are read in documents but never expand a query.
    """

    text: str
    language: str
    """One of LANGUAGES, or empty where it is written alike in all (abbreviations, formulae)."""
    role: Role
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a control list, tariff or registry that stands for the concept, and where it was read."""

    scheme: str
    value: str
    source: str
    national: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """One item, agency, jurisdiction, programme, instrument or topic under one id through all its names."""

    kind: Kind
    id: str
    value: str
    """As it stands in the index: an agency's acronym, else the id."""
    labels: tuple[Label, ...]
    broader: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()
    jurisdiction: str = ""
    citations: tuple[str, ...] = ()
    """Regular expressions over the text as given; a match is a mention of this instrument."""
    decoys: tuple[str, ...] = ()
    """Phrases that contain a label and mean something else (HF radio)."""
    weight: float = 0.0
    """How far one mention speaks for export control: 1 alone suffices, 0 says nothing."""
    members: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    """Ids of the items that a regime, law or matter is about: the Nuclear Suppliers Group names nuclear items."""
    generic: bool = False
    """A word so wide (software, ships) that it is what a measure controls only where the measure says so of it."""
    shown: str = ""
    """What people are shown where that is no name to look for in texts (`technology`)."""
    acts: bool = True
    """False for an agency that is named in documents but takes no measure (a parliament, a court, a body of trade)."""
    where: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def label(self) -> str:
        """What people are shown: the main English name, else the id."""
        return self.shown or next((label.text for label in self.labels if label.language == "en"), self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """Words of one meaning: an action (`action:ease`), or a function (`cue:negation`), by language."""

    key: str
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Language to phrases; `…` inside a phrase stands for a few characters in between."""
    weight: float = 1.0
    where: str = ""
