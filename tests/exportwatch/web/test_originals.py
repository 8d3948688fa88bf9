"""The bytes as they came: inline in the log, in Blobs, changed since, gone, or never kept."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from exportwatch import codec
from exportwatch.cli.web import pages
from exportwatch.model import INLINE_BYTES, Document
from exportwatch.web import links
from exportwatch.web.originals import original
from exportwatch.wiring import Wiring
from tests.exportwatch.web import kit


def known(wiring: Wiring, id: str) -> Document:
    return codec.CLASSIFIED.decode(wiring.index.get([id])[id]).document


@pytest.mark.parametrize("line", kit.LINES, ids=lambda line: line["lang"])
def test_the_bytes_have_the_hash_that_the_page_shows(visitor: TestClient, line: dict[str, str]) -> None:
    response = visitor.get(links.raw(line["id"]))
    view = visitor.get(links.document_twin(line["id"])).json()
    assert response.status_code == 200
    assert hashlib.sha256(response.content).hexdigest() == view["provenance"]["sha256"]
    assert len(response.content) == view["provenance"]["size"]
    assert view["provenance"]["raw"] == links.raw(line["id"])


def test_they_are_saved_and_never_shown(visitor: TestClient) -> None:
    headers = visitor.get(links.raw("us-bis:hf")).headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == 'attachment; filename="us-bis_hf.bin"'
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"


def test_each_revision_has_its_own(empty: Wiring) -> None:
    for text in ("the first words", "other words"):
        kit.publish(empty, [{"id": "a:1", "title": "t", "text": text}])
    assert kit.client(empty).get(links.raw("a:1")).content.decode() == "other words"


def test_large_ones_lie_in_blobs(empty: Wiring) -> None:
    text = "輸出管理 " * (INLINE_BYTES // 10)
    kit.publish(empty, [{"id": "a:1", "title": "t", "text": text}])
    assert kit.client(empty).get(links.raw("a:1")).content.decode() == text
    # Also where the document comes from a time that did not remember the place of its release.
    assert original(pages(empty), replace(known(empty, "a:1"), place=None)) == text.encode()
    empty.blobs.delete(known(empty, "a:1").sha256)
    assert kit.client(empty).get(links.raw("a:1")).status_code == 404


def test_a_place_that_holds_another_release_gives_nothing(house: Wiring) -> None:
    backends, document = pages(house), known(house, "us-bis:hf")
    assert document.place is not None
    assert original(backends, document) is not None
    partition, offset = document.place
    assert original(backends, replace(document, place=(partition, offset - 1))) is None
    assert original(backends, replace(document, place=(partition, 10_000))) is None
    assert original(backends, replace(document, place=(7, offset))) is None


def test_what_was_not_kept_is_not_offered(house: Wiring) -> None:
    backends, document = pages(house), known(house, "us-bis:hf")
    for other in (
        replace(document, place=None),
        replace(document, state="too large"),
        replace(document, sha256="", size=0),
    ):
        assert original(backends, other) is None
