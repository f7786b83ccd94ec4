"""Messages per second by connections, with intervals and every round as a dot."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Sequence

import numpy
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from experiments.runner.results.model import Analysis, MeasuredCell, Result
from plots.drawing.dots import THINNED, draw_dots, thinned
from plots.drawing.figure import Figure, Table
from plots.drawing.key import (
    LineEnd,
    contestant_items,
    key_items,
    label_ends,
    label_height,
    label_room,
)
from plots.drawing.page import Margins, Page, Row, tiled
from plots.drawing.strip_figure import StripContent, fill_panel
from plots.drawing.strips import cell_strips, contestant_names, margins, panel_height
from plots.drawing.text import cell_label, short, tick
from plots.drawing.theme import looks

NAME = "throughput"
COLUMNS = (
    "cell",
    "connections",
    "contestant",
    "epoch",
    "round",
    "rate_per_s",
    "median",
    "low_95",
    "high_95",
    "flags",
)
RATE = StripContent(
    name=NAME,
    title="Messages per second",
    column="rate_per_s",
    axis="messages per second",
    reading="",
    of=lambda result: result.rate_per_s,
    rounds=lambda result: result.series.rate_per_s,
)


def figure(analysis: Analysis) -> Figure | None:
    """Throughput of the closed-loop cells, or None when there are none."""
    cells = [cell for cell in analysis.cells if not cell.open_loop and _measured(analysis, cell)]
    if not cells:
        return None
    return Figure(
        name=NAME,
        title="Throughput, closed loop",
        reading=(
            f"Each small dot is one round {THINNED}, by connections in run order from left to "
            "right; an arrow says that rounds lie beyond. The large point "
            "is their median, the bar its 95 % interval. A closed loop sends the next "
            "request when a reply came, so this is the most each server does."
        ),
        alt=_alt(analysis, cells),
        table=Table(
            COLUMNS,
            tuple(
                row
                for cell in cells
                for result in _measured(analysis, cell)
                for row in _rows(cell, result)
            ),
        ),
        draw=lambda page: _draw(page, analysis, cells),
    )


def _measured(analysis: Analysis, cell: MeasuredCell) -> list[Result]:
    return [result for result in analysis.compared_in(cell) if result.rate_per_s is not None]


def _rows(cell: MeasuredCell, result: Result) -> list[tuple]:
    rate, series = result.rate_per_s, result.series
    rounds = list(zip(series.epoch, series.round, series.rate_per_s)) or [(None, None, None)]
    tail = (rate.median, rate.low, rate.high, " ".join(result.flags))
    return [(cell.id, cell.connections, result.contestant, *each, *tail) for each in rounds]


def _alt(analysis: Analysis, cells: Sequence[MeasuredCell]) -> str:
    parts = ["Messages per second in a closed loop, median over rounds."]
    for cell in cells:
        told = [
            f"{result.contestant} {short(result.rate_per_s.median)}"
            for result in _measured(analysis, cell)
        ]
        parts.append(f"{cell_label(analysis, cell)}: {', '.join(told)}.")
    return " ".join(parts)


def _groups(cells: Sequence[MeasuredCell]) -> tuple[list[list[MeasuredCell]], list[MeasuredCell]]:
    """Workloads that differ in connections only (at least two of them), and the rest."""
    found: dict[tuple, list[MeasuredCell]] = defaultdict(list)
    for cell in cells:
        found[(cell.protocol, cell.depth, cell.size, cell.idle)].append(cell)
    lines = [
        sorted(group, key=lambda cell: cell.connections)
        for group in found.values()
        if len(group) > 1
    ]
    return lines, [group[0] for group in found.values() if len(group) == 1]


def _draw(page: Page, analysis: Analysis, cells: Sequence[MeasuredCell]) -> None:
    lines, single = _groups(cells)
    names = contestant_names(analysis, cells)
    results = [result for cell in cells for result in _measured(analysis, cell)]
    page.key(
        (contestant_items if page.layout.narrow and lines else _plain_key)(
            analysis, page.theme, results
        )
    )
    panels = [cell_strips(page, analysis, cell, names, RATE.of, RATE.rounds) for cell in single]
    space = margins(page, names, [strip.note for strips in panels for strip in strips])
    room = label_room(page.layout, names)
    rows = [
        Row(1, 1, label_height(page.layout, names, 2.9), Margins(left=0.62, right=room))
        for _ in lines
    ]
    rows += tiled(
        len(single), page.layout.columns, panel_height(page, len(names)), space, below=0.32
    )
    made = page.grid(rows)
    for panel, group in zip(made, lines):
        _lines(page, panel, analysis, group, names)
    for place, (panel, cell, strips) in enumerate(zip(made[len(lines) :], single, panels)):
        fill_panel(page, panel, strips, RATE, names=place % page.layout.columns == 0)
        page.label(panel, cell_label(analysis, cell))
    for panel in made[len(lines) :][-page.layout.columns :]:
        panel.set_xlabel(RATE.axis)


def _plain_key(analysis: Analysis, theme, results):
    return key_items(analysis, theme, results, lines=True)


def _lines(
    page: Page, panel: Axes, analysis: Analysis, group: Sequence[MeasuredCell], names: Sequence[str]
) -> None:
    counts = [math.log10(cell.connections) for cell in group]
    slot = min(numpy.diff(counts)) * min(0.5 / len(names), 0.1)
    all_looks, ends = looks(analysis, page.theme), []
    for place, name in enumerate(names):
        look, points = all_looks[name], []
        for count, cell in zip(counts, group):
            for result in _measured(analysis, cell):
                if result.contestant == name:
                    x = count + (place - (len(names) - 1) / 2) * slot
                    _point(page, panel, result, look, x, slot)
                    points.append((x, result.rate_per_s.median))
        if points:
            panel.plot(
                *zip(*points), color=look.colour, linestyle=look.dashes, linewidth=1.2, zorder=2
            )
            ends.append(LineEnd(name, *points[-1], look))
    for count in counts:
        half = slot * (len(names) + 0.5) / 2
        panel.axvspan(count - half, count + half, color=page.theme.band, alpha=0.6, lw=0, zorder=0)
    panel.set_xlim(
        counts[0] - slot * (len(names) + 1) / 2, counts[-1] + slot * (len(names) + 1) / 2
    )
    panel.set_ylim(0, None)
    panel.set_xticks(counts, [str(cell.connections) for cell in group])
    panel.yaxis.set_major_formatter(FuncFormatter(tick))
    panel.grid(axis="y", linewidth=0.7)
    panel.set_xlabel("connections")
    panel.set_ylabel("messages per second")
    first = group[0]
    beside = f", {first.idle:,} idle connections beside" if first.idle else ""
    page.label(panel, f"{first.protocol}, depth {first.depth}{beside}")
    label_ends(page, panel, ends)


def _point(page: Page, panel: Axes, result: Result, look, x: float, slot: float) -> None:
    rate = result.rate_per_s
    rounds = result.series.rate_per_s
    kept = thinned(rounds)
    places = x + (numpy.array(kept) + 0.5) / max(len(rounds), 1) * slot * 0.8 - slot * 0.4
    draw_dots(panel, places, [rounds[place] for place in kept], look.colour, 1.6)
    if rate.low is not None and rate.high is not None:
        panel.plot([x, x], [rate.low, rate.high], color=look.colour, linewidth=2, zorder=3)
    face = page.theme.paper if result.flags else look.colour
    panel.plot(
        [x],
        [rate.median],
        look.marker,
        color=look.colour,
        markerfacecolor=face,
        ms=5,
        mew=1.2,
        zorder=4,
    )
