"""CPU microseconds per message, by workload, every round as a dot."""

from __future__ import annotations

from experiments.runner.results.model import Analysis
from plots.drawing.dots import THINNED
from plots.drawing.figure import Figure
from plots.drawing.strip_figure import StripContent, strip_figure


def figure(analysis: Analysis) -> Figure | None:
    """Strips of CPU time per message, or None when no server's clock could be read."""
    return strip_figure(
        analysis,
        StripContent(
            name="cpu-per-message",
            title="CPU time per message",
            column="cpu_us",
            axis="CPU time per message (µs)",
            reading=(
                "CPU time of the server's process divided by the messages it answered: the median "
                "over rounds, its 95 % interval as a line, every round as a dot below "
                f"{THINNED}. Each panel has its own scale from 0; an arrow at its edge "
                "says that rounds lie beyond."
            ),
            of=lambda result: result.cpu_us,
            rounds=lambda result: result.series.cpu_us,
        ),
        list(analysis.cells),
    )
