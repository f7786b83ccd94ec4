"""Where a student's work is: begun, begun anew, and compared with what it began with."""

import difflib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from experiments.runner.errors import Failure, usage
from experiments.runner.labs.course.catalogue import Catalogue, Lab
from experiments.runner.labs.course.variants import Files, read_answers, read_sources, solution_file
from experiments.runner.labs.course.wrong import has_solution
from experiments.runner.labs.places import WORK, shown


@dataclass(frozen=True)
class Workspace:
    """A folder with a folder for each lab that was started."""

    base: Path

    def folder(self, lab: Lab) -> Path:
        return self.base / lab.name

    def started(self, lab: Lab) -> bool:
        folder = self.folder(lab)
        return folder.is_dir() and any(folder.iterdir())

    def require(self, lab: Lab) -> Path:
        """The folder of a lab that was started; else Failure says how to start it."""
        folder = self.folder(lab)
        if not self.started(lab):
            raise usage(f"{shown(folder)} is not there: ./iolab lab start {lab.number}")
        missing = [name for name in lab.file.edit if not (folder / name).is_file()]
        if missing:
            raise usage(
                f"{shown(folder)} lacks {', '.join(missing)}; "
                f"./iolab lab reset {lab.number} keeps a copy and starts anew"
            )
        return folder


def find_workspace(wish: Path | None, work: Path = WORK) -> Workspace:
    """`wish`, or else what `start --dir` remembered, or else labs/work."""
    if wish is not None:
        return Workspace(wish.resolve())
    try:
        remembered = Path(_memory(work).read_text(encoding="utf-8").strip())
    except OSError:
        return Workspace(work)
    return Workspace(remembered)


def remember(workspace: Workspace, work: Path = WORK) -> None:
    """For the commands after this one."""
    work.mkdir(parents=True, exist_ok=True)
    if workspace.base == work.resolve():
        _memory(work).unlink(missing_ok=True)
    else:
        _memory(work).write_text(f"{workspace.base}\n", encoding="utf-8")


def _memory(work: Path) -> Path:
    return work / ".dir"


@dataclass(frozen=True)
class Start:
    """What a lab begins with, and a sentence for each file whose origin needs one."""

    files: Files
    remarks: tuple[str, ...]


def begin(lab: Lab, catalogue: Catalogue, workspace: Workspace) -> Start:
    """The files of a fresh start. Raises Failure if work of an earlier lab is needed first."""
    files, remarks = {**read_sources(lab).starter(), **read_answers(lab)}, []
    for name, number in {**lab.file.carry, **lab.file.begins_as}.items():
        earlier = catalogue.find(number)
        text, is_own = _of_earlier(earlier, name, lab, workspace)
        files[name] = text
        remarks.append(
            f"{name} is a copy of yours of lab {earlier.number}"
            if is_own
            else f"{name} is the solution of lab {earlier.number}: yours is not there"
        )
    return Start(files, tuple(remarks))


def _of_earlier(earlier: Lab, name: str, lab: Lab, workspace: Workspace) -> tuple[str, bool]:
    """A file with which `lab` goes on, and whether it is the student's own."""
    own = workspace.folder(earlier) / name
    if own.is_file():
        return own.read_text(encoding="utf-8", errors="replace"), True
    if has_solution(earlier):
        return solution_file(earlier, name), False
    raise usage(
        f"lab {lab.number} goes on with {name} of lab {earlier.number}: do that first "
        f"(./iolab lab start {earlier.number}), or put your instructor's file there as "
        f"{shown(own)}"
    )


def write(files: Files, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"cannot write into {shown(folder)}: {error.strerror}") from error


def start(lab: Lab, catalogue: Catalogue, workspace: Workspace) -> Start:
    """Writes the starter into the student's folder; refuses if something is there."""
    folder = workspace.folder(lab)
    if workspace.started(lab):
        there = ", ".join(sorted(file.name for file in folder.iterdir()))
        raise usage(
            f"{shown(folder)} has {there}; nothing was changed. "
            f"./iolab lab reset {lab.number} keeps a copy and starts anew"
        )
    begun = begin(lab, catalogue, workspace)
    write(begun.files, folder)
    return begun


def reset(
    lab: Lab, catalogue: Catalogue, workspace: Workspace, now: datetime
) -> tuple[Path, Start]:
    """Moves the student's work to a dated folder beside it, which is returned, and starts anew."""
    folder = workspace.folder(lab)
    if not workspace.started(lab):
        raise usage(f"{shown(folder)} is not there: ./iolab lab start {lab.number}")
    begun = begin(lab, catalogue, workspace)
    copy = _free_name(folder, now)
    shutil.move(folder, copy)
    write(begun.files, folder)
    return copy, begun


def _free_name(folder: Path, now: datetime) -> Path:
    wish = folder.with_name(f"{folder.name}-{now:%Y%m%d-%H%M%S}")
    free, number = wish, 1
    while free.exists():
        number += 1
        free = wish.with_name(f"{wish.name}-{number}")
    return free


def starter_of(lab: Lab, catalogue: Catalogue, workspace: Workspace) -> Files:
    """The files to edit as they are at the start. An earlier lab's count as they are now.

    Raises Failure if one is not there.
    """
    begun = {
        name: _of_earlier(catalogue.find(number), name, lab, workspace)[0]
        for name, number in lab.file.begins_as.items()
    }
    return {**read_sources(lab).starter(), **begun}


def known_starter_of(lab: Lab, catalogue: Catalogue, workspace: Workspace) -> Files:
    """As far as it is there: this lab's files can be checked without those of an earlier one."""
    try:
        return starter_of(lab, catalogue, workspace)
    except Failure:
        return read_sources(lab).starter()


def difference(lab: Lab, catalogue: Catalogue, workspace: Workspace) -> Iterator[str]:
    """Lines of a unified diff from the starter to the student's sources, new files included."""
    folder = workspace.require(lab)
    starter = starter_of(lab, catalogue, workspace)
    own = {file.name for file in lab.language.files(folder)}
    for name in (*starter, *sorted(own - set(starter) - set(lab.file.carry))):
        before = starter.get(name, "").splitlines()
        after = (folder / name).read_text(encoding="utf-8", errors="replace").splitlines()
        old = f"starter/{name}" if name in starter else "/dev/null"
        yield from difflib.unified_diff(before, after, old, shown(folder / name), lineterm="")


def outdated(lab: Lab, catalogue: Catalogue, workspace: Workspace) -> Iterator[tuple[Path, Path]]:
    """Files taken over from an earlier lab that have changed there since: (theirs, the copy)."""
    for name, number in lab.file.carry.items():
        there, here = workspace.folder(catalogue.find(number)) / name, workspace.folder(lab) / name
        if there.is_file() and here.is_file() and there.read_bytes() != here.read_bytes():
            yield there, here
