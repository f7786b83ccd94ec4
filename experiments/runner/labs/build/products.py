"""A student's files as two programs: with the tests, and as the server they are to become."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.labs.build.complaints import Complaint, complaints
from experiments.runner.labs.build.linker import linker_lines
from experiments.runner.labs.build.objects import Run, Unit, compile_one, link, run_here
from experiments.runner.labs.build.parallel import in_parallel
from experiments.runner.labs.build.script import write_script
from experiments.runner.labs.build.toolchain import Toolchain
from experiments.runner.labs.course.catalogue import Lab
from experiments.runner.labs.course.languages import PYTHON
from experiments.runner.labs.course.variants import Files
from experiments.runner.labs.places import BUILD


@dataclass(frozen=True)
class Source:
    """A file, the folder for its objects, and where it finds headers that are the student's."""

    file: Path
    objects: Path
    include: tuple[Path, ...]

    def unit(self, kind: str, given: Sequence[str]) -> Unit:
        folders = (*self.include, *map(Path, given))
        return Unit(self.file, self.objects / kind / f"{self.file.name}.o", folders)


@dataclass(frozen=True)
class Work:
    """One lab's files of somebody. `own`: the folder that errors are told about.

    `run`: how a compiler is called, which reads what somebody else has written.
    """

    lab: Lab
    own: Path
    objects: Path
    sources: tuple[Source, ...]
    run: Run = run_here


@dataclass(frozen=True)
class Built:
    """`program` is None if it could not be made; then `errors` say why, as lines."""

    program: Path | None
    errors: tuple[Complaint, ...] = ()
    warnings: tuple[Complaint, ...] = ()
    link: tuple[str, ...] = ()


def work_of(lab: Lab, folder: Path) -> Work:
    """All .cpp files in a student's folder; their objects go into a folder of build/labs."""
    digest = hashlib.sha256(str(folder.resolve()).encode(errors="surrogateescape")).hexdigest()
    objects = BUILD / "work" / digest[:16]
    sources = (Source(file, objects, (folder,)) for file in sorted(folder.glob("*.cpp")))
    return Work(lab, folder, objects, tuple(sources))


def build_tests(work: Work, toolchain: Toolchain, starter: Files) -> Built:
    """`starter`: where a function that is missing belongs."""
    product = work.objects / "check" / "lab_tests"
    if work.lab.language is PYTHON:
        errors = write_script(product, work.lab, work.own)
        return Built(None if errors else product, tuple(errors))
    libraries = toolchain.of(work.lab)
    units = [source.unit("check", libraries.include) for source in work.sources]
    tools = (toolchain.compiler, libraries.check_flags)
    return _build(work, units, product, tools, (libraries.tests, libraries.check_link), starter)


def build_program(work: Work, toolchain: Toolchain, product: Path, starter: Files) -> Built:
    """With the given main of the lab, which must have a program."""
    libraries = toolchain.of(work.lab)
    mains = [work.lab.given(name) for name in work.lab.file.program.main]
    sources = (*work.sources, *(Source(file, work.objects, (work.own,)) for file in mains))
    units = [source.unit("program", libraries.include) for source in sources]
    tools = (toolchain.compiler, libraries.program_flags)
    return _build(work, units, product, tools, ((), libraries.program_link), starter)


def _build(
    work: Work,
    units: list[Unit],
    product: Path,
    tools: tuple[str, Sequence[str]],
    linked: tuple[Sequence[str], Sequence[str]],
    starter: Files,
) -> Built:
    compiler, flags = tools
    said = in_parallel(lambda unit: compile_one(unit, compiler, flags, work.run), units)
    own = (work.own, *(folder for source in work.sources for folder in source.include))
    known = (*own, work.lab.folder.parent)
    found = [one for each in said for one in complaints(each.text, known)]
    errors = tuple(one for one in found if one.error)
    warnings = tuple(one for one in found if not one.error)
    if not all(each.ok for each in said):
        return Built(None, errors or (_unexplained(said),), warnings)
    objects, libraries = linked
    # The student's last: nothing of theirs runs before the machine is ready.
    parts = [*objects, *(unit.object for unit in units)]
    linking = link(product, compiler, parts, libraries, work.run)
    if not linking.ok:
        return Built(None, (), warnings, tuple(linker_lines(linking.text, starter)))
    return Built(product, (), warnings)


def _unexplained(said) -> Complaint:
    """A compiler that failed without a word that is known, such as one that was killed."""
    text = next(each.text for each in said if not each.ok)
    return Complaint(None, True, text.strip().splitlines()[-1] if text.strip() else "it failed")
