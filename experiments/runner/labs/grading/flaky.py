"""Telling a test that fails now and then from one that fails with a certain seed.

A seed decides all that is random in a test. What passes and fails with the same one depends on
something else: on which thread is faster, mostly.
"""

from dataclasses import dataclass

from experiments.runner.labs.grading.seal import CANARIES
from experiments.runner.labs.run.results import Results
from experiments.runner.labs.run.tests import TestProgram

RUNS = 20
# If so many fail in a row the test is not flaky: further ones would cost much and tell little.
ENOUGH = 5


@dataclass(frozen=True)
class Runs:
    """Of one test with one seed."""

    passed: int
    total: int


def find_flaky(program: TestProgram, results: Results) -> dict[str, Runs]:
    """Of the tests that failed: those that also pass with the same seed."""
    found = {}
    for failure in results.failed_in_order():
        if results.passes[failure.test] == 0:
            continue  # that is no accident
        runs = _again(program, failure.test, failure.seed)
        if runs.passed:
            found[failure.test] = runs
    return found


def _again(program: TestProgram, test: str, seed: int) -> Runs:
    passed = 0
    for run in range(1, RUNS + 1):
        ran = program.start(seed, 1, f"{test}:{CANARIES}", impatient=True)
        ends = [one for one in ran.events if one.get("event") == "end" and one["test"] == test]
        passed += any(one["passed"] for one in ends)
        if ran.silent or program.ground.exhausted or (run == ENOUGH and passed == 0):
            return Runs(passed, run)
    return Runs(passed, RUNS)
