"""Response time against offered load, and whether the load offered was achieved."""

from __future__ import annotations

from collections import defaultdict
from typing import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from plots.axes import log_limits, log_y
from plots.figure import Figure, Table
from plots.key import LineEnd, label_ends, label_height, label_room, line_key
from plots.model import Analysis, Cell, Entry
from plots.page import Margins, Page
from plots.strips import contestant_names
from plots.text import short, tick
from plots.theme import looks

NAME = "response-by-load"
COLUMNS = ("cell", "offered_per_s", "server", "p50_us", "p99_us", "p999_us", "achieved", "flags")
SHORTFALL = 0.98
"""Below this share of the offered load a point is flagged CLIENT-BOUND by the analysis."""

Of = Callable[[Entry], float | None]
LATENCIES: tuple[tuple[str, str], ...] = (("p50", "p50"), ("p99", "p99"), ("p999", "p99.9"))


def figure(analysis: Analysis) -> Figure | None:
    """Four panels per workload; None when no workload was offered at a rate."""
    groups = _groups(analysis)
    if not groups:
        return None
    cells = [cell for group in groups for cell in group]
    return Figure(
        name=NAME,
        title="Response time against offered load",
        reading=(
            "Open loop: requests start on a schedule, the same for all servers, and response time counts from the "
            "intended start. Achieved is what was answered while the schedule lasted. Where achieved ÷ offered falls "
            f"below {SHORTFALL} the load was not carried, and the latencies there depend on how long the run was."
        ),
        alt=_alt(analysis, groups),
        table=Table(COLUMNS, tuple(_row(cell, entry) for cell in cells for entry in analysis.contestants(cell))),
        draw=lambda page: _draw(page, analysis, groups),
    )


def _groups(analysis: Analysis) -> list[list[Cell]]:
    """Open-loop workloads that differ in rate only, each by rising rate."""
    found: dict[tuple, list[Cell]] = defaultdict(list)
    for cell in analysis.cells:
        if cell.open_loop and cell.rate_per_s and any(entry.response for entry in analysis.contestants(cell)):
            found[(cell.protocol, cell.connections, cell.depth, cell.size)].append(cell)
    return [sorted(group, key=lambda cell: cell.rate_per_s) for group in found.values()]


def _row(cell: Cell, entry: Entry) -> tuple:
    latencies = [entry.response.at(name) if entry.response else None for name, _ in LATENCIES]
    return (cell.id, cell.rate_per_s, entry.server, *latencies, entry.achieved, " ".join(entry.flags))


def _alt(analysis: Analysis, groups: Sequence[Sequence[Cell]]) -> str:
    parts = ["Response time in microseconds (p50, p99, p99.9) and achieved share of the load, by offered load."]
    for group in groups:
        for cell in (group[0], group[-1]):
            told = [
                f"{entry.server} {short(entry.response.p99)}"
                for entry in analysis.contestants(cell)
                if entry.response
            ]
            parts.append(f"p99 at {short(cell.rate_per_s)} messages per second: {', '.join(told)}.")
    return " ".join(parts)


def _draw(page: Page, analysis: Analysis, groups: Sequence[Sequence[Cell]]) -> None:
    cells = [cell for group in groups for cell in group]
    names = contestant_names(analysis, cells)
    line_key(page, analysis, [entry for cell in cells for entry in analysis.contestants(cell)])
    made = page.tiles(4 * len(groups), label_height(page.layout, names, 2.1), Margins(left=0.66, right=label_room(page.layout, names)))
    for place, group in enumerate(groups):
        panels = made[4 * place : 4 * place + 4]
        where = f"{group[0].protocol}, {group[0].connections} connections, depth {group[0].depth}"
        for panel, (key, words) in zip(panels, LATENCIES):
            _latency(page, panel, analysis, group, key)
            page.label(panel, f"{words} of response time: {where}" if len(groups) > 1 else f"{words} of response time")
            panel.set_ylabel(f"response {words} (µs)")
        _achieved(page, panels[3], analysis, group)


def _latency(page: Page, panel: Axes, analysis: Analysis, group: Sequence[Cell], key: str) -> None:
    def of(entry: Entry) -> float | None:
        return entry.response.at(key) if entry.response else None

    values = [value for cell in group for entry in analysis.contestants(cell) if (value := of(entry))]
    log_y(panel, log_limits(values))
    _offered_x(page, panel, group)
    if not values:
        panel.text(0.5, 0.5, "fewer than 100 samples\nbeyond this percentile", transform=panel.transAxes, ha="center")
        panel.set_yticks([])
    label_ends(page, panel, _lines(page, panel, analysis, group, of))


def _achieved(page: Page, panel: Axes, analysis: Analysis, group: Sequence[Cell]) -> None:
    ends = _lines(page, panel, analysis, group, lambda entry: entry.achieved)
    panel.axhline(SHORTFALL, color=page.theme.muted, lw=0.9, ls=(0, (1, 2)))
    shares = {
        (entry.server, cell.id): entry.achieved
        for cell in group
        for entry in analysis.contestants(cell)
        if entry.achieved is not None
    }
    lowest = min(0.9, 0.95 * min(shares.values(), default=1.0))
    panel.set_ylim(lowest, 1 + 0.08 * (1 - lowest))
    _offered_x(page, panel, group)
    panel.grid(axis="y", linewidth=0.7)
    page.label(panel, "Load achieved")
    panel.set_ylabel("achieved ÷ offered")
    below = SHORTFALL - 0.02 * (1 - lowest)
    panel.text(0.02, below, str(SHORTFALL), transform=panel.get_yaxis_transform(), va="top", fontsize=8)
    short_of = {name for (name, _), share in shares.items() if share < SHORTFALL}
    label_ends(page, panel, [end for end in ends if end.name in short_of])
    if ends and not short_of:
        panel.text(0.5, 0.5, f"all at {SHORTFALL} or above", transform=panel.transAxes, ha="center")


def _offered_x(page: Page, panel: Axes, group: Sequence[Cell]) -> None:
    panel.set_xlim(0, group[-1].rate_per_s * 1.04)
    panel.locator_params(axis="x", nbins=5)
    panel.xaxis.set_major_formatter(FuncFormatter(tick))
    panel.set_xlabel("offered load (messages per second)")


def _lines(page: Page, panel: Axes, analysis: Analysis, group: Sequence[Cell], of: Of) -> list[LineEnd]:
    """Draws one line per contestant, hollow where flagged; returns where each ends."""
    ends = []
    for name, look in looks(analysis, page.theme).items():
        points = []
        for cell in group:
            for entry in analysis.contestants(cell):
                if entry.server == name and (value := of(entry)) is not None:
                    points.append((cell.rate_per_s, value))
                    face = page.theme.paper if entry.flags else look.colour
                    panel.plot(*points[-1], look.marker, color=look.colour, markerfacecolor=face, ms=4.5, zorder=3)
        if points:
            panel.plot(*zip(*points), color=look.colour, linestyle=look.dashes, zorder=2)
            ends.append(LineEnd(name, *points[-1], look))
    return ends
