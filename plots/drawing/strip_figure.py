"""A figure of strips: one panel per workload, one row per contestant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from experiments.runner.results.model import Analysis, MeasuredCell, Result
from plots.drawing.figure import Figure, Table
from plots.drawing.key import key_items
from plots.drawing.page import Page
from plots.drawing.strips import (
    Of,
    Rounds,
    Strip,
    cell_strips,
    contestant_names,
    draw_strips,
    from_zero,
    margins,
    panel_height,
    within_reach,
)
from plots.drawing.text import cell_label, short


@dataclass(frozen=True)
class StripContent:
    """What is shown; `axis` and `column` name it with its unit, `bars` joins it to 0."""

    name: str
    title: str
    column: str
    axis: str
    reading: str
    of: Of
    rounds: Rounds
    bars: bool = False


def strip_figure(
    analysis: Analysis, content: StripContent, cells: Sequence[MeasuredCell]
) -> Figure | None:
    """The figure, or None when none of the cells has the content."""
    cells = [cell for cell in cells if _measured(analysis, cell, content)]
    if not cells:
        return None
    return Figure(
        name=content.name,
        title=content.title,
        reading=content.reading,
        alt=strip_alt(analysis, content, cells),
        table=Table(
            ("cell", "contestant", content.column, "low_95", "high_95", "rounds", "flags"),
            tuple(
                _row(cell, result, content)
                for cell in cells
                for result in _measured(analysis, cell, content)
            ),
        ),
        draw=lambda page: _draw(page, analysis, content, cells),
    )


def strip_alt(analysis: Analysis, content: StripContent, cells: Sequence[MeasuredCell]) -> str:
    """The medians in words, workload by workload."""
    parts = [f"{content.title}, one panel per workload, one row per server."]
    for cell in cells:
        told = [
            f"{result.contestant} {short(value.median)}"
            for result in analysis.compared_in(cell)
            if (value := content.of(result)) is not None
        ]
        parts.append(f"{cell_label(analysis, cell)}: {', '.join(told)}.")
    return " ".join(parts)


def _measured(analysis: Analysis, cell: MeasuredCell, content: StripContent) -> list[Result]:
    return [result for result in analysis.compared_in(cell) if content.of(result) is not None]


def _row(cell: MeasuredCell, result: Result, content: StripContent) -> tuple:
    value = content.of(result)
    return (
        cell.id,
        result.contestant,
        value.median,
        value.low,
        value.high,
        result.rounds,
        " ".join(result.flags),
    )


def _draw(
    page: Page, analysis: Analysis, content: StripContent, cells: Sequence[MeasuredCell]
) -> None:
    names = contestant_names(analysis, cells)
    page.key(
        key_items(
            analysis,
            page.theme,
            [result for cell in cells for result in analysis.compared_in(cell)],
            False,
        )
    )
    panels = [
        cell_strips(page, analysis, cell, names, content.of, content.rounds) for cell in cells
    ]
    space = margins(page, names, [strip.note for strips in panels for strip in strips])
    made = page.tiles(len(cells), panel_height(page, len(names)), space, below=0.32)
    for place, (panel, cell, strips) in enumerate(zip(made, cells, panels)):
        fill_panel(page, panel, strips, content, names=place % page.layout.columns == 0)
        page.label(panel, cell_label(analysis, cell))
    for panel in made[-page.layout.columns :]:
        panel.set_xlabel(content.axis)


def fill_panel(
    page: Page, panel, strips: Sequence[Strip], content: StripContent, names: bool
) -> None:
    """Draws the strips on a scale from 0."""
    strips = within_reach(strips)
    if content.bars:
        for row, strip in enumerate(strips):
            if strip.value is not None:
                panel.plot(
                    [0, strip.value], [row, row], color=strip.look.colour, linewidth=1.2, zorder=2
                )
    draw_strips(page, panel, strips, names)
    from_zero(panel, strips)
