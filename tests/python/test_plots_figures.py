"""Figures, checked by their data and by what a page really contains; never by pixels."""

from __future__ import annotations

import copy
import csv
import io
import xml.etree.ElementTree as xml

import analysis_fixture
import made_up_cells
import numpy
import pytest
from plots_pages import drawn_page

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


def test_load_figure_has_each_rate_and_the_achieved_share(content):
    rows = [row for row in rows_of(made(load, content)) if row["offered_per_s"]]
    shares = [share * made_up_cells.CAPACITY for share in made_up_cells.UTILISATIONS]
    assert {float(row["offered_per_s"]) for row in rows} == {*made_up_cells.RATES, *shares}
    for cell in content["cells"][-4:]:
        result = cell["results"][1]
        (row,) = [
            r for r in rows if r["cell"] == cell["id"] and r["contestant"] == result["contestant"]
        ]
        assert float(row["achieved"]) == pytest.approx(result["achieved"])
        for name in ("p99", "p999", "seen_p99"):
            told = [row[f"{name}_{part}"] for part in ("us", "low_95", "high_95")]
            value = result[f"{name}_us"]
            expected = [value[part] for part in ("median", "low", "high")] if value else []
            assert [float(each) for each in told if each] == pytest.approx(expected)


def test_load_figure_says_where_each_server_breaks_as_a_share_of_the_capacity(content):
    rows = [row for row in rows_of(made(load, content)) if row["breaking_per_s"]]
    expected = {
        one["contestant"]: one["rate_per_s"]
        for one in content["breaking_loads"]
        if not one["contestant"].endswith("#control")
    }
    assert {row["contestant"] for row in rows} == set(expected)
    for row in rows:
        rate = expected[row["contestant"]]
        told = [float(row[name]) for name in ("breaking_per_s", "breaking_low_95")]
        assert told == pytest.approx([rate["median"], rate["low"]])
        share = rate["median"] / made_up_cells.CAPACITY
        assert float(row["utilisation"]) == pytest.approx(share)


def test_breaking_loads_are_drawn_without_any_ladder_of_loads(content):
    closed = [cell for cell in content["cells"] if cell["mode"] == "closed"]
    rows = rows_of(made(load, content | {"cells": closed}))
    assert {row["cell"] for row in rows} == {"echo-c100-breaking"}
    assert made(load, content | {"cells": closed, "breaking_loads": []}) is None


def test_load_figure_falls_back_to_the_p99_of_all_requests(content):
    old = without(without(content, "p99_us"), "seen_p99_us")
    page = drawn_page(made(load, old), LIGHT, LAYOUTS[0])
    titles = [axes.get_title(loc="left") for axes in page.canvas.axes]
    assert "p99, echo, 100 connections" in titles
    assert not any("p99 of a typical slice" in title or "as seen" in title for title in titles)


def test_tail_ratios_hold_all_three_ratios_of_the_open_loops_and_the_control(content):
    rows = rows_of(made(tail_ratios, content))
    expected = {
        (cell["id"], result["contestant"], name): result["ratios"][name]["estimate"]
        for cell in content["cells"]
        for result in cell["results"]
        for name in ("p99", "p999", "seen_p99")
        if cell["mode"] == "open" and result["ratios"] and result["ratios"][name]
    }
    told = {(row["cell"], row["contestant"], row["quantity"]): float(row["ratio"]) for row in rows}
    assert told == pytest.approx(expected)
    assert any(name.endswith("#control") for _, name, _ in told)


def test_seen_ratios_do_not_stretch_the_scale_of_those_that_are_compared(content):
    far = copy.deepcopy(content)
    for cell in far["cells"]:
        for result in cell["results"]:
            if result["ratios"] and result["ratios"]["seen_p99"]:
                result["ratios"]["seen_p99"].update(estimate=3.5, low=0.3, high=3.9)
    pages = [drawn_page(made(tail_ratios, each), LIGHT, LAYOUTS[0]) for each in (content, far)]
    first, second = [page.canvas.axes[0].get_xlim() for page in pages]
    assert first == pytest.approx(second)


def test_heat_map_has_every_reply_of_the_contestants(content):
    rows = rows_of(made(heat, content))
    for column in content["heat"]["columns"]:
        mine = [row for row in rows if row["contestant"] == column["contestant"]]
        control = column["contestant"].endswith("#control")
        total = sum(map(sum, column["counts"]))
        assert sum(int(row["replies"]) for row in mine) == (0 if control else total)
        assert all(float(row["above_us"]) < float(row["up_to_us"]) for row in mine)


def test_heat_map_marks_a_stall_in_the_panel_of_the_server_it_hit(content):
    page = drawn_page(made(heat, content), LIGHT, LAYOUTS[0])
    columns = content["heat"]["columns"]
    for panel, column in zip(page.canvas.axes, columns):
        marks = [
            (x, y)
            for line in panel.lines
            if line.get_marker() in ("x", "+")
            for x, y in zip(*line.get_data())
        ]
        hit = [place for place in range(len(column["begin_s"])) if place % 9 == 4]
        assert sorted(x for x, _ in marks) == [place + 0.5 for place in hit]


def test_stalls_are_counted_per_second_and_none_is_drawn_as_0(content):
    figure = made(stalls, content)
    for row in rows_of(figure):
        (one,) = [each for each in content["stalls"] if each["core"] == row["core"]]
        count = one["counts"][one["edges_us"].index(int(row["at_least_us"]))]
        assert float(row["stalls_per_s"]) == pytest.approx(count / one["watched_s"])
    (panel,) = drawn_page(figure, LIGHT, LAYOUTS[0]).canvas.axes
    assert sorted(len(line.get_xdata()) for line in panel.lines) == [7, 8]
    assert "4.8 %" in figure.reading and "4.6 %" in figure.reading


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
