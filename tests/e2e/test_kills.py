"""Workers killed by SIGKILL at random moments and at every named fault point: nothing lost, nothing doubled."""

from __future__ import annotations

import secrets

from tests.e2e import documents
from tests.e2e.kills import Chaos
from tests.e2e.pairs import Pair


def test_killed_workers_lose_and_double_nothing(pair: Pair) -> None:
    seed = secrets.randbelow(10**6)
    print(f"seed {seed}")  # pytest shows it when the test fails
    pair.environment = {"EXPORTWATCH_BATCH": "10"}
    verdict = Chaos(pair, documents.repeated(300), seed).run()
    assert not verdict.problems, f"seed {seed}: {verdict}"
    assert verdict.documents == 300
