"""A grade as a table for people."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from experiments.runner.labs.grading.grade import Grade, GradedTest, Part, Status

IN_WORDS = {
    Status.GRADED: "graded",
    Status.DOES_NOT_COMPILE: "it does not compile",
    Status.SUSPICIOUS: "suspicious: no points until somebody has looked at it",
    Status.INFRASTRUCTURE_ERROR: "not graded: something here did not work",
}


def write(grade: Grade, console: Console) -> None:
    for line in _beginning(grade):
        _say(console, line)
    if grade.status in (Status.GRADED, Status.SUSPICIOUS):
        console.print(_table(grade))
        for test in grade.flaky:
            _say(console, f"flaky: {test.name} {runs(test)}")
    _say(console, answers(grade))
    _say(console, result(grade))


def _beginning(grade: Grade) -> Iterator[str]:
    yield f"{grade.lab}, {grade.submission}: {IN_WORDS[grade.status]}"
    yield from grade.reasons
    if grade.seeds and grade.status == Status.GRADED:
        yield f"with {grade.seeds} seeds, {grade.confined}"


def _table(grade: Grade) -> Table:
    table = Table("what", "points", "passed", "not passed", box=None, pad_edge=False)
    for part in grade.parts:
        table.add_row(*_row(part))
    return table


def _row(part: Part) -> tuple[str, str, str, str]:
    failed = [test.name.removeprefix(f"{part.name}.") for test in part.tests if not test.whole]
    whole = f"{len(part.tests) - len(failed)} of {len(part.tests)}"
    return part.name, f"{part.points:.1f} of {part.most:.1f}", whole, ", ".join(failed)


def runs(test: GradedTest) -> str:
    """`passed 17 of 20 runs`."""
    seeds = "runs with the same seed" if test.flaky else "runs"
    return f"passed {test.passed} of {test.runs} {seeds}"


def answers(grade: Grade) -> str:
    words = {True: "prediction filled in, ", False: "prediction empty, ", None: ""}
    one = grade.answers
    return (
        f"answers.md: {words[one.prediction]}{one.answered} of {one.questions} questions answered; "
        "people grade them"
    )


def result(grade: Grade) -> str:
    if grade.score is None:
        return "no score"
    return f"{grade.score:g} of {grade.most:g} points"


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
