"""check_skips.py, on reports that pytest itself writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.check_skips import problems, read_allowed, read_report

SUITE = """
import pytest

def test_passes(): pass

@pytest.mark.skip(reason="no such server")
def test_skips(): pass

@pytest.mark.parametrize("name", ["a", "수출"])
def test_expected_to_fail(name):
    pytest.xfail("gap")

class TestClass:
    def test_skips_inside(self): pytest.skip("late")
"""
SKIPPED = {
    "test_suite::test_skips",
    "test_suite::test_expected_to_fail[a]",
    "test_suite::test_expected_to_fail[\\uc218\\ucd9c]",
    "test_suite.TestClass::test_skips_inside",
}


def report_of(suite: str, folder: Path) -> str:
    (folder / "test_suite.py").write_text(suite, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=report.xml", "test_suite.py"]
    subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=60)
    return (folder / "report.xml").read_text(encoding="utf-8")


def test_every_skip_and_xfail_must_be_listed_and_every_line_must_skip(tmp_path: Path) -> None:
    report = read_report(report_of(SUITE, tmp_path))
    assert (report.passed, report.failed, set(report.skipped)) == (1, 0, SKIPPED)
    assert problems(report, SKIPPED) == []
    assert problems(report, SKIPPED - {"test_suite::test_skips"}) == [
        "not allowed to skip: test_suite::test_skips (no such server)"
    ]
    assert problems(report, SKIPPED | {"test_suite::test_passes"}) == [
        "listed as skipped, but was not: test_suite::test_passes"
    ]


@pytest.mark.parametrize(
    ("suite", "problem"),
    [
        ("def test_a(): assert False", ["no test passed", "1 failed"]),
        ("import nothing_of_this_name", ["no test passed", "1 failed"]),
        ("", ["no test passed"]),
        ("def test_a(): pass", []),
    ],
)
def test_a_run_that_proves_nothing_is_a_problem(suite: str, problem: list[str], tmp_path: Path) -> None:
    assert problems(read_report(report_of(suite, tmp_path)), set()) == problem


def test_a_line_needs_a_reason() -> None:
    lines = ["# comment", "", "a::b[c # d]  # because", "e::f  # why"]
    assert read_allowed(lines) == {"a::b[c # d]", "e::f"}
    for line in ("a::b", "a::b  # ", "a::b # one space"):
        with pytest.raises(ValueError, match="line 1 gives no reason"):
            read_allowed([line])
