"""The workers of alerts killed while their receivers refuse a third: nothing lost, nothing told under a second key."""

from __future__ import annotations

import secrets

from tests.e2e.alert_kills import AlertChaos, Told, receiving, refused
from tests.e2e.pairs import Pair


def test_killed_workers_and_refusing_receivers_cost_no_alert(pair: Pair) -> None:
    seed = secrets.randbelow(10**6)
    print(f"seed {seed}")  # pytest shows it when the test fails
    pair.environment = {"EXPORTWATCH_BATCH": "5"}
    with receiving(seed) as receivers:
        chaos = AlertChaos(pair, receivers, (60, 6, 3), seed)
        verdict = chaos.run()
    assert not verdict.problems, f"seed {seed}: {verdict}"
    assert (verdict.alerts, verdict.messages) == (len(chaos.expected), 2 * len(chaos.expected))
    assert all(receivers.refused[kind] for kind in ("webhook", "mail")), refused(receivers)
    assert len(set(receivers.taken)) == verdict.messages
    assert isinstance(receivers.taken[0], Told)
