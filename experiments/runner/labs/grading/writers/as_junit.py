"""A grade as JUnit's XML, which CI systems show. What is no grade is an error, not a failure."""

import re
from pathlib import Path
from xml.etree import ElementTree

from experiments.runner.labs.grading.grade import Grade, GradedTest, Part, Status
from experiments.runner.labs.grading.writers.as_text import IN_WORDS, runs

# What XML cannot hold at all.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(grade: Grade, file: Path) -> None:
    top = ElementTree.Element("testsuites", name=_clean(f"{grade.lab} {grade.submission}"))
    if grade.status == Status.GRADED:
        for part in grade.parts:
            top.append(_suite(part))
    else:
        top.append(_no_grade(grade))
    ElementTree.indent(top, " ")
    ElementTree.ElementTree(top).write(file, encoding="utf-8", xml_declaration=True)


def _suite(part: Part) -> ElementTree.Element:
    failures = str(sum(not test.whole for test in part.tests))
    counts = {"tests": str(len(part.tests)), "failures": failures, "errors": "0"}
    suite = ElementTree.Element("testsuite", name=part.name, **counts)
    for test in part.tests:
        suite.append(_case(part, test))
    return suite


def _case(part: Part, test: GradedTest) -> ElementTree.Element:
    name = test.name.removeprefix(f"{part.name}.")
    case = ElementTree.Element("testcase", classname=part.name, name=_clean(name))
    if not test.whole:
        failure = ElementTree.SubElement(case, "failure", message=runs(test))
        failure.text = _clean(test.story)
    return case


def _no_grade(grade: Grade) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=grade.lab, tests="1", failures="0", errors="1")
    case = ElementTree.SubElement(suite, "testcase", classname=grade.lab, name=grade.status.value)
    error = ElementTree.SubElement(case, "error", message=IN_WORDS[grade.status])
    error.text = _clean("\n".join(grade.reasons))
    return suite


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("?", text)
