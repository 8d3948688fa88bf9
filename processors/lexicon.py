"""The taxonomy compiled for reading: one automaton over all labels, decoys and cues, and a look-up of acronyms.

Documents are scanned in a one-to-one form of `text.fold()` in which hyphens, line ends and middle dots are spaces,
so that `dual-use` is `dual use` and offsets stay. Labels in capitals (US, EAR, BIS) are looked up by word in the
text as given instead: `us` and `ear` are other words.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from ahocorasick_rs import AhoCorasick

from exportwatch.taxonomy import Concept, Cue, Label, Taxonomy
from exportwatch.text import CJK, fold

_SEPARATORS: Final = ("\n", "\r", "\t", "\x0b", "\x0c", "\u2028", "-", "‐", "‑", "–", "・", "·", "ㆍ", "\u00ad", "‧")
_CJK: Final = re.compile(f"[{CJK}]")
_CAPITALS: Final = re.compile(r"[A-Z][A-Z0-9&]{1,7}")
_INFLECTED: Final = re.compile(r"[a-z]{3,}\Z")
_PARTS: Final = re.compile(r"…|(?<=\*) ")
# Han that makes another word of a press letter before it.
_LONGER: Final = "[国國方为為]|本(?![次轮輪])|[兰蘭湾灣罗羅盟洲度]"
_ALL: Final = 0b11111
# Which languages' labels are read in a document of a language: Han words of the other language are other words.
_BITS: Final = {"en": 1, "ja": 2, "ko": 4, "zh-Hans": 8, "zh-Hant": 16}
_READ: Final = {"en": _ALL, "ko": _ALL, "ja": 1 | 2 | 4, "zh-Hans": 1 | 4 | 8 | 16, "zh-Hant": 1 | 4 | 8 | 16}


def scan_form(folded: str) -> str:
    """Folded text with every separator a space; the same length, so the same offsets."""
    for separator in _SEPARATORS:
        folded = folded.replace(separator, " ")
    return folded


def readable(language: str) -> int:
    """Bits of the languages whose labels count in a document of this language."""
    return _READ.get(language, _ALL)


def own(language: str) -> int:
    """Bits of the languages whose cues count: grammar belongs to one language, both Chinese scripts together."""
    return 24 if language.startswith("zh") else _BITS.get(language, _ALL)


class Name(NamedTuple):
    """One label of one concept, as the scan finds it."""

    concept: Concept
    label: Label
    languages: int
    rule: str


class Word(NamedTuple):
    """One phrase of one cue; each of `rest` must follow within a few characters (`…` in the taxonomy)."""

    cue: Cue
    languages: int
    rest: tuple[str, ...]


@dataclass(slots=True)
class Pattern:
    """What a string of the automaton may stand for, and which of its ends must be the end of a word."""

    text: str
    left: bool
    right: bool
    names: tuple[Name, ...] = ()
    words: tuple[Word, ...] = ()
    decoy: bool = False
    exact: str = ""
    """Set where upper and lower case matter: the text must read so as given (GaN, not gan)."""


class Sense(NamedTuple):
    """What a pattern means in documents of one language; a tuple, which the scan takes apart at each hit."""

    left: bool
    right: bool
    prefix: bool
    """Its word may go on: tighten* is found as `tightening`."""
    plain: bool
    """Its names (or none: a decoy) hold wherever it stands."""
    names: tuple[Name, ...]
    exact: str
    cues: tuple[Cue, ...]
    words: tuple[Word, ...]


class Lexicon:
    """Compiled once from a taxonomy, then read only."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        building: dict[str, Pattern] = {}
        acronyms: defaultdict[str, list[Name]] = defaultdict(list)
        for concept in taxonomy.concepts.values():
            for name in _names(concept):
                if _CAPITALS.fullmatch(name.label.text):
                    acronyms[name.label.text].append(name)
                else:
                    _add_name(building, name)
            for decoy in concept.decoys:
                _pattern(building, decoy).decoy = True
        for cue in taxonomy.cues.values():
            for text, word in _words(cue):
                _add_word(building, text, word)
        _add_pairs(building, taxonomy)
        self.patterns: tuple[Pattern, ...] = tuple(building.values())
        self.acronyms: dict[str, tuple[Name, ...]] = {text: tuple(names) for text, names in acronyms.items()}
        self.toward: dict[str, re.Pattern[str]] = _toward(taxonomy)
        self.letters: dict[tuple[str, str], Name] = _letters(taxonomy)
        self.automaton = AhoCorasick([pattern.text for pattern in self.patterns])
        self._tables: dict[str, list[Sense | None]] = {}

    def table(self, language: str) -> list[Sense | None]:
        """For each pattern what it means in this language, or None."""
        if language not in self._tables:
            known = language if language in _BITS else "und"
            names, cues = readable(known), own(known)
            self._tables.setdefault(known, [_sense(pattern, names, cues) for pattern in self.patterns])
            return self._tables[known]
        return self._tables[language]


