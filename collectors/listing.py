"""Where on a page its releases stand, told by their shape: rows that repeat, each with a link, and mostly with a date.

What is proposed is a `ListRule` for a person to look at: selectors that find these rows, and nothing else of the page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from collectors import dates, urls

FEWEST: Final = 3
MOST: Final = 3
"""Proposals of one page."""
_MOST_GROUPS: Final = 400
_LOOKED_AT: Final = 30
"""Rows of a group that are looked at."""
_ROWS: Final = frozenset({"li", "tr", "dd", "dt", "article", "div", "section", "p"})
_BESIDE: Final = frozenset({"nav", "header", "footer", "aside", "menu"})
_NAVIGATION: Final = re.compile(
    r"(?:^|[-_ ])(?:nav|gnb|lnb|menu|breadcrumb|footer|header|pager|paging|pagination|sns|share|tab)", re.I
)
_NAME: Final = re.compile(r"[A-Za-z_][\w-]{0,60}")
_CHANGING: Final = re.compile(
    r"\d{3,}|(?:^|[-_])(?:active|current|on|first|last|odd|even|new|selected|even\d|odd\d)$", re.I
)
_MORE: Final = re.compile(r"more|read|next|詳細|続き|もっと|더\s?보기|자세히|更多|详细|詳情", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A proposal: selectors as in `ListRule`, how many rows they find, and how many of those have a date."""

    row: str
    link: str = "a[href]"
    date: str = ""
    rows: int = 0
    dated: int = 0
    score: float = 0.0


def proposals(tree: BeautifulSoup, base: str) -> list[Listing]:
    """The likeliest first; none where nothing on the page repeats like that."""
    found: dict[str, Listing] = {}
    groups = sorted(_groups(tree).items(), key=lambda pair: -len(pair[1]))
    for css, rows in groups[:_MOST_GROUPS]:
        proposed = _proposal(tree, css, rows, base)
        if proposed is not None:
            found.setdefault(proposed.row, proposed)
    return sorted(found.values(), key=lambda each: -each.score)[:MOST]


def _groups(tree: BeautifulSoup) -> dict[str, list[Tag]]:
    """Elements that hold a link, by the selector that finds all of their like."""
    found: dict[str, list[Tag]] = {}
    for link in tree.find_all("a", href=True, limit=5_000):
        for element in link.parents:
            if element.name in ("body", "html", "[document]") or len(found) > 5_000:
                break
            if element.name in _ROWS:
                rows = found.setdefault(_css(element), [])
                if not rows or rows[-1] is not element:
                    rows.append(element)
    return {css: rows for css, rows in found.items() if len(rows) >= FEWEST}


def _css(row: Tag) -> str:
    """A selector of the row within what holds it: `#news > li`, `table.board tr`, `div.list > div.item`."""
    own, parent = _shared(row), row.parent
    if parent is None or parent.name in ("body", "html", "[document]"):
        return own if "." in own else f"body > {own}"
    if row.name == "tr":
        table = row.find_parent("table")
        return f"{_holder(table)} tr" if isinstance(table, Tag) else own
    if row.name in ("dd", "dt"):
        holder = row.find_parent("dl")
        return f"{_holder(holder)} {own}" if isinstance(holder, Tag) else own
    return f"{_holder(parent)} > {own}"


def _shared(row: Tag) -> str:
    """Tag, and those of its classes that the next of its kind has too."""
    own = _own(row)
    neighbour = row.find_next_sibling(row.name) or row.find_previous_sibling(row.name)
    if "." not in own or not isinstance(neighbour, Tag):
        return own
    theirs = _classes(neighbour)
    return row.name + "".join(f".{each}" for each in own.split(".")[1:] if each in theirs)


def _holder(element: Tag) -> str:
    """By its id or class, else with the nearest element around it that has one."""
    own = _own(element, known=True)
    if own != element.name:
        return own
    for around in element.parents:
        if around.name in ("body", "html", "[document]"):
            break
        named = _own(around, known=True)
        if named != around.name:
            return f"{named} {own}"
    return own


def _own(element: Tag, *, known: bool = False) -> str:
    """Tag, with its id where `known`, and those of its classes that are not of one row alone."""
    name = element.get("id")
    if known and isinstance(name, str) and _NAME.fullmatch(name) and not _CHANGING.search(name):
        return f"#{name}"
    kept = [each for each in _classes(element) if _NAME.fullmatch(each) and not _CHANGING.search(each)]
    return element.name + "".join(f".{each}" for each in kept[:2])


def _classes(element: Tag) -> list[str]:
    classes = element.get("class")
    return classes.split() if isinstance(classes, str) else list(classes or ())


