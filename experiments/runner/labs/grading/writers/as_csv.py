"""Grades as CSV: a line for each submission, a column for each suite."""

import csv
from pathlib import Path

from experiments.runner.errors import usage
from experiments.runner.labs.grading.grade import Grade

BEFORE = ("lab", "submission", "status", "score", "most")
AFTER = ("flaky", "prediction", "answered", "questions", "reason", "date", "seconds")


def write(grade: Grade, file: Path) -> None:
    """Adds a line; first that of the columns' names, if there is none."""
    begun = file.exists() and file.stat().st_size > 0
    with file.open("a", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        if not begun:
            lines.writerow((*BEFORE, *(part.name for part in grade.parts), *AFTER))
        lines.writerow([plain(value) for value in _values(grade)])


def graded_in(file: Path, lab: str) -> set[str]:
    """The submissions that have a score there, so need not be graded again.

    Raises Failure if the file has something else than grades of that lab.
    """
    if not file.exists():
        return set()
    with file.open(encoding="utf-8", errors="replace", newline="") as text:
        reader = csv.DictReader(text)
        begun_by_us = reader.fieldnames is None or tuple(reader.fieldnames[: len(BEFORE)]) == BEFORE
        lines = list(reader) if begun_by_us else []
    if not begun_by_us:
        raise usage(f"{file} has something else than grades: name another file")
    if others := {line["lab"] for line in lines} - {lab}:
        raise usage(f"{file} has grades of {min(others)}: give {lab} a file of its own")
    return {line["submission"] for line in lines if line.get("score")}


def _values(grade: Grade) -> list[object]:
    points = [f"{part.points:.2f}" for part in grade.parts]
    if grade.score is None:
        points = [""] * len(points)
    before = (grade.lab, grade.submission, grade.status.value, grade.score, grade.most)
    flaky = " ".join(test.name for test in grade.flaky)
    own = grade.answers
    reason = grade.reasons[0] if grade.reasons else ""
    after = (flaky, own.prediction, own.answered, own.questions, reason, grade.date, grade.seconds)
    return [*before, *points, *after]


def plain(value: object) -> str:
    """One line, and nothing that a spreadsheet would take for a formula."""
    text = "" if value is None else " ".join(str(value).split())
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
