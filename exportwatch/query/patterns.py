"""Patterns of `?` and `*`, where a backslash makes the next character plain, as regular expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_SPECIAL: Final = re.compile(r"[\\?*]")


def plain(text: str) -> str:
    """The pattern that matches this text only."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def parts(pattern: str) -> Iterator[tuple[str, bool]]:
    """Each character of the pattern in order, and whether it stands for itself."""
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            yield next(characters, "\\"), True
        else:
            yield character, character not in "?*"


def segments(pattern: str, any_character: str) -> list[str]:
    """Regular expressions of what stands between the `*` of the pattern; `any_character` is that of `?`."""
    found = [""]
    for part, is_plain in parts(pattern):
        if is_plain:
            found[-1] += re.escape(part)
        elif part == "?":
            found[-1] += any_character
        else:
            found.append("")
    return found


def backtracking(pattern: str, any_character: str) -> str:
    """For Python's engine: every `*` but the last takes the first place that fits, and is never tried again."""
    first, *rest = segments(pattern, any_character)
    if not rest:
        return first
    between = "".join(f"(?>{any_character}*?{segment})" for segment in rest[:-1] if segment)
    return f"{first}{between}{any_character}*{rest[-1]}"


def automaton(pattern: str) -> str:
    """For engines that build an automaton, where `.` is any character of a token."""
    return ".*".join(segments(pattern, "."))
