"""The documents and queries of the differential test, and a taxonomy small enough to know by heart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from exportwatch.model import Claims, Classified, Document
from exportwatch.text import joined

FOLDER: Final = Path(__file__).with_name("query")

_CONCEPTS: Final[dict[str, tuple[str, ...]]] = {
    "item:chemicals": ("chemicals", "化学品"),
    "item:hydrogen-fluoride": ("hydrogen fluoride", "フッ化水素", "불화수소", "氟化氢", "氟化氫"),
    "item:etching": ("hydrogen fluoride etching",),
    "item:photoresist": ("photoresist", "フォトレジスト", "포토레지스트", "光刻胶", "光阻"),
    "jurisdiction:KR": ("Korea", "South Korea", "韓国", "한국", "韩国", "韓國"),
    "jurisdiction:JP": ("Japan", "日本", "일본"),
    "jurisdiction:EU": ("European Union", "欧州連合", "유럽연합", "欧盟", "歐盟"),
    "jurisdiction:DE": ("Germany", "ドイツ", "독일", "德国", "德國"),
    "jurisdiction:US": ("United States", "アメリカ", "미국", "美国", "美國"),
    "agency:METI": ("METI", "経済産業省", "경제산업성", "经济产业省"),
    "agency:MOTIE": ("MOTIE", "산업통상자원부"),
    "programme:entity-list": ("Entity List", "エンティティー・リスト", "실체목록", "实体清单", "實體清單"),
    "instrument:ear": ("Export Administration Regulations", "輸出管理規則"),
    "topic:export-control": ("export controls", "export control", "輸出規制", "수출통제", "出口管制"),
}
_BROADER: Final = {
    "item:hydrogen-fluoride": ("item:chemicals",),
    "item:photoresist": ("item:chemicals",),
    "jurisdiction:DE": ("jurisdiction:EU",),
}
_KINDS: Final = {
    "item": "item",
    "agency": "agency",
    "implementing": "jurisdiction",
    "affected": "jurisdiction",
    "instrument": "instrument",
}


class SmallTaxonomy:
    """Answers as exportwatch.taxonomy.Taxonomy does."""

    def __init__(self) -> None:
        self._named: dict[str, tuple[str, ...]] = {}
        for key, names in _CONCEPTS.items():
            for name in names:
                self._named[joined(name)] = (*self._named.get(joined(name), ()), key)
        self.longest = max(name.count(" ") + 1 for name in self._named)

    def named(self, joined_tokens: str, /) -> tuple[str, ...]:
        return self._named.get(joined_tokens, ())

    def resolve(self, field: str, joined_tokens: str, /) -> tuple[str, ...]:
        kind = _KINDS.get(field, "")
        by_id = (key for key in _CONCEPTS if joined(key.partition(":")[2]) == joined_tokens)
        keys = dict.fromkeys((*by_id, *self.named(joined_tokens)))
        return tuple(key.partition(":")[2] for key in keys if key.startswith(f"{kind}:"))

    def closure(self, kind: str, id: str, /) -> tuple[str, ...]:
        key = f"{kind}:{id}"
        return (key, *_BROADER.get(key, ())) if key in _CONCEPTS else ()


class Asked(NamedTuple):
    """A query and the ids it must find; None where engines are only compared with each other."""

    query: str
    ids: frozenset[str] | None


def documents() -> list[Classified]:
    """The documents of `query/documents.json`."""
    return [classified(row) for row in json.loads((FOLDER / "documents.json").read_text("utf-8"))]


def queries() -> list[Asked]:
    """The queries of `query/queries.json`: `ids` are found, or all but those of `all_but`."""
    every = frozenset(row["id"] for row in json.loads((FOLDER / "documents.json").read_text("utf-8")))
    rows = json.loads((FOLDER / "queries.json").read_text("utf-8"))
    return [Asked(row["query"], _expected(row, every)) for row in rows]


def _expected(row: dict[str, Any], every: frozenset[str]) -> frozenset[str] | None:
    if "all_but" in row:
        return every - frozenset(row["all_but"].split())
    return frozenset(row["ids"].split()) if "ids" in row else None


def classified(row: dict[str, Any]) -> Classified:
    """A document by what differs from an empty one; mentions are `[kind, concept, quote]`."""
    document = Document(
        id=row["id"],
        publisher=row.get("publisher", "test"),
        source=row.get("source", "test feed"),
        kind=row.get("kind", "news"),
        url="",
        title=row.get("title", ""),
        text=row.get("text", ""),
        lang=row.get("lang", "en"),
        published=row.get("published", ""),
        published_precision="day",
        observed=1,
        origin="import",
        content_hash="",
        sha256="",
        size=0,
    )
    return Classified(document=document, claims=_claims(row, document))


def _claims(row: dict[str, Any], document: Document) -> Claims:
    known = ("relevant", "actions", "implementing", "affected", "items", "agencies", "codes", "instruments")
    claims = {
        "lang": document.lang,
        "relevant": False,
        "score": 0.0,
        **{name: row[name] for name in known if name in row},
        "mentions": [_mention(mention, document) for mention in row.get("mentions", ())],
        "measures": [_measure(measure, document) for measure in row.get("measures", ())],
    }
    return msgspec.convert(claims, Claims)


def _measure(row: dict[str, Any], document: Document) -> dict[str, Any]:
    quote = row.get("quote", "")
    evidence = [{"field": "text", **_place(document.text, quote)}] if quote else []
    return {**{name: value for name, value in row.items() if name != "quote"}, "evidence": evidence}


def _mention(written: tuple[str, str, str], document: Document) -> dict[str, Any]:
    kind, concept, quote = written
    field = "title" if quote in document.title else "text"
    place = _place(document.title if field == "title" else document.text, quote)
    return {"kind": kind, "concept": concept, "field": field, "text": quote, "rule": "by hand", **place}


def _place(within: str, quote: str) -> dict[str, int]:
    start = within.index(quote)
    return {"start": start, "end": start + len(quote)}
