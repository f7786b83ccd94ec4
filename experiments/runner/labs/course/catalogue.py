"""The labs there are: labs/NN-name/lab.toml, and the steps labs/refactoring/N-name/lab.toml."""

import re
from dataclasses import dataclass, field, fields
from pathlib import Path

import tomllib

from experiments.runner.errors import Failure, usage
from experiments.runner.labs.course.languages import LANGUAGES, Language
from experiments.runner.labs.places import LABS, shown
from experiments.runner.typed_json import Malformed, from_json

LEVELS = ("wire", "server", "full")
PROTOCOLS = ("echo", "framed")
ANSWERS = "answers.md"
# The folder of the steps of the refactoring.
STEPS = "refactoring"


@dataclass(frozen=True)
class Program:
    """The program in which a lab ends, as the judge starts it."""

    main: tuple[str, ...]
    protocols: tuple[str, ...]
    level: str
    thorough_level: str
    arguments: tuple[str, ...] = ("",)
    command: str = "{program} --protocol {protocol}"


@dataclass(frozen=True)
class LabFile:
    """lab.toml, key by key.

    `carry`: files taken over as they are, with the numbers of the labs they come from. `begins_as`:
    files of `edit` that begin as what the student made of them there.
    """

    title: str
    goal: str
    hours: float
    builds_on: tuple[str, ...]
    ends_at: str
    edit: tuple[str, ...]
    carry: dict[str, str] = field(default_factory=dict)
    language: str = "c++"
    begins_as: dict[str, str] = field(default_factory=dict)
    program: Program | None = None


@dataclass(frozen=True)
class Lab:
    """One lab, or one step of the refactoring."""

    folder: Path
    file: LabFile

    @property
    def name(self) -> str:
        """Such as 02-reactor, or refactoring/1-hot-path for a step: where it is in labs/."""
        return f"{STEPS}/{self.folder.name}" if self.is_step else self.folder.name

    @property
    def number(self) -> str:
        """Such as 02, or r1 for a step of the refactoring."""
        first = self.folder.name.partition("-")[0]
        return f"r{first}" if self.is_step else first

    @property
    def goes_on_with(self) -> set[str]:
        """The numbers of the labs whose files it needs."""
        return {*self.file.carry.values(), *self.file.begins_as.values()}

    @property
    def target(self) -> str:
        """What builds its tests."""
        return f"lab-{self.name.replace('/', '-')}"

    @property
    def is_step(self) -> bool:
        return self.folder.parent.name == STEPS

    @property
    def language(self) -> Language:
        return LANGUAGES[self.file.language]

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def tests(self) -> list[Path]:
        """The sources of its tests. Steps share theirs: 2-4_x.cpp belongs to steps 2, 3 and 4."""
        pattern = f"*{self.language.suffixes[0]}"
        files = sorted((self.folder / "tests").glob(pattern))
        shared = (self.folder.parent / "tests").glob(pattern) if self.is_step else ()
        return [*files, *(file for file in sorted(shared) if self._is_in_range(file.name))]

    def _is_in_range(self, name: str) -> bool:
        found = re.match(r"(\d)-(\d)_", name)
        return bool(found) and found[1] <= self.folder.name[0] <= found[2]

    @property
    def heading(self) -> str:
        what = "Step" if self.is_step else "Lab"
        return f"{what} {self.number}: {self.file.title}"

    @property
    def given_folders(self) -> list[Path]:
        """The lab's own, that of all steps if it is one, and that of all labs."""
        above = self.folder.parents[: 2 if self.is_step else 1]
        return [folder / "given" for folder in (self.folder, *above)]

    def given(self, name: str) -> Path:
        """A given file, of the first folder that has one of this name."""
        for folder in self.given_folders:
            if (folder / name).is_file():
                return folder / name
        raise Failure(f"{shown(self.folder / 'lab.toml')}: no given/ folder has {name}")


@dataclass(frozen=True)
class Catalogue:
    labs: tuple[Lab, ...]

    def find(self, wish: str) -> Lab:
        """By `02`, `2`, `02-reactor` or `r1`."""
        number = wish.zfill(2) if wish.isdigit() else wish
        for lab in self.labs:
            if number in (lab.number, lab.name):
                return lab
        known = ", ".join(lab.number for lab in self.labs) or "none"
        raise usage(f"there is no lab '{wish}'; there are {known}")


def read_catalogue(folder: Path = LABS) -> Catalogue:
    """Labs, then steps, by number. Raises Failure, one line, for a lab.toml that is not right."""
    files = sorted(folder.glob("[0-9][0-9]-*/lab.toml"))
    files += sorted(folder.glob(f"{STEPS}/[0-9]-*/lab.toml"))
    return Catalogue(tuple(Lab(file.parent, _read(file)) for file in files))


def _read(file: Path) -> LabFile:
    try:
        text = tomllib.loads(file.read_text(encoding="utf-8"))
        _refuse_unknown(text, LabFile, "")
        _refuse_unknown(text.get("program", {}), Program, "program.")
        lab = from_json(LabFile, text)
        _check(lab)
    except (OSError, ValueError) as error:
        raise Failure(f"{shown(file)}: {error}") from error
    return lab


def _refuse_unknown(table: object, kind: type, place: str) -> None:
    known = {one.name for one in fields(kind)}
    for key in table if isinstance(table, dict) else ():
        if key not in known:
            raise Malformed(f"unknown key '{place}{key}'")


def _check(lab: LabFile) -> None:
    if lab.language not in LANGUAGES:
        raise Malformed(f"language '{lab.language}' is none of {', '.join(LANGUAGES)}")
    suffixes = LANGUAGES[lab.language].suffixes
    for name in (*lab.edit, *lab.carry):
        if not re.fullmatch(r"[\w-]+\.\w+", name) or Path(name).suffix not in suffixes:
            raise Malformed(f"'{name}' is no name of a {' or '.join(suffixes)} file")
    if not lab.edit:
        raise Malformed("edit names no file")
    if both := set(lab.edit) & set(lab.carry):
        raise Malformed(f"'{min(both)}' is in edit and in carry")
    if others := set(lab.begins_as) - set(lab.edit):
        raise Malformed(f"'{min(others)}' is in begins_as, not in edit")
    if lab.program is None:
        return
    for level in (lab.program.level, lab.program.thorough_level):
        if level not in LEVELS:
            raise Malformed(f"level '{level}' is none of {', '.join(LEVELS)}")
    for protocol in lab.program.protocols:
        if protocol not in PROTOCOLS:
            raise Malformed(f"protocol '{protocol}' is none of {', '.join(PROTOCOLS)}")
    if "{program}" not in lab.program.command.split():
        raise Malformed("program.command lacks the word {program}")
