"""The table of searchable fields, and how a classified document becomes an Entry for every engine.

`tokens` fields hold text.joined() of each value and are asked by phrase; a value's tokens never run into the next
value's. `keyword` fields hold normalised values compared whole. `day` fields hold ISO days. A field with `measure`
is also kept for each measure, for `measure:( … )`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from exportwatch import codec
from exportwatch.index import Entry
from exportwatch.model import Claims, Classified, Measure, Mention
from exportwatch.text import fold, joined

SLOP_MAX: Final = 999
"""The widest `"…"~N`; engines keep the values of a token field further apart than that."""
VALUE_CHARACTERS: Final = 256
"""A keyword value is cut here, in documents and in queries alike."""
TOPIC: Final = "topic:export-control"
"""The concept of every relevant document."""


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
TOKEN_FIELDS: Final = frozenset(field.name for field in FIELDS.values() if field.type == "tokens")
WORDS: Final = ("title", "text")
"""Where a word without a field is looked for."""


class Broader(Protocol):
    """What preparing a document asks of the taxonomy."""

    def closure(self, kind: str, id: str, /) -> tuple[str, ...]:
        """`kind:id` of the concept itself and of everything broader; empty where it is unknown."""
        ...

    def __hash__(self) -> int: ...


Values = dict[str, tuple[str, ...]]

_CONCEPTS: Final = frozenset({"item", "agency", "jurisdiction", "programme", "instrument"})
_TARIFF: Final = re.compile(r"[0-9]{4}(\.?[0-9]{2}){1,3}", re.ASCII)


def prepare(classified: Classified, taxonomy: Broader, body: bytes | None = None) -> Entry:
    """What every engine indexes of this document; `body` is its encoded record where that is at hand already.

    Raises BadRecord where the document cannot be encoded.
    """
    document = classified.document
    return Entry(
        id=document.id,
        version=classified.version,
        title=joined(document.title),
        text=joined(document.text),
        values=_values(classified, taxonomy),
        measures=tuple(_measure(measure, taxonomy) for measure in classified.claims.measures),
        body=codec.CLASSIFIED.encode(classified) if body is None else body,
    )


@functools.lru_cache(maxsize=1 << 14)
def normal(field: str, value: str) -> str:
    """A value of a keyword field as it is compared: codes, agencies and jurisdictions in capitals, else in small."""
    folded = fold(value).text.strip()[:VALUE_CHARACTERS]
    if field in ("code", "agency", "implementing", "affected"):
        return folded.upper().replace(" ", "") if field == "code" else folded.upper()
    return folded


def code_asked(code: str) -> str:
    """The number as queries compare it: tariff numbers without their full stops."""
    whole = normal("code", code)
    return whole.replace(".", "") if _TARIFF.fullmatch(whole) else whole


@functools.lru_cache(maxsize=1 << 14)
def code_values(code: str) -> tuple[str, ...]:
    """The number and everything above it: 3A090.A.1, 3A090.A, 3A090; tariff numbers also without their full stops."""
    whole = normal("code", code)
    found = [whole]
    while "." in found[-1]:
        found.append(found[-1].rpartition(".")[0])
    if _TARIFF.fullmatch(whole):
        digits = code_asked(code)
        found.extend(digits[:length] for length in range(len(digits), 2, -2))
    return tuple(dict.fromkeys(filter(None, found)))


def _values(classified: Classified, taxonomy: Broader) -> Values:
    document, claims = classified.document, classified.claims
    found = _claimed(claims, taxonomy)
    found["agency"] = _all_normal("agency", claims.agencies)
    found["action"] = claims.actions
    found["concept"] = _concepts(claims, taxonomy)
    found["party"] = _texts(tuple(mention.text for mention in claims.mentions if mention.kind == "party"))
    found["instrument"] = _texts(claims.instruments)
    found["lang"] = _languages(claims.lang or document.lang)
    found["source"] = _texts((document.source,))
    found["publisher"] = _all_normal("publisher", (document.publisher,))
    found["kind"] = _all_normal("kind", (document.kind,))
    found["published"] = (document.day,) if document.day else ()
    found["effective"] = _once(measure.effective[:10] for measure in claims.measures)
    return {name: values for name, values in found.items() if values}


def _claimed(claims: Claims | Measure, taxonomy: Broader) -> Values:
    """What a document and each of its measures have in common."""
    return {
        "item": _broadened("item", claims.items, taxonomy),
        "code": _every_code(claims.codes),
        "implementing": _jurisdictions("implementing", claims.implementing, taxonomy),
        "affected": _jurisdictions("affected", claims.affected, taxonomy),
    }


def _measure(measure: Measure, taxonomy: Broader) -> Values:
    found = _claimed(measure, taxonomy)
    found["agency"] = _all_normal("agency", (measure.agency,))
    found["action"] = (measure.action,)
    found["effective"] = _once((measure.effective[:10],))
    return {name: values for name, values in found.items() if values}


def _concepts(claims: Claims, taxonomy: Broader) -> tuple[str, ...]:
    found = dict.fromkeys((TOPIC,) if claims.relevant else ())
    for kind, concept in {(mention.kind, mention.concept): None for mention in claims.mentions}:
        if kind in _CONCEPTS:
            found.update(_with_broader(kind, concept, taxonomy))
    return tuple(found)


# The same few concepts, codes and jurisdictions come again and again: what they stand for is kept.


@functools.lru_cache(maxsize=1 << 14)
def _with_broader(kind: str, id: str, taxonomy: Broader) -> dict[str, None]:
    return dict.fromkeys((f"{kind}:{id}", *taxonomy.closure(kind, id)))


@functools.lru_cache(maxsize=1 << 14)
def _broadened(kind: str, ids: tuple[str, ...], taxonomy: Broader) -> tuple[str, ...]:
    return _once(key.partition(":")[2] for id in ids for key in _with_broader(kind, id, taxonomy))


@functools.lru_cache(maxsize=1 << 14)
def _every_code(codes: tuple[str, ...]) -> tuple[str, ...]:
    return _once(value for code in codes for value in code_values(code))


@functools.lru_cache(maxsize=1 << 14)
def _jurisdictions(field: str, codes: tuple[str, ...], taxonomy: Broader) -> tuple[str, ...]:
    return _all_normal(field, _broadened("jurisdiction", codes, taxonomy))


@functools.lru_cache(maxsize=1 << 14)
def _all_normal(field: str, values: tuple[str, ...]) -> tuple[str, ...]:
    return _once(normal(field, value) for value in values)


@functools.lru_cache(maxsize=1 << 12)
def _texts(values: tuple[str, ...]) -> tuple[str, ...]:
    return _once(joined(value) for value in values)


@functools.lru_cache(maxsize=1 << 10)
def _languages(tag: str) -> tuple[str, ...]:
    """The tag and everything it begins with: zh-hant, zh."""
    parts = normal("lang", tag).split("-")
    return _once("-".join(parts[:length]) for length in range(len(parts), 0, -1))


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, values)))


def mention_of(field: str, mention: Mention, taxonomy: Broader) -> tuple[str, ...]:
    """The values of a keyword field of which this mention is the evidence, compared as `prepare` makes them."""
    if field == "concept":
        return tuple(_with_broader(mention.kind, mention.concept, taxonomy))
    if field == "code" and mention.kind == "code":
        return code_values(mention.concept)
    if field == "effective" and mention.kind == "date":
        return (mention.concept[:10],)
    if field in ("implementing", "affected") and mention.kind == "jurisdiction":
        return _jurisdictions(field, (mention.concept,), taxonomy)
    if field == mention.kind and field in ("item", "agency", "action"):
        return _all_normal(field, _broadened(field, (mention.concept,), taxonomy))
    return ()


def by_name(name: str) -> Field | None:
    """The field that people ask for by this name or alias; `concept` is none of them."""
    found = _NAMED.get(name.casefold())
    return None if found is None or found.name == "concept" else found


_NAMED: Final[Mapping[str, Field]] = {name: field for field in FIELDS.values() for name in (field.name, *field.aliases)}
