"""A forest plot: ratios to the reference, paired within rounds, one panel per workload."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Sequence

from matplotlib.axes import Axes

from experiments.runner.results.model import Analysis, MeasuredCell, Quantity, Ratio, Result
from plots.drawing.figure import Figure, Table
from plots.drawing.key import key_items
from plots.drawing.page import KeyItem, Page
from plots.drawing.strips import Strip, contestant_names, draw_strips, margins, panel_height
from plots.drawing.text import cell_label, log_ticks, ratio_text
from plots.drawing.theme import Look, looks

COLUMNS = (
    "cell",
    "contestant",
    "quantity",
    "ratio",
    "low_95",
    "high_95",
    "verdict",
    "rounds",
    "rounds_needed",
    "flags",
)
WIDEST = 4.0
"""Ratios beyond this (or below its inverse) are drawn at the edge, as an arrow."""
FIRST_BELOW, NEXT_BELOW = 0.24, 0.15
"""How far below the first quantity's mark the others lie, in rows."""


@dataclass(frozen=True)
class Beside:
    """A further quantity in the same rows: a smaller mark with a thin line.

    One that is not `on_scale` is muted and may leave the panel: the scale does not follow it.
    """

    quantity: Quantity
    words: str
    marker: str
    on_scale: bool = True


@dataclass(frozen=True)
class ForestContent:
    """What is shown: `quantity` with its number, and others `beside` it."""

    name: str
    title: str
    quantity: Quantity
    words: str
    axis: str
    reading: str
    beside: tuple[Beside, ...] = ()


def forest_figure(
    analysis: Analysis, content: ForestContent, cells: Sequence[MeasuredCell]
) -> Figure | None:
    """The figure, or None when none of the cells has a ratio of the quantity."""
    cells = [cell for cell in cells if _entries(analysis, cell, content.quantity)]
    if not cells:
        return None
    measured = tuple(
        one
        for one in content.beside
        if any(_entries(analysis, cell, one.quantity) for cell in cells)
    )
    content = replace(content, beside=measured)
    return Figure(
        name=content.name,
        title=content.title,
        reading=content.reading,
        alt=_alt(analysis, content, cells),
        table=Table(
            COLUMNS,
            tuple(
                _row(cell, result, quantity)
                for cell in cells
                for quantity in (content.quantity, *(one.quantity for one in measured))
                for result in _entries(analysis, cell, quantity)
            ),
        ),
        draw=lambda page: _draw(page, analysis, content, cells),
    )


def control_row(analysis: Analysis) -> str:
    """What the row of the control says, for a figure's text."""
    return (
        f"The A/A row is {analysis.reference} entered twice: it must lie on 1, and its interval "
        "is what this machine can resolve."
    )


def _entries(analysis: Analysis, cell: MeasuredCell, quantity: Quantity) -> list[Result]:
    control = [result for result in cell.results if analysis.is_control(result.contestant)]
    return [result for result in (*control, *analysis.compared_in(cell)) if result.ratio(quantity)]


def _row(cell: MeasuredCell, result: Result, quantity: Quantity) -> tuple:
    ratio = result.ratio(quantity)
    return (
        cell.id,
        result.contestant,
        quantity,
        ratio.estimate,
        ratio.low,
        ratio.high,
        ratio.verdict,
        result.rounds,
        ratio.rounds_needed,
        " ".join(result.flags),
    )


def _alt(analysis: Analysis, content: ForestContent, cells: Sequence[MeasuredCell]) -> str:
    parts = [
        f"Forest plot of {content.words} relative to {analysis.reference}, one panel per workload."
    ]
    for cell in cells:
        told = []
        for result in _entries(analysis, cell, content.quantity):
            ratio = result.ratio(content.quantity)
            name = "A/A control" if analysis.is_control(result.contestant) else result.contestant
            told.append(f"{name} {ratio.estimate:.3f}")
        parts.append(f"{cell_label(analysis, cell)}: {', '.join(told)}.")
    return " ".join(parts)


def _strip(label: str, look: Look, ratio: Ratio | None, hollow: bool) -> Strip:
    if ratio is None:
        return Strip(label, look, None)
    note = ratio_text(ratio.estimate, ratio.low, ratio.high)
    return Strip(label, look, ratio.estimate, ratio.low, ratio.high, (), hollow, note)


