"""CPU time per message relative to the reference, paired within rounds."""

from __future__ import annotations

from experiments.runner.results.model import Analysis, Quantity
from plots.drawing.figure import Figure
from plots.drawing.forest import ForestContent, control_row, forest_figure

NAME = "cost-ratios"


def figure(analysis: Analysis) -> Figure | None:
    """The forest plot, or None when no cost ratio was measured."""
    margin = analysis.margins[Quantity.COST]
    return forest_figure(
        analysis,
        ForestContent(
            name=NAME,
            title=f"CPU time per message, relative to {analysis.reference}",
            quantity=Quantity.COST,
            words="CPU time per message",
            axis="ratio of CPU time per message (← cheaper, dearer →)",
            reading=(
                f"Left of 1 is cheaper than {analysis.reference}, right is dearer. Lines are 95 % "
                f"intervals; the band is the margin of ±{margin * 100:g} % declared beforehand. "
                f"{control_row(analysis)}"
            ),
        ),
        analysis.cells,
    )
