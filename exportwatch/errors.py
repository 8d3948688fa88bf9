"""What can go wrong, named by what the loop should do about it.

    ExportwatchError
    ├── Retryable       the same call can succeed later; wait and try again, however long it takes
    ├── BadRecord       this record can never succeed; dead-letter it and go on with the next
    ├── Misconfigured   a person must change something first; one line, exit code 2
    └── Stopped         this worker must not go on, and must not commit; one line, exit code 1

Every adapter translates its library's errors into one of these (`raise … from error`); none leaks.
"""

from __future__ import annotations


class ExportwatchError(Exception):
    """Root of everything exportwatch raises on purpose."""


class Retryable(ExportwatchError):
    """A server is away or overloaded; the same call can succeed later."""


class BadRecord(ExportwatchError):
    """This record can never be processed. The message is the reason written into its dead letter."""


class Misconfigured(ExportwatchError):
    """Wrong usage or configuration. The message says what to change and where."""


class Stopped(ExportwatchError):
    """The worker must stop uncommitted: the brake, a truncated log, a dead-letter topic that refuses."""
