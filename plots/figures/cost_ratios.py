"""The headline: CPU time per message relative to the reference, paired within rounds."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Sequence

from matplotlib.axes import Axes

from plots.figure import Figure, Table
from plots.key import key_items
from plots.model import Analysis, Cell, Entry
from plots.page import Page
from plots.strips import Strip, contestant_names, draw_strips, margins, panel_height
from plots.text import log_ticks, ratio_text
from plots.theme import looks

NAME = "cost-ratios"
COLUMNS = ("cell", "server", "cost_ratio", "low_95", "high_95", "verdict", "rounds", "rounds_needed", "flags")
WIDEST = 4.0
"""Ratios beyond this (or below its inverse) are drawn at the edge, as an arrow."""


def figure(analysis: Analysis) -> Figure | None:
    """The forest plot, or None when no cost ratio was measured."""
    cells = [cell for cell in analysis.cells if any("cost" in entry.ratios for entry in cell.entries)]
    if not cells:
        return None
    margin = analysis.margins["cost"]
    return Figure(
        name=NAME,
        title=f"CPU time per message, relative to {analysis.reference}",
        reading=(
            f"Left of 1 is cheaper than {analysis.reference}, right is dearer. Lines are 95 % intervals; the band is "
            f"the margin of ±{margin * 100:g} % declared beforehand. The A/A row is {analysis.reference} entered twice: "
            "it must lie on 1, and its interval is what this machine can resolve."
        ),
        alt=_alt(analysis, cells),
        table=Table(COLUMNS, tuple(_row(cell, entry) for cell in cells for entry in _entries(analysis, cell))),
        draw=lambda page: _draw(page, analysis, cells),
    )


def _entries(analysis: Analysis, cell: Cell) -> list[Entry]:
    control = [entry for entry in cell.entries if analysis.is_control(entry.server)]
    return [entry for entry in (*control, *analysis.contestants(cell)) if "cost" in entry.ratios]


def _row(cell: Cell, entry: Entry) -> tuple:
    ratio = entry.ratios["cost"]
    return (
        cell.id,
        entry.server,
        ratio.estimate,
        ratio.low,
        ratio.high,
        ratio.verdict,
        entry.rounds,
        ratio.rounds_needed,
        " ".join(entry.flags),
    )


def _alt(analysis: Analysis, cells: Sequence[Cell]) -> str:
    parts = [f"Forest plot of CPU time per message relative to {analysis.reference}, one panel per workload."]
    for cell in cells:
        told = []
        for entry in _entries(analysis, cell):
            ratio = entry.ratios["cost"]
            name = "A/A control" if analysis.is_control(entry.server) else entry.server
            told.append(f"{name} {ratio.estimate:.3f}")
        parts.append(f"{analysis.label(cell)}: {', '.join(told)}.")
    return " ".join(parts)


def _strips(page: Page, analysis: Analysis, cell: Cell, names: Sequence[str]) -> list[Strip]:
    entries = {entry.server: entry for entry in cell.entries}
    all_looks = looks(analysis, page.theme)
    strips = []
    for name in names:
        entry = entries.get(name)
        ratio = entry.ratios.get("cost") if entry else None
        label = "A/A control" if analysis.is_control(name) else name
        if entry is None or ratio is None:
            strips.append(Strip(label, all_looks[name], None))
            continue
        note = ratio_text(ratio.estimate, ratio.low, ratio.high)
        strips.append(
            Strip(label, all_looks[name], ratio.estimate, ratio.low, ratio.high, (), bool(entry.flags), note)
        )
    return strips


def _draw(page: Page, analysis: Analysis, cells: Sequence[Cell]) -> None:
    names = [name for name in contestant_names(analysis, cells) if name != analysis.reference]
    controls = {entry.server for cell in cells for entry in cell.entries if analysis.is_control(entry.server)}
    names = sorted(controls) + names
    panels = [_strips(page, analysis, cell, names) for cell in cells]
    low, high = _limits(panels, analysis.margins["cost"])
    page.key(key_items(analysis, page.theme, [entry for cell in cells for entry in _entries(analysis, cell)], False))
    labels = [strip.name for strip in panels[0]]
    space = margins(page, labels, [strip.note for panel in panels for strip in panel], below=0.56)
    made = page.tiles(len(cells), panel_height(page, len(names)), space, below=0.3)
    for place, (panel, cell, strips) in enumerate(zip(made, cells, panels)):
        _background(page, panel, analysis, controls=len(controls), rows=len(names))
        draw_strips(page, panel, [_at_edge(strip) for strip in strips], names=place % page.layout.columns == 0)
        page.label(panel, analysis.label(cell))
        panel.set_xscale("log")
        panel.set_xlim(low, high)
        ticks = _ticks(low, high)
        panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        panel.set_xticks([], minor=True)
    for panel in made[-page.layout.columns :]:
        panel.set_xlabel("ratio of CPU time per message (← cheaper, dearer →)")


def _background(page: Page, panel: Axes, analysis: Analysis, controls: int, rows: int) -> None:
    margin = analysis.margins["cost"]
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
    drawn = [value for panel in panels for strip in panel for value in (strip.value, strip.low, strip.high) if value]
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
