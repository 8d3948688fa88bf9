"""The table of searchable fields, and how a classified document becomes an Entry for every engine.

`tokens` fields hold text.joined() of each value and are asked by phrase; a value's tokens never run into the next
value's. `keyword` fields hold normalised values compared whole. `day` fields hold ISO days. A field with `measure`
is also kept for each measure, for `measure:( … )`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Field:
    """One searchable field."""

    name: str
    type: Literal["tokens", "keyword", "day"]
    help: str
    measure: bool = False
    aliases: tuple[str, ...] = ()


FIELDS: Final[dict[str, Field]] = {
    field.name: field
    for field in (
        Field("title", "tokens", "Words of the title."),
        Field("text", "tokens", "Words of the text."),
        Field("item", "keyword", "An item of the taxonomy or anything narrower, by id or label.", measure=True),
        Field("code", "keyword", "A control-list, tariff or CAS number, or anything below it.", measure=True),
        Field("agency", "keyword", "An agency, by acronym or any of its names.", measure=True),
        Field("implementing", "keyword", "The jurisdiction that acts.", measure=True, aliases=("by",)),
        Field("affected", "keyword", "The jurisdiction acted upon.", measure=True, aliases=("against",)),
        Field("action", "keyword", "What is done: tighten, ease, list, delist, license, enforce, …", measure=True),
        Field("party", "tokens", "A company or person named as listed, delisted, fined or licensed."),
        Field("instrument", "tokens", "A law, order or citation."),
        Field("concept", "keyword", "Anything named in the document, as kind:id."),
        Field("lang", "keyword", "Language; zh finds zh-Hans and zh-Hant."),
        Field("source", "tokens", "Where it came from, as its collector or importer says."),
        Field("publisher", "keyword", "Who published it."),
        Field("kind", "keyword", "What kind of source published it."),
        Field("published", "day", "Day of publication, the publisher's calendar."),
        Field("effective", "day", "Day on which a measure enters into force.", measure=True),
    )
}
"""`concept` is not asked by people: names in a query become values of it."""
