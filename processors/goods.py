"""Which goods a document is about: what a measure controls, not all that the text mentions.

A name counts by its place (title, lead, elsewhere) and by what is said of it: exports of it, or an enumeration with
goods that count, speak for it; a purpose (for use in missiles), an industry (chip makers) or the inside of another
word (the tungsten of 钨镍合金) speak against it. Wide words (software, ships) count only where exports of them are
spoken of. The general gives way to the particular, but not a title's substance to its compounds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from exportwatch.taxonomy import Taxonomy
from processors import languages
from processors.mentions import PER_DOCUMENT, FieldReading, Found

MOST: Final = 60
_ENOUGH: Final = 2.0
_WINDOW: Final = 64
_MATTER: Final = 0.5
_SCOPED: Final = ("programme", "instrument", "topic")
_SUBSTANCES: Final = "item:critical-minerals"
_MASS_DESTRUCTION: Final = "item:wmd"
_MISSILES: Final = "item:missile-related"
_FORMULA: Final = frozenset({"missile-related", "conventional-arms", "nuclear-related"})
_WIDEST: Final = frozenset({"controlled-technology", "controlled-software", "core-national-technology"})
_MANY: Final = 12
_GREAT: Final = 2

# What follows a name that is a purpose or a bearer of something else, not the goods themselves.
_PURPOSE_AFTER: Final = re.compile(
    r"""
    \ (?:\([a-z\ ]{1,8}\)\ )?(?:end\ use|end\ user|programs?\b|programmes?\b|proliferation|activit|capabilit|reasons
      |control\ regime|makers?\b|industr
      |manufacturers?\b|producers?\b|compan(?:y|ies)\b|firms?\b|plants?\b|factor(?:y|ies)\b|giant|sector)
    | (?:等|など)?の(?:研究|開発|製造|生産|使用|貯蔵|設計|拡散|発射|運搬)(?!技術)
    | (?:等|など)?(?:部品)?(?:メーカー|業界|産業|大手|各社|工場|企業|の?製造用|製造用|用途)
    | (?:\ ?등)?(?:의|을|를)?\ ?(?:제조|개발|확산|발사|운반|생산)(?!\ ?기술|장비|\ 장비)
    | \ ?(?:업계|업체|협력사|산업|공장|제조사|기업|회사)
    | 等?的?(?:研制|研製|研发|研發|扩散|擴散|发展计划|發展計畫|发射|制造商|製造商|厂商|廠商|企业|企業|公司|行业)
    | 等?的?(?:产业|產業|厂|廠)
    """,
    re.VERBOSE,
)
_PURPOSE_BEFORE: Final = re.compile(
    r"""
    (?: \b(?=[a-z])
        (?:for\ use\ in|used\ in|use\ in|used\ for|used\ to\ make|to\ make|to\ manufacture|to\ develop
        |to\ build|to\ produce|production\ of
        |development\ of|proliferation\ of|manufacture\ of|in\ support\ of|essential\ for|vital\ for)
        (?:\ [\w'-]+){0,2}\ ?
      | (?:用于|用於|用以|可用于|可用於)(?:制造|製造|生产|生產|研制|研製)?
      | (?:防止|不扩散|不擴散)
    )\Z
    """,
    re.VERBOSE,
)
# What makes a name the object of control: exports of it.
_EXPORTS_AFTER: Final = re.compile(
    r"""
    (?:\ (?:and|or)\ [\w'-]+)?(?:\ (?:items|products|goods|equipment|materials))?\ (?:exports?|shipments?|sales)\b
    | (?:\ ?(?:など|等|技術|製品|関連)){0,2}の?(?:対.{1,2}|.{1,4}向け|海外)?の?(?:輸出|移転|提供|出荷)
    | (?:\ ?(?:등|등의|의|을|를|에\ 대한|관련)){0,2}\ ?(?:대.{1,4}\ ?)?(?:수출|반출|이전)
    | (?:等|相关物项|相關物項|类|物项|技术|產品|产品)?的?(?:对.{1,2}|對.{1,2})?(?:出口|輸出|輸往|运往)
    """,
    re.VERBOSE,
)
_FIRST: Final = {"en": 240}
_FIRST_EAST: Final = 90
_EXPORTS_BEFORE: Final = re.compile(
    r"""
    (?: \b(?=[a-z])
        (?:exports?|exporting|exported|shipments?|shipping|sales?|sell(?:ing)?|sold|suppl(?:y|ies|ying)|transfers?
        |controls?|curbs?|restrictions?|limits?|bans?|licen[cs]es?|permits?|restrict(?:s|ing|ed)?|servicing)
        (?:\ (?:on|of|for|the|to|certain|any|some|all|more|of\ the|its|their|advanced|controlled|new
           |exports?|sales?|shipments?|to\ [\w.]+(?:\ [\w.]+)?\ of)){0,5}
        (?:\ [\w'-]+)?\ ?
      | (?:限制|禁止|管制|停止|暂停|暫停|出口|輸出)(?:向.{1,4})?(?:部分|有关|有關|相关|相關)?
    )\Z
    """,
    re.VERBOSE,
)
_LISTED: Final = re.compile(
    r"""
    \s* (?:\([^()]{0,160}\))? \s* (?:[,、;；/.]\s*|\s)* (?:\(?[\d一二三四五六七八九十]{1,3}[.)、]|[①-⑳])? \s*
    (?: and\s | or\s | as\ well\ as\s | and/or\s | 及び | 並びに | 又は | 若しくは | および | と | や
      | 和 | 与 | 與 | 及 | 以及 | 或
      | 와 | 과 | 및 | 또는 )?
    \s* (?:[\w'-]+\s){0,2} [^\s,.;。、；()]{0,4} \s*
    """,
    re.VERBOSE,
)
_ENTRY_BEFORE: Final = re.compile(r"(?:[:：]|[项項号號款目][（(]?|\d[.、)]|[)）]|新增|追加|[「“《\"])\s?\Z")
_ENTRY_AFTER: Final = re.compile(r"[^。;；\n]{0,4}[(（](?:参考|參考|hs|eccn|cas|품목번호|\d)")
_SPACES: Final = re.compile(r"\s+")
_LIST_MARK: Final = re.compile(r"[,、;；/()等]|\b(?:and|or)\b|及|和|与|與|或|と|や|又は|若しくは|와|과|및|또는| ")
_EXAMPLE: Final = re.compile(r"such as|including|like |namely|包括|例如|如|包含")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
# Beside one of these a name of one character is part of a compound or an alloy; 镓锗 in a headline are two metals.
_COMPOUND: Final = frozenset("化酸基掺摻合氧氢氫氟氯溴碘碳氮硫硅矽磷砷硼铁鐵镍鎳铜銅铝鋁锌鋅镉鎘汞钴鈷铬鉻锰錳")


@dataclass(slots=True)
class _Named:
    """One name of goods at its place, and what is said of it there."""

    item: str
    field: FieldReading
    start: int
    end: int
    weight: float
    exported: bool = False
    purpose: bool = False
    entry: bool = False
    """Stands at the head of an entry of a list."""
    listing: int = 0
    """Number of the enumeration it stands in."""
    example: bool = False
    """Stands in it as an example of what came before (materials such as photoresist)."""


@dataclass(slots=True)
class _Tally:
    """What all its names say of one kind of goods."""

    weight: float = 0.0
    controlled: bool = False
    entry: bool = False
    titled: bool = False
    early: bool = False
    """Named in the title, or its exports in the first sentence."""


def goods(readings: Sequence[FieldReading], language: str, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Ids of the goods that the document is about, the most prominent first, at most `MOST`."""
    named = list(islice((name for reading in readings for name in _names(reading, language)), PER_DOCUMENT))
    _spread(named, taxonomy)
    tallies = _tallies([name for name in named if not name.purpose], language)
    chosen = sorted(
        (item for item in tallies if _counts(tallies[item], taxonomy, item)), key=lambda i: -tallies[i].weight
    )
    chosen = _without_matter(chosen, tallies, taxonomy)
    titled = {item for item in chosen if tallies[item].titled}
    headings = {item for item in chosen if tallies[item].entry and _deep(taxonomy, item)}
    chosen = _without_formula(_without_technology(chosen, titled), titled, taxonomy)
    return tuple(_particular(chosen, titled, headings, _coordinated(named), taxonomy))[:MOST]


def goods_told(reading: FieldReading, found: Iterable[Found], taxonomy: Taxonomy) -> tuple[str, ...]:
    """Ids of the goods that these names, of one sentence or two, are said of: no purposes, no makers."""
    named = [_name(reading, each, 1.0) for each in islice(found, MOST) if not _inside_word(reading.scanned, each)]
    _spread(named, taxonomy)
    tallies = _tallies([name for name in named if not name.purpose], "")
    told = [i for i in tallies if tallies[i].controlled or not taxonomy.concepts[f"item:{i}"].generic]
    return tuple(_particular(_without_formula(told, set(), taxonomy), set(), set(), _coordinated(named), taxonomy))


def _without_matter(chosen: Sequence[str], tallies: Mapping[str, _Tally], taxonomy: Taxonomy) -> list[str]:
    """Strategic goods are what a text is about where its title says so of nothing else, or where it names no goods."""
    goods_of_title = any(tallies[item].titled and not _matter(taxonomy, item) for item in chosen)
    others = any(not _matter(taxonomy, item) for item in chosen)
    return [
        item
        for item in chosen
        if not _matter(taxonomy, item)
        or (tallies[item].titled and not goods_of_title)
        or (tallies[item].early and not others)
    ]


def _deep(taxonomy: Taxonomy, item: str) -> bool:
    """Whether this is narrower than the great classes (semiconductors, nuclear items)."""
    return len(taxonomy.closure("item", item)) > _GREAT


def _tallies(named: Sequence[_Named], language: str) -> dict[str, _Tally]:
    first = _FIRST.get(language, _FIRST_EAST)
    tallies: defaultdict[str, _Tally] = defaultdict(_Tally)
    for name in named:
        tally, titled = tallies[name.item], name.field.field == "title"
        tally.weight += name.weight
        tally.controlled |= name.exported
        tally.entry |= name.entry and not titled
        tally.titled |= titled
        tally.early |= titled or (name.exported and name.start < first)
    return tallies


def _counts(tally: _Tally, taxonomy: Taxonomy, item: str) -> bool:
    if taxonomy.concepts[f"item:{item}"].generic and not tally.controlled:
        return False
    return tally.weight >= _ENOUGH


def _matter(taxonomy: Taxonomy, item: str) -> bool:
    """Whether this names the matter itself (strategic goods, dual-use items): it gives way to any goods."""
    return taxonomy.concepts[f"item:{item}"].weight >= _MATTER


def _names(reading: FieldReading, language: str) -> Iterator[_Named]:
    lead = languages.lead(language)
    held = 0
    for found in reading.found:
        concept = found.name.concept
        place = 3.0 if reading.field == "title" else 2.0 if found.start < lead else 1.0
        if concept.kind in ("programme", "agency"):
            held = max(held, found.end)
        if concept.kind in _SCOPED and (place == 3 or concept.kind == "topic"):
            for item in concept.scope:
                yield _Named(item, reading, found.start, found.end, place, exported=True)
        if concept.kind == "item" and found.end > held and not _inside_word(reading.scanned, found):
            yield _name(reading, found, place)


def _name(reading: FieldReading, found: Found, place: float) -> _Named:
    scanned, item = reading.scanned, found.name.concept.id
    before = scanned[max(0, found.start - _WINDOW) : found.start]
    if item != "wmd" and (_PURPOSE_AFTER.match(scanned, found.end) or _PURPOSE_BEFORE.search(before)):
        return _Named(item, reading, found.start, found.end, place, purpose=True)
    exported = bool(_EXPORTS_AFTER.match(scanned, found.end) or _EXPORTS_BEFORE.search(before))
    entry = bool(_ENTRY_BEFORE.search(before) or _ENTRY_AFTER.match(scanned, found.end))
    weight = place + (exported or entry)
    return _Named(item, reading, found.start, found.end, weight, exported=exported, entry=entry)


def _inside_word(scanned: str, found: Found) -> bool:
    """Whether a name of one Han character is part of a longer word: the nickel of 钨镍合金, the bismuth of 锗酸铋."""
    if found.end - found.start != 1 or not _HAN.match(scanned[found.start]):
        return False
    return scanned[found.start - 1 : found.start] in _COMPOUND or scanned[found.end : found.end + 1] in _COMPOUND


def _spread(named: Sequence[_Named], taxonomy: Taxonomy) -> None:
    """Members of one enumeration share what is said of it: its weight, that it is exported, that it is a purpose."""
    group: list[_Named] = []
    for number, name in enumerate(named, 1):
        if group and not _one_list(group[-1], name):
            _share(group, taxonomy)
            group = []
        name.listing = group[0].listing if group else number
        name.example = bool(group and _EXAMPLE.search(name.field.scanned, group[-1].end, name.start))
        group.append(name)
    _share(group, taxonomy)


def _one_list(one: _Named, other: _Named) -> bool:
    if one.field is not other.field or other.start < one.end:
        return False
    gap = one.field.scanned[one.end : other.start]
    if len(gap) > _WINDOW * 3 or not _LIST_MARK.search(gap):
        return False
    return bool(_LISTED.fullmatch(_SPACES.sub(" ", gap)))  # runs of spaces would make the pattern slow


def _share(group: Sequence[_Named], taxonomy: Taxonomy) -> None:
    if len(group) < 2:
        return
    exported, entry = any(name.exported for name in group), group[0].entry
    most = max(name.weight for name in group)
    for name in group:
        if group[-1].purpose and not exported:
            name.purpose = name.item != "wmd"
        name.weight = max(name.weight, most)
        name.entry |= entry
        name.exported |= exported and not taxonomy.concepts[f"item:{name.item}"].generic


def _coordinated(named: Sequence[_Named]) -> set[tuple[str, str]]:
    """Pairs of goods named side by side in one enumeration: software and source code are both meant."""
    lists: defaultdict[int, set[str]] = defaultdict(set)
    examples = {name.listing for name in named if name.example}
    for name in named:
        if name.listing not in examples:
            lists[name.listing].add(name.item)
    return {(one, other) for items in lists.values() if len(items) < _MANY for one in items for other in items}


def _without_technology(chosen: Sequence[str], titled: set[str]) -> list[str]:
    """Technology as such is what is controlled where nothing else is, or where the title says so."""
    if len(chosen) == 1:
        return list(chosen)
    return [item for item in chosen if item not in _WIDEST or item in titled]


def _without_formula(chosen: Sequence[str], titled: set[str], taxonomy: Taxonomy) -> list[str]:
    """Of "weapons of mass destruction and missiles that carry them" one: the missiles if the title has them."""
    if "wmd" not in chosen:
        return list(chosen)
    family = {item for item in chosen if _carries(taxonomy, item)}
    if family & titled and "wmd" not in titled:
        return [item for item in chosen if item != "wmd"]
    return [item for item in chosen if item not in family or item in titled]


def _carries(taxonomy: Taxonomy, item: str) -> bool:
    """Whether these are weapons of mass destruction of one kind, the missiles that carry them, or goods for them."""
    above = taxonomy.closure("item", item)[1:]
    return item in _FORMULA or _MASS_DESTRUCTION in above or _MISSILES in above


def _particular(
    chosen: Sequence[str],
    titled: set[str],
    headings: set[str],
    coordinated: set[tuple[str, str]],
    taxonomy: Taxonomy,
) -> list[str]:
    """The general gives way to the particular, but for what heads an entry of a list or is named side by side.

    A substance of the title stands for its compounds further down.
    """
    kept = set(chosen)
    for item in chosen:
        for above in (key.removeprefix("item:") for key in taxonomy.closure("item", item)[1:]):
            if above not in kept or (item, above) in coordinated:
                continue
            if above in titled and item not in titled and _SUBSTANCES in taxonomy.closure("item", above)[1:]:
                kept.discard(item)
            elif (above not in titled and above not in headings) or item in titled:
                kept.discard(above)
    return [item for item in chosen if item in kept]
