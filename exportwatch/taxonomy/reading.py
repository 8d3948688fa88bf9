"""Reads config/taxonomy/*.toml: every table is checked, every complaint names file, line and key.

[item.hydrogen-fluoride]                  [agency.METI]  [jurisdiction.KR]  [programme.entity-list]
en = ["hydrogen fluoride"]                [instrument.ear]  [topic.export-control]
ja = ["フッ化水素"]                          [source.hs-2022]   where numbers were read
broader = ["semiconductor-materials"]     [action.tighten]  [cue.negation]   words by language
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_args

from exportwatch.errors import Misconfigured
from exportwatch.model import Action
from exportwatch.taxonomy.codes import cas_is_valid
from exportwatch.taxonomy.concepts import KINDS, LANGUAGES, Concept, Cue, Kind, Label, Number, Role

_COMMON: Final = {*LANGUAGES, "broader", "guarded", "abbreviations", "formula", "not", "unsure", "notes", "weight"}
_KEYS: Final[dict[str, set[str]]] = {
    "item": _COMMON | {"numbers", "generic", "shown"},
    "agency": _COMMON | {"acronym", "jurisdiction", "former", "acts"},
    "jurisdiction": _COMMON | {"adjectives", "seats", "sides", "press", "toward", "members"},
    "programme": _COMMON | {"jurisdiction", "scope"},
    "instrument": _COMMON | {"jurisdiction", "citations", "scope"},
    "topic": _COMMON | {"scope"},
    "source": {"title"},
    "action": {*LANGUAGES, "weight", "notes"},
    "cue": {*LANGUAGES, "weight", "notes"},
}
_LIST_NUMBER: Final = r"\d[A-E]\d{3}(?:\.[a-z0-9]+)*"
_NUMBER_FORMS: Final[dict[str, re.Pattern[str]]] = {
    "CAS": re.compile(r"\d{2,7}-\d{2}-\d"),
    "HS": re.compile(r"\d{2}|\d{4}(?:\.\d{2})?|\d{8}|\d{10}"),
    "ECCN": re.compile(_LIST_NUMBER),
    "EU": re.compile(_LIST_NUMBER),
    "CN": re.compile(_LIST_NUMBER),
    "KR": re.compile(_LIST_NUMBER),
    "JP-EO": re.compile(r"\d+(?:の\d+)?の項.{0,20}"),
    "JP-MO": re.compile(r"第\d+条.{0,30}"),
}
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


@dataclass(slots=True)
class Contents:
    """What the files hold, by key (`item:hydrogen-fluoride`); later files have replaced earlier ones."""

    concepts: dict[str, Concept] = field(default_factory=dict)
    cues: dict[str, Cue] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)
    """Each table as parsed, for the fingerprint."""


class _Table:
    """One table with its place, handing out checked values."""

    def __init__(self, path: Path, kind: str, name: str, values: object) -> None:
        self.path, self.kind, self.name = path, kind, name
        if not isinstance(values, dict):
            raise self.wrong("must be a table", "")
        self.values: dict[str, object] = values
        if not _ID.fullmatch(name):
            raise self.wrong("an id is made of Latin letters, digits and hyphens", "")
        for key in values:
            if key not in _KEYS[kind]:
                raise self.wrong(f"unknown key; known are {', '.join(sorted(_KEYS[kind]))}", key)

    @property
    def where(self) -> str:
        return f"{self.path}: [{self.kind}.{self.name}]"

    def wrong(self, reason: str, key: str) -> Misconfigured:
        line = _line(self.path, self.kind, self.name, key)
        return Misconfigured(f"{self.path}:{line}: [{self.kind}.{self.name}]{' ' + key if key else ''}: {reason}")

    def text(self, key: str) -> str:
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise self.wrong("must be a text", key)
        return value

    def number(self, key: str, default: float) -> float:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong("must be a number", key)
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong("must be true or false", key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        return self._texts(key, self.values.get(key, []))

    def by_language(self, key: str) -> dict[str, tuple[str, ...]]:
        values = self.values.get(key, {})
        if not isinstance(values, dict) or not set(values) <= set(LANGUAGES):
            raise self.wrong(f"must be a table of {', '.join(LANGUAGES)}", key)
        return {language: self._texts(key, found) for language, found in values.items()}

    def _texts(self, key: str, values: object) -> tuple[str, ...]:
        if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
            raise self.wrong("must be a list of texts, none empty", key)
        if len(set(values)) != len(values):
            twice = next(value for index, value in enumerate(values) if value in values[:index])
            raise self.wrong(f"{twice} stands there twice", key)
        return tuple(values)


def _line(path: Path, kind: str, name: str, key: str) -> int:
    """The line of a key in its table, or of the table's header; 1 where it is written in another way."""
    lines = path.read_text(encoding="utf-8").splitlines()
    header = re.compile(rf"\[{kind}\.\"?{re.escape(name)}\"?\]")
    start = next((number for number, line in enumerate(lines, 1) if header.match(line)), 0)
    if not start or not key:
        return start or 1
    for number, line in enumerate(lines[start:], start + 1):
        if line.startswith("["):
            break
        if re.match(rf"\"?{re.escape(key)}\"?\s*[.=]", line):
            return number
    return start


