"""A lab in Python: the same markers, verdicts and words, on the machine's own Python part."""

import io
from pathlib import Path

import pytest
from labs_fixture import catalogue_of, make_labs
from rich.console import Console

from experiments.runner.errors import Failure
from experiments.runner.labs import checking
from experiments.runner.labs.author import formalities, variants_on_disk, verifying
from experiments.runner.labs.author.formalities import MODEL_ANSWERS
from experiments.runner.labs.author.formalities import tests_of as declared_in
from experiments.runner.labs.author.verifying import Scope, verify
from experiments.runner.labs.build import products
from experiments.runner.labs.build.products import work_of
from experiments.runner.labs.build.toolchain import NO_TOOLCHAIN, make_ready
from experiments.runner.labs.checking import Checked, Wish, check
from experiments.runner.labs.course.catalogue import Lab
from experiments.runner.labs.course.sources import read_marked
from experiments.runner.labs.telling import tell_tests
from experiments.runner.labs.watching import stamps
from experiments.runner.labs.workspace import Workspace, difference, start

LAB = """\
title = "Halving"
goal = "half as much"
hours = 1
builds_on = []
ends_at = ""
language = "python"
edit = ["halving.py", "plan.toml"]
"""
HALVING = '''\
"""Half of a number."""


def half(number):
    """Half of it."""
    # @ solution
    return number / 2
    # @ starter
    # | return None  # TODO: half of it
    # @ wrong whole
    # | return number // 2
    # @ end


# @ solution
def more():
    return 1


# @ starter
# @ end


def last():
    return 2
'''
PLAN = """\
# @ solution
parts = 2
# @ starter
# | parts = 0
# @ end
"""
TESTS = """\
from importlib import import_module
import tomllib

from machine.python.lab_test import lab_test


@lab_test("Small", "begin")
def of_four(story):
    story.step("half of 4")
    story.expect_equal("half", 2, import_module("halving").half(4))


@lab_test("Small", "signs")
def of_three(story):
    for _ in range(40):
        story.step("half of 3")
    story.step("that is no whole number")
    story.expect_near("half", 1.5, import_module("halving").half(3), "m")


@lab_test("Plan", "begin")
def it_has_two_parts(story):
    plan = tomllib.loads((story.work / "plan.toml").read_text())
    story.expect_equal("parts", 2, plan["parts"])
"""
WRONG = """\
[[wrong]]
name = "whole"
says = "whole numbers only"
caught_by = "Small.of_three"
seen = "https://example.org/1 (somebody)"
"""
RIGHT = "def half(number):\n    return number / 2\n"


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    for module in (checking, products, variants_on_disk, verifying):
        monkeypatch.setattr(module, "BUILD", tmp_path / "build")
    labs = make_labs(tmp_path)
    folder = labs / "02-halving"
    for room in ("source", "tests"):
        (folder / room).mkdir(parents=True)
    (folder / "lab.toml").write_text(LAB)
    (folder / "wrong.toml").write_text(WRONG)
    (folder / "hints.md").write_text((labs / "00-doubling" / "hints.md").read_text())
    (folder / "source" / "halving.py").write_text(HALVING)
    (folder / "source" / "plan.toml").write_text(PLAN)
    (folder / "tests" / "1_halves.py").write_text(TESTS)
    (folder / MODEL_ANSWERS).write_text("## Common mistakes\n\nTo round: `Small.of_three`.\n")
    return catalogue_of(labs).find("02")


def check_it(lab: Lab, text: str, wish: Wish = Wish(), plan: str = "parts = 2\n") -> Checked:
    folder = lab.folder.parent / "my work"
    folder.mkdir(exist_ok=True)
    (folder / "halving.py").write_text(text)
    (folder / "plan.toml").write_text(plan)
    return check(work_of(lab, folder), NO_TOOLCHAIN, {}, wish, folder / "server")


def told(checked: Checked) -> str:
    out = io.StringIO()
    tell_tests(checked, Console(file=out, width=100))
    return out.getvalue()


def test_solution_starter_and_wrong_come_out_of_one_file(lab: Lab) -> None:
    source = read_marked(lab.source / "halving.py")
    assert "    return number / 2\n\n\ndef more():" in source.solution()
    assert "    return None  # TODO: half of it\n\n\ndef last():\n" in source.starter()
    assert "    return number // 2\n" in source.wrong("whole")
    assert read_marked(lab.source / "plan.toml").starter() == "parts = 0\n"
    (lab.source / "plan.toml").write_text("# @ solution\n# @ starter\nparts = 0\n# @ end\n")
    with pytest.raises(Failure, match="plan.toml:3: lines of this part begin with '# | '"):
        read_marked(lab.source / "plan.toml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"python"', '"perl"', "language 'perl' is none of c\\+\\+, python"),
        ('"halving.py"', '"halving.cpp"', "'halving.cpp' is no name of a .py or .toml file"),
    ],
)
def test_a_bad_lab_file_is_named(lab: Lab, old: str, new: str, message: str) -> None:
    (lab.folder / "lab.toml").write_text(LAB.replace(old, new))
    with pytest.raises(Failure, match=message):
        catalogue_of(lab.folder.parent)


