"""A student's work: begun, begun anew, compared, remembered; and never overwritten."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest
from labs_fixture import add_step, catalogue_of, make_labs, without_solutions

from experiments.runner.errors import Failure
from experiments.runner.labs.course.catalogue import Catalogue
from experiments.runner.labs.progress import forget, save_progress, stands
from experiments.runner.labs.workspace import (
    Workspace,
    difference,
    find_workspace,
    known_starter_of,
    outdated,
    remember,
    reset,
    start,
)

NOW = datetime(2026, 10, 1, 12, 30)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return catalogue_of(make_labs(tmp_path))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "my work")


def test_a_start_has_the_starter_and_the_form_for_answers(catalogue, workspace) -> None:
    lab = catalogue.find("0")
    begun = start(lab, catalogue, workspace)
    folder = workspace.folder(lab)
    assert {file.name for file in folder.iterdir()} == {"doubling.cpp", "answers.md"}
    assert "TODO" in (folder / "doubling.cpp").read_text() and begun.remarks == ()
    assert workspace.require(lab) == folder


def test_a_start_overwrites_nothing(catalogue, workspace) -> None:
    lab = catalogue.find("0")
    start(lab, catalogue, workspace)
    (workspace.folder(lab) / "doubling.cpp").write_text("mine\n")
    with pytest.raises(
        Failure, match="doubling.cpp; nothing was changed. ./iolab lab reset 00"
    ) as c:
        start(lab, catalogue, workspace)
    assert c.value.status == 2
    assert (workspace.folder(lab) / "doubling.cpp").read_text() == "mine\n"


def test_an_earlier_labs_file_is_carried_on(catalogue, workspace) -> None:
    first, second = catalogue.labs
    start(first, catalogue, workspace)
    (workspace.folder(first) / "doubling.cpp").write_text("mine\n")
    begun = start(second, catalogue, workspace)
    assert (workspace.folder(second) / "doubling.cpp").read_text() == "mine\n"
    assert begun.remarks == ("doubling.cpp is a copy of yours of lab 00",)
    assert list(outdated(second, catalogue, workspace)) == []
    mended, copy = (workspace.folder(lab) / "doubling.cpp" for lab in (first, second))
    mended.write_text("mine, mended since\n")
    assert list(outdated(second, catalogue, workspace)) == [(mended, copy)]


def test_without_own_work_the_whole_project_gives_its_solution(catalogue, workspace) -> None:
    begun = start(catalogue.find("1"), catalogue, workspace)
    text = (workspace.folder(catalogue.find("1")) / "doubling.cpp").read_text()
    assert "number + number" in text and "//@" not in text
    assert begun.remarks == ("doubling.cpp is the solution of lab 00: yours is not there",)


def test_without_own_work_a_student_is_told_what_to_do_first(tmp_path: Path, workspace) -> None:
    labs = make_labs(tmp_path / "students")
    without_solutions(labs)
    catalogue = catalogue_of(labs)
    with pytest.raises(Failure) as caught:
        start(catalogue.find("1"), catalogue, workspace)
    own = workspace.folder(catalogue.find("0")) / "doubling.cpp"
    assert caught.value.message == (
        "lab 01 goes on with doubling.cpp of lab 00: do that first (./iolab lab start 00), "
        f"or put your instructor's file there as {own}"
    )
    assert not workspace.started(catalogue.find("1"))
    own.parent.mkdir(parents=True)
    own.write_text("the instructor's\n")
    start(catalogue.find("1"), catalogue, workspace)


def test_a_reset_keeps_a_dated_copy(catalogue, workspace) -> None:
    lab = catalogue.find("0")
    with pytest.raises(Failure, match="is not there: ./iolab lab start 00"):
        reset(lab, catalogue, workspace, NOW)
    start(lab, catalogue, workspace)
    mine = workspace.folder(lab) / "doubling.cpp"
    for text in ("mine\n", "mine again\n"):
        mine.write_text(text)
        reset(lab, catalogue, workspace, NOW)
        assert "TODO" in mine.read_text()
    kept = workspace.base / "00-doubling-20261001-123000"
    assert (kept / "doubling.cpp").read_text() == "mine\n"
    assert (kept.with_name(f"{kept.name}-2") / "doubling.cpp").read_text() == "mine again\n"


def test_a_difference_shows_what_changed_and_what_is_new(catalogue, workspace) -> None:
    lab = catalogue.find("1")
    start(lab, catalogue, workspace)
    assert list(difference(lab, catalogue, workspace)) == []
    folder = workspace.folder(lab)
    (folder / "quadrupling.cpp").write_text(
        (folder / "quadrupling.cpp").read_text().replace("return number;", "return 4 * number;")
    )
    (folder / "more.hpp").write_text("int more;\n")
    lines = list(difference(lab, catalogue, workspace))
    assert [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")] == [
        "-  return number;",
        "+  return 4 * number;",
        "+int more;",
    ]
    assert "--- starter/quadrupling.cpp" in lines and "--- /dev/null" in lines


def test_a_step_begins_as_what_was_made_before(tmp_path: Path, workspace) -> None:
    labs = make_labs(tmp_path)
    add_step(labs)
    catalogue = catalogue_of(labs)
    lab, step = catalogue.find("0"), catalogue.find("r1")
    begun = start(step, catalogue, workspace)
    mine = workspace.folder(step) / "doubling.cpp"
    assert "number + number" in mine.read_text()
    assert begun.remarks == ("doubling.cpp is the solution of lab 00: yours is not there",)
    assert list(difference(step, catalogue, workspace)) == []
    start(lab, catalogue, workspace)
    (workspace.folder(lab) / "doubling.cpp").write_text("mine\n")
    reset(step, catalogue, workspace, NOW)
    assert mine.read_text() == "mine\n" and list(difference(step, catalogue, workspace)) == []
    mine.write_text("mine, gone on with\n")
    lines = list(difference(step, catalogue, workspace))
    assert lines[-2:] == ["-mine", "+mine, gone on with"]
    assert list(outdated(step, catalogue, workspace)) == []


def test_a_students_step_has_no_starter(tmp_path: Path, workspace) -> None:
    labs = make_labs(tmp_path)
    add_step(labs)
    without_solutions(labs)
    (labs / "refactoring" / "1-again" / "source" / "doubling.cpp").unlink()
    catalogue = catalogue_of(labs)
    with pytest.raises(Failure, match="lab r1 goes on with doubling.cpp of lab 00: do that first"):
        start(catalogue.find("r1"), catalogue, workspace)
    start(catalogue.find("0"), catalogue, workspace)
    start(catalogue.find("r1"), catalogue, workspace)
    step = catalogue.find("r1")
    assert "TODO" in (workspace.folder(step) / "doubling.cpp").read_text()
    shutil.rmtree(workspace.folder(catalogue.find("0")))
    with pytest.raises(Failure, match="do that first"):
        list(difference(step, catalogue, workspace))
    assert "doubling.cpp" not in known_starter_of(step, catalogue, workspace)


def test_a_file_that_is_gone_is_named(catalogue, workspace) -> None:
    lab = catalogue.find("0")
    start(lab, catalogue, workspace)
    (workspace.folder(lab) / "doubling.cpp").unlink()
    with pytest.raises(Failure, match="00-doubling lacks doubling.cpp; ./iolab lab reset 00"):
        workspace.require(lab)


def test_the_folder_is_remembered_until_another_is_named(tmp_path: Path) -> None:
    work, mine = tmp_path / "work", tmp_path / "my folder"
    assert find_workspace(None, work) == Workspace(work)
    remember(find_workspace(mine, work), work)
    assert find_workspace(None, work) == Workspace(mine)
    assert find_workspace(tmp_path, work) == Workspace(tmp_path)
    remember(Workspace(work), work)
    assert find_workspace(None, work) == Workspace(work)


def test_where_a_student_stands(catalogue, workspace) -> None:
    lab = catalogue.find("0")
    assert stands(lab, workspace) == "not started"
    start(lab, catalogue, workspace)
    assert stands(lab, workspace) == "started"
    save_progress(workspace, lab, 7, 21, done=False)
    assert stands(lab, workspace).startswith("7 of 21 tests, 20")
    save_progress(workspace, lab, 21, 21, done=True)
    assert stands(lab, workspace).startswith("passed, 20")
    forget(workspace, lab)
    assert stands(lab, workspace) == "started"
    (workspace.base / "progress.json").write_text("{ broken")
    assert stands(lab, workspace) == "started"
