"""Rounds in the order they ran, with steal under them: drift, outliers and their likely cause."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.runner.results.model import Analysis, MeasuredCell, Result
from plots.drawing.axes import log_limits, log_y
from plots.drawing.figure import Figure, Table
from plots.drawing.key import LineEnd, label_ends, label_height, label_room, line_key
from plots.drawing.page import Margins, Page
from plots.drawing.strips import contestant_names
from plots.drawing.text import cell_label, tick
from plots.drawing.theme import looks

NAME = "rounds"
PANELS = 6
MOST, MARKERS = 48, 16
"""How many points and marks a line has at most, so that lines can be told apart."""
COLUMNS = ("cell", "epoch", "round", "place", "contestant", "rate_per_s", "p99_us", "steal_percent")

STEAL, GAP = 0.5, 0.12
"""Inches: height of the steal under the rounds, and the space between."""


def figure(analysis: Analysis) -> Figure | None:
    """A panel for each of the longest workloads; None when no result has at least two rounds."""
    cells = [cell for cell in analysis.cells if len(_order(analysis, cell)) > 1]
    if not cells:
        return None
    shown = _longest(analysis, cells)
    others = "" if shown == cells else f"Shown are the {PANELS} workloads with most time. "
    return Figure(
        name=NAME,
        title="Rounds in run order, steal below",
        reading=(
            f"{others}Closed loop: messages per second; open loop: p99 of response time, without "
            "what a "
            "stall of the machine disturbed. A bend that all lines share is the machine, not a "
            f"server, and cancels in the ratios. Where there are more than {MOST} rounds, a point "
            "is the median of neighbouring ones. Steal is CPU time the hypervisor gave to others, "
            "in percent of one core, the largest among the slices of these rounds; it is counted "
            "in whole ticks of the clock, so in a short slice it may pass 100 %. A vertical "
            "line is a fresh start of all servers."
        ),
        alt=_alt(analysis, shown),
        table=Table(COLUMNS, tuple(row for cell in cells for row in _rows(analysis, cell))),
        draw=lambda page: _draw(page, analysis, shown),
    )


def _longest(analysis: Analysis, cells: Sequence[MeasuredCell]) -> list[MeasuredCell]:
    """The workloads that took most time, in their order; the data have all."""

    def time(cell: MeasuredCell) -> float:
        return len(_order(analysis, cell)) * cell.slice_s

    longest = sorted(cells, key=time, reverse=True)[:PANELS]
    return [cell for cell in cells if cell in longest]


def _order(analysis: Analysis, cell: MeasuredCell) -> dict[tuple[int, int], int]:
    """(epoch, round) to its place in run order, counted from 1."""
    found = {
        key
        for result in analysis.compared_in(cell)
        for key in zip(result.series.epoch, result.series.round)
    }
    return {key: place for place, key in enumerate(sorted(found), start=1)}


def _rows(analysis: Analysis, cell: MeasuredCell) -> list[tuple]:
    order, rows = _order(analysis, cell), []
    for result in analysis.compared_in(cell):
        series = result.series
        for epoch, number, rate, p99, steal in zip(
            series.epoch, series.round, series.rate_per_s, series.p99_us, series.steal
        ):
            percent = None if steal is None else steal * 100
            rows.append(
                (
                    cell.id,
                    epoch,
                    number,
                    order[(epoch, number)],
                    result.contestant,
                    rate,
                    p99,
                    percent,
                )
            )
    return rows


def _alt(analysis: Analysis, cells: Sequence[MeasuredCell]) -> str:
    parts = ["Rounds in run order, one line per server, steal as bars below."]
    for cell in cells:
        steal = [
            value for result in cell.results for value in result.series.steal if value is not None
        ]
        most = f"largest steal {max(steal) * 100:.1f} %" if steal else "steal not measured"
        parts.append(f"{cell_label(analysis, cell)}: {len(_order(analysis, cell))} rounds, {most}.")
    return " ".join(parts)


def _draw(page: Page, analysis: Analysis, cells: Sequence[MeasuredCell]) -> None:
    names = contestant_names(analysis, cells)
    line_key(page, analysis, [result for cell in cells for result in analysis.compared_in(cell)])
    height = label_height(page.layout, names, 1.88) + GAP + STEAL
    made = page.tiles(len(cells), height, Margins(left=0.66, right=label_room(page.layout, names)))
    for panel, cell in zip(made, cells):
        below = page.split(panel, share=STEAL / height, gap=GAP)
        _steal(page, below, analysis, cell)
        _values(page, panel, analysis, cell)


def _value(cell: MeasuredCell, result: Result) -> Sequence[float | None]:
    return result.series.p99_us if cell.open_loop else result.series.rate_per_s


def _values(page: Page, panel: Axes, analysis: Analysis, cell: MeasuredCell) -> None:
    order, ends, drawn = _order(analysis, cell), [], []
    all_looks = looks(analysis, page.theme)
    for result in analysis.compared_in(cell):
        series, look = result.series, all_looks[result.contestant]
        keys = zip(series.epoch, series.round, _value(cell, result))
        points = _medians(
            {(epoch, number): value for epoch, number, value in keys if value is not None},
            order,
        )
        if not points:
            continue
        x, y = zip(*points)
        face = page.theme.paper if result.flags else look.colour
        panel.plot(
            x,
            y,
            look.marker,
            color=look.colour,
            linestyle=look.dashes,
            lw=0.9,
            ms=3,
            mew=0.7,
            mfc=face,
            markevery=max(1, len(x) // MARKERS),
        )
        ends.append(LineEnd(result.contestant, x[-1], y[-1], look))
        drawn += y
    for place in _starts(order):
        panel.axvline(place - 0.5, color=page.theme.muted, lw=0.7, alpha=0.6, zorder=0)
    panel.set_xlim(0.5, len(order) + 0.5)
    panel.tick_params(axis="x", labelbottom=False)
    page.label(panel, cell_label(analysis, cell))
    _scale(panel, cell, drawn)
    label_ends(page, panel, ends)


def _medians(
    values: dict[tuple[int, int], float], order: dict[tuple[int, int], int]
) -> list[tuple[float, float]]:
    """(place, value), neighbours within an epoch taken together so that few are left."""
    together: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for key in sorted(values):
        together[key[0], _group(order[key], order)].append(key)
    return [
        (median(order[key] for key in keys), median(values[key] for key in keys))
        for keys in together.values()
    ]


def _group(place: int, order: dict[tuple[int, int], int]) -> int:
    """Which of at most MOST groups of neighbours a place belongs to."""
    return (place - 1) // -(-len(order) // MOST)


def _scale(panel: Axes, cell: MeasuredCell, drawn: Sequence[float]) -> None:
    if cell.open_loop:
        log_y(panel, log_limits(drawn))
        panel.set_ylabel("response p99 (µs)")
    else:
        panel.set_ylim(0, max(drawn, default=1) * 1.08)
        panel.locator_params(axis="y", nbins=5)
        panel.yaxis.set_major_formatter(FuncFormatter(tick))
        panel.grid(axis="y", linewidth=0.7)
        panel.set_ylabel("messages per second")


def _starts(order: dict[tuple[int, int], int]) -> list[int]:
    """Places at which an epoch begins, without the first."""
    places = sorted((place, epoch) for (epoch, _), place in order.items())
    return [place for (_, before), (place, epoch) in zip(places, places[1:]) if epoch != before]


def _steal(page: Page, panel: Axes, analysis: Analysis, cell: MeasuredCell) -> None:
    order = _order(analysis, cell)
    most: dict[int, float] = {}
    for result in cell.results:
        for epoch, number, steal in zip(
            result.series.epoch, result.series.round, result.series.steal
        ):
            place = order.get((epoch, number))
            if place is not None and steal is not None:
                group = _group(place, order)
                most[group] = max(most.get(group, 0.0), steal * 100)
    width = -(-len(order) // MOST)
    bars = [
        corner
        for group, height in sorted(most.items())
        for left in (0.5 + group * width,)
        for corner in ((left, 0), (left, height), (left + 0.7 * width, height))
        + ((left + 0.7 * width, 0),)
    ]
    if bars:
        panel.fill(*zip(*bars), color=page.theme.muted, lw=0)
    panel.set_ylim(0, max([*most.values(), 1.0]) * 1.1)
    panel.yaxis.set_major_locator(MaxNLocator(2, integer=True))
    panel.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    panel.set_ylabel("steal (%)")
    panel.set_xlabel("round")
    if not most:
        panel.text(
            0.5,
            0.5,
            "not measured",
            transform=panel.transAxes,
            ha="center",
            va="center",
            fontsize=8,
        )
