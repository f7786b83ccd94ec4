"""What a closed-loop view hides: response time against service time at p99, open loop."""

from __future__ import annotations

from typing import Sequence

from matplotlib.axes import Axes

from plots.axes import log_limits, log_x
from plots.figure import Figure, Table
from plots.key import key_items
from plots.model import Analysis, Cell, Entry
from plots.page import KeyItem, Page
from plots.strips import Strip, contestant_names, draw_strips, margins, panel_height
from plots.text import short
from plots.theme import looks

NAME = "response-service-gap"
COLUMNS = ("cell", "server", "service_p99_us", "response_p99_us", "response_over_service", "flags")


def figure(analysis: Analysis) -> Figure | None:
    """One panel per open-loop workload; None when none has both p99."""
    cells = [cell for cell in analysis.cells if any(_pair(entry) for entry in analysis.contestants(cell))]
    if not cells:
        return None
    entries = [(cell, entry) for cell in cells for entry in analysis.contestants(cell) if _pair(entry)]
    return Figure(
        name=NAME,
        title="Response time against service time at p99, open loop",
        reading=(
            "The bar | is p99 of service time (sent to reply), the point p99 of response time (intended start to "
            "reply), the number how many times longer. The line between them is waiting that a generator misses "
            "when it lets a slow server delay the next request."
        ),
        alt=_alt(analysis, cells),
        table=Table(COLUMNS, tuple(_row(cell, entry) for cell, entry in entries)),
        draw=lambda page: _draw(page, analysis, cells),
    )


def _pair(entry: Entry) -> tuple[float, float] | None:
    if not entry.service or not entry.response or not entry.service.p99 or not entry.response.p99:
        return None
    return entry.service.p99, entry.response.p99


def _row(cell: Cell, entry: Entry) -> tuple:
    service, response = _pair(entry)
    return (cell.id, entry.server, service, response, response / service, " ".join(entry.flags))


def _alt(analysis: Analysis, cells: Sequence[Cell]) -> str:
    parts = ["p99 of response time divided by p99 of service time, open loop."]
    for cell in cells:
        told = [
            f"{entry.server} {short(pair[1] / pair[0])}"
            for entry in analysis.contestants(cell)
            if (pair := _pair(entry))
        ]
        parts.append(f"{analysis.label(cell)}: {', '.join(told)}.")
    return " ".join(parts)


def _draw(page: Page, analysis: Analysis, cells: Sequence[Cell]) -> None:
    names = contestant_names(analysis, cells)
    items = key_items(analysis, page.theme, [e for cell in cells for e in analysis.contestants(cell)], lines=False)
    page.key([*items, KeyItem("service time", page.theme.muted, marker="|"), KeyItem("response time", page.theme.muted, marker="o")])
    panels = [_strips(page, analysis, cell, names) for cell in cells]
    drawn = [value for strips in panels for strip in strips for value in (strip.value, strip.low) if value]
    limits = log_limits(drawn)
    space = margins(page, names, [strip.note for strips in panels for strip in strips])
    made = page.tiles(len(cells), panel_height(page, len(names)), space, below=0.32)
    for place, (panel, cell, strips) in enumerate(zip(made, cells, panels)):
        _services(panel, strips)
        draw_strips(page, panel, strips, names=place % page.layout.columns == 0)
        log_x(panel, limits, most=6)
        page.label(panel, analysis.label(cell))
    for panel in made[-page.layout.columns :]:
        panel.set_xlabel("p99 (µs)")


def _strips(page: Page, analysis: Analysis, cell: Cell, names: Sequence[str]) -> list[Strip]:
    """Strips whose value is the response time and whose interval reaches back to the service time."""
    entries = {entry.server: entry for entry in cell.entries}
    all_looks = looks(analysis, page.theme)
    strips = []
    for name in names:
        entry = entries.get(name)
        pair = _pair(entry) if entry else None
        if entry is None or pair is None:
            strips.append(Strip(name, all_looks[name], None))
            continue
        service, response = pair
        note = f"× {short(response / service)}"
        strips.append(Strip(name, all_looks[name], response, service, response, (), bool(entry.flags), note))
    return strips


def _services(panel: Axes, strips: Sequence[Strip]) -> None:
    for row, strip in enumerate(strips):
        if strip.low is not None:
            panel.plot([strip.low], [row], "|", color=strip.look.colour, ms=9, mew=2)
