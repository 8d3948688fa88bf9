"""Pages as browsers save them: the address that a page was saved from, as far as the page itself declares it.

    <!-- saved from url=(0042)https://… -->            Chrome, Edge, Internet Explorer
    <!-- Page saved with SingleFile  url: https://… -->  SingleFile
    <link rel="canonical" href="…">                    the publisher, relative to <base href>

What the saver noted goes before what the publisher declares. A canonical address without a path is ignored: too many
sites name their entrance on every page, and all those pages would be one document.
"""

from __future__ import annotations

import html
import re
from typing import Final
from urllib.parse import urlsplit

from collectors import urls
from exportwatch import charset

HEAD_BYTES: Final = 256 * 1024
"""The address is looked for within this distance from the begin of a page."""
_MOST_TAG: Final = 4_000
_MOST_URL: Final = 2_000

# What can stand in a head. A page's own words begin with its body, and may quote anything.
_HEAD: Final = re.compile(
    rf"<(?:(?P<comment>!--)|(?P<raw>script|style|title|noscript|template)\b[^<>]{{0,{_MOST_TAG}}}>"
    rf"|(?P<tag>link|base)\b(?P<attributes>[^<>]{{0,{_MOST_TAG}}})>|(?P<end>body\b|/head\b))",
    re.IGNORECASE,
)
_ATTRIBUTE: Final = re.compile(r"""(?<![^\s"'/])([A-Za-z-]{1,20})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_FROM: Final = re.compile(r"\s*saved from url=\((\d{4,5})\)(\S+)\s*")
_SINGLE_FILE: Final = re.compile(r"\s*Page saved with SingleFile\b[^\n]{0,100}\n\s*url:[ \t]*(\S+)")


def address(page: bytes, content_type: str = "") -> str:
    """The canonical address a page was saved from; empty where it does not say."""
    head = charset.decode_page(page[:HEAD_BYTES], content_type)
    base = canonical = ""
    for kind, said in _declarations(head):
        if kind == "comment" and (noted := _noted(said)):
            return noted
        if kind != "comment":
            values = _attributes(said)
            href = values.get("href", "")
            if kind == "base":
                base = base or urls.canonical(href)
            elif "canonical" in values.get("rel", "").lower().split():
                canonical = canonical or href
    found = urls.canonical(canonical, base) if canonical else ""
    parts = urlsplit(found)
    return found if len(found) <= _MOST_URL and (parts.path.strip("/") or parts.query) else ""


def _declarations(head: str) -> list[tuple[str, str]]:
    """Comments, links and bases of a head in order, by kind: the words of the one, the attributes of the others."""
    lower = head.lower()
    found: list[tuple[str, str]] = []
    position = 0
    while match := _HEAD.search(head, position):
        position = match.end()
        if match["end"]:
            break
        if match["tag"]:
            found.append((match["tag"].lower(), match["attributes"]))
            continue
        end = lower.find("-->" if match["comment"] else f"</{match['raw'].lower()}", position)
        if end < 0:
            break
        if match["comment"]:
            found.append(("comment", head[position:end]))
        position = end
    return found


def _noted(comment: str) -> str:
    """The address in the comment of a saver."""
    if marked := _FROM.fullmatch(comment[: 2 * _MOST_URL]):
        # "--" would end the comment, so browsers write it otherwise; the number counts what they wrote.
        url = marked[2][: int(marked[1])].replace("%2D%2D", "--")
    elif single := _SINGLE_FILE.match(comment[: 2 * _MOST_URL]):
        url = single[1]
    else:
        return ""
    return urls.canonical(url) if len(url) <= _MOST_URL else ""


def _attributes(tag: str) -> dict[str, str]:
    """By lower-case name, the first of a name."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag):
        found.setdefault(name.lower(), html.unescape(double or single or bare).strip())
    return found
