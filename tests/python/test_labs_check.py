"""Checking a student's work: with g++, on a machine of its own that needs no GoogleTest."""

import io
import os
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from labs_fixture import catalogue_of, compile_machine, fake_judge, make_labs, make_toolchain
from rich.console import Console

from experiments.runner.errors import Failure
from experiments.runner.labs import checking, watching
from experiments.runner.labs.build import products
from experiments.runner.labs.build.objects import Unit, compile_one, read_depfile
from experiments.runner.labs.build.products import work_of
from experiments.runner.labs.build.toolchain import Toolchain, read_toolchain
from experiments.runner.labs.checking import Checked, Wish, check
from experiments.runner.labs.course.catalogue import Lab
from experiments.runner.labs.course.variants import read_sources
from experiments.runner.labs.telling import tell_program, tell_tests

HEAD = '#include "doubling.hpp"\n'
RIGHT = HEAD + "int lab::twice(int n) { return n + n; }\n"


class Desk:
    """A student's folder, whose path has blanks, and what it is compiled with."""

    def __init__(self, folder: Path, lab: Lab, toolchain: Toolchain) -> None:
        self.folder, self.lab, self.toolchain = folder, lab, toolchain
        folder.mkdir(parents=True, exist_ok=True)

    def check(self, text: str | None, wish: Wish = Wish(), name: str = "doubling.cpp") -> Checked:
        if text is not None:
            (self.folder / name).write_text(text)
        starter = read_sources(self.lab).starter()
        work = work_of(self.lab, self.folder)
        return check(work, self.toolchain, starter, wish, self.folder / "server")


def told(checked: Checked) -> str:
    out = io.StringIO()
    console = Console(file=out, width=100)
    tell_tests(checked, console)
    tell_program(checked, console)
    return out.getvalue()


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("a place")
    labs = make_labs(folder)
    build = folder / "build labs"
    build.mkdir()
    machine = compile_machine(build, labs)
    make_toolchain(build, list(catalogue_of(labs).labs), machine)
    return folder


@pytest.fixture
def desk(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    build = place / "build labs"
    for module in (checking, products):
        monkeypatch.setattr(module, "BUILD", build)
    lab = catalogue_of(place / "labs").find("0")
    return Desk(tmp_path / "my work" / lab.name, lab, read_toolchain(build / "labs.json"))


def test_work_that_is_right_passes_with_three_seeds(desk: Desk) -> None:
    checked = desk.check(RIGHT)
    assert checked.passed and checked.results.tests == ["Small.Two", "Small.Minus", "Large.Seeded"]
    assert "all 3 tests passed, with seeds 1 to 3" in told(checked)


def test_the_first_failure_is_told_in_full(desk: Desk) -> None:
    checked = desk.check(HEAD + "int lab::twice(int n) { return n == 12 || n < 0 ? 0 : 2 * n; }\n")
    text = told(checked)
    assert not checked.passed
    assert "  Small  1 passed, 1 failed\n  Large  0 passed, 1 failed\n" in text
    assert "\nSmall.Minus\n  1. twice is asked\n  2. it is wrong\n" in text
    assert "hint:   ./iolab lab hint 00 begin\n" in text
    assert "again:  ./iolab lab check 00 --only Small.Minus --seed 1\n" in text
    assert "also failed: Large.Seeded\n\n1 of 3 tests passed" in text
    assert checked.results.failures["Large.Seeded"].seed == 2


def test_one_test_or_suite_can_be_chosen(desk: Desk) -> None:
    for only, tests in (("Small.Two", 1), ("Small", 2), ("Large.*", 1)):
        checked = desk.check(RIGHT, Wish(range(7, 8), only))
        assert len(checked.results.tests) == tests and checked.passed
    assert "with seed 7" in told(checked)
    with pytest.raises(Failure, match="no test of lab 00 is called 'Smal'; suites: Small, Large"):
        desk.check(RIGHT, Wish(only="Smal"))


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("__builtin_trap();", "Illegal instruction|SIGILL"),
        ("int* volatile p = nullptr; *p = 1;", "Segmentation fault"),
        ("std::exit(0);", r"ended by itself \(exit status 0\): did it call exit\(\)\?"),
        ("for (volatile int i = 0;; i = i + 1) {}", "no end"),
    ],
)
def test_what_stops_the_program_stops_one_test(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, what: str, why: str
) -> None:
    monkeypatch.setattr("experiments.runner.labs.run.yardstick.LEAST_LIMIT_S", 0.1)
    text = f"#include <cstdlib>\n{HEAD}"
    text += f"int lab::twice(int n) {{ if (n < 0) {{ {what} }} return 2 * n; }}"
    checked = desk.check(text + "\n")
    assert list(checked.results.failures) == ["Small.Minus"]
    assert len(checked.results.tests) == 3
    assert re.search(why, told(checked))


def test_a_program_that_only_waits_is_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.runner.labs.run.yardstick.PATIENCE_S", 0.3)
    monkeypatch.setattr("experiments.runner.labs.run.yardstick.LEAST_LIMIT_S", 0.05)
    text = f"#include <unistd.h>\n{HEAD}"
    text += "int lab::twice(int n) { if (n < 0) pause(); return 2 * n; }\n"
    checked = desk.check(text)
    assert list(checked.results.failures) == ["Small.Minus"]
    text = told(checked)
    assert "  1. it began\n  the program ended here: it waits for something" in text


def test_a_program_that_dies_before_the_first_test(desk: Desk) -> None:
    text = f"#include <cstdlib>\n{HEAD}int lab::twice(int n) {{ return n; }}\n"
    checked = desk.check(text + "static const int early = (std::abort(), 1);\n")
    assert not checked.passed and checked.results.tests == []
    assert "before the first test the program was killed by SIGABRT" in told(checked)


