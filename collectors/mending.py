"""Feeds that are nearly XML, made XML: what XML does not have goes, what it does not know is spelled out.

Every step is linear in the size of the text. Nothing a document type declares is left to the XML parser: plain
entities are replaced here, a bounded number of times, and all else of the declaration is dropped.
"""

from __future__ import annotations

import html.entities
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MOST_PROLOG: Final = 100_000
"""The root element begins within this many characters."""
_MOST_REPLACED: Final = 20_000
"""Entities of a document's own beyond this many stay as they are written."""
_MOST_VALUE: Final = 500
_MOST_PREFIXES: Final = 50
_ROOT: Final = re.compile(r"<(?:[\w.-]{1,50}:)?(?:rss|rdf|feed|channel)(?=[\s>/])", re.IGNORECASE)
_PROLOG: Final = re.compile(r"<!--|<\?|<!DOCTYPE|<(?=\w)", re.IGNORECASE)
_ENTITY: Final = re.compile(
    rf"<!ENTITY\s{{1,50}}([\w.-]{{1,100}})\s{{1,50}}(?:\"([^\"<]{{0,{_MOST_VALUE}}})\"|'([^'<]{{0,{_MOST_VALUE}}})')"
)
_REFERENCE: Final = re.compile(r"&(?:(#[xX][0-9a-fA-F]{1,20}|#[0-9]{1,20}|[A-Za-z_][\w.-]{0,100});)?")
_PREFIX: Final = re.compile(r"</?([A-Za-z_][\w.-]{0,50}):\w|\s([A-Za-z_][\w.-]{0,50}):[\w.-]{1,50}=")
_DECLARED: Final = re.compile(r"\sxmlns:([\w.-]{1,50})\s{0,20}=")
_OWN: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_CDATA, _CDATA_END = "<![CDATA[", "]]>"


def without_prolog(text: str) -> tuple[str, dict[str, str]]:
    """The text from its root element on, and the plain entities that its document type declares.

    A text whose root element is not found, or not known as that of a feed, begins with its first element.
    """
    start = _root(text)
    head = text[:start]
    entities = {name: double or single for name, double, single in _ENTITY.findall(head)} if "<!ENTITY" in head else {}
    return text[start:], {name: value for name, value in entities.items() if _plain(value)}


def _root(text: str) -> int:
    """Where the root element of a feed begins: behind comments, instructions and whatever else was put before it."""
    position, first = 0, -1
    ends = {"<!--": "-->", "<?": "?>"}
    while match := _PROLOG.search(text, position, _MOST_PROLOG):
        begin, end = match.start(), ""
        if match[0] == "<":
            if _ROOT.match(text, begin) or is_page(text[begin : begin + 6]):
                return begin
            first = begin if first < 0 else first
        else:
            end = ends.get(match[0], "")
        if not end:
            position = match.end()
            continue
        closed = text.find(end, match.end(), _MOST_PROLOG)
        position = closed + len(end) if closed >= 0 else match.end()
        if closed < 0:
            del ends[match[0]]  # nor will it be found from further on
    return max(first, 0)


def is_page(text: str) -> bool:
    """Whether a text from its root element on is a page of HTML, whatever it quotes."""
    return text[:6].lower().startswith("<html") and not text[5:6].isalnum()


def _plain(value: str) -> bool:
    return "&" not in value or bool(_REFERENCE.fullmatch(value))


def mended(text: str, entities: Mapping[str, str], namespaces: Mapping[str, str]) -> str:
    """A text from its root element on with references and prefixes that XML knows; `namespaces`: prefix -> URI."""
    return _references(_with_prefixes(text, namespaces), entities)


def with_entities(text: str, entities: Mapping[str, str]) -> str:
    """A text in which the references to a document's own entities are replaced, all others untouched."""
    return _outside_cdata(text, lambda part: _REFERENCE.sub(_Replaced(entities, only=True), part)) if entities else text


def signs(text: str) -> int:
    """How many `<` a text has, those inside CDATA sections left out."""
    return sum(1 if part.startswith(_CDATA) else part.count("<") for part in _parts(text))


def _references(text: str, entities: Mapping[str, str]) -> str:
    return _outside_cdata(text, lambda part: _REFERENCE.sub(_Replaced(entities), part))


def _outside_cdata(text: str, change: Callable[[str], str]) -> str:
    return "".join(part if part.startswith(_CDATA) else change(part) for part in _parts(text))


def _parts(text: str) -> Iterator[str]:
    """The text in pieces: CDATA sections, and what is between them."""
    position = 0
    while (begin := text.find(_CDATA, position)) >= 0:
        end = text.find(_CDATA_END, begin)
        if end < 0:
            break
        yield text[position:begin]
        yield text[begin : end + len(_CDATA_END)]
        position = end + len(_CDATA_END)
    yield text[position:]


class _Replaced:
    """What a reference becomes; counts how often a document's own entities were replaced."""

    def __init__(self, entities: Mapping[str, str], *, only: bool = False) -> None:
        self._entities = entities
        self._only = only
        self._left = _MOST_REPLACED

    def __call__(self, reference: re.Match[str]) -> str:
        name = reference[1]
        if name in self._entities and self._left > 0:
            self._left -= 1
            return self._entities[name]
        if self._only or name in _OWN:
            return reference[0]
        if not name:
            return "&amp;"
        return legal(reference[0]) if name[0] == "#" else _named(name)


def legal(reference: str) -> str:
    """A numeric reference as it is, or U+FFFD for one to what is no character of XML."""
    digits = reference[2:-1]
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    return reference if code <= sys.maxunicode and not NOT_XML.match(chr(code)) else "\ufffd"


def _named(name: str) -> str:
    characters = html.entities.html5.get(f"{name};")
    if characters is None:
        return f"&amp;{name};"
    return "".join(f"&#{ord(character)};" if character in "<&>" else character for character in characters)


def _with_prefixes(text: str, namespaces: Mapping[str, str]) -> str:
    """The root element declares every prefix that is used below it."""
    declared = {"xml", "xmlns", *_DECLARED.findall(text)}
    used = dict.fromkeys(element or attribute for element, attribute in _PREFIX.findall(text))
    missing = [prefix for prefix in used if prefix not in declared][:_MOST_PREFIXES]
    end = re.compile(r"[\s>/]").search(text)
    if not missing or end is None:
        return text
    added = "".join(f' xmlns:{prefix}="{namespaces.get(prefix, f"urn:undeclared:{prefix}")}"' for prefix in missing)
    return text[: end.start()] + added + text[end.start() :]
