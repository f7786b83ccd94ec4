"""How a student's files are compiled and linked: what CMake wrote into build/labs/labs.json."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from experiments.runner.errors import Failure
from experiments.runner.labs.course.catalogue import Lab
from experiments.runner.labs.course.languages import CPP
from experiments.runner.labs.places import BUILD, PRESET, shown
from experiments.runner.ready.build import build
from experiments.runner.typed_json import Malformed, from_json, read_object

JUDGE = "conformance_tests"


@dataclass(frozen=True)
class LabLibraries:
    """How a student's files are compiled and linked: with the tests, and to the program.

    `tests` are objects, before the libraries of `check_link`. `check_flags` have sanitizers.
    """

    tests: tuple[str, ...]
    check_flags: tuple[str, ...]
    check_link: tuple[str, ...]
    program_flags: tuple[str, ...]
    program_link: tuple[str, ...]
    include: tuple[str, ...]


@dataclass(frozen=True)
class Toolchain:
    compiler: str
    labs: dict[str, LabLibraries]

    def of(self, lab: Lab) -> LabLibraries:
        if lab.name not in self.labs:
            raise Failure(f"{shown(BUILD / 'labs.json')} does not have {lab.name}")
        return self.labs[lab.name]


# For labs that are not compiled.
NO_TOOLCHAIN = Toolchain("", {})


def make_ready(labs: list[Lab], console: Console) -> Toolchain:
    """Builds what the tests of these labs are linked from: nothing, if they are in Python."""
    targets = [lab.target for lab in labs if lab.language is CPP]
    if not targets:
        return NO_TOOLCHAIN
    return read_toolchain(build(PRESET, console, targets) / "labs.json")


def make_judge(console: Console) -> None:
    """Builds the judge. Takes a minute or two, once, so not before a program is to be judged."""
    if not (BUILD / "bin" / JUDGE).exists():
        console.print("now the judge over real sockets: it is built once, in one or two minutes")
    build(PRESET, console, [JUDGE])


def read_toolchain(file: Path) -> Toolchain:
    try:
        return from_json(Toolchain, read_object(file))
    except (OSError, Malformed) as error:
        raise Failure(f"{shown(file)}: {error}") from error
