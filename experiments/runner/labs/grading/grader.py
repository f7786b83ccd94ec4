"""Grading one submission after the other: what is needed for all is made once."""

import dataclasses
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from experiments.runner.errors import Failure, usage
from experiments.runner.labs.build.products import Work, build_program, build_tests
from experiments.runner.labs.build.toolchain import JUDGE, Toolchain, make_judge, make_ready
from experiments.runner.labs.checking import THOROUGH_SEEDS
from experiments.runner.labs.course.answers import read_answers_of
from experiments.runner.labs.course.catalogue import ANSWERS, Catalogue, Lab
from experiments.runner.labs.course.languages import CPP
from experiments.runner.labs.course.named_tests import tests_of
from experiments.runner.labs.course.variants import read_answers, read_sources
from experiments.runner.labs.grading.flaky import Runs, find_flaky
from experiments.runner.labs.grading.grade import (
    Grade,
    Infrastructure,
    Part,
    Status,
    WrittenAnswers,
)
from experiments.runner.labs.grading.ground import SealedGround
from experiments.runner.labs.grading.intake import Refused, answers_in, take
from experiments.runner.labs.grading.room import Room, make_room
from experiments.runner.labs.grading.sandbox import Walls, best_walls, remove
from experiments.runner.labs.grading.scoring import part_of_judge, parts_of_tests, suites_of
from experiments.runner.labs.places import BUILD
from experiments.runner.labs.run.judge import Trial, Verdict, judge, trials
from experiments.runner.labs.run.results import Results
from experiments.runner.labs.run.tests import TestProgram
from experiments.runner.labs.run.yardstick import Yardstick, measured, remembered

SEEDS = range(1, THOROUGH_SEEDS + 1)
# What the tests would call is missing, and is not called.
WITHOUT_STUDENT = "-Wl,--unresolved-symbols=ignore-all,-z,now"
OUT_OF_TIME = "all tests together took too much time"
HINDERED = "the tests did not come to their end in time, and not by their own fault: try again"


def require_compiled(lab: Lab) -> None:
    """Raises Failure for a lab whose tests and submission no walls are made for."""
    if lab.language is not CPP:
        raise usage(
            f"lab {lab.number} is not in C++, and is not graded behind walls: "
            f"./iolab lab check {lab.number} --thorough"
        )


@contextmanager
def grading(lab: Lab, catalogue: Catalogue, console: Console) -> Iterator["Grader"]:
    """Builds what is ours. Raises Infrastructure if anything of it fails."""
    require_compiled(lab)
    base = Path(tempfile.mkdtemp(prefix="iolab-grade-"))
    try:
        with ours_to_blame():
            base.chmod(0o711)
            toolchain = make_ready([lab], console)
            if lab.file.program is not None:
                make_judge(console)
                # Whoever may not read a program may not look into it while it runs, either.
                shutil.copy(BUILD / "bin" / JUDGE, base / JUDGE)
                (base / JUDGE).chmod(0o711)
            grader = Grader(lab, catalogue, toolchain, best_walls(base), base)
            grader = dataclasses.replace(grader, yardstick=grader.measured())
        yield grader
    finally:
        remove(base)


@contextmanager
def ours_to_blame() -> Iterator[None]:
    """Whatever fails within is not the submission's fault."""
    try:
        yield
    except Infrastructure:
        raise
    except Failure as failure:
        raise Infrastructure(failure.message) from failure
    except OSError as error:
        raise Infrastructure(str(error)) from error


