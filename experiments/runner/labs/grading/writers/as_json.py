"""A grade as JSON, everything that is known."""

import json
from dataclasses import asdict
from pathlib import Path

from experiments.runner.labs.grading.grade import Grade


def write(grade: Grade, file: Path) -> None:
    value = {"score": grade.score, "most": grade.most, "passed": grade.passed, **asdict(grade)}
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
