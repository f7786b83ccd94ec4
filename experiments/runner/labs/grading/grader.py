"""Grading one submission after the other: what is needed for all is made once."""

import dataclasses
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from experiments.runner.errors import Failure
from experiments.runner.labs.build.products import Built, Source, Work, build_program, build_tests
from experiments.runner.labs.build.toolchain import JUDGE, Toolchain, make_judge, make_ready
from experiments.runner.labs.checking import THOROUGH_SEEDS
from experiments.runner.labs.course.answers import read_answers_of
from experiments.runner.labs.course.catalogue import ANSWERS, Catalogue, Lab
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
from experiments.runner.labs.grading.intake import Intake, Refused, take
from experiments.runner.labs.grading.limits import COMPILER
from experiments.runner.labs.grading.limits import JUDGE as JUDGE_LIMITS
from experiments.runner.labs.grading.sandbox import Sandbox, Walls, best_walls, remove
from experiments.runner.labs.grading.scoring import part_of_judge, parts_of_tests, suites_of
from experiments.runner.labs.places import BUILD
from experiments.runner.labs.run.judge import Trial, Verdict, judge, trials
from experiments.runner.labs.run.results import Results
from experiments.runner.labs.run.tests import TestProgram
from experiments.runner.labs.run.yardstick import Yardstick, measured, remembered

SEEDS = range(1, THOROUGH_SEEDS + 1)
SHOWN_ERRORS = 3
DISK_FULL = "No space left on device"
OUT_OF_TIME = "all tests together took too much time"
HINDERED = "the tests did not come to their end in time, and not by their own fault: try again"


