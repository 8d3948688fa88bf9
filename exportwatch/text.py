"""The only normaliser and tokeniser: classifier, index, query and matcher all call it, so they cannot disagree.

Folding is NFKC, case folded, accents folded. A token is one Han, Kana or Hangul character, or one run of letters,
marks and digits of any other script, cut every 200 characters; dotted acronyms are joined (U.S. is `us`).

    fold(text)     Folded: folded text and, for each of its characters, where it came from in the original
    tokens(text)   the tokens with offsets into the original
    spans(text, …) where some of the tokens are, by their numbers
    joined(text)   the tokens between spaces, as both engines index them (the fast path)
"""

from __future__ import annotations

import functools
import itertools
import re
import threading
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

TOKEN_CHARACTERS: Final = 200
BLOCK_CHARACTERS: Final = 150
_CUT: Final = re.compile(r"[\s、。，；]")

# Scripts without spaces between words (Hangul has spaces, but particles cling to its words). U+30FB, the middle dot
# between katakana words, is punctuation and left out; U+30FC, the long-vowel mark, belongs to its word.
CJK: Final = (
    "々-〇〡-〩〸-〻"
    "㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"
    "ぁ-ゖゝ-ゟァ-ヺー-ヿㇰ-ㇿ\U0001aff0-\U0001b16f"
    "가-힣ᄀ-ᆝᆟ-ᇿㄱ-ㆌㆎꥠ-꥿ힰ-퟿"
)


def _ranges(codes: Sequence[int]) -> str:
    """A regular-expression class body of these ascending code points."""
    parts: list[str] = []
    start = previous = codes[0]
    for code in [*codes[1:], -1]:
        if code == previous + 1:
            previous = code
            continue
        parts.append(f"{re.escape(chr(start))}-{re.escape(chr(previous))}")
        start = previous = code
    return "".join(parts)


# All of Unicode's marks lie in these two stretches; asking the whole code space would cost every start 0.15 s.
_MARKS: Final = _ranges(
    [c for c in (*range(0x300, 0x1F000), *range(0xE0100, 0xE01F0)) if unicodedata.category(chr(c))[0] == "M"]
)
# Invisible and without meaning: soft hyphen, zero-width spaces and joiners, bidi controls, variation selectors.
_IGNORED: Final = "\u00ad\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef"
# What may fuse with the character before it under NFKC: marks, jamo in all their forms, half-width voicing marks.
_JOINING: Final = _MARKS + _IGNORED + "ᅠ-ᆝᆟ-ᇿힰ-퟿ㄱ-ㆌㆎﾞ-ﾟﾠ-ￜ"
_JOINING_CHARACTER: Final = re.compile(f"[{_JOINING}]")
_DROPPED: Final = re.compile(f"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f{_IGNORED}]")

_OTHER: Final = rf"[^\W_{CJK}]"
_LETTER: Final = rf"[^\W\d_{CJK}]"


def _pattern(letter: str, word: str, cjk: str, acronyms: bool) -> re.Pattern[str]:
    acronym = rf"(?<!\w){letter}\.(?:{letter}\.){{1,20}}(?:{letter}(?!\w))?|" if acronyms else ""
    return re.compile(rf"{acronym}{cjk}{word}{{1,{TOKEN_CHARACTERS}}}")


_ACRONYM: Final = re.compile(rf"\.{_LETTER}\.")
# A pattern that tries less is faster by a half: most texts hold no acronym and no marks, many are ASCII.
_ASCII: Final = tuple(_pattern("[a-z]", "[a-z0-9]", "", acronyms) for acronyms in (False, True))
_PLAIN: Final = tuple(_pattern(_LETTER, _OTHER, f"[{CJK}]|", acronyms) for acronyms in (False, True))
_MARKED: Final = _pattern(_LETTER, rf"(?:{_OTHER}|[{_MARKS}])", f"[{CJK}]|", True)


class Token(NamedTuple):
    """`original[start:end]` is what was folded into `text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text with the way back. `starts` and `ends` are None where every character kept its place."""

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that became `text[start:end]` (not empty)."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def _fold_once(segment: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", segment).casefold())
    if folded.isascii():
        return folded
    bare = _DROPPED.sub("", unicodedata.normalize("NFD", folded))
    # Korean typesets its middle dot with a vowel of old Hangul.
    return unicodedata.normalize("NFKC", bare).replace("\u119e", "·")


