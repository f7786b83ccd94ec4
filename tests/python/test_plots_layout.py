"""Nothing a reader would stumble over: overlaps, text off the paper, axes without a name."""

from __future__ import annotations

import copy

import analysis_fixture
import pytest
from plots_pages import drawn_page, texts_of

from plots.figures import all_figures
from plots.load import analysis_from
from plots.page import LAYOUTS, NARROW
from plots.theme import DARK, LIGHT


@pytest.fixture(scope="module", params=[3, 8])
def content(request):
    return analysis_fixture.analysis(servers=request.param, open_loop=True)


def check(page, name):
    """Fails on text that leaves the paper or lies on other text."""
    width, height = page.canvas.get_size_inches() * page.canvas.dpi
    texts = texts_of(page)
    assert len(texts) > 10
    for text, box in texts:
        assert -1 <= box.x0 and box.x1 <= width + 1, f"{name}: {text!r} leaves the paper"
        assert -1 <= box.y0 and box.y1 <= height + 1, f"{name}: {text!r} leaves the paper"
    for place, (text, box) in enumerate(texts):
        for other, beside in texts[place + 1 :]:
            across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
            along = min(box.y1, beside.y1) - max(box.y0, beside.y0)
            assert across <= 2 or along <= 3, f"{name}: {text!r} lies on {other!r}"


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_no_text_overlaps_or_leaves_the_paper(content, layout):
    for figure in all_figures(analysis_from(content)):
        check(drawn_page(figure, DARK, layout), figure.name)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_long_workload_names_fit_too(layout):
    content = copy.deepcopy(analysis_fixture.analysis(servers=3, open_loop=True))
    for place, cell in enumerate(content["cells"]):
        cell.update(protocol="framed", connections=10_000 + place, depth=16, size=65536 + place)
    for figure in all_figures(analysis_from(content)):
        check(drawn_page(figure, LIGHT, layout), figure.name)


def test_the_check_finds_an_overlap(content):
    figure = all_figures(analysis_from(content))[0]
    page = drawn_page(figure, LIGHT, NARROW)
    text, box = texts_of(page)[0]
    width, height = page.canvas.get_size_inches() * page.canvas.dpi
    page.canvas.text((box.x0 - 9) / width, box.y0 / height, text, fontsize=8)
    with pytest.raises(AssertionError, match="lies on"):
        check(page, figure.name)


def test_every_axis_names_its_quantity(content):
    """Scales that are shown carry a label, at least in the lowest panel of their column."""
    for figure in all_figures(analysis_from(content)):
        page = drawn_page(figure, LIGHT, NARROW)
        assert page.canvas.axes[-1].get_xlabel(), figure.name
        for axes in page.canvas.axes:
            if any(label.get_text() for label in axes.get_yticklabels()):
                assert axes.get_ylabel(), figure.name