def read(paths: Iterable[Path]) -> Contents:
    """All tables of these files. Within a folder an id stands once; a file of a later folder replaces it whole.

    Cues and actions stand once a language, so that each language may have files of its own.
    """
    contents = Contents()
    homes: dict[str, Path] = {}
    for path in paths:
        for table in _tables(path):
            key = f"{table.kind}:{table.name}"
            beside = key in homes and homes[key].parent == path.parent
            if beside:
                _refuse_twice(contents, homes[key], key, table)
            homes[key] = path
            contents.raw[key] = {**contents.raw[key], **table.values} if beside else table.values
            _add(contents, key, table, beside=beside)
    _check_links(contents)
    return contents


def _refuse_twice(contents: Contents, home: Path, key: str, table: _Table) -> None:
    if table.kind not in ("action", "cue"):
        raise table.wrong(f"already defined in {home}", "")
    for name in table.values:
        if name != "notes" and name in contents.raw[key]:
            raise table.wrong(f"already given in {contents.cues[key].where}", name)


def _tables(path: Path) -> Iterator[_Table]:
    try:
        parsed = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(f"{path}: cannot be read: {error}") from error
    for kind, tables in parsed.items():
        if kind not in _KEYS or not isinstance(tables, dict):
            raise Misconfigured(f"{path}: unknown section [{kind}]; known are {', '.join(_KEYS)}")
        for name, values in tables.items():
            yield _Table(path, kind, name, values)


def _add(contents: Contents, key: str, table: _Table, *, beside: bool) -> None:
    """Put a table into the contents; `beside` what its folder said before of the same cue."""
    if table.kind == "source":
        contents.sources[table.name] = table.text("title")
    elif table.kind in ("action", "cue"):
        if table.kind == "action" and table.name not in get_args(Action):
            raise table.wrong(f"actions are {', '.join(get_args(Action))}", "")
        words = {str(language): table.texts(language) for language in LANGUAGES if language in table.values}
        known = contents.cues[key] if beside else Cue(key=key, where=table.where)
        weight = table.number("weight", known.weight)
        contents.cues[key] = Cue(key=key, words={**known.words, **words}, weight=weight, where=known.where)
    else:
        contents.concepts[key] = _concept(table)


def _concept(table: _Table) -> Concept:
    kind: Kind = next(kind for kind in KINDS if kind == table.kind)
    return Concept(
        kind=kind,
        id=table.name,
        value=table.text("acronym") if kind == "agency" else table.name,
        labels=tuple(_labels(table)),
        broader=table.texts("broader"),
        numbers=tuple(_numbers(table)),
        jurisdiction=table.text("jurisdiction"),
        citations=_citations(table),
        decoys=table.texts("not"),
        weight=table.number("weight", 0.0),
        members=table.texts("members"),
        scope=table.texts("scope"),
        generic=table.flag("generic", False),
        shown=table.text("shown"),
        acts=table.flag("acts", True),
        where=table.where,
    )


