"""What is drawn of a trace, and in which row; without any drawing."""

from __future__ import annotations

from dataclasses import dataclass, field

from experiments.runner.trace.model import Step, Trace
from plots.trace.marks import CALLS, Mark, Marks
from plots.trace.timescale import Timescale, timescale

IN_HANDLER = "in the handler"
WIDEST = 240.0
"""Inches of the longest picture: a PNG cannot be much wider."""
MOST_STEPS = 320
"""Longer traces are drawn up to this step; the rest is in the file and, in words, in the page."""


@dataclass(frozen=True)
class Row:
    """One line of marks. `lane` is said in bold where a lane begins; `empty` what no mark means."""

    lane: str
    name: str
    marks: tuple[Mark, ...]
    empty: str = ""
    flat: bool = False


@dataclass(frozen=True)
class Scene:
    """A trace as far as it is drawn. `left_out` steps come after what is shown."""

    trace: Trace
    scale: Timescale
    rows: tuple[Row, ...]
    copies: tuple[Mark, ...] = ()
    left_out: int = 0
    numbered: tuple[tuple[int, Step], ...] = field(default=(), repr=False)

    def of(self, kind: str) -> list[Mark]:
        """The marks of a kind in all rows."""
        return [mark for row in self.rows for mark in row.marks if mark.step.kind == kind]


def scene(trace: Trace) -> Scene:
    """Puts the steps into rows: client, network, kernel, then three for each thread."""
    count = min(len(trace.steps), MOST_STEPS)
    scale = _scale(trace, count)
    if scale.width > WIDEST:
        count = sum(scale.of(step.at_ns) < WIDEST for step in trace.steps[:count])
        scale = _scale(trace, count)
    shown = list(enumerate(trace.steps[:count], 1))
    left_out = len(trace.steps) - count
    marks = Marks(trace, scale, shown)
    unseen = "not recorded" if trace.head.missing else ""
    rows = [
        Row("client", "", marks.boxes("client")),
        Row("network stack", "", marks.moments("network"), unseen),
        Row(
            "kernel, for server", "its operations", marks.operations(), unseen or "it is given none"
        ),
        Row("", "performs the I/O", marks.performed(), unseen or _not_by_kernel(trace)),
    ]
    threads = _threads(trace)
    for thread in threads:
        name = "server's thread" + (f" {thread}" if len(threads) > 1 else "")
        rows += [
            Row(name, _calls(trace, thread), marks.calls(thread)),
            Row("", "in its own code", marks.user(thread), flat=True),
            Row("", IN_HANDLER, marks.handlers(thread), _no_handler(trace), flat=True),
        ]
    return Scene(trace, scale, tuple(rows), marks.copies(), left_out, tuple(shown))


def _threads(trace: Trace) -> list[int]:
    """Those of the server that do anything; at least one."""
    busy = trace.of("server", *CALLS, "user", "handler", "sleep", "preempted")
    return sorted({step.thread for step in busy if step.lasts_ns}) or [1]


def _calls(trace: Trace, thread: int) -> str:
    """How many calls it makes; the one in which the trace found it is not counted."""
    calls = trace.of("server", *CALLS)
    count = sum(step.thread == thread and not (step.cut and step.at_ns <= 0) for step in calls)
    return f"in system calls: {count}"


def _not_by_kernel(trace: Trace) -> str:
    itself = any(step.bytes for step in trace.of("server", "receive", "send"))
    return "not here: the server's thread does it itself" if itself else "none"


def _no_handler(trace: Trace) -> str:
    return "its calls are not recorded" if not trace.of("server", "handler") else ""


def _scale(trace: Trace, count: int) -> Timescale:
    """For the first so many steps; it ends where the next one begins."""
    shown, left_out = trace.steps[:count], trace.steps[count:]
    ends = {step.at_ns for step in shown} | {step.until_ns for step in shown}
    ends |= {loan.from_ns for loan in trace.loans} | {loan.until_ns for loan in trace.loans}
    if left_out:
        until = left_out[0].at_ns
        ends = {each for each in ends if each <= until} | {until}
    return timescale(ends or {0})
