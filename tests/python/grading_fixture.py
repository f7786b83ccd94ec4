"""Submissions of lab 01 that want to do harm, where they would do it, and a made-up grade."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conftest import ROOT
from experiments.runner.labs.course.catalogue import Lab, read_catalogue
from experiments.runner.labs.course.variants import read_sources
from experiments.runner.labs.grading.grade import (
    Grade,
    GradedTest,
    Part,
    Status,
    WrittenAnswers,
)

HOSTILE = Path(__file__).parent / "hostile"
# As an argument of sleep it can be found among all processes.
SECONDS = f"98765{os.getpid()}"
MARK = f"iolab-hostile-{os.getpid()}"


def the_lab() -> Lab:
    return read_catalogue().find("01")


@dataclass(frozen=True)
class Scene:
    """A folder for submissions, one that nobody else may read, and one that anybody may write."""

    folder: Path

    @property
    def outside(self) -> Path:
        return self.folder / "outside"

    @property
    def secret(self) -> Path:
        return self.folder / "secret.txt"

    def prepare(self) -> "Scene":
        self.outside.mkdir()
        self.outside.chmod(0o777)
        self.secret.write_text("the_password_is_swordfish\n")
        self.secret.chmod(0o600)
        return self

    def submission(self, name: str, base: str = "starter") -> Path:
        """The starter, or the solution, with hostile/NAME.cpp beside it."""
        folder = self.folder / f"{name} on {base}"
        folder.mkdir()
        for file, text in getattr(read_sources(the_lab()), base)().items():
            (folder / file).write_text(text)
        if name:
            (folder / "helper.cpp").write_text(self.hostile(name))
        return folder

    def hostile(self, name: str) -> str:
        text = (HOSTILE / f"{name}.cpp").read_text()
        for word, meant in (
            ("@OUTSIDE@", self.outside),
            ("@SECRET@", self.secret),
            ("@LAB@", the_lab().folder),
            ("@ROOT@", ROOT),
            ("@MACHINE@", ROOT / "build" / "labs" / "labs.json"),
            ("@MARK@", MARK),
            ("@SECONDS@", SECONDS),
        ):
            text = text.replace(word, str(meant))
        return text


def processes_of(user: int | None, grader: int) -> list[str]:
    """Those of the other user, and in any case daemons with our mark."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.name == str(grader):
                continue
            owner, words = process.stat().st_uid, (process / "cmdline").read_bytes()
        except OSError:
            continue
        if owner == user or SECONDS.encode() in words:
            found.append(words.replace(b"\0", b" ").decode(errors="replace"))
    return found


def litter(scene: Scene) -> Iterator[Path]:
    """Whatever was written where nothing may be."""
    yield from scene.outside.iterdir()
    for folder in (Path("/tmp"), Path("/etc"), ROOT):
        if (folder / MARK).exists():
            yield folder / MARK


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def grade_of(status: Status = Status.GRADED, *reasons: str) -> Grade:
    """Half of the first suite, and a flaky test in the second one."""
    failed = GradedTest("One.B", 0, 5, 0, 20, story="1. it began\x1b[0m", hint="begin")
    flaky_one = GradedTest("Two.C", 8.5, 10, 17, 20, flaky=True, story="a race")
    parts = (
        Part("One", (GradedTest("One.A", 5, 5, 20, 20), failed)),
        Part("Two", (flaky_one,)),
        Part("judge", (GradedTest("echo wire", 10, 10, 1, 1),)),
    )
    answers = WrittenAnswers(True, 2, 3)
    return Grade("07-x", "alice", status, "2026-01-02", 20, parts, reasons, answers, "walls", 1.6)
