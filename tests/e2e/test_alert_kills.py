"""The workers of alerts killed while their receivers refuse a third: nothing lost, nothing told under a second key."""

from __future__ import annotations

import secrets
from contextlib import closing

from exportwatch.settings import load
from exportwatch.wiring import Wiring
from tests.e2e.alert_kills import AlertChaos, Told, check, receiving, refused
from tests.e2e.pairs import Pair


def test_killed_workers_and_refusing_receivers_cost_no_alert(pair: Pair) -> None:
    seed = secrets.randbelow(10**6)
    print(f"seed {seed}")  # pytest shows it when the test fails
    pair.environment = {"EXPORTWATCH_BATCH": "5"}
    with receiving(seed) as receivers:
        chaos = AlertChaos(pair, receivers, (60, 6, 3), seed, refuse_until=0.3)
        verdict = chaos.run()
    assert not verdict.problems, f"seed {seed}: {verdict}"
    assert (verdict.alerts, verdict.messages) == (len(chaos.expected), 2 * len(chaos.expected))
    assert all(receivers.refused[kind] for kind in ("webhook", "mail")), refused(receivers)
    _the_checker_sees(pair, chaos.expected, receivers.taken)


def _the_checker_sees(pair: Pair, expected: set[tuple[str, str]], taken: list[Told]) -> None:
    """What was lost, told without being asked, or told again under another key."""
    first = taken[0]
    rest = [told for told in taken if told != first]
    renamed = first._replace(key="0" * 32 + first.key[32:])
    with closing(Wiring(load(pair.options, {}))) as wiring, closing(wiring.bus.operator()) as operator:
        assert not check(wiring, operator, expected, [*taken, first]).problems
        assert "missing from the" in str(check(wiring, operator, expected, rest))
        assert "not of this key" in str(check(wiring, operator, expected, [*taken, renamed]))
        assert "missing from the ledger" in str(check(wiring, operator, {*expected, ("s00", "none")}, taken))
        assert "not expected in the ledger" in str(check(wiring, operator, expected - {first[:2]}, taken))
