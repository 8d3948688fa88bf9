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
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, cast, get_type_hints

import msgspec

from collectors import urls
from collectors.sources import ApiRule, DateRule, IdRule, ListRule, PageRule, Source, selector
from exportwatch.errors import Misconfigured

Rule = TypeVar("Rule", DateRule, ApiRule, PageRule)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_LANGUAGE: Final = re.compile(r"(?:[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*)?")
_JURISDICTION: Final = re.compile(r"(?:[A-Z]{2})?")
_TYPES: Final = get_type_hints(Source)
_RULES: Final = ("id_rule", "date_rule", "list_rule", "api_rule", "page_rule")
_TABLES: Final = ("id", "dates", "list", "api", "pages")
_KEYS: Final = tuple(name for name in _TYPES if name not in ("id", *_RULES))
_LIST_TYPES: Final = get_type_hints(ListRule)
_SMALLEST: Final = {"interval": 1, "cadence": 1, "minimum": 0, "pause": 0}


def load(paths: Iterable[Path]) -> dict[str, Source]:
    """Sources by id, in order of their ids; a later path of the same name replaces an earlier one.

    Raises Misconfigured naming the file and the key.
    """
    sources = {path.stem: path for path in paths}
    return {name: read(sources[name]) for name in sorted(sources)}


def read(path: Path) -> Source:
    """One source from its file."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Misconfigured(f"{path}: {error}") from error
    return make(path.stem, table, str(path))


def make(name: str, table: Mapping[str, Any], where: str) -> Source:
    """A source from the table of its file; `where` begins every complaint."""
    if not _NAME.fullmatch(name):
        raise Misconfigured(f"{where}: the name of a source is made of a-z, 0-9 and hyphens, not {name!r}")
    _refuse_unknown(where, "", table, (*_KEYS, *_TABLES))
    values = {key: _convert(where, key, table[key], _TYPES[key]) for key in _KEYS if key in table}
    for key in ("publisher", "url", "kind"):
        if not values.get(key):
            raise Misconfigured(f"{where}: {key} is missing")
    rule = _id_rule(where, table["id"]) if "id" in table else None
    listed = _list_rule(where, table["list"]) if "list" in table else None
    if values.get("parser") == "page":
        values = {"follow": True, **values}
    source = Source(
        id=name,
        id_rule=rule,
        date_rule=_plain_rule(where, "dates", table, DateRule),
        list_rule=listed,
        api_rule=_plain_rule(where, "api", table, ApiRule),
        page_rule=_plain_rule(where, "pages", table, PageRule),
        **values,
    )
    _check(where, source)
    return source


def _refuse_unknown(where: str, prefix: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            raise Misconfigured(
                f"{where}: unknown key {prefix}{key}{f'; did you mean {prefix}{close[0]}?' if close else ''}"
            )


def _convert(where: str, key: str, value: Any, expected: Any) -> Any:
    try:
        return msgspec.convert(value, expected)
    except msgspec.ValidationError as error:
        raise Misconfigured(f"{where}: {key}: {error}") from error


def _plain_rule(where: str, name: str, table: Mapping[str, Any], rule: type[Rule]) -> Rule | None:
    """A table whose keys are the rule's fields."""
    if name not in table:
        return None
    if not isinstance(table[name], dict):
        raise Misconfigured(f"{where}: {name}: not a table")
    _refuse_unknown(where, f"{name}.", table[name], tuple(get_type_hints(rule)))
    return cast(Rule, _convert(where, name, table[name], rule))


def _id_rule(where: str, table: Any) -> IdRule:
    if not isinstance(table, dict):
        raise Misconfigured(f"{where}: id: not a table of from and pattern")
    _refuse_unknown(where, "id.", table, ("from", "pattern", "title"))
    if table.get("from", "link") not in ("link", "guid", "title"):
        raise Misconfigured(f"{where}: id.from: neither link, guid nor title")
    pattern = table.get("pattern")
    try:
        groups = re.compile(pattern).groups if isinstance(pattern, str) else 0
    except re.error as error:
        raise Misconfigured(f"{where}: id.pattern: {error}") from error
    if not groups:
        raise Misconfigured(f"{where}: id.pattern: not a regular expression with at least one group")
    return IdRule(source=table.get("from", "link"), pattern=str(pattern), title=str(table.get("title", "")))


def _list_rule(where: str, table: Any) -> ListRule:
    if not isinstance(table, dict):
        raise Misconfigured(f"{where}: list: not a table of row, link, title and date")
    _refuse_unknown(where, "list.", table, tuple(_LIST_TYPES))
    values = {key: _convert(where, f"list.{key}", table[key], str) for key in table}
    if not values.get("row"):
        raise Misconfigured(f"{where}: list.row is missing")
    for key in ("row", "link", "title", "date"):
        _check_selector(where, f"list.{key}", values.get(key, ""))
    if selector(values["row"])[1]:
        raise Misconfigured(f"{where}: list.row: a row is an element, no attribute")
    _check_address(where, values.get("pattern", ""), values.get("address", ""))
    return ListRule(**values)


def _check_selector(where: str, key: str, text: str) -> None:
    if not text:
        return
    import soupsieve

    css, _ = selector(text)
    try:
        soupsieve.compile(css)
    except soupsieve.SelectorSyntaxError as error:
        raise Misconfigured(f"{where}: {key}: {text!r} is no CSS selector: {str(error).splitlines()[0]}") from error


def _check_address(where: str, pattern: str, address: str) -> None:
    if bool(pattern) != bool(address):
        raise Misconfigured(f"{where}: list.pattern and list.address belong together")
    try:
        compiled = re.compile(pattern)
        groups = re.compile(f"{pattern}|").match("")
    except re.error as error:
        raise Misconfigured(f"{where}: list.pattern: {error}") from error
    try:
        assert groups is not None
        groups.expand(address)
    except (re.error, IndexError) as error:
        raise Misconfigured(f"{where}: list.address: {error}; list.pattern has {compiled.groups} groups") from error


def _check(where: str, source: Source) -> None:
    complaints = {
        "publisher": "" if _NAME.fullmatch(source.publisher) else "made of a-z, 0-9 and hyphens",
        "url": "" if urls.canonical(source.url) else "an http or https URL",
        "language": "" if _LANGUAGE.fullmatch(source.language) else "a BCP 47 tag",
        "jurisdiction": "" if _JURISDICTION.fullmatch(source.jurisdiction) else "two capital letters",
        **{key: "" if getattr(source, key) >= least else f"at least {least}" for key, least in _SMALLEST.items()},
        "note": "" if source.enabled or source.note else "the reason why the source is not enabled",
    }
    _check_selector(where, "attachments", source.attachments)
    if (source.parser == "api") != (source.api_rule is not None):
        raise Misconfigured(f'{where}: api: a table for parser = "api", and for no other')
    if (source.parser == "page") != (source.list_rule is not None):
        raise Misconfigured(f'{where}: list: a table for parser = "page", and for no other')
    if source.parser == "page" and not source.follow:
        raise Misconfigured(f"{where}: follow: a list has no text of its own, its pages are always followed")
    if source.attachments and not source.follow:
        raise Misconfigured(f"{where}: attachments: found on followed pages only; say follow = true")
    for key, complaint in complaints.items():
        if complaint:
            raise Misconfigured(f"{where}: {key}: {getattr(source, key)!r} is not {complaint}")
