"""Panels with one row per contestant: a value, its interval, the rounds behind it, its number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from experiments.runner.results.model import Analysis, Estimate, MeasuredCell, Result
from plots.drawing.dots import draw_dots, thinned
from plots.drawing.page import KEY_SIZE, Margins, Page
from plots.drawing.text import short, text_width, tick
from plots.drawing.theme import Look, looks

DOTS_BELOW = 0.26
"""How far below their median the dots of the rounds lie, in rows."""


FARTHEST = 2.0
"""Rounds beyond so many times the largest median are not drawn but told by an arrow."""


@dataclass(frozen=True)
class Strip:
    """One row; `value` None means nothing was measured and only `note` is shown.

    `farther`: some rounds lie beyond the panel, which an arrow says.
    """

    name: str
    look: Look
    value: float | None
    low: float | None = None
    high: float | None = None
    dots: Sequence[float] = ()
    hollow: bool = False
    note: str = ""
    farther: bool = False


def pitch(page: Page) -> float:
    """Inches from row to row; narrow pages name the contestant above its row."""
    return 0.4 if page.layout.narrow else 0.225


def panel_height(page: Page, rows: int) -> float:
    """Inner height of a panel with that many rows."""
    return rows * pitch(page) + 0.06


def margins(page: Page, names: Iterable[str], notes: Iterable[str], below: float = 0.52) -> Margins:
    """Space for the names on the left of the first column and the notes right of each panel."""
    right = max((text_width(note, KEY_SIZE) for note in notes), default=0.0) + 0.14
    if page.layout.narrow:
        return Margins(left=0.12, right=right, below=below)
    first = max((text_width(name, KEY_SIZE) for name in names), default=0.0) + 0.2
    return Margins(left=0.16, right=right, below=below, first=first)


def draw_strips(page: Page, panel: Axes, strips: Sequence[Strip], names: bool) -> None:
    """Fills a panel from the top; `names` writes the contestants beside it (wide pages only)."""
    for row, strip in enumerate(strips):
        _mark(page, panel, row, strip)
        note = strip.note if strip.value is not None else (strip.note or "–")
        panel.annotate(
            note,
            (1, row),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=KEY_SIZE,
            color=page.theme.ink if strip.value is not None else page.theme.muted,
        )
        if page.layout.narrow:
            panel.annotate(
                strip.name,
                (0, row),
                xycoords=("axes fraction", "data"),
                xytext=(0, 5),
                textcoords="offset points",
                va="bottom",
                fontsize=KEY_SIZE,
                bbox={"facecolor": page.theme.paper, "edgecolor": "none", "pad": 0.6},
                zorder=2.5,
            )
    panel.set_ylim(len(strips) - 0.5 + 0.1, -0.8 if page.layout.narrow else -0.6)
    panel.spines["left"].set_visible(False)
    panel.tick_params(axis="y", length=0, pad=6, labelsize=KEY_SIZE)
    shown = names and not page.layout.narrow
    panel.set_yticks(
        range(len(strips)), [strip.name for strip in strips] if shown else [""] * len(strips)
    )
    panel.grid(axis="x", linewidth=0.7)


def _mark(page: Page, panel: Axes, row: int, strip: Strip) -> None:
    if strip.value is None:
        return
    look = strip.look
    if strip.dots:
        draw_dots(panel, strip.dots, [row + DOTS_BELOW] * len(strip.dots), look.colour)
        if strip.farther:
            panel.plot(
                [1],
                [row + DOTS_BELOW],
                ">",
                transform=panel.get_yaxis_transform(),
                color=look.colour,
                ms=3,
                alpha=0.7,
                mew=0,
                clip_on=False,
            )
    if strip.low is not None and strip.high is not None:
        panel.plot([strip.low, strip.high], [row, row], color=look.colour, linewidth=2)
    face = page.theme.paper if strip.hollow else look.colour
    panel.plot(
        [strip.value],
        [row],
        look.marker,
        color=look.colour,
        markerfacecolor=face,
        ms=5,
        mew=1.2,
        zorder=3,
        clip_on=False,
    )


Of = Callable[[Result], Estimate | None]
Rounds = Callable[[Result], Sequence[float | None]]


def _dots(values: Sequence[float | None]) -> list[float]:
    return [values[place] for place in thinned(values)]


def contestant_names(analysis: Analysis, cells: Sequence[MeasuredCell]) -> list[str]:
    """Everyone (but the control) who is in at least one of the cells, in their order."""
    found = {result.contestant for cell in cells for result in analysis.compared_in(cell)}
    known = [one.name for one in analysis.compared if one.name in found]
    return known + sorted(found - set(known))


def cell_strips(
    page: Page, analysis: Analysis, cell: MeasuredCell, names: Sequence[str], of: Of, rounds: Rounds
) -> list[Strip]:
    """One strip per name for a quantity of a cell; contestants absent from it get an empty row."""
    results = {result.contestant: result for result in cell.results}
    all_looks = looks(analysis, page.theme)
    strips = []
    for name in names:
        result = results.get(name)
        value = of(result) if result else None
        if result is None or value is None:
            strips.append(Strip(name, all_looks[name], None))
            continue
        strips.append(
            Strip(
                name,
                all_looks[name],
                value.median,
                value.low,
                value.high,
                _dots(rounds(result)),
                bool(result.flags),
                short(value.median),
            )
        )
    return strips


def within_reach(strips: Sequence[Strip]) -> list[Strip]:
    """The strips without the dots that would squeeze all that matters into a corner."""
    reach = FARTHEST * max((strip.value or 0 for strip in strips), default=0)
    reach = max([reach, *(strip.high for strip in strips if strip.high is not None)])
    return [
        replace(
            strip,
            dots=[dot for dot in strip.dots if dot <= reach],
            farther=any(dot > reach for dot in strip.dots),
        )
        for strip in strips
    ]


def from_zero(panel: Axes, strips: Sequence[Strip]) -> None:
    """Limits from 0 to a little beyond everything drawn."""
    drawn = [
        value
        for strip in strips
        for value in (strip.value, strip.high, *strip.dots)
        if value is not None
    ]
    panel.set_xlim(0, max(drawn, default=1.0) * 1.06 or 1.0)
    panel.locator_params(axis="x", nbins=5)
    panel.xaxis.set_major_formatter(FuncFormatter(tick))
