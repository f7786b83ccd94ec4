"""What a drawn page holds; for the tests of plots/."""

from __future__ import annotations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from plots.drawing.figure import Figure
from plots.drawing.page import Layout, Page
from plots.drawing.theme import Theme


def drawn_page(figure: Figure, theme: Theme, layout: Layout) -> Page:
    """The page after the figure has drawn on it."""
    with theme.applied():
        page = Page(theme, layout, figure.title)
        figure.draw(page)
    return page


def texts_of(page: Page) -> list[tuple[str, object]]:
    """(text, bounding box in pixels) of everything written on a page."""
    canvas = FigureCanvasAgg(page.canvas)
    canvas.draw()
    renderer = canvas.get_renderer()
    unseen = {
        id(label)
        for axes in page.canvas.axes
        for label in _unseen(axes.xaxis) + _unseen(axes.yaxis)
    }
    texts = [
        text for text in page.canvas.findobj(Text) if text.get_visible() and text.get_text().strip()
    ]
    return [
        (text.get_text(), text.get_window_extent(renderer))
        for text in texts
        if id(text) not in unseen
    ]


def _unseen(axis) -> list[Text]:
    """Labels of ticks beyond the limits: matplotlib keeps them but does not draw them."""
    low, high = sorted(axis.get_view_interval())
    ticks = (*axis.get_major_ticks(), *axis.get_minor_ticks())
    return [
        label
        for tick in ticks
        if not low <= tick.get_loc() <= high
        for label in (tick.label1, tick.label2)
    ]
