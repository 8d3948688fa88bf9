"""Commands `topics` and `tail`: the log for operators. They join no group and change nothing."""

from __future__ import annotations

import heapq
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

import click
import msgspec

from exportwatch.bus import TOPICS, Operator, PartitionState, Record, TopicPartition
from exportwatch.cli import pass_settings
from exportwatch.cli.console import flush, line, print_json
from exportwatch.clock import rfc3339
from exportwatch.errors import Misconfigured
from exportwatch.settings import Settings, shown
from exportwatch.wiring import Wiring

_CHUNK = 200
_SHOWN = 200


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a topic-partition.")
@pass_settings
def topics(settings: Settings, as_json: bool) -> None:
    """Where every topic begins and ends, and how far each group has read it."""
    states = Wiring(settings, person=True).bus.operator().state()
    if as_json:
        for state in states:
            print_json(_row(state))
        return
    if not states:
        raise Misconfigured(
            f"no topics of {settings.namespace} at {shown(settings.bus)} yet: a worker or an import makes them"
        )
    _table(states)


def _row(state: PartitionState) -> dict[str, Any]:
    groups = {name: {"committed": at, "lag": state.lag(name)} for name, at in state.committed.items()}
    return {
        "topic": state.topic,
        "partition": state.partition,
        "begin": state.begin,
        "end": state.end,
        "groups": groups,
    }


def _table(states: list[PartitionState]) -> None:
    from rich.table import Table

    from exportwatch.cli.console import console

    table = Table("topic", "partition", "begin", "end", "group", "committed", "lag", box=None, pad_edge=False)
    for state in states:
        place = (state.topic, str(state.partition), str(state.begin), str(state.end))
        for name, committed in state.committed.items() or [("", None)]:
            at = "-" if committed is None else str(committed)
            table.add_row(*place, name, at if name else "", str(state.lag(name)) if name else "")
    console().print(table)


@click.command()
@click.argument("topic", type=click.Choice(list(TOPICS)))
@click.option("--from", "start", metavar="beginning|end|OFFSET", help="Where to begin [beginning; with --follow: end].")
@click.option("--follow", is_flag=True, help="Go on with new records as they come.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a record.")
@click.option("--raw", is_flag=True, help="The bytes of each record and a newline.")
@pass_settings
def tail(settings: Settings, topic: str, start: str | None, follow: bool, as_json: bool, raw: bool) -> None:
    """Show the records of a topic."""
    operator = Wiring(settings, person=True).bus.operator()
    offsets = _offsets(operator, topic, start or ("end" if follow else "beginning"))
    if not offsets:
        raise Misconfigured(f"no topic {topic} of {settings.namespace} at {shown(settings.bus)} yet")
    while True:
        for record in _records(operator, offsets):
            offsets[record.place] = record.offset + 1
            _print(record, as_json, raw)
        if not follow:
            return
        flush()
        time.sleep(0.2)


def _offsets(operator: Operator, topic: str, start: str) -> dict[TopicPartition, int]:
    if start not in ("beginning", "end") and not start.isdecimal():
        raise Misconfigured(f"--from {start}: not beginning, end or an offset")
    states = [s for s in operator.state() if s.topic == topic]
    return {TopicPartition(topic, s.partition): _first(s, start) for s in states}


def _first(state: PartitionState, start: str) -> int:
    if start == "beginning":
        return state.begin
    return state.end if start == "end" else int(start)


def _records(operator: Operator, offsets: dict[TopicPartition, int]) -> Iterable[Record]:
    """What is in the log now from these offsets on, by time across partitions."""
    ends = {TopicPartition(s.topic, s.partition): s.end for s in operator.state()}
    parts = [_partition(operator, place, offset, ends[place]) for place, offset in offsets.items()]
    return heapq.merge(*parts, key=lambda record: (record.timestamp, record.partition, record.offset))


def _partition(operator: Operator, place: TopicPartition, offset: int, end: int) -> Iterator[Record]:
    while offset < end:
        records = operator.read(place, offset, _CHUNK, 5.0)
        if not records:
            return
        yield from records
        offset = records[-1].offset + 1


def _print(record: Record, as_json: bool, raw: bool) -> None:
    if raw:
        sys.stdout.buffer.write((record.value or b"") + b"\n")
        return
    value = _decoded(record.value)
    if as_json:
        print_json(
            {
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
                "key": record.key,
                "timestamp": record.timestamp,
                "value": value,
            }
        )
        return
    body = value["body"] if isinstance(value, dict) and "body" in value else value
    shown = line(msgspec.json.encode(body).decode())
    cut = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"
    print(f"{record.topic}/{record.partition}@{record.offset} {rfc3339(record.timestamp)} {line(record.key)} {cut}")


def _decoded(value: bytes | None) -> Any:
    """The record as JSON; what is not JSON as text."""
    if value is None:
        return None
    try:
        return msgspec.json.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return value.decode("utf-8", "replace")
