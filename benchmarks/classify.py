"""How fast documents are classified, against a bare ahocorasick-rs scan of the same normalised text in the same run.

    python -m benchmarks.classify [--texts FILE.jsonl] [--profile] [--strange] [--labels]

Texts are cut into documents of about 1 kB; without `--texts` a few sentences in four languages are repeated.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import pstats
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ahocorasick_rs import AhoCorasick

from exportwatch.configfiles import files
from exportwatch.model import Document
from exportwatch.taxonomy import Concept, Taxonomy, load
from exportwatch.text import fold
from processors.classify import Rules, classify
from processors.language import detect
from processors.lexicon import scan_form
from processors.mentions import read_field, settle

_BYTES = 1_000
_STRANGE = 1_000_000
_TEXTS = (
    "The ministry said it would tighten export controls on hydrogen fluoride bound for South Korea from July. ",
    "経済産業省は、韓国向けのフッ化水素とレジストの輸出管理を厳格化し、包括許可から個別許可に切り替えると発表した。",
    "산업통상자원부는 일본의 수출규제에 따라 불화수소와 포토레지스트 공급을 점검한다고 밝혔다. ",
    "商务部、海关总署决定对镓、锗相关物项实施出口管制，未经许可，不得出口。经济运行继续保持稳中向好的势头。",
    "The committee met on Tuesday to hear how farmers expect the harvest to develop after a dry spring. ",
)


def main() -> None:
    """Print documents a second, microseconds a document and the two ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, help="JSON Lines with a `text` each")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--strange", action="store_true", help="also growing texts, and strange ones of 1 MB")
    parser.add_argument("--labels", action="store_true", help="also with 10 and 100 times as many labels")
    arguments = parser.parse_args()
    documents = _documents(_texts(arguments.texts))
    rules = Rules(load(files("taxonomy", Path("no-overlay"))))
    gc.freeze()  # as wiring does
    normalised = [scan_form(fold(document.text).text) for document in documents]
    languages = [detect("", document.text) for document in documents]
    bare = AhoCorasick([pattern.text for pattern in rules.lexicon.patterns])

    def mention_pass() -> None:
        for document, language in zip(documents, languages, strict=True):
            settle([read_field("text", document.text, language, rules.lexicon)], language)

    scan = _best(lambda: [bare.find_matches_as_indexes(text) for text in normalised])
    mentions = _best(mention_pass)
    everything = _best(lambda: [classify(document, rules) for document in documents])
    count = len(documents)
    print(f"{count} documents of {_BYTES} bytes, {len(rules.lexicon.patterns)} patterns")
    for name, seconds in (("bare scan", scan), ("mentions", mentions), ("classify", everything)):
        rate, each = count / seconds, seconds / count * 1e6
        print(f"{name:10} {rate:9.0f} documents/s {each:7.1f} us each, {seconds / scan:5.1f} x bare")
    if arguments.strange:
        _growing(rules)
        _strange(rules)
    if arguments.labels:
        _more_labels(documents, rules.taxonomy)
    if arguments.profile:
        _profile(documents, rules)


def _more_labels(documents: Sequence[Document], taxonomy: Taxonomy) -> None:
    """The same documents with a taxonomy grown by made-up goods: the cost should hardly grow with it."""
    real = [concept for concept in taxonomy.concepts.values() if concept.kind == "item"]
    names = sum(len(concept.labels) for concept in real)
    for times in (1, 10, 100):
        grown = {**taxonomy.concepts, **{made.key: made for made in _made_up(real, times - 1)}}
        rules = Rules(replace(taxonomy, concepts=grown, _closures={}))
        seconds = _best(lambda rules=rules: [classify(document, rules) for document in documents], 3)  # type: ignore[misc]
        rate, patterns = len(documents) / seconds, len(rules.lexicon.patterns)
        print(f"{names * times:>9,} labels of goods, {patterns:>9,} patterns {rate:9.0f} documents/s")


def _made_up(real: Sequence[Concept], times: int) -> Iterator[Concept]:
    """Goods with the labels of real ones, each with a number that no text holds."""
    for number in range(times):
        for concept in real:
            labels = tuple(replace(label, text=f"{label.text} {number}") for label in concept.labels)
            yield replace(
                concept, id=f"{concept.id}-{number}", value=f"{concept.id}-{number}", labels=labels, broader=()
            )


def _growing(rules: Rules) -> None:
    """Cost a character from 1 kB to 1 MB: nearly the same, for it is linear."""
    for length in (1_000, 10_000, 100_000, _STRANGE):
        document = _document("growing", _prose(length))
        seconds = _best(lambda document=document: classify(document, rules), 3)  # type: ignore[misc]
        print(f"{length:>9,} characters {seconds / length * 1e9:7.1f} ns each")


def _strange(rules: Rules) -> None:
    """Texts of 1 MB that nobody writes, against prose of the same length."""
    shuffled = random.Random(7)
    texts = {
        "one letter": "a",
        "one Han character": "半",
        "one label": "hydrogen fluoride ",
        "brackets": "(",
        "digits": "1234567890",
        "days": "1日",
        "days in full": "2024年7月4日から施行",
        "days in English": "effective July 4, 2024 ",
        "topic": "export controls ",
        "sides": "exports to China and ",
        "slots of parties": "将某公司列入管控名单",
        "rows of parties": "1. Abc Ltd.\n",
        "background": "Last year Japan tightened controls on exports to China. ",
        "marks": "e\u0301",
        "Han": "".join(chr(shuffled.randint(0x4E00, 0x9FFF)) for _ in range(_STRANGE)),
        "Hangul": "".join(chr(shuffled.randint(0xAC00, 0xD7A3)) for _ in range(_STRANGE)),
    }
    prose = _best(lambda: classify(_document("prose", _prose(_STRANGE)), rules), 2)
    for name, text in texts.items():
        document = _document(name, (text * (_STRANGE // len(text) + 1))[:_STRANGE])
        seconds = _best(lambda document=document: classify(document, rules), 1)  # type: ignore[misc]
        print(f"{name:20} {seconds / prose:5.1f} x prose of 1 MB ({prose:.2f} s)")


def _prose(length: int) -> str:
    text = _TEXTS[0] + _TEXTS[4]
    return (text * (length // len(text) + 1))[:length]


def _texts(path: Path | None) -> list[str]:
    if path is None:
        return [text * 40 for text in _TEXTS]
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] or "" for line in lines]


def _documents(texts: Sequence[str]) -> list[Document]:
    pieces: list[str] = []
    for text in texts:
        encoded = text.encode()
        pieces.extend(
            encoded[start : start + _BYTES].decode(errors="ignore")
            for start in range(0, len(encoded), _BYTES)
            if len(encoded) - start >= _BYTES // 2
        )
    while len(pieces) < 500:
        pieces = pieces * 2
    return [_document(str(number), piece) for number, piece in enumerate(pieces)]


def _document(id: str, text: str) -> Document:
    return Document(
        id=id,
        publisher="bench",
        source="bench",
        kind="",
        url="",
        title="",
        text=text,
        lang="",
        published="2026-01-01",
        published_precision="day",
        observed=0,
        origin="import",
        content_hash="",
        sha256="",
        size=0,
    )


def _best(work: Callable[[], object], times: int = 5) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _profile(documents: Sequence[Document], rules: Rules) -> None:
    profile = cProfile.Profile()
    profile.enable()
    for document in documents:
        classify(document, rules)
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
