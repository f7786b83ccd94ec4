"""Response time by load, where each server breaks, and whether the load offered was achieved."""

from __future__ import annotations

from typing import Sequence

from experiments.runner.results.model import (
    ACHIEVED,
    Analysis,
    BreakingLoad,
    Estimate,
    MeasuredCell,
    Result,
)
from plots.drawing.figure import Figure, Table
from plots.drawing.key import label_height, label_room, line_key
from plots.drawing.page import KEY_SIZE, Margins, Page, Row, tiled
from plots.drawing.strips import Strip, contestant_names, draw_strips, panel_height
from plots.drawing.text import short, text_width
from plots.drawing.theme import looks
from plots.figures.load_panels import DOTS, achieved, latency, load_axis
from plots.figures.load_series import Group, Latency, grouped, latencies

NAME = "response-by-load"
COLUMNS = (
    "cell",
    "offered_per_s",
    "utilisation",
    "contestant",
    "p50_us",
    "p99_us",
    "p99_low_95",
    "p99_high_95",
    "p999_us",
    "p999_low_95",
    "p999_high_95",
    "seen_p99_us",
    "seen_p99_low_95",
    "seen_p99_high_95",
    "achieved",
    "breaking_per_s",
    "breaking_low_95",
    "breaking_high_95",
    "flags",
)


def figure(analysis: Analysis) -> Figure | None:
    """Panels for each ladder of loads; None when nothing was offered at a rate."""
    groups = grouped(analysis)
    if not groups:
        return None
    return Figure(
        name=NAME,
        title="Response time by load, and where each server breaks",
        reading=_reading(analysis, groups),
        alt=_alt(analysis, groups),
        table=Table(COLUMNS, tuple(row for group in groups for row in _rows(analysis, group))),
        draw=lambda page: _draw(page, analysis, groups),
    )


def _reading(analysis: Analysis, groups: Sequence[Group]) -> str:
    told = [
        "Requests start on a schedule, the same for all servers; response time counts from the "
        "intended start. The point is the p99 of a typical slice, without the requests that a "
        "stall of the machine disturbed; its line is the 95 % interval, and each faint dot is a "
        f"round (of more than {DOTS}, {DOTS} evenly by rank). "
        "As seen means all requests: that is what a user "
        "gets on this machine, and it says more of the machine than of the server.",
    ]
    if any(group.capacity for group in groups):
        told.append(
            f"Capacity is the rate at which {analysis.reference} was found to break before the "
            "measurement, so servers are compared at the same load."
        )
    if any(group.breaking for group in groups):
        told.append(
            "A server breaks where more than 1 % of its replies come later than the line of "
            f"{groups[0].limit_us / 1000:g} ms; that was searched for once in every epoch (a dot)."
        )
    told.append(
        f"Where achieved ÷ offered falls below {ACHIEVED} the load was not carried, and the "
        "latencies there depend on how long the run was."
    )
    return " ".join(told)


def _rows(analysis: Analysis, group: Group) -> list[tuple]:
    found = [_row(cell, result) for cell in group.cells for result in analysis.compared_in(cell)]
    for one in group.breaking:
        empty = (None,) * (len(COLUMNS) - 8)
        share = one.rate_per_s.median / group.capacity if group.capacity else None
        rate = one.rate_per_s
        found.append(
            (one.cell, None, share, one.contestant, *empty, rate.median, rate.low, rate.high, "")
        )
    return found


def _row(cell: MeasuredCell, result: Result) -> tuple:
    return (
        cell.id,
        cell.offered_per_s,
        cell.utilisation,
        result.contestant,
        result.response_us.p50 if result.response_us else None,
        *_three(result.p99_us),
        *_three(result.p999_us),
        *_three(result.seen_p99_us),
        result.achieved,
        *(None,) * 3,
        " ".join(result.flags),
    )


