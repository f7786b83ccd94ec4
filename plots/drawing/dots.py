"""Rounds as faint dots: few enough to be seen, and one path instead of a mark each."""

from __future__ import annotations

from typing import Sequence

import numpy
from matplotlib.axes import Axes

MOST = 40
THINNED = f"(of more than {MOST}, {MOST} evenly by rank, with the lowest and the highest)"
"""For a figure's text, after "every round is a dot"."""


def thinned(values: Sequence[float | None], most: int = MOST) -> list[int]:
    """Places of at most so many values, none of them missing, in the order given.

    They are evenly spaced by rank, the lowest and the highest among them, so that the dots that
    stay lie as densely as all did.
    """
    known = [place for place, value in enumerate(values) if value is not None and value == value]
    if len(known) <= most:
        return known
    by_rank = sorted(known, key=lambda place: (values[place], place))
    ranks = numpy.linspace(0, len(known) - 1, most).round().astype(int)
    return sorted(by_rank[rank] for rank in ranks)


def draw_dots(
    panel: Axes, x: Sequence[float], y: Sequence[float], colour: str, size: float = 2.0
) -> None:
    """Dots of `size` points. A dot is a line of no visible length with round ends."""
    if not len(x):
        return
    start = numpy.asarray(x, dtype=float)
    stop = start + abs(start) * 1e-6 + 1e-12
    gap = numpy.full(len(start), numpy.nan)
    panel.plot(
        numpy.column_stack([start, stop, gap]).ravel(),
        numpy.repeat(numpy.asarray(y, dtype=float), 3),
        color=colour,
        linewidth=size,
        alpha=0.45,
        solid_capstyle="round",
        snap=False,
        zorder=1.5,
    )
