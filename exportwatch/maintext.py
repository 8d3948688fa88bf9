"""The main text of a page: what several extractors, each right on other pages, agree on line by line.

trafilatura, its sibling that favours precision, resiliparse, readability, and a reading of our own (`_by_density`) each
say which lines of the page are its text. Where they differ, a line is kept that most of them keep. Deterministic, and
explainable: each line has its votes.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from exportwatch import linkeddata
from exportwatch.blocks import GRAM, Block, grams, heard, width
from exportwatch.blocks import blocks as blocks_of
from exportwatch.errors import BadRecord

AGREED: Final = 0.95
"""Texts that share this much are the same."""
ENOUGH: Final = 3
"""So many opinions that are the same as trafilatura's, its own among them, settle a page."""
HELD: Final = 0.75
"""A line is in a text that has this share of its grams."""
COMPARED_CHARACTERS: Final = 300_000
"""The grams of longer texts would need too much memory; such a page is no short notice, and trafilatura is right."""
NEXT: Final = 400
"""A block is looked for within this distance from the end of the one before it."""
SEARCHED: Final = 20_000
"""Texts up to this length are searched; the grams of longer ones are gathered."""
TEASER: Final = 400
"""A box that begins with a link and is not wider than this announces another page."""
NOISY: Final = 0.25
"""What holds this share of links and teasers is a page, not its main text."""
LITTLE: Final = 0.2
"""What finds less than this share of what is usual has missed the main text."""
HEAD_LINES: Final = 6
"""So many lines at the begin may be headline, day and office; where more would be, they are the text."""
LABEL_COLUMNS: Final = 120
PROSE: Final = 40
"""A line at least this wide (East Asian characters count double) may be prose without any end of a sentence."""

_LABEL: Final = re.compile(
    r"^\W*(?:published|posted|updated|last (?:updated|modified)|date|release date|by|source"
    r"|掲載日|公開日|公表日|更新日|発表日|最終更新日?|掲載"
    r"|등록일|작성일|게시일|배포일|수정일|입력|등록|조회수?|담당부서|작성자|发布时间|发布日期|公布日期|发文日期|成文日期|日期|时间|来源"
    r"|發布日期|發佈日期|公布日期|公告日期|張貼日期|更新日期|資料來源|來源|發布單位)\s*[:：/|\t ]"
    r"|^\W*(?:掲載日|更新日|등록일|작성일|게시일|发布时间|發布日期)\W*\d",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r"[。．！？；：，、,;:!?]|\.(?=\s|$)|다\.")
_ENDS: Final = re.compile(r"[。．！？!?.][\"'”’」』）)\]]*$")


@dataclass(slots=True)
class Opinion:
    """What one extractor takes for the main text: for each block of the page, whether it is in it."""

    name: str
    keeps: list[bool]


def find(html: str, tree: Any, blocks: Sequence[Block], heading: str) -> str:
    """The main text of a page whose `tree` and `blocks` are given; empty where nothing is found."""
    if sum(len(block.text) for block in blocks) > COMPARED_CHARACTERS:
        return _carefully(tree, precise=False)
    texts = {"trafilatura": _carefully(tree, precise=False), "resiliparse": quick(html)}
    more = {"readability": lambda: readably(tree), "precise": lambda: _carefully(tree, precise=True)}
    body = max((linkeddata.said(thing, "articleBody") for thing in linkeddata.articles(tree)), key=len, default="")
    return choose(blocks, texts, more, body, heading) or texts["trafilatura"]


