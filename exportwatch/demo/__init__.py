"""The bundled sources: texts of our own in the manner of real ministries, served over real HTTP on loopback.

with demo.server.serve() as server:                 # a port of its own
    demo.sources.write(folder, server.url)          # one TOML file a source
    settings.private_addresses = server.address     # the one way past the address check
    server.release()                                # a new release appears, and SUBSCRIPTION is to be told
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Query:
    """A query to show, and what it shows."""

    language: str
    text: str
    caption: str


QUERIES: Final = (
    Query("en", "photoresist", "A name in English finds its item in every language"),
    Query("ja", "政策対話", "Japanese words match inside longer ones"),
    Query("ko", "수출규제 포토레지스트", "Korean words match with any particle clinging to them"),
    Query("zh", "镓 出口管制", "Chinese words, and the notices that put gallium under control"),
)

SUBSCRIPTION: Final = '"hydrogen fluoride" AND against:KR'
"""What to be told of; the release that appears later is a hit, in Japanese."""
SUBSCRIPTION_ID: Final = "demo-hydrogen-fluoride"
APPEARS_IN: Final = "demo-jp"
"""The source of that release."""
