"""Declares the tests of a lab: @lab_test("Suite", "hint") before a function that takes a Story."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from machine.python.story import Story

Body = Callable[[Story], None]


@dataclass(frozen=True)
class LabTest:
    """`hint` is a heading of the lab's hints.md; it is named when the test fails."""

    name: str
    hint: str
    body: Body


_declared: list[LabTest] = []


def lab_test(suite: str, hint: str) -> Callable[[Body], Body]:
    """The test is called Suite.name_of_the_function. Tests run in the order of their files."""

    def declare(body: Body) -> Body:
        _declared.append(LabTest(f"{suite}.{body.__name__}", hint, body))
        return body

    return declare


def chosen(wish: str) -> Iterator[LabTest]:
    """As Google Test's filter has it: patterns separated by colons, then a minus and others."""
    wanted, _, unwanted = wish.partition("-")

    def matches(name: str, patterns: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in patterns.split(":"))

    for test in _declared:
        if matches(test.name, wanted or "*") and not matches(test.name, unwanted):
            yield test
