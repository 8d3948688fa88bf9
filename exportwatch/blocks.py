"""A page's tree -> its lines of text in reading order, each with what is known of the place where it stands."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

GRAM: Final = 8
"""Characters without spaces and punctuation by which texts are compared: no such run is shared by chance."""

_SILENT: Final = frozenset(
    ["script", "style", "template", "svg", "math", "select", "option", "button", "textarea", "object", "head"]
).union(["iframe", "frame", "noframes", "audio", "video", "canvas", "map", "datalist", "title"])
_INLINE: Final = frozenset(
    ["a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins"]
).union(
    ["kbd", "label", "mark", "nobr", "q", "ruby", "rb", "s", "samp", "small", "span", "strike", "strong", "sub", "sup"],
    ["time", "tt", "u", "var", "wbr", "img", "input", "o:p", "st1:p", "u1:p", "amp-img"],
)
_UNSAID: Final = frozenset(["rt", "rp", "rtc"])
"""The reading beside a ruby word: 輸出(ゆしゅつ) would be found under neither spelling."""
_ASIDE: Final = frozenset(["nav", "footer", "aside", "menu", "noscript"])
_HEADINGS: Final = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_WHOLE: Final = frozenset(["html", "body", "main", "article"])
_LINES: Final = _HEADINGS.union(["p", "blockquote", "pre", "ul", "ol", "dl", "table", "tbody", "tr", "br", "hr"])
"""Elements that are lines of the box around them, or hold nothing but boxes."""
# Parts of names of classes and ids that sites in all languages give to what is no text.
_NAMED_ASIDE: Final = re.compile(
    r"(?<![a-z])(?:comments?|disqus|repl(?:y|ies)|related|recommend(?:ed|ation)?s?|side_?bar|shares?|sharing|sns|social"
    r"|breadcrumbs?|foot(?:er)?|nav(?:i|bar|igation)?|[gls]nb|menu|ads?|advert\w*|banners?|cookies?|consent|pop-?up"
    r"|pagination|paging|prev(?:ious)?|bottom|copyrights?|promos?|newsletter|subscribe|widgets?|skip)(?![a-z])",
    re.IGNORECASE,
)
_RIGHTS: Final = re.compile(
    r"©|\(c\) ?\d{4}|copyright|all rights reserved"
    r"|無断転載|無断複製|무단 ?전재|저작권자|版权所有|版權所有|ICP备|公网安备|未经授权",
    re.IGNORECASE,
)
_RIGHTS_COLUMNS: Final = 300
# The posts before and after: 이전글 이전글이 없습니다.
_STEPS: Final = re.compile(
    r"\W{0,4}(?:이전 ?글|다음 ?글|[上下]一[篇条條则則]|[前次]の記事|(?:previous|next) (?:article|post|story))",
    re.IGNORECASE,
)
_STEPS_COLUMNS: Final = 120
_OTHER_CELLS: Final = 60
_NAME_CHARACTERS: Final = 300
_ROLES_ASIDE: Final = frozenset(["navigation", "contentinfo", "complementary", "dialog", "alertdialog", "search"])
_SPACES: Final = re.compile(r"[ \t\r\n\f\v\xa0\u3000\u200b\ufeff]+")
_NARROW: Final = re.compile("[\x00-\u10ff]+")
_UNHEARD: Final = re.compile(r"[\W_]+")
_LONG_CELL: Final = 200


@dataclass(slots=True)
class Block:
    """A line of text. `linked` counts its characters inside links."""

    text: str
    linked: int
    tag: str
    """The nearest element around it that is no inline one."""
    aside: bool
    """Whether it stands in an element for navigation, footers and the like."""
    box: int
    """Which element holds it beside others: lines of one list entry, cell or `div` have the same."""
    said: str = field(init=False, repr=False)
    """The text as `heard`."""
    columns: int = field(init=False, repr=False)
    """The text's `width`."""

    def __post_init__(self) -> None:
        self.said = heard(self.text)
        self.columns = width(self.text)

    @property
    def heading(self) -> bool:
        return self.tag in _HEADINGS

    @property
    def link(self) -> bool:
        """Whether it is a link and little else; the row of an index has cells for number and day beside it."""
        beside = len(self.text) - self.linked
        return self.linked > beside or (self.tag == "tr" and self.linked >= GRAM and beside <= _OTHER_CELLS)

    @property
    def rights(self) -> bool:
        """Whether it says whose rights are reserved."""
        return self.columns <= _RIGHTS_COLUMNS and bool(_RIGHTS.search(self.text))

    @property
    def step(self) -> bool:
        """Whether it leads to the release before or after."""
        return self.columns <= _STEPS_COLUMNS and bool(_STEPS.match(self.text))


def width(text: str) -> int:
    """In columns, roughly: characters beyond Latin, Greek and Cyrillic have two."""
    return len(text) + (0 if text.isascii() else len(_NARROW.sub("", text)))


def heard(text: str) -> str:
    """`text` without what extractors change: spaces, punctuation, and how characters are composed."""
    return _UNHEARD.sub("", text if text.isascii() else unicodedata.normalize("NFC", text))


def grams(said: str) -> set[str]:
    """All runs of GRAM characters of a text that passed `heard`; the text itself if it is shorter."""
    if len(said) <= GRAM:
        return {said} if said else set()
    return {said[place : place + GRAM] for place in range(len(said) - GRAM + 1)}


