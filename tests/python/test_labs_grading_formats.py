"""A grade as text, JSON, JUnit, CSV, and as Gradescope has published its format."""

import csv
import dataclasses
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from grading_fixture import grade_of
from rich.console import Console

from experiments.runner.labs.grading.grade import Infrastructure, Status
from experiments.runner.labs.grading.writers import (
    as_csv,
    as_gradescope,
    as_json,
    as_junit,
    as_text,
)
from experiments.runner.schemas import violations

SCHEMA = json.loads(Path(__file__).with_name("gradescope_results.schema.json").read_text())


def test_text_has_a_line_for_each_suite() -> None:
    out = io.StringIO()
    as_text.write(grade_of(), Console(file=out, width=120))
    rows = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    assert "One 5.0 of 10.0 1 of 2 B" in rows
    assert "flaky: Two.C passed 17 of 20 runs with the same seed" in rows
    assert rows[-1] == "23.5 of 30 points"


def test_json_has_everything(tmp_path: Path) -> None:
    as_json.write(grade_of(), tmp_path / "g.json")
    value = json.loads((tmp_path / "g.json").read_text())
    assert (value["score"], value["most"], value["status"]) == (23.5, 30, "graded")
    assert value["parts"][1]["tests"][0]["flaky"] is True
    assert value["answers"] == {"prediction": True, "answered": 2, "questions": 3}


@pytest.mark.parametrize("status", list(Status))
def test_junit_tells_failures_from_errors(tmp_path: Path, status: Status) -> None:
    as_junit.write(grade_of(status, "why \x00"), tmp_path / "g.xml")
    top = ElementTree.parse(tmp_path / "g.xml").getroot()
    failures, errors = len(top.findall(".//failure")), len(top.findall(".//error"))
    assert (failures, errors) == ((2, 0) if status == Status.GRADED else (0, 1))


def test_csv_has_a_line_for_each_grade(tmp_path: Path) -> None:
    file = tmp_path / "g.csv"
    as_csv.write(dataclasses.replace(grade_of(), submission="=1+2,\n3"), file)
    as_csv.write(dataclasses.replace(grade_of(Status.INFRASTRUCTURE_ERROR, "no disk")), file)
    lines = list(csv.DictReader(file.open()))
    assert [line["submission"] for line in lines] == ["'=1+2, 3", "alice"]
    assert (lines[0]["score"], lines[0]["One"], lines[0]["flaky"]) == ("23.5", "5.00", "Two.C")
    assert (lines[1]["score"], lines[1]["One"], lines[1]["reason"]) == ("", "", "no disk")
    assert as_csv.graded_in(file, grade_of().lab) == {"'=1+2, 3"}


@pytest.mark.parametrize(
    "status", [Status.GRADED, Status.DOES_NOT_COMPILE, Status.SUSPICIOUS], ids=str
)
def test_results_json_is_as_gradescope_has_published_it(tmp_path: Path, status: Status) -> None:
    file = tmp_path / "results.json"
    as_gradescope.write(grade_of(status, "a reason"), file)
    value = json.loads(file.read_text())
    assert violations(value, SCHEMA) == []
    assert value["score"] == pytest.approx(sum(test["score"] for test in value["tests"]))
    assert violations({**value, "visibility": "everyone"}, SCHEMA) != []


def test_without_a_score_gradescope_gets_no_results(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text("of an earlier run")
    with pytest.raises(Infrastructure, match="no disk"):
        as_gradescope.write(grade_of(Status.INFRASTRUCTURE_ERROR, "no disk"), file)
    assert not file.exists()