def choose(
    blocks: Sequence[Block], texts: dict[str, str], more: dict[str, Callable[[], str]], body: str, heading: str
) -> str:
    """The lines that most opinions hold. `texts` are what extractors found, trafilatura's first.

    Those in `more` are asked one after the other, while the others do not agree. `body` is what the page's data gives
    as the article's text: it speaks for lines with the weight of two, and against none, since it is often cut.
    """
    said = [block.said for block in blocks]
    weights = [len(words) for words in said]
    noise = _noise(blocks)
    opinions = [Opinion(name, _kept(said, text)) for name, text in texts.items()]
    opinions.append(Opinion("density", by_density(blocks, noise, heading)))
    sound = _sound(opinions, noise, weights)
    for name, ask in more.items():
        if sum(_alike(opinions[0].keeps, other.keeps, weights) >= AGREED for other in sound) >= ENOUGH:
            break
        opinions.append(Opinion(name, _kept(said, ask())))
        sound = _sound(opinions, noise, weights)
    votes = [sum(opinion.keeps[number] for opinion in sound) for number in range(len(blocks))]
    if body:
        votes = [vote + 2 * kept for vote, kept in zip(votes, _kept(said, body), strict=True)]
    half = len(sound) / 2
    kept = [
        vote > half + idle or (vote == half + idle and sound[0].keeps[number])
        for number, (vote, idle) in enumerate(zip(votes, noise, strict=True))
    ]
    lines = [block.text for block, keep in zip(blocks, kept, strict=True) if keep]
    return "\n".join(lines[_head(lines, heading) :])


def quick(html: str) -> str:
    """resiliparse's main text."""
    return _resiliparse(html, main=True)


def everything(html: str) -> str:
    """All words of a page."""
    return _resiliparse(html, main=False)


def within(html: str, selector: str) -> str:
    """The text of the first element that a CSS selector finds; empty where it finds none. Raises BadRecord."""
    import bs4
    import lxml.html  # type: ignore[import-untyped]
    import soupsieve

    soup = bs4.BeautifulSoup(html, "lxml")
    try:
        element = soup.select_one(selector)
    except (soupsieve.SelectorSyntaxError, ValueError, NotImplementedError) as error:
        raise BadRecord(f"no CSS selector: {selector[:100]!r} ({error})") from error
    if element is None:
        return ""
    return "\n".join(block.text for block in blocks_of(lxml.html.fromstring(f"<div>{element}</div>")))


def _carefully(tree: Any, *, precise: bool) -> str:
    from trafilatura import extract

    return _or_empty(lambda: extract(tree, include_comments=False, favor_precision=precise))


def readably(tree: Any) -> str:
    """The main text of the readability that trafilatura carries, which needs a tenth of trafilatura's time."""
    import lxml.html
    from trafilatura.readability_lxml import Document

    def read() -> str:
        summary = lxml.html.fromstring(Document(copy.deepcopy(tree)).summary())
        return "\n".join(block.text for block in blocks_of(summary))

    return _or_empty(read)


def _or_empty(read: Callable[[], str | None]) -> str:
    """What a library says; nothing where it fails: pages break it in ways nobody can list."""
    try:
        return read() or ""
    except MemoryError:
        raise
    except Exception:
        return ""


def _resiliparse(html: str, *, main: bool) -> str:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLParserException

    try:
        return extract_plain_text(html, main_content=main, alt_texts=False, comments=False).strip()
    except (HTMLParserException, TypeError) as error:
        # Both are how it says that it found no memory.
        raise BadRecord(f"page not read: too large for the memory that its parser may use ({error})") from error


def _head(lines: Sequence[str], heading: str) -> int:
    """How many lines at the begin are the headline, or say only when and where the page was published."""
    title = heard(heading)
    for number, line in enumerate(lines[:HEAD_LINES]):
        if heard(line) != title and not (_LABEL.search(line) and width(line) <= LABEL_COLUMNS):
            return number
    return 0


def _noise(blocks: Sequence[Block]) -> list[bool]:
    """Which lines are links, teasers, or stand in a part of the page that is made for such."""
    noise = [block.aside or block.link or block.rights or block.step for block in blocks]
    begin = 0
    for number in range(1, len(blocks) + 1):
        if number == len(blocks) or blocks[number].box != blocks[begin].box:
            if blocks[begin].link and number - begin > 1:
                size = sum(block.columns for block in blocks[begin:number])
                if size <= TEASER:
                    noise[begin:number] = [True] * (number - begin)
            begin = number
    return noise