def _labels(table: _Table) -> Iterator[Label]:
    guarded = set(table.texts("guarded"))
    known: set[str] = set()
    for label in _unguarded(table):
        known.add(label.text)
        yield Label(label.text, label.language, label.role, label.text in guarded)
    if missing := guarded - known:
        raise table.wrong(f"guards a label that is not there: {', '.join(sorted(missing))}", "guarded")
    if not known:
        raise table.wrong(f"has no label; write some under {', '.join(LANGUAGES)}", "")


def _unguarded(table: _Table) -> Iterator[Label]:
    for language in LANGUAGES:
        yield from (Label(text, language, "name") for text in table.texts(language))
    for language, texts in table.by_language("former").items():
        yield from (Label(text, language, "name") for text in texts)
    yield from (Label(text, "", "abbreviation") for text in table.texts("abbreviations"))
    if formula := table.text("formula"):
        yield Label(formula, "", "formula")
    yield from (Label(text, "en", "adjective") for text in table.texts("adjectives"))
    for key, role in _ROLES.items():
        if key in table.values:
            for language, texts in table.by_language(key).items():
                yield from (Label(text, language, role) for text in texts)


_ROLES: Final[dict[str, Role]] = {"seats": "seat", "sides": "side", "press": "press", "toward": "toward"}


def _numbers(table: _Table) -> Iterator[Number]:
    entries = table.values.get("numbers", [])
    if not isinstance(entries, list):
        raise table.wrong("must be a list of { scheme, value, source }", "numbers")
    for entry in entries:
        if not isinstance(entry, dict) or not set(entry) <= {"scheme", "value", "source", "national"}:
            raise table.wrong("must be a list of { scheme, value, source }", "numbers")
        values = {key: str(value) for key, value in entry.items()}
        scheme, value = values.get("scheme", ""), values.get("value", "")
        if not values.get("source"):
            raise table.wrong(
                f"{scheme} {value} has no source; leave the number out or say where it was read", "numbers"
            )
        if scheme not in _NUMBER_FORMS:
            raise table.wrong(f"scheme {scheme!r} is unknown; known are {', '.join(_NUMBER_FORMS)}", "numbers")
        if not _NUMBER_FORMS[scheme].fullmatch(value) or (scheme == "CAS" and not cas_is_valid(value)):
            raise table.wrong(f"{value!r} is no {scheme} number (format or check digit)", "numbers")
        yield Number(scheme, value, values["source"], values.get("national", ""))


def _citations(table: _Table) -> tuple[str, ...]:
    patterns = table.texts("citations")
    for pattern in patterns:
        try:
            if re.compile(pattern).match(""):
                raise table.wrong(f"the pattern {pattern} matches nothing at all", "citations")
        except re.error as error:
            raise table.wrong(f"the pattern {pattern} is no regular expression: {error}", "citations") from error
    return patterns


def place(concept: Concept, key: str) -> tuple[str, int]:
    """The file that defines a concept and the line of one of its keys, or of its header."""
    path = concept.where.removesuffix(f": [{concept.kind}.{concept.id}]")
    return path, _line(Path(path), concept.kind, concept.id, key)


def wrong(concept: Concept, key: str, reason: str) -> Misconfigured:
    """What to change, with file, line and key."""
    path, line = place(concept, key)
    return Misconfigured(f"{path}:{line}: [{concept.kind}.{concept.id}] {key}: {reason}")


def _check_links(contents: Contents) -> None:
    for concept in contents.concepts.values():
        for broader in concept.broader:
            if f"{concept.kind}:{broader}" not in contents.concepts:
                raise wrong(concept, "broader", f"there is no {concept.kind} {broader}")
        for item in concept.scope:
            if f"item:{item}" not in contents.concepts:
                raise wrong(concept, "scope", f"there is no item {item}")
        for number in concept.numbers:
            if number.source not in contents.sources:
                raise wrong(concept, "numbers", f"there is no [source.{number.source}]")
        if concept.jurisdiction and f"jurisdiction:{concept.jurisdiction}" not in contents.concepts:
            raise wrong(concept, "jurisdiction", f"there is no [jurisdiction.{concept.jurisdiction}]")
        if concept.kind == "agency" and not concept.value and not concept.broader:
            raise Misconfigured(f"{concept.where}: give its acronym, or under broader the agency it belongs to")
