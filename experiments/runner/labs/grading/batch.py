"""Many submissions of one lab, each in a folder of its own, into one CSV file."""

import os
from pathlib import Path

from rich.console import Console

from experiments.runner.errors import usage
from experiments.runner.labs.course.catalogue import Catalogue, Lab
from experiments.runner.labs.grading.grade import EXIT_INFRASTRUCTURE, Grade, Status
from experiments.runner.labs.grading.grader import Grader, grading
from experiments.runner.labs.grading.writers import as_csv
from experiments.runner.labs.grading.writers.as_text import IN_WORDS, result


def grade_all(
    lab: Lab, catalogue: Catalogue, submissions: Path, file: Path, console: Console
) -> int:
    """Submissions that have a score in `file` already are left out.

    A submission that cannot be graded has a line without a score, and the others go on.
    """
    if not submissions.is_dir():
        raise usage(f"{submissions} is no folder")
    names = sorted(entry.name for entry in os.scandir(submissions) if entry.is_dir())
    if not names:
        raise usage(f"{submissions} has no folder for each submission")
    known = as_csv.graded_in(file)
    left = [name for name in names if name not in known]
    if len(left) < len(names):
        _say(console, f"{len(names) - len(left)} of {len(names)} have a score in {file} already")
    failed = 0
    if left:
        with grading(lab, catalogue, console) as grader:
            for number, name in enumerate(left, 1):
                grade = _grade_one(grader, submissions, name)
                as_csv.write(grade, file)
                failed += grade.status == Status.INFRASTRUCTURE_ERROR
                _say(console, f"{number} of {len(left)}: {name}: {_in_words(grade)}")
    return EXIT_INFRASTRUCTURE if failed else 0


def _grade_one(grader: Grader, submissions: Path, name: str) -> Grade:
    return grader.grade(submissions / name, name)


def _in_words(grade: Grade) -> str:
    if grade.status == Status.GRADED:
        return result(grade)
    return f"{IN_WORDS[grade.status]} ({grade.reasons[0] if grade.reasons else 'no reason given'})"


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
