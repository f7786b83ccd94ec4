"""Two made-up labs, and a machine that tests them without GoogleTest or a simulated kernel."""

import json
import shlex
import subprocess
from pathlib import Path

from conftest import ROOT
from experiments.runner.labs.author.formalities import MODEL_ANSWERS
from experiments.runner.labs.course.catalogue import Catalogue, Lab, read_catalogue

MACHINE = ROOT / "tests" / "python" / "fakes" / "lab_machine.cpp"
FLAGS = ["-std=c++20", "-O0", "-g", "-Wall", "-Wextra"]

FIRST = """\
title = "Doubling"
goal = "twice as much"
hours = 1.5
builds_on = []
ends_at = ""
edit = ["doubling.cpp"]
"""
SECOND = """\
title = "Quadrupling"
goal = "twice the double"
hours = 2
builds_on = ["00"]
ends_at = "floor-epoll"
edit = ["quadrupling.cpp"]
carry = { "doubling.cpp" = "00" }

[program]
main = ["main.cpp"]
protocols = ["echo"]
level = "wire"
thorough_level = "server"
"""
STEP = """\
title = "Doubling, once more"
goal = "the same file, gone on with"
hours = 1
builds_on = ["00"]
ends_at = ""
edit = ["doubling.cpp"]
begins_as = { "doubling.cpp" = "00" }
"""
DOUBLING = """\
#include "doubling.hpp"

namespace lab {

int twice(int number) {
  //@ solution
  // A sum cannot be misread.
  return number + number;
  //@ starter
  //| // TODO: twice as much.
  //| (void)number;
  //| return 0;
  //@ wrong square
  //| return number * number;
  //@ wrong negative absent
  //| return number < 0 ? 0 : 2 * number;
  //@ end
}

//@ solution
//@ wrong absent
//| int nobody_calls_this() {
//|   return 1;
//| }
//@ end
}  // namespace lab
"""
QUADRUPLING = """\
#include "doubling.hpp"

namespace lab {

int four_times(int number) {
  //@ solution
  return twice(twice(number));
  //@ starter
  //| return number;
  //@ end
}

}  // namespace lab
"""
HEADER = """\
#pragma once

namespace lab {

/// Lab 00: doubling.cpp.
int twice(int number);
int four_times(int number);

}  // namespace lab
"""
TESTS = """\
LAB_TEST(Small, Two, "begin") {}
LAB_TEST(Small, Minus, "signs") {}
LAB_TEST(Large, Seeded, "begin") {}
"""
WRONG = """\
[[wrong]]
name = "square"
says = "two and two are four either way"
caught_by = "Large.Seeded"
seen = "https://example.org/1 (somebody)"

[[wrong]]
name = "negative"
says = "negative numbers are lost"
caught_by = "Small.Minus"
seen = "https://example.org/2 (somebody else)"

[[wrong]]
name = "absent"
says = "the same with a function more"
caught_by = "Small.Minus"
seen = "https://example.org/3 (a third)"
"""
HINTS = """\
# Hints

## begin
1. What is twice 2?
2. Add.
   Twice the same.
3. Return the sum.

## signs
1. Is there less than nothing?
2. Try -1.
3. Add, do not count.
"""
ANSWERS = """\
# Answers

## Prediction
(your answer)

## Question 1
Why?

(your answer)
"""
MODEL_OF_FIRST = """\
# Model answers

## Prediction
Twice as much.

## Question 1
Because.

## Common mistakes
`Large.Seeded` shows who squares.
"""
MODEL_OF_SECOND = """\
# Model answers

## Common mistakes
`Small.Two` shows who doubles once.
"""


def make_labs(folder: Path) -> Path:
    """labs/ with both, below `folder`."""
    labs = folder / "labs"
    first, second = labs / "00-doubling", labs / "01-quadrupling"
    for lab, toml in ((first, FIRST), (second, SECOND)):
        for room in ("source", "tests", "given"):
            (lab / room).mkdir(parents=True)
        (lab / "lab.toml").write_text(toml)
        (lab / "hints.md").write_text(HINTS)
        (lab / "wrong.toml").write_text(WRONG if lab == first else "")
        (lab / "tests" / "some_test.cpp").write_text(TESTS)
        (lab / MODEL_ANSWERS).write_text(MODEL_OF_FIRST if lab == first else MODEL_OF_SECOND)
    (labs / "given").mkdir()
    (labs / "given" / "doubling.hpp").write_text(HEADER)
    (second / "given" / "main.cpp").write_text('#include "doubling.hpp"\nint main() {}\n')
    (first / "source" / "doubling.cpp").write_text(DOUBLING)
    (first / "source" / "answers.md").write_text(ANSWERS)
    (second / "source" / "quadrupling.cpp").write_text(QUADRUPLING)
    return labs


def add_step(labs: Path) -> None:
    """A step of the refactoring that goes on with the file of lab 00; it shares its tests."""
    step = labs / "refactoring" / "1-again"
    (step / "source").mkdir(parents=True)
    (step / "lab.toml").write_text(STEP)
    (step / "hints.md").write_text("# Hints\n")
    (step / "wrong.toml").write_text("")
    (step / "source" / "doubling.cpp").write_text(DOUBLING.replace("number + number", "2 * number"))
    tests = labs / "refactoring" / "tests"
    tests.mkdir()
    for name in ("1-1_some_test.cpp", "2-7_other_test.cpp"):
        (tests / name).write_text(TESTS)


def catalogue_of(labs: Path) -> Catalogue:
    return read_catalogue(labs)


def without_solutions(labs: Path) -> None:
    """As a student has them."""
    for name in ("wrong.toml", MODEL_ANSWERS):
        for file in labs.rglob(name):
            file.unlink()


def make_toolchain(folder: Path, labs: list[Lab], machine: Path) -> Path:
    """labs.json in `folder`, as CMake would write it. `machine`: the object of MACHINE."""
    one = {
        "tests": [str(machine)],
        "check_flags": FLAGS,
        "check_link": [],
        "program_flags": ["-std=c++20"],
        "program_link": [],
        "include": [str(labs[0].folder.parent / "given")],
    }
    value = {
        "compiler": "g++",
        "labs": {lab.name: one for lab in labs},
    }
    file = folder / "labs.json"
    file.write_text(json.dumps(value))
    return file


def compile_machine(folder: Path, labs: Path) -> Path:
    product = folder / "machine.o"
    include = labs / "given"
    command = ["g++", *FLAGS, "-I", str(include), "-c", str(MACHINE), "-o", str(product)]
    subprocess.run(command, check=True, timeout=60)
    return product


def fake_judge(file: Path, words: Path, status: int) -> None:
    """Notes how it was called, and says one line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f'#!/bin/sh\necho "$@" >> {shlex.quote(str(words))}\n'
        f'echo "Level wire: 5 cases passed; more"\nexit {status}\n'
    )
    file.chmod(0o755)
