"""The steps of a trace as marks: form, colour, texts, and where they lie; without any drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiments.runner.trace.model import Kind, Step, Trace
from plots.trace.sentences import ended
from plots.trace.timescale import Timescale

CALLS: tuple[Kind, ...] = ("receive", "send", "wait", "call")
Form = Literal["box", "moment", "strip", "gap"]


@dataclass(frozen=True)
class Mark:
    """A step on the picture; `pieces` are inches, `texts` from the longest to the shortest."""

    number: int
    step: Step
    form: Form
    role: str
    texts: tuple[str, ...]
    pieces: tuple[tuple[float, float], ...]

    @property
    def x(self) -> float:
        return self.pieces[0][0]


@dataclass(frozen=True)
class Marks:
    """Makes marks of steps."""

    trace: Trace
    scale: Timescale
    shown: list[tuple[int, Step]]

    def of(
        self, lanes: tuple[str, ...], kinds: tuple[str, ...], form: Form, thread: int = 0
    ) -> tuple[Mark, ...]:
        return tuple(
            self._mark(number, step, form)
            for number, step in self.shown
            if step.lane in lanes and step.kind in kinds and thread in (0, step.thread)
        )

    def boxes(self, lane: str) -> tuple[Mark, ...]:
        boxes = self.of((lane,), CALLS, "box")
        return _by_number(boxes + self.of((lane,), ("sleep", "preempted"), "gap"))

    def moments(self, lane: str) -> tuple[Mark, ...]:
        return self.of((lane,), ("arrive", "ready", "wake"), "moment")

    def operations(self) -> tuple[Mark, ...]:
        return self.of(("kernel",), ("submit", "arm", "notice", "complete", "wake"), "moment")

    def performed(self) -> tuple[Mark, ...]:
        return self.of(("kernel",), ("receive", "send"), "box")

    def copies(self) -> tuple[Mark, ...]:
        """Those of receives; other calls copy, too, but not into the receive buffer."""
        receives = self.trace.of("server", "receive") + self.trace.of("kernel", "receive")
        return tuple(
            mark
            for mark in self.of(("server", "kernel"), ("copy",), "moment")
            if any(
                one.lane == mark.step.lane
                and one.thread == mark.step.thread
                and one.at_ns <= mark.step.at_ns <= one.until_ns
                for one in receives
            )
        )

    def calls(self, thread: int) -> tuple[Mark, ...]:
        boxes = self.of(("server",), CALLS, "box", thread)
        return _by_number(boxes + self.of(("server",), ("sleep", "preempted"), "gap", thread))

    def user(self, thread: int) -> tuple[Mark, ...]:
        return self.of(("server",), ("user",), "box", thread)

    def handlers(self, thread: int) -> tuple[Mark, ...]:
        return self.of(("server",), ("handler",), "strip", thread)

    def _mark(self, number: int, step: Step, form: Form) -> Mark:
        texts = _texts(step, len({one.connection for one in self.trace.steps} - {0}) > 1)
        return Mark(number, step, form, _role(step), texts, self._pieces(step))

    def _pieces(self, step: Step) -> tuple[tuple[float, float], ...]:
        """Where it is drawn: the whole, or of a call what is left when the sleep is taken away."""
        start, pieces = step.at_ns, []
        asleep = self._asleep(step) if step.kind in CALLS and step.lane != "kernel" else []
        for from_ns, until_ns in asleep:
            if from_ns > start:
                pieces.append((start, from_ns))
            start = max(start, until_ns)
        if start < step.until_ns or not pieces:
            pieces.append((start, step.until_ns))
        drawn = [(self.scale.of(start), self.scale.of(end)) for start, end in pieces]
        return tuple(piece for piece in drawn if piece[0] < piece[1]) or (drawn[0],)

    def _asleep(self, call: Step) -> list[tuple[int, int]]:
        """When its thread had no core."""
        return [
            (step.at_ns, step.until_ns)
            for step in self.trace.of(call.lane, "sleep", "preempted")
            if step.thread == call.thread and call.at_ns <= step.at_ns < call.until_ns
        ]


def _by_number(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    return tuple(sorted(marks, key=lambda mark: mark.number))


def _role(step: Step) -> str:
    if step.lane != "server":
        return step.lane
    if step.kind in ("receive", "send"):
        return "call"
    return step.kind if step.kind in ("user", "handler") else "other"


def _texts(step: Step, connections: bool) -> tuple[str, ...]:
    """What is written on or beside a mark, the longest first; empty for what needs no words."""
    where = f" ({step.connection})" if connections and step.connection else ""
    if step.kind in ("receive", "send"):
        what = step.outcome or (f"{step.bytes:,} B" if step.bytes is not None else "")
        what = "closed" if ended(step) else what
        joint = ": " if step.outcome or what == "closed" else " "
        return (f"{step.name}{joint if what else ''}{what}{where}",)
    if step.kind == "arrive":
        return (
            f"{step.name}: {step.bytes:,} B{where}" if step.bytes else f"{step.name}: end{where}",
        )
    return {
        "wait": (f"{step.name}: {step.outcome}" if step.outcome else step.name, step.name),
        "call": (f"{step.name}{where}", step.name),
        "user": ("application's code", "code"),
        "handler": (f"handler: {step.name}", "handler"),
        "sleep": ("sleeps",),
        "preempted": ("must wait for the core",),
        "ready": (f"tells: ready{where}", "ready"),
        "wake": ("wakes the server", "wakes"),
        "submit": (f"{step.name} submitted{where}",),
        "arm": (f"{step.name} waits for the socket{where}",),
        "notice": (f"{step.name}: socket ready{where}",),
        "complete": (f"{step.name}: {step.outcome}" if step.outcome else f"{step.name} complete",),
        "copy": (f"filled by the {'kernel' if step.lane == 'kernel' else 'server'}",),
    }.get(step.kind, (step.name or step.kind,))
