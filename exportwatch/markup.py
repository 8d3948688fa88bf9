"""HTML as others wrote it: bounds that keep parsers alive, then title, language, date and main text.

The only module that knows lxml, trafilatura, htmldate and resiliparse. They get decoded text or a parsed tree, never
bytes (their guesses lose Korean) and never a bare string that htmldate could take for an address to fetch.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any, Final

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

# htmldate reads no 年月日, which is half of what is published in Chinese and Japanese.
_DAY: Final = re.compile(
    r"(?:(?P<year>\d{4})|(?P<era>令和|平成|昭和)\s*(?P<of>元|\d{1,2}))\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日"
)
_ERAS: Final = {"令和": 2018, "平成": 1988, "昭和": 1925}

_SPACES: Final = re.compile(r"\s+")
_SEPARATOR: Final = re.compile(r"\s*[|｜_¦]\s*|\s+[-–—:·•«»]+\s+|\s*[—–]\s*|(?<=[^\x00-\x7f])-(?=[^\x00-\x7f])")
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


class Page:
    """A parsed page. `load` is what `check` said of it; every property is read from one tree."""

    def __init__(self, html: str, load: int) -> None:
        import lxml.etree  # type: ignore[import-untyped]
        import lxml.html  # type: ignore[import-untyped]

        self._html = html
        self._load = load
        self._thorough = load <= THOROUGH_LOAD and len(html) <= THOROUGH_CHARACTERS
        read = html if self._thorough else html[:HEAD_CHARACTERS]
        parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
        try:
            self._tree = lxml.html.document_fromstring(read.encode("utf-8", "replace"), parser=parser)
        except (lxml.etree.LxmlError, ValueError):
            self._tree = lxml.html.document_fromstring("<html><head></head><body></body></html>")

    @property
    def title(self) -> str:
        """The headline: a lone `h1` that the page's title confirms, else `og:title`, else `title` without its site."""
        shared = self._meta("og:title") or self._meta("twitter:title")
        element = _line(" ".join(self._tree.xpath("(//head//title|//title)[1]//text()")))
        headings = [line for line in (_line(heading.text_content()) for heading in self._tree.iter("h1")) if line]
        heading = headings[0] if len(headings) == 1 else ""
        return _choose_title(shared, element, heading, self._meta("og:site_name"))[:TITLE_CHARACTERS]

    @property
    def lang(self) -> str:
        """As the page declares it, or empty. A hint: templates are copied across languages."""
        declared = self._tree.get("lang") or self._tree.get("xml:lang") or self._meta("content-language") or ""
        return declared.strip() if _LANGUAGE.fullmatch(declared.strip()) else ""

    def published(self, url: str, latest: str) -> str:
        """The day of publication as `YYYY-MM-DD`, not after the day `latest`; empty where none is found."""
        from htmldate import find_date

        if not self._thorough:
            return ""
        found = _or_none(
            find_date, _with_iso_days(self._tree), url=url or None, original_date=True, max_date=latest or None
        )
        if found is None or (found.endswith("-01-01") and not self._names_january_first(found[:4])):
            return ""
        return str(found)

    @property
    def text(self) -> str:
        """The main text: trafilatura's, or resiliparse's for large pages and where trafilatura finds nothing."""
        return (
            (self._thorough and self._carefully())
            or (self._load <= MAIN_LOAD and self._quickly(main=True))
            or self._quickly(main=False)
        )

    def _carefully(self) -> str:
        from trafilatura import extract

        return _or_none(extract, self._tree, include_comments=False) or ""

    def _quickly(self, main: bool) -> str:
        from resiliparse.extract.html2text import extract_plain_text
        from resiliparse.parse.html import HTMLParserException

        try:
            return extract_plain_text(self._html, main_content=main, alt_texts=False, comments=False).strip()
        except (HTMLParserException, TypeError) as error:
            # Both are how it says that it found no memory.
            raise BadRecord(f"page not read: too large for the memory that its parser may use ({error})") from error

    def _meta(self, name: str) -> str:
        path = "//meta[@property=$name or @name=$name or @http-equiv=$name]/@content"
        return _line(next(iter(self._tree.xpath(path, name=name)), ""))

    def _names_january_first(self, year: str) -> bool:
        """A year alone (in a copyright line) is reported as its first day; believe only a page that names the day."""
        month, day = r"jan\w*\.?", r"0?1(?:st)?"
        forms = rf"{year}\D{{0,3}}0?1\D{{1,3}}0?1(?!\d)|{year}0101|{month} {day},? {year}|\b{day} {month},? {year}"
        return re.search(forms, self._html, re.IGNORECASE) is not None


def _or_none(function: Callable[..., Any], tree: Any, **options: Any) -> Any:
    """What the library says of the tree; None where it fails: pages break it in ways nobody can list."""
    try:
        return function(tree, **options)
    except MemoryError:
        raise
    except Exception:
        return None


def _with_iso_days(tree: Any) -> Any:
    """A copy in which `2019年12月16日` and `令和元年12月16日` are `2019-12-16`."""
    copied = copy.deepcopy(tree)
    for element in copied.iter():
        for place in ("text", "tail"):
            text = getattr(element, place)
            if text and "年" in text:
                setattr(element, place, _DAY.sub(_iso_day, text))
    return copied


def _iso_day(found: re.Match[str]) -> str:
    year = found["year"]
    if not year:
        year = str(_ERAS[found["era"]] + (1 if found["of"] == "元" else int(found["of"])))
    # Spaces, because the standards of neither language know any before and after a date.
    return f" {int(year)}-{int(found['month']):02}-{int(found['day']):02} "


def _line(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _choose_title(shared: str, element: str, heading: str, site: str) -> str:
    full = shared or element
    if not full:
        return heading
    parts = [part for part in _SEPARATOR.split(full) if part]
    rest = _without(full, parts[-1]) if len(parts) > 1 else full
    if heading and heading != site and heading in full and (heading != parts[-1] or len(heading) >= len(rest)):
        return heading
    if len(parts) < 2 or (shared and not full.endswith(site or "\0")):
        return full
    return rest if len(rest) > len(parts[-1]) or parts[-1] == site else full


def _without(full: str, last: str) -> str:
    """`full` but for its last part and the separator before that."""
    end = len(full) - len(last)
    return next((full[: found.start()] for found in _SEPARATOR.finditer(full) if found.end() == end), full).strip()
