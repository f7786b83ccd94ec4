"""Lays out one picture in inches: title, key, then rows of panels, height as needed.

A page is drawn for one theme and one layout. The narrow layout is for telephones: one
column, contestants named in the key or above their row instead of beside the panel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D

from plots.drawing.text import LINE, text_width, wrap
from plots.drawing.theme import Theme

KEY_SIZE = 8.5
EDGE = 0.02
"""Inches between the paper's edge and the text of the head."""
SWATCH = {True: 0.34, False: 0.17}
"""Width of a sample in the key, inches, with a line and without."""


@dataclass(frozen=True)
class Layout:
    """Width in inches (72 points, 96 screen pixels each) and panels side by side."""

    name: str
    width: float
    columns: int

    @property
    def narrow(self) -> bool:
        """True for the telephone layout."""
        return self.columns == 1


WIDE = Layout("wide", 10.0, 2)
NARROW = Layout("narrow", 3.85, 1)
LAYOUTS = (WIDE, NARROW)


@dataclass(frozen=True)
class KeyItem:
    """A line of the key: what the sample looks like and what it means."""

    text: str
    colour: str
    marker: str = ""
    dashes: object = ""
    hollow: bool = False
    alpha: float = 1.0
    thin: bool = False


@dataclass(frozen=True)
class Margins:
    """Space around a panel, inches. `first` replaces `left` in the first column if given."""

    left: float = 0.6
    right: float = 0.15
    above: float = 0.34
    below: float = 0.52
    first: float | None = None


@dataclass(frozen=True)
class Row:
    """A row of panels, left-aligned in `slots` equal places, with their inner height in inches."""

    panels: int
    slots: int
    height: float
    margins: Margins


def tiled(
    panels: int, columns: int, height: float, margins: Margins, below: float | None = None
) -> list[Row]:
    """Rows that hold so many equal panels.

    `below` is the margin below all rows but the last, where only that one has an axis label.
    """
    inner = margins if below is None else replace(margins, below=below)
    starts = range(0, panels, columns)
    return [
        Row(
            min(columns, panels - start), columns, height, margins if start == starts[-1] else inner
        )
        for start in starts
    ]


