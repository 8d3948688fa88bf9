"""Reads sources from their files, `config/sources/<id>.toml`, overlaid whole by a file of the same name in DATA.

publisher = "jp-meti"
jurisdiction = "JP"
kind = "press release"
language = "ja"
url = "https://www.meti.go.jp/ml_index_release_atom.xml"
parser = "feed"
interval = 3600
cadence = 604800
minimum = 10

attachments = 'a[href$=".pdf" i]'

[id]
from = "link"
pattern = '/press/\\d{4}/\\d{2}/(\\d{11})/'

A list in HTML has `parser = "page"` and says in a table where its rows stand (`ListRule`):

[list]
row = "dl#news dd"
date = "dl#news dt"

An answer that is data has `parser = "api"` and the table `api` (`ApiRule`).
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

import msgspec

from collectors import sourcechecks
from collectors.sources import ApiRule, DateRule, IdRule, ListRule, PageRule, Source
from exportwatch.errors import Misconfigured

MOST_BYTES: Final = 256 * 1024
_TYPES: Final = get_type_hints(Source)
_RULES: Final[Mapping[str, tuple[str, type[Any]]]] = {
    "id": ("id_rule", IdRule),
    "dates": ("date_rule", DateRule),
    "list": ("list_rule", ListRule),
    "api": ("api_rule", ApiRule),
    "pages": ("page_rule", PageRule),
}
"""Table -> the field that holds it, and what it becomes."""
_KEYS: Final = tuple(name for name in _TYPES if name not in ("id", *(name for name, _ in _RULES.values())))
_NEEDED: Final = {"": ("publisher", "url", "kind"), "id": ("pattern",), "list": ("row",), "api": ("adapter",)}
_RENAMED: Final = {("id", "from"): "source"}
_TOML_LINE: Final = re.compile(r"\(at line (\d+), column \d+\)")
_HEADER: Final = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?$")
_KEY: Final = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*[=.]")


def load(paths: Iterable[Path]) -> dict[str, Source]:
    """Sources by id, in order of their ids; a later path of the same name replaces an earlier one.

    Raises Misconfigured with the first complaint of `check`.
    """
    sources, complaints = _examine(paths)
    if complaints:
        raise Misconfigured(complaints[0])
    return sources


def check(paths: Iterable[Path]) -> list[str]:
    """All that is wrong with the files, and between them: `<file>:<line>: <key>: <what>`; empty if nothing is.

    The line is left out where a key is missing or the files as a whole do not fit together.
    """
    return _examine(paths)[1]


def read(path: Path) -> Source:
    """One source from its file. Raises Misconfigured naming the file, the line and the key."""
    made = _File.read(path)
    if made.complaints or made.source is None:
        raise Misconfigured(made.complaints[0])
    return made.source


def make(name: str, table: Mapping[str, Any], where: str) -> Source:
    """A source from the table of its file; `where` begins every complaint. Raises Misconfigured with the first."""
    source, complaints = _made(name, table)
    if complaints or source is None:
        raise Misconfigured(f"{where}: {complaints[0][1]}")
    return source


def _examine(paths: Iterable[Path]) -> tuple[dict[str, Source], list[str]]:
    last = {path.stem: path for path in paths}
    files = {name: _File.read(last[name]) for name in sorted(last)}
    sources = {name: file.source for name, file in files.items() if file.source is not None}
    complaints = [complaint for file in files.values() for complaint in file.complaints]
    complaints += [files[name].told(*complaint) for name, complaint in sourcechecks.across(sources)]
    return sources, complaints


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    path: Path
    text: str = ""
    source: Source | None = None
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> _File:
        try:
            if path.stat().st_size > MOST_BYTES:
                return cls(path=path, complaints=[f"{path}: larger than {MOST_BYTES:,} bytes"])
            text = path.read_text(encoding="utf-8")
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            line = _TOML_LINE.search(str(error))
            return cls(path=path, complaints=[f"{path}{f':{line[1]}' if line else ''}: {error}"])
        except (UnicodeDecodeError, OSError, RecursionError) as error:
            return cls(path=path, complaints=[f"{path}: {error}"])
        source, found = _made(path.stem, table)
        file = cls(path=path, text=text, source=source)
        return cls(path=path, text=text, source=source, complaints=[file.told(*each) for each in found])

    def told(self, key: str, sentence: str) -> str:
        line = _line(self.text, key)
        return f"{self.path}{f':{line}' if line else ''}: {sentence}"


def _line(text: str, key: str) -> int:
    """The line on which a key, or else its table, stands; 0 where neither is found."""
    table, _, name = key.rpartition(".") if key.partition(".")[0] in (*_RULES, "headers", "form") else ("", "", key)
    within, of_table = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            within = header[1]
            of_table = of_table or (number if within in (key, table) else 0)
        elif found := _KEY.match(line):
            if (within, found[1]) == (table, name):
                return number
            of_table = of_table or (number if not within and found[1] in (key, table) else 0)
    return of_table


def _made(name: str, table: Mapping[str, Any]) -> tuple[Source | None, list[sourcechecks.Complaint]]:
    """The source as far as it can be made, and all complaints; what could not be read is not complained of twice."""
    found: list[sourcechecks.Complaint] = []
    if not sourcechecks.NAME.fullmatch(name):
        found.append(("", f"the name of a source is made of a-z, 0-9 and hyphens, not {name!r}"))
    values = _values("", table, {key: _TYPES[key] for key in _KEYS}, found, also=tuple(_RULES))
    for key, (rule_name, rule) in _RULES.items():
        if key in table:
            values[rule_name] = _rule(key, table[key], rule, found)
    if not all(values.get(key) for key in _NEEDED[""]):
        return None, found
    if values.get("parser") == "page":
        values = {"follow": True, **values}
    source = Source(id=name, **values)
    wrong = {part for key, _ in found for part in (key, key.partition(".")[0])}
    found += [each for each in sourcechecks.complaints(source) if wrong.isdisjoint((each[0], each[0].split(".")[0]))]
    return source, found


def _rule(name: str, table: Any, rule: type[Any], found: list[sourcechecks.Complaint]) -> Any:
    """The table as what it becomes; None after a complaint."""
    if not isinstance(table, dict):
        found.append((name, f"{name}: not a table"))
        return None
    before = len(found)
    types = get_type_hints(rule)
    renamed = {ours: key for (of, key), ours in _RENAMED.items() if of == name}
    known = {renamed.get(key, key): kind for key, kind in types.items()}
    values = _values(name, table, known, found)
    if len(found) > before:
        return None
    return rule(**{_RENAMED.get((name, key), key): value for key, value in values.items()})


def _values(
    name: str,
    table: Mapping[str, Any],
    types: Mapping[str, Any],
    found: list[sourcechecks.Complaint],
    also: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The values that are of their types; complaints go to `found`."""
    dotted = f"{name}." if name else ""
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key in types:
            try:
                values[key] = msgspec.convert(value, types[key])
            except msgspec.ValidationError as error:
                may = [repr(each) for each in get_args(types[key]) if isinstance(each, str)]
                what = f"{value!r} is none of {', '.join(may)}"[:500] if may and isinstance(value, str) else error
                found.append((f"{dotted}{key}", f"{dotted}{key}: {what}"))
        elif key not in also:
            close = difflib.get_close_matches(key, (*types, *also), n=1)
            hint = f"; did you mean {dotted}{close[0]}?" if close else ""
            found.append((f"{dotted}{key}", f"unknown key {dotted}{key}{hint}"))
    for key in _NEEDED.get(name, ()):
        if not table.get(key):
            found.append((f"{dotted}{key}", f"{dotted}{key} is missing"))
    return values
