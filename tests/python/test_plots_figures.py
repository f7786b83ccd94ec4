"""Figures, checked by their data and by what a page really contains; never by pixels."""

from __future__ import annotations

import copy
import csv
import io
import xml.etree.ElementTree as xml

import analysis_fixture
import numpy
import pytest

from experiments.runner.results.model import Analysis
from experiments.runner.typed_json import from_json
from plots.drawing.page import LAYOUTS
from plots.drawing.theme import LIGHT
from plots.figures import (
    all_figures,
    cost_ratios,
    cpu,
    gap,
    heat,
    load,
    rounds,
    spectrum,
    stalls,
    system_calls,
    tail_ratios,
    throughput,
)

ALL = (
    cost_ratios,
    tail_ratios,
    load,
    spectrum,
    heat,
    stalls,
    throughput,
    cpu,
    system_calls,
    gap,
    rounds,
)


@pytest.fixture(scope="module")
def content():
    return analysis_fixture.analysis(servers=3, open_loop=True)


def rows_of(figure):
    return list(csv.DictReader(io.StringIO(figure.csv())))


def made(module, content):
    return module.figure(from_json(Analysis, content))


def without(content, key):
    """A copy in which no result has data for that key."""
    no_data = {
        "spectrum": {
            "service": [],
            "response": None,
            "undisturbed": None,
            "undisturbed_span": [],
        },
        "series": dict.fromkeys(content["cells"][0]["results"][0]["series"], []),
    }
    changed = copy.deepcopy(content)
    for cell in changed["cells"]:
        for result in cell["results"]:
            result[key] = no_data.get(key)
    return changed


def test_every_figure_is_made_from_complete_data(content):
    names = [figure.name for figure in all_figures(from_json(Analysis, content))]
    assert len(names) == len(set(names)) == len(ALL)


@pytest.mark.parametrize("module", ALL, ids=lambda module: module.__name__.rsplit(".", 1)[1])
def test_figure_yields_svg_png_csv_and_alternative_text(module, content):
    figure = made(module, content)
    drawing = figure.render()
    root = xml.fromstring(drawing.svg)
    assert (
        root.tag.endswith("svg")
        and root.find("{http://www.w3.org/2000/svg}title").text == figure.title
    )
    assert drawing.png.startswith(b"\x89PNG")
    assert rows_of(figure)
    assert len(figure.alt) > 60 and figure.alt.endswith(".")


@pytest.mark.parametrize("module", ALL, ids=lambda module: module.__name__.rsplit(".", 1)[1])
def test_drawing_twice_gives_the_same_bytes(module, content):
    assert made(module, content).render() == made(module, content).render()


def test_cost_ratios_hold_the_paired_ratios_and_the_control(content):
    rows = rows_of(made(cost_ratios, content))
    expected = {
        (cell["id"], result["contestant"]): result["ratios"]["cost"]
        for cell in content["cells"]
        for result in cell["results"]
        if result["ratios"]
    }
    assert {(row["cell"], row["contestant"]) for row in rows} == set(expected)
    assert any(row["contestant"].endswith("#control") for row in rows)
    for row in rows:
        ratio = expected[row["cell"], row["contestant"]]
        assert float(row["ratio"]) == pytest.approx(ratio["estimate"])
        assert (float(row["low_95"]), float(row["high_95"])) == pytest.approx(
            (ratio["low"], ratio["high"])
        )
        assert row["verdict"] == ratio["verdict"]


def test_throughput_has_every_round_of_the_closed_cells(content):
    rows = rows_of(made(throughput, content))
    closed = [cell for cell in content["cells"] if cell["mode"] == "closed"]
    expected = [
        rate
        for cell in closed
        for result in cell["results"]
        if not result["contestant"].endswith("#control")
        for rate in result["series"]["rate_per_s"]
    ]
    assert sorted(float(row["rate_per_s"]) for row in rows) == pytest.approx(sorted(expected))


def test_cpu_and_system_calls_show_what_was_measured(content):
    result = content["cells"][2]["results"][1]
    key = (content["cells"][2]["id"], result["contestant"])
    cpu_row = next(
        row for row in rows_of(made(cpu, content)) if (row["cell"], row["contestant"]) == key
    )
    calls_row = next(
        row
        for row in rows_of(made(system_calls, content))
        if (row["cell"], row["contestant"]) == key
    )
    assert float(cpu_row["cpu_us"]) == pytest.approx(result["cpu_us"]["median"])
    assert float(calls_row["syscalls_per_message"]) == pytest.approx(result["syscalls_per_message"])
    assert cpu_row["flags"] == "UNSTABLE"


