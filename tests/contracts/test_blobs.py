"""What blobs promise (exportwatch/blobs.py), in a folder and in another file system of fsspec."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import pytest

from exportwatch.blobs import Blobs, open_blobs
from exportwatch.errors import BadRecord


@pytest.fixture(params=["file:", "file:///", "memory:"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    url = {
        "file:": "file:",
        "file:///": f"file://{tmp_path}/여기 ここ 这里 這裡",
        "memory:": f"memory://{secrets.token_hex(8)}",
    }[request.param]
    return open_blobs(url, tmp_path / "data")


@pytest.mark.parametrize("data", [b"", b"\x00", "輸出規制 수출규제 出口管制".encode(), secrets.token_bytes(3_000_000)])
def test_bytes_come_back_by_their_hash(blobs: Blobs, data: bytes) -> None:
    sha256 = blobs.put(data)
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert blobs.get(sha256) == data


def test_a_repeated_put_is_the_same_blob(blobs: Blobs) -> None:
    assert blobs.put(b"once") == blobs.put(b"once")
    blobs.delete(blobs.put(b"once"))
    with pytest.raises(BadRecord):
        blobs.get(hashlib.sha256(b"once").hexdigest())


def test_a_missing_blob_is_a_bad_record_that_says_what_and_where(blobs: Blobs) -> None:
    sha256 = hashlib.sha256(b"never").hexdigest()
    with pytest.raises(BadRecord, match=f"{sha256} is not at .*{sha256[:2]}/{sha256}"):
        blobs.get(sha256)
    blobs.delete(sha256)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n"])
def test_what_is_no_hash_is_refused(blobs: Blobs, name: str) -> None:
    with pytest.raises(BadRecord, match="SHA-256"):
        blobs.get(name)
    with pytest.raises(BadRecord, match="SHA-256"):
        blobs.delete(name)
