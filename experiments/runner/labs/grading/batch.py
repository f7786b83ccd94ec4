"""Many submissions of one lab, each in a folder of its own, into one CSV file."""

import os
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from experiments.runner.errors import usage
from experiments.runner.labs.course.catalogue import Catalogue, Lab
from experiments.runner.labs.grading.grade import EXIT_INFRASTRUCTURE, Grade, Status
from experiments.runner.labs.grading.grader import Grader, grading
from experiments.runner.labs.grading.writers import as_csv, as_json
from experiments.runner.labs.grading.writers.as_text import IN_WORDS, result
from experiments.runner.labs.grading.writers.outputs import require_writable


@dataclass(frozen=True)
class Written:
    """Where the grades go: a line each into a file, and a JSON file each into `folder`, if any."""

    file: Path
    folder: Path | None = None

    def require(self) -> None:
        """Raises Failure if anything could not be written later. Makes the folder."""
        require_writable(self.file)
        if self.folder is not None:
            if self.folder.exists() and not self.folder.is_dir():
                raise usage(f"{self.folder} is a file: of a batch, --json names a folder")
            require_writable(self.folder / "x.json" if self.folder.exists() else self.folder)
            self.folder.mkdir(exist_ok=True)

    def add(self, grade: Grade) -> None:
        as_csv.write(grade, self.file)
        if self.folder is not None:
            as_json.write(grade, self.folder / f"{grade.submission}.json")


def grade_all(
    lab: Lab, catalogue: Catalogue, submissions: Path, written: Written, console: Console
) -> int:
    """Submissions that have a score in the CSV file already are left out.

    A submission that cannot be graded has a line without a score, and the others go on.
    """
    if not submissions.is_dir():
        raise usage(f"{submissions} is no folder")
    entries = sorted(os.scandir(submissions), key=lambda entry: entry.name)
    names = [entry.name for entry in entries if _is_submission(entry)]
    if not names:
        raise usage(f"{submissions} has no folder for each submission")
    written.require()
    known = as_csv.graded_in(written.file, lab.name)
    left = [name for name in names if as_csv.plain(name) not in known]
    if len(left) < len(names):
        _say(
            console,
            f"{len(names) - len(left)} of {len(names)} have a score in {written.file} already",
        )
    others = [entry.name for entry in entries if entry.name not in names]
    if others:
        _say(console, f"not graded, since no folder of a submission: {', '.join(others)}")
    failed = 0
    if left:
        with grading(lab, catalogue, console) as grader:
            for number, name in enumerate(left, 1):
                grade = _grade_one(grader, submissions, name)
                written.add(grade)
                failed += grade.status == Status.INFRASTRUCTURE_ERROR
                _say(console, f"{number} of {len(left)}: {name}: {_in_words(grade)}")
    return EXIT_INFRASTRUCTURE if failed else 0


def _is_submission(entry: os.DirEntry[str]) -> bool:
    """Not what tools leave behind, such as .git and __MACOSX."""
    return entry.is_dir() and not entry.name.startswith((".", "__"))


def _grade_one(grader: Grader, submissions: Path, name: str) -> Grade:
    return grader.grade(submissions / name, name)


def _in_words(grade: Grade) -> str:
    if grade.status == Status.GRADED:
        return result(grade)
    return f"{IN_WORDS[grade.status]} ({grade.reasons[0] if grade.reasons else 'no reason given'})"


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
