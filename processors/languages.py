"""The grammar of each language that exportwatch reads; what is in another is read as English."""

from __future__ import annotations

from typing import Final

from processors import chinese, english, japanese, korean
from processors.grammar import Grammar

_GRAMMARS: Final = {
    "en": english.GRAMMAR,
    "ja": japanese.GRAMMAR,
    "ko": korean.GRAMMAR,
    "zh-Hans": chinese.GRAMMAR,
    "zh-Hant": chinese.GRAMMAR,
}


def lead(language: str) -> int:
    """Characters of a text that say what it is about, before it goes into detail."""
    return 400 if language == "en" else 200


def grammar(language: str) -> Grammar:
    """By BCP 47 tag."""
    return _GRAMMARS.get(language, english.GRAMMAR)
