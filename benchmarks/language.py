"""How often short titles are taken for their language, beside lingua and py3langid on the same titles where installed.

    python benchmarks/language.py [--titles FILE.jsonl]...

Each line holds `title` and `lang`; without `--titles` the project's own titles are asked. The other two do not tell
Chinese scripts apart, so for them either Chinese counts as right.
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from processors.language import detect

_OWN = Path(__file__).parent.parent / "tests" / "processors" / "gold" / "titles.jsonl"
_CODES = {"ENGLISH": "en", "JAPANESE": "ja", "KOREAN": "ko", "CHINESE": "zh"}


def main() -> None:
    """Print a line a detector: titles right, and titles a second."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--titles", type=Path, action="append", help="JSON Lines with `title` and `lang`")
    rows: list[dict[str, str]] = []
    for path in parser.parse_args().titles or [_OWN]:
        with path.open(encoding="utf-8") as lines:
            rows += [json.loads(line) for line in lines]
    detectors: dict[str, Callable[[str], str] | None] = {
        "exportwatch": lambda title: detect(title, ""),
        "lingua": _lingua(),
        "py3langid": _langid(),
    }
    for name, detector in detectors.items():
        print(f"{name:12} {_measured(rows, detector, strict=name == 'exportwatch') if detector else 'not installed'}")


def _measured(rows: Sequence[dict[str, str]], detector: Callable[[str], str], strict: bool) -> str:
    start = time.perf_counter()
    said = [detector(row["title"]) for row in rows]
    seconds = time.perf_counter() - start
    right = sum(
        told == row["lang"] or (not strict and told == "zh" and row["lang"].startswith("zh"))
        for told, row in zip(said, rows, strict=True)
    )
    return f"{right}/{len(rows)} right ({right / len(rows):.1%}), {len(rows) / seconds:,.0f} titles/s"


def _lingua() -> Callable[[str], str] | None:
    try:
        lingua: Any = importlib.import_module("lingua")
    except ImportError:
        return None
    known = [getattr(lingua.Language, name) for name in _CODES]
    built = lingua.LanguageDetectorBuilder.from_languages(*known).build()

    def told(title: str) -> str:
        found = built.detect_language_of(title)
        return _CODES.get(found.name, "") if found else ""

    return told


def _langid() -> Callable[[str], str] | None:
    try:
        langid: Any = importlib.import_module("py3langid.langid")
    except ImportError:
        return None
    identifier = langid.LanguageIdentifier.from_pickled_model(langid.MODEL_FILE, norm_probs=False)
    identifier.set_languages(list(_CODES.values()))
    return lambda title: str(identifier.classify(title)[0])


if __name__ == "__main__":
    main()