class Page:
    """Collects headings, then makes the panels; the height follows from both."""

    def __init__(self, theme: Theme, layout: Layout, title: str):
        self.theme = theme
        self.layout = layout
        self.canvas = Canvas(figsize=(layout.width, 1.0))
        self._pending: list[tuple[float, float, str, dict[str, object]]] = []
        self._samples: list[tuple[float, float, KeyItem]] = []
        self._cursor = 0.08
        self.heading(title, size=12, weight="bold")

    def heading(self, text: str, size: float = 9, **how: object) -> None:
        """A paragraph across the page, wrapped to its width."""
        for line in wrap(text, size, self.layout.width - 0.04, bold=how.get("weight") == "bold"):
            self._pending.append((EDGE, self._cursor, line, {"fontsize": size, **how}))
            self._cursor += size * LINE / 72
        self._cursor += 0.05

    def note(self, text: str) -> None:
        """A paragraph in the colour of notes."""
        self.heading(text, color=self.theme.muted)

    def key(self, items: Sequence[KeyItem]) -> None:
        """Samples with their meaning, flowing over as many lines as they need."""
        x, line = EDGE, KEY_SIZE * 1.6 / 72
        for item in items:
            sample = SWATCH[bool(item.dashes)]
            width = sample + text_width(item.text, KEY_SIZE) + 0.2
            if x > EDGE and x + width - 0.2 > self.layout.width:
                x, self._cursor = EDGE, self._cursor + line
            self._samples.append((x, self._cursor, item))
            self._pending.append((x + sample, self._cursor, item.text, {"fontsize": KEY_SIZE}))
            x += width
        self._cursor += (line + 0.04) if items else 0

    def grid(self, rows: Sequence[Row]) -> list[Axes]:
        """Makes the panels, row by row, and finishes the page; call once, last.

        In the narrow layout the panels of a row stand below each other.
        """
        if self.layout.narrow:
            rows = [Row(1, 1, row.height, row.margins) for row in rows for _ in range(row.panels)]
        total = self._cursor + sum(
            row.margins.above + row.height + row.margins.below for row in rows
        )
        self.canvas.set_size_inches(self.layout.width, total)
        axes: list[Axes] = []
        top = self._cursor
        for row in rows:
            axes += self._row(row, top + row.margins.above, total)
            top += row.margins.above + row.height + row.margins.below
        self._finish(total)
        return axes

    def tiles(
        self, panels: int, height: float, margins: Margins, below: float | None = None
    ) -> list[Axes]:
        """As grid(), all panels equally large and as many side by side as the layout allows."""
        return self.grid(tiled(panels, self.layout.columns, height, margins, below))

    def _row(self, row: Row, top: float, total: float) -> list[Axes]:
        margins, width = row.margins, self.layout.width
        first = margins.left if margins.first is None else margins.first
        inner = (
            width - first - margins.left * (row.slots - 1) - margins.right * row.slots
        ) / row.slots
        axes, x = [], first
        for _ in range(row.panels):
            box = (x / width, 1 - (top + row.height) / total, inner / width, row.height / total)
            axes.append(self.canvas.add_axes(box))
            x += inner + margins.right + margins.left
        return axes

    def label(self, panel: Axes, text: str) -> None:
        """The title of a panel, set smaller when the space to the next panel is short.

        In the narrow layout it begins at the edge of the paper.
        """
        box, width = panel.get_position(), self.layout.width
        others = [other.get_position() for other in self.canvas.axes]
        beside = [
            other.x0
            for other in others
            if other.x0 > box.x0 + 0.01 and abs(other.y1 - box.y1) < 0.001
        ]
        left = EDGE if self.layout.narrow else box.x0 * width
        right = min(beside, default=1.0) * width
        size = 9.5
        while size > 5.5 and text_width(text, size, bold=True) > right - left - 0.1:
            size -= 0.25
        # With y given, matplotlib does not measure all ticks to find a place above them.
        panel.set_title(text, fontsize=size, x=(left / width - box.x0) / box.width, y=1.0)

    def split(self, panel: Axes, share: float, gap: float) -> Axes:
        """Makes the lower `share` of a panel a panel of its own; the gap is in inches."""
        box = panel.get_position()
        below = box.height * share
        space = gap / self.canvas.get_figheight()
        panel.set_position((box.x0, box.y0 + below + space, box.width, box.height - below - space))
        return self.canvas.add_axes((box.x0, box.y0, box.width, below), sharex=panel)

    def _finish(self, total: float) -> None:
        inches = self.canvas.dpi_scale_trans
        for x, y, text, how in self._pending:
            self.canvas.text(x, total - y, text, transform=inches, va="top", ha="left", **how)
        for x, y, item in self._samples:
            self._sample(x, total - y - KEY_SIZE * 0.62 / 72, item)

    def _sample(self, x: float, y: float, item: KeyItem) -> None:
        how = {"transform": self.canvas.dpi_scale_trans, "color": item.colour}
        width = SWATCH[bool(item.dashes)] - 0.08
        if item.dashes:
            how_wide = {"linewidth": 0.7} if item.thin else {}
            line = Line2D([x, x + width], [y, y], linestyle=item.dashes, **how_wide, **how)
            self.canvas.add_artist(line)
        if item.marker:
            face = self.theme.paper if item.hollow else item.colour
            dot = Line2D(
                [x + width / 2],
                [y],
                marker=item.marker,
                linestyle="",
                markerfacecolor=face,
                alpha=None if item.alpha == 1 else item.alpha,
                **how,
            )
            self.canvas.add_artist(dot)
