"""Submissions that want to do harm: each has a clear result, and nothing is harmed.

With the tests of lab 01 as they are, on one seed, behind the strongest walls that this machine
allows; what depends on namespaces also without them.
"""

import dataclasses
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT
from grading_fixture import Scene, contents, litter, processes_of, the_lab
from rich.console import Console

from experiments.runner.labs.course.catalogue import read_catalogue
from experiments.runner.labs.grading import flaky, grader, ground, room
from experiments.runner.labs.grading.grade import Grade, Status
from experiments.runner.labs.grading.grader import Grader, grading
from experiments.runner.labs.grading.limits import COMPILER, MIB, TESTS
from experiments.runner.labs.grading.sandbox import Walls
from experiments.runner.labs.run import yardstick

QUICK = dataclasses.replace(TESTS, memory=400 * MIB, wall_s=60, file=4 * MIB, files=200)


@pytest.fixture(scope="module")
def quick() -> Iterator[None]:
    """Limits that are reached soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grader, "SEEDS", range(1, 2))
        # As where nobody has graded yet.
        patch.setattr(grader, "remembered", lambda *_: None)
        patch.setattr(ground, "TESTS", QUICK)
        patch.setattr(room, "COMPILER", dataclasses.replace(COMPILER, memory=500 * MIB, wall_s=60))
        patch.setattr(flaky, "RUNS", 2)
        patch.setattr(yardstick, "PATIENCE_S", 2.0)
        patch.setattr(yardstick, "LEAST_LIMIT_S", 0.5)
        patch.setattr(yardstick, "LIMIT_IN_YARDSTICKS", 20)
        yield


@pytest.fixture(scope="module")
def strongest(quick: None) -> Iterator[Grader]:
    console = Console(file=io.StringIO())
    with grading(the_lab(), read_catalogue(), console) as found:
        yield found


@pytest.fixture(scope="module")
def as_user_only(strongest: Grader) -> Grader:
    """Gradescope's containers allow another user, and no namespaces."""
    if os.geteuid() != 0 or not strongest.walls.namespaces:
        pytest.skip("there is no other kind of walls here")
    return dataclasses.replace(strongest, walls=Walls(False, strongest.walls.user))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path).prepare()


@dataclass(frozen=True)
class Expected:
    """What is to be found in the grade of a starter with hostile/NAME.cpp."""

    name: str
    status: Status
    reason: str = ""


KINDS = (
    Expected("fork_bomb", Status.GRADED, "had started more than 16 processes, and was ended"),
    Expected("endless_output", Status.GRADED, "was killed by SIGXFSZ"),
    Expected("writes_outside", Status.GRADED),
    Expected("overwrites_tests", Status.GRADED),
    Expected("overwrites_report", Status.SUSPICIOUS, ground.FORGED),
    Expected("links_to_a_secret", Status.GRADED, "was killed by SIGABRT"),
    Expected("sleeps_for_ever", Status.GRADED, "did nothing any more, and was ended"),
    Expected("prints_a_score", Status.GRADED),
    Expected("exits_early", Status.SUSPICIOUS, ground.LEFT_EARLY),
    Expected("kills_its_parent", Status.GRADED),
    Expected("leaves_a_daemon", Status.GRADED),
    Expected("eats_memory", Status.GRADED, "memory"),
    Expected("fills_its_folder", Status.GRADED, "wrote too much into its folder"),
    Expected("swallows_failures", Status.SUSPICIOUS, ground.LET_PASS),
    Expected("endless_template", Status.DOES_NOT_COMPILE, "and was ended"),
)