def test_nothing_is_built(lab: Lab) -> None:
    assert make_ready([lab], Console(file=io.StringIO())) == NO_TOOLCHAIN


def test_work_that_is_right_passes_with_three_seeds(lab: Lab) -> None:
    checked = check_it(lab, RIGHT)
    assert checked.passed
    assert checked.results.tests == ["Small.of_four", "Small.of_three", "Plan.it_has_two_parts"]
    assert "all 3 tests passed, with seeds 1 to 3" in told(checked)


def test_the_first_failure_is_told_in_full(lab: Lab) -> None:
    text = told(check_it(lab, RIGHT.replace("/", "//")))
    assert "\nSmall.of_three\n     1. half of 3 (40 times)\n" in text
    assert "     2. that is no whole number   <-- then it failed\n" in text
    assert "    expected: half: 1.5 m\n    received: half: 1 m\n" in text
    assert "hint:   ./iolab lab hint 02 signs\n" in text
    assert "again:  ./iolab lab check 02 --only Small.of_three --seed 1\n" in text


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("return 1 / (number - 3)", "ZeroDivisionError: division by zero (halving.py:3, in half)"),
        ("if number == 3:\n        raise SystemExit\n    return number / 2", "SystemExit: "),
        ("import os\n    return number / 2 if number != 3 else os._exit(0)", "did it call exit()?"),
        ("while number == 3:\n        pass\n    return number / 2", "without coming to an end"),
    ],
)
def test_what_stops_a_test_stops_no_other(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, body: str, why: str
) -> None:
    monkeypatch.setattr("experiments.runner.labs.run.yardstick.LIMIT_IN_YARDSTICKS", 5)
    monkeypatch.setattr("experiments.runner.labs.run.yardstick.LEAST_LIMIT_S", 0.1)
    body = body.replace("1 / (number - 3)", "(1 / (number - 3)) and number / 2")
    checked = check_it(lab, f"def half(number):\n    number = int(number)\n    {body}\n")
    assert list(checked.results.failures) == ["Small.of_three"]
    assert len(checked.results.tests) == 3 and why in told(checked)


def test_what_cannot_be_read_is_told_with_its_place(lab: Lab) -> None:
    text = told(check_it(lab, "def half(number):\n    return number +\n"))
    assert "halving.py:2:20: error: invalid syntax\n    2 |     return number +\n" in text
    assert "it does not compile" in text
    text = told(check_it(lab, RIGHT, plan="parts = \n"))
    assert "plan.toml:1:9: error: Invalid value\n" in text


def test_one_test_alone_tells_what_was_printed(lab: Lab) -> None:
    printing = RIGHT.replace("return number / 2", "print('I was asked', number)\n    return 0")
    text = told(check_it(lab, printing, Wish(range(4, 5), only="Small.of_four")))
    assert "printed:\n  I was asked 4\n" in text and "with seed 4" in text
    with pytest.raises(Failure, match="no test of lab 02 is called 'Smal'; suites: Small, Plan"):
        check_it(lab, RIGHT, Wish(only="Smal"))


def test_a_save_and_a_difference_are_seen(lab: Lab) -> None:
    catalogue, workspace = catalogue_of(lab.folder.parent), Workspace(lab.folder.parent / "work")
    start(lab, catalogue, workspace)
    folder = workspace.folder(lab)
    assert {file.name for file in stamps(folder)} == {"halving.py", "plan.toml"}
    assert list(difference(lab, catalogue, workspace)) == []
    (folder / "plan.toml").write_text("parts = 2\n")
    (folder / "mine.py").write_text("x = 1\n")
    lines = list(difference(lab, catalogue, workspace))
    assert {"-parts = 0", "+parts = 2", "+x = 1"} <= set(lines)


def test_the_lab_is_verified(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formalities, "LEAST_WRONGS", 1)
    assert [(test.name, test.hint) for test in declared_in(lab)] == [
        ("Small.of_four", "begin"),
        ("Small.of_three", "signs"),
        ("Plan.it_has_two_parts", "begin"),
    ]
    out = io.StringIO()
    catalogue = catalogue_of(lab.folder.parent)
    scope = Scope(3, judged=False)
    assert verify([lab], catalogue, scope, Console(file=out, width=200)) == 0
    assert out.getvalue().splitlines() == [
        "02-halving: verified",
        "labs: 1, starters that fail: 1, solutions that pass 3 times: 1, "
        "wrong solutions caught by the test that names them: 1 of 1",
    ]
