"""Figures, checked by their data and by what a page really contains; never by pixels."""

from __future__ import annotations

import copy
import csv
import io
import xml.etree.ElementTree as xml

import analysis_fixture
import made_up_cells
import pytest

from plots.figures import all_figures, cost_ratios, cpu, gap, load, rounds, spectrum, system_calls, throughput
from plots.load import analysis_from
from plots.page import LAYOUTS
from plots.theme import LIGHT

ALL = (cost_ratios, load, spectrum, throughput, cpu, system_calls, gap, rounds)


@pytest.fixture(scope="module")
def content():
    return analysis_fixture.analysis(servers=3, open_loop=True)


def rows_of(figure):
    return list(csv.DictReader(io.StringIO(figure.csv())))


def made(module, content):
    return module.figure(analysis_from(content))


def without(content, key):
    """A copy in which every entry has null for that key."""
    changed = copy.deepcopy(content)
    for cell in changed["cells"]:
        for entry in cell["entries"]:
            entry[key] = None
    return changed


def test_every_figure_is_made_from_complete_data(content):
    names = [figure.name for figure in all_figures(analysis_from(content))]
    assert len(names) == len(set(names)) == len(ALL)


@pytest.mark.parametrize("module", ALL, ids=lambda module: module.__name__.rsplit(".", 1)[1])
def test_figure_yields_svg_png_csv_and_alternative_text(module, content):
    figure = made(module, content)
    drawing = figure.render()
    root = xml.fromstring(drawing.svg)
    assert root.tag.endswith("svg") and root.find("{http://www.w3.org/2000/svg}title").text == figure.title
    assert drawing.png.startswith(b"\x89PNG")
    assert rows_of(figure)
    assert len(figure.alt) > 60 and figure.alt.endswith(".")


@pytest.mark.parametrize("module", ALL, ids=lambda module: module.__name__.rsplit(".", 1)[1])
def test_drawing_twice_gives_the_same_bytes(module, content):
    assert made(module, content).render() == made(module, content).render()


def test_cost_ratios_hold_the_paired_ratios_and_the_control(content):
    rows = rows_of(made(cost_ratios, content))
    expected = {
        (cell["id"], entry["server"]): entry["ratio"]["cost"]
        for cell in content["cells"]
        for entry in cell["entries"]
        if entry["ratio"]
    }
    assert {(row["cell"], row["server"]) for row in rows} == set(expected)
    assert any(row["server"].endswith("#control") for row in rows)
    for row in rows:
        ratio = expected[row["cell"], row["server"]]
        assert float(row["cost_ratio"]) == pytest.approx(ratio["estimate"])
        assert (float(row["low_95"]), float(row["high_95"])) == pytest.approx((ratio["low"], ratio["high"]))
        assert row["verdict"] == ratio["verdict"]


def test_throughput_has_every_round_of_the_closed_cells(content):
    rows = rows_of(made(throughput, content))
    closed = [cell for cell in content["cells"] if cell["mode"] == "closed"]
    expected = [
        rate
        for cell in closed
        for entry in cell["entries"]
        if not entry["server"].endswith("#control")
        for rate in entry["series"]["rate_per_s"]
    ]
    assert sorted(float(row["rate_per_s"]) for row in rows) == pytest.approx(sorted(expected))


def test_cpu_and_system_calls_show_what_was_measured(content):
    entry = content["cells"][2]["entries"][1]
    key = (content["cells"][2]["id"], entry["server"])
    cpu_row = next(row for row in rows_of(made(cpu, content)) if (row["cell"], row["server"]) == key)
    calls_row = next(row for row in rows_of(made(system_calls, content)) if (row["cell"], row["server"]) == key)
    assert float(cpu_row["cpu_us"]) == pytest.approx(entry["cpu_us"]["median"])
    assert float(calls_row["syscalls_per_message"]) == pytest.approx(entry["syscalls_per_message"])
    assert cpu_row["flags"] == "UNSTABLE"


