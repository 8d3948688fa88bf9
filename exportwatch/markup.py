"""HTML as others wrote it: bounds that keep parsers alive, then title, language, date and main text.

What reads pages gets decoded text or a parsed tree, never bytes (the libraries' guesses lose Korean) and never a bare
string that htmldate could take for an address to fetch.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import islice
from typing import Final

from exportwatch import maintext, pagedate, pagetitle
from exportwatch.blocks import Block, blocks
from exportwatch.errors import BadRecord

DEPTH: Final = 512
"""Elements inside each other; browsers stop there too."""
ATTRIBUTES: Final = 1000
"""Of one tag; libxml2 needs a minute for 80,000."""
REOPENED: Final = 500_000
"""Formatting elements (b, font) left open are opened again in every later element, so a page can grow by products."""
REOPENED_A_TAG: Final = 20
"""Allowed beyond that: honest pages wrap all they have in a few of them."""
THOROUGH_CHARACTERS: Final = 2 * 1024 * 1024
"""Longer pages are left to resiliparse: 0.6 s for 20 MB, where trafilatura needs 21 s."""
THOROUGH_LOAD: Final = 500_000
"""The load (`check`) up to which trafilatura and htmldate stay within seconds."""
THOROUGH_TAGS: Final = 60_000
"""Opening tags up to which they do, however short those are: each costs them 70 µs and 2 kB."""
MAIN_LOAD: Final = 20_000_000
"""The load up to which resiliparse tells main text from the rest within seconds."""
HEAD_CHARACTERS: Final = 256 * 1024
"""Of a page that is not read thoroughly, title and language are looked for within this distance from its begin."""
TITLE_CHARACTERS: Final = 1000
"""A longer title is no title; it is cut."""

# One tag or comment, by the letter of the standard's tokeniser; possessive throughout, so the cost is linear.
_ATTRIBUTE: Final = r"""[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]++)?)?"""
_TAG: Final = re.compile(
    rf"<(?:!--(?:>|->|.*?(?:--!?>|\Z))|(/?)([a-zA-Z][^\s/>]*+)((?:[\s/]++|{_ATTRIBUTE})*+)>?)", re.DOTALL
)
_ATTRIBUTES: Final = re.compile(_ATTRIBUTE)
_OPENING: Final = re.compile(r"<[a-zA-Z]")
_RAW: Final = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "iframe", "noembed", "noframes", "xmp")
}
_FORMATTING: Final = frozenset(["b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"])
_VOID: Final = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "wbr")
_CELLS: Final = ("td", "th", "caption")
# These never hold content, or end by themselves where their like begins, so leaving them open nests nothing.
_SHALLOW: Final = frozenset(
    ["html", "head", "body", "p", "li", "dt", "dd", "a", "nobr", "option", "optgroup", "rp", "rt", "tr", "track"]
).union(["tbody", "thead", "tfoot", "colgroup"], _VOID, _CELLS)
_DRAWING: Final = frozenset(
    ["path", "circle", "rect", "line", "polygon", "polyline", "ellipse", "use", "stop", "image"]
)

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,4}")


def check(html: str) -> int:
    """The load of a page: the depths of all its tags, summed. Time is linear in its length.

    Raises BadRecord for a page built so that parsers take minutes or gigabytes.
    """
    census = _Census()
    position = 0
    while tag := _TAG.search(html, position):
        position = tag.end()
        closing, name, attributes = tag.groups()
        if name is None:
            continue
        name = name.lower()
        if closing:
            census.leave(name)
        elif name in _RAW:
            position = _after_raw(html, position, name)
        else:
            census.enter(name, attributes)
        _refuse(census, attributes)
    return census.load


class _Census:
    """What is open at one place of a page, roughly as a browser would have it."""

    def __init__(self) -> None:
        self.stack: list[str] = []
        self._inside: dict[str, int] = {}
        self._formatting: dict[str, int] = {}
        self._open_formatting = 0
        self.reopened = 0
        self.tags = 0
        self.load = 0

    def enter(self, name: str, attributes: str) -> None:
        if name in _FORMATTING:
            self._formatting[name] = self._formatting.get(name, 0) + 1
            self._open_formatting += 1
        elif name not in _SHALLOW and not (name in _DRAWING and attributes.endswith("/")):
            self.stack.append(name)
            self._inside[name] = self._inside.get(name, 0) + 1
        elif name in _CELLS:
            self._forget_formatting()
        self.reopened += self._open_formatting
        self.tags += 1
        self.load += len(self.stack) + 1

    def leave(self, name: str) -> None:
        if self._formatting.get(name):
            self._formatting[name] -= 1
            self._open_formatting -= 1
        elif self._inside.get(name):
            while (left := self.stack.pop()) != name:
                self._inside[left] -= 1
            self._inside[name] -= 1
        elif name in _CELLS:
            self._forget_formatting()

    def _forget_formatting(self) -> None:
        """What is left open inside a cell of a table ends with the cell."""
        self._formatting.clear()
        self._open_formatting = 0


def _refuse(census: _Census, attributes: str) -> None:
    if len(census.stack) > DEPTH:
        raise BadRecord(f"page not read: elements nested more than {DEPTH} deep")
    if census.reopened > REOPENED + REOPENED_A_TAG * census.tags:
        raise BadRecord(f"page not read: formatting tags left open would be repeated {census.reopened:,} times")
    if len(attributes) > 2 * ATTRIBUTES and sum(1 for _ in _ATTRIBUTES.finditer(attributes)) > ATTRIBUTES:
        raise BadRecord(f"page not read: a tag with more than {ATTRIBUTES:,} attributes")


def _after_raw(html: str, position: int, name: str) -> int:
    """Where a script, style or the like that begins at `position` ends: no tags count inside it."""
    end = _RAW[name].search(html, position)
    return end.start() if end else len(html)


def _crowded(html: str) -> bool:
    """Whether it has more than THOROUGH_TAGS opening tags; what scripts quote counts too."""
    return next(islice(_OPENING.finditer(html), THOROUGH_TAGS, None), None) is not None


class Page:
    """A parsed page. `load` is what `check` said of it; every property is read from one tree."""

    def __init__(self, html: str, load: int) -> None:
        import lxml.etree  # type: ignore[import-untyped]
        import lxml.html  # type: ignore[import-untyped]

        self._html = html
        self._load = load
        self._thorough = load <= THOROUGH_LOAD and len(html) <= THOROUGH_CHARACTERS and not _crowded(html)
        read = html if self._thorough else html[:HEAD_CHARACTERS]
        parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
        try:
            self._tree = lxml.html.document_fromstring(read.encode("utf-8", "replace"), parser=parser)
        except (lxml.etree.LxmlError, ValueError):
            self._tree = lxml.html.document_fromstring("<html><head></head><body></body></html>")

    @cached_property
    def _blocks(self) -> list[Block]:
        return blocks(self._tree)

    @cached_property
    def title(self) -> str:
        """The headline; see `pagetitle.find`."""
        return pagetitle.find(self._tree, self._blocks)[:TITLE_CHARACTERS]

    @property
    def lang(self) -> str:
        """As the page declares it, or empty. A hint: templates are copied across languages."""
        named = self._tree.get("lang") or self._tree.get("xml:lang")
        declared = (named or pagetitle.meta(self._tree, "content-language")).strip()
        return declared if _LANGUAGE.fullmatch(declared) else ""

    def published(self, url: str, latest: str) -> str:
        """The day of publication as `YYYY-MM-DD`, not after the day `latest`; empty where none is found."""
        if not self._thorough:
            return ""
        return pagedate.find(self._tree, self._blocks, self.title, url, latest, self.lang)

    @property
    def text(self) -> str:
        """The main text; resiliparse's for large pages, and all words where nothing is found."""
        return (
            (self._thorough and maintext.find(self._html, self._tree, self._blocks, self.title))
            or (self._load <= MAIN_LOAD and maintext.quick(self._html))
            or maintext.everything(self._html)
        )

    def within(self, selector: str) -> str:
        """The text of the first element that a CSS selector finds, with nothing left out; empty where it finds none.

        Raises BadRecord for what is no selector.
        """
        return maintext.within(self._html, selector)
