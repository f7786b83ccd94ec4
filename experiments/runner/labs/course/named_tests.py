"""The tests of a lab as their sources name them."""

from dataclasses import dataclass
from pathlib import Path

from experiments.runner.labs.course.catalogue import Lab


@dataclass(frozen=True)
class NamedTest:
    """A test as its source declares it."""

    name: str
    hint: str
    file: Path

    @property
    def suite(self) -> str:
        return self.name.split(".")[0]


def tests_of(lab: Lab) -> list[NamedTest]:
    return [
        NamedTest(f"{test['suite']}.{test['name']}", test["hint"], file)
        for file in lab.tests
        for test in lab.language.test.finditer(file.read_text(encoding="utf-8"))
    ]
