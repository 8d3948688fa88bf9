"""Blobs in a folder: how they lie there, damage, and addresses that are wrong."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from exportwatch.blobs import open_blobs
from exportwatch.errors import BadRecord, Misconfigured, Retryable


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_blob_lies_under_two_digits_of_its_hash_and_nothing_else_is_left(tmp_path: Path) -> None:
    sha256 = open_blobs("file:", tmp_path).put(b"data")
    assert files(tmp_path) == [tmp_path / "blobs" / sha256[:2] / sha256]


def test_a_damaged_blob_is_told_and_put_again(tmp_path: Path) -> None:
    blobs = open_blobs(f"file://{tmp_path}", tmp_path)
    sha256 = blobs.put(b"data")
    path = tmp_path / sha256[:2] / sha256
    path.write_bytes(b"atad")
    with pytest.raises(BadRecord, match=f"{sha256} at .* is damaged"):
        blobs.get(sha256)
    path.write_bytes(b"da")
    assert blobs.put(b"data") == sha256
    assert blobs.get(sha256) == b"data"


def test_a_put_that_fails_leaves_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = open_blobs("file:", tmp_path)

    def full(source: str, target: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(Retryable, match="No space left"):
            blobs.put(b"data")
    assert files(tmp_path) == []
    assert blobs.get(blobs.put(b"data")) == b"data"


def test_a_folder_that_cannot_be_made_is_misconfigured(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(Misconfigured, match="taken"):
        open_blobs(f"file://{tmp_path}/taken", tmp_path).put(b"data")


@pytest.mark.parametrize(
    "url",
    ["", "blobs", "http://host/", "file:blobs", "file://blobs", "file:///", "s3:", "s3://", "s3:///prefix", "FILE:"],
)
def test_a_wrong_address_is_misconfigured(url: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="--blobs"):
        open_blobs(url, tmp_path)


def test_s3_without_its_extra_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(Misconfigured, match=r"pip install exportwatch\[s3\]"):
        open_blobs("s3://bucket/prefix", tmp_path)


def test_opening_touches_nothing(tmp_path: Path) -> None:
    open_blobs("file:", tmp_path / "data")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BadRecord):
        open_blobs("file:", tmp_path / "data").get(hashlib.sha256(b"").hexdigest())
    assert list(tmp_path.iterdir()) == []
