"""Proves from topics and index alone that nothing was lost, doubled or left behind. Knows nothing of how it is done.

    python -m tests.e2e.check --data DIR [--bus URL --index URL --store URL --namespace NAME]
                              [--expected FILE] [--letters N]

FILE is JSON Lines with an `id` each; without it every id of the topic `releases` is expected. Prints one line and
exits with 0 if all of these hold, else 1: every expected id is in the index exactly once, in its newest revision;
nothing else is; processor and indexer have no lag; there are exactly N dead letters (0). A revision that ended as a
dead letter may be in the index or not (an unreadable page stays findable by its title).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from exportwatch.settings import load
from exportwatch.wiring import Wiring

SETTINGS = ("data", "bus", "index", "store", "namespace")
WORKING = {"releases": "processor", "documents": "indexer"}
"""Topics whose group must have read everything. Other groups belong to roles that are not started here."""


class Verdict(NamedTuple):
    """What was found."""

    problems: tuple[str, ...]
    documents: int
    revisions: int
    letters: int

    def __str__(self) -> str:
        found = f"{self.documents} documents of {self.revisions} revisions, {self.letters} dead letters"
        return f"WRONG: {'; '.join(self.problems)} ({found})" if self.problems else f"OK: {found}, no lag"


class Seen(NamedTuple):
    """One revision in the log: when it was observed, and the hash of what it says."""

    observed: int
    content_hash: str


def check(options: Mapping[str, str], expected: Collection[str] | None = None, letters: int = 0) -> Verdict:
    """Look at everything; `options` are settings by name."""
    lag = list(_lag(options))
    newest, revisions = _newest(options)
    dead = _dead(options)
    index = _indexed(options)
    excused = {id for id, seen in newest.items() if f"{id}@{seen.observed}" in dead and seen not in index.get(id, ())}
    problems = [
        *lag,
        *_compare({id: seen for id, seen in newest.items() if id not in excused}, index, excused),
        *_named("expected but not in the log", set(expected or ()) - set(newest)),
        *_named("in the log but not expected", set(newest) - set(newest if expected is None else expected)),
        *_searched(options, index),
    ]
    if len(dead) != letters:
        reasons = ", ".join(f"{key}: {reason}" for key, reason in list(dead.items())[:3])
        problems.append(f"{len(dead)} dead letters instead of {letters} ({reasons})")
    return Verdict(tuple(problems), len(index), revisions, len(dead))


def _compare(newest: Mapping[str, Seen], index: Mapping[str, list[Seen]], excused: Collection[str]) -> Iterator[str]:
    yield from _named("missing from the index", set(newest) - set(index))
    yield from _named("in the index but not in the log", set(index) - set(newest) - set(excused))
    yield from _named("more than once in the index", {id for id, found in index.items() if len(found) > 1})
    both = [id for id in newest if id in index]
    yield from _named("in the index in an old revision", {id for id in both if newest[id] not in index[id]})


def _named(what: str, ids: Collection[str]) -> Iterator[str]:
    if ids:
        yield f"{len(ids)} {what} ({', '.join(sorted(ids)[:3])}{', …' if len(ids) > 3 else ''})"


def _lag(options: Mapping[str, str]) -> Iterator[str]:
    rows = list(_command(options, "topics"))
    for topic, group in WORKING.items():
        found = [row for row in rows if row["topic"] == topic]
        if not found:
            yield f"there is no topic {topic}"
        if left := sum(row["groups"][group]["lag"] for row in found):
            yield f"{group} has {left} records of {topic} left"


def _newest(options: Mapping[str, str]) -> tuple[dict[str, Seen], int]:
    newest: dict[str, Seen] = {}
    revisions = set()
    for record in _command(options, "tail", "releases"):
        body = record["value"]["body"]
        seen = Seen(body["observed"], body["content_hash"])
        revisions.add((body["id"], seen))
        newest[body["id"]] = max(seen, newest.get(body["id"], seen))
    return newest, len(revisions)


def _dead(options: Mapping[str, str]) -> dict[str, str]:
    """Key of the record -> reason; a letter written twice is one letter."""
    found = {record["key"]: record["value"]["body"] for record in _command(options, "tail", "dead-letters")}
    return {body["key"]: body["reason"] for body in found.values()}


def _indexed(options: Mapping[str, str]) -> dict[str, list[Seen]]:
    wiring = Wiring(load(options, {}))
    index: dict[str, list[Seen]] = {}
    try:
        for id, version, body in wiring.index.scan():
            document = json.loads(body)["body"]["document"]
            seen = Seen(document["observed"], document["content_hash"])
            consistent = document["id"] == id and version // 1000 == seen.observed
            index.setdefault(id, []).append(seen if consistent else Seen(-1, "version and body differ"))
    finally:
        wiring.close()
    return index


def _searched(options: Mapping[str, str], index: Collection[str]) -> Iterator[str]:
    """What people can find is what is there, each once."""
    hits = Counter(hit["id"] for hit in _command(options, "search", "--limit", "10000", "*"))
    yield from _named("found more than once by a search", {id for id, times in hits.items() if times > 1})
    if len(index) <= 10_000:
        yield from _named("in the index but not found by a search", set(index) - set(hits))
    yield from _named("found by a search but not in the index", set(hits) - set(index))


def _command(options: Mapping[str, str], name: str, *arguments: str) -> Iterator[dict[str, Any]]:
    settings = [part for key, value in options.items() for part in (f"--{key}", value)]
    command = [sys.executable, "-m", "exportwatch", *settings, name, "--json", *arguments]
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=300)
    if done.returncode:
        raise SystemExit(f"`exportwatch {name}` ended with {done.returncode}: {done.stderr.decode()[-1000:]}")
    return map(json.loads, done.stdout.splitlines())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.check", description=(__doc__ or "").split("\n")[0])
    for name in SETTINGS:
        parser.add_argument(f"--{name}")
    parser.add_argument("--expected", type=Path, help="JSON Lines with an id each")
    parser.add_argument("--letters", type=int, default=0, help="dead letters there should be")
    given = vars(parser.parse_args())
    options = {name: given[name] for name in SETTINGS if given[name]}
    expected = None
    if given["expected"]:
        expected = {json.loads(line)["id"] for line in given["expected"].read_text(encoding="utf-8").splitlines()}
    verdict = check(options, expected, given["letters"])
    print(verdict)
    return 1 if verdict.problems else 0


if __name__ == "__main__":
    sys.exit(main())
