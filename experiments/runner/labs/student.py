"""What a student does with a lab: start it, check it, ask for a hint, see what changed."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from experiments.runner.errors import EXIT_FAILED, Failure, usage
from experiments.runner.labs.build.products import work_of
from experiments.runner.labs.build.toolchain import make_judge, make_ready
from experiments.runner.labs.checking import Checked, Wish, check
from experiments.runner.labs.course.catalogue import Catalogue, Lab
from experiments.runner.labs.course.hints import STRENGTHS, read_hints
from experiments.runner.labs.places import shown
from experiments.runner.labs.progress import forget, read_progress, save_progress, stands
from experiments.runner.labs.telling import tell_program, tell_tests
from experiments.runner.labs.watching import watch
from experiments.runner.labs.workspace import (
    Start,
    Workspace,
    difference,
    find_workspace,
    known_starter_of,
    outdated,
    remember,
    reset,
    start,
)

PROGRAM = "server"


@dataclass(frozen=True)
class Student:
    """Somebody's desk: the labs, where the work is, the terminal."""

    catalogue: Catalogue
    workspace: Workspace
    console: Console

    def list(self) -> int:
        """A table of all labs with where the student stands."""
        table = Table("", "lab", "hours", "builds on", "your work", box=None, pad_edge=False)
        for lab in self.catalogue.labs:
            file, standing = lab.file, stands(lab, self.workspace)
            before = ", ".join(
                number + "*" * (number in lab.goes_on_with)
                for number in sorted({*file.builds_on, *lab.goes_on_with})
            )
            table.add_row(lab.number, file.title, f"{file.hours:g}", before or "-", standing)
            table.add_row("", f"[dim]{file.goal}[/]")
        self.console.print(table)
        self._say("builds on: what you should know; * its files go on here, so do it first")
        return 0

    def start(self, lab: Lab, remembered: bool) -> int:
        begun = start(lab, self.catalogue, self.workspace)
        if remembered:
            remember(self.workspace)
        forget(self.workspace, lab)
        self._say_what_began(lab, begun)
        return 0

    def reset(self, lab: Lab) -> int:
        copy, begun = reset(lab, self.catalogue, self.workspace, datetime.now())
        forget(self.workspace, lab)
        self._say(f"your work was moved to {shown(copy)}")
        self._say_what_began(lab, begun)
        return 0

    def diff(self, lab: Lab) -> int:
        lines = list(difference(lab, self.catalogue, self.workspace))
        for line in lines:
            print(line)
        if not lines:
            self._say(f"lab {lab.number} is as it was at the start")
        return 0

    def hint(self, lab: Lab, name: str | None, strength: int) -> int:
        hints = read_hints(lab)
        if name is None:
            self._say(f"hints of lab {lab.number}, each in three strengths: {', '.join(hints)}")
            self._say(f"./iolab lab hint {lab.number} NAME shows the weakest of a name")
            return 0
        if name not in hints:
            raise usage(f"lab {lab.number} has no hint '{name}'; it has {', '.join(hints)}")
        self._say(hints[name][strength - 1])
        if strength < STRENGTHS[-1]:
            more = f"./iolab lab hint {lab.number} {name} --strength {strength + 1}"
            self._say(f"\na stronger one: {more}")
        return 0

    def check(self, lab: Lab, wish: Wish) -> int:
        checked = self.examine(lab, wish, lambda tested: tell_tests(tested, self.console))
        if checked.program is None:
            tell_tests(checked, self.console)
        tell_program(checked, self.console)
        if not checked.passed:
            self._say_what_is_outdated(lab)
        return 0 if checked.passed else EXIT_FAILED

    def examine(
        self, lab: Lab, wish: Wish, tell_early: Callable[[Checked], None] = lambda _: None
    ) -> Checked:
        """Checks without a word of its own, and notes where the student stands."""

        def before_judging(tested: Checked) -> None:
            tell_early(tested)
            make_judge(self.console)

        folder = self.workspace.require(lab)
        toolchain = make_ready([lab], self.console)
        starter = known_starter_of(lab, self.catalogue, self.workspace)
        work, product = work_of(lab, folder), folder / PROGRAM
        checked = check(work, toolchain, starter, wish, product, before_judging)
        if checked.results is not None and not wish.only:
            found = checked.results
            save_progress(self.workspace, lab, found.passed, len(found.tests), checked.passed)
        return checked

    def watch(self, lab: Lab, wish: Wish) -> int:
        """Checks after every save, until it is interrupted."""

        def once() -> None:
            try:
                self.check(lab, wish)
            except Failure as failure:
                self._say(f"iolab: {failure.message}")

        return watch(self.workspace.require(lab), once, self.console)

    def _say_what_began(self, lab: Lab, begun: Start) -> None:
        folder = self.workspace.folder(lab)
        self._say(f"{lab.heading}: your files are in {shown(folder)}")
        self._say(f"  to edit: {', '.join(lab.file.edit)}")
        for remark in begun.remarks:
            self._say(f"  {remark}")
        self._say_what_is_not_done(lab)
        self._say(f"read {shown(lab.folder / 'README.md')}, then: ./iolab lab check {lab.number}")

    def _say_what_is_not_done(self, lab: Lab) -> None:
        progress = read_progress(self.workspace)
        origins = {**lab.file.carry, **lab.file.begins_as}
        for number in sorted(set(origins.values())):
            earlier = self.catalogue.find(number)
            standing = progress.get(earlier.name)
            if self.workspace.started(earlier) and not (standing and standing.done):
                self._say(f"  lab {number}, which this goes on with, has not passed its check yet")

    def _say_what_is_outdated(self, lab: Lab) -> None:
        for there, here in outdated(lab, self.catalogue, self.workspace):
            copy = shlex.join(["cp", shown(there), shown(here)])
            self._say(f"{here.name} differs from yours of {there.parent.name}; to take it: {copy}")

    def _say(self, text: str) -> None:
        self.console.print(text, markup=False, soft_wrap=True)


def desk(catalogue: Catalogue, folder: Path | None, console: Console) -> Student:
    return Student(catalogue, find_workspace(folder), console)
