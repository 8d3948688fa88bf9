"""What a page says of itself in JSON-LD: the objects that describe an article. What is no JSON is passed over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

_MOST_CHARACTERS: Final = 512 * 1024
_MOST_OBJECTS: Final = 1000
_DEPTH: Final = 8
_KINDS: Final = ("article", "posting", "report", "webpage", "legislation", "announcement", "governmentservice")


def articles(tree: Any) -> list[dict[str, Any]]:
    """Objects of a type such as NewsArticle, articles before pages, in the order of the page."""
    found = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text and len(script.text) <= _MOST_CHARACTERS:
            found += [thing for thing in _objects(_parsed(script.text)) if _is_article(thing)]
    return sorted(found[:_MOST_OBJECTS], key=lambda thing: "page" in str(thing["@type"]).lower())


def said(thing: dict[str, Any], name: str) -> str:
    """A property that is text, else empty."""
    value = thing.get(name)
    return value if isinstance(value, str) else ""


def _parsed(text: str) -> Any:
    text = text.strip().removeprefix("<![CDATA[").removeprefix("<!--").removesuffix("-->").removesuffix("]]>")
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _objects(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        yield value
        value = value.get("@graph") or value.get("mainEntity")
    if isinstance(value, list):
        for entry in value[:_MOST_OBJECTS]:
            yield from _objects(entry, depth + 1)
    elif isinstance(value, dict):
        yield from _objects(value, depth + 1)


def _is_article(thing: dict[str, Any]) -> bool:
    kinds = str(thing.get("@type") or "").lower()
    return any(kind in kinds for kind in _KINDS)
