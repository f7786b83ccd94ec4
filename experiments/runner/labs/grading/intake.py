"""Taking the files of a submission, and nothing else that lies or links there.

What a student may edit, what later labs carry over, sources and headers of the student's own. Given
files are taken from here, never from the submission.
"""

import itertools
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.labs.course.catalogue import ANSWERS, Catalogue, Lab
from experiments.runner.labs.course.variants import solution_file
from experiments.runner.labs.course.wrong import has_solution

SOURCES = (".cpp", ".hpp", ".h")
LARGEST = 2**20
MOST = 64


class Refused(Exception):
    """A submission that cannot be graded as it is; the sentence says why."""


@dataclass(frozen=True)
class Intake:
    """Files by name. `remarks`: what was not taken as it was, one sentence each."""

    files: dict[str, bytes]
    answers: bytes
    remarks: tuple[str, ...]


def take(lab: Lab, catalogue: Catalogue, submission: Path) -> Intake:
    """Raises Refused if a file is missing, too large, or not a plain file."""
    folder = _folder_of(lab, submission)
    files, remarks = {}, []
    given = _given(lab)
    for name in _names(folder):
        if name in given:
            remarks.append(f"{name} is a given file, so the course's own was used")
        else:
            files[name] = _read(folder / name)
    for name in lab.file.edit:
        if name not in files:
            raise Refused(f"{name} is missing")
    for name, number in lab.file.carry.items():
        earlier = catalogue.find(number)
        if name in files:
            continue
        if not has_solution(earlier):
            raise Refused(f"{name} is missing, which lab {number} was about: hand it in as well")
        files[name] = solution_file(earlier, name).encode()
        remarks.append(f"{name} is the solution of lab {number}: the submission has none")
    answers = folder / ANSWERS
    return Intake(files, _read(answers) if os.path.lexists(answers) else b"", tuple(remarks))


def answers_in(lab: Lab, submission: Path) -> bytes:
    """Also of a submission that is refused. Empty if there is no plain file that could be read."""
    for folder in _places(lab, submission):
        if os.path.lexists(folder / ANSWERS):
            try:
                return _read(folder / ANSWERS)
            except Refused:
                return b""
    return b""


def _places(lab: Lab, submission: Path) -> list[Path]:
    """The folder itself, or one within it that a whole workspace or repository would have."""
    return [submission / inner for inner in ("", lab.name, f"labs/work/{lab.name}")]


def _folder_of(lab: Lab, submission: Path) -> Path:
    for folder in _places(lab, submission):
        if os.path.lexists(folder / lab.file.edit[0]):
            for part in (folder, *folder.parents):
                if part == submission.parent:
                    break
                if part.is_symlink():
                    raise Refused(f"{part.name} is a symbolic link; only files are graded")
            return folder
    elsewhere = _elsewhere(submission, lab.file.edit[0])
    where = f": {elsewhere} has one, so hand that folder in" if elsewhere else ""
    raise Refused(f"{lab.file.edit[0]} is missing{where}")


def _elsewhere(submission: Path, name: str) -> str:
    """The folder within a submission, at most two deep, that has such a file; "" if none has."""
    for pattern in ("*", "*/*"):
        for folder in itertools.islice(submission.glob(pattern), MOST):
            if folder.is_dir() and not folder.is_symlink() and os.path.lexists(folder / name):
                return f"{folder.relative_to(submission)}/"
    return ""


def _names(folder: Path) -> Iterator[str]:
    names = sorted(name for name in os.listdir(folder) if name.endswith(SOURCES))
    if len(names) > MOST:
        raise Refused(f"there are {len(names)} sources, more than {MOST}")
    yield from names


def _given(lab: Lab) -> set[str]:
    given = {file.name for folder in lab.given_folders for file in folder.glob("*")}
    return given - set(lab.file.edit)


def _read(file: Path) -> bytes:
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        what = "is a symbolic link" if file.is_symlink() else f"cannot be read ({error.strerror})"
        raise Refused(f"{file.name} {what}; only files are graded") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Refused(f"{file.name} is no plain file; only such are graded")
    with os.fdopen(handle, "rb") as content:
        data = content.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Refused(f"{file.name} is larger than {LARGEST} bytes")
    return data
