"""CPU time per message relative to the reference, paired within rounds."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Sequence

from matplotlib.axes import Axes

from experiments.runner.results.model import Analysis, MeasuredCell, Quantity, Result
from plots.drawing.figure import Figure, Table
from plots.drawing.key import key_items
from plots.drawing.page import Page
from plots.drawing.strips import Strip, contestant_names, draw_strips, margins, panel_height
from plots.drawing.text import cell_label, log_ticks, ratio_text
from plots.drawing.theme import looks

NAME = "cost-ratios"
COLUMNS = (
    "cell",
    "contestant",
    "cost_ratio",
    "low_95",
    "high_95",
    "verdict",
    "rounds",
    "rounds_needed",
    "flags",
)
WIDEST = 4.0
"""Ratios beyond this (or below its inverse) are drawn at the edge, as an arrow."""


def figure(analysis: Analysis) -> Figure | None:
    """The forest plot, or None when no cost ratio was measured."""
    cells = [
        cell
        for cell in analysis.cells
        if any(result.ratio(Quantity.COST) for result in cell.results)
    ]
    if not cells:
        return None
    margin = analysis.margins[Quantity.COST]
    return Figure(
        name=NAME,
        title=f"CPU time per message, relative to {analysis.reference}",
        reading=(
            f"Left of 1 is cheaper than {analysis.reference}, right is dearer. Lines are 95 % "
            f"intervals; the band is the margin of ±{margin * 100:g} % declared beforehand. The "
            f"A/A row is {analysis.reference} entered twice: it must lie on 1, and its interval is "
            "what this machine can resolve."
        ),
        alt=_alt(analysis, cells),
        table=Table(
            COLUMNS,
            tuple(_row(cell, result) for cell in cells for result in _entries(analysis, cell)),
        ),
        draw=lambda page: _draw(page, analysis, cells),
    )


def _entries(analysis: Analysis, cell: MeasuredCell) -> list[Result]:
    control = [result for result in cell.results if analysis.is_control(result.contestant)]
    return [
        result for result in (*control, *analysis.compared_in(cell)) if result.ratio(Quantity.COST)
    ]


def _row(cell: MeasuredCell, result: Result) -> tuple:
    ratio = result.ratio(Quantity.COST)
    return (
        cell.id,
        result.contestant,
        ratio.estimate,
        ratio.low,
        ratio.high,
        ratio.verdict,
        result.rounds,
        ratio.rounds_needed,
        " ".join(result.flags),
    )


def _alt(analysis: Analysis, cells: Sequence[MeasuredCell]) -> str:
    parts = [
        f"Forest plot of CPU time per message relative to {analysis.reference}, one panel per "
        "workload."
    ]
    for cell in cells:
        told = []
        for result in _entries(analysis, cell):
            ratio = result.ratio(Quantity.COST)
            name = "A/A control" if analysis.is_control(result.contestant) else result.contestant
            told.append(f"{name} {ratio.estimate:.3f}")
        parts.append(f"{cell_label(analysis, cell)}: {', '.join(told)}.")
    return " ".join(parts)


def _strips(
    page: Page, analysis: Analysis, cell: MeasuredCell, names: Sequence[str]
) -> list[Strip]:
    results = {result.contestant: result for result in cell.results}
    all_looks = looks(analysis, page.theme)
    strips = []
    for name in names:
        result = results.get(name)
        ratio = result.ratio(Quantity.COST) if result else None
        label = "A/A control" if analysis.is_control(name) else name
        if result is None or ratio is None:
            strips.append(Strip(label, all_looks[name], None))
            continue
        note = ratio_text(ratio.estimate, ratio.low, ratio.high)
        strips.append(
            Strip(
                label,
                all_looks[name],
                ratio.estimate,
                ratio.low,
                ratio.high,
                (),
                bool(result.flags),
                note,
            )
        )
    return strips


def _draw(page: Page, analysis: Analysis, cells: Sequence[MeasuredCell]) -> None:
    names = [name for name in contestant_names(analysis, cells) if name != analysis.reference]
    controls = {
        result.contestant
        for cell in cells
        for result in cell.results
        if analysis.is_control(result.contestant)
    }
    names = sorted(controls) + names
    panels = [_strips(page, analysis, cell, names) for cell in cells]
    low, high = _limits(panels, analysis.margins[Quantity.COST])
    page.key(
        key_items(
            analysis,
            page.theme,
            [result for cell in cells for result in _entries(analysis, cell)],
            False,
        )
    )
    labels = [strip.name for strip in panels[0]]
    space = margins(page, labels, [strip.note for panel in panels for strip in panel], below=0.56)
    made = page.tiles(len(cells), panel_height(page, len(names)), space, below=0.3)
    for place, (panel, cell, strips) in enumerate(zip(made, cells, panels)):
        _background(page, panel, analysis, controls=len(controls), rows=len(names))
        draw_strips(
            page,
            panel,
            [_at_edge(strip) for strip in strips],
            names=place % page.layout.columns == 0,
        )
        page.label(panel, cell_label(analysis, cell))
        panel.set_xscale("log")
        panel.set_xlim(low, high)
        ticks = _ticks(low, high)
        panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        panel.set_xticks([], minor=True)
    for panel in made[-page.layout.columns :]:
        panel.set_xlabel("ratio of CPU time per message (← cheaper, dearer →)")


def _background(page: Page, panel: Axes, analysis: Analysis, controls: int, rows: int) -> None:
    margin = analysis.margins[Quantity.COST]
    panel.axvspan(1 - margin, 1 + margin, color=page.theme.band, lw=0, zorder=0)
    panel.axvline(1, color=page.theme.muted, lw=1, zorder=1)
    if controls and rows > controls:
        panel.axhline(controls - 0.5, color=page.theme.grid, lw=1, zorder=0)


def _at_edge(strip: Strip) -> Strip:
    """A ratio off the scale becomes an arrow at the edge; its number still says how much."""
    if strip.value is None or 1 / WIDEST <= strip.value <= WIDEST:
        return strip
    high = strip.value > 1
    look = replace(strip.look, marker=">" if high else "<")
    return replace(strip, look=look, value=WIDEST if high else 1 / WIDEST, low=None, high=None)


def _limits(panels: Sequence[Sequence[Strip]], margin: float) -> tuple[float, float]:
    drawn = [
        value
        for panel in panels
        for strip in panel
        for value in (strip.value, strip.low, strip.high)
        if value
    ]
    reach = [min(max(value, 1 / WIDEST), WIDEST) for value in drawn]
    low, high = min([*reach, 1 - 2 * margin]), max([*reach, 1 + 2 * margin])
    edge = (high / low) ** 0.04
    return low / edge, high * edge


def _ticks(low: float, high: float) -> list[float]:
    """Ticks around 1: even steps when all is close to it, ratios like 0.5 and 2 when not."""
    for step in (0.01, 0.02, 0.05, 0.1, 0.2):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < 7:
            return [round(place * step, 6) for place in range(first, last + 1)]
    return log_ticks(low, high, most=6)