def _three(value: Estimate | None) -> tuple[float | None, ...]:
    return (value.median, value.low, value.high) if value else (None, None, None)


def _alt(analysis: Analysis, groups: Sequence[Group]) -> str:
    parts = ["Response time in microseconds and achieved share of the load, by load."]
    for group in groups:
        first = latencies(analysis, group)[:1]
        for cell in dict.fromkeys((group.cells[0], group.cells[-1]) if first else ()):
            told = [
                f"{result.contestant} {short(value.median)}"
                for result in analysis.compared_in(cell)
                if (value := first[0].of(result))
            ]
            parts.append(f"{first[0].words} at {group.load_text(cell)}: {', '.join(told)}.")
        if group.breaking:
            told = [f"{one.contestant} {short(one.rate_per_s.median)}" for one in group.breaking]
            parts.append(f"Breaks at messages per second: {', '.join(told)}.")
    return " ".join(parts)


def _draw(page: Page, analysis: Analysis, groups: Sequence[Group]) -> None:
    cells = [cell for group in groups for cell in group.cells]
    names = contestant_names(analysis, cells)
    line_key(page, analysis, [result for cell in cells for result in analysis.compared_in(cell)])
    rows, fill = [], []
    for group in groups:
        found = latencies(analysis, group)
        rows += _layout(page, group, names, found)
        fill.append((group, found))
    made = iter(page.grid(rows))
    for group, found in fill:
        for place, one in enumerate(found):
            panel = next(made)
            breaks = place == 0 and bool(group.breaking)
            latency(page, panel, analysis, group, one, breaks)
            page.label(panel, f"{one.words}, {group.words}")
            if breaks:
                _breaking(page, next(made), analysis, group, panel.get_xlim())
        if group.cells:
            achieved(page, next(made), analysis, group)
        elif group.breaking:
            _breaking(page, next(made), analysis, group, None)


def _layout(page: Page, group: Group, names: Sequence[str], found: Sequence[Latency]) -> list[Row]:
    """The first latency across the page, where each breaks below it, the others side by side."""
    room = label_room(page.layout, names)
    left = 0.66
    rows = []
    if group.breaking:
        who = [one.contestant for one in group.breaking]
        room = max(room, max(text_width(_rate(one), KEY_SIZE) for one in group.breaking) + 0.14)
        if not page.layout.narrow:
            left = max(left, max(text_width(name, KEY_SIZE) for name in who) + 0.2)
        beside = Margins(left=left, right=room)
        rows.append(Row(1, 1, panel_height(page, len(who)), beside))
    if not group.cells:
        return rows
    wide = Row(1, 1, label_height(page.layout, names, 2.7), Margins(left=left, right=room))
    small = Margins(left=0.66, right=label_room(page.layout, names))
    height = label_height(page.layout, names, 1.9)
    return [wide, *rows, *tiled(len(found), page.layout.columns, height, small)]


def _breaking(
    page: Page,
    panel,
    analysis: Analysis,
    group: Group,
    limits: tuple[float, float] | None,
) -> None:
    """One row for each server, on the scale of the panel above."""
    all_looks = looks(analysis, page.theme)
    strips = [
        Strip(
            one.contestant,
            all_looks[one.contestant],
            group.of_rate(one.rate_per_s.median),
            one.rate_per_s.low and group.of_rate(one.rate_per_s.low),
            one.rate_per_s.high and group.of_rate(one.rate_per_s.high),
            [group.of_rate(rate) for rate in one.by_epoch],
            note=_rate(one),
        )
        for one in group.breaking
    ]
    draw_strips(page, panel, strips, names=True)
    load_axis(panel, group, True)
    if limits:
        panel.set_xlim(*limits)
    limit = group.breaking[0].limit_us
    page.label(panel, f"Where each breaks (p99 of {limit / 1000:g} ms), {group.words}")


def _rate(one: BreakingLoad) -> str:
    return f"{short(one.rate_per_s.median)}/s"
