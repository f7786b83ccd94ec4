"""What the terminal shows: findings first, nothing broken at any width."""

import io
import re

import pytest
from rich.console import Console

from analysis_fixture import analysis
from experiments.runner.plan.margins import Quantity
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
    for heading in ("server", "messages/s", "cost ratio", "verdict"):
        assert heading in text
    assert max(map(len, text.splitlines())) <= width
    assert "(1.1" in text and text.count("reactor-libevent") > 5


def test_a_wide_terminal_shows_everything() -> None:
    text = shown(analysis(), 200)
    for heading in ("CPU us", "p50", "p99", "needs", "flags"):
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
    assert text.index("text 7") < text.index("cost ratio")


def test_a_measurement_without_cells_has_no_table() -> None:
    finding = {"kind": "nothing measured", "text": "Nothing was measured."}
    content = {**analysis(), "cells": [], "findings": [finding], "warnings": []}
    assert shown(content, 120) == "Nothing was measured.\n"


def test_an_interval_beside_1_that_is_inconclusive_is_explained() -> None:
    content = analysis()
    cost = content["cells"][0]["results"][1]["ratios"]["cost"]
    cost.update(estimate=0.919, low=0.896, high=0.957, verdict="inconclusive", rounds_needed=27)
    text = shown(content, 200)
    assert re.search(r"0\.919 \(0\.896 to 0\.957\) +inconclusive\* .* 27 ", text)
    compared = from_json(Analysis, content).comparisons(Quantity.COST)
    assert f"* the interval excludes 1, but not after correction for {compared} comp" in text


def test_an_interval_around_1_needs_no_explanation() -> None:
    content = analysis()
    for cell in content["cells"]:
        for result in cell["results"]:
            if result["ratios"]:
                result["ratios"]["cost"].update(low=0.9, high=1.1, verdict="inconclusive")
    assert "after correction" not in shown(content, 200)
