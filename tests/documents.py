"""Documents and claims for tests of the processors: the shipped rules, compiled once."""

from __future__ import annotations

import functools
from pathlib import Path

from exportwatch.configfiles import files
from exportwatch.model import Claims, Document
from exportwatch.taxonomy import Taxonomy, load
from processors.classify import Rules, classify
from processors.language import detect
from processors.mentions import FieldReading, read_field, settle


@functools.cache
def taxonomy() -> Taxonomy:
    return load(files("taxonomy", Path("no-overlay")))


@functools.cache
def rules() -> Rules:
    return Rules(taxonomy())


def document(text: str, title: str = "", *, lang: str = "", published: str = "2026-01-15") -> Document:
    return Document(
        id="test:1",
        publisher="test",
        source="test",
        kind="",
        url="",
        title=title,
        text=text,
        lang=lang,
        published=published,
        published_precision="day",
        observed=0,
        origin="import",
        content_hash="",
        sha256="",
        size=0,
    )


def claims(text: str, title: str = "", *, lang: str = "", published: str = "2026-01-15") -> Claims:
    return classify(document(text, title, lang=lang, published=published), rules())


def reading(text: str, lang: str = "") -> FieldReading:
    """The text read as a document's only field."""
    language = detect("", text, lang)
    found = read_field("text", text, language, rules().lexicon)
    settle([found], language)
    return found


def named(text: str, lang: str = "") -> list[tuple[str, str]]:
    """Key and quote of each concept named in the text, in order."""
    field = reading(text, lang)
    return [(found.name.concept.key, field.mention(found).text) for found in field.found]
