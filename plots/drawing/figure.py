"""A figure: one object that yields SVG, PNG, CSV and alternative text from the same data."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Callable

import numpy
from matplotlib import rc_context, rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from plots.drawing.inline import inline
from plots.drawing.page import WIDE, Layout, Page
from plots.drawing.svg import tidy
from plots.drawing.theme import LIGHT, Theme

PIXELS_PER_INCH = 96
COLOURS = 200

Value = str | int | float | None


@dataclass(frozen=True)
class Table:
    """The data a figure draws, one row per drawn thing; units are in the column names."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def csv(self) -> str:
        """Comma-separated text with a header; the same table always gives the same bytes."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_text(value) for value in row] for row in self.rows)
        return out.getvalue()


@dataclass(frozen=True)
class Drawing:
    """A figure drawn for one theme and layout.

    Its size is in pixels of a screen; the PNG has twice as many.
    """

    svg: str
    png: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Figure:
    """`reading` is one or two sentences on how to read it; `draw` fills a page it is given."""

    name: str
    title: str
    reading: str
    alt: str
    table: Table
    draw: Callable[[Page], None]

    def page(self, theme: Theme = LIGHT, layout: Layout = WIDE) -> Page:
        """Draws it, once for drawing() and inline(): that is what takes long."""
        with theme.applied():
            page = Page(theme, layout, self.title)
            self.draw(page)
        return page

    def render(self, theme: Theme = LIGHT, layout: Layout = WIDE, png: bool = True) -> Drawing:
        """Draws it once; repeatable byte for byte with one version of matplotlib."""
        return self.drawing(self.page(theme, layout), png)

    def drawing(self, page: Page, png: bool = True) -> Drawing:
        """Its page as files."""
        pixels = io.BytesIO()
        with page.theme.applied():
            svg = _svg(page)
            if png:
                _png(page, pixels)
        width, height = (
            round(inches * PIXELS_PER_INCH) for inches in page.canvas.get_size_inches()
        )
        return Drawing(tidy(svg, self.title, self.alt), pixels.getvalue(), width, height)

    def inline(self, prefix: str, page: Page, colours: dict[str, str]) -> str:
        """Its page as part of one whose variables have the theme's colours; see inline.inline()."""
        with page.theme.applied(), rc_context({"svg.fonttype": "none"}):
            svg = _svg(page)
        return inline(svg, page.layout.name, prefix, self.alt, colours)

    def csv(self) -> str:
        """The drawn data."""
        return self.table.csv()


def _png(page: Page, out: io.BytesIO) -> None:
    """With a palette: a third of the size, and the few colours of a drawing look the same."""
    canvas = FigureCanvasAgg(page.canvas)
    page.canvas.set_dpi(rcParams["savefig.dpi"])
    canvas.draw()
    picture = Image.fromarray(numpy.asarray(canvas.buffer_rgba())).convert("RGB")
    sample = picture.resize([side // 3 for side in picture.size], Image.Resampling.NEAREST)
    palette = sample.quantize(COLOURS, Image.Quantize.MEDIANCUT)
    picture.quantize(palette=palette, dither=Image.Dither.NONE).save(out, "png")


def _svg(page: Page) -> str:
    out = io.StringIO()
    page.canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return format(value, ".9g")
    return str(value)
