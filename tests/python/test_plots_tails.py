"""The figures of tails, loads and stalls, checked by their data and by what is drawn."""

from __future__ import annotations

import copy
import csv
import io

import analysis_fixture
import made_up_cells
import pytest
from plots_pages import drawn_page

from experiments.runner.results.model import Analysis
from experiments.runner.typed_json import from_json
from plots.drawing.page import WIDE
from plots.drawing.theme import LIGHT
from plots.figures import heat, load, stalls, tail_ratios


@pytest.fixture(scope="module")
def content():
    return analysis_fixture.analysis(servers=3, open_loop=True)


def made(module, content):
    return module.figure(from_json(Analysis, content))


def rows_of(figure):
    return list(csv.DictReader(io.StringIO(figure.csv())))


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
    old = copy.deepcopy(content)
    for result in (result for cell in old["cells"] for result in cell["results"]):
        result.update(p99_us=None, seen_p99_us=None)
    page = drawn_page(made(load, old), LIGHT, WIDE)
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
    pages = [drawn_page(made(tail_ratios, each), LIGHT, WIDE) for each in (content, far)]
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
    page = drawn_page(made(heat, content), LIGHT, WIDE)
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
    (panel,) = drawn_page(figure, LIGHT, WIDE).canvas.axes
    assert sorted(len(line.get_xdata()) for line in panel.lines) == [7, 8]
    assert "4.8 %" in figure.reading and "4.6 %" in figure.reading
