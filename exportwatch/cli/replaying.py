"""Command `replay`: what the log holds through the present rules again; a rule change needs no crawl."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import click

from exportwatch import codec
from exportwatch.brake import Brake
from exportwatch.bus import DEAD_LETTERS, RELEASES, Operator, PartitionState, Producer, Record, TopicPartition
from exportwatch.cli import pass_settings
from exportwatch.cli.console import print_json, progress
from exportwatch.cli.importing import wait_until_searchable
from exportwatch.clock import day_start
from exportwatch.engine import Again, Outcome, Rejected, Send, dead_letter, verdict
from exportwatch.errors import BadRecord, Misconfigured, Retryable
from exportwatch.settings import Settings
from exportwatch.wiring import Wiring

_CHUNK = 200


@click.command()
@click.option("--publisher", help="Only releases of this publisher.")
@click.option("--from", "since", metavar="DATE", help="Only releases observed on or after this day (UTC).")
@click.option("--dead-letters", is_flag=True, help="Instead, put every dead letter back where it came from.")
@click.option("--no-brake", is_flag=True, help="Go on however many records end as dead letters.")
@click.option("--wait", is_flag=True, help="Return when the results are searchable.")
@click.option("--json", "as_json", is_flag=True, help="The summary as a JSON object.")
@pass_settings
def replay(
    settings: Settings,
    publisher: str | None,
    since: str | None,
    dead_letters: bool,
    no_brake: bool,
    wait: bool,
    as_json: bool,
) -> int:
    """Send releases through the present rules again (origin replay), so that new rules apply to old documents.

    Running workers keep the rules they started with: restart them after an edit of the taxonomy. A replay of
    everything also lets a group go on whose next records are gone from the log. Exit code 1 if anything was rejected.
    """
    try:
        observed_from = day_start(since) if since else 0
    except ValueError as error:
        raise Misconfigured(f"--from {since}: not a day such as 2019-07-01") from error
    wiring = Wiring(settings)
    try:
        operator, producer = wiring.bus.operator(), wiring.bus.producer()
        wiring.closing.callback(operator.close)
        wiring.closing.callback(producer.close)
        if dead_letters:
            counts = {"replayed": _resend(wiring, operator, producer)}
        else:
            brake = None if no_brake else Brake()
            counts = _Replay(wiring, producer, publisher, observed_from, brake).run(operator)
            if not (publisher or since):
                _skip_gone(operator)
        if wait:
            wait_until_searchable(wiring)
    finally:
        wiring.close()
    print_json(counts) if as_json else print(", ".join(f"{n} {name}" for name, n in counts.items()))
    return 1 if counts.get("rejected") else 0


def _skip_gone(operator: Operator) -> None:
    """Let groups go on whose next record is gone from the log: what they missed, the replay has brought again."""
    for group in sorted({group for state in operator.state() for group in _outside(state)}):
        gone = operator.skip_gone(group)
        print(
            f"exportwatch: group {group} goes on without {gone:,} records that are gone from the log", file=sys.stderr
        )


def _outside(state: PartitionState) -> list[str]:
    """The groups whose next offset lies outside the log."""
    return [
        group
        for group, committed in state.committed.items()
        if committed is not None and not state.begin <= committed <= state.end
    ]


class _Replay:
    """Reads releases without a group, runs the stage of `process` on them and sends what comes out."""

    def __init__(
        self, wiring: Wiring, producer: Producer, publisher: str | None, observed_from: int, brake: Brake | None
    ) -> None:
        self._wiring = wiring
        self._brake = brake
        self._stage = wiring.process(origin="replay")
        self._producer = producer
        self._publisher = publisher
        self._from = observed_from
        self._changed: set[str] = set()
        self._counts = {"replayed": 0, "changed": 0, "rejected": 0}

    def run(self, operator: Operator) -> dict[str, int]:
        with progress("replaying") as bar:
            for records in _chunks(operator, RELEASES):
                chosen = [record for record in records if self._chosen(record)]
                self._send(chosen, self._stage.run(chosen, lambda: None))
                bar.update(self._counts["replayed"])
        self._counts["changed"] = len(self._changed)
        return self._counts

    def _chosen(self, record: Record) -> bool:
        if record.value is None:
            return False
        try:
            release = codec.RELEASE.decode(record.value)
        except BadRecord:
            return self._publisher is None  # the stage says what is wrong with it
        return release.observed >= self._from and self._publisher in (None, release.publisher)

    def _send(self, records: Sequence[Record], outcomes: Sequence[Outcome]) -> None:
        sends: list[Send] = []
        for record, outcome in zip(records, outcomes, strict=True):
            if isinstance(outcome, Again):
                raise Retryable(f"{record.key}: {outcome.reason}; run the replay again")
            sends += outcome.sends
            if self._brake:
                self._brake.saw(*verdict(record, outcome))
            if isinstance(outcome, Rejected):
                self._counts["rejected"] += 1
                sends.append(self._letter(record, outcome.reason))
        for send in sends:
            self._producer.send(send.topic, send.key, send.value, partition_by=send.partition_by)
        self._producer.flush()
        self._counts["replayed"] += len(records)
        self._compare([send for send in sends if send.topic != DEAD_LETTERS])

    def _letter(self, record: Record, reason: str) -> Send:
        now = self._wiring.clock.now()
        letter = dead_letter(record, stage="replay", reason=reason, at=now, blobs=self._wiring.blobs)
        return Send(DEAD_LETTERS, letter.id, codec.DEAD_LETTER.encode(letter), letter.id)

    def _compare(self, sends: Sequence[Send]) -> None:
        """Count the documents whose claims in the index differ from the new ones."""
        known = self._wiring.index.get([send.key for send in sends])
        for send in sends:
            assert send.value is not None
            new = codec.CLASSIFIED.decode(send.value)
            old = codec.CLASSIFIED.decode(known[send.key]) if send.key in known else None
            if old is None or (old.document.observed == new.document.observed and old.claims != new.claims):
                self._changed.add(send.key)


def _chunks(operator: Operator, topic: str) -> Iterator[list[Record]]:
    """Every record that is in the topic now, in order within a partition."""
    for state in operator.state():
        offset = state.begin
        while state.topic == topic and offset < state.end:
            records = operator.read(TopicPartition(topic, state.partition), offset, _CHUNK, 5.0)
            if not records:
                break
            yield [record for record in records if record.offset < state.end]
            offset = records[-1].offset + 1


def _resend(wiring: Wiring, operator: Operator, producer: Producer) -> int:
    """Put the original of every dead letter back into its topic; a repeat is harmless."""
    count = 0
    for records in _chunks(operator, DEAD_LETTERS):
        for record in records:
            if record.value is None:
                continue
            letter = codec.DEAD_LETTER.decode(record.value)
            original = wiring.blobs.get(letter.sha256) if letter.original is None else letter.original
            by = letter.key.rpartition("@")[0] if letter.topic == RELEASES else letter.key
            producer.send(letter.topic, letter.key, None if letter.purge else original, partition_by=by)
            count += 1
        producer.flush()
    return count
