"""All files of a lab as a student would have them: starter, solution, or one wrong solution."""

from collections.abc import Iterable
from dataclasses import dataclass

from experiments.runner.errors import Failure
from experiments.runner.labs.course.catalogue import ANSWERS, Catalogue, Lab
from experiments.runner.labs.course.sources import MarkedSource, read_marked
from experiments.runner.labs.course.wrong import Wrong, has_solution, wrong_file
from experiments.runner.labs.places import shown

# Files by name.
Files = dict[str, str]


@dataclass(frozen=True)
class Sources:
    """What a lab's source/ holds."""

    lab: Lab
    marked: tuple[MarkedSource, ...]

    def solution(self) -> Files:
        return {one.file.name: one.solution() for one in self.marked}

    def starter(self) -> Files:
        """Without those that begin as what an earlier lab has made of them."""
        begun = self.lab.file.begins_as
        own = [one for one in self.marked if one.file.name not in begun]
        return {one.file.name: one.starter() for one in own}

    def wrong(self, name: str) -> Files:
        return {one.file.name: one.wrong(name) for one in self.marked}

    def check_names(self, wrongs: Iterable[Wrong]) -> None:
        """Raises Failure for a wrong solution without a block, and for a block without one."""
        listed = {wrong.name for wrong in wrongs}
        marked: set[str] = set()
        for one in self.marked:
            for name, line in one.wrong_names().items():
                marked.add(name)
                if name not in listed:
                    place = f"{shown(one.file)}:{line}"
                    raise Failure(f"{place}: wrong.toml knows no wrong solution '{name}'")
        if missing := listed - marked:
            file = shown(wrong_file(self.lab))
            mark = f"{self.lab.language.comment}@"
            raise Failure(f"{file}: no block in source/ has a '{mark} wrong {min(missing)}'")


def read_sources(lab: Lab) -> Sources:
    """Raises Failure when source/ does not hold what `edit` names, or a marker is wrong."""
    found = {file.name for file in lab.language.files(lab.source)}
    edited = set(lab.file.edit) - (set() if has_solution(lab) else set(lab.file.begins_as))
    if found != edited:
        name = min(found ^ edited)
        where = "only in edit, not in source/" if name not in found else "in source/, not in edit"
        raise Failure(f"{shown(lab.folder / 'lab.toml')}: '{name}' is {where}")
    names = [name for name in lab.file.edit if name in edited]
    return Sources(lab, tuple(read_marked(lab.source / name) for name in names))


def read_answers(lab: Lab) -> Files:
    """The form for predictions and answers; empty for a lab that has none."""
    file = lab.source / ANSWERS
    return {ANSWERS: file.read_text(encoding="utf-8")} if file.is_file() else {}


def solution_file(lab: Lab, name: str) -> str:
    """One file of a lab's solution, for a later lab that goes on with it."""
    files = read_sources(lab).solution()
    if name not in files:
        raise Failure(f"lab {lab.number} has no {name} that another could carry on")
    return files[name]


def carried_solutions(lab: Lab, catalogue: Catalogue) -> Files:
    """What a lab takes over, as the earlier labs' solutions have it."""
    return _solutions(lab.file.carry, catalogue)


def begun_as_solutions(lab: Lab, catalogue: Catalogue) -> Files:
    """What a lab's own files begin as, where the earlier labs' solutions are the beginning."""
    return _solutions(lab.file.begins_as, catalogue)


def _solutions(origins: dict[str, str], catalogue: Catalogue) -> Files:
    items = origins.items()
    return {name: solution_file(catalogue.find(number), name) for name, number in items}
