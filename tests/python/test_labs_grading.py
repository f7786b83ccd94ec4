"""Grades: how points come about, what is taken of a submission, and batches."""

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from grading_fixture import grade_of, the_lab
from harness import iolab
from rich.console import Console

from experiments.runner.errors import Failure
from experiments.runner.labs.build.toolchain import LabLibraries, Toolchain
from experiments.runner.labs.course.catalogue import read_catalogue
from experiments.runner.labs.course.named_tests import NamedTest
from experiments.runner.labs.course.variants import read_sources
from experiments.runner.labs.grading import batch, flaky, intake, single
from experiments.runner.labs.grading.flaky import Runs, find_flaky
from experiments.runner.labs.grading.grade import Grade, Infrastructure, Status
from experiments.runner.labs.grading.intake import Refused, take
from experiments.runner.labs.grading.room import make_room
from experiments.runner.labs.grading.sandbox import Walls
from experiments.runner.labs.grading.scoring import part_of_judge, parts_of_tests
from experiments.runner.labs.grading.writers import as_csv
from experiments.runner.labs.run import results as found_by_tests
from experiments.runner.labs.run.judge import Trial, Verdict
from experiments.runner.labs.run.process import Ran
from experiments.runner.labs.run.results import Results


def test_points_are_shared_evenly_by_suites_and_their_tests() -> None:
    names = ["One.A", "One.B", "Two.C", "Two.D", "Two.E", "Two.F"]
    tests = [NamedTest(name, "begin", Path("x")) for name in names]
    results = Results(tests=["One.A", "One.B", "Two.C", "Two.D"])
    results.passes.update({"One.A": 20, "One.B": 19, "Two.C": 20, "Two.D": 8})
    results.failed(found_by_tests.TestFailure("One.B", 4, "1. it began", "begin", why="Aborted"))
    results.failed(found_by_tests.TestFailure("Two.D", 3, "", ""))
    one, two = parts_of_tests(tests, results, {"Two.D": Runs(5, 20)}, 20)
    assert [test.points for test in one.tests] == [5, 0]
    assert (one.tests[1].passed, one.tests[1].runs, one.tests[1].hint) == (19, 20, "begin")
    assert one.tests[1].story == "1. it began\nthe program ended here: Aborted"
    assert [test.points for test in two.tests] == [2.5, 0.625, 0, 0] and two.tests[1].flaky
    assert two.tests[2].story == "it did not run"


def test_a_judge_without_a_verdict_gives_no_points() -> None:
    trials = [Trial("echo", "wire", "", ()), Trial("framed", "wire", "", ())]
    part = part_of_judge(trials, [Verdict(trials[0], True, "all well")])
    assert [(test.name, test.points, test.story) for test in part.tests] == [
        ("echo wire", 5, ""),
        ("framed wire", 0, "it did not run"),
    ]


def test_only_what_is_graded_has_points() -> None:
    assert (grade_of().score, grade_of().most, grade_of().passed) == (23.5, 30, False)
    assert grade_of(Status.SUSPICIOUS).score == grade_of(Status.DOES_NOT_COMPILE).score == 0
    assert grade_of(Status.INFRASTRUCTURE_ERROR).score is None


class Flickering:
    """Passes in some of its runs; each call is one start of the program."""

    def __init__(self, passes: Callable[[int], bool]) -> None:
        self.passes, self.starts, self.ground = passes, 0, self
        self.exhausted = False

    def start(self, seed: int, repeat: int, chosen: str, impatient: bool) -> Ran:
        self.starts += 1
        event = {"event": "end", "test": "One.A", "seed": seed, "passed": self.passes(self.starts)}
        return Ran(0, [event], "", "", False)


@pytest.mark.parametrize(
    ("passes", "found", "starts"),
    [
        (lambda start: start % 4 != 0, {"One.A": Runs(15, 20)}, 20),
        (lambda start: False, {}, flaky.ENOUGH),
        (lambda start: True, {"One.A": Runs(20, 20)}, 20),
    ],
)
def test_what_passes_and_fails_with_the_same_seed_is_flaky(
    passes: Callable[[int], bool], found: dict, starts: int
) -> None:
    program = Flickering(passes)
    results = Results(tests=["One.A", "One.B"])
    results.passes.update({"One.A": 17})
    for name in results.tests:
        results.failed(found_by_tests.TestFailure(name, 3, "", ""))
    assert find_flaky(program, results) == found
    assert program.starts == starts  # One.B failed with every seed, and is not tried again


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    for name, text in read_sources(the_lab()).starter().items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_own_sources_are_taken_and_given_files_are_not(handed_in: Path) -> None:
    for name in ("more.cpp", "more.hpp", "frame_decoder.hpp", "notes.txt", "answers.md"):
        (handed_in / name).write_text(name)
    taken = take(the_lab(), read_catalogue(), handed_in)
    assert sorted(taken.files) == ["frame_decoder.cpp", "more.cpp", "more.hpp"]
    assert taken.answers == b"answers.md"
    assert taken.remarks == ("frame_decoder.hpp is a given file, so the course's own was used",)


def test_a_whole_workspace_will_do(handed_in: Path) -> None:
    inner = handed_in / the_lab().name
    inner.mkdir()
    (handed_in / "frame_decoder.cpp").rename(inner / "frame_decoder.cpp")
    assert list(take(the_lab(), read_catalogue(), handed_in).files) == ["frame_decoder.cpp"]


def test_files_of_earlier_labs_are_those_handed_in_or_else_the_solutions(tmp_path: Path) -> None:
    lab = read_catalogue().find("03")
    (tmp_path / "server.cpp").write_text("server")
    (tmp_path / "reactor.cpp").write_text("mine")
    taken = take(lab, read_catalogue(), tmp_path)
    assert taken.files["reactor.cpp"] == b"mine" and len(taken.files["frame_decoder.cpp"]) > 100
    assert len(taken.remarks) == 2


