"""How good the claims are: gold labels against what `exportwatch classify` says, as F1 by field and language.

    python -m tests.processors.quality [--errors FIELD] [--shared FOLDER]     what `make eval` runs

The rules of counting are those of the scorer that measures exportwatch from outside (`test_quality.py` compares the
two where it is at hand). Claims are counted on documents that gold calls relevant; a document wrongly called not
relevant has claimed nothing. What gold calls optional is neither rewarded nor punished, and of an open list only what
is missed counts.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from exportwatch import configfiles, taxonomy
from exportwatch.model import Document
from processors.classify import Rules, classify, row
from processors.language import detect

GOLD: Final = Path(__file__).parent / "gold"
SHARED: Final = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
"""The real documents for development, where they are at hand."""
FIELDS: Final = ("implementing", "affected", "agencies", "items", "codes", "actions")
"""Of a claim; `relevant` is counted beside them."""
OUTSIDE: Final = {"implementing": "imposers", "affected": "targets"}
"""What the labels of others call them."""
_FILLERS: Final = frozenset(
    {"item", "material", "product", "good", "element", "technology", "article", "commodity", "commoditie"}
) | frozenset({"and", "of", "for", "the", "related", "certain", "export"})
_ARMS: Final = frozenset({"weapon", "arm", "munition", "defense", "defence"})
_KEPT_IN_CODES: Final = re.compile(r"[^0-9a-z\u3040-\u9fff\uac00-\ud7a3]")

Row = Mapping[str, Any]


@dataclass(slots=True)
class Tally:
    """Claims that are right, wrong and missing."""

    right: int = 0
    wrong: int = 0
    missing: int = 0

    def __iadd__(self, other: Tally) -> Tally:
        self.right, self.wrong = self.right + other.right, self.wrong + other.wrong
        self.missing += other.missing
        return self

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missing) if self.right + self.missing else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(slots=True)
class Score:
    """Tallies by field and language, and what was not right, one line each."""

    tallies: dict[str, dict[str, Tally]] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, language: str, tally: Tally, error: str) -> None:
        for group in ("all", language):
            total = self.tallies.setdefault(name, {}).setdefault(group, Tally())
            total += tally
        if error:
            self.errors.setdefault(name, []).append(error)

    def f1(self, name: str, language: str = "all") -> float:
        """1.0 where there was nothing to find and nothing was found."""
        return self.tallies.get(name, {}).get(language, Tally()).f1

    def table(self) -> str:
        """For people: a line a field, a column a language."""
        groups = ["all", *sorted({group for by in self.tallies.values() for group in by} - {"all"})]
        lines = ["field".ljust(14) + "".join(group.ljust(20) for group in groups)]
        for name, by in self.tallies.items():
            cells = (by.get(group, Tally()) for group in groups)
            lines.append(
                name.ljust(14) + "".join(f"{c.f1:.2f} ({c.precision:.2f}/{c.recall:.2f})".ljust(20) for c in cells)
            )
        return "\n".join(lines)


def score(gold: Iterable[Row], predicted: Mapping[str, Row]) -> Score:
    """`gold` as the files beside this one have it, predictions by id as `classify` prints them."""
    total = Score()
    for label in gold:
        if label.get("borderline"):
            continue
        language = _language(label)
        answer = predicted.get(label["id"], {"relevant": False})
        wanted, said = bool(label["relevant"]), bool(answer.get("relevant"))
        tally = Tally(wanted and said, said and not wanted, wanted and not said)
        why = "" if wanted == said else f"{label['id']}\t{'missed' if wanted else 'false'}\t{label.get('why', '')}"
        total.add("relevant", language, tally, why)
        for name in FIELDS if wanted else ():
            if _key(name, label) not in label:
                continue  # nobody has labelled it
            tally, missed, extra = _compare(name, label, answer)
            shown = f"{label['id']}\tmissed {missed}\textra {extra}" if missed or extra else ""
            total.add(name, language, tally, shown)
    return total


def _language(label: Row) -> str:
    return str(label.get("lang") or label["id"].split("-")[0]).split("-")[0]


def _key(name: str, label: Row) -> str:
    return name if name in label else OUTSIDE.get(name, name)


def _compare(name: str, label: Row, answer: Row) -> tuple[Tally, list[str], list[str]]:
    """Each claim may take one label; what is left over is missing."""
    key = _key(name, label)
    left = list(dict.fromkeys(label.get(key, ())))
    required, optional = tuple(left), tuple(label.get(f"{key}_optional", ()))
    right, extra = 0, []
    for spellings in _claims(name, answer):
        taken = next((wanted for wanted in left if any(_same(name, wanted, s) for s in spellings)), None)
        if taken is not None:
            left.remove(taken)
            right += 1
        elif not label.get(f"{key}_open") and not any(
            _same(name, accepted, s) for accepted in (*optional, *required) for s in spellings
        ):
            extra.append(spellings[0])
    return Tally(right, len(extra), len(left)), left, extra


def _claims(name: str, answer: Row) -> Iterator[tuple[str, ...]]:
    """An item may be named by its id or its English label."""
    if not answer.get("relevant"):
        return
    values = answer.get(name) or ()
    if name != "items":
        yield from ((value,) for value in dict.fromkeys(values))
        return
    labels = [*(answer.get("item_labels") or ()), *[""] * len(values)]
    for value, label in zip(values, labels, strict=False):
        yield (value.replace("-", " "), label) if label else (value.replace("-", " "),)


def _same(name: str, wanted: str, said: str) -> bool:
    if name == "codes":
        return _KEPT_IN_CODES.sub("", wanted.lower()) == _KEPT_IN_CODES.sub("", said.lower())
    if name != "items":
        return wanted.casefold() == said.casefold()
    one, other = _words(wanted), _words(said)
    return one <= other or other <= one or 2 * len(one & other) >= len(one | other)


@cache
def _words(label: str) -> frozenset[str]:
    """Of the label, without plural s and filler words; all words for arms are one."""
    found = re.findall(r"[a-z0-9]+", label.lower())
    singular = [word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word for word in found]
    kept = frozenset("military" if word in _ARMS else word for word in singular)
    return kept - _FILLERS or kept


def read(path: Path) -> list[dict[str, Any]]:
    """JSON Lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def half(rows: Iterable[Row], which: str) -> list[Row]:
    """Rules are tuned on the errors of half `a` alone; `b` tells how much of that was luck. `all` is both."""
    return [row for row in rows if which == "all" or _half(row["id"]) == which]


