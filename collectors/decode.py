"""Undoes one layer of HTTP content coding on raw bytes, in bounded memory.

No client's own limit holds: they inflate a chunk whole before anyone can look at its size. Here zlib is asked for
never more than what is still allowed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final, Literal

ACCEPT: Final = "gzip"
"""What requests ask for; anything but CODINGS is refused unread."""
CODINGS: Final = ("", "identity", "gzip", "x-gzip", "deflate")
_PIECE: Final = 64 * 1024


class TooLarge(Exception):
    """More than `limit` bytes, raw or decoded; caught in collectors.fetch."""


class Undecodable(Exception):
    """Not what its coding says; caught in collectors.fetch."""


def usable(coding: str) -> bool:
    """Whether a Content-Encoding value (several headers joined by commas) is one layer that we undo."""
    return coding.strip().lower() in CODINGS


def decode(chunks: Iterable[bytes], coding: str, limit: int, *, cut: bool = False) -> bytes:
    """The decoded bytes of a body whose coding is `usable`; raises TooLarge beyond `limit`, Undecodable for nonsense.

    Raw bytes count against the limit as well: a body can be endless and decode to nothing. With `cut`, the rest of a
    body beyond the limit is not read, and what came before it is returned.
    """
    name = coding.strip().lower()
    reader: _Plain | _Inflater = _Plain(limit)
    if name not in ("", "identity"):
        reader = _Inflater("gzip" if name in ("gzip", "x-gzip") else "deflate", limit)
    raw = 0
    try:
        for chunk in chunks:
            raw += len(chunk)
            reader.feed(chunk)
            if raw > limit:
                raise TooLarge
    except TooLarge:
        if not cut:
            raise
        return bytes(reader.out)
    return reader.finish()


class _Plain:
    """Collects bytes as they are."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.out = bytearray()

    def feed(self, chunk: bytes) -> None:
        self.out += chunk[: self._limit - len(self.out)]

    def finish(self) -> bytes:
        return bytes(self.out)


class _Inflater:
    """Collects decoded bytes; a gzip body may have several members, deflate may come without its zlib header."""

    def __init__(self, coding: Literal["gzip", "deflate"], limit: int) -> None:
        self._coding = coding
        self._limit = limit
        self.out = bytearray()
        self._head = b""
        self._stream: zlib._Decompress | None = None
        self._ended = False

    def feed(self, chunk: bytes) -> None:
        if self._stream is None:
            chunk = self._head + chunk
            if len(chunk) < 2:
                self._head = chunk
                return
            self._stream = zlib.decompressobj(self._window(chunk))
        self._inflate(chunk)

    def finish(self) -> bytes:
        if self._stream is None and not self._head:
            return b""  # a body of no bytes at all is empty under any coding
        if self._stream is None or not (self._stream.eof or self._ended):
            raise Undecodable(f"the {self._coding} body ends before its end")
        return bytes(self.out)

    def _window(self, head: bytes) -> int:
        if self._coding == "gzip":
            return 16 + zlib.MAX_WBITS
        zlib_header = head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0
        return zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS

    def _inflate(self, data: bytes) -> None:
        while data and not self._ended:
            assert self._stream is not None
            if self._stream.eof:
                data = self._next_member(data)
                continue
            data = self._step(self._stream, data)

    def _step(self, stream: zlib._Decompress, data: bytes) -> bytes:
        """Inflate one piece; returns the input still to be read."""
        allowed = self._limit - len(self.out)
        try:
            piece = stream.decompress(data, min(_PIECE, allowed + 1))
        except zlib.error as error:
            raise Undecodable(f"not {self._coding}: {error}") from error
        self.out += piece[:allowed]
        if len(piece) > allowed:
            raise TooLarge
        return stream.unused_data if stream.eof else stream.unconsumed_tail

    def _next_member(self, data: bytes) -> bytes:
        """Start the next gzip member; what follows the end and is none is padding, and ignored as browsers do."""
        if self._coding == "gzip" and data[:1] == b"\x1f":
            self._stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
            return data
        self._ended = True
        return b""
