"""The panels of a ladder of loads: a latency, and what was achieved of the load."""

from __future__ import annotations

from typing import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from experiments.runner.results.model import ACHIEVED, Analysis, Estimate, Result
from plots.drawing.axes import log_limits, log_y
from plots.drawing.dots import draw_dots, thinned
from plots.drawing.key import LineEnd, label_ends
from plots.drawing.page import Page
from plots.drawing.strips import contestant_names
from plots.drawing.text import tick
from plots.drawing.theme import Look, looks
from plots.figures.load_series import Group, Latency

DOTS = 12
"""Rounds shown of one server at one load."""

Of = Callable[[Result], Estimate | None]


def latency(
    page: Page, panel: Axes, analysis: Analysis, group: Group, one: Latency, breaks: bool
) -> None:
    """Lines by load, with intervals and rounds; with `breaks`, marks where each server breaks."""
    drawn: list[float] = []
    ends = _lines(page, panel, analysis, group, one.of, drawn)
    slot = _slot(analysis, group)
    for place, name, look in _places(page, analysis, group):
        for cell in group.cells:
            for result in analysis.compared_in(cell):
                if result.contestant == name:
                    values = one.rounds(result)
                    dots = [values[kept] for kept in thinned(values, DOTS)]
                    x = group.load(cell) + place * slot
                    draw_dots(panel, [x] * len(dots), dots, look.colour, 1.8)
                    drawn += dots
    log_y(panel, log_limits([*drawn, group.limit_us] if breaks else drawn))
    load_axis(panel, group, breaks)
    _limit(page, panel, analysis, group, breaks)
    panel.set_ylabel(one.axis)
    label_ends(page, panel, ends)


def achieved(page: Page, panel: Axes, analysis: Analysis, group: Group) -> None:
    """The share of the load that was answered in time."""
    shares = {
        (result.contestant, cell.id): result.achieved
        for cell in group.cells
        for result in analysis.compared_in(cell)
        if result.achieved is not None
    }

    def of(result: Result) -> Estimate | None:
        return None if result.achieved is None else Estimate(result.achieved)

    ends = _lines(page, panel, analysis, group, of, [])
    panel.axhline(ACHIEVED, color=page.theme.muted, lw=0.9, ls=(0, (1, 2)))
    lowest = min(0.9, 0.95 * min(shares.values(), default=1.0))
    panel.set_ylim(lowest, 1 + 0.08 * (1 - lowest))
    load_axis(panel, group, False)
    panel.grid(axis="y", linewidth=0.7)
    page.label(panel, "Load achieved")
    panel.set_ylabel("achieved ÷ offered")
    below = ACHIEVED - 0.02 * (1 - lowest)
    panel.text(
        0.02, below, str(ACHIEVED), transform=panel.get_yaxis_transform(), va="top", fontsize=8
    )
    short_of = {name for (name, _), share in shares.items() if share < ACHIEVED}
    label_ends(page, panel, [end for end in ends if end.name in short_of])
    if ends and not short_of:
        panel.text(0.5, 0.5, f"all at {ACHIEVED} or above", transform=panel.transAxes, ha="center")


def load_axis(panel: Axes, group: Group, breaks: bool) -> None:
    """The horizontal axis: percent of the capacity, or messages per second from 0.

    It reaches to where servers break only if they are marked there.
    """
    loads = [group.load(cell) for cell in group.cells]
    rates = [
        group.of_rate(rate)
        for one in (group.breaking if breaks else ())
        for rate in (*one.by_epoch, one.rate_per_s.median, one.rate_per_s.high)
        if rate is not None
    ]
    highest = max([*loads, *rates])
    lowest = min(loads, default=0) - 0.1 * highest if group.capacity else 0
    panel.set_xlim(max(0, lowest), highest * 1.04)
    panel.locator_params(axis="x", nbins=6)
    panel.xaxis.set_major_formatter(FuncFormatter(tick))
    panel.set_xlabel(
        "load (% of the reference's capacity)" if group.capacity else "load (messages per second)"
    )


def _limit(page: Page, panel: Axes, analysis: Analysis, group: Group, breaks: bool) -> None:
    """The line of the breaking load, where it is in sight, and who crosses it where."""
    low, high = panel.get_ylim()
    limit = group.limit_us
    if limit is None or not low < limit < high:
        return
    panel.axhline(limit, color=page.theme.ink, lw=0.9, ls=(0, (1, 2)), zorder=1)
    if not breaks:
        return
    panel.annotate(
        f"{limit / 1000:g} ms",
        (0, limit),
        xycoords=("axes fraction", "data"),
        xytext=(4, 2),
        textcoords="offset points",
        fontsize=8,
    )
    all_looks = looks(analysis, page.theme)
    for one in group.breaking:
        look = all_looks[one.contestant]
        panel.plot(
            [group.of_rate(one.rate_per_s.median)],
            [one.limit_us],
            look.marker,
            color=look.colour,
            ms=5,
            zorder=3,
        )


def _lines(
    page: Page,
    panel: Axes,
    analysis: Analysis,
    group: Group,
    of: Of,
    drawn: list[float],
) -> list[LineEnd]:
    """One line per contestant, hollow where flagged; adds what is drawn, tells where each ends."""
    ends, slot = [], _slot(analysis, group)
    for place, name, look in _places(page, analysis, group):
        points = []
        for cell in group.cells:
            for result in analysis.compared_in(cell):
                if result.contestant == name and (value := of(result)) is not None:
                    x = group.load(cell) + place * slot
                    points.append((x, value.median))
                    _point(page, panel, x, value, look, bool(result.flags))
                    drawn += [each for each in (value.median, value.low, value.high) if each]
        if points:
            panel.plot(
                *zip(*points), color=look.colour, linestyle=look.dashes, linewidth=1.2, zorder=2
            )
            ends.append(LineEnd(name, *points[-1], look))
    return ends


def _point(page: Page, panel: Axes, x: float, value: Estimate, look: Look, hollow: bool) -> None:
    if value.low is not None and value.high is not None:
        panel.plot([x, x], [value.low, value.high], color=look.colour, linewidth=1.4, zorder=2.5)
    face = page.theme.paper if hollow else look.colour
    panel.plot(
        [x], [value.median], look.marker, color=look.colour, markerfacecolor=face, ms=4.5, zorder=3
    )


def _places(page: Page, analysis: Analysis, group: Group) -> Sequence[tuple[float, str, Look]]:
    """How many slots each contestant stands beside the load, so that intervals do not overlap."""
    names = contestant_names(analysis, group.cells)
    all_looks = looks(analysis, page.theme)
    middle = (len(names) - 1) / 2
    return [(place - middle, name, all_looks[name]) for place, name in enumerate(names)]


def _slot(analysis: Analysis, group: Group) -> float:
    loads = sorted({group.load(cell) for cell in group.cells})
    nearest = min((b - a for a, b in zip(loads, loads[1:])), default=0.1 * loads[-1])
    return 0.6 * min(nearest, 0.12 * loads[-1]) / len(contestant_names(analysis, group.cells))