def _half(name: str) -> str:
    return "ab"[sum(name.encode()) % 2]


def predict(rows: Iterable[Row], rules: Rules) -> dict[str, dict[str, Any]]:
    """By id, what `exportwatch classify` says."""
    return {label["id"]: row(label["id"], classify(_document(label), rules)) for label in rows}


def _document(label: Row) -> Document:
    return Document(
        id=label["id"],
        publisher="import",
        source="",
        kind="",
        url="",
        title=label.get("title") or "",
        text=label.get("text") or label.get("headline") or "",
        lang="",
        published=label.get("published") or "",
        published_precision="day",
        observed=1,
        origin="import",
        content_hash="",
        sha256="",
        size=0,
    )


def languages(rows: Iterable[Row]) -> Score:
    """Of titles: whether each is taken for the language it is in."""
    total = Score()
    for label in rows:
        said = detect(label["title"], "", "")
        tally = Tally(1, 0, 0) if said == label["lang"] else Tally(0, 1, 1)
        error = "" if said == label["lang"] else f"{label['title']}\t{label['lang']}\t{said}"
        total.add("language", label["lang"], tally, error)
    return total


def report(which: str, error_field: str = "", shared: Path | None = None) -> Iterator[str]:
    """The tables of every gold file, and of the development half of real documents where it is at hand."""
    rules = Rules(taxonomy.load(configfiles.files("taxonomy", Path("/nonexistent"))))
    files = [(path, path) for path in (GOLD / f"{name}.jsonl" for name in ("sentences", "documents", "headlines"))]
    if shared is not None:
        dev = shared / "data" / "dev"
        files += [(dev / "docs.jsonl", dev / "gold.jsonl"), (dev / "short_docs.jsonl", dev / "short_gold.jsonl")]
    for documents, labels in files:
        gold = half(read(labels), which)
        predicted = predict(read(documents), rules)
        result = score(gold, predicted)
        yield f"== {labels.parent.name}/{labels.name}: {len(gold)}"
        yield result.table()
        yield from result.errors.get(error_field, [])
    result = languages(half(read(GOLD / "titles.jsonl"), which))
    yield f"== titles\n{result.table()}"
    yield from result.errors.get(error_field, [])


def main(arguments: Sequence[str]) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", metavar="FIELD", default="", help="list what is not right of a field")
    parser.add_argument("--half", choices=("a", "b", "all"), default="all", help="rules are tuned on a alone")
    parser.add_argument("--shared", type=Path, help="folder with data/dev, the real documents for development")
    options = parser.parse_args(arguments)
    for line in report(options.half, options.errors, options.shared):
        print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
