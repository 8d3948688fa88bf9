"""The title of a file without markup: what it calls itself, unless a program wrote that, else its first line."""

from __future__ import annotations

import re
from typing import Final

CHARACTERS: Final = 200
"""The first line of a text is a title up to this length."""

# What word processors write into the title by themselves.
_NO_TITLE: Final = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel)|hwp|untitled"
    r"|無題|제목 ?없음|无标题|無標題|word document|document ?\d*)\b.*"
    r"|.*\.(?:docx?|xlsx?|pptx?|hwpx?|jtdc?|indd|pdf|rtf|odt|txt|tmp)",
    re.IGNORECASE,
)


def of_file(given: str, text: str) -> str:
    """`given` if somebody gave it, else the first line of the text if it is short, else empty."""
    if given and not _NO_TITLE.fullmatch(given):
        return given
    first = text.partition("\n")[0].replace("\t", " ")
    return first if len(first) <= CHARACTERS else ""
