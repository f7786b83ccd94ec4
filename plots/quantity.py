"""A figure of strips: one quantity, one panel per workload, one row per contestant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from plots.figure import Figure, Table
from plots.key import key_items
from plots.model import Analysis, Cell, Entry
from plots.page import Page
from plots.strips import (
    Of,
    Rounds,
    Strip,
    cell_strips,
    contestant_names,
    draw_strips,
    from_zero,
    margins,
    panel_height,
)
from plots.text import short


@dataclass(frozen=True)
class Quantity:
    """What is shown; `axis` and `column` name it with its unit, `bars` joins it to 0."""

    name: str
    title: str
    column: str
    axis: str
    reading: str
    of: Of
    rounds: Rounds
    bars: bool = False


def strip_figure(analysis: Analysis, quantity: Quantity, cells: Sequence[Cell]) -> Figure | None:
    """The figure, or None when none of the cells has the quantity."""
    cells = [cell for cell in cells if _measured(analysis, cell, quantity)]
    if not cells:
        return None
    return Figure(
        name=quantity.name,
        title=quantity.title,
        reading=quantity.reading,
        alt=strip_alt(analysis, quantity, cells),
        table=Table(
            ("cell", "server", quantity.column, "low_95", "high_95", "rounds", "flags"),
            tuple(_row(cell, entry, quantity) for cell in cells for entry in _measured(analysis, cell, quantity)),
        ),
        draw=lambda page: _draw(page, analysis, quantity, cells),
    )


def strip_alt(analysis: Analysis, quantity: Quantity, cells: Sequence[Cell]) -> str:
    """The medians in words, workload by workload."""
    parts = [f"{quantity.title}, one panel per workload, one row per server."]
    for cell in cells:
        told = [
            f"{entry.server} {short(value.median)}"
            for entry in analysis.contestants(cell)
            if (value := quantity.of(entry)) is not None
        ]
        parts.append(f"{analysis.label(cell)}: {', '.join(told)}.")
    return " ".join(parts)


def _measured(analysis: Analysis, cell: Cell, quantity: Quantity) -> list[Entry]:
    return [entry for entry in analysis.contestants(cell) if quantity.of(entry) is not None]


def _row(cell: Cell, entry: Entry, quantity: Quantity) -> tuple:
    value = quantity.of(entry)
    return (cell.id, entry.server, value.median, value.low, value.high, entry.rounds, " ".join(entry.flags))


def _draw(page: Page, analysis: Analysis, quantity: Quantity, cells: Sequence[Cell]) -> None:
    names = contestant_names(analysis, cells)
    page.key(key_items(analysis, page.theme, [entry for cell in cells for entry in analysis.contestants(cell)], False))
    panels = [cell_strips(page, analysis, cell, names, quantity.of, quantity.rounds) for cell in cells]
    space = margins(page, names, [strip.note for strips in panels for strip in strips])
    made = page.tiles(len(cells), panel_height(page, len(names)), space, below=0.32)
    for place, (panel, cell, strips) in enumerate(zip(made, cells, panels)):
        fill_panel(page, panel, strips, quantity, names=place % page.layout.columns == 0)
        page.label(panel, analysis.label(cell))
    for panel in made[-page.layout.columns :]:
        panel.set_xlabel(quantity.axis)


def fill_panel(page: Page, panel, strips: Sequence[Strip], quantity: Quantity, names: bool) -> None:
    """Draws the strips on a scale from 0."""
    if quantity.bars:
        for row, strip in enumerate(strips):
            if strip.value is not None:
                panel.plot([0, strip.value], [row, row], color=strip.look.colour, linewidth=1.2, zorder=2)
    draw_strips(page, panel, strips, names)
    from_zero(panel, strips)
