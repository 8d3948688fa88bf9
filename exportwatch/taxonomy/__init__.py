"""The concepts exportwatch knows, loaded and checked from config/taxonomy: names, numbers, hierarchy and cues.

load(files("taxonomy", data))      Taxonomy
taxonomy.named("hydrogen fluoride")           ("item:hydrogen-fluoride",)
taxonomy.closure("item", "hydrogen-fluoride") itself and everything broader
taxonomy.resolve("agency", "경 제 산 업 성")     ("METI",)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, get_args

from exportwatch.model import Action
from exportwatch.taxonomy import codes
from exportwatch.taxonomy.concepts import KINDS, LANGUAGES, Concept, Cue, Kind, Label, Number, Role
from exportwatch.taxonomy.reading import Contents, read, wrong
from exportwatch.text import joined

__all__ = [
    "KINDS",
    "LANGUAGES",
    "Concept",
    "Cue",
    "Kind",
    "Label",
    "Number",
    "Role",
    "Taxonomy",
    "load",
]

_KIND_OF_FIELD: Final[dict[str, Kind]] = {
    "item": "item",
    "agency": "agency",
    "implementing": "jurisdiction",
    "affected": "jurisdiction",
    "by": "jurisdiction",
    "against": "jurisdiction",
    "programme": "programme",
    "instrument": "instrument",
}
_NOT_NAMES: Final = ("adjective", "seat", "side", "press", "toward")


@dataclass(frozen=True, eq=False)
class Taxonomy:
    """All concepts by key (`item:graphite`) and all cues, read only."""

    concepts: Mapping[str, Concept]
    cues: Mapping[str, Cue]
    fingerprint: str
    """Changes with any edit of the files."""
    longest: int
    """Tokens of the longest name."""
    _names: Mapping[str, tuple[str, ...]] = field(repr=False)
    _values: Mapping[tuple[str, str], tuple[str, ...]] = field(repr=False)
    _closures: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def named(self, joined_tokens: str) -> tuple[str, ...]:
        """Keys of the concepts for which this (`text.joined` of a phrase) is a name that widens a query."""
        return self._names.get(joined_tokens, ())

    def closure(self, kind: str, id: str) -> tuple[str, ...]:
        """Keys of the concept itself and of everything broader, nearest first; empty for an unknown id."""
        key = f"{kind}:{id}"
        if key not in self._closures:
            self._closures[key] = tuple(_upwards(self.concepts, key))
        return self._closures[key]

    def resolve(self, field: str, joined_tokens: str) -> tuple[str, ...]:
        """Normalised values of a query field for an id, code, acronym or label; empty where nothing bears it."""
        if field == "action":
            return tuple(action for action in get_args(Action) if action == joined_tokens)
        if field == "lang":
            return _languages(joined_tokens)
        if field == "code":
            code = codes.from_tokens(joined_tokens)
            return (code,) if code else ()
        kind = _KIND_OF_FIELD.get(field)
        return self._values.get((kind, joined_tokens), ()) if kind else ()


def load(paths: Iterable[Path]) -> Taxonomy:
    """The taxonomy of these files (`configfiles.files("taxonomy", data)`); Misconfigured names what to change."""
    contents = read(paths)
    concepts = {key: _with_value(contents, concept) for key, concept in contents.concepts.items()}
    _check_cycles(concepts)
    names, values = _tables(concepts)
    longest = max((name.count(" ") + 1 for name in names), default=0)
    canonical = json.dumps(contents.raw, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    fingerprint = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
    return Taxonomy(concepts, contents.cues, fingerprint, longest, names, values)


def _with_value(contents: Contents, concept: Concept) -> Concept:
    """A bureau without an acronym of its own speaks under that of the agency it belongs to."""
    seen = concept
    for _ in contents.concepts:
        if seen.value:
            break
        seen = contents.concepts[f"{seen.kind}:{seen.broader[0]}"]
    return replace(concept, value=seen.value)


def _check_cycles(concepts: Mapping[str, Concept]) -> None:
    finished: set[str] = set()
    for start in concepts:
        path: list[str] = []
        waiting = [(start, False)]
        while waiting:
            key, left = waiting.pop()
            if left:
                finished.add(path.pop())
            elif key in path:
                raise wrong(concepts[key], "broader", f"goes round in a circle: {' > '.join([*path, key])}")
            elif key not in finished:
                path.append(key)
                waiting.append((key, True))
                waiting.extend((f"{concepts[key].kind}:{name}", False) for name in concepts[key].broader)


def _upwards(concepts: Mapping[str, Concept], key: str) -> list[str]:
    found = [key] if key in concepts else []
    for known in found:  # grows while it is walked: breadth first, nearest first
        for name in concepts[known].broader:
            if (above := f"{concepts[known].kind}:{name}") not in found:
                found.append(above)
    return found


def _expands(label: Label) -> bool:
    """Whether a label in a query stands for its concept: names do; capitals, adjectives, 美 and HF do not."""
    if label.role in _NOT_NAMES or (label.guarded and label.role != "name"):
        return False
    return len(label.text) > 1


def _tables(
    concepts: Mapping[str, Concept],
) -> tuple[dict[str, tuple[str, ...]], dict[tuple[str, str], tuple[str, ...]]]:
    names: dict[str, dict[str, None]] = {}
    values: dict[tuple[str, str], dict[str, None]] = {}
    for key, concept in concepts.items():
        written = {joined(label.text): _expands(label) for label in reversed(concept.labels)}
        for tokens, expands in written.items():
            if tokens and expands:
                names.setdefault(tokens, {})[key] = None
        for tokens in {*written, joined(concept.id), joined(concept.value)}:
            if tokens:
                values.setdefault((concept.kind, tokens), {})[concept.value] = None
    return {tokens: tuple(keys) for tokens, keys in names.items()}, {
        tokens: tuple(found) for tokens, found in values.items()
    }


def _languages(joined_tokens: str) -> tuple[str, ...]:
    wanted = joined_tokens.replace(" ", "-")
    if wanted == "zh":
        return ("zh-Hans", "zh-Hant")
    known = tuple(language for language in LANGUAGES if language.casefold() == wanted)
    return known or ((wanted,) if wanted else ())
