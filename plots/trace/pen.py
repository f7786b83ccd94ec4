"""A pen for a panel whose unit is an inch and whose y grows downwards."""

from __future__ import annotations

from typing import Any, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.path import Path

from plots.drawing.theme import Theme
from plots.trace.colours import actors
from plots.trace.labels import SIZE

TORN = 0.045
"""Inches by which the torn edge of a box goes in and out."""


class Pen:
    """Draws on one panel in one theme; colours are #rrggbb, widths of lines and sizes points.

    `colours` are those by who acts.
    """

    def __init__(self, panel: Axes, theme: Theme):
        self._panel = panel
        self.theme = theme
        self.colours = actors(theme)

    def patch(self, patch: Patch, name: str = "", **how: Any) -> None:
        """A patch; with a name it is an item (see drawing/items.py)."""
        patch.set(**how)
        if name:
            patch.set_gid(name)
        patch.set_clip_on(False)
        self._panel.add_patch(patch)

    def line(
        self,
        x: Sequence[float],
        y: Sequence[float],
        colour: str,
        width: float,
        dashes: Any = "-",
        zorder: float = 1.0,
    ) -> None:
        """A straight line."""
        how = {"color": colour, "linewidth": width, "linestyle": dashes, "clip_on": False}
        self._panel.plot(x, y, zorder=zorder, **how)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        colour: str,
        *,
        size: float = SIZE,
        bold: bool = False,
        align: str = "left",
        paper: bool = False,
        zorder: float = 4.5,
        **how: Any,
    ) -> None:
        """A text level with y, or none if empty; on `paper` where it lies on lines or hatches."""
        if not text:
            return
        if paper:
            how["bbox"] = {"facecolor": self.theme.paper, "edgecolor": "none", "pad": 0.6}
        how.update(color=colour, fontsize=size, fontweight="bold" if bold else "normal")
        self._panel.text(x, y, text, ha=align, va="center_baseline", zorder=zorder, **how)


def outline(start: float, end: float, top: float, bottom: float, torn: tuple[bool, bool]) -> Path:
    """A rectangle whose left or right edge may be torn: it goes on beyond the trace."""
    third = (bottom - top) / 4
    corners = [(start, top), (end, top)]
    if torn[1]:
        corners += [(end + (TORN if k % 2 else 0), top + k * third) for k in range(1, 4)]
    corners += [(end, bottom), (start, bottom)]
    if torn[0]:
        corners += [(start - (TORN if k % 2 else 0), bottom - k * third) for k in range(1, 4)]
    return Path([*corners, corners[0]], closed=True)
