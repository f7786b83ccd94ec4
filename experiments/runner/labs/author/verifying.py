"""Do a lab's starter, solution and wrong solutions do what they are there for?

Everything is compiled first, then everything runs, then the judge tries the solutions' programs:
tests and judge must not compete with a compiler.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from experiments.runner.console import make_progress
from experiments.runner.errors import EXIT_FAILED, Failure, usage
from experiments.runner.labs.author.formalities import complaints_about
from experiments.runner.labs.author.variants_on_disk import Variant, lay_out
from experiments.runner.labs.author.verified import Report
from experiments.runner.labs.build.objects import compile_one
from experiments.runner.labs.build.parallel import as_they_end, in_parallel
from experiments.runner.labs.build.products import Built, Work, build_program, build_tests
from experiments.runner.labs.build.toolchain import JUDGE, Toolchain, make_judge, make_ready
from experiments.runner.labs.checking import SEEDS, Wish, run_tests
from experiments.runner.labs.course.catalogue import Catalogue, Lab
from experiments.runner.labs.course.named_tests import tests_of
from experiments.runner.labs.course.wrong import Wrong
from experiments.runner.labs.places import BUILD
from experiments.runner.labs.run.judge import Verdict, judge, trials
from experiments.runner.labs.run.results import Results

# A test of the solution that takes more of its limit than this would fail on a slower day. The
# slowest take a fifth; what they are measured by, itself a measurement, differs by as much again.
MOST_OF_LIMIT = 0.4
TRIES = 3
SHOWN = 2


@dataclass(frozen=True)
class Scope:
    """`repeat`: with how many seeds a solution must pass. `only_wrong`: a name, or None for all."""

    repeat: int = 20
    judged: bool = True
    only_wrong: str | None = None

    def includes(self, variant: Variant) -> bool:
        return self.only_wrong in (None, variant.name)


def verify(labs: list[Lab], catalogue: Catalogue, scope: Scope, console: Console) -> int:
    """Status 1 if anything is not as it should be. The last line has the counts."""
    report = examine(labs, catalogue, scope, console)
    _say(console, report.line())
    return EXIT_FAILED if report.faults else 0


def examine(labs: list[Lab], catalogue: Catalogue, scope: Scope, console: Console) -> Report:
    """Tells of each fault when it is found."""
    steps = sum(lab.is_step for lab in labs)
    report = Report(scope.repeat, len(labs) - steps, steps)
    # First of all: configuring anew empties the folder in which the variants are laid out.
    toolchain = make_ready([lab for lab in labs if tests_of(lab)], console)
    variants: list[Variant] = []
    for lab in labs:
        try:
            variants += [one for one in lay_out(lab, catalogue) if scope.includes(one)]
            faults = list(complaints_about(lab)) if scope.only_wrong is None else []
        except Failure as failure:
            known = lab.name in failure.message
            faults = [failure.message if known else f"{lab.name}: {failure.message}"]
        _add(report, "lab", faults, console)
    if not variants and not report.faults:
        raise usage(f"no lab has a wrong solution '{scope.only_wrong}'")
    if variants:
        if scope.judged:
            make_judge(console)
        _compile(variants, toolchain, console)
        _run(variants, toolchain, scope, report, console)
        if scope.judged:
            _judge(variants, toolchain, report, console)
    return report


def _add(report: Report, kind: str, faults: list[str], console: Console) -> None:
    for fault in faults:
        _say(console, fault)
    report.note(kind, faults)


def _compile(variants: list[Variant], toolchain: Toolchain, console: Console) -> None:
    """Each object once. What does not compile is told when its variant is looked at."""
    units = {
        (unit := source.unit("check", libraries.include)).object: (unit, libraries.check_flags)
        for one in variants
        for source in one.work.sources
        if (libraries := toolchain.of(one.lab))
    }
    with make_progress(console) as progress:
        task = progress.add_task("compiling labs", total=len(units))
        for _ in as_they_end(
            lambda one: compile_one(one[0], toolchain.compiler, one[1]), units.values()
        ):
            progress.advance(task)


def _run(
    variants: list[Variant],
    toolchain: Toolchain,
    scope: Scope,
    report: Report,
    console: Console,
) -> None:
    """A line for each lab that has been looked at, since it takes a while."""
    left = Counter(one.lab.name for one in variants)
    bad = Counter[str]()
    with make_progress(console) as progress:
        task = progress.add_task("verifying labs", total=len(variants))
        for one, faults in as_they_end(lambda one: _look_at(one, toolchain, scope), variants):
            told = [f"{one.lab.name}, {_name(one)}: {text}" for text in faults]
            _add(report, _kind(one), told, console)
            progress.advance(task)
            left[one.lab.name] -= 1
            bad[one.lab.name] += bool(faults)
            if left[one.lab.name] == 0:
                number = bad[one.lab.name]
                result = f"{number} not as they should be" if number else "verified"
                _say(console, f"{one.lab.name}: {result}")


def _kind(one: Variant) -> str:
    if one.wrong:
        return "race" if one.wrong.race else "wrong"
    return one.name


def _name(one: Variant) -> str:
    return f"wrong solution {one.name}" if one.wrong else one.name


def _look_at(one: Variant, toolchain: Toolchain, scope: Scope) -> list[str]:
    built = build_tests(one.work, toolchain, one.starter)
    if built.program is None and _is_only_unfinished(one, built):
        return []
    if built.program is None:
        return [f"does not compile: {_why_not_built(built)}"]
    if one.wrong:
        try:
            return _faults_of_wrong(one.work, built.program, one.wrong, scope)
        except Failure as failure:
            return [failure.message]
    warnings = [f"warning: {next(warning.lines())}" for warning in built.warnings[:SHOWN]]
    if one.is_starter:
        results = run_tests(one.work, built.program, Wish(range(1, 2)))
        return [*warnings, *([] if not results.ok else ["passes all tests"])]
    seeds = range(1, scope.repeat + 1)
    results = run_tests(one.work, built.program, Wish(seeds))
    too_slow = _is_too_slow(
        results, lambda test: run_tests(one.work, built.program, Wish(seeds, only=test))
    )
    return [*warnings, *_faults_of_solution(results), *too_slow]


def _faults_of_wrong(work: Work, program: Path, wrong: Wrong, scope: Scope) -> list[str]:
    """With some seed it must be caught, and a race in each run with a seed of its own."""
    runs = [range(1, SEEDS + 1)]
    if wrong.race:
        runs = [range(seed, seed + 1) for seed in range(1, scope.repeat + 1)]
    missed = [
        seeds for seeds in runs if run_tests(work, program, Wish(seeds, only=wrong.caught_by)).ok
    ]
    if not missed:
        return []
    how_often = f" in {len(missed)} of {len(runs)} runs" if wrong.race else ""
    return [f"{wrong.caught_by} does not catch it{how_often}"]


def _is_only_unfinished(one: Variant, built: Built) -> bool:
    """A starter that ends an earlier lab may lack a function that this one asks for."""
    return one.is_starter and bool(one.lab.file.begins_as) and not built.errors


def _why_not_built(built: Built) -> str:
    lines = [next(error.lines()) for error in built.errors]
    return (lines or list(built.link) or ["no reason given"])[0]


def _faults_of_solution(results: Results) -> Iterable[str]:
    yield from results.outside[:1]
    for failure in results.failed_in_order():
        yield f"fails {failure.test} with seed {failure.seed}"
    if not results.tests:
        yield "there are no tests"


def _is_too_slow(results: Results, again: Callable[[str], Results]) -> Iterator[str]:
    """Each time that it is tried: now and then a virtual processor is slow for a while."""
    limit_s = results.limit_s * MOST_OF_LIMIT
    test, seconds = results.slowest, results.slowest_s
    for _ in range(TRIES - 1):
        if seconds <= limit_s:
            return
        seconds = min(seconds, again(test).slowest_s)
    if seconds > limit_s:
        yield f"{test} takes {seconds:.2f} s, more than {limit_s:.2f} s"


def _judge(variants: list[Variant], toolchain: Toolchain, report: Report, console: Console) -> None:
    solutions = [one for one in variants if one.name == "solution" and one.lab.file.program]
    built = in_parallel(lambda one: _program(one, toolchain), solutions)
    # Several at a time: judge() waits for most of the time, as do those it calls.
    judged = in_parallel(lambda pair: _verdicts(*pair), zip(solutions, built))
    for one, program, verdicts in zip(solutions, built, judged):
        if program.program is None:
            text = f"{one.lab.name}, program: does not compile: {_why_not_built(program)}"
            _add(report, "program", [text], console)
        for verdict in verdicts:
            text = f"{one.lab.name}, program, {verdict.trial.name}: {verdict.said}"
            _add(report, "program", [] if verdict.passed else [text], console)


def _verdicts(one: Variant, program: Built) -> list[Verdict]:
    """None of a program that was not built."""
    if program.program is None:
        return []
    chosen = trials(one.lab.file.program, program.program, thorough=True)
    return judge(BUILD / "bin" / JUDGE, chosen, first=True)


def _program(one: Variant, toolchain: Toolchain) -> Built:
    return build_program(one.work, toolchain, one.work.own / "server", one.starter)


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
