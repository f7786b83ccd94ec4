"""The table beside the pictures: the textbook's rows, as observed of each server."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from experiments.runner.trace.model import Trace
from experiments.runner.trace.observed import (
    Observed,
    calls_in_words,
    contradictions,
    observe,
    short,
)

COLUMNS = (
    "server",
    "receives",
    "sends",
    "buffer touched",
    "handler is told",
    "waits in",
    "calls",
    "wake-ups",
    "sleeps",
    "copies",
    "data to handler",
)
UNKNOWN = "-"


def show(traces: Sequence[Trace], console: Console) -> None:
    """One row for each server, then its calls by name and what contradicts its pattern."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(COLUMNS):
        table.add_column(name, justify="left" if number < 6 else "right", no_wrap=number == 0)
    observed = {trace.head.server: observe(trace) for trace in traces}
    for name, seen in observed.items():
        table.add_row(escape(name), *cells(seen))
    console.print(table)
    console.print(
        "calls, wake-ups, sleeps and copies are per message; a trace is for order, not speed"
    )
    for name, seen in observed.items():
        console.print(f"{name}: {calls_in_words(seen) or 'no calls'}", markup=False, soft_wrap=True)
    for trace in traces:
        seen = observed[trace.head.server]
        for text in contradictions(trace.head.pattern, seen):
            console.print(
                f"{trace.head.server} is not what its pattern says: {text}",
                style="yellow",
                markup=False,
                soft_wrap=True,
            )
        if trace.head.missed:
            console.print(f"{trace.head.server}: the kernel dropped events", style="yellow")


def cells(seen: Observed) -> list[str]:
    """What COLUMNS say of one server, without its name."""
    return [
        seen.receives or UNKNOWN,
        seen.sends or UNKNOWN,
        seen.touched or UNKNOWN,
        {"ready": "it is ready", "complete": "it is complete"}.get(seen.means or "", UNKNOWN),
        seen.demultiplexer or UNKNOWN,
        _number(seen.calls_per_message),
        _number(seen.wake_ups_per_message),
        _number(seen.sleeps_per_message),
        _number(seen.copies_per_message),
        UNKNOWN if seen.data_to_handler_ns is None else f"{seen.data_to_handler_ns / 1000:.0f} us",
    ]


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else short(value)