@contextmanager
def grading(lab: Lab, catalogue: Catalogue, console: Console) -> Iterator["Grader"]:
    """Builds what is ours. Raises Infrastructure if anything of it fails."""
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
        room = Path(tempfile.mkdtemp(dir=self.base))
        try:
            with ours_to_blame():
                grade = self._grade(submission, room, blank)
        except Refused as refused:
            grade = _without(blank, Status.DOES_NOT_COMPILE, str(refused))
        except Infrastructure as failure:
            grade = _without(blank, Status.INFRASTRUCTURE_ERROR, failure.message)
        finally:
            remove(room)
        return dataclasses.replace(grade, seconds=round(time.monotonic() - began, 1))

    def measured(self) -> Yardstick:
        """With the starter, since a submission must not say how much time it has."""
        memory, build = BUILD / "yardstick-of-grading.json", BUILD / "labs.json"
        if known := remembered(memory, build):
            return known
        room = Path(tempfile.mkdtemp(dir=self.base))
        starter = read_sources(self.lab).starter()
        for name, number in self.lab.file.carry.items():
            starter[name] = read_sources(self.catalogue.find(number)).starter()[name]
        files = {name: text.encode() for name, text in starter.items()}
        built = build_tests(self._lay_out(Intake(files, b"", ()), room), self.toolchain, starter)
        if built.program is None:
            why = (*_why_not(built, room), "no reason given")[0]
            raise Infrastructure(f"the starter cannot be built: {why}")
        return measured(
            built.program, room / "run", memory, build, SealedGround(self._sandbox(room), ())
        )

    def _grade(self, submission: Path, room: Path, blank: Grade) -> Grade:
        intake = take(self.lab, self.catalogue, submission)
        work, starter = self._lay_out(intake, room), read_sources(self.lab).starter()
        grade = dataclasses.replace(
            blank, answers=self._answers(intake, room), reasons=intake.remarks
        )
        built = build_tests(work, self.toolchain, starter)
        if built.program is None:
            return _without(grade, Status.DOES_NOT_COMPILE, *_why_not(built, room))
        suites = suites_of(tests_of(self.lab))
        ground = SealedGround(self._sandbox(room), suites)
        program = TestProgram(built.program, work.own, room / "run", self.yardstick, ground)
        results = program.run(SEEDS)
        flaky = {} if ground.suspicions else find_flaky(program, results)
        late = self._late(results, ground)
        verdicts, more = self._judge(work, room) if not ground.suspicions else ((), ())
        parts = self._parts(results, flaky, verdicts)
        outside = [line.replace(f"{room}/own/", "") for line in results.outside]
        reasons = (*grade.reasons, *outside, *late, *more)
        grade = dataclasses.replace(grade, status=Status.GRADED, parts=parts, reasons=reasons)
        if ground.suspicions:
            return _without(grade, Status.SUSPICIOUS, *ground.suspicions)
        return grade

    def _late(self, results: Results, ground: SealedGround) -> tuple[str, ...]:
        names = [test.name for test in tests_of(self.lab)]
        missing = any(n not in results.failures and results.passes[n] < len(SEEDS) for n in names)
        if not (ground.exhausted and missing) or ground.suspicions:
            return ()
        if not ground.was_busy:
            raise Infrastructure(HINDERED)
        return (OUT_OF_TIME,)

    def _lay_out(self, intake: Intake, room: Path) -> Work:
        own, objects = room / "own", room / "objects"
        room.chmod(0o755)
        own.mkdir()
        for name, data in intake.files.items():
            (own / name).write_bytes(data)
        names = [name for name in sorted(intake.files) if name.endswith(".cpp")]
        sources = tuple(Source(own / name, objects, (own,)) for name in names)
        sandbox = self._sandbox(room)

        def run(command: Sequence[str]) -> tuple[int, str]:
            """A compiler may write where it is told to put what it makes."""
            product = Path(command[list(command).index("-o") + 1])
            status, said = sandbox.run(command, product.parent, COMPILER)
            if DISK_FULL in said:
                raise Infrastructure(DISK_FULL)
            return status, said

        return Work(self.lab, own, objects, sources, run)

    def _sandbox(self, room: Path) -> Sandbox:
        libraries = self.toolchain.of(self.lab)
        words = [*libraries.tests, *libraries.check_link, *libraries.program_link]
        files = [Path(word) for word in (self.toolchain.compiler, *words) if word.startswith("/")]
        folders = {Path(os.path.normpath(file.parent)) for file in files if file.exists()}
        folders |= {Path(name) for name in libraries.include if Path(name).is_dir()}
        outermost = [one for one in folders if not any(o in one.parents for o in folders)]
        beyond_system = [one for one in sorted(outermost) if not one.is_relative_to("/usr")]
        return Sandbox(self.walls, self.base, (*beyond_system, room, *self._judge_program()))

    def _judge_program(self) -> list[Path]:
        return [self.base / JUDGE] if self.lab.file.program is not None else []

    def _answers(self, intake: Intake, room: Path) -> WrittenAnswers:
        (room / ANSWERS).write_bytes(intake.answers)
        found = read_answers_of(room, read_answers(self.lab).get(ANSWERS, ""))
        return WrittenAnswers(found.predicted, found.answered, found.questions)

    def _trials(self, program: Path) -> list[Trial]:
        lab = self.lab.file.program
        return [] if lab is None else list(trials(lab, program, thorough=True))

    def _judge(self, work: Work, room: Path) -> tuple[tuple[Verdict, ...], tuple[str, ...]]:
        """The verdicts, and why there are none though there should be."""
        if self.lab.file.program is None:
            return (), ()
        product = room / "objects" / "program" / "server"
        built = build_program(work, self.toolchain, product, read_sources(self.lab).starter())
        if built.program is None:
            return (), ("the program does not compile", *_why_not(built, room))
        sandbox, folder = self._sandbox(room), room / "judged"
        folder.mkdir()

        def run(command: Sequence[str]) -> tuple[int, str]:
            return sandbox.run(command, folder, JUDGE_LIMITS)

        judged = judge(self.base / JUDGE, iter(self._trials(product)), first=False, run=run)
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


def _why_not(built: Built, room: Path) -> list[str]:
    """Each error in its lines, with files named as the student names them."""
    lines = [line for error in built.errors[:SHOWN_ERRORS] for line in error.lines()]
    return [line.replace(f"{room}/own/", "") for line in (*lines, *built.link)]
