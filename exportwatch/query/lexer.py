"""A query cut into pieces. What is no operator where it stands is ordinary text: C++, AT&T, 3A090.z, https://x/y.

words      up to white space, a parenthesis, a quotation mark, && or ||; a backslash makes any character plain
operators  AND OR NOT in capitals as whole words, && ||, and + - ! = in front of what they belong to
fields     a known name and its colon; an unknown name directly before a value is an error that names it

What means something in Lucene and nothing here is an error or has a note, wherever it would ask something else.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import Final, NamedTuple

from exportwatch.errors import Misconfigured
from exportwatch.query.fields import FIELDS, SLOP_MAX, by_name
from exportwatch.query.syntax import ANY, ONE, Bounds, Quoted, Word

CHARACTERS: Final = 4000
TERMS: Final = 200
DEPTH: Final = 30
WILDCARDS: Final = 10
MEASURE: Final = "measure"

_QUOTES: Final = {ord(mark): '"' for mark in "“”„‟〝〞〟″‶"} | {ord(mark): "'" for mark in "‘’‚‛′"}
_FIELD: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*):")
_BOUND: Final = r'("(?:\\.|[^"\\])*"|(?:\\.|[^\s\]}"\\])+)'
_RANGE: Final = re.compile(rf"([\[{{])\s*{_BOUND}?\s*\bTO\b\s*{_BOUND}?\s*([\]}}])", re.DOTALL)
_QUOTED: Final = re.compile(r'"((?:\\.|[^"\\])*)"(?:~(\d*)(?:\.\d*)?)?', re.DOTALL)
_WORD: Final = re.compile(r'(?:\\.|(?!&&|\|\|)[^\s()"\\])+|\\\Z', re.DOTALL)
_SUFFIX: Final = re.compile(r"(?<=.)(~[0-9]*\.?[0-9]*)?(?=(\^[0-9]+(?:\.[0-9]+)?|\^\.[0-9]+)?\Z)", re.DOTALL)
_NUMBERS: Final = re.compile(r"[0-9]+~[0-9]+")
_CARET: Final = re.compile(r"(?:\\.|[^\\^])+(?=\^.)", re.DOTALL)
_ENDS: Final = re.compile(r'[\s()"^]|&&|\|\||\Z')
_NEARNESS: Final = re.compile(r"~[0-9.]*(?=[\s)^]|\Z)")
_REGULAR: Final = re.compile(r"/(?![\s/])((?:\\.|[^/\\])+)/(?=[\s)^~]|&&|\|\||\Z)", re.DOTALL)
_REGULAR_SIGN: Final = re.compile(r"[*+?|()\[\]{}^$\\]")
_BOOST: Final = re.compile(r"\^([0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
_KEYWORD: Final = re.compile(r'(AND|OR|NOT)(?=[\s()"]|&&|\|\||\Z)')
_NOTHING_FOLLOWS: Final = re.compile(r"\s*(?:\Z|\)|(?:AND|OR)(?=[\s(]|\Z)|&&|\|\|)")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_UNDECODED: Final = range(0xDC80, 0xDD00)
"""How Python hands over bytes of the command line that are no characters in the encoding of the terminal."""
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


class Piece(NamedTuple):
    """A terminal of the grammar, what it holds, and its column."""

    type: str
    value: Word | Quoted | Bounds | str
    column: int


class _Table(dict[int, str]):
    """Characters that are an ASCII character in another width or form, as that; so columns stay as typed."""

    def __missing__(self, code: int) -> str:
        form = unicodedata.normalize("NFKC", chr(code))
        found = form if len(form) == 1 and form.isascii() else chr(code)
        if code < 0x10000:
            self[code] = found
        return found


_TABLE: Final = _Table(_QUOTES)


def wrong(column: int, what: str) -> Misconfigured:
    """The error of a query: where and what."""
    return Misconfigured(f"query, column {column}: {what}")


def pieces(text: str) -> list[Piece]:
    """Raises Misconfigured with the column for text over the limits, lone marks, and unknown fields."""
    if len(text) > CHARACTERS:
        raise wrong(CHARACTERS + 1, f"a query has at most {CHARACTERS:,} characters, this one has {len(text):,}")
    if surrogate := _SURROGATE.search(text):
        raise wrong(surrogate.start() + 1, _no_character(ord(surrogate[0])))
    return _Scanner(text.translate(_TABLE)).scan()


class _Scanner:
    """One pass over one query; `place` is where the next piece begins, `open` the columns of open parentheses."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.found: list[Piece] = []
        self.open: list[tuple[int, int]] = []
        self.prefixes = 0
        self.terms = 0

    def scan(self) -> list[Piece]:
        while self._skip_space():
            before = self.place
            self._next(self.text[before])
            assert self.place > before
        if self.open:
            raise wrong(self.open[-1][0], "this parenthesis is never closed")
        return self.found

    def _skip_space(self) -> bool:
        while self.place < len(self.text) and self.text[self.place].isspace():
            self.place += 1
        return self.place < len(self.text)

    def _next(self, character: str) -> None:
        if character in "()":
            self._parenthesis(character)
        elif character == '"':
            self._quoted()
        elif self.text.startswith(("&&", "||"), self.place):
            self._put("AND" if character == "&" else "OR", character * 2, 2)
        elif keyword := _KEYWORD.match(self.text, self.place):
            self._put(keyword[1], keyword[1], len(keyword[1]))
            self.prefixes += keyword[1] == "NOT"
        elif not self._prefix(character) and not self._field() and not self._range():
            self._boost_or_word()

    def _put(self, type: str, value: Word | Quoted | Bounds | str, length: int) -> None:
        self.found.append(Piece(type, value, self.place + 1))
        self.place += length

    def _last(self) -> str:
        return self.found[-1].type if self.found else ""

    def _touches(self) -> bool:
        """Whether the next piece begins where the last one ended."""
        return self.place > 0 and not self.text[self.place - 1].isspace()

    def _is_value(self) -> bool:
        """Whether a field's value is due here, in which a colon is an ordinary character."""
        return self._last() == "FIELD" and self._touches() and self.found[-1].value != MEASURE

    def _operand(self) -> None:
        self.terms += 1
        if self.terms > TERMS:
            raise wrong(self.place + 1, f"a query has at most {TERMS} terms")
        self._check_depth()
        self.prefixes = 0

    def _check_depth(self) -> None:
        if sum(depth for _, depth in self.open) + self.prefixes > DEPTH:
            raise wrong(self.place + 1, f"nested deeper than {DEPTH} levels")

    def _parenthesis(self, character: str) -> None:
        if character == "(":
            self.open.append((self.place + 1, max(1, self.prefixes)))
            self.prefixes = 0
            self._check_depth()
            self._put("OPEN", character, 1)
        elif not self.open:
            raise wrong(self.place + 1, "this parenthesis was never opened")
        else:
            self.open.pop()
            self._put("CLOSE", character, 1)

    def _quoted(self) -> None:
        match = _QUOTED.match(self.text, self.place)
        if not match:
            raise wrong(self.place + 1, 'this quotation mark has no second one; write \\" for the mark itself')
        if match[2] is not None and not _ENDS.match(self.text, match.end()):
            raise wrong(
                match.start(2), f'"…"~N takes a number of words, 0 to {SLOP_MAX}; put a space before what follows'
            )
        slop = int(match[2][:9] or 0) if match[2] else 0
        if slop > SLOP_MAX:
            raise wrong(self.place + 1, f'"…"~N takes at most {SLOP_MAX}')
        self._operand()
        self._put("QUOTED", Quoted(_ESCAPED.sub(r"\1", match[1]), slop, self.place + 1), len(match[0]))

    def _prefix(self, character: str) -> bool:
        """+ - ! = in front of something; by themselves they are punctuation, but `a AND ! b` is a negation."""
        if character not in "+-!=":
            return False
        rest = self.text[self.place + 1 :]
        if _NOTHING_FOLLOWS.match(rest):
            return False
        if rest[0].isspace() and (character not in "-!" or self._last() not in ("AND", "OR", "NOT")):
            return False
        if self._last() == "FIELD" and character in "-!":
            name = self._field_before()
            value = _WORD.match(rest)
            raise wrong(self.place + 1, f'no {character} after "{name}"; write -{name}{value[0] if value else "…"}')
        self._put({"+": "PLUS", "=": "EXACT"}.get(character, "NOT"), character, 1)
        self.prefixes += 1
        return True

    def _field(self) -> bool:
        match = _FIELD.match(self.text, self.place)
        if not match or self._is_value():
            return False
        name, rest = match[1], self.text[match.end() :]
        nothing, known = _NOTHING_FOLLOWS.match(rest), by_name(name)
        if name.casefold() != MEASURE and known is None:
            if nothing or rest.startswith(("/", "\\")) or rest[0].isspace():
                return False  # https://…, C:\…, “he said:”
            raise wrong(self.place + 1, _unknown_field(name))
        if nothing:
            raise wrong(self.place + 1, f'"{name}:" needs a word after it; for the word itself write {name}\\:')
        if self._last() == "FIELD" and self.found[-1].value != MEASURE:
            before = self._field_before()
            raise wrong(self.found[-1].column, f'"{before}" needs a word after it, not another field')
        self._put("FIELD", known.name if known else MEASURE, len(match[0]))
        self.prefixes += 1
        self._skip_space()
        return True

    def _field_before(self) -> str:
        """The field just put, and its colon, as typed."""
        return self.text[self.found[-1].column - 1 :].partition(":")[0] + ":"

    def _range(self) -> bool:
        if self.text[self.place] not in "[{":
            return False
        match = _RANGE.match(self.text, self.place)
        if not match:
            if self._last() == "FIELD":
                raise wrong(self.place + 1, "a range is written [low TO high] or {low TO high}, with * for an open end")
            return False
        low, high = (_bound(bound) for bound in match.group(2, 3))
        self._operand()
        bounds = Bounds(low, high, match[1] == "[", match[4] == "]", self.place + 1)
        self._put("RANGE", bounds, len(match[0]))
        return True

    def _boost_or_word(self) -> None:
        follows = self._touches() and self._last() in ("WORD", "QUOTED", "RANGE", "CLOSE", "BOOST")
        if follows and self.text[self.place] == "^":
            boost = _BOOST.match(self.text, self.place)
            if not boost or not _ENDS.match(self.text, boost.end()):
                raise wrong(self.place + 1, _NO_FACTOR)
            self._put("BOOST", boost[1], len(boost[0]))
        elif follows and _NEARNESS.match(self.text, self.place):
            raise wrong(self.place + 1, '~N stands after a phrase only, as in "export licence"~3')
        else:
            self._word()

    def _word(self) -> None:
        match = _WORD.match(self.text, self.place)
        assert match, "every other character begins another piece"
        note = self._no_regular_expression()
        length, written = len(match[0]), match[0]
        if not written.endswith("\\") and (suffix := _SUFFIX.search(written)) and not _is_escaped(written, suffix):
            fuzzy, boost = suffix[1] or "", suffix[2] or ""
            length -= len(boost)
            written = written[:length]
            if fuzzy and not _NUMBERS.fullmatch(written):  # 2019~2020
                written = written.removesuffix(fuzzy)
                note = f"{fuzzy} after {written} is left out: fuzzy search is not supported"
        if caret := _CARET.match(written):
            raise wrong(self.place + caret.end() + 1, _NO_FACTOR)
        self._operand()
        self._put("WORD", Word(_unescaped(written, self.place + 1), self.place + 1, note), length)

    def _no_regular_expression(self) -> str:
        """A note for /word/, which finds what it would find anyway; an error for what would not."""
        match = _REGULAR.match(self.text, self.place)
        if not match:
            return ""
        is_value = self._last() == "FIELD"
        if is_value or (_REGULAR_SIGN.search(match[1]) and not re.search(r"\s", match[1])):
            literally = "put quotation marks around it to find it as it stands"
            raise wrong(self.place + 1, f"{match[0]}: regular expressions are not supported; {literally}")
        is_word = not re.search(r"\s", match[1])
        return f"{match[0]} is taken as a word: regular expressions are not supported" if is_word else ""


