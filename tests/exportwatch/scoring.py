"""How much of a text another one has: F1 over words, and over characters where words are not spaced."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_TOKEN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|\w+")


def f1(gold: str, found: str) -> float:
    """From 0 (nothing in common) to 1 (the same tokens, each as often)."""
    wanted, had = Counter(_TOKEN.findall(gold)), Counter(_TOKEN.findall(found))
    common = (wanted & had).total()
    return 2 * common / (wanted.total() + had.total()) if common else 0.0
