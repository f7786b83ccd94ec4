"""Latency over time as a heat map: when replies came late, and which stall made them late."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import groupby
from typing import Iterator, Sequence

import numpy
from matplotlib.axes import Axes

from experiments.runner.results.model import Analysis, HeatColumn, HeatMap
from plots.drawing.axes import log_y
from plots.drawing.figure import Figure, Table
from plots.drawing.page import KeyItem, Margins, Page
from plots.drawing.text import cell_label, tick
from plots.drawing.theme import looks

NAME = "latency-over-time"
COLUMNS = ("cell", "epoch", "contestant", "begin_s", "above_us", "up_to_us", "replies")
LEAST = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)
"""A band is drawn darker from so many replies on."""
MARKED_US = 200.0
"""Shorter stalls are not marked: there are many, and they delay little."""
STALLS = {
    "generator": ("x", "stall of the load generator's core"),
    "servers": ("+", "stall of the servers' core"),
}
HEIGHT = 1.5


def figure(analysis: Analysis) -> Figure | None:
    """One panel per contestant; None when no epoch was kept, or without a reply in it."""
    heat = analysis.heat
    shown = _columns(analysis, heat) if heat else []
    if not heat or not shown:
        return None
    cell = next((one for one in analysis.cells if one.id == heat.cell), None)
    where = cell_label(analysis, cell) if cell else heat.cell
    return Figure(
        name=NAME,
        title=f"Latency over time: {where}",
        reading=(
            "All requests of one epoch as they were seen, from left to right: a column is one "
            "slice, and the darker a band of latencies, the more replies lay in it (the key "
            "says how many). Slices of other servers lay between, so time jumps from "
            "column to column. A cross stands at the length of a stall of the machine, the longest "
            f"of its slice if it lasted {MARKED_US:g} µs or more: what lies above the usual band "
            "mostly stands under a cross."
        ),
        alt=_alt(shown, where, heat),
        table=Table(COLUMNS, tuple(row for one in shown for row in _rows(heat, one))),
        draw=lambda page: _draw(page, analysis, heat, shown),
    )


def _columns(analysis: Analysis, heat: HeatMap) -> list[HeatColumn]:
    """Those of the contestants, in their order, without the control."""
    by_name = {one.contestant: one for one in heat.columns if any(map(any, one.counts))}
    names = [one.name for one in analysis.compared if one.name in by_name]
    return [by_name[name] for name in names]


def _band(heat: HeatMap, place: int) -> tuple[float, float]:
    """Lower and upper edge of a band, the first and the last as wide as their neighbours."""
    edges = heat.edges_us
    step = edges[-1] / edges[-2]
    upper = edges[place] if place < len(edges) else edges[-1] * step
    return (edges[place - 1] if place else upper / step), upper


def _rows(heat: HeatMap, column: HeatColumn) -> Iterator[tuple]:
    for begin, counts in zip(column.begin_s, column.counts):
        for place, count in enumerate(counts):
            if count:
                bounds = _band(heat, place)
                yield heat.cell, heat.epoch, column.contestant, begin, *bounds, count


def _alt(shown: Sequence[HeatColumn], where: str, heat: HeatMap) -> str:
    parts = [f"Heat map of latency over time, {where}, one panel per server."]
    for one in shown:
        total = numpy.array(one.counts).sum(axis=0)
        most = _band(heat, int(total.argmax()))
        longest = _band(heat, int(numpy.nonzero(total)[0][-1]))
        parts.append(
            f"{one.contestant}: {len(one.begin_s)} slices, most replies within {tick(most[0])} to "
            f"{tick(most[1])} µs, the latest within {tick(longest[1])} µs."
        )
    return " ".join(parts)


def _draw(page: Page, analysis: Analysis, heat: HeatMap, shown: Sequence[HeatColumn]) -> None:
    muted = page.theme.muted
    shades = _shades(max(max(map(max, one.counts)) for one in shown))
    page.key(
        [
            *(
                KeyItem(f"{least:,} or more replies", muted, marker="s", alpha=alpha)
                for least, alpha in shades
            ),
            *(KeyItem(words, page.theme.ink, marker=marker) for marker, words in STALLS.values()),
        ]
    )
    used = [place for one in shown for counts in one.counts for place, n in enumerate(counts) if n]
    limits = _band(heat, min(used))[0], _band(heat, max(used))[1]
    made = page.tiles(len(shown), HEIGHT, Margins(left=0.62, right=0.16))
    for panel, column in zip(made, shown):
        colour = looks(analysis, page.theme)[column.contestant].colour
        log_y(panel, limits)
        panel.grid(False)
        panel.set_xlim(0, len(column.begin_s))
        _bands(page, panel, heat, column, colour, shades)
        _stalls(page, panel, heat, column, limits)
        _time(panel, column)
        panel.set_ylabel("response (µs)")
        page.label(panel, column.contestant)


def _shades(most: int) -> list[tuple[int, float]]:
    """(least number of replies, opacity), at most six so that they can be told apart."""
    steps = [least for least in LEAST if least <= most]
    steps = steps if len(steps) <= 6 else steps[::2]
    return [
        (least, 0.2 + 0.8 * place / max(1, len(steps) - 1)) for place, least in enumerate(steps)
    ]


def _bands(
    page: Page,
    panel: Axes,
    heat: HeatMap,
    column: HeatColumn,
    colour: str,
    shades: Sequence[tuple[int, float]],
) -> None:
    """One path for each shade: a vertical line through all neighbouring bands that have it."""
    steps = [least for least, _ in shades]
    lines: list[list[tuple[float, float]]] = [[] for _ in shades]
    for place, counts in enumerate(column.counts):
        found = [bisect_right(steps, count) for count in counts]
        start = 0
        for shade, run in groupby(found):
            end = start + len(list(run))
            if shade:
                bottom, top = _band(heat, start)[0], _band(heat, end - 1)[1]
                x = place + 0.5
                lines[shade - 1] += [(x, bottom), (x, top), (x, numpy.nan)]
            start = end
    width = panel.get_position().width * page.canvas.get_figwidth() * 72 / len(column.begin_s)
    for points, (_, alpha) in zip(lines, shades):
        if points:
            panel.plot(
                *zip(*points),
                color=colour,
                alpha=alpha,
                linewidth=width,
                solid_capstyle="butt",
                snap=False,
                zorder=1,
            )


def _stalls(
    page: Page, panel: Axes, heat: HeatMap, column: HeatColumn, limits: tuple[float, float]
) -> None:
    """The longest stall of every slice, at its length."""
    begins = sorted((begin, one.contestant) for one in heat.columns for begin in one.begin_s)
    places = {begin: place for place, begin in enumerate(column.begin_s)}
    longest: dict[tuple[str, int], float] = {}
    for when, us, core in heat.stalls:
        begin, who = begins[max(0, bisect_right(begins, (when, "\uffff")) - 1)]
        if who == column.contestant and us >= MARKED_US:
            key = (core, places[begin])
            longest[key] = max(us, longest.get(key, 0.0))
    for core, (marker, _) in STALLS.items():
        found = [(place + 0.5, us) for (kind, place), us in longest.items() if kind == core]
        found = [(x, min(us, limits[1])) for x, us in found if us >= limits[0]]
        if found:
            panel.plot(
                *zip(*sorted(found)),
                marker,
                color=page.theme.ink,
                linestyle="",
                ms=4,
                mew=0.9,
                zorder=3,
            )


def _time(panel: Axes, column: HeatColumn) -> None:
    """Ticks at whole seconds (or parts of one), where the first slice after them stands."""
    begins = column.begin_s
    length = max(begins[-1] - begins[0], 1e-3)
    step = next(
        (step for step in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if length / step <= 7), 100.0
    )
    first, last = math.ceil(begins[0] / step), math.floor(begins[-1] / step)
    ticks = [round(place * step, 6) for place in range(first, last + 1)]
    places = [sum(begin < each for begin in begins) for each in ticks]
    panel.set_xticks(places, [f"{each:g}" for each in ticks])
    panel.set_xlabel("seconds since the measurement began")
