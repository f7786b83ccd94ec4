"""What a closed-loop view hides: response time against service time at p99, open loop."""

from __future__ import annotations

from typing import Sequence

from matplotlib.axes import Axes

from experiments.runner.results.model import Analysis, MeasuredCell, Result
from plots.drawing.axes import log_limits, log_x
from plots.drawing.figure import Figure, Table
from plots.drawing.key import key_items
from plots.drawing.page import KeyItem, Page
from plots.drawing.strips import Strip, contestant_names, draw_strips, margins, panel_height
from plots.drawing.text import cell_label, short
from plots.drawing.theme import looks

NAME = "response-service-gap"
COLUMNS = (
    "cell",
    "contestant",
    "service_p99_us",
    "response_p99_us",
    "response_over_service",
    "flags",
)


def figure(analysis: Analysis) -> Figure | None:
    """One panel per open-loop workload; None when none has both p99."""
    cells = [
        cell
        for cell in analysis.cells
        if any(_pair(result) for result in analysis.compared_in(cell))
    ]
    if not cells:
        return None
    results = [
        (cell, result) for cell in cells for result in analysis.compared_in(cell) if _pair(result)
    ]
    return Figure(
        name=NAME,
        title="Response time against service time at p99, open loop",
        reading=(
            "The bar | is p99 of service time (sent to reply), the point p99 of response time "
            "(intended start to reply), the number how many times longer. The line between them is "
            "waiting that a generator misses when it lets a slow server delay the next request."
        ),
        alt=_alt(analysis, cells),
        table=Table(COLUMNS, tuple(_row(cell, result) for cell, result in results)),
        draw=lambda page: _draw(page, analysis, cells),
    )


def _pair(result: Result) -> tuple[float, float] | None:
    if (
        not result.service_us
        or not result.response_us
        or not result.service_us.p99
        or not result.response_us.p99
    ):
        return None
    return result.service_us.p99, result.response_us.p99


def _row(cell: MeasuredCell, result: Result) -> tuple:
    service, response = _pair(result)
    return (
        cell.id,
        result.contestant,
        service,
        response,
        response / service,
        " ".join(result.flags),
    )


def _alt(analysis: Analysis, cells: Sequence[MeasuredCell]) -> str:
    parts = ["p99 of response time divided by p99 of service time, open loop."]
    for cell in cells:
        told = [
            f"{result.contestant} {short(pair[1] / pair[0])}"
            for result in analysis.compared_in(cell)
            if (pair := _pair(result))
        ]
        parts.append(f"{cell_label(analysis, cell)}: {', '.join(told)}.")
    return " ".join(parts)


def _draw(page: Page, analysis: Analysis, cells: Sequence[MeasuredCell]) -> None:
    names = contestant_names(analysis, cells)
    items = key_items(
        analysis, page.theme, [e for cell in cells for e in analysis.compared_in(cell)], lines=False
    )
    page.key(
        [
            *items,
            KeyItem("service time", page.theme.muted, marker="|"),
            KeyItem("response time", page.theme.muted, marker="o"),
        ]
    )
    panels = [_strips(page, analysis, cell, names) for cell in cells]
    drawn = [
        value
        for strips in panels
        for strip in strips
        for value in (strip.value, strip.low)
        if value
    ]
    limits = log_limits(drawn)
    space = margins(page, names, [strip.note for strips in panels for strip in strips])
    made = page.tiles(len(cells), panel_height(page, len(names)), space, below=0.32)
    for place, (panel, cell, strips) in enumerate(zip(made, cells, panels)):
        _services(panel, strips)
        draw_strips(page, panel, strips, names=place % page.layout.columns == 0)
        log_x(panel, limits, most=6)
        page.label(panel, cell_label(analysis, cell))
    for panel in made[-page.layout.columns :]:
        panel.set_xlabel("p99 (µs)")


def _strips(
    page: Page, analysis: Analysis, cell: MeasuredCell, names: Sequence[str]
) -> list[Strip]:
    """The value is the response time, the interval reaches back to the service time."""
    results = {result.contestant: result for result in cell.results}
    all_looks = looks(analysis, page.theme)
    strips = []
    for name in names:
        result = results.get(name)
        pair = _pair(result) if result else None
        if result is None or pair is None:
            strips.append(Strip(name, all_looks[name], None))
            continue
        service, response = pair
        note = f"× {short(response / service)}"
        strips.append(
            Strip(name, all_looks[name], response, service, response, (), bool(result.flags), note)
        )
    return strips


def _services(panel: Axes, strips: Sequence[Strip]) -> None:
    for row, strip in enumerate(strips):
        if strip.low is not None:
            panel.plot([strip.low], [row], "|", color=strip.look.colour, ms=9, mew=2)
