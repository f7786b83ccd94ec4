"""How data become marks: what is hollow, what is at the edge, which colours are used."""

from __future__ import annotations

import copy
import re

import pytest

import analysis_fixture
from experiments.runner.results.model import Analysis
from experiments.runner.typed_json import from_json
from plots.drawing.page import WIDE
from plots.drawing.svg import recoloured
from plots.drawing.theme import DARK, LIGHT, THEMES, recolouring
from plots.figures import all_figures, cost_ratios, cpu, load, rounds
from plots_pages import drawn_page


@pytest.fixture(scope="module")
def content():
    return analysis_fixture.analysis(servers=3)


def made(module, content):
    return module.figure(from_json(Analysis, content))


def test_a_ratio_off_the_scale_is_drawn_at_the_edge_but_kept_in_the_data(content):
    changed = copy.deepcopy(content)
    changed["cells"][0]["results"][1]["ratios"]["cost"].update(estimate=30.0, low=28.0, high=33.0)
    figure = made(cost_ratios, changed)
    assert 30.0 in {row[figure.table.columns.index("ratio")] for row in figure.table.rows}
    page = drawn_page(figure, LIGHT, WIDE)
    assert page.canvas.axes[0].get_xlim()[1] < 6


def test_flagged_entries_are_hollow_and_others_are_not(content):
    page = drawn_page(made(cpu, content), LIGHT, WIDE)
    flagged = next(
        axes
        for axes in page.canvas.axes
        if axes.get_title(loc="left") == "echo, 100 connections, depth 1"
    )
    hollow = [
        line
        for line in flagged.lines
        if line.get_marker() == "o" and line.get_markerfacecolor() == LIGHT.paper
    ]
    assert len(hollow) == 1
    others = [axes for axes in page.canvas.axes if axes is not flagged]
    assert not [
        line for axes in others for line in axes.lines if line.get_markerfacecolor() == LIGHT.paper
    ]


def test_recolouring_gives_what_drawing_in_the_dark_would():
    content = analysis_fixture.analysis(servers=8, open_loop=True, rounds=5)
    analysis = from_json(Analysis, content | {"cells": content["cells"][3:7]})
    dark = recolouring(analysis, LIGHT, DARK)
    assert len(set(dark.values())) == len(dark), "two colours of one theme would become one"

    def without_names(svg):
        return re.sub(r"\b[mp][0-9a-f]{10}\b", "", svg)

    for figure in all_figures(analysis):
        light = figure.render(LIGHT, WIDE, png=False).svg
        drawn = figure.render(DARK, WIDE, png=False).svg
        assert light != drawn
        assert without_names(recoloured(light, dark)) == without_names(drawn), figure.name


def test_both_themes_draw_the_same_table_in_their_own_colours(content):
    figure = made(cpu, content)
    drawings = [figure.render(theme, WIDE, png=False).svg for theme in THEMES]
    for theme, svg, other in zip(THEMES, drawings, reversed(THEMES)):
        assert theme.paper in svg and theme.pattern("proactor") in svg
        assert other.pattern("proactor") not in svg


@pytest.fixture(scope="module")
def offered():
    content = analysis_fixture.analysis(servers=3, open_loop=True, rounds=5)
    return content | {"cells": [cell for cell in content["cells"] if cell["mode"] == "open"]}


def test_achieved_shows_the_lowest_share_also_in_the_middle_of_the_ladder(offered):
    changed = copy.deepcopy(offered)
    changed["cells"][1]["results"][1]["achieved"] = 0.4
    for content, low, high in ((offered, 0.85, 0.97), (changed, 0.3, 0.4)):
        page = drawn_page(made(load, content), LIGHT, WIDE)
        panel = [
            axes for axes in page.canvas.axes if axes.get_title(loc="left") == "Load achieved"
        ][-1]
        assert low < panel.get_ylim()[0] < high and panel.get_ylim()[1] > 1


def test_rounds_of_an_open_loop_are_response_times(offered):
    page = drawn_page(made(rounds, offered), LIGHT, WIDE)
    assert {axes.get_ylabel() for axes in page.canvas.axes} == {"response p99 (µs)", "steal (%)"}


def test_a_point_at_the_edge_of_its_panel_is_whole(content):
    page = drawn_page(made(cpu, content), LIGHT, WIDE)
    points = [
        line for axes in page.canvas.axes for line in axes.lines if line.get_markersize() == 5
    ]
    assert points and not any(line.get_clip_on() for line in points)
