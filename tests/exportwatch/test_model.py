"""model.py: identity, keys and what the content hash covers."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from exportwatch.model import (
    Claims,
    Classified,
    DeadLetter,
    Document,
    Draft,
    Fetched,
    content_hash,
    url_id,
)

DRAFT = Draft(
    id="jp-meti:20191216001",
    publisher="jp-meti",
    source="jp-meti-press",
    kind="press",
    url="https://meti.example/1",
    title="輸出管理",
    published="2019-12-16",
    lang="ja",
    body=b"<p>body</p>",
)
CHANGES: dict[str, Any] = {
    "id": "jp-meti:2",
    "publisher": "jp-mofa",
    "kind": "law",
    "url": "https://meti.example/2",
    "title": "輸出管理 ",
    "published": "2019-12-17",
    "published_precision": "second",
    "lang": "en",
    "content_type": "text/html",
    "body": None,
    "size": 11,
    "state": "too large",
    "root": "jp-meti:1",
}
NOT_COVERED = {"source", "supplied", "extra"}


@pytest.mark.parametrize("name", CHANGES)
def test_the_content_hash_changes_with_everything_a_release_carries(name: str) -> None:
    assert content_hash(replace(DRAFT, **{name: CHANGES[name]})) != content_hash(DRAFT)


def test_the_content_hash_does_not_change_with_the_source_or_who_supplied_it() -> None:
    assert content_hash(replace(DRAFT, source="a-fallback", extra={"link": "x"})) == content_hash(DRAFT)
    assert content_hash(replace(DRAFT, supplied="김민지, 보도.eml")) == content_hash(DRAFT)
    assert {field.name for field in fields(Draft)} == CHANGES.keys() | NOT_COVERED


def test_the_content_hash_does_not_run_fields_together() -> None:
    assert content_hash(replace(DRAFT, url="ab", title="c")) != content_hash(replace(DRAFT, url="a", title="bc"))


def test_no_body_is_not_an_empty_body() -> None:
    assert content_hash(replace(DRAFT, body=None)) != content_hash(replace(DRAFT, body=b""))


def test_the_content_hash_takes_what_no_encoding_can() -> None:
    assert content_hash(replace(DRAFT, title="\ud800")) != content_hash(replace(DRAFT, title="\udfff"))


def test_an_id_made_from_a_url() -> None:
    made = url_id("import", "https://例え.example/輸出?a=1")
    publisher, _, digits = made.partition(":")
    assert (publisher, len(digits)) == ("import", 16)
    assert int(digits, 16) >= 0
    assert (
        made == url_id("import", "https://例え.example/輸出?a=1") != url_id("import", "https://例え.example/輸出?a=2")
    )


def document(**changes: Any) -> Document:
    values: dict[str, Any] = {
        "id": "jp-meti:20191216001",
        "publisher": "jp-meti",
        "source": "",
        "kind": "press",
        "url": "",
        "title": "t",
        "text": "",
        "lang": "ja",
        "published": "2019-12-16T23:30:00+09:00",
        "published_precision": "second",
        "observed": 1_576_459_800_123,
        "origin": "live",
        "content_hash": "",
        "sha256": "",
        "size": 0,
    }
    return Document(**values | changes)


def test_the_day_is_the_publishers() -> None:
    assert document().day == "2019-12-16"
    assert document(published="").day == ""


@pytest.mark.parametrize(
    ("id", "publisher", "native"),
    [
        ("jp-meti:20191216001", "jp-meti", "20191216001"),
        ("cn-mofcom:2024:51", "cn-mofcom", "2024:51"),
        ("given by the importer", "import", "given by the importer"),
        ("jp-meti2:1", "jp-meti", "jp-meti2:1"),
    ],
)
def test_the_native_id_is_the_publishers(id: str, publisher: str, native: str) -> None:
    assert document(id=id, publisher=publisher).native_id == native


def test_versions_order_by_observation_and_then_by_rules() -> None:
    claims = Claims(lang="ja", relevant=False, score=0.0)
    early, late = document(), document(observed=1_576_459_800_124)
    versions = [
        Classified(document=early, claims=claims).version,
        Classified(document=early, claims=claims, generation=999).version,
        Classified(document=late, claims=claims).version,
    ]
    assert versions == sorted(set(versions))
    assert versions[0] == 1_576_459_800_123_000


def test_a_dead_letter_is_named_for_where_its_record_came_from() -> None:
    letter = DeadLetter(topic="releases", partition=3, offset=42, key="k", stage="process", reason="r", at=0)
    assert letter.id == "releases/3/42"


def test_a_response_without_a_content_type_has_an_empty_one() -> None:
    fetched = Fetched(url="u", status=200, headers={"content-type": "text/xml"}, body=b"", observed=0)
    assert fetched.content_type == "text/xml"
    assert replace(fetched, headers={}).content_type == ""