def _strips(
    page: Page,
    analysis: Analysis,
    quantity: Quantity,
    cell: MeasuredCell,
    names: Sequence[str],
) -> list[Strip]:
    results = {result.contestant: result for result in cell.results}
    all_looks = looks(analysis, page.theme)
    strips = []
    for name in names:
        result = results.get(name)
        label = "A/A control" if analysis.is_control(name) else name
        ratio = result.ratio(quantity) if result else None
        strips.append(_strip(label, all_looks[name], ratio, bool(result and result.flags)))
    return strips


def _draw(
    page: Page, analysis: Analysis, content: ForestContent, cells: Sequence[MeasuredCell]
) -> None:
    entries = [result for cell in cells for result in _entries(analysis, cell, content.quantity)]
    controls = sorted({one.contestant for one in entries if analysis.is_control(one.contestant)})
    others = contestant_names(analysis, cells)
    names = controls + [name for name in others if name != analysis.reference]
    panels = [_strips(page, analysis, content.quantity, cell, names) for cell in cells]
    beside = [
        [(one, _strips(page, analysis, one.quantity, cell, names)) for one in content.beside]
        for cell in cells
    ]
    on_scale = [strips for each in beside for one, strips in each if one.on_scale]
    limits = _limits([*panels, *on_scale], analysis.margins[content.quantity])
    page.key([*key_items(analysis, page.theme, entries, False), *_beside_key(page, content)])
    labels = [strip.name for strip in panels[0]]
    space = margins(page, labels, [strip.note for panel in panels for strip in panel], below=0.56)
    height = panel_height(page, len(names)) * (1 + 0.35 * len(content.beside))
    made = page.tiles(len(cells), height, space, below=0.3)
    for place, (panel, cell) in enumerate(zip(made, cells)):
        _background(page, panel, analysis, content.quantity, len(controls), len(names))
        _scale(panel, limits)
        for row_of_marks, (one, strips) in enumerate(beside[place]):
            _marks(page, panel, one, strips, FIRST_BELOW + NEXT_BELOW * row_of_marks, limits)
        strips = [_at_edge(strip) for strip in panels[place]]
        draw_strips(page, panel, strips, names=place % page.layout.columns == 0)
        page.label(panel, cell_label(analysis, cell))
    for panel in made[-page.layout.columns :]:
        panel.set_xlabel(content.axis)


def _beside_key(page: Page, content: ForestContent) -> list[KeyItem]:
    if not content.beside:
        return []
    first = KeyItem(f"{content.words}, with its number", page.theme.ink, marker="o")
    return [first] + [
        KeyItem(one.words, page.theme.ink if one.on_scale else page.theme.muted, marker=one.marker)
        for one in content.beside
    ]


def _marks(
    page: Page,
    panel: Axes,
    one: Beside,
    strips: Sequence[Strip],
    below: float,
    limits: tuple[float, float],
) -> None:
    """A quantity beside the first; an arrow stands where its interval leaves the panel."""
    low, high = limits
    for row, strip in enumerate(strips):
        if strip.value is None:
            continue
        y = row + below
        colour = strip.look.colour if one.on_scale else page.theme.muted
        drawn = [(one.marker, strip.value)] if low <= strip.value <= high else []
        if strip.low is not None and strip.high is not None:
            panel.plot([strip.low, strip.high], [y, y], color=colour, linewidth=0.9, zorder=1.8)
            drawn += [("<", low)] * (strip.low < low) + [(">", high)] * (strip.high > high)
        for marker, x in drawn:
            panel.plot([x], [y], marker, color=colour, ms=3.2, mew=0.8, zorder=2.2, clip_on=False)


def _background(
    page: Page, panel: Axes, analysis: Analysis, quantity: Quantity, controls: int, rows: int
) -> None:
    margin = analysis.margins[quantity]
    panel.axvspan(1 - margin, 1 + margin, color=page.theme.band, lw=0, zorder=0)
    panel.axvline(1, color=page.theme.muted, lw=1, zorder=1)
    if controls and rows > controls:
        panel.axhline(controls - 0.5, color=page.theme.grid, lw=1, zorder=0)


def _scale(panel: Axes, limits: tuple[float, float]) -> None:
    panel.set_xscale("log")
    panel.set_xlim(*limits)
    ticks = _ticks(*limits)
    panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    panel.set_xticks([], minor=True)


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
