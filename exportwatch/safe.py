"""Foreign text made fit for a person's terminal or a plain message: nothing that moves, hides or reorders."""

from __future__ import annotations

import re
from typing import Final

_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def safe(text: str) -> str:
    """Foreign text with everything that could move a cursor, hide or reorder text replaced by U+FFFD."""
    return _UNSAFE.sub("\ufffd", text)


def line(text: str) -> str:
    """Safe text on one line."""
    return safe(" ".join(text.split()))
