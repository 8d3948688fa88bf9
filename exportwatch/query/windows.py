"""Where words stand near each other: the one meaning of `"…"~N` (tree.Phrase)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence


def windows(tokens: Sequence[str], wanted: Sequence[str], slop: int) -> Iterator[tuple[int, int]]:
    """Every shortest stretch (first, last position) that holds all of `wanted` and at most `slop` tokens besides.

    Shortest: none begins or ends with a token it could do without. Cost is linear in the number of tokens.
    """
    lacking = Counter(wanted)
    missing = len(wanted)
    places: list[int] = []
    first = 0
    for place, token in enumerate(tokens):
        if token not in lacking:
            continue
        places.append(place)
        missing -= lacking[token] > 0
        lacking[token] -= 1
        while not missing and lacking[tokens[places[first]]] < 0:
            lacking[tokens[places[first]]] += 1
            first += 1
        if not missing and place - places[first] + 1 - len(wanted) <= slop:
            yield places[first], place
