"""One layer of content coding is undone, in bounded memory, however the bytes are cut."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest

from collectors.decode import TooLarge, Undecodable, decode, usable

TEXT = "フッ化水素 불화수소 氟化氢 氟化氫 hydrogen fluoride ".encode() * 50
MEBIBYTE = 1024 * 1024


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT)),
        (" GZip ", gzip.compress(TEXT)),
        ("x-gzip", gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:])),
        ("gzip", gzip.compress(TEXT) + b"\x00\x00padding"),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
    ],
)
def test_bodies_come_out_as_they_went_in(coding: str, body: bytes, size: int) -> None:
    assert usable(coding)
    assert decode(cut(body, size), coding, len(TEXT)) == TEXT


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "gzip,br", "gzip;q=1", "\x00"])
def test_other_codings_are_not_usable(coding: str) -> None:
    assert not usable(coding)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("body", [b"<html>no coding at all</html>", gzip.compress(TEXT)[:-9], b"\x1f"])
def test_nonsense_and_truncation_are_undecodable(coding: str, body: bytes) -> None:
    with pytest.raises(Undecodable):
        decode([body], coding, MEBIBYTE)


def test_a_body_without_bytes_is_empty() -> None:
    assert decode([], "gzip", 10) == b""


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("", bytes)])
def test_the_limit_counts_decoded_bytes_exactly(coding: str, pack: type[bytes]) -> None:
    body = pack(TEXT)
    assert decode([body], coding, len(TEXT)) == TEXT
    with pytest.raises(TooLarge):
        decode([body], coding, len(TEXT) - 1)


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_bomb_is_not_unpacked(coding: str, pack: type[bytes]) -> None:
    bomb = pack(bytes(100 * MEBIBYTE))
    assert len(bomb) < MEBIBYTE
    tracemalloc.start()
    with pytest.raises(TooLarge):
        decode([bomb], coding, MEBIBYTE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MEBIBYTE


def test_a_body_that_decodes_to_nothing_for_ever_ends_at_the_limit() -> None:
    empty = gzip.compress(b"")
    endless = (empty for _ in iter(int, 1))
    with pytest.raises(TooLarge):
        decode(endless, "gzip", 100_000)