@dataclass(frozen=True)
class Grader:
    """`base`: a folder for the submission that is graded at present."""

    lab: Lab
    catalogue: Catalogue
    toolchain: Toolchain
    walls: Walls
    base: Path
    yardstick: Yardstick = Yardstick(0, False)

    def grade(self, submission: Path, name: str) -> Grade:
        """Always one, whatever the submission does, and whatever fails here."""
        began = time.monotonic()
        blank = dataclasses.replace(
            no_grade(self.lab, name),
            seeds=len(SEEDS),
            parts=self._parts(None, {}, ()),
            confined=self.walls.words,
        )
        room = self._room()
        try:
            with ours_to_blame():
                grade = self._grade(submission, room, blank)
        except Refused as refused:
            read = self._answers(answers_in(self.lab, submission), room)
            grade = _without(
                dataclasses.replace(blank, answers=read), Status.DOES_NOT_COMPILE, str(refused)
            )
        except Infrastructure as failure:
            grade = _without(blank, Status.INFRASTRUCTURE_ERROR, failure.message)
        finally:
            room.clear()
        return dataclasses.replace(grade, seconds=round(time.monotonic() - began, 1))

    def measured(self) -> Yardstick:
        """Without anybody's files, since a submission must not say how much time it has."""
        memory, build = BUILD / f"yardstick-of-grading-{self.lab.target}.json", BUILD / "labs.json"
        if known := remembered(memory, build):
            return known
        room = self._room()
        try:
            return self._measured(room, memory, build)
        finally:
            room.clear()

    def _measured(self, room: Room, memory: Path, build: Path) -> Yardstick:
        libraries = self.toolchain.of(self.lab)
        link = (*libraries.check_link, WITHOUT_STUDENT)
        alone = {self.lab.name: dataclasses.replace(libraries, check_link=link)}
        built = build_tests(room.lay_out({}), dataclasses.replace(self.toolchain, labs=alone), {})
        if built.program is None:
            why = (*room.why_not(built), "no reason given")[0]
            raise Infrastructure(f"the machine cannot be linked: {why}")
        ground = SealedGround(room.sandbox, ())
        yardstick = measured(built.program, room.run, memory, build, ground)
        if yardstick.seconds == 0:
            memory.unlink()
            raise Infrastructure("the machine cannot be run behind these walls")
        return yardstick

    def _grade(self, submission: Path, room: Room, blank: Grade) -> Grade:
        intake = take(self.lab, self.catalogue, submission)
        work, starter = room.lay_out(intake.files), read_sources(self.lab).starter()
        grade = dataclasses.replace(
            blank, answers=self._answers(intake.answers, room), reasons=intake.remarks
        )
        built = build_tests(work, self.toolchain, starter)
        if built.program is None:
            return _without(grade, Status.DOES_NOT_COMPILE, *room.why_not(built))
        suites = suites_of(tests_of(self.lab))
        ground = SealedGround(room.sandbox, suites)
        program = TestProgram(built.program, work.own, room.run, self.yardstick, ground)
        results = program.run(SEEDS)
        flaky = {} if ground.suspicions else find_flaky(program, results)
        late = self._late(results, ground)
        verdicts, more = self._judge(work, room) if not ground.suspicions else ((), ())
        parts = self._parts(results, flaky, verdicts)
        reasons = (*grade.reasons, *map(room.named, results.outside), *late, *more)
        grade = dataclasses.replace(grade, status=Status.GRADED, parts=parts, reasons=reasons)
        if ground.suspicions:
            return _without(grade, Status.SUSPICIOUS, *ground.suspicions)
        return grade

    def _late(self, results: Results, ground: SealedGround) -> tuple[str, ...]:
        """Why not all tests came to their end, if it is for lack of time."""
        names = [test.name for test in tests_of(self.lab)]
        if unknown := set(results.tests) - set(names):
            raise Infrastructure(f"the sources of the tests do not name {min(unknown)}")
        missing = any(n not in results.failures and results.passes[n] < len(SEEDS) for n in names)
        if not (ground.exhausted and missing) or ground.suspicions:
            return ()
        if not ground.was_busy:
            raise Infrastructure(HINDERED)
        return (OUT_OF_TIME,)

    def _room(self) -> Room:
        judges = [self.base / JUDGE] if self.lab.file.program is not None else []
        return make_room(self.lab, self.toolchain, self.walls, self.base, judges)

    def _answers(self, written: bytes, room: Room) -> WrittenAnswers:
        (room.folder / ANSWERS).write_bytes(written)
        found = read_answers_of(room.folder, read_answers(self.lab).get(ANSWERS, ""))
        return WrittenAnswers(found.predicted, found.answered, found.questions)

    def _trials(self, program: Path) -> list[Trial]:
        lab = self.lab.file.program
        return [] if lab is None else list(trials(lab, program, thorough=True))

    def _judge(self, work: Work, room: Room) -> tuple[tuple[Verdict, ...], tuple[str, ...]]:
        """The verdicts, and why there are none though there should be."""
        if self.lab.file.program is None:
            return (), ()
        product = work.objects / "program" / "server"
        built = build_program(work, self.toolchain, product, read_sources(self.lab).starter())
        if built.program is None:
            return (), ("the program does not compile", *room.why_not(built))
        chosen = iter(self._trials(product))
        judged = judge(self.base / JUDGE, chosen, first=False, run=room.judge)
        return tuple(judged), ()

    def _parts(
        self, results: Results | None, flaky: Mapping[str, Runs], verdicts: Sequence[Verdict]
    ) -> tuple[Part, ...]:
        parts = list(parts_of_tests(tests_of(self.lab), results, flaky, len(SEEDS)))
        if chosen := self._trials(Path("server")):
            parts.append(part_of_judge(chosen, verdicts))
        return tuple(parts)


def no_grade(lab: Lab, submission: str, *reasons: str) -> Grade:
    """What there is before anything was done."""
    date = datetime.now().isoformat(timespec="seconds")
    return Grade(lab.name, submission, Status.INFRASTRUCTURE_ERROR, date, reasons=reasons)


def _without(grade: Grade, status: Status, *reasons: str) -> Grade:
    return dataclasses.replace(grade, status=status, reasons=(*reasons, *grade.reasons))
