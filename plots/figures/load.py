"""Response time against offered load, and whether the load offered was achieved."""

from __future__ import annotations

from collections import defaultdict
from typing import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from experiments.runner.results.model import ACHIEVED, Analysis, MeasuredCell, Result
from plots.drawing.axes import log_limits, log_y
from plots.drawing.figure import Figure, Table
from plots.drawing.key import LineEnd, label_ends, label_height, label_room, line_key
from plots.drawing.page import Margins, Page
from plots.drawing.strips import contestant_names
from plots.drawing.text import short, tick
from plots.drawing.theme import looks

NAME = "response-by-load"
COLUMNS = (
    "cell",
    "offered_per_s",
    "contestant",
    "p50_us",
    "p99_us",
    "p999_us",
    "achieved",
    "flags",
)

Of = Callable[[Result], float | None]
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
            "Open loop: requests start on a schedule, the same for all servers, and response time "
            "counts from the intended start. Achieved is what was answered while the schedule "
            f"lasted. Where achieved ÷ offered falls below {ACHIEVED} the load was not carried, "
            "and the latencies there depend on how long the run was."
        ),
        alt=_alt(analysis, groups),
        table=Table(
            COLUMNS,
            tuple(_row(cell, result) for cell in cells for result in analysis.compared_in(cell)),
        ),
        draw=lambda page: _draw(page, analysis, groups),
    )


def _groups(analysis: Analysis) -> list[list[MeasuredCell]]:
    """Open-loop workloads that differ in rate only, each by rising rate."""
    found: dict[tuple, list[MeasuredCell]] = defaultdict(list)
    for cell in analysis.cells:
        if (
            cell.open_loop
            and cell.offered_per_s
            and any(result.response_us for result in analysis.compared_in(cell))
        ):
            found[(cell.protocol, cell.connections, cell.idle, cell.depth, cell.size)].append(cell)
    return [sorted(group, key=lambda cell: cell.offered_per_s) for group in found.values()]


def _row(cell: MeasuredCell, result: Result) -> tuple:
    latencies = [
        result.response_us.at(name) if result.response_us else None for name, _ in LATENCIES
    ]
    return (
        cell.id,
        cell.offered_per_s,
        result.contestant,
        *latencies,
        result.achieved,
        " ".join(result.flags),
    )


def _alt(analysis: Analysis, groups: Sequence[Sequence[MeasuredCell]]) -> str:
    parts = [
        "Response time in microseconds (p50, p99, p99.9) and achieved share of the load, by "
        "offered load."
    ]
    for group in groups:
        for cell in (group[0], group[-1]):
            told = [
                f"{result.contestant} {short(result.response_us.p99)}"
                for result in analysis.compared_in(cell)
                if result.response_us
            ]
            parts.append(
                f"p99 at {short(cell.offered_per_s)} messages per second: {', '.join(told)}."
            )
    return " ".join(parts)


def _draw(page: Page, analysis: Analysis, groups: Sequence[Sequence[MeasuredCell]]) -> None:
    cells = [cell for group in groups for cell in group]
    names = contestant_names(analysis, cells)
    line_key(page, analysis, [result for cell in cells for result in analysis.compared_in(cell)])
    made = page.tiles(
        4 * len(groups),
        label_height(page.layout, names, 2.1),
        Margins(left=0.66, right=label_room(page.layout, names)),
    )
    for place, group in enumerate(groups):
        panels = made[4 * place : 4 * place + 4]
        first = group[0]
        where = f"{first.protocol}, {first.connections_text}"
        for panel, (key, words) in zip(panels, LATENCIES):
            _latency(page, panel, analysis, group, key)
            page.label(
                panel,
                f"{words} of response time: {where}"
                if len(groups) > 1 or first.idle
                else f"{words} of response time",
            )
            panel.set_ylabel(f"response {words} (µs)")
        _achieved(page, panels[3], analysis, group)


def _latency(
    page: Page, panel: Axes, analysis: Analysis, group: Sequence[MeasuredCell], key: str
) -> None:
    def of(result: Result) -> float | None:
        return result.response_us.at(key) if result.response_us else None

    values = [
        value for cell in group for result in analysis.compared_in(cell) if (value := of(result))
    ]
    log_y(panel, log_limits(values))
    _offered_x(page, panel, group)
    if not values:
        panel.text(
            0.5,
            0.5,
            "fewer than 100 samples\nbeyond this percentile",
            transform=panel.transAxes,
            ha="center",
        )
        panel.set_yticks([])
    label_ends(page, panel, _lines(page, panel, analysis, group, of))


def _achieved(page: Page, panel: Axes, analysis: Analysis, group: Sequence[MeasuredCell]) -> None:
    ends = _lines(page, panel, analysis, group, lambda result: result.achieved)
    panel.axhline(ACHIEVED, color=page.theme.muted, lw=0.9, ls=(0, (1, 2)))
    shares = {
        (result.contestant, cell.id): result.achieved
        for cell in group
        for result in analysis.compared_in(cell)
        if result.achieved is not None
    }
    lowest = min(0.9, 0.95 * min(shares.values(), default=1.0))
    panel.set_ylim(lowest, 1 + 0.08 * (1 - lowest))
    _offered_x(page, panel, group)
    panel.grid(axis="y", linewidth=0.7)
    page.label(panel, "Load achieved")
    panel.set_ylabel("achieved ÷ offered")
    below = ACHIEVED - 0.02 * (1 - lowest)
    panel.text(
        0.02, below, str(ACHIEVED), transform=panel.get_yaxis_transform(), va="top", fontsize=8
    )
    short_of = {name for (name, _), share in shares.items() if share < ACHIEVED}
    label_ends(page, panel, [end for end in ends if end.name in short_of])
    if ends and not short_of:
        panel.text(0.5, 0.5, f"all at {ACHIEVED} or above", transform=panel.transAxes, ha="center")


def _offered_x(page: Page, panel: Axes, group: Sequence[MeasuredCell]) -> None:
    panel.set_xlim(0, group[-1].offered_per_s * 1.04)
    panel.locator_params(axis="x", nbins=5)
    panel.xaxis.set_major_formatter(FuncFormatter(tick))
    panel.set_xlabel("offered load (messages per second)")


def _lines(
    page: Page, panel: Axes, analysis: Analysis, group: Sequence[MeasuredCell], of: Of
) -> list[LineEnd]:
    """Draws one line per contestant, hollow where flagged; returns where each ends."""
    ends = []
    for name, look in looks(analysis, page.theme).items():
        points = []
        for cell in group:
            for result in analysis.compared_in(cell):
                if result.contestant == name and (value := of(result)) is not None:
                    points.append((cell.offered_per_s, value))
                    face = page.theme.paper if result.flags else look.colour
                    panel.plot(
                        *points[-1],
                        look.marker,
                        color=look.colour,
                        markerfacecolor=face,
                        ms=4.5,
                        zorder=3,
                    )
        if points:
            panel.plot(*zip(*points), color=look.colour, linestyle=look.dashes, zorder=2)
            ends.append(LineEnd(name, *points[-1], look))
    return ends
