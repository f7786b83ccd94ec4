"""A thread, and the system call it is in, as far as they are known at one moment."""

from dataclasses import dataclass, field
from typing import Any

from experiments.runner.trace.model import Lane
from experiments.runner.trace.read.found import Stack


@dataclass
class Call:
    """A system call under way. `at_ns` is None if it was so before the trace."""

    tid: int
    name: str
    at_ns: int | None
    fields: dict[str, Any]
    stack: Stack | None = None

    @property
    def descriptor(self) -> int:
        return self.fields.get("fd", self.fields.get("epfd", -1))


@dataclass
class Thread:
    """`moved_ns` is when the last thing happened that it did; `door` is from where it last called
    a function of liburing; the others are None or say since when it is so."""

    lane: Lane
    number: int
    call: Call | None = None
    asleep_ns: int | None = None
    preempted_ns: int | None = None
    running_ns: int | None = None
    moved_ns: int = 0
    door: int = 0
    handlers: list[tuple[str, int]] = field(default_factory=list)
