"""What the terminal shows: findings first, nothing broken at any width."""

import io

import pytest
from rich.console import Console

from analysis_fixture import analysis
from experiments.runner.results.model import Analysis
from experiments.runner.results.summary import show
from experiments.runner.typed_json import from_json


def shown(content: dict, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    show(from_json(Analysis, content), console)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_no_figure_is_cut_off_at_any_width(width: int) -> None:
    text = shown(analysis(open_loop=True), width)
    assert "…" not in text
    for heading in ("workload", "server", "CPU us", "cost ratio"):
        assert heading in text
    assert "(1.1" in text and text.count("reactor-libevent") > 5


def test_a_wide_terminal_shows_everything() -> None:
    text = shown(analysis(), 200)
    for heading in ("messages/s", "p50", "p99", "verdict", "flags"):
        assert heading in text


def test_findings_and_warnings_come_before_the_table() -> None:
    content = analysis()
    content["findings"] = [{"kind": "invalid", "text": "INVALID: it is [broken]"}]
    content["warnings"] = [
        {
            "flag": "NOISY",
            "cell": f"cell-{n}",
            "contestant": "s",
            "figure": "f",
            "text": f"text {n}",
        }
        for n in range(12)
    ]
    text = shown(content, 200)
    assert text.startswith("INVALID: it is [broken]\nNOISY s, cell-0: text 0\n")
    assert "and 4 more kinds of warning" in text
    assert text.index("text 7") < text.index("workload")


def test_a_measurement_without_cells_has_no_table() -> None:
    finding = {"kind": "nothing measured", "text": "Nothing was measured."}
    content = {**analysis(), "cells": [], "findings": [finding], "warnings": []}
    assert shown(content, 120) == "Nothing was measured.\n"