@functools.lru_cache(maxsize=1 << 16)
def _fold_segment(segment: str) -> str:
    once = _fold_once(segment)
    return once if once.isascii() else _fold_once(once)


class _Table(dict[int, str]):
    """For str.translate, filled as characters are met; notes in `irregular` those that do not become just one."""

    def __init__(self) -> None:
        super().__init__()
        self.irregular: set[str] = set()

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = _fold_segment(character)
        if len(folded) == 1 and not _JOINING_CHARACTER.match(character):
            self[code] = folded
        else:
            self.irregular.add(character)  # and not kept: it must be noted again for the next text
        return folded


class _Tables(threading.local):
    """One table a thread, since it carries a note from translation to its caller."""

    def __init__(self) -> None:
        self.table = _Table()


_tables: Final = _Tables()


def fold(text: str) -> Folded:
    """NFKC, case folded, accents folded, with offsets; idempotent. Cost is linear in the length of the text."""
    if text.isascii():
        return Folded(text.lower())
    table = _tables.table
    table.irregular.clear()
    folded = text.translate(table)
    if not table.irregular:
        return Folded(folded)
    return _fold_irregular(text, table, "".join(sorted(table.irregular)))


@functools.lru_cache(maxsize=256)
def _irregular(characters: str) -> re.Pattern[str]:
    """Stretches that cannot be folded character by character, in a text whose irregular characters are these."""
    return re.compile(f"(?s:.)[{_JOINING}]+|[{re.escape(characters)}]")


def _fold_irregular(text: str, table: _Table, characters: str) -> Folded:
    parts: list[str] = []
    starts, ends = array("q"), array("q")
    done = 0
    for match in _irregular(characters).finditer(text):
        start, end = match.span()
        parts.append(text[done:start].translate(table))
        starts.extend(range(done, start))
        ends.extend(range(done + 1, start + 1))
        segment = match[0]
        folded = _fold_segment(segment) if len(segment) <= 32 else _fold_once(_fold_once(segment))
        parts.append(folded)
        starts.extend([start] * len(folded))
        ends.extend([end] * len(folded))
        done = end
    parts.append(text[done:].translate(table))
    starts.extend(range(done, len(text)))
    ends.extend(range(done + 1, len(text) + 1))
    return Folded("".join(parts), starts, ends)


def _tokens_of(folded: Folded) -> re.Pattern[str]:
    """The cheapest pattern that finds every token of a folded text."""
    if folded.starts is not None:
        return _MARKED
    patterns = _ASCII if folded.text.isascii() else _PLAIN
    return patterns[_ACRONYM.search(folded.text) is not None]


def tokens(text: str) -> list[Token]:
    """Tokens of the text, with offsets into it as given."""
    folded = fold(text)
    found = []
    for match in _tokens_of(folded).finditer(folded.text):
        start, end = folded.origin(match.start(), match.end())
        found.append(Token(match[0].replace(".", ""), start, end))
    return found


def spans(text: str, numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Start and end of the tokens of these numbers, which ascend. Others are only counted, at a tenth of the cost."""
    folded = fold(text)
    pattern, counted, found = _tokens_of(folded), 0, list[tuple[int, int]]()
    for start, end in _blocks(folded.text):
        if len(found) == len(numbers):
            break
        after = counted + len(pattern.findall(folded.text, start, end))
        if numbers[len(found)] < after:
            here = [match.span() for match in pattern.finditer(folded.text, start, end)]
            found += [here[number - counted] for number in itertools.takewhile(after.__gt__, numbers[len(found) :])]
        counted = after
    return found if folded.starts is None else [folded.origin(start, end) for start, end in found]


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """The text in pieces that end behind white space or a mark of punctuation, where no token goes on."""
    start = 0
    while start < len(text):
        cut = _CUT.search(text, start + BLOCK_CHARACTERS)
        end = cut.end() if cut else len(text)
        yield start, end
        start = end


def joined(text: str) -> str:
    """The token texts of `tokens(text)` between single spaces."""
    # No token but a dotted acronym holds a full stop.
    folded = fold(text)
    return " ".join(_tokens_of(folded).findall(folded.text)).replace(".", "")