def _sense(pattern: Pattern, names_bits: int, cue_bits: int) -> Sense | None:
    names = tuple(name for name in pattern.names if name.languages & names_bits)
    words = [word for word in pattern.words if word.languages & cue_bits]
    if not (names or words or pattern.decoy):
        return None
    return Sense(
        left=pattern.left,
        right=pattern.right,
        prefix=pattern.left and not pattern.right and not _CJK.match(pattern.text[-1]),
        plain=pattern.decoy or (bool(names) and not pattern.exact and all(n.label.role != "toward" for n in names)),
        names=() if pattern.decoy else names,
        exact=pattern.exact,
        cues=tuple(word.cue for word in words if not word.rest),
        words=tuple(word for word in words if word.rest),
    )


def _names(concept: Concept) -> Iterator[Name]:
    seen: set[tuple[str, str]] = set()
    for label in concept.labels:
        key = (label.text, label.language if label.role == "toward" else "")
        if key in seen or label.role == "press":
            continue
        seen.add(key)
        languages = _ALL if label.language in ("", "en") else _BITS[label.language]
        for other in concept.labels if label.role != "toward" else ():
            if other.text == label.text and other.language:
                languages |= _BITS[other.language]
        rule = f"{concept.kind}/{concept.id}#{label.language or label.role}"
        yield Name(concept, label, languages, rule)


def _add_name(building: dict[str, Pattern], name: Name) -> None:
    text = name.label.text
    pattern = _pattern(building, text)
    pattern.names = (*pattern.names, name)
    if name.label.role in ("abbreviation", "formula"):
        pattern.exact = text
    elif name.label.language == "en" and name.label.role == "name" and _INFLECTED.search(scan_form(fold(text).text)):
        for plural in _plurals(text):
            inflected = _pattern(building, plural)
            inflected.names = (*inflected.names, name)


def _plurals(text: str) -> Iterable[str]:
    if text.endswith("y") and text[-2] not in "aeiou":
        return (f"{text[:-1]}ies",)
    return () if text.endswith("s") else (f"{text}s",)


def _pattern(building: dict[str, Pattern], text: str) -> Pattern:
    prefix = text.endswith("*")
    scanned = scan_form(fold(text.rstrip("*")).text).strip()
    key = f"{scanned}*" if prefix else scanned
    if key not in building:
        right = not prefix and scanned[-1].isalnum() and not _CJK.match(scanned[-1])
        building[key] = Pattern(scanned, scanned[0].isalnum() and not _CJK.match(scanned[0]), right)
    return building[key]


def _words(cue: Cue) -> Iterator[tuple[str, Word]]:
    languages: dict[str, int] = defaultdict(int)
    for language, phrases in cue.words.items():
        for phrase in phrases:
            languages[phrase] |= _BITS[language]
    for phrase, bits in languages.items():
        head, *rest = _PARTS.split(phrase)
        yield head, Word(cue, bits, tuple(scan_form(fold(part).text).strip(" *") for part in rest))


def _add_word(building: dict[str, Pattern], text: str, word: Word) -> None:
    pattern = _pattern(building, text)
    pattern.words = (*pattern.words, word)


def _toward(taxonomy: Taxonomy) -> dict[str, re.Pattern[str]]:
    """What must follow 対韓 or 对美 for it to mean a jurisdiction, by language; 对美国 and 对华为 are other words."""
    cue, apart = taxonomy.cues.get("cue:toward"), taxonomy.cues.get("cue:toward-apart")
    patterns: dict[str, re.Pattern[str]] = {}
    for language, phrases in cue.words.items() if cue else ():
        follows = [_either(phrases)]
        if apart and apart.words.get(language):
            follows.append(f"[^。、,はが]{{0,12}}?(?:{_either(apart.words[language])})")
        patterns[language] = re.compile(f"(?!{_LONGER})[ 的の]?(?:{'|'.join(follows)})")
    return patterns


def _either(phrases: Iterable[str]) -> str:
    return "|".join(re.escape(fold(phrase).text) for phrase in phrases)


def _letters(taxonomy: Taxonomy) -> dict[tuple[str, str], Name]:
    """By language and press letter (米, 蘭), the state that a headline means by it."""
    return {
        (label.language, label.text): Name(
            concept, label, _BITS[label.language], f"{concept.kind}/{concept.id}#{label.language}-press"
        )
        for concept in taxonomy.concepts.values()
        for label in concept.labels
        if label.role == "press" and label.language in _BITS
    }


def _add_pairs(building: dict[str, Pattern], taxonomy: Taxonomy) -> None:
    """日韓 names both; the pairs that count are listed under [cue.pair], their letters under `press`."""
    cue = taxonomy.cues.get("cue:pair")
    for language, phrases in cue.words.items() if cue else ():
        letters = {
            label.text: concept
            for concept in taxonomy.concepts.values()
            for label in concept.labels
            if label.role == "press" and label.language == language
        }
        for phrase in phrases:
            pattern = _pattern(building, phrase)
            for letter in phrase:
                if concept := letters.get(letter):
                    label = Label(phrase, language, "press")
                    rule = f"{concept.kind}/{concept.id}#{language}-pair"
                    pattern.names = (*pattern.names, Name(concept, label, _BITS[language], rule))
