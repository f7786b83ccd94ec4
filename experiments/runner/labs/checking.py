"""One check of a lab: compile, run the tests, and if they pass let the judge try the program."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from experiments.runner.errors import usage
from experiments.runner.labs.build.products import Built, Work, build_program, build_tests
from experiments.runner.labs.build.script import MACHINE
from experiments.runner.labs.build.toolchain import JUDGE, Toolchain
from experiments.runner.labs.course.catalogue import Lab
from experiments.runner.labs.course.languages import PYTHON
from experiments.runner.labs.course.variants import Files
from experiments.runner.labs.places import BUILD
from experiments.runner.labs.run.judge import Verdict, judge, trials
from experiments.runner.labs.run.results import Results
from experiments.runner.labs.run.tests import TestProgram
from experiments.runner.labs.run.yardstick import Yardstick, measured

SEEDS = 3
THOROUGH_SEEDS = 20


@dataclass(frozen=True)
class Wish:
    """How to check. `stop_early`: judge only if the tests pass, and to its first failure.

    `folder`: --dir as it was given, for the commands that are told; else "".
    """

    seeds: range = range(1, SEEDS + 1)
    only: str = ""
    thorough: bool = False
    stop_early: bool = True
    folder: str = ""


@dataclass(frozen=True)
class Checked:
    """What was found. What did not take place is None or empty."""

    lab: Lab
    wish: Wish
    tests: Built
    results: Results | None = None
    program: Built | None = None
    verdicts: tuple[Verdict, ...] = ()

    @property
    def tests_passed(self) -> bool:
        return self.results is not None and self.results.ok

    @property
    def passed(self) -> bool:
        """Everything that was asked for."""
        if not self.tests_passed:
            return False
        if self.lab.file.program is None or self.wish.only:
            return True
        return bool(self.verdicts) and all(verdict.passed for verdict in self.verdicts)


def check(
    work: Work,
    toolchain: Toolchain,
    starter: Files,
    wish: Wish,
    product: Path,
    before_judging: Callable[[Checked], None] = lambda _: None,
) -> Checked:
    """`product`: where the lab's program goes, if it ends in one.

    `before_judging` is given what the tests found, since the judge takes its time, and must be
    built the first time.
    """
    tests = build_tests(work, toolchain, starter)
    if tests.program is None:
        return Checked(work.lab, wish, tests)
    results = run_tests(work, tests.program, wish)
    tested = Checked(work.lab, wish, tests, results)
    lab = work.lab.file
    if lab.program is None or wish.only or (wish.stop_early and not results.ok):
        return tested
    before_judging(tested)
    program = build_program(work, toolchain, product, starter)
    verdicts: list[Verdict] = []
    if program.program is not None:
        chosen = trials(lab.program, program.program, wish.thorough)
        verdicts = judge(BUILD / "bin" / JUDGE, chosen, wish.stop_early)
    return replace(tested, program=program, verdicts=tuple(verdicts))


def run_tests(work: Work, program: Path, wish: Wish) -> Results:
    """Raises Failure if `only` names no test."""
    folder = work.objects / "run"
    chosen = TestProgram(program, work.own, folder, _yardstick_of(work.lab, program, folder))
    results = chosen.run(wish.seeds, _filter(wish.only))
    if wish.only and not results.tests and not results.outside:
        suites = ", ".join(chosen.run(range(1, 2)).suites())
        raise usage(f"no test of lab {work.lab.number} is called '{wish.only}'; suites: {suites}")
    return results


def _yardstick_of(lab: Lab, program: Path, folder: Path) -> Yardstick:
    """Each lab has its own: language and sanitizers decide. It ages with the machine."""
    machine = MACHINE if lab.language is PYTHON else BUILD / "labs.json"
    return measured(program, folder, BUILD / f"yardstick-{lab.target}.json", machine)


def _filter(only: str) -> str:
    """`Suite.Name`, a suite alone, or what Google Test understands."""
    if not only:
        return "*"
    return only if set(only) & set(".*?:") else f"{only}.*"
