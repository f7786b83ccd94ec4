"""Starter, solution and wrong solutions of a lab below build/labs/verify, ready to be compiled.

A wrong solution in C++ holds only the files in which it differs, unless one is a header; the others
are taken, as objects too, from the solution.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.errors import Failure
from experiments.runner.labs.build.products import Source, Work
from experiments.runner.labs.course.catalogue import Catalogue, Lab
from experiments.runner.labs.course.languages import CPP, PYTHON
from experiments.runner.labs.course.named_tests import tests_of
from experiments.runner.labs.course.variants import (
    Files,
    begun_as_solutions,
    carried_solutions,
    read_sources,
)
from experiments.runner.labs.course.wrong import Wrong, read_wrongs
from experiments.runner.labs.places import BUILD


@dataclass(frozen=True)
class Variant:
    """One way to have done a lab. `wrong` is None for the starter and the solution."""

    name: str
    work: Work
    starter: Files
    wrong: Wrong | None = None

    @property
    def lab(self) -> Lab:
        return self.work.lab

    @property
    def is_starter(self) -> bool:
        return self.name == "starter"


def lay_out(lab: Lab, catalogue: Catalogue) -> Iterator[Variant]:
    """Writes all variants of a lab. Raises Failure if the lab's files contradict each other."""
    if not tests_of(lab):
        raise Failure(f"{lab.name} has no tests")
    sources, wrongs = read_sources(lab), read_wrongs(lab)
    sources.check_names(wrongs)
    carried = carried_solutions(lab, catalogue)
    starter = {**sources.starter(), **begun_as_solutions(lab, catalogue)}
    folder = BUILD / "verify" / lab.name
    right = {**sources.solution(), **carried}
    yield Variant("starter", _whole(lab, folder / "starter", {**starter, **carried}), starter)
    solution = _whole(lab, folder / "solution", right)
    yield Variant("solution", solution, starter)
    for wrong in wrongs:
        files = {**sources.wrong(wrong.name), **carried}
        differing = {name: text for name, text in files.items() if text != right[name]}
        place = folder / "wrong" / wrong.name
        if lab.language is PYTHON or any(name.endswith(".hpp") for name in differing):
            work = _whole(lab, place, files)
        else:
            work = _beside(lab, place, differing, solution)
        yield Variant(wrong.name, work, starter, wrong)


def _whole(lab: Lab, folder: Path, files: Files) -> Work:
    _write(folder, files)
    names = [name for name in sorted(files) if name.endswith(".cpp")]
    sources = tuple(Source(folder / name, folder / "objects", (folder,)) for name in names)
    return Work(lab, folder, folder / "objects", sources)


def _beside(lab: Lab, folder: Path, differing: Files, solution: Work) -> Work:
    """The solution with some of its sources exchanged."""
    _write(folder, differing)
    sources = (
        Source(folder / each.file.name, folder / "objects", (folder, solution.own))
        if each.file.name in differing
        else each
        for each in solution.sources
    )
    return Work(lab, folder, folder / "objects", tuple(sources))


def _write(folder: Path, files: Files) -> None:
    """Leaves no file of an earlier time, which would be compiled as well."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in (CPP, PYTHON):
        for old in language.files(folder):
            if old.name not in files:
                old.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
