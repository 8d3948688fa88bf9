"""codec.py: round trips, kept records of every schema, and everything that is not a record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from exportwatch.codec import CLASSIFIED, DEAD_LETTER, RELEASE, Codec
from exportwatch.errors import BadRecord, Stopped
from exportwatch.model import (
    Body,
    Claims,
    Classified,
    DeadLetter,
    Document,
    Measure,
    Mention,
    Release,
    Span,
)

KEPT = Path(__file__).parents[1] / "data" / "schemas"

RELEASE_VALUE = Release(
    id="jp-meti:20191216001",
    publisher="jp-meti",
    source="jp-meti-press",
    kind="press",
    url="https://meti.example/press/20191216001.html",
    title="第７回日韓輸出管理政策対話を開催しました ｶﾞ 수출관리 出口管制",
    published="2019-12-16",
    published_precision="day",
    lang="ja",
    body=Body(content_type="text/html; charset=shift_jis", sha256="ab" * 32, size=5, data=b"\x00\xff\x81@\n"),
    observed=1_576_459_800_123,
    origin="live",
    content_hash="cd" * 32,
)
DOCUMENT_VALUE = Document(
    id="kr-motie:162345",
    publisher="kr-motie",
    source="kr-motie-press",
    kind="press",
    url="https://motie.example/162345",
    title="불화수소 수출규제 \x00 𠮷野",
    text="산업통상자원부는 대일 수출을 …\r\n对韩国出口管制\t輸出管理",
    lang="ko",
    published="2019-07-01T09:30:00+09:00",
    published_precision="second",
    observed=1_561_941_000_000,
    origin="backfill",
    content_hash="ef" * 32,
    sha256="01" * 32,
    size=1234,
    truncated=7,
)
CLASSIFIED_VALUE = Classified(
    document=DOCUMENT_VALUE,
    claims=Claims(
        lang="ko",
        relevant=True,
        score=0.875,
        actions=("tighten", "complaint"),
        implementing=("JP",),
        affected=("KR",),
        items=("hydrogen-fluoride",),
        item_labels=("hydrogen fluoride",),
        agencies=("MOTIE",),
        codes=("2811.11",),
        instruments=("제19조",),
        dates=("2019-07-04",),
        mentions=(
            Mention(
                kind="item",
                concept="hydrogen-fluoride",
                field="title",
                start=0,
                end=4,
                text="불화수소",
                rule="item/hydrogen-fluoride",
            ),
        ),
        measures=(
            Measure(
                action="tighten",
                implementing=("JP",),
                affected=("KR",),
                items=("hydrogen-fluoride",),
                effective="2019-07-04",
                reported="recalled",
                confidence=0.5,
                evidence=(Span(field="title", start=0, end=9),),
            ),
        ),
        truncated=3,
    ),
    generation=12,
)
DEAD_LETTER_VALUE = DeadLetter(
    topic="releases",
    partition=3,
    offset=42,
    key="jp-meti:20191216001@1576459800123",
    stage="process",
    reason="not a Release record: 잘못된 바이트",
    at=1_576_459_801_000,
    original=bytes(range(256)),
    size=256,
)
RECORDS: list[tuple[Codec[Any], str, Any]] = [
    (RELEASE, "release", RELEASE_VALUE),
    (CLASSIFIED, "classified", CLASSIFIED_VALUE),
    (DEAD_LETTER, "dead-letter", DEAD_LETTER_VALUE),
]
VARIANTS: list[tuple[Codec[Any], Any]] = [
    *((codec, value) for codec, _, value in RECORDS),
    (RELEASE, replace(RELEASE_VALUE, body=None, state="too large", title="", published="")),
    (RELEASE, replace(RELEASE_VALUE, supplied="김민지 · 鈴木 · 张伟 · 張偉, 보도.eml")),
    (CLASSIFIED, replace(CLASSIFIED_VALUE, document=replace(DOCUMENT_VALUE, supplied="鈴木, 公告.pdf"))),
    (RELEASE, replace(RELEASE_VALUE, body=Body(content_type="application/pdf", sha256="ab" * 32, size=9_000_000))),
    (CLASSIFIED, Classified(document=DOCUMENT_VALUE, claims=Claims(lang="und", relevant=False, score=0.0))),
    (DEAD_LETTER, replace(DEAD_LETTER_VALUE, original=None, sha256="ab" * 32, size=20_000_000)),
    (DEAD_LETTER, replace(DEAD_LETTER_VALUE, original=b"", size=0)),
]


@pytest.mark.parametrize(("codec", "value"), VARIANTS)
def test_round_trip(codec: Codec[Any], value: Any) -> None:
    encoded = codec.encode(value)
    assert codec.decode(encoded) == value
    assert encoded == codec.encode(codec.decode(encoded))


def test_a_record_reads_as_json_in_the_original_script() -> None:
    encoded = RELEASE.encode(RELEASE_VALUE).decode("utf-8")
    assert encoded.startswith('{"schema":1,"body":{"id":"jp-meti:20191216001"')
    assert "日韓輸出管理政策対話" in encoded


@pytest.mark.parametrize(("codec", "name", "value"), RECORDS, ids=[name for _, name, _ in RECORDS])
def test_a_kept_record_of_schema_1_is_still_read(codec: Codec[Any], name: str, value: Any) -> None:
    assert codec.decode((KEPT / f"{name}-1.json").read_bytes()) == value


@pytest.mark.parametrize(("codec", "name", "value"), RECORDS, ids=[name for _, name, _ in RECORDS])
def test_every_schema_up_to_ours_has_a_kept_record(codec: Codec[Any], name: str, value: Any) -> None:
    written = int(codec.encode(value).split(b",", 1)[0].removeprefix(b'{"schema":'))
    assert {path.name for path in KEPT.glob(f"{name}-*.json")} == {f"{name}-{n}.json" for n in range(1, written + 1)}


@pytest.mark.parametrize(("codec", "name", "value"), RECORDS, ids=[name for _, name, _ in RECORDS])
def test_a_field_added_by_a_newer_writer_of_the_same_schema_is_ignored(
    codec: Codec[Any], name: str, value: Any
) -> None:
    newer = codec.encode(value).replace(b'"body":{', b'"body":{"added_later":{"a":[1]},', 1)
    assert codec.decode(newer) == value


@pytest.mark.parametrize("schema", [2, 3, 999])
@pytest.mark.parametrize("body", [b'{"id":1}', b"null", b"[]"])
def test_a_schema_of_the_future_stops_the_worker_whatever_it_holds(schema: int, body: bytes) -> None:
    with pytest.raises(Stopped, match=f"schema {schema}, .* upgrade this worker"):
        RELEASE.decode(b'{"schema":%d,"body":%s}' % (schema, body))


def test_a_readable_record_of_the_future_stops_the_worker_too() -> None:
    future = RELEASE.encode(RELEASE_VALUE).replace(b'"schema":1', b'"schema":2')
    with pytest.raises(Stopped, match="schema 2, this one reads up to 1: upgrade this worker"):
        RELEASE.decode(future)


@dataclass(frozen=True, slots=True, kw_only=True)
class Toy:
    """Schema 1 had `name`, schema 2 `names`, schema 3 added `count`."""

    names: tuple[str, ...]
    count: int
    data: bytes = b""


def names_from_name(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "names": [body.pop("name")]}


def with_count(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "count": len(body["names"])}


TOY = Codec(Toy, schema=3, upgrades={1: names_from_name, 2: with_count})


def test_upgrades_run_in_a_chain() -> None:
    assert TOY.decode((KEPT / "toy" / "1.json").read_bytes()) == Toy(names=("불화수소",), count=1, data=b"\x00\xff")
    assert TOY.decode((KEPT / "toy" / "2.json").read_bytes()) == Toy(names=("a", "弗化水素"), count=2)
    assert TOY.decode(TOY.encode(Toy(names=(), count=0))) == Toy(names=(), count=0)


@pytest.mark.parametrize(
    "record",
    [
        b'{"schema":1,"body":{}}',
        b'{"schema":1,"body":[]}',
        b'{"schema":2,"body":{"names":7}}',
        b'{"schema":2,"body":{"names":[7]}}',
        b'{"schema":0,"body":{"name":"a"}}',
        b'{"schema":-1,"body":{"name":"a"}}',
    ],
)
def test_an_old_record_that_cannot_be_upgraded_is_a_bad_record(record: bytes) -> None:
    with pytest.raises(BadRecord, match="Toy record"):
        TOY.decode(record)


def test_a_missing_upgrade_is_a_bad_record_not_a_crash() -> None:
    gap = Codec(Toy, schema=3, upgrades={2: with_count})
    with pytest.raises(BadRecord, match="cannot upgrade a Toy record of schema 1"):
        gap.decode((KEPT / "toy" / "1.json").read_bytes())


DEEP = b"[" * 100_000 + b"]" * 100_000
GARBAGE = {
    "empty": b"",
    "null": b"null",
    "text": "수출규제 export".encode(),
    "not utf-8": b'{"schema":1,"body":"\xff\xfe"}',
    "utf-16": RELEASE.encode(RELEASE_VALUE).decode().encode("utf-16"),
    "cut short": RELEASE.encode(RELEASE_VALUE)[:-5],
    "something behind": RELEASE.encode(RELEASE_VALUE) + b"{}",
    "bare body": b'{"id":"a"}',
    "schema true": b'{"schema":true,"body":{}}',
    "schema text": b'{"schema":"1","body":{}}',
    "schema 0": RELEASE.encode(RELEASE_VALUE).replace(b'"schema":1', b'"schema":0'),
    "NaN": RELEASE.encode(RELEASE_VALUE).replace(b"1576459800123", b"NaN"),
    "Infinity": RELEASE.encode(RELEASE_VALUE).replace(b"1576459800123", b"Infinity"),
    "huge number": RELEASE.encode(RELEASE_VALUE).replace(b"1576459800123", b"1e999"),
    "fraction": RELEASE.encode(RELEASE_VALUE).replace(b"1576459800123", b"1.5"),
    "wrong type": RELEASE.encode(RELEASE_VALUE).replace(b'"kind":"press"', b'"kind":["press"]'),
    "unknown origin": RELEASE.encode(RELEASE_VALUE).replace(b'"origin":"live"', b'"origin":"dead"'),
    "bad base64": RELEASE.encode(RELEASE_VALUE).replace(b'"data":"', b'"data":"!'),
    "surrogate escape": RELEASE.encode(RELEASE_VALUE).replace(b'"kind":"press"', rb'"kind":"\ud800"'),
    "surrogate bytes": RELEASE.encode(RELEASE_VALUE).replace(b'"kind":"press"', b'"kind":"\xed\xa0\x80"'),
    "deep body": b'{"schema":1,"body":' + DEEP + b"}",
    "deep before the schema": b'{"body":' + DEEP + b',"schema":1}',
    "deep alone": DEEP,
    "another type": CLASSIFIED.encode(CLASSIFIED_VALUE),
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_a_bad_record_with_a_reason(data: bytes) -> None:
    with pytest.raises(BadRecord, match="not a Release record") as caught:
        RELEASE.decode(data)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("title", ["\ud800", "before \udfff after", "\udf00\ud83c"])
def test_a_lone_surrogate_is_never_written(title: str) -> None:
    with pytest.raises(BadRecord, match="Release holds a lone surrogate"):
        RELEASE.encode(replace(RELEASE_VALUE, title=title))


def test_the_codec_goes_on_after_bad_records() -> None:
    for data in GARBAGE.values():
        with pytest.raises(BadRecord):
            RELEASE.decode(data)
    assert RELEASE.decode(RELEASE.encode(RELEASE_VALUE)) == RELEASE_VALUE
