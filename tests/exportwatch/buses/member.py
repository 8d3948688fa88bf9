"""A member of a group in a process of its own, to be killed: ADDRESS NAMESPACE GROUP TOPIC MEMBER.

Prints `partition offset` for each record and commits nothing; ends when standard input ends.
"""

from __future__ import annotations

import os
import sys
import threading

from exportwatch.buses.kafka import KafkaBus
from exportwatch.errors import Retryable


def main(address: str, namespace: str, group: str, topic: str, member: str) -> None:
    threading.Thread(target=_watch, daemon=True).start()
    consumer = KafkaBus(address, namespace).consumer(group, topic, member=member)
    while True:
        try:
            for record in consumer.poll(100, 0.5):
                print(record.partition, record.offset, flush=True)
        except Retryable:
            continue


def _watch() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
