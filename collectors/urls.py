"""One form of a URL, so that the same page has the same id however it was linked."""

from __future__ import annotations

import contextlib
import re
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

_TRACKING: Final = frozenset({"fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "_ga"})
_TRACKING_PREFIXES: Final = ("utm_",)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


# Fragments that say how a link was found, not what it leads to: #xtor=RSS-1, #utm_source=…, #rss.
_TRACKING_FRAGMENT: Final = re.compile(r"(?:xtor|utm_\w{1,20}|ref|ftag)=|(?:rss|top)$", re.IGNORECASE)


def canonical(url: str, base: str = "", *, fragment: bool = False) -> str:
    """The URL absolute, its host in lower-case ASCII, without default port, fragment and tracking parameters.

    Empty for what is no http(s) URL. With `fragment`, one that names a place on the page stays: entries of a feed
    may be paragraphs of one page.
    """
    try:
        parts = urlsplit(urljoin(base, url.strip()) if base else url.strip())
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or any(c.isspace() for c in parts.netloc):
        return ""
    host = _host(parts)
    netloc = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    place = parts.fragment if fragment and not _TRACKING_FRAGMENT.match(parts.fragment) else ""
    return urlunsplit((parts.scheme, netloc, parts.path or "/", _query(parts.query), place))


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        return f"[{host}]"
    with contextlib.suppress(UnicodeError):
        return host.encode("idna").decode("ascii")
    return host


def _query(query: str) -> str:
    """The other parameters stay as written and in order: some sites read them so."""
    kept = [part for part in query.split("&") if not _tracks(part.partition("=")[0].lower())]
    return "&".join(kept)


def _tracks(name: str) -> bool:
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)
