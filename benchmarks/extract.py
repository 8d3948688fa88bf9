"""Reading a page (charset, bounds, title, text, date) against trafilatura alone on the same bytes, in one run.

Pages are made up in four languages and both Chinese scripts, each in its country's old charset, with menus, scripts
and paragraphs of changing number. Run with `python -m benchmarks.extract`.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import trafilatura

from exportwatch import content
from exportwatch.sandbox import Sandbox
from tests.exportwatch.pages import SAMPLES

PAGES = 75
ROUNDS = 3
CALLS = 2000


def main() -> None:
    logging.disable()
    pages = _pages()
    size = sum(map(len, pages)) / len(pages)
    with Sandbox() as sandbox:
        contenders: dict[str, Callable[[bytes], object]] = {
            "trafilatura, text and metadata": lambda page: trafilatura.bare_extraction(page, with_metadata=True),
            "trafilatura, text alone": trafilatura.extract,
            "ours, nothing known": lambda page: content.extract(page, "text/html", "", "", "", "2026-01-01"),
            "ours, title and date known": lambda page: content.extract(page, "text/html", "", "t", "2019-07-01"),
            "ours, nothing known, sandboxed": lambda page: sandbox.run(
                content.extract, page, "text/html", "", "", "", "2026-01-01"
            ),
            "ours, title and date known, sandboxed": lambda page: sandbox.run(
                content.extract, page, "text/html", "", "t", "2019-07-01", ""
            ),
        }
        rates = {name: 0.0 for name in contenders}
        for _ in range(ROUNDS):
            for name, read in contenders.items():
                rates[name] = max(rates[name], _rate(read, pages))
        call = _call(sandbox)
    peer, text = rates["trafilatura, text and metadata"], rates["trafilatura, text alone"]
    print(f"{PAGES} pages of {size / 1000:.0f} kB on average")
    for name, rate in rates.items():
        print(
            f"{name:40} {rate:7.1f} pages/s  {rate / peer:5.2f} of its whole job  {rate / text:5.2f} of its text alone"
        )
    print(f"a call of the sandbox: {call * 1e6:.0f} µs")


def _pages() -> list[bytes]:
    chance = random.Random(1)
    pages = []
    for number in range(PAGES):
        sample = SAMPLES[number % len(SAMPLES)]
        paragraphs = tuple(
            f"{number}.{part} {paragraph}"
            for part in range(chance.randint(3, 40))
            for paragraph in chance.sample(sample.paragraphs, len(sample.paragraphs))
        )
        menu = tuple(f"{entry} {place}" for place in range(chance.randint(2, 15)) for entry in sample.menu)
        pages.append(replace(sample, paragraphs=paragraphs, menu=menu).body)
    return pages


def _rate(read: Callable[[bytes], object], pages: Sequence[bytes]) -> float:
    """Pages a second."""
    read(pages[0])
    begin = time.perf_counter()
    for page in pages:
        if not read(page):
            raise SystemExit("a page was not read")
    return len(pages) / (time.perf_counter() - begin)


def _call(sandbox: Sandbox) -> float:
    """Seconds for a small payload, the best of several series."""
    series = []
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(CALLS // 5):
            sandbox.run(content.extract, b"x", content.PLAIN_UTF8, "", "", "", "")
        series.append((time.perf_counter() - begin) / (CALLS // 5))
    return min(series)


if __name__ == "__main__":
    main()
