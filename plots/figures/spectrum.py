"""Latency by percentile on HdrHistogram's axis, cut where samples run out."""

from __future__ import annotations

from typing import Sequence

from matplotlib.axes import Axes

from experiments.runner.results.model import Analysis, MeasuredCell, Point, Result
from plots.drawing.axes import beyond, log_limits, log_y, mark_every_decade, percentile_x
from plots.drawing.figure import Figure, Table
from plots.drawing.key import LineEnd, label_ends, label_height, label_room, line_key
from plots.drawing.page import Margins, Page
from plots.drawing.strips import contestant_names
from plots.drawing.text import cell_label, short
from plots.drawing.theme import looks

NAME = "latency-spectrum"
COLUMNS = ("cell", "contestant", "latency", "percentile", "latency_us", "flags")


def figure(analysis: Analysis) -> Figure | None:
    """One panel per workload; None when no spectrum has a point."""
    cells = [
        cell
        for cell in analysis.cells
        if any(_points(cell, result) for result in analysis.compared_in(cell))
    ]
    if not cells:
        return None
    return Figure(
        name=NAME,
        title="Latency by percentile",
        reading=(
            "Read upwards from 99 %: one request in a hundred took longer than this. Both axes are "
            "logarithmic; a line ends where fewer than 100 samples lie beyond. Closed loop: "
            "service time (sent to reply). Open loop: response time (intended start to reply)."
        ),
        alt=_alt(analysis, cells),
        table=Table(
            COLUMNS,
            tuple(
                row
                for cell in cells
                for result in analysis.compared_in(cell)
                for row in _rows(cell, result)
            ),
        ),
        draw=lambda page: _draw(page, analysis, cells),
    )


def _kind(cell: MeasuredCell) -> str:
    return "response" if cell.open_loop else "service"


def _points(cell: MeasuredCell, result: Result) -> tuple[Point, ...]:
    """Percentile (below 100) and microseconds (above 0)."""
    spectrum = result.spectrum
    found = (spectrum.response if cell.open_loop else spectrum.service) or ()
    return tuple((percentile, us) for percentile, us in found if percentile < 100 and us > 0)


def _rows(cell: MeasuredCell, result: Result) -> list[tuple]:
    flags = " ".join(result.flags)
    return [
        (cell.id, result.contestant, _kind(cell), percentile, us, flags)
        for percentile, us in _points(cell, result)
    ]


def _alt(analysis: Analysis, cells: Sequence[MeasuredCell]) -> str:
    parts = ["Latency in microseconds by percentile, one line per server, one panel per workload."]
    for cell in cells:
        told = []
        for result in analysis.compared_in(cell):
            if points := _points(cell, result):
                percentile, us = points[-1]
                told.append(f"{result.contestant} {short(us)} at {percentile:g} %")
        parts.append(
            f"{cell_label(analysis, cell)}, {_kind(cell)} time, last point shown: "
            f"{', '.join(told)}."
        )
    return " ".join(parts)


def _draw(page: Page, analysis: Analysis, cells: Sequence[MeasuredCell]) -> None:
    names = contestant_names(analysis, cells)
    line_key(page, analysis, [result for cell in cells for result in analysis.compared_in(cell)])
    space = Margins(left=0.62, right=label_room(page.layout, names))
    made = page.tiles(len(cells), label_height(page.layout, names, 2.3), space)
    for panel, cell in zip(made, cells):
        _panel(page, panel, analysis, cell)


def _panel(page: Page, panel: Axes, analysis: Analysis, cell: MeasuredCell) -> None:
    all_looks, ends, drawn = looks(analysis, page.theme), [], []
    for result in analysis.compared_in(cell):
        if points := _points(cell, result):
            x, y = [beyond(percentile) for percentile, _ in points], [us for _, us in points]
            look = all_looks[result.contestant]
            face = page.theme.paper if result.flags else look.colour
            every = mark_every_decade(x)
            panel.plot(
                x,
                y,
                look.marker,
                linestyle=look.dashes,
                color=look.colour,
                markerfacecolor=face,
                markevery=every,
                ms=4.5,
            )
            ends.append(LineEnd(result.contestant, x[-1], y[-1], look))
            drawn += points
    log_y(panel, log_limits([us for _, us in drawn]))
    percentile_x(panel, max(percentile for percentile, _ in drawn), page.layout.narrow)
    panel.set_ylabel(f"{_kind(cell)} time (µs)")
    panel.set_xlabel("percentile, at 1 / (1 − p)")
    page.label(panel, cell_label(analysis, cell))
    label_ends(page, panel, ends)
