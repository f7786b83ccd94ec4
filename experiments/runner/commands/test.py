"""./iolab test: CTest in dev and under asan, the labs, then pytest; ends with the counts."""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.runner.dev.test_counts import Counts, read_junit, unexpected
from experiments.runner.errors import EXIT_FAILED, Failure, usage
from experiments.runner.paths import ROOT
from experiments.runner.ready.requirements import Requirement, everything

if TYPE_CHECKING:
    from rich.console import Console

HELP = "build and run every test: C++ in dev and again under asan, the labs, then Python"
PARTS = ("dev", "asan", "labs", "python")
BUILT = PARTS[:3]
EXPECTED_SKIPS = ROOT / "tests" / "expected-skips.txt"
TEST_TIMEOUT_S = 300
WAITING = 4  # tests at a time


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--only", choices=PARTS, action="append", help="run only this part; repeatable"
    )
    parser.add_argument(
        "--ci",
        action="store_true",
        help="a skip that tests/expected-skips.txt does not expect fails",
    )
    parser.add_argument("-k", "--filter", metavar="REGEX", help="only C++ tests whose name matches")
    parser.add_argument(
        "--server",
        metavar="NAME",
        help="build this server only, in dev, and run the conformance suite on it",
    )


def needs(_options: argparse.Namespace) -> list[Requirement]:
    return everything()


def run(options: argparse.Namespace, _arguments: list[str]) -> int:
    from experiments.runner.console import make_console
    from experiments.runner.ready.build import build

    console = make_console()
    targets, tests = None, options.filter
    parts = options.only or [part for part in PARTS if part != "labs" or not tests]
    if options.server:
        parts = options.only or PARTS[:1]
        if {"labs", "python"} & set(parts) or tests:
            raise usage("--server runs the conformance suite: leave out -k, labs and python")
        targets, tests = _conformance_of(options.server, console)
    # Everything is compiled before anything runs: a test must not compete with a compiler.
    folders = {part: build(part, console, targets) for part in parts if part in BUILT}
    counts = {}
    for part in parts:
        console.print(f"[bold]{_title(part)}[/]")
        begin = time.monotonic()
        counts[part] = _run_part(part, folders, tests, console)
        console.print(f"{part}: {counts[part].line()} in {time.monotonic() - begin:.0f} s\n")
    return _conclude(counts, options.ci, console)


def _run_part(part: str, folders: dict[str, Path], tests: str | None, console: "Console") -> Counts:
    if part == "python":
        return _run_pytest()
    return _verify_labs(console) if part == "labs" else _run_ctest(folders[part], tests)


def _verify_labs(console: "Console") -> Counts:
    """Each starter, solution, wrong solution and program counts as one test."""
    from experiments.runner.labs.author.verifying import Scope, examine
    from experiments.runner.labs.course.catalogue import read_catalogue

    try:
        catalogue = read_catalogue()
        report = examine(list(catalogue.labs), catalogue, Scope(), console)
    except Failure as failure:
        console.print(failure.message, markup=False, soft_wrap=True)
        return Counts(failed=[failure.message])
    console.print(report.line(), soft_wrap=True)
    return Counts(passed=report.passed, failed=report.failures)


def _conformance_of(name: str, console: "Console") -> tuple[list[str], str]:
    """What to build for a server's conformance suite, and the regular expression of its tests."""
    from experiments.runner.plan.roster import read_roster
    from experiments.runner.ready.build import configure

    server = read_roster(configure("dev", console)).get(name)
    return ["conformance_tests", server.program.name], rf"^conformance\.{re.escape(name)}\."


def _title(part: str) -> str:
    return {
        "dev": "C++ tests, dev",
        "asan": "C++ tests, address and undefined-behaviour sanitizers",
        "labs": "labs: starters, solutions, wrong solutions",
    }.get(part, "Python tests")


def _run_ctest(folder: Path, name_filter: str | None) -> Counts:
    report = folder / "ctest.xml"
    report.unlink(missing_ok=True)
    # More than there are cores: most tests wait longer than they compute.
    jobs = str((os.cpu_count() or 1) + WAITING)
    command = ["ctest", "--test-dir", folder, "--output-on-failure", "--output-junit", report]
    command += [
        "-j",
        jobs,
        "--timeout",
        str(TEST_TIMEOUT_S),
        *(["-R", name_filter] if name_filter else []),
    ]
    counts = _count(command, report)
    if name_filter and counts == Counts():
        raise Failure(f"no C++ test has a name that matches '{name_filter}'")
    return counts


def _run_pytest() -> Counts:
    report = ROOT / "build" / "pytest.xml"
    report.parent.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rs",
        "-p",
        "no:cacheprovider",
        f"--junitxml={report}",
        "tests/python",
    ]
    return _count(command, report)


def _count(command: list[object], report: Path) -> Counts:
    """Runs a test runner with its output passed through.

    A run that failed without a failed test is one failure.
    """
    from experiments.runner.system.processes import spawn, stop

    sys.stdout.flush()
    process = spawn(
        [str(part) for part in command], stdout=None, stderr=subprocess.STDOUT, cwd=ROOT
    )
    try:
        status = process.wait()
    finally:
        stop(process, 5)
    counts = read_junit(report)
    if status != 0 and not counts.failed:
        counts.failed.append(f"the run: {Path(str(command[0])).name} ended with status {status}")
    return counts


def _conclude(counts: dict[str, Counts], ci: bool, console: "Console") -> int:
    """Names what failed once more: thousands of lines lie between a test and the end."""
    total = Counts()
    for part, one in counts.items():
        total.add(one)
        for name in one.failed:
            console.print(f"failed ({part}) {name}", markup=False, soft_wrap=True)
        for name, reason in one.skipped:
            console.print(f"skipped ({part}) {name}: {reason}", markup=False)
    surprises = unexpected(total.skipped, EXPECTED_SKIPS) if ci else []
    for name in surprises:
        console.print(
            f"unexpected skip: {name}; {EXPECTED_SKIPS.relative_to(ROOT)} does not list it",
            markup=False,
        )
    print(total.line())
    return EXIT_FAILED if total.failed or surprises else 0
