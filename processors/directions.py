"""Who acts and who is acted upon: the grammar around a jurisdiction's name, in four languages.

Presence proves nothing. `exports to Korea`, 韓国向け輸出, 대일 수출 and 对美出口 make it affected; `Japan tightened`,
中国による輸出規制, 일본의 수출규제 and 美方滥用出口管制 make it implementing. Names in a list share one role.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from processors import languages
from processors.grammar import Around, Grammar
from processors.mentions import FieldReading, Found

Role = Literal["implementing", "affected", ""]

_BACK: Final = 90
_OBJECT: Final = re.compile(r"\b(?:eas|tighten|lift|relax|loosen|impos|expand)(?:e|es|ed|s|ing)? (?:its |the )?\Z")
_LIST_GAP: Final = re.compile(
    r"(?:[\s,、，;；()（）\d]|\band\b|\bor\b|\bthe\b|\bof\b|people's republic|및|와|과|和|及|与|與|還有|·"
    r"|び|や|と(?!の)|並びに|ならびに|又は|または|若しくは|もしくは|および)*"
)
_HEADLINE: Final = re.compile(
    r"[、,] ?[^。]{0,40}(?:規制|管制|制限|禁止|解除|緩和|強化|厳格化|輸出を許可|收紧|收緊|放宽|列入|"
    r"규제|통제|제한|수출을? ?(?:금지|차단|막|허용|재개))"
)
_OWNS: Final = re.compile(r"['’]")
_ABBREVIATED: Final = 4
_NEW_LIST: Final = 24
# 对俄罗斯和白俄罗斯加强管制: the preposition of the first leads the second too.
_JOINED: Final = 1


class Direction(NamedTuple):
    """The role of one name, and where the name stands."""

    code: str
    role: Role
    reading: FieldReading
    found: Found


def directions(reading: FieldReading, language: str) -> list[Direction]:
    """One entry a jurisdiction named in the field, in order; the role is empty where grammar says nothing."""
    grammar = languages.grammar(language)
    named = [found for found in reading.found if found.name.concept.kind == "jurisdiction"]
    roles = [_role(reading.scanned, found, grammar) for found in named]
    heads = bool(named) and not roles[0] and _heads_the_line(reading.scanned, named, grammar)
    if heads and roles[1:2] == ["affected"]:
        roles[0] = "implementing"  # not a list: 米国、中国への輸出を禁止
    _share(reading.scanned, named, roles)
    if heads and not roles[0] and not _listed(named):
        roles[0] = "implementing"
    return [Direction(found.name.concept.value, role, reading, found) for found, role in zip(named, roles, strict=True)]


def _role(scanned: str, found: Found, grammar: Grammar) -> Role:
    label = found.name.label
    if label.role == "toward":
        return "affected"
    if label.role == "press" and len(label.text) > 1:
        return _of_pair(scanned, found, grammar)
    first = max(0, found.start - _BACK)
    # What stands before the end of a sentence says nothing of this name, and looking back is dear.
    first = max(first, scanned.rfind(". ", first, found.start) + 1, scanned.rfind("。", first, found.start))
    if grammar.aside.search(scanned, first, found.start):
        return ""
    if grammar.implementing_first.match(scanned, found.end):
        return "implementing"
    if grammar.implementing_before.search(scanned, first, found.start):
        return "implementing"
    if _around(scanned, found, grammar.implementing_around, first):
        return "implementing"
    if _affected(scanned, found, grammar, first):
        return "affected"
    if grammar.implementing_after.match(scanned, found.end) or _closes_the_line(scanned, found, grammar):
        # `eases Soviet export controls`: the controls on them, not theirs
        told = label.role == "adjective" or (len(label.text) > _ABBREVIATED and not _OWNS.match(scanned, found.end))
        eased = told and _OBJECT.search(scanned, first, found.start)
        return "affected" if eased else "implementing"
    return ""


def _of_pair(scanned: str, found: Found, grammar: Grammar) -> Role:
    """日韩 names both, in no order, but where the two act together, or talk about the controls of one of them."""
    if talks := grammar.talks.match(scanned, found.start):
        letters = {label.text for label in found.name.concept.labels if label.role == "press"}
        return "implementing" if letters.isdisjoint(talks.groups()) else "affected"
    return "implementing" if grammar.joint.match(scanned, found.end) else ""


def _affected(scanned: str, found: Found, grammar: Grammar, first: int) -> bool:
    if found.name.label.role != "adjective" and grammar.affected_before.search(scanned, first, found.start):
        return True
    if grammar.affected_after.match(scanned, found.end):
        return True
    return _around(scanned, found, grammar.affected_around, first)


def _around(scanned: str, found: Found, around: Around, first: int) -> bool:
    before, after = around
    return bool(after.match(scanned, found.end) and before.search(scanned, first, found.start))


def _heads_the_line(scanned: str, named: list[Found], grammar: Grammar) -> bool:
    """The actor of a headline, before a comma in place of its particle: 中国、ガリウムの輸出規制を強化."""
    end = named[0].end
    return named[0].start == 0 and bool(_HEADLINE.match(scanned, end) or grammar.heading.match(scanned, end))


def _closes_the_line(scanned: str, found: Found, grammar: Grammar) -> bool:
    """The actor of a headline that names its source last: 半導体の対中輸出を制限 米国."""
    return found.end == len(scanned) and bool(grammar.closing.search(scanned, max(0, found.start - 2), found.start))


def _listed(named: list[Found]) -> bool:
    return len(named) > 1 and named[1].start == named[0].end + 1


def _follows(one: Found, other: Found) -> bool:
    """Whether two names may be of one list: near each other, or full names side by side (not 美对华)."""
    if one.end == other.start:
        return one.name.label.role == other.name.label.role == "name"
    return one.end < other.start <= one.end + _NEW_LIST


def _share(scanned: str, named: list[Found], roles: list[Role]) -> None:
    """`to Russia, Belarus and Iran`: what is said of one name of a list is said of the others."""
    pairs = [
        (index, index + 1)
        for index in range(len(named) - 1)
        if _follows(named[index], named[index + 1])
        and named[index + 1].name.label.role != "toward"  # 美 대중 제재: an actor and its target are no list
        and _LIST_GAP.fullmatch(scanned, named[index].end, named[index + 1].start)
    ]
    for left, right in reversed(pairs):
        roles[left] = roles[left] or roles[right]
    for left, right in pairs:
        # Not 中国、日本の規制に反発: at the head of a line the comma stands in place of a particle.
        led = roles[left] == "affected" and named[right].start - named[left].end <= _JOINED and named[left].start
        roles[right] = "affected" if led else roles[right] or roles[left]
