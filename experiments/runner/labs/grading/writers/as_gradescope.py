"""A grade as the results.json of a Gradescope autograder.

The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from experiments.runner.labs.grading.grade import Grade, GradedTest, Infrastructure, Status
from experiments.runner.labs.grading.writers.as_text import IN_WORDS, answers, runs

LONGEST_OUTPUT = 8000


def write(grade: Grade, file: Path) -> None:
    """Without a score there is no file: Gradescope then says that the autograder has failed.

    Raises Infrastructure in that case.
    """
    if grade.score is None:
        file.unlink(missing_ok=True)
        raise Infrastructure(grade.reasons[0] if grade.reasons else "no grade")
    file.write_text(json.dumps(as_object(grade), indent=1) + "\n", encoding="utf-8")


def as_object(grade: Grade) -> dict[str, Any]:
    return {
        "score": grade.score,
        "execution_time": round(grade.seconds),
        "output": "\n".join([IN_WORDS[grade.status], *grade.reasons, answers(grade)]),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": list(_tests(grade)),
        "extra_data": {"lab": grade.lab, "status": grade.status.value, "most": grade.most},
    }


def _tests(grade: Grade) -> Iterator[dict[str, Any]]:
    for number, part in enumerate(grade.parts, 1):
        for place, test in enumerate(part.tests, 1):
            counted = test.points if grade.status == Status.GRADED else 0
            yield {
                "name": test.name if "." in test.name else f"{part.name}: {test.name}",
                "number": f"{number}.{place}",
                "score": round(counted, 4),
                "max_score": round(test.most, 4),
                "status": "passed" if test.whole and counted else "failed",
                "output": _output(test),
                "output_format": "text",
                "visibility": "visible",
                "tags": ["flaky"] if test.flaky else [],
            }


def _output(test: GradedTest) -> str:
    if test.whole:
        return ""
    hint = f"\nhint: {test.hint}" if test.hint else ""
    return f"{runs(test)}\n{test.story[:LONGEST_OUTPUT]}{hint}"
