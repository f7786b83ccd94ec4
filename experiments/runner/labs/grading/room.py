"""Where one submission is compiled and run: a folder of its own, with pristine files around it."""

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.labs.build.products import Built, Source, Work
from experiments.runner.labs.build.toolchain import Toolchain
from experiments.runner.labs.course.catalogue import Lab
from experiments.runner.labs.grading.grade import Infrastructure
from experiments.runner.labs.grading.limits import COMPILER, JUDGE, MIB
from experiments.runner.labs.grading.sandbox import Sandbox, Walls, remove

SHOWN_ERRORS = 3
DISK_FULL = "No space left on device"
LEAST_DISK = 64 * MIB


@dataclass(frozen=True)
class Room:
    """own/ has the sources, objects/ what becomes of them, run/ and judged/ what programs leave."""

    lab: Lab
    folder: Path
    sandbox: Sandbox

    def lay_out(self, files: Mapping[str, bytes]) -> Work:
        own, objects = self.folder / "own", self.folder / "objects"
        own.mkdir()
        for name, data in files.items():
            (own / name).write_bytes(data)
        names = [name for name in sorted(files) if name.endswith(".cpp")]
        sources = tuple(Source(own / name, objects, (own,)) for name in names)
        return Work(self.lab, own, objects, sources, self.compile)

    @property
    def run(self) -> Path:
        return self.folder / "run"

    def compile(self, command: Sequence[str]) -> tuple[int, str]:
        """A compiler may write where it is told to put what it makes."""
        product = Path(command[list(command).index("-o") + 1])
        status, said = self.sandbox.run(command, product.parent, COMPILER)
        if DISK_FULL in said and shutil.disk_usage(self.folder).free < LEAST_DISK:
            raise Infrastructure(DISK_FULL)
        return status, said

    def judge(self, command: Sequence[str]) -> tuple[int, str]:
        folder = self.folder / "judged"
        folder.mkdir(exist_ok=True)
        return self.sandbox.run(command, folder, JUDGE)

    def why_not(self, built: Built) -> list[str]:
        """Each error in its lines, with files named as the student names them."""
        lines = [line for error in built.errors[:SHOWN_ERRORS] for line in error.lines()]
        return [self.named(line) for line in (*lines, *built.link)]

    def named(self, line: str) -> str:
        return line.replace(f"{self.folder}/own/", "")

    def clear(self) -> None:
        remove(self.folder)


def make_room(
    lab: Lab, toolchain: Toolchain, walls: Walls, base: Path, programs: Sequence[Path]
) -> Room:
    """`programs`: what else may be run there."""
    folder = Path(tempfile.mkdtemp(dir=base))
    folder.chmod(0o755)
    visible = (*_needed(lab, toolchain), folder, *programs)
    return Room(lab, folder, Sandbox(walls, base, visible))


def _needed(lab: Lab, toolchain: Toolchain) -> list[Path]:
    """The folders outside the system with what a compiler and a linker read."""
    libraries = toolchain.of(lab)
    words = [*libraries.tests, *libraries.check_flags, *libraries.check_link]
    words += [*libraries.program_flags, *libraries.program_link]
    files = [Path(word) for word in (toolchain.compiler, *words) if word.startswith("/")]
    folders = {Path(os.path.normpath(file.parent)) for file in files if file.exists()}
    folders |= {Path(name) for name in libraries.include if Path(name).is_dir()}
    outermost = [one for one in folders if not any(other in one.parents for other in folders)]
    return [one for one in sorted(outermost) if not one.is_relative_to("/usr")]
