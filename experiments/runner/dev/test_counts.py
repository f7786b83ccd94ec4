"""Counts of a test run, read from the JUnit files that CTest and pytest write."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Counts:
    """How many tests passed, which failed, and which were skipped for what reason."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def add(self, other: "Counts") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def line(self) -> str:
        return f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"


def read_junit(file: Path) -> Counts:
    """Reads one JUnit file.

    A file that is missing or broken counts as one failure: its run died.
    """
    try:
        root = ElementTree.parse(file).getroot()
    except (OSError, ElementTree.ParseError):
        return Counts(failed=[f"the run: {file.name} is missing or broken"])
    counts = Counts()
    for case in root.iter("testcase"):
        skipped = case.find("skipped")
        if skipped is not None or case.get("status") in ("notrun", "disabled"):
            counts.skipped.append((case.get("name", "?"), _reason(case, skipped)))
        elif (
            case.find("failure") is not None
            or case.find("error") is not None
            or case.get("status") == "fail"
        ):
            counts.failed.append(case.get("name", "?"))
        else:
            counts.passed += 1
    return counts


def _reason(case: ElementTree.Element, skipped: ElementTree.Element | None) -> str:
    """What the test said: GoogleTest prints it after `Skipped`, pytest puts it into the message."""
    output = case.findtext("system-out") or ""
    found = re.search(r": Skipped\n(.+)", output)
    if found:
        return found[1].strip()
    message = skipped.get("message", "") if skipped is not None else ""
    return message or case.get("status", "") or "no reason given"


def unexpected(skipped: list[tuple[str, str]], expected_file: Path) -> list[str]:
    """Names of skipped tests that no line of the file matches.

    A line: a regular expression, `#` comments.
    """
    patterns = []
    if expected_file.is_file():
        for line in expected_file.read_text().splitlines():
            pattern = line.split("#")[0].strip()
            if pattern:
                patterns.append(re.compile(pattern))
    return [name for name, _ in skipped if not any(p.search(name) for p in patterns)]