def test_spectrum_takes_service_from_closed_and_both_tails_from_open_loops(content):
    rows = rows_of(made(spectrum, content))
    for cell in content["cells"]:
        kinds = {"service"} if cell["mode"] == "closed" else {"response", "undisturbed"}
        result = cell["results"][0]
        mine = [
            row
            for row in rows
            if row["cell"] == cell["id"] and row["contestant"] == result["contestant"]
        ]
        assert {row["latency"] for row in mine} == kinds
        for kind in kinds:
            drawn = [float(row["latency_us"]) for row in mine if row["latency"] == kind]
            assert drawn == pytest.approx([us for _, us in result["spectrum"][kind]])
        span = [
            (float(row["percentile"]), float(row["low_us"]), float(row["high_us"]))
            for row in mine
            if row["low_us"]
        ]
        expected = result["spectrum"]["undisturbed_span"]
        assert numpy.array(span) == pytest.approx(numpy.array(expected, dtype=float))


def test_gap_is_response_over_service(content):
    for row in rows_of(made(gap, content)):
        quotient = float(row["response_p99_us"]) / float(row["service_p99_us"])
        assert float(row["response_over_service"]) == pytest.approx(quotient)


def test_rounds_are_in_run_order_over_epochs(content):
    changed = copy.deepcopy(content)
    for cell in changed["cells"]:
        for result in cell["results"]:
            # Rounds counted from 0 again in each epoch, listed backwards: the order must come from
            # the numbers.
            series = result["series"]
            series["round"] = [place % 12 for place in range(25)]
            series["epoch"] = [place // 12 for place in range(25)]
            for values in series.values():
                values.reverse()
    rows = [row for row in rows_of(made(rounds, changed)) if row["cell"] == "echo-c1-d1"]
    mine = {int(row["place"]): (int(row["epoch"]), int(row["round"])) for row in rows}
    assert [mine[place] for place in range(1, 26)] == sorted(mine.values())
    series = changed["cells"][0]["results"][0]["series"]
    first = next(
        r
        for r in rows
        if r["place"] == "1" and r["contestant"] == changed["cells"][0]["results"][0]["contestant"]
    )
    assert float(first["rate_per_s"]) == pytest.approx(series["rate_per_s"][-1])


@pytest.mark.parametrize(
    "key, absent",
    [
        ("ratios", {"cost-ratios", "tail-ratios"}),
        ("rate_per_s", {"throughput"}),
        ("cpu_us", {"cpu-per-message"}),
        ("syscalls_per_message", {"system-calls"}),
        ("spectrum", {"latency-spectrum"}),
        ("response_us", {"response-service-gap"}),
        ("service_us", {"response-service-gap"}),
        ("series", {"rounds"}),
    ],
)
def test_figure_without_data_is_left_out_and_the_others_stay(key, absent, content):
    complete = {figure.name for figure in all_figures(from_json(Analysis, content))}
    left = {figure.name for figure in all_figures(from_json(Analysis, without(content, key)))}
    assert complete - left == absent


@pytest.mark.parametrize(
    "key, nothing, absent",
    [
        ("stalls", [], "stalls"),
        ("heat", None, "latency-over-time"),
    ],
)
def test_what_the_machine_did_is_left_out_where_nobody_watched(key, nothing, absent, content):
    complete = {figure.name for figure in all_figures(from_json(Analysis, content))}
    left = {figure.name for figure in all_figures(from_json(Analysis, content | {key: nothing}))}
    assert complete - left == {absent}


def test_tail_ratios_need_a_p99(content):
    changed = copy.deepcopy(content)
    for cell in changed["cells"]:
        for result in cell["results"]:
            if result["ratios"]:
                result["ratios"]["p99"] = None
    assert made(tail_ratios, changed) is None


def test_closed_loop_only_has_no_open_loop_figures():
    names = {
        figure.name for figure in all_figures(from_json(Analysis, analysis_fixture.analysis()))
    }
    assert names == {
        "cost-ratios",
        "tail-ratios",
        "latency-spectrum",
        "throughput",
        "cpu-per-message",
        "system-calls",
        "rounds",
    }


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_single_nulls_and_a_missing_contestant_are_drawn(layout, content):
    changed = copy.deepcopy(content)
    result = changed["cells"][0]["results"][1]
    result["cpu_us"] = result["syscalls_per_message"] = result["service_us"] = None
    result["rate_per_s"] = {"median": 1000.0, "low": None, "high": None}
    result["ratios"]["cost"].update(low=None, high=None)
    result["series"]["rate_per_s"][3] = None
    result["series"]["steal"] = [None] * 25
    result["series"]["cpu_us"] = [float("nan")] * 25
    changed["cells"][1]["results"] = changed["cells"][1]["results"][:2]
    changed["cells"][2]["results"][2]["ratios"]["cost"] = None
    for figure in all_figures(from_json(Analysis, changed)):
        xml.fromstring(figure.render(LIGHT, layout, png=False).svg)
        assert "nan" not in figure.csv()
