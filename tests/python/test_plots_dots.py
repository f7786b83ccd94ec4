"""Hundreds of rounds, drawn as few dots that still say where all of them lay."""

from __future__ import annotations

import random

import analysis_fixture
import numpy
import pytest
from plots_pages import drawn_page

from experiments.runner.results.model import Analysis
from experiments.runner.typed_json import from_json
from plots.drawing.dots import MOST, thinned
from plots.drawing.page import WIDE
from plots.drawing.strips import Strip, within_reach
from plots.drawing.theme import LIGHT, Look
from plots.figures import cpu, rounds

LOOK = Look("#000000", "o", "-", "reactor", False)


def test_few_rounds_are_all_kept_but_for_those_that_are_missing():
    assert thinned([3.0, None, 1.0, float("nan"), 2.0]) == [0, 2, 4]
    assert thinned([]) == []


@pytest.mark.parametrize("count", [41, 285, 850])
def test_many_rounds_keep_their_extremes_order_and_quantiles(count):
    source = random.Random(count)
    values = [source.lognormvariate(3, 0.5) for _ in range(count)]
    kept = thinned(values)
    assert len(kept) == len(set(kept)) == MOST and kept == sorted(kept)
    drawn = [values[place] for place in kept]
    assert {min(values), max(values)} <= set(drawn)
    for share in (0.25, 0.5, 0.75):
        assert numpy.quantile(drawn, share) == pytest.approx(
            numpy.quantile(values, share), rel=0.06
        )


def test_a_round_far_away_becomes_an_arrow():
    near = Strip("a", LOOK, 10.0, 9.0, 11.0, [8.0, 9.0, 19.0])
    far = Strip("b", LOOK, 5.0, None, None, [5.0, 102.0])
    first, second = within_reach([near, far])
    assert not first.farther and list(first.dots) == [8.0, 9.0, 19.0]
    assert second.farther and list(second.dots) == [5.0]


def test_hundreds_of_rounds_make_a_drawing_hardly_larger_than_a_few():
    sizes = []
    for count in (60, 600):
        content = analysis_fixture.analysis(rounds=count)
        content["cells"] = content["cells"][:1]
        analysis = from_json(Analysis, content)
        made = [module.figure(analysis) for module in (cpu, rounds)]
        sizes.append(sum(len(figure.render(png=False).svg) for figure in made))
        assert len(made[1].table.rows) == 3 * count
    assert sizes[1] < 1.15 * sizes[0]


def test_points_of_rounds_are_medians_within_an_epoch():
    content = analysis_fixture.analysis(rounds=600)
    content["cells"] = content["cells"][:1]
    panel = drawn_page(rounds.figure(from_json(Analysis, content)), LIGHT, WIDE).canvas.axes[0]
    series = content["cells"][0]["results"][0]["series"]["rate_per_s"]
    line = next(line for line in panel.lines if len(line.get_xdata()) > 40)
    together = -(-600 // rounds.MOST)
    assert line.get_ydata()[0] == pytest.approx(numpy.median(series[:together]))
    assert len(line.get_xdata()) <= rounds.MOST + 2
