"""Subscriptions, documents and alerts for tests of matching and delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from exportwatch import codec
from exportwatch.bus import ALERTS, DOCUMENTS, Record
from exportwatch.model import Alert, Classified, Document, Origin, Quote, Subscription
from processors.classify import classify
from tests.documents import document, rules

HYDROGEN_FLUORIDE = '"hydrogen fluoride" AND against:KR'
PAGES = {
    "en": (
        "Japan tightens exports to South Korea",
        "TOKYO - From 4 July METI will tighten controls on exports of hydrogen fluoride to South Korea.",
    ),
    "ja": (
        "韓国向け輸出管理の運用の見直しについて",
        "経済産業省は、韓国向けのフッ化水素の輸出管理を厳格化すると発表した。",
    ),
    "ko": (
        "일본, 한국에 대한 수출규제 강화",
        "일본 경제산업성은 한국에 대한 불화수소 수출규제를 강화한다고 발표했다.",
    ),
    "zh-Hans": ("日本加强对韩国出口管制", "日本经济产业省宣布,加强对韩国出口氟化氢的管制。"),
    "zh-Hant": ("日本加強對韓國出口管制", "日本經濟產業省宣布,加強對韓國出口氟化氫的管制。"),
}
"""One story in four languages: title and text."""
RADIO = ("HF radio for Korea", "Japan tightens controls on exports of HF radio equipment to South Korea, METI said.")


class Time:
    """A clock that a sleep moves, and a test."""

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self.instant = float(now)

    def now(self) -> int:
        return int(self.instant)

    def monotonic(self) -> float:
        return self.instant / 1000

    def sleep(self, seconds: float) -> None:
        self.instant += seconds * 1000


def subscription(id: str = "hf", query: str = HYDROGEN_FLUORIDE, **changes: object) -> Subscription:
    made = Subscription(id=id, query=query, channels=("console:",), changed=1000)
    return replace(made, **changes)  # type: ignore[arg-type]


def page(title: str, text: str, **changes: object) -> Document:
    made = document(text, title, published="2019-07-01")
    return replace(made, **({"id": "jp-meti:1", "publisher": "jp-meti", "observed": 2000} | changes))  # type: ignore[arg-type]


def classified(title: str, text: str, **changes: object) -> Classified:
    read = page(title, text, **changes)
    return Classified(document=read, claims=classify(read, rules()))


def in_language(lang: str, observed: int = 2000, origin: Origin = "live") -> Classified:
    """The story in this language, a document of its own."""
    title, text = PAGES[lang]
    return classified(title, text, id=f"p:{lang}", lang=lang, observed=observed, origin=origin)


def document_record(item: Classified, offset: int = 0) -> Record:
    return Record(DOCUMENTS, 0, offset, item.document.id, codec.CLASSIFIED.encode(item), 5000)


def alert(number: int = 1, subscription: str = "hf", **changes: object) -> Alert:
    """A small alert, different for every number."""
    quote = Quote(field="title", start=0, end=2, text="韓国向け", mark_start=0, mark_end=2, concept="South Korea")
    made = Alert(
        subscription=subscription,
        document=f"p:{number}",
        root=f"p:{number}",
        observed=2000,
        origin="live",
        claims_hash="c0ffee",
        title="韓国向け輸出管理 수출규제 出口管制",
        lang="ja",
        url="https://ministry.example/1",
        source="METI",
        publisher="jp-meti",
        published="2019-07-01",
        actions=("tighten",),
        implementing=("JP",),
        affected=("KR",),
        item_labels=("hydrogen fluoride",),
        agencies=("METI",),
        evidence=(quote,),
        matched=3000,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def alert_records(alerts: Sequence[Alert]) -> list[Record]:
    return [
        Record(ALERTS, 0, offset, made.subscription, codec.ALERT.encode(made), 5000)
        for offset, made in enumerate(alerts)
    ]
