"""System calls per message, by workload."""

from __future__ import annotations

from experiments.runner.results.model import Analysis, Estimate, Result
from plots.drawing.figure import Figure
from plots.drawing.strip_figure import StripContent, strip_figure


def figure(analysis: Analysis) -> Figure | None:
    """Strips of system calls per message, or None when they could not be counted."""
    counters = sorted(
        {
            result.counted_by
            for cell in analysis.cells
            for result in cell.results
            if result.counted_by
        }
    )
    how = f" by {' and '.join(counters)}" if counters else ""
    return strip_figure(
        analysis,
        StripContent(
            name="system-calls",
            title="System calls per message",
            column="syscalls_per_message",
            axis="system calls per message",
            reading=(
                f"System calls the server made divided by the messages it answered, counted{how} "
                "in a short run of its own after the comparison. Fewer than one means that one "
                "call served many messages."
            ),
            of=_calls,
            rounds=lambda result: (),
            bars=True,
        ),
        list(analysis.cells),
    )


def _calls(result: Result) -> Estimate | None:
    calls = result.syscalls_per_message
    return None if calls is None else Estimate(calls)
