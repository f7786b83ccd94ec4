"""Nothing a reader would stumble over: overlaps, text off the paper, axes without a name."""

from __future__ import annotations

import copy

import analysis_fixture
import numpy
import pytest
from plots_pages import drawn_page, texts_of

from experiments.runner.results.model import Analysis
from experiments.runner.typed_json import from_json
from plots.drawing.page import LAYOUTS, NARROW
from plots.drawing.theme import DARK, LIGHT
from plots.figures import all_figures


@pytest.fixture(scope="module", params=[3, 8, 15])
def content(request):
    complete = analysis_fixture.analysis(servers=request.param, open_loop=True, rounds=12)
    return complete | {
        "cells": [complete["cells"][place] for place in (0, 2, 3, 5, 6, 8, 9, 11, 12)]
    }


def check(page, name):
    """Fails on text that leaves the paper or lies on other text."""
    texts = texts_of(page)
    assert len(texts) > 10
    words = [text for text, _ in texts]
    left, bottom, right, top = numpy.array([box.extents for _, box in texts]).T
    width, height = page.canvas.get_size_inches() * page.canvas.dpi
    outside = (left < -1) | (right > width + 1) | (bottom < -1) | (top > height + 1)
    assert not outside.any(), f"{name}: {words[outside.argmax()]!r} leaves the paper"
    across = numpy.minimum.outer(right, right) - numpy.maximum.outer(left, left)
    along = numpy.minimum.outer(top, top) - numpy.maximum.outer(bottom, bottom)
    pairs = numpy.argwhere(numpy.triu((across > 2) & (along > 3), 1))
    assert not len(pairs), f"{name}: {words[pairs[0][0]]!r} lies on {words[pairs[0][1]]!r}"


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_no_text_overlaps_or_leaves_the_paper(content, layout):
    for figure in all_figures(from_json(Analysis, content)):
        check(drawn_page(figure, DARK, layout), figure.name)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_long_workload_names_fit_too(layout):
    content = copy.deepcopy(analysis_fixture.analysis(servers=3, open_loop=True))
    for place, cell in enumerate(content["cells"]):
        cell.update(protocol="framed", connections=10_000 + place, depth=16, size=65536 + place)
        cell.update(idle=50_000)
    for figure in all_figures(from_json(Analysis, content)):
        check(drawn_page(figure, LIGHT, layout), figure.name)


def test_the_check_finds_an_overlap(content):
    figure = all_figures(from_json(Analysis, content))[0]
    page = drawn_page(figure, LIGHT, NARROW)
    text, box = texts_of(page)[0]
    width, height = page.canvas.get_size_inches() * page.canvas.dpi
    page.canvas.text((box.x0 - 9) / width, box.y0 / height, text, fontsize=8)
    with pytest.raises(AssertionError, match="lies on"):
        check(page, figure.name)


def test_every_axis_names_its_quantity(content):
    """Scales that are shown carry a label, at least in the lowest panel of their column."""
    for figure in all_figures(from_json(Analysis, content)):
        page = drawn_page(figure, LIGHT, NARROW)
        assert page.canvas.axes[-1].get_xlabel(), figure.name
        for axes in page.canvas.axes:
            if any(label.get_text() for label in axes.get_yticklabels()):
                assert axes.get_ylabel(), figure.name
