"""Reading feeds (charset, dialect, entries, ids, dates) against feedparser alone on the same bytes, in one run.

Feeds are made up: RSS, Atom, RSS in three East Asian charsets, and one that is not well-formed. Both must find the
same number of entries. Run with `python -m benchmarks.feeds`.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Final

import feedparser  # type: ignore[import-untyped]

from collectors import feed
from exportwatch.sandbox import Sandbox
from tests.collectors.kit import fetched, source
from tests.exportwatch.pages import SAMPLES

ENTRIES: Final = 100
ROUNDS: Final = 5


def main() -> None:
    mine = source()
    with Sandbox() as sandbox:
        for name, body in _feeds().items():
            given = fetched(body, "application/xml")
            contenders: dict[str, Callable[[], int]] = {
                "feedparser": lambda body=body: len(_feedparser(body)),  # type: ignore[misc]
                "feedparser, texts untouched": lambda body=body: len(_feedparser(body, plain=True)),  # type: ignore[misc]
                "ours": lambda given=given: len(feed.parse(given, mine).drafts),  # type: ignore[misc]
                "ours, sandboxed": lambda given=given: len(  # type: ignore[misc]
                    sandbox.run("collectors.feed:parse_payload", feed.payload(given, mine))["drafts"]
                ),
            }
            rates = dict.fromkeys(contenders, 0.0)
            for _ in range(ROUNDS):
                for contender, read in contenders.items():
                    rates[contender] = max(rates[contender], _rate(name, contender, read))
            print(f"{name}: {ENTRIES} entries, {len(body) / 1000:.0f} kB")
            for contender, rate in rates.items():
                peers = rate / rates["feedparser"], rate / rates["feedparser, texts untouched"]
                print(
                    f"  {contender:28} {rate:8.0f} entries/s  {peers[0]:5.2f} of its own  {peers[1]:5.2f} of untouched"
                )


def _feedparser(body: bytes, *, plain: bool = False) -> list[object]:
    """Its entries; `plain`: without cleaning and rewriting the markup of texts, as we have it."""
    headers = {"content-type": "application/xml", "content-location": "https://ministry.example/feed"}
    options = {"sanitize_html": False, "resolve_relative_uris": False} if plain else {}
    found: list[object] = feedparser.parse(io.BytesIO(body), response_headers=headers, **options).entries
    return found


def _rate(name: str, contender: str, read: Callable[[], int]) -> float:
    """Entries a second."""
    begin = time.perf_counter()
    found = read()
    seconds = time.perf_counter() - begin
    if found != ENTRIES:
        raise SystemExit(f"{contender} finds {found} entries in {name}, not {ENTRIES}")
    return found / seconds


def _feeds() -> dict[str, bytes]:
    texts = {sample.lang: (sample.title, " ".join(sample.paragraphs)) for sample in SAMPLES}
    english, japanese, korean, chinese = (texts[lang] for lang in ("en", "ja", "ko", "zh-CN"))
    return {
        "RSS": _rss(*english, "utf-8"),
        "Atom": _atom(*english),
        "RSS, Japanese in Shift_JIS": _rss(*japanese, "shift_jis", "cp932"),
        "RSS, Korean in EUC-KR": _rss(*korean, "euc-kr", "cp949"),
        "Atom, Chinese in UTF-8": _atom(*chinese),
        "RSS with bare ampersands": _rss(english[0] + " A & B", english[1], "utf-8"),
    }


def _rss(title: str, text: str, label: str, codec: str = "") -> bytes:
    items = "".join(
        f"<item><title>{title} {number}</title><link>https://ministry.example/{number}.html</link>"
        f"<guid isPermaLink='false'>{number}</guid><pubDate>Mon, 16 Dec 2019 09:{number % 60:02}:00 +0900</pubDate>"
        f"<category>{title}</category>"
        f"<description>&lt;p&gt;{text} &lt;a href='/x'&gt;x&lt;/a&gt;&lt;/p&gt;</description></item>"
        for number in range(ENTRIES)
    )
    head = f'<?xml version="1.0" encoding="{label}"?><rss version="2.0"><channel><title>{title}</title>'
    return f"{head}{items}</channel></rss>".encode(codec or label, "xmlcharrefreplace")


def _atom(title: str, text: str) -> bytes:
    entries = "".join(
        f"<entry><title>{title} {number}</title><link href='https://ministry.example/{number}.html'/>"
        f"<id>tag:ministry.example,2019:{number}</id><updated>2019-12-16T09:{number % 60:02}:00+09:00</updated>"
        f"<author><name>{title}</name></author><content type='html'>&lt;p&gt;{text}&lt;/p&gt;</content></entry>"
        for number in range(ENTRIES)
    )
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>{title}</title>{entries}</feed>'.encode()


if __name__ == "__main__":
    main()
