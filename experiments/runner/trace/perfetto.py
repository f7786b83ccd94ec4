"""A trace in the Trace Event Format, which chrome://tracing and ui.perfetto.dev open.

Format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

import json
from dataclasses import asdict

from experiments.runner.trace.model import LANES, Step, Trace

_LANES = {
    "client": "client",
    "network": "network stack",
    "kernel": "kernel, on the server's behalf",
    "server": "server",
}
_BUFFERS = len(LANES) + 1


def perfetto(trace: Trace) -> str:
    """JSON text. A lane is a process, a thread of the server a thread; times are microseconds."""
    events: list[dict[str, object]] = []
    for number, lane in enumerate(LANES, 1):
        events.append(_name("process_name", number, 0, _LANES[lane]))
        events.append(_sort(number))
    events.append(_name("process_name", _BUFFERS, 0, "buffers lent to the kernel"))
    events.append(_sort(_BUFFERS))
    # What lasts must lie within another or beside it: user code is what is left between calls.
    events += [_event(step) for step in trace.steps if step.kind != "user"]
    for number, loan in enumerate(trace.loans):
        row = 1 if loan.what == "receive" else 2
        events.append(
            {
                "name": f"{loan.what} buffer lent ({loan.how})",
                "cat": "loan",
                "ph": "b",
                "id": number,
                "pid": _BUFFERS,
                "tid": row,
                "ts": loan.from_ns / 1000,
            }
        )
        events.append(
            {
                "name": f"{loan.what} buffer lent ({loan.how})",
                "cat": "loan",
                "ph": "e",
                "id": number,
                "pid": _BUFFERS,
                "tid": row,
                "ts": loan.until_ns / 1000,
            }
        )
    about = {"server": trace.head.server, "scenario": trace.head.title}
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ns", "otherData": about}) + "\n"


def _event(step: Step) -> dict[str, object]:
    arguments = {
        name: value
        for name, value in asdict(step).items()
        if name in ("connection", "bytes", "outcome", "about", "source", "cut") and value
    }
    event: dict[str, object] = {
        "name": f"{step.kind} {step.name}".strip() if step.name != step.kind else step.kind,
        "cat": step.kind,
        "pid": LANES.index(step.lane) + 1,
        "tid": step.thread,
        "ts": step.at_ns / 1000,
        "args": arguments,
    }
    if step.lasts_ns is None:
        return {**event, "ph": "i", "s": "t"}
    return {**event, "ph": "X", "dur": step.lasts_ns / 1000}


def _name(kind: str, pid: int, tid: int, name: str) -> dict[str, object]:
    return {"name": kind, "ph": "M", "pid": pid, "tid": tid, "args": {"name": name}}


def _sort(pid: int) -> dict[str, object]:
    return {
        "name": "process_sort_index",
        "ph": "M",
        "pid": pid,
        "tid": 0,
        "args": {"sort_index": pid},
    }
