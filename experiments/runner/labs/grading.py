"""A thorough check that goes through to the end, as a table and as a file."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.runner.errors import EXIT_FAILED, Failure
from experiments.runner.labs.checking import THOROUGH_SEEDS, Checked, Wish
from experiments.runner.labs.course.answers import Answers, read_answers_of
from experiments.runner.labs.course.catalogue import ANSWERS, Lab
from experiments.runner.labs.course.variants import read_answers
from experiments.runner.labs.student import Student
from experiments.runner.labs.telling import tell_why_not_built

WISH = Wish(range(1, THOROUGH_SEEDS + 1), thorough=True, stop_early=False)


def grade(student: Student, lab: Lab, file: Path | None) -> int:
    """Status 0 if all tests and the judge passed. Answers are for people to read."""
    folder = student.workspace.require(lab)
    checked = student.examine(lab, WISH)
    answers = read_answers_of(folder, read_answers(lab).get(ANSWERS, ""))
    show(checked, answers, student.console)
    if file is not None:
        _write(file, as_json(checked, answers))
    return 0 if checked.passed else EXIT_FAILED


def show(checked: Checked, answers: Answers, console: Console) -> None:
    _say(console, f"{checked.lab.heading}, graded with {len(checked.wish.seeds)} seeds")
    if checked.results is None:
        tell_why_not_built(checked.tests, console)
    for line in checked.results.outside if checked.results else ():
        _say(console, line)
    console.print(_table(checked))
    if checked.program is not None and checked.program.program is None:
        tell_why_not_built(checked.program, console)
    _say(console, _in_words(answers))
    _say(
        console,
        "all tests passed; answers are for people to read" if checked.passed else "not passed",
    )


def _table(checked: Checked) -> Table:
    table = Table("what", "passed", "failed", box=None, pad_edge=False)
    for suite in suites(checked):
        failed = ", ".join(suite["failed"])
        table.add_row(suite["name"], f"{suite['passed']} of {suite['total']}", failed)
    for verdict in checked.verdicts:
        said = verdict.said.splitlines() or ["it said nothing"]
        outcome = "" if verdict.passed else said[0]
        table.add_row(f"judge, {verdict.trial.name}", "yes" if verdict.passed else "no", outcome)
    return table


def suites(checked: Checked) -> list[dict[str, Any]]:
    """Name, passed, total and the names of the failed tests, of each suite."""
    if checked.results is None:
        return []
    found = []
    for name, tests in checked.results.suites().items():
        failed = [test.split(".", 1)[1] for test in tests if test in checked.results.failures]
        passed = len(tests) - len(failed)
        found.append({"name": name, "passed": passed, "total": len(tests), "failed": failed})
    return found


def as_json(checked: Checked, answers: Answers) -> dict[str, Any]:
    results = checked.results
    return {
        "lab": checked.lab.name,
        "date": datetime.now().isoformat(timespec="seconds"),
        "passed": checked.passed,
        "compiles": results is not None,
        "seeds": len(checked.wish.seeds),
        "tests": {
            "passed": results.passed if results else 0,
            "total": len(results.tests) if results else 0,
        },
        "suites": suites(checked),
        "judge": [
            {
                "protocol": verdict.trial.protocol,
                "arguments": verdict.trial.arguments,
                "level": verdict.trial.level,
                "passed": verdict.passed,
                "said": verdict.said,
            }
            for verdict in checked.verdicts
        ],
        "prediction": answers.predicted,
        "answers": {"filled_in": answers.answered, "questions": answers.questions},
    }


def _write(file: Path, value: dict[str, Any]) -> None:
    try:
        file.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise Failure(f"cannot write {file}: {error.strerror}") from error


def _in_words(answers: Answers) -> str:
    predicted = {True: "prediction filled in, ", False: "prediction empty, ", None: ""}
    count = f"{answers.answered} of {answers.questions} questions answered"
    return f"answers.md: {predicted[answers.predicted]}{count}"


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
