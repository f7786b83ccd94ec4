"""What a lab may be written in, and what differs by that: a student's files, markers, tests."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Language:
    """`suffixes`: of the files that a student may edit; a test file has the first of them.

    `test` finds a declared test in its source, with the groups suite, name and hint. `comment`
    begins a marker, and is as formatters want it; `blank_lines` are at most left where a marked
    block was emptied.
    """

    suffixes: tuple[str, ...]
    comment: str
    blank_lines: int
    test: re.Pattern

    def files(self, folder: Path) -> Iterator[Path]:
        """What lies in a student's folder and is part of the work, by name."""
        return (file for file in sorted(folder.glob("*.*")) if file.suffix in self.suffixes)


CPP = Language(
    suffixes=(".cpp", ".hpp"),
    comment="//",
    blank_lines=1,
    test=re.compile(r'LAB_TEST\(\s*(?P<suite>\w+)\s*,\s*(?P<name>\w+)\s*,\s*"(?P<hint>[^"]*)"'),
)
PYTHON = Language(
    suffixes=(".py", ".toml"),
    comment="# ",
    blank_lines=2,
    test=re.compile(r'@lab_test\("(?P<suite>\w+)", "(?P<hint>[^"]*)"\)\s+def (?P<name>\w+)\('),
)
LANGUAGES = {"c++": CPP, "python": PYTHON}


def language_of(file: Path) -> Language:
    """By the suffix of a source."""
    return PYTHON if file.suffix in PYTHON.suffixes else CPP
