"""./iolab test: CTest in dev and under asan, then pytest; ends with the counts."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.runner import setup
from experiments.runner.errors import EXIT_FAILED
from experiments.runner.paths import ROOT
from experiments.runner.requirements import build_requirements, python_requirements
from experiments.runner.testcounts import Counts, read_junit, unexpected

if TYPE_CHECKING:
    from rich.console import Console

PARTS = ("dev", "asan", "python")
EXPECTED_SKIPS = ROOT / "tests" / "expected-skips.txt"
TEST_TIMEOUT_S = 300


def run(options: argparse.Namespace, arguments: list[str]) -> int:
    setup.ensure(build_requirements() + python_requirements(), arguments)
    from experiments.runner.build import build
    from experiments.runner.console import make_console

    console = make_console()
    parts = options.only or PARTS
    # Everything is compiled before anything runs: a test must not compete with a compiler.
    folders = {part: build(part, console) for part in parts if part != "python"}
    counts = {}
    for part in parts:
        console.print(f"[bold]{_title(part)}[/]")
        begin = time.monotonic()
        counts[part] = _run_pytest() if part == "python" else _run_ctest(folders[part], options.filter)
        console.print(f"{part}: {counts[part].line()} in {time.monotonic() - begin:.0f} s\n")
    return _conclude(counts, options.ci, console)


def _title(part: str) -> str:
    return {"dev": "C++ tests, dev", "asan": "C++ tests, address and undefined-behaviour sanitizers"}.get(part, "Python tests")


def _run_ctest(folder: Path, name_filter: str | None) -> Counts:
    report = folder / "ctest.xml"
    report.unlink(missing_ok=True)
    jobs = str(os.cpu_count() or 1)
    command = ["ctest", "--test-dir", folder, "--output-on-failure", "--output-junit", report]
    command += ["-j", jobs, "--timeout", str(TEST_TIMEOUT_S), *(["-R", name_filter] if name_filter else [])]
    return _count(command, report)


def _run_pytest() -> Counts:
    report = ROOT / "build" / "pytest.xml"
    report.parent.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", f"--junitxml={report}", "tests/python"]
    return _count(command, report)


def _count(command: list[object], report: Path) -> Counts:
    """Runs a test runner with its output passed through. A run that failed without a failed test is one failure."""
    from experiments.runner.processes import spawn, stop

    sys.stdout.flush()
    process = spawn([str(part) for part in command], stdout=None, stderr=subprocess.STDOUT, cwd=ROOT)
    try:
        status = process.wait()
    finally:
        stop(process, 5)
    counts = read_junit(report)
    if status != 0 and counts.failed == 0:
        counts.failed = 1
    return counts


def _conclude(counts: dict[str, Counts], ci: bool, console: "Console") -> int:
    total = Counts()
    for part, one in counts.items():
        total.add(one)
        for name, reason in one.skipped:
            console.print(f"skipped ({part}) {name}: {reason}", markup=False)
    surprises = unexpected(total.skipped, EXPECTED_SKIPS) if ci else []
    for name in surprises:
        console.print(f"unexpected skip: {name}; {EXPECTED_SKIPS.relative_to(ROOT)} does not list it", markup=False)
    print(total.line())
    return EXIT_FAILED if total.failed or surprises else 0