def _sound(opinions: Sequence[Opinion], noise: Sequence[bool], weights: Sequence[int]) -> list[Opinion]:
    """Those that found something, not mostly noise, and not much less than the others did; all, if none is sound."""
    sizes = []
    for opinion in opinions:
        whole = sum(weight for keep, weight in zip(opinion.keeps, weights, strict=True) if keep)
        idle = sum(weight for keep, weight, idle in zip(opinion.keeps, weights, noise, strict=True) if keep and idle)
        sizes.append((whole - idle) if whole and idle < NOISY * whole else 0)
    usual = sorted(sizes)[len(sizes) // 2]
    sound = [opinion for opinion, size in zip(opinions, sizes, strict=True) if size and size >= LITTLE * usual]
    return sound or list(opinions)


def _kept(said: Sequence[str], text: str) -> list[bool]:
    """Whether `text` holds each block: by its grams, and for a short one also by its neighbours."""
    words = _Words(text)
    left = {
        block: words.said.count(block) for block, times in Counter(said).items() if times > 1 and len(block) >= GRAM
    }
    kept: list[bool] = []
    for block in said:
        kept.append(words.hold(block) and left.get(block, 1) > 0)
        if block in left:
            left[block] -= 1
    for number, block in enumerate(said):
        near = kept[max(0, number - 2) : number] + kept[number + 1 : number + 3]
        if kept[number] and len(block) < GRAM and not any(near):
            kept[number] = False
    return kept


class _Words:
    """A text in which blocks are looked for in their order."""

    def __init__(self, text: str) -> None:
        self.said = heard(text)
        self._lines = {heard(line) for line in text.splitlines()}
        self._place = 0

    @cached_property
    def _grams(self) -> set[str]:
        return grams(self.said)

    def hold(self, block: str) -> bool:
        if len(block) < GRAM:
            return block in self._lines
        # Most are where the last one ended, or nowhere; only what is changed or moved has to be taken to pieces.
        found = self.said.find(block, self._place, self._place + len(block) + NEXT)
        if found >= 0:
            self._place = found + len(block)
            return True
        middle = (len(block) - GRAM) // 2
        if not any(self._has(block[place : place + GRAM]) for place in (0, middle, len(block) - GRAM)):
            return False
        pieces = grams(block)
        return len(pieces & self._grams) >= HELD * len(pieces)

    def _has(self, gram: str) -> bool:
        return gram in (self.said if len(self.said) <= SEARCHED else self._grams)


def _alike(first: Sequence[bool], second: Sequence[bool], weights: Sequence[int]) -> float:
    """The share (Dice) of what both keep, by characters."""
    both = sum(weight for one, other, weight in zip(first, second, weights, strict=True) if one and other)
    each = sum(weight * (one + other) for one, other, weight in zip(first, second, weights, strict=True))
    return 2 * both / each if each else 1.0


def by_density(blocks: Sequence[Block], noise: Sequence[bool], heading: str) -> list[bool]:
    """The run of lines with most prose: the one whose sum of gains (prose) and costs (all else) is greatest."""
    gains = [_gain(block, idle) for block, idle in zip(blocks, noise, strict=True)]
    begin = _after_heading(blocks, heading)
    best, where = 0.0, (0, 0)
    sum_, start = 0.0, begin
    for number in range(begin, len(blocks)):
        if sum_ <= 0:
            sum_, start = 0.0, number
        sum_ += gains[number]
        if sum_ > best:
            best, where = sum_, (start, number + 1)
    return [where[0] <= number < where[1] and not idle for number, idle in enumerate(noise)]


def _gain(block: Block, idle: bool) -> float:
    columns = block.columns
    unlinked = columns * (1 - block.linked / max(1, len(block.text)))
    if idle:
        return -20.0 - columns / 2
    if _SENTENCE.search(block.text) and (columns >= PROSE or _ENDS.search(block.text)):
        return unlinked
    if columns >= 2 * PROSE:
        return unlinked
    return -8.0 if block.heading or block.tag == "tr" else -15.0


def _after_heading(blocks: Sequence[Block], heading: str) -> int:
    said = heard(heading)
    if len(said) < 4:
        return 0
    places = [
        number for number, block in enumerate(blocks) if block.said == said and 2 * block.linked <= len(block.text)
    ]
    headed = [number for number in places if blocks[number].heading]
    return (headed or places or [-1])[0] + 1
