"""Latency by percentile on HdrHistogram's axis, cut where samples run out."""

from __future__ import annotations

from typing import Sequence

from matplotlib.axes import Axes

from plots.axes import beyond, log_limits, log_y, mark_every_decade, percentile_x
from plots.figure import Figure, Table
from plots.key import LineEnd, label_ends, label_height, label_room, line_key
from plots.model import Analysis, Cell, Entry, Point
from plots.page import Margins, Page
from plots.strips import contestant_names
from plots.text import short
from plots.theme import looks

NAME = "latency-spectrum"
COLUMNS = ("cell", "server", "latency", "percentile", "latency_us", "flags")


def figure(analysis: Analysis) -> Figure | None:
    """One panel per workload; None when no spectrum has a point."""
    cells = [cell for cell in analysis.cells if any(_points(cell, entry) for entry in analysis.contestants(cell))]
    if not cells:
        return None
    return Figure(
        name=NAME,
        title="Latency by percentile",
        reading=(
            "Read upwards from 99 %: one request in a hundred took longer than this. Both axes are logarithmic; a line "
            "ends where fewer than 100 samples lie beyond. Closed loop: service time (sent to reply). Open loop: "
            "response time (intended start to reply)."
        ),
        alt=_alt(analysis, cells),
        table=Table(COLUMNS, tuple(row for cell in cells for entry in analysis.contestants(cell) for row in _rows(cell, entry))),
        draw=lambda page: _draw(page, analysis, cells),
    )


def _kind(cell: Cell) -> str:
    return "response" if cell.open_loop else "service"


def _points(cell: Cell, entry: Entry) -> tuple[Point, ...]:
    """Percentile (below 100) and microseconds (above 0)."""
    found = entry.spectrum.get(_kind(cell), ())
    return tuple((percentile, us) for percentile, us in found if percentile < 100 and us > 0)


def _rows(cell: Cell, entry: Entry) -> list[tuple]:
    flags = " ".join(entry.flags)
    return [(cell.id, entry.server, _kind(cell), percentile, us, flags) for percentile, us in _points(cell, entry)]


def _alt(analysis: Analysis, cells: Sequence[Cell]) -> str:
    parts = ["Latency in microseconds by percentile, one line per server, one panel per workload."]
    for cell in cells:
        told = []
        for entry in analysis.contestants(cell):
            if points := _points(cell, entry):
                percentile, us = points[-1]
                told.append(f"{entry.server} {short(us)} at {percentile:g} %")
        parts.append(f"{analysis.label(cell)}, {_kind(cell)} time, last point shown: {', '.join(told)}.")
    return " ".join(parts)


def _draw(page: Page, analysis: Analysis, cells: Sequence[Cell]) -> None:
    names = contestant_names(analysis, cells)
    line_key(page, analysis, [entry for cell in cells for entry in analysis.contestants(cell)])
    space = Margins(left=0.62, right=label_room(page.layout, names))
    made = page.tiles(len(cells), label_height(page.layout, names, 2.3), space)
    for panel, cell in zip(made, cells):
        _panel(page, panel, analysis, cell)


def _panel(page: Page, panel: Axes, analysis: Analysis, cell: Cell) -> None:
    all_looks, ends, drawn = looks(analysis, page.theme), [], []
    for entry in analysis.contestants(cell):
        if points := _points(cell, entry):
            x, y = [beyond(percentile) for percentile, _ in points], [us for _, us in points]
            look = all_looks[entry.server]
            face = page.theme.paper if entry.flags else look.colour
            every = mark_every_decade(x)
            panel.plot(
                x, y, look.marker, linestyle=look.dashes, color=look.colour, markerfacecolor=face, markevery=every, ms=4.5
            )
            ends.append(LineEnd(entry.server, x[-1], y[-1], look))
            drawn += points
    log_y(panel, log_limits([us for _, us in drawn]))
    percentile_x(panel, max(percentile for percentile, _ in drawn), page.layout.narrow)
    panel.set_ylabel(f"{_kind(cell)} time (µs)")
    panel.set_xlabel("percentile, at 1 / (1 − p)")
    page.label(panel, analysis.label(cell))
    label_ends(page, panel, ends)
