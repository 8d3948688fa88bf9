"""`check_skips.py REPORT`: fail on a skip or xfail that allowed_skips.txt does not list, and on a line too many.

REPORT is pytest's JUnit XML. The last line printed is `N passed, N failed, N skipped`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

ALLOWED = Path(__file__).with_name("allowed_skips.txt")


class Report(NamedTuple):
    """What a run did; `skipped` maps a test's id to the reason it gave."""

    passed: int
    failed: int
    skipped: Mapping[str, str]


def read_report(text: str) -> Report:
    """A test's id is its dotted module (and class), `::`, and its name with parameters."""
    passed = failed = 0
    skipped = {}
    for case in ElementTree.fromstring(text).iter("testcase"):
        outcome = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif outcome is None:
            passed += 1
        else:
            skipped[f"{case.get('classname')}::{case.get('name')}"] = outcome.get("message", "")
    return Report(passed, failed, skipped)


def read_allowed(lines: Iterable[str]) -> set[str]:
    """The ids of the list; ValueError for a line without a reason."""
    allowed = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        test, _, reason = line.partition("  # ")
        if not reason.strip():
            raise ValueError(f"line {number} gives no reason: {line.strip()}")
        allowed.add(test.strip())
    return allowed


def problems(report: Report, allowed: set[str]) -> list[str]:
    """One line for each thing that is not as listed."""
    found = [
        f"not allowed to skip: {test} ({reason})" for test, reason in report.skipped.items() if test not in allowed
    ]
    found += [f"listed as skipped, but was not: {test}" for test in sorted(allowed - report.skipped.keys())]
    if report.passed == 0:
        found.append("no test passed")
    if report.failed:
        found.append(f"{report.failed} failed")
    return found


def main(arguments: list[str]) -> int:
    report = read_report(Path(arguments[0]).read_text(encoding="utf-8"))
    found = problems(report, read_allowed(ALLOWED.read_text(encoding="utf-8").splitlines()))
    for problem in found:
        print(problem)
    print(f"{report.passed} passed, {report.failed} failed, {len(report.skipped)} skipped")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
