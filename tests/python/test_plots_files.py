"""What the report writes beside itself, what it does without, and bad input in one line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import analysis_fixture
import pytest

from experiments.runner import schemas
from plots.report.html import write_report
from plots.report.picture import write_picture
from plots.report.reading import ReportError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def small():
    """One workload only."""
    complete = analysis_fixture.analysis(servers=3)
    return complete | {"cells": complete["cells"][2:3]}


@pytest.fixture(scope="module")
def results(tmp_path_factory, small):
    place = analysis_fixture.write_results(tmp_path_factory.mktemp("files") / "results", small)
    write_report(place)
    return place


def test_the_made_up_analysis_is_what_the_runner_promises():
    made_up = analysis_fixture.analysis(servers=8, open_loop=True)
    assert schemas.violations(made_up, schemas.load("analysis")) == []


def test_no_file_of_the_runner_is_overwritten(results):
    written = {path.name for path in (results / "derived").glob("*.csv")}
    assert written and all(name.startswith("figure-") for name in written)


def test_nothing_unfinished_is_left(results):
    assert not list(results.rglob("*.part"))


def test_pictures_are_written_in_both_themes(results, tmp_path):
    for name in ("cost-ratios", "rounds"):
        for suffix in (".svg", "-dark.svg", ".png"):
            assert (results / "figures" / f"{name}{suffix}").stat().st_size > 1000
    written = write_picture(results, "cost-ratios", tmp_path / "docs", "headline")
    names = ["headline.svg", "headline.png", "headline-dark.svg", "headline-dark.png"]
    assert [path.name for path in written] == names
    assert (tmp_path / "docs" / "headline.svg").read_bytes() == (
        results / "figures" / "cost-ratios.svg"
    ).read_bytes()
    with pytest.raises(ReportError, match="no figure 'pie', only: cost-ratios"):
        write_picture(results, "pie", tmp_path)


def test_a_picture_can_be_limited_to_some_workloads(tmp_path):
    content = analysis_fixture.analysis(servers=3, rounds=5)
    place = analysis_fixture.write_results(tmp_path / "results", content)
    svg = write_picture(
        place, "cpu-per-message", tmp_path, cells=["framed-c100-d16", "echo-c1-d1"]
    )[0].read_text()
    told = svg.split("<desc>")[1].split("</desc>")[0]
    assert told.index("framed, 100 connections, depth 16") < told.index(
        "echo, 1 connection, depth 1"
    )
    assert "1,000 connections" not in told
    with pytest.raises(ReportError, match="no cell 'echo-c7-d1', only: echo-c1-d1, echo-c10-d1"):
        write_picture(place, "cpu-per-message", tmp_path, cells=["echo-c7-d1"])


def test_without_manifest_plan_and_slices_there_is_still_a_report(tmp_path, small):
    (tmp_path / "derived").mkdir()
    (tmp_path / "derived" / "analysis.json").write_text(json.dumps(small))
    text = write_report(tmp_path).read_text()
    assert "no manifest.json" in text and "slices.jsonl is not in this folder" in text


def test_nothing_measured_is_said(tmp_path, small):
    (tmp_path / "derived").mkdir()
    empty = small | {"cells": [], "findings": [], "warnings": []}
    (tmp_path / "derived" / "analysis.json").write_text(json.dumps(empty))
    text = write_report(tmp_path).read_text()
    assert (
        "Nothing was measured that could be drawn." in text and "Nothing could be compared." in text
    )


@pytest.mark.parametrize(
    "text, complaint",
    [
        (None, "is missing"),
        ("{", "is not JSON"),
        ("[]", "holds no JSON object"),
        ('{"schema": 7}', "has schema 7, this version reads 3"),
        ('{"schema": 3}', "lacks the key 'experiment'"),
        ('{"schema": 3, "experiment": 5}', "experiment: int is not str"),
    ],
)
def test_bad_input_is_one_line_and_status_1(tmp_path, text, complaint):
    (tmp_path / "derived").mkdir()
    if text is not None:
        (tmp_path / "derived" / "analysis.json").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "plots", str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1 and done.stdout == ""
    assert complaint in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "report.html").exists()


def test_wrong_command_line_is_status_2():
    done = subprocess.run([sys.executable, "-m", "plots"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("usage:")
