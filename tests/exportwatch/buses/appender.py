"""Appends batches of ten records for ever, to be killed: PATH NAMESPACE. Prints a line a flush."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from exportwatch.bus import DOCUMENTS
from exportwatch.buses.sqlite import SqliteBus
from exportwatch.clock import SystemClock


def main(path: str, namespace: str) -> None:
    bus = SqliteBus(Path(path), namespace, SystemClock())
    operator = bus.operator()
    operator.ensure_topics()
    producer = bus.producer()
    for batch in itertools.count():
        for i in range(10):
            producer.send(DOCUMENTS, f"{batch}", b"%d" % i, partition_by="")
        producer.flush()
        print(batch, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
