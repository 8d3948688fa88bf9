"""The headers of an answer, from raw pairs."""

from __future__ import annotations

from collections.abc import Iterable


def headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Lower-case names; the values of a repeated header between commas."""
    found: dict[str, list[str]] = {}
    for name, value in raw:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return {name: ", ".join(values) for name, values in found.items()}


def values(raw: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    """Each value of one header (lower-case), as some hold commas of their own."""
    return [value.decode("latin-1") for key, value in raw if key.lower() == name]
