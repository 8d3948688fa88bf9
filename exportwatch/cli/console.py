"""What a command prints: one JSON object a line for scripts, safe text for people, one line for an error.

Everything foreign passes `safe` before a person's terminal sees it: no control characters, no bidi overrides.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec

from exportwatch.safe import line as line
from exportwatch.safe import safe as safe

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

_encoder: Final = msgspec.json.Encoder()


def print_json(value: Any) -> None:
    """One JSON object on one line of standard output."""
    sys.stdout.buffer.write(_encoder.encode(value) + b"\n")


def flush() -> None:
    """Hand everything to the reader now (a follower prints as it comes)."""
    sys.stdout.buffer.flush()


def console(*, stderr: bool = False) -> Console:
    """rich's console on standard output or error; it drops colours where nobody looks."""
    from rich import console as rich

    class Piped(rich.Console):
        def on_broken_pipe(self) -> None:
            # rich would exit with 1; to us a reader that has seen enough is no failure.
            raise BrokenPipeError

    return Piped(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=not sys.stdout.isatty())


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Bar]:
    """A progress bar on standard error when a person looks at it, else nothing."""
    if not sys.stderr.isatty():
        yield Bar(None, 0)
        return
    from rich import progress as bars

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
    )
    with bars.Progress(*columns, console=console(stderr=True), transient=True) as shown:
        yield Bar(shown, shown.add_task(description, total=total))


class Bar:
    """Moves a progress bar, or does nothing where there is none."""

    def __init__(self, progress: Progress | None, task: int) -> None:
        self._progress = progress
        self._task = task

    def update(self, completed: int, total: int | None = None, description: str | None = None) -> None:
        """Set how much of how much is done."""
        if self._progress is not None:
            changes = {"total": total, "description": description}
            given = {name: value for name, value in changes.items() if value is not None}
            self._progress.update(self._task, completed=completed, **given)  # type: ignore[arg-type]
