"""The only normaliser and tokeniser: classifier, index, query and matcher all call it, so they cannot disagree.

Folding is NFKC, case folded, accents folded. A token is one Han, Kana or Hangul character, or one run of letters,
marks and digits of any other script, cut every 200 characters; dotted acronyms are joined (U.S. is `us`).

    fold(text)     Folded: folded text and, for each of its characters, where it came from in the original
    tokens(text)   the tokens with offsets into the original
    joined(text)   the tokens between spaces, as both engines index them (the fast path)
"""

from __future__ import annotations

import functools
import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

TOKEN_CHARACTERS: Final = 200

# Scripts without spaces between words (Hangul has spaces, but particles cling to its words). U+30FB, the middle dot
# between katakana words, is punctuation and left out; U+30FC, the long-vowel mark, belongs to its word.
CJK: Final = (
    "々-〇〡-〩〸-〻"
    "㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"
    "ぁ-ゖゝ-ゟァ-ヺー-ヿㇰ-ㇿ\U0001aff0-\U0001b16f"
    "가-힣ᄀ-ᇿㄱ-ㆎꥠ-꥿ힰ-퟿"
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
# What may fuse with the character before it under NFKC: marks, jamo in all their forms, half-width voicing marks.
_JOINING: Final = _MARKS + "ᅠ-ᇿힰ-퟿ㄱ-ㆎﾞ-ﾟﾠ-ￜ"
_SEGMENT: Final = re.compile(f"(?s:.)[{_JOINING}]*")
_JOINING_ANY: Final = re.compile(f"[{_JOINING}]")
_ACCENT: Final = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")

_LETTER: Final = rf"[^\W\d_{CJK}]"
_WORD: Final = rf"(?:[^\W_{CJK}]|[{_MARKS}])"
_TOKEN: Final = re.compile(
    rf"[{CJK}]"
    rf"|(?<!\w){_LETTER}\.(?:{_LETTER}\.){{1,20}}(?:{_LETTER}(?!\w))?"
    rf"|{_WORD}{{1,{TOKEN_CHARACTERS}}}"
)


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
    bare = _ACCENT.sub("", unicodedata.normalize("NFD", folded))
    return unicodedata.normalize("NFKC", bare)


@functools.lru_cache(maxsize=1 << 16)
def _fold_segment(segment: str) -> str:
    once = _fold_once(segment)
    return once if once.isascii() else _fold_once(once)


class _OneToOne(dict[int, str]):
    """Lazily filled table for str.translate; `grew` tells that some character became none or several."""

    grew = False

    def __missing__(self, code: int) -> str:
        folded = _fold_segment(chr(code))
        if len(folded) == 1:
            self[code] = folded
        else:
            self.grew = True  # not kept: the flag must be raised again for the next text
        return folded


_TABLE: Final = _OneToOne()


def fold(text: str) -> Folded:
    """NFKC, case folded, accents folded, with offsets; idempotent. Cost is linear in the length of the text."""
    if text.isascii():
        return Folded(text.lower())
    if not _JOINING_ANY.search(text):
        table = _TABLE
        table.grew = False
        folded = text.translate(table)
        if not table.grew:
            return Folded(folded)
    return _fold_slowly(text)


def _fold_slowly(text: str) -> Folded:
    parts: list[str] = []
    starts, ends = array("q"), array("q")
    for match in _SEGMENT.finditer(text):
        folded = _fold_segment(match[0]) if len(match[0]) <= 32 else _fold_once(match[0])
        parts.append(folded)
        for _ in folded:
            starts.append(match.start())
            ends.append(match.end())
    return Folded("".join(parts), starts, ends)


def tokens(text: str) -> list[Token]:
    """Tokens of the text, with offsets into it as given."""
    folded = fold(text)
    found = []
    for match in _TOKEN.finditer(folded.text):
        start, end = folded.origin(match.start(), match.end())
        found.append(Token(match[0].replace(".", ""), start, end))
    return found


def joined(text: str) -> str:
    """The token texts of `tokens(text)` between single spaces."""
    # No token but a dotted acronym holds a full stop.
    return " ".join(_TOKEN.findall(fold(text).text)).replace(".", "")