WITHOUT_NAMESPACES = (
    *("fork_bomb", "writes_outside", "overwrites_tests", "kills_its_parent", "leaves_a_daemon"),
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_it_has_a_clear_result_and_harms_nothing(
    strongest: Grader, scene: Scene, kind: Expected
) -> None:
    try_out(strongest, scene, kind)


@pytest.mark.parametrize("name", WITHOUT_NAMESPACES)
def test_another_user_alone_harms_nothing(as_user_only: Grader, scene: Scene, name: str) -> None:
    try_out(as_user_only, scene, next(kind for kind in KINDS if kind.name == name))


def try_out(desk: Grader, scene: Scene, kind: Expected) -> None:
    before = contents(the_lab().folder)
    grade = desk.grade(scene.submission(kind.name), kind.name)
    assert (grade.status, grade.score) == (kind.status, 0), grade.reasons
    assert any(kind.reason in reason for reason in grade.reasons) or not kind.reason, grade.reasons
    nothing_was_harmed(desk, scene)
    assert "swordfish" not in str(grade)
    assert contents(the_lab().folder) == before
    assert (ROOT / "build" / "labs" / "labs.json").stat().st_size > 0


def nothing_was_harmed(desk: Grader, scene: Scene) -> None:
    assert processes_of(desk.walls.user, os.getpid()) == []
    assert [one.name for one in desk.base.iterdir() if one.name != "root"] == []
    found = list(litter(scene))
    if desk.walls.namespaces:
        assert found == []
    else:
        # Where anybody may write, so may another user.
        assert all(one.parent in (Path("/tmp"), scene.outside) for one in found)
        for one in found:
            one.unlink()
    assert scene.secret.read_text() == "the_password_is_swordfish\n"


@pytest.mark.parametrize("kind", ["strongest", "as_user_only"])
def test_what_is_secret_is_not_told(scene: Scene, kind: str, request) -> None:
    desk = request.getfixturevalue(kind)
    grade = desk.grade(scene.submission("includes_a_secret"), "curious")
    assert grade.status == Status.DOES_NOT_COMPILE
    text = "\n".join(grade.reasons)
    assert "secret.txt" in text and "swordfish" not in text


def test_the_solution_cannot_be_included(strongest: Grader, scene: Scene) -> None:
    if not strongest.walls.namespaces:
        pytest.skip("without namespaces it can be read by whoever may read it")
    folder = scene.submission("includes_the_solution")
    (folder / "helper.cpp").rename(folder / "frame_decoder.cpp")
    grade = strongest.grade(folder, "copied")
    assert grade.status == Status.DOES_NOT_COMPILE
    assert any("No such file" in reason for reason in grade.reasons)


@pytest.mark.parametrize("target", ["/etc/passwd", "/dev/zero", "nowhere"])
def test_a_link_in_place_of_a_file_is_not_followed(
    strongest: Grader, scene: Scene, target: str
) -> None:
    folder = scene.submission("")
    (folder / "frame_decoder.cpp").unlink()
    (folder / "frame_decoder.cpp").symlink_to(target)
    grade = strongest.grade(folder, "linked")
    assert (grade.status, grade.score) == (Status.DOES_NOT_COMPILE, 0)
    assert grade.reasons == ("frame_decoder.cpp is a symbolic link; only files are graded",)


def test_a_pipe_in_place_of_a_file_is_not_waited_for(strongest: Grader, scene: Scene) -> None:
    folder = scene.submission("")
    (folder / "frame_decoder.cpp").unlink()
    os.mkfifo(folder / "frame_decoder.cpp")
    grade = strongest.grade(folder, "pipe")
    assert grade.reasons == ("frame_decoder.cpp is no plain file; only such are graded",)


def test_a_submission_that_is_a_link_is_not_followed(strongest: Grader, scene: Scene) -> None:
    link = scene.folder / "mine"
    link.symlink_to(scene.submission("", "solution"))
    grade = strongest.grade(link, "mine")
    assert grade.reasons == ("mine is a symbolic link; only files are graded",)


def test_the_grader_still_works(strongest: Grader, scene: Scene) -> None:
    grade: Grade = strongest.grade(scene.submission("", "solution"), "right")
    assert (grade.status, grade.reasons, grade.passed) == (Status.GRADED, (), True)
    assert grade.score == grade.most == 90
