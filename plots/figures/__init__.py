"""One module per figure; each has `figure(analysis) -> Figure | None`, None without its data."""

from __future__ import annotations

from experiments.runner.results.model import Analysis
from plots.drawing.figure import Figure
from plots.figures import (
    cost_ratios,
    cpu,
    gap,
    heat,
    load,
    rounds,
    spectrum,
    stalls,
    system_calls,
    tail_ratios,
    throughput,
)

IN_ORDER = (
    cost_ratios,
    tail_ratios,
    load,
    spectrum,
    heat,
    stalls,
    throughput,
    cpu,
    system_calls,
    gap,
    rounds,
)


def all_figures(analysis: Analysis) -> list[Figure]:
    """The figures these results have data for, in the order of the report."""
    return [made for module in IN_ORDER if (made := module.figure(analysis)) is not None]