def test_errors_of_the_compiler_are_few_lines(desk: Desk) -> None:
    text = HEAD + "".join(f"int f{n}() {{ return unknown{n}; }}\n" for n in range(5))
    checked = desk.check(text)
    lines = told(checked).splitlines()
    assert lines[1].endswith("doubling.cpp:2:19: error: ‘unknown0’ was not declared in this scope")
    assert lines[2:4] == [
        "    2 | int f0() { return unknown0; }",
        "      |                   ^~~~~~~~",
    ]
    assert sum("error: " in line for line in lines) == 3
    assert "2 more errors are not shown" in lines[-2] and "does not compile" in lines[-1]


def test_a_function_that_is_missing_is_named_with_its_file(desk: Desk) -> None:
    text = told(desk.check(HEAD + "int lab::four_times(int n) { return n; }\n"))
    assert "lab::twice() is not defined; doubling.cpp should define it\n" in text


def test_a_warning_is_told_again_though_nothing_is_compiled_again(desk: Desk) -> None:
    text = HEAD + "int lab::twice(int n) { int unused; return n + n; }\n"
    for _ in range(2):
        assert "warning: unused variable" in told(desk.check(text))


def test_only_what_changed_is_compiled(desk: Desk) -> None:
    (desk.folder / "mine.hpp").write_text("inline int more() { return 0; }\n")
    text = f'#include "mine.hpp"\n{HEAD}int lab::twice(int n) {{ return n + n + more(); }}\n'
    assert desk.check(text).passed
    objects = work_of(desk.lab, desk.folder).objects / "check"
    files = [objects / "doubling.cpp.o", objects / "lab_tests"]

    def stamps() -> list[int]:
        return [file.stat().st_mtime_ns for file in files]

    before = stamps()
    os.utime(desk.folder / "doubling.cpp")
    assert desk.check(None).passed and stamps() == before
    (desk.folder / "mine.hpp").write_text("inline int more() { return 1; }\n")
    assert not desk.check(None).passed and stamps()[0] != before[0]
    before = stamps()
    libraries = desk.toolchain.of(desk.lab)
    other = replace(libraries, check_flags=(*libraries.check_flags, "-DOTHER"))
    desk.toolchain = replace(desk.toolchain, labs={desk.lab.name: other})
    desk.check(None)
    assert stamps()[0] != before[0]


def test_a_depfile_with_blanks_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "a b$c"
    folder.mkdir()
    (folder / "x y.hpp").write_text("")
    (folder / "x.cpp").write_text('#include "x y.hpp"\n')
    unit = Unit(folder / "x.cpp", folder / "x.cpp.o", ())
    assert compile_one(unit, "g++", []).ok
    assert read_depfile(folder / "x.cpp.d") == [folder / "x.cpp", folder / "x y.hpp"]


def second_desk(desk: Desk, place: Path) -> Desk:
    lab = catalogue_of(place / "labs").find("1")
    other = Desk(desk.folder.with_name(lab.name), lab, desk.toolchain)
    (other.folder / "doubling.cpp").write_text(RIGHT)
    return other


QUADRUPLE = HEAD + "int lab::four_times(int n) { return twice(twice(n)); }\n"


@pytest.mark.parametrize("status", [0, 1])
def test_the_judge_tries_the_program_after_the_tests(
    desk: Desk, place: Path, tmp_path: Path, status: int
) -> None:
    second = second_desk(desk, place)
    fake_judge(place / "build labs" / "bin" / "conformance_tests", tmp_path / "words", status)
    checked = second.check(QUADRUPLE, name="quadrupling.cpp")
    program = second.folder / "server"
    assert checked.passed == (status == 0) and os.access(program, os.X_OK)
    assert (tmp_path / "words").read_text() == (
        f"--report --protocol echo --level wire --first --program {program} -- --protocol echo\n"
    )
    text = told(checked)
    assert "judge, echo wire: Level wire: 5 cases passed" in text.replace(":\n  ", ": ")
    if status == 0:
        assert "lab 01 is done" in text and f"the program:  {program}\n" in text
        assert "'\"'\"' --protocol {protocol} --port {port}' --protocols echo" in text
        assert text.endswith("--servers floor-epoll\n")
    else:
        assert "again:  ./iolab check --protocol echo --level wire --first" in text


def test_the_judge_does_not_try_what_failed_its_tests_unless_all_is_graded(
    desk: Desk, place: Path, tmp_path: Path
) -> None:
    second = second_desk(desk, place)
    (second.folder / "doubling.cpp").write_text(HEAD + "int lab::twice(int n) { return n; }\n")
    fake_judge(place / "build labs" / "bin" / "conformance_tests", tmp_path / "words", 0)
    assert second.check(QUADRUPLE, name="quadrupling.cpp").verdicts == ()
    assert not (tmp_path / "words").exists()
    graded = second.check(None, Wish(range(1, 3), thorough=True, stop_early=False))
    assert "--level server --program" in (tmp_path / "words").read_text()
    assert [verdict.passed for verdict in graded.verdicts] == [True] and not graded.passed


def test_watching_checks_again_after_each_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.cpp"
    file.write_text("1")
    seen = []

    def check_once() -> None:
        seen.append(file.read_text())
        if len(seen) == 3:
            raise KeyboardInterrupt

    def save(_seconds: float) -> None:
        file.write_text("1" * (len(seen) + 1))

    monkeypatch.setattr(time, "sleep", save)
    out = io.StringIO()
    assert watching.watch(tmp_path, check_once, Console(file=out)) == 0
    assert seen == ["1", "11", "111"] and "\x1b" not in out.getvalue()
