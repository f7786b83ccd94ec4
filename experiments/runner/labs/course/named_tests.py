"""The tests of a lab as their sources name them."""

import re
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.labs.course.catalogue import Lab

_TEST = re.compile(r'LAB_TEST\(\s*(\w+)\s*,\s*(\w+)\s*,\s*"([^"]*)"')


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
        NamedTest(f"{suite}.{name}", hint, file)
        for file in sorted((lab.folder / "tests").glob("*.cpp"))
        for suite, name, hint in _TEST.findall(file.read_text(encoding="utf-8"))
    ]
