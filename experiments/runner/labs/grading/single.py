"""One submission, told on the terminal and written into files."""

from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from experiments.runner.errors import EXIT_FAILED, Failure
from experiments.runner.labs.course.catalogue import Catalogue, Lab
from experiments.runner.labs.grading.grade import EXIT_INFRASTRUCTURE, Grade, Infrastructure
from experiments.runner.labs.grading.grader import grading, no_grade
from experiments.runner.labs.grading.writers import (
    as_csv,
    as_gradescope,
    as_json,
    as_junit,
    as_text,
)
from experiments.runner.labs.grading.writers.outputs import require_writable

# By the names of the options.
WRITERS: Mapping[str, Callable[[Grade, Path], None]] = {
    "json": as_json.write,
    "junit": as_junit.write,
    "csv": as_csv.write,
    "gradescope": as_gradescope.write,
}


def grade_one(
    lab: Lab,
    catalogue: Catalogue,
    submission: Path,
    files: Mapping[str, Path | None],
    console: Console,
) -> int:
    """Status 0 if everything passed, 1 if not, 3 if it could not be graded.

    `files`: where to write, by the names of WRITERS.
    """
    for file in filter(None, files.values()):
        require_writable(file)
    if files.get("csv"):  # else it would be found out when all is graded
        as_csv.graded_in(files["csv"], lab.name)
    try:
        with grading(lab, catalogue, console) as grader:
            grade = grader.grade(submission, submission.name)
    except Infrastructure as failure:
        grade = no_grade(lab, submission.name, failure.message)
    as_text.write(grade, console)
    for kind, file in files.items():
        if file is not None:
            _write(WRITERS[kind], grade, file)
    if grade.score is None:
        return EXIT_INFRASTRUCTURE
    return 0 if grade.passed else EXIT_FAILED


def _write(write: Callable[[Grade, Path], None], grade: Grade, file: Path) -> None:
    try:
        write(grade, file)
    except OSError as error:
        raise Failure(f"cannot write {file}: {error.strerror}") from error