def _proposal(tree: BeautifulSoup, css: str, rows: Sequence[Tag], base: str) -> Listing | None:
    looked_at = rows[:_LOOKED_AT]
    links = [_best(row) for row in looked_at]
    texts = [" ".join(link.get_text(" ").split()) for link in links if link is not None]
    targets = {urls.canonical(str(link.get("href")), base) for link in links if link is not None}
    targets = {each for each in targets if each and urlsplit(each).path not in ("", "/")}
    if len(targets) < max(FEWEST, len(looked_at) // 2) or len(set(texts)) < len(texts) * 0.6:
        return None
    wide = sum(_columns(text) for text in texts) / max(1, len(texts))
    many_links = sum(len(row.find_all("a", href=True, limit=9)) for row in looked_at) / len(looked_at)
    date, dated = _date(looked_at, css)
    share = dated / len(looked_at)
    score = (
        40 * share + min(wide, 60) / 2 + min(len(rows), 20) / 2 - 6 * max(0.0, many_links - 2) - 30 * _beside(rows[0])
    )
    if (share < 0.5 and (wide < 24 or _beside(rows[0]))) or many_links > 6:
        return None
    number = len(tree.select(css, limit=500))
    css = f"{css}:has(a[href])" if number > len(rows) else css
    return Listing(
        row=css,
        link=_link(looked_at, links),
        date=date,
        rows=len(rows),
        dated=round(share * len(rows)),
        score=score,
    )


def _best(row: Tag) -> Tag | None:
    """The link with the longest words, but for one that only says more."""
    links = [link for link in row.find_all("a", href=True, limit=9) if isinstance(link, Tag)]
    return max(
        links, key=lambda link: (not _MORE.fullmatch(link.get_text().strip()), len(link.get_text())), default=None
    )


def _link(rows: Sequence[Tag], links: Sequence[Tag | None]) -> str:
    """`a[href]` where the first link of a row is the one; else what tells it from the others."""
    pairs = [(row, link) for row, link in zip(rows, links, strict=True) if link is not None]
    if sum(row.find("a", href=True) is link for row, link in pairs) * 2 > len(pairs):
        return "a[href]"
    around = Counter(
        f"{_own(link)}[href]" if "." in _own(link) else f"{_own(link.parent)} a[href]"
        for _, link in pairs
        if isinstance(link.parent, Tag)
    )
    return around.most_common(1)[0][0] if around else "a[href]"


def _date(rows: Sequence[Tag], css: str) -> tuple[str, int]:
    """The selector of the element that holds a row's date, and how many rows have one."""
    inside: Counter[str] = Counter()
    heading = 0
    for row in rows:
        place = next((each for each in _leaves(row) if dates.find(_text(each))[0]), None)
        if place is not None:
            inside[_within(place, row)] += 1
        elif row.name == "dd" and isinstance(before := row.find_previous_sibling("dt"), Tag):
            heading += bool(dates.find(_text(before))[0])
    if heading > sum(inside.values()):
        return f"{css.rpartition(' ')[0]} dt", heading
    if not inside:
        return "", 0
    best = inside.most_common(1)[0][0]
    return best, sum(inside.values())


def _leaves(row: Tag) -> list[Tag]:
    """Elements of the row that may hold its date alone, the innermost first."""
    found = [each for each in row.find_all(True, limit=200) if isinstance(each, Tag) and each.name != "a"]
    short = [each for each in found if len(_text(each)) <= 60 or each.get("datetime")]
    return sorted(short, key=lambda each: len(_text(each)))


def _text(element: Tag) -> str:
    value = element.get("datetime")
    return value if isinstance(value, str) and value else " ".join(element.get_text(" ").split())[:200]


def _within(element: Tag, row: Tag) -> str:
    own = _own(element)
    if "." in own or element.name in ("time", "em", "i", "small"):
        return own
    if element.name in ("td", "th"):
        before = [each for each in element.find_previous_siblings() if each.name == element.name]
        return f"{element.name}:nth-of-type({len(before) + 1})"
    alike = row.find_all(element.name, limit=9)
    if len(alike) > 1 and element.parent is row:
        before = [each for each in element.find_previous_siblings() if each.name == element.name]
        return f"{element.name}:nth-of-type({len(before) + 1})"
    return own


def _beside(row: Tag) -> bool:
    """Whether it stands in what is around the content of a page."""
    for element in row.parents:
        if element.name in _BESIDE:
            return True
        names = f"{element.get('id') or ''} {' '.join(_classes(element))}"
        if element.name not in ("body", "html") and _NAVIGATION.search(names):
            return True
    return False


def _columns(text: str) -> int:
    """East Asian characters count double."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)