_NO_FACTOR: Final = "^ takes a number, as in word^2; for the character itself write \\^"


def _no_character(code: int) -> str:
    if code in _UNDECODED:
        return "this is no text in the encoding of your terminal, which is not UTF-8; set it, as in LC_ALL=C.UTF-8"
    return "half of a character (a lone surrogate)"


def _is_escaped(written: str, suffix: re.Match[str]) -> bool:
    before = written[: suffix.start()]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _bound(written: str | None) -> str | None:
    """A bound without its quotation marks and escapes; None for `*` and nothing."""
    if written in (None, "*"):
        return None
    assert written is not None
    return _ESCAPED.sub(r"\1", written[1:-1] if written.startswith('"') else written)


def _unescaped(written: str, column: int) -> str:
    """A word with ANY and ONE for its wildcards; `**` is `*`."""
    marks = {"*": ANY, "?": ONE}
    text = re.sub(r"\\(.)|[*?]", lambda match: match[1] or marks[match[0]], written, flags=re.DOTALL)
    text = "" if written == "\\" else re.sub(f"{ANY}+", ANY, text)
    if text.count(ANY) + text.count(ONE) > WILDCARDS:
        raise wrong(column, f"a word takes at most {WILDCARDS} of * and ?")
    return text


def _unknown_field(name: str) -> str:
    known = [known for field in FIELDS.values() if field.name != "concept" for known in (field.name, *field.aliases)]
    near = difflib.get_close_matches(name.casefold(), [*known, MEASURE], n=1, cutoff=0.6)
    meant = f'; did you mean "{near[0]}:"?' if near else f"; fields are {', '.join([*known, MEASURE])}."
    return f'no field is called "{name}"{meant} For the words themselves write {name}\\: or quotation marks'