def test_spectrum_takes_service_from_closed_and_response_from_open_loops(content):
    rows = rows_of(made(spectrum, content))
    for cell in content["cells"]:
        kind = "service" if cell["mode"] == "closed" else "response"
        entry = cell["entries"][0]
        mine = [row for row in rows if row["cell"] == cell["id"] and row["server"] == entry["server"]]
        assert {row["latency"] for row in mine} == {kind}
        assert [float(row["latency_us"]) for row in mine] == pytest.approx([us for _, us in entry["spectrum"][kind]])


def test_load_figure_has_each_rate_and_the_achieved_share(content):
    rows = rows_of(made(load, content))
    assert {float(row["offered_per_s"]) for row in rows} == set(made_up_cells.RATES)
    last = content["cells"][-1]["entries"][1]
    row = next(r for r in rows if r["cell"] == content["cells"][-1]["id"] and r["server"] == last["server"])
    assert float(row["p99_us"]) == pytest.approx(last["response_us"]["p99"])
    assert float(row["achieved"]) == pytest.approx(last["achieved"])


def test_gap_is_response_over_service(content):
    for row in rows_of(made(gap, content)):
        quotient = float(row["response_p99_us"]) / float(row["service_p99_us"])
        assert float(row["response_over_service"]) == pytest.approx(quotient)


def test_rounds_are_in_run_order_over_epochs(content):
    changed = copy.deepcopy(content)
    for cell in changed["cells"]:
        for entry in cell["entries"]:
            # Rounds counted from 0 again in each epoch, listed backwards: the order must come from the numbers.
            series = entry["series"]
            series["round"] = [place % 12 for place in range(25)]
            series["epoch"] = [place // 12 for place in range(25)]
            for values in series.values():
                values.reverse()
    rows = [row for row in rows_of(made(rounds, changed)) if row["cell"] == "echo-c1-d1"]
    mine = {int(row["place"]): (int(row["epoch"]), int(row["round"])) for row in rows}
    assert [mine[place] for place in range(1, 26)] == sorted(mine.values())
    series = changed["cells"][0]["entries"][0]["series"]
    first = next(r for r in rows if r["place"] == "1" and r["server"] == changed["cells"][0]["entries"][0]["server"])
    assert float(first["rate_per_s"]) == pytest.approx(series["rate_per_s"][-1])


@pytest.mark.parametrize(
    "key, absent",
    [
        ("ratio", {"cost-ratios"}),
        ("rate_per_s", {"throughput"}),
        ("cpu_us", {"cpu-per-message"}),
        ("syscalls_per_message", {"system-calls"}),
        ("spectrum", {"latency-spectrum"}),
        ("response_us", {"response-by-load", "response-service-gap"}),
        ("service_us", {"response-service-gap"}),
        ("series", {"rounds"}),
    ],
)
def test_figure_without_data_is_left_out_and_the_others_stay(key, absent, content):
    complete = {figure.name for figure in all_figures(analysis_from(content))}
    left = {figure.name for figure in all_figures(analysis_from(without(content, key)))}
    assert complete - left == absent


def test_closed_loop_only_has_no_open_loop_figures():
    names = {figure.name for figure in all_figures(analysis_from(analysis_fixture.analysis()))}
    assert names == {"cost-ratios", "latency-spectrum", "throughput", "cpu-per-message", "system-calls", "rounds"}


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_single_nulls_and_a_missing_contestant_are_drawn(layout, content):
    changed = copy.deepcopy(content)
    entry = changed["cells"][0]["entries"][1]
    entry["cpu_us"] = entry["syscalls_per_message"] = entry["service_us"] = None
    entry["rate_per_s"] = {"median": 1000.0, "low": None, "high": None}
    entry["ratio"]["cost"].update(low=None, high=None)
    entry["series"]["rate_per_s"][3] = None
    entry["series"]["steal"] = [None] * 25
    entry["series"]["cpu_us"] = [float("nan")] * 25
    changed["cells"][1]["entries"] = changed["cells"][1]["entries"][:2]
    changed["cells"][2]["entries"][2]["ratio"]["cost"] = None
    for figure in all_figures(analysis_from(changed)):
        xml.fromstring(figure.render(LIGHT, layout, png=False).svg)
        assert "nan" not in figure.csv()