def blocks(tree: Any, within: Any = None) -> list[Block]:
    """The lines of `tree`, or of the element `within` it. A row of cells with a line each is one line, with tabs."""
    walk = _Walk()
    walk.read(tree if within is None else within)
    walk.release()
    return walk.found


class _Walk:
    def __init__(self) -> None:
        self.found: list[Block] = []
        self._words: list[str] = []
        self._linked = 0
        self._links = 0
        self._asides: list[tuple[Any, int]] = []
        self._asides_seen = 0
        self._regions: list[int] = []
        """Of each line found, the number of the innermost aside around it; below 0 if only its name says so; or 0."""
        self._places: list[str] = ["body"]
        self._boxes: list[int] = [0]
        self._boxes_seen = 0
        self._rows: list[list[int]] = []
        """Of each open row, where in `found` its cells begin."""

    def read(self, root: Any) -> None:
        import lxml.etree  # type: ignore[import-untyped]

        walk = lxml.etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            tag = element.tag
            if not isinstance(tag, str):
                self._say(element.tail)
            elif event == "start":
                if tag in _SILENT or tag in _UNSAID:
                    walk.skip_subtree()
                else:
                    self._enter(element, tag)
            else:
                if not (tag in _SILENT or tag in _UNSAID):
                    self._leave(element, tag)
                elif tag in _SILENT:
                    self._say(" ")
                if element is not root:
                    self._say(element.tail)
        self._end_line()

    def _say(self, text: str | None) -> None:
        if text:
            self._words.append(text)
            if self._links:
                self._linked += len(text.strip())

    def _enter(self, element: Any, tag: str) -> None:
        if tag not in _INLINE:
            self._end_line()
            self._places.append(tag)
            if tag not in _LINES:
                self._boxes_seen += 1
                self._boxes.append(self._boxes_seen)
            if tag == "tr":
                self._rows.append([])
            elif tag in ("td", "th") and self._rows:
                self._rows[-1].append(len(self.found))
        if tag == "a" and element.get("href") is not None:
            self._links += 1
        made = _is_made_aside(element, tag)
        if made or _is_named_aside(element, tag):
            self._asides_seen += 1
            self._asides.append((element, self._asides_seen if made else -self._asides_seen))
        self._say(element.text)

    def _leave(self, element: Any, tag: str) -> None:
        if tag not in _INLINE:
            self._end_line()
            self._places.pop()
            if tag not in _LINES:
                self._boxes.pop()
            if tag == "tr" and self._rows:
                self._join_cells(self._rows.pop())
        if tag == "a" and element.get("href") is not None:
            self._links -= 1
        if self._asides and self._asides[-1][0] is element:
            self._asides.pop()

    def _end_line(self) -> None:
        text = _SPACES.sub(" ", "".join(self._words)).strip()
        if text:
            linked = min(self._linked, len(text))
            self.found.append(Block(text, linked, self._places[-1], bool(self._asides), self._boxes[-1]))
            self._regions.append(self._asides[-1][1] if self._asides else 0)
        self._words, self._linked = [], 0

    def _join_cells(self, begins: list[int]) -> None:
        """Make a row of data one line. A row that lays out a page has cells of several lines, or links beside text."""
        cells = list(_slices(self.found, begins))
        if len(cells) < 2 or any(len(cell) > 1 for cell in cells):
            return
        lines = [cell[0] for cell in cells]
        links = [2 * line.linked > len(line.text) for line in lines]
        if any(links) and not all(links) and max(len(line.text) for line in lines) > _LONG_CELL:
            return
        joined = "\t".join(line.text for line in lines)
        del self._regions[begins[0] + 1 :]
        self.found[begins[0] :] = [
            Block(joined, sum(line.linked for line in lines), "tr", lines[0].aside, lines[0].box)
        ]

    def release(self) -> None:
        """What holds most of a page's words is no aside, whatever its name."""
        sizes = Counter[int]()
        for block, region in zip(self.found, self._regions, strict=True):
            sizes[region] += len(block.text) - block.linked
        for block, region in zip(self.found, self._regions, strict=True):
            block.aside = region > 0 or (region < 0 and 2 * sizes[region] <= sizes.total())


def _slices(found: list[Block], begins: list[int]) -> Iterator[list[Block]]:
    """The blocks of each cell that holds any; a row may be without cells."""
    for begin, end in zip(begins, [*begins[1:], len(found)], strict=False):
        if end > begin:
            yield found[begin:end]


def is_aside(element: Any, tag: str) -> bool:
    """Whether an element is made for navigation, footers, comments and the like, or is named as if it were."""
    return _is_made_aside(element, tag) or _is_named_aside(element, tag)


def _is_made_aside(element: Any, tag: str) -> bool:
    return tag in _ASIDE or element.get("role") in _ROLES_ASIDE


def _is_named_aside(element: Any, tag: str) -> bool:
    if tag in _WHOLE or tag in _INLINE or tag in _LINES:
        return False
    name = f"{element.get('class') or ''} {element.get('id') or ''}"[:_NAME_CHARACTERS]
    # What holds the headline is no aside, whatever it is called.
    return name != " " and bool(_NAMED_ASIDE.search(name)) and element.find(".//h1") is None
