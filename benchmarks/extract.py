"""Reading a page (charset, bounds, title, text, date) against trafilatura alone on the same bytes, in one run.

Pages are made up in four languages and both Chinese scripts, each in its country's old charset, with menus, scripts
and paragraphs of changing number; then, for what is found, on pages of 28 makes: the F1 of each extractor and of the
choice among them, and how many days and headlines are right. Run with `python -m benchmarks.extract`.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import lxml.html  # type: ignore[import-untyped]
import trafilatura
from htmldate import find_date

from exportwatch import content, maintext
from exportwatch.markup import Page, check
from exportwatch.sandbox import Sandbox
from tests.exportwatch.articles import TONGUES, Article
from tests.exportwatch.makes import MAKES, Make, pages
from tests.exportwatch.makes_later import LATER
from tests.exportwatch.pages import SAMPLES
from tests.exportwatch.scoring import f1

PAGES = 75
ROUNDS = 3
CALLS = 2000


def main() -> None:
    logging.disable()
    bodies = _pages()
    size = sum(map(len, bodies)) / len(bodies)
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
                rates[name] = max(rates[name], _rate(read, bodies))
        call = _call(sandbox)
    peer, text = rates["trafilatura, text and metadata"], rates["trafilatura, text alone"]
    print(f"{PAGES} pages of {size / 1000:.0f} kB on average")
    for name, rate in rates.items():
        print(
            f"{name:40} {rate:7.1f} pages/s  {rate / peer:5.2f} of its whole job  {rate / text:5.2f} of its text alone"
        )
    print(f"a call of the sandbox: {call * 1e6:.0f} µs")
    for name, makes in (("makes that shaped the rule", MAKES), ("makes written later", LATER)):
        for long in (False, True):
            _quality(f"{name}, {'long' if long else 'short'} releases", makes, long)


def _quality(name: str, makes: tuple[Make, ...], long: bool) -> None:
    """Print what is found on the pages of `makes`; a long release is the three of a tongue, three times."""
    cases = _long(makes) if long else list(pages(makes))
    scores: dict[str, float] = {}
    right: dict[str, int] = {}
    for _, article, html in cases:
        tree = lxml.html.document_fromstring(html)
        read = Page(html, check(html))
        texts = {
            "trafilatura": trafilatura.extract(tree, include_comments=False),
            "... favouring precision": trafilatura.extract(tree, include_comments=False, favor_precision=True),
            "resiliparse": maintext.quick(html),
            "readability": maintext.readably(tree),
            "the choice": read.text,
        }
        for extractor, text in texts.items():
            scores[extractor] = scores.get(extractor, 0.0) + f1(article.text, text or "") / len(cases)
        guessed = find_date(tree, original_date=True, max_date="2026-01-01")
        said = trafilatura.extract_metadata(tree).title
        for what, found, truth in (
            ("days, htmldate", guessed, article.day),
            ("days, ours", read.published("", "2026-01-01"), article.day),
            ("headlines, trafilatura", said, article.title),
            ("headlines, ours", read.title, article.title),
        ):
            right[what] = right.get(what, 0) + (found == truth)
    print(f"{name}: {len(cases)} pages")
    for extractor, score in scores.items():
        print(f"  {extractor:40} F1 {score:.3f}")
    for what, number in right.items():
        print(f"  {what:40} {number} right")


def _long(makes: tuple[Make, ...]) -> list[tuple[str, Article, str]]:
    found = []
    for make in makes:
        for tongue in TONGUES:
            parts = [paragraph for article in tongue.articles for paragraph in article.paragraphs]
            paragraphs = tuple(f"{turn}. {paragraph}" for turn in range(3) for paragraph in parts)
            article = replace(tongue.articles[0], paragraphs=paragraphs)
            found.append((make.__name__, article, make(article, tongue.furniture)))
    return found


def _pages() -> list[bytes]:
    chance = random.Random(1)
    bodies = []
    for number in range(PAGES):
        sample = SAMPLES[number % len(SAMPLES)]
        paragraphs = tuple(
            f"{number}.{part} {paragraph}"
            for part in range(chance.randint(3, 40))
            for paragraph in chance.sample(sample.paragraphs, len(sample.paragraphs))
        )
        menu = tuple(f"{entry} {place}" for place in range(chance.randint(2, 15)) for entry in sample.menu)
        bodies.append(replace(sample, paragraphs=paragraphs, menu=menu).body)
    return bodies


def _rate(read: Callable[[bytes], object], bodies: Sequence[bytes]) -> float:
    """Pages a second."""
    read(bodies[0])
    begin = time.perf_counter()
    for page in bodies:
        if not read(page):
            raise SystemExit("a page was not read")
    return len(bodies) / (time.perf_counter() - begin)


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
