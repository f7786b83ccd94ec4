"""Latency by percentile on HdrHistogram's axis, cut where samples run out."""

from __future__ import annotations

from typing import Iterable, Sequence

from matplotlib.axes import Axes

from experiments.runner.results.model import Analysis, MeasuredCell, Point, Result, Span
from plots.drawing.axes import beyond, log_limits, log_y, mark_every_decade, percentile_x
from plots.drawing.figure import Figure, Table
from plots.drawing.key import LineEnd, label_ends, label_height, label_room, line_key
from plots.drawing.page import KeyItem, Margins, Page
from plots.drawing.strips import contestant_names
from plots.drawing.text import cell_label, short
from plots.drawing.theme import Look, looks

NAME = "latency-spectrum"
COLUMNS = (
    "cell",
    "contestant",
    "latency",
    "percentile",
    "latency_us",
    "low_us",
    "high_us",
    "flags",
)


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
            "service time (sent to reply). Open loop: response time (intended start to reply). "
            "There the thick line leaves out what a stall of the machine disturbed, the shade "
            "around it reaches from the lowest to the highest epoch, and the thin line is of all "
            "requests as they were seen: what lies between the two is the machine."
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


def _drawable(points: Iterable[Point] | None) -> tuple[Point, ...]:
    """Percentile (below 100) and microseconds (above 0)."""
    return tuple((percentile, us) for percentile, us in points or () if percentile < 100 and us > 0)


def _seen(cell: MeasuredCell, result: Result) -> tuple[Point, ...]:
    """Of all requests."""
    spectrum = result.spectrum
    return _drawable(spectrum.response if cell.open_loop else spectrum.service)


def _undisturbed(cell: MeasuredCell, result: Result) -> tuple[Point, ...]:
    return _drawable(result.spectrum.undisturbed) if cell.open_loop else ()


def _points(cell: MeasuredCell, result: Result) -> tuple[Point, ...]:
    """The line that is compared."""
    return _undisturbed(cell, result) or _seen(cell, result)


def _span(cell: MeasuredCell, result: Result) -> tuple[Span, ...]:
    if not _undisturbed(cell, result):
        return ()
    return tuple(one for one in result.spectrum.undisturbed_span if one[0] < 100 and one[1] > 0)


def _rows(cell: MeasuredCell, result: Result) -> list[tuple]:
    flags = " ".join(result.flags)
    epochs = {percentile: (low, high) for percentile, low, high in _span(cell, result)}
    return [
        (
            cell.id,
            result.contestant,
            kind,
            percentile,
            us,
            *bounds.get(percentile, (None, None)),
            flags,
        )
        for kind, points, bounds in (
            (_kind(cell), _seen(cell, result), {}),
            ("undisturbed", _undisturbed(cell, result), epochs),
        )
        for percentile, us in points
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
    if any(_undisturbed(cell, result) for cell in cells for result in analysis.compared_in(cell)):
        page.key(
            [
                KeyItem("without what a stall disturbed", page.theme.muted, dashes="-"),
                KeyItem("its epochs", page.theme.muted, marker="s", alpha=0.3),
                KeyItem("all as seen", page.theme.muted, dashes="-", thin=True),
            ]
        )
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
            drawn += _around(panel, cell, result, look)
    log_y(panel, log_limits([us for _, us in drawn]))
    percentile_x(panel, max(percentile for percentile, _ in drawn), page.layout.narrow)
    panel.set_ylabel(f"{_kind(cell)} time (µs)")
    panel.set_xlabel("percentile, at 1 / (1 − p)")
    page.label(panel, cell_label(analysis, cell))
    label_ends(page, panel, ends)


def _around(panel: Axes, cell: MeasuredCell, result: Result, look: Look) -> list[Point]:
    """The epochs' band and all requests as seen, round a line that leaves out stalls."""
    if not _undisturbed(cell, result):
        return []
    span, seen = _span(cell, result), _seen(cell, result)
    if span:
        x, low, high = zip(*((beyond(percentile), low, high) for percentile, low, high in span))
        panel.fill_between(x, low, high, color=look.colour, alpha=0.1, lw=0, zorder=0.5)
    if seen:
        x, y = zip(*((beyond(percentile), us) for percentile, us in seen))
        panel.plot(x, y, color=look.colour, linestyle=look.dashes, lw=0.7, alpha=0.7, zorder=1.5)
    return [*seen, *((percentile, us) for percentile, *both in span for us in both)]
