"""`python -m tests.servers kafka|elasticsearch|both`: start, print NAME=ADDRESS when ready, stay until SIGTERM."""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack
from types import FrameType

from tests.servers.jars import Unavailable
from tests.servers.launch import RECIPES, launch


def main(arguments: list[str]) -> int:
    names = list(RECIPES) if arguments == ["both"] else arguments
    if not names or not set(names) <= set(RECIPES):
        print(__doc__, file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    with ExitStack() as stack:
        for name in names:
            try:
                server = launch(name)
            except Unavailable as error:
                print(error, file=sys.stderr)
                return 1
            stack.callback(server.close)
            print(f"{RECIPES[name].VARIABLE}={server.address}", flush=True)
        while True:
            signal.pause()


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
