"""The generation of the rules: a number from 0 to 999 that counts up whenever taxonomy or rules change.

It is the last three digits of an index version, so that a replay under new rules replaces what old ones claimed.
"""

from __future__ import annotations

import hashlib
import importlib.resources
from typing import Final

import msgspec

from exportwatch.errors import Misconfigured
from exportwatch.store import NEW, Put, Store

READERS: Final = (
    "archives",
    "blocks",
    "charset",
    "content",
    "eras",
    "errors",
    "hwp",
    "linkeddata",
    "maintext",
    "markup",
    "mojibake",
    "office",
    "pagedate",
    "pagetitle",
    "pdf",
    "pdflayout",
    "text",
    "titles",
)
"""Modules of the core that decide what a document says: all that `content` needs, and the tokeniser."""

KEY = "rules/generation"
LAST = 999


class _Known(msgspec.Struct):
    generation: int
    fingerprint: str


def current(store: Store, fingerprint: str) -> int:
    """The generation of the rules with this fingerprint: the known one, or one more than the last known.

    At 999 it stays there (equal versions still replace): later rule changes then rely on the order of replays.
    """
    for _ in range(100):
        stored = store.get_many([KEY]).get(KEY)
        known = msgspec.json.decode(stored.value, type=_Known) if stored else None
        if known and known.fingerprint == fingerprint:
            return known.generation
        generation = min(known.generation + 1, LAST) if known else 0
        put = Put(KEY, msgspec.json.encode(_Known(generation, fingerprint)), stored.version if stored else NEW)
        if not store.put_many([put])[0].conflict:
            return generation
    raise Misconfigured("workers with different taxonomies keep replacing each other's rules: give all the same config")


def reader_fingerprint() -> str:
    """A hash over the code that finds title and text in an original."""
    digest = hashlib.sha256()
    for name in READERS:
        digest.update((importlib.resources.files("exportwatch") / f"{name}.py").read_bytes())
    return digest.hexdigest()[:8]


def code_fingerprint() -> str:
    """A hash over the rules that are code: any change of what reads or classifies is a new generation."""
    digest = hashlib.sha256()
    readers = [importlib.resources.files("exportwatch") / f"{name}.py" for name in READERS]
    processors = [entry for entry in importlib.resources.files("processors").iterdir() if entry.name.endswith(".py")]
    for entry in [*readers, *sorted(processors, key=lambda entry: entry.name)]:
        digest.update(entry.read_bytes())
    return digest.hexdigest()
