"""Grades as CSV: a line for each submission, a column for each suite."""

import csv
from pathlib import Path

from experiments.runner.labs.grading.grade import Grade

BEFORE = ("submission", "status", "score", "most")
AFTER = ("flaky", "prediction", "answered", "questions", "reason", "date", "seconds")


def write(grade: Grade, file: Path) -> None:
    """Adds a line; first that of the columns' names, if there is none."""
    begun = file.exists() and file.stat().st_size > 0
    with file.open("a", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        if not begun:
            lines.writerow((*BEFORE, *(part.name for part in grade.parts), *AFTER))
        lines.writerow([_plain(value) for value in _values(grade)])


def graded_in(file: Path) -> set[str]:
    """The submissions that have a score there, so need not be graded again."""
    try:
        with file.open(encoding="utf-8", newline="") as text:
            return {line["submission"] for line in csv.DictReader(text) if line.get("score")}
    except FileNotFoundError:
        return set()


def _values(grade: Grade) -> list[object]:
    points = [f"{part.points:.2f}" for part in grade.parts]
    if grade.score is None:
        points = [""] * len(points)
    before = (grade.submission, grade.status.value, grade.score, grade.most)
    flaky = " ".join(test.name for test in grade.flaky)
    own = grade.answers
    reason = grade.reasons[0] if grade.reasons else ""
    after = (flaky, own.prediction, own.answered, own.questions, reason, grade.date, grade.seconds)
    return [*before, *points, *after]


def _plain(value: object) -> str:
    """One line, and nothing that a spreadsheet would take for a formula."""
    text = "" if value is None else " ".join(str(value).split())
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
