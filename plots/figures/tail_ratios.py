"""Tail latency relative to the reference, paired within rounds: p99, p99.9, and p99 as seen."""

from __future__ import annotations

from experiments.runner.results.model import Analysis, Quantity
from plots.drawing.figure import Figure
from plots.drawing.forest import Beside, ForestContent, control_row, forest_figure

NAME = "tail-ratios"


def figure(analysis: Analysis) -> Figure | None:
    """The forest plot of the open-loop workloads, or None when no ratio of p99 was measured.

    In a closed loop a latency says little that the throughput does not, so those workloads are
    shown only where there are no others.
    """
    offered = [cell for cell in analysis.cells if cell.open_loop]
    margin = analysis.margins[Quantity.P99]
    return forest_figure(
        analysis,
        ForestContent(
            name=NAME,
            title=f"p99 latency of a typical slice, relative to {analysis.reference}",
            quantity=Quantity.P99,
            words="p99 of a typical slice",
            axis="ratio of p99 (← shorter, longer →)",
            reading=(
                f"Left of 1 the slowest hundredth waits less than in {analysis.reference}, right "
                "it waits longer. The number and the thick line are the p99 of a typical slice, "
                "without the requests that a stall of the machine disturbed, and its 95 % "
                f"interval; the band is the margin of ±{margin * 100:g} % declared beforehand. "
                "Below it in the same row: p99.9 where enough was sent, and in grey the p99 of all "
                "requests as they were seen. The grey line is longer because stalls hit the "
                "servers by chance; an arrow says that it goes on beyond the panel. "
                f"{control_row(analysis)}"
            ),
            beside=(
                Beside(Quantity.P999, "p99.9", "d"),
                Beside(Quantity.SEEN_P99, "p99 as seen, with stalls", "x", on_scale=False),
            ),
        ),
        offered or analysis.cells,
    )
