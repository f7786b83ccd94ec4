"""One module per figure; each has `figure(analysis) -> Figure | None` (None: its data are absent)."""

from __future__ import annotations

from plots.figure import Figure
from plots.figures import cost_ratios, cpu, gap, load, rounds, spectrum, system_calls, throughput
from plots.model import Analysis

IN_ORDER = (cost_ratios, load, spectrum, throughput, cpu, system_calls, gap, rounds)


def all_figures(analysis: Analysis) -> list[Figure]:
    """The figures these results have data for, in the order of the report."""
    return [made for module in IN_ORDER if (made := module.figure(analysis)) is not None]