def test_what_is_too_large_or_missing_is_refused(
    handed_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "LARGEST", 10)
    with pytest.raises(Refused, match="frame_decoder.cpp is larger than 10 bytes"):
        take(the_lab(), read_catalogue(), handed_in)
    (handed_in / "frame_decoder.cpp").unlink()
    (handed_in / "frame_decoder.cpp").mkdir()
    with pytest.raises(Refused, match="frame_decoder.cpp is no plain file"):
        take(the_lab(), read_catalogue(), handed_in)
    (handed_in / "frame_decoder.cpp").rmdir()
    with pytest.raises(Refused, match="frame_decoder.cpp is missing$"):
        take(the_lab(), read_catalogue(), handed_in)
    (handed_in / "lab" / "one").mkdir(parents=True)
    (handed_in / "lab" / "one" / "frame_decoder.cpp").write_text("")
    with pytest.raises(Refused, match="is missing: lab/one/ has one, so hand that folder in$"):
        take(the_lab(), read_catalogue(), handed_in)
    (handed_in / "answers.md").write_text("mine")
    assert intake.answers_in(the_lab(), handed_in) == b"mine"


class Desk:
    """Stands in for a Grader, with one submission for which it lacks something."""

    def __init__(self) -> None:
        self.graded: list[str] = []

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def grade(self, submission: Path, name: str) -> Grade:
        self.graded.append(name)
        status = Status.INFRASTRUCTURE_ERROR if name == "bob" else Status.GRADED
        return dataclasses.replace(grade_of(status, "no disk"), submission=name, lab=the_lab().name)


def test_a_batch_goes_on_and_can_be_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, out, file = Desk(), io.StringIO(), tmp_path / "grades.csv"
    file.write_text("name,mark\n")
    with pytest.raises(Failure, match="has something else than grades: name another file"):
        as_csv.graded_in(file, the_lab().name)
    file.unlink()
    written = batch.Written(file, tmp_path / "told")
    monkeypatch.setattr(batch, "grading", lambda *_: desk)
    for name in ("alice", "bob", "carol"):
        (tmp_path / "in" / name).mkdir(parents=True)
    (tmp_path / "in" / ".git").mkdir()
    (tmp_path / "in" / "readme.txt").write_text("")
    console = Console(file=out, width=120)
    for _ in range(2):
        assert batch.grade_all(the_lab(), read_catalogue(), tmp_path / "in", written, console) == 3
    assert desk.graded == ["alice", "bob", "carol", "bob"]
    assert "2 of 3: bob: not graded: something here did not work (no disk)" in out.getvalue()
    assert "2 of 3 have a score in" in out.getvalue()
    assert "not graded, since no folder of a submission: .git, readme.txt\n" in out.getvalue()
    with pytest.raises(
        Failure, match="has grades of 01-framing: give 02-reactor a file of its own"
    ):
        other = read_catalogue().find("02")
        batch.grade_all(other, read_catalogue(), tmp_path / "in", written, console)
    told = json.loads((tmp_path / "told" / "carol.json").read_text())
    assert told["parts"][0]["tests"][1]["story"]


def test_what_cannot_be_graded_has_a_status_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise Infrastructure("building labs failed: see above")

    monkeypatch.setattr(single, "grading", broken)
    out, files = io.StringIO(), {"json": tmp_path / "g.json"}
    console = Console(file=out, width=120)
    assert single.grade_one(the_lab(), read_catalogue(), tmp_path, files, console) == 3
    value = json.loads((tmp_path / "g.json").read_text())
    assert (value["status"], value["score"]) == ("infrastructure_error", None)
    assert "building labs failed: see above" in out.getvalue() and "no score" in out.getvalue()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--submission", "/nowhere"), "/nowhere is no folder"),
        (("--submissions", "/tmp"), "--submissions needs --csv FILE"),
        (("--submissions", "/tmp", "--csv", "x", "--junit", "y"), "--junit is for one submission"),
        (("--submissions", "/", "--csv", "/tmp/x", "--json", "/etc/passwd"), "names a folder"),
        (("--submissions", "/nowhere", "--csv", "x"), "/nowhere is no folder"),
        (("--submissions", "/tmp", "--submission", "/tmp"), "not allowed with argument"),
        (("--submission", "/tmp", "--json", "/tmp"), "/tmp is a folder: name a file in it"),
        (("--submissions", "/", "--csv", "/nowhere/x"), "/nowhere is not there: make that folder"),
    ],
)
def test_mistakes_end_in_one_line(words: tuple[str, ...], message: str) -> None:
    done = iolab("lab", "grade", "01", *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1) and message in done.stderr


@pytest.mark.parametrize("options", [("grade", "--submission", "."), ("gradescope", "--out", "x")])
def test_a_lab_in_python_is_refused(options: tuple[str, ...]) -> None:
    action, *rest = options
    done = iolab("lab", action, "13", *rest)
    assert done.returncode == 2
    assert done.stderr.startswith("iolab: lab 13 is not in C++")


def test_what_flags_make_a_compiler_read_is_visible(tmp_path: Path) -> None:
    (tmp_path / "asio.hpp").write_text("")
    flags = ("-include", str(tmp_path / "asio.hpp"))
    lab = the_lab()
    for kind in ("check_flags", "program_flags"):
        libraries = dataclasses.replace(LabLibraries((), (), (), (), (), ()), **{kind: flags})
        toolchain = Toolchain("g++", {lab.name: libraries})
        room = make_room(lab, toolchain, Walls(False, None), tmp_path, [])
        assert tmp_path in room.sandbox.visible
