"""What the machine does by itself: how often a core that was wanted did not run, and how long."""

from __future__ import annotations

from typing import Sequence

from experiments.runner.results.model import Analysis, Stalls
from plots.drawing.axes import log_limits, log_x, log_y
from plots.drawing.figure import Figure, Table
from plots.drawing.page import KeyItem, Margins, Page, Row
from plots.drawing.text import short

NAME = "stalls"
COLUMNS = ("core", "at_least_us", "stalls", "watched_s", "stalls_per_s", "share_of_time_lost")
WORDS = {"generator": "load generator's core", "servers": "servers' core"}


def figure(analysis: Analysis) -> Figure | None:
    """One line for each core; None when no core was watched or none ever stalled."""
    watched = [one for one in analysis.stalls if _points(one)]
    if not watched:
        return None
    return Figure(
        name=NAME,
        title="What this machine does by itself",
        reading=_reading(watched),
        alt=_alt(watched),
        table=Table(COLUMNS, tuple(row for one in watched for row in _rows(one))),
        draw=lambda page: _draw(page, watched),
    )


def _reading(watched: Sequence[Stalls]) -> str:
    lost = " and ".join(f"{100 * one.share:.2g} % of the {WORDS[one.core]}" for one in watched)
    return (
        "A stall is a time in which a core that had work did not run: the hypervisor or the kernel "
        "gave it to somebody else. A point says how many stalls per second were at least so long. "
        f"Stalls took {lost}. Whatever was under way then comes late, whichever server it was, so "
        "the tail that is compared leaves these requests out."
    )


def _points(one: Stalls) -> list[tuple[float, float]]:
    """(microseconds, stalls per second) of the lengths that did occur."""
    if one.watched_s <= 0:
        return []
    return [(edge, count / one.watched_s) for edge, count in zip(one.edges_us, one.counts) if count]


def _rows(one: Stalls) -> list[tuple]:
    return [
        (one.core, edge, count, one.watched_s, count / one.watched_s, one.share)
        for edge, count in zip(one.edges_us, one.counts)
    ]


def _alt(watched: Sequence[Stalls]) -> str:
    parts = ["Stalls of the machine per second by their least length, both axes logarithmic."]
    for one in watched:
        (first, often), (last, seldom) = _points(one)[0], _points(one)[-1]
        parts.append(
            f"{WORDS[one.core]}: {short(often)} per second of at least {short(first)} µs, "
            f"{short(seldom)} of at least {short(last)} µs, {100 * one.share:.2g} % of the time "
            "lost."
        )
    return " ".join(parts)


def _draw(page: Page, watched: Sequence[Stalls]) -> None:
    styles = [(page.theme.ink, "o", "-"), (page.theme.muted, "s", (0, (4, 1.6)))]
    items = [
        KeyItem(WORDS[one.core], colour, marker=marker, dashes=dashes)
        for one, (colour, marker, dashes) in zip(watched, styles)
    ]
    page.key(items)
    (panel,) = page.grid([Row(1, 1, 2.3, Margins(left=0.66, right=0.2, above=0.1))])
    points = [_points(one) for one in watched]
    for found, (colour, marker, dashes) in zip(points, styles):
        panel.plot(*zip(*found), marker, color=colour, linestyle=dashes, ms=4.5)
    log_y(panel, log_limits([y for found in points for _, y in found]))
    log_x(panel, log_limits([x for found in points for x, _ in found]), most=8)
    panel.grid(axis="x", linewidth=0.7)
    panel.set_ylabel("stalls per second")
    panel.set_xlabel("at least so long (µs)")
