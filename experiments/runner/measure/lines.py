"""The lines of slices.jsonl as objects: the runner's own, and what it reads of the generator's."""

from dataclasses import dataclass
from typing import Any, ClassVar

# A line of the generator, as it came: it is written down unchanged.
Line = dict[str, Any]


@dataclass(frozen=True)
class Start:
    """Measuring began or was resumed, at a UTC time, with so many batches to do."""

    KIND: ClassVar = "start"
    started: str
    batches: int = 0


@dataclass(frozen=True)
class BatchDone:
    """A batch is complete. Of several attempts at it this one counts."""

    KIND: ClassVar = "batch"
    cell: str
    epoch: int
    attempt: int


@dataclass(frozen=True)
class BatchFailure:
    """A batch ended with a complaint of the generator; `death` tells it if a server died."""

    KIND: ClassVar = "failure"
    cell: str
    epoch: int
    text: str
    death: str | None
    wrong_reply: bool = False


@dataclass(frozen=True)
class Refusal:
    """A contestant that this machine refuses to run."""

    KIND: ClassVar = "unavailable"
    contestant: str
    reason: str


@dataclass(frozen=True)
class Probe:
    """System calls, context switches and memory of one contestant in one cell; None if unknown."""

    KIND: ClassVar = "probe"
    cell: str
    contestant: str
    why_not: str | None = None
    counted_by: str | None = None
    syscalls_per_message: float | None = None
    context_switches_per_message: float | None = None
    pss_bytes: int | None = None
    pss_per_connection_bytes: int | None = None


@dataclass(frozen=True)
class End:
    """Measuring stopped; `reason` is None when all was done."""

    KIND: ClassVar = "end"
    duration_s: float
    reason: str | None


@dataclass(frozen=True)
class LatencySummary:
    """Of one slice, in nanoseconds, with how many were counted."""

    count: int = 0
    mean_ns: float | None = None
    p99_ns: float | None = None


@dataclass(frozen=True)
class Fairness:
    """The fewest and the most replies of a connection in a slice."""

    min_messages: float | None = None
    max_messages: float | None = None


@dataclass(frozen=True)
class Slice:
    """What the generator tells of one slice; see the README of loadgen. None is not known.

    `undisturbed` is `response` without what a stall disturbed; a stall is [ns since the slice's
    begin, length in ns].
    """

    round: int
    target: str
    begin_ns: int
    duration_ns: int
    messages: int
    ramp_ns: int | None = None
    server_cpu_ns: int | None = None
    generator_cpu_ns: int | None = None
    generator_spin_ns: int | None = None
    machine_busy_ns: int | None = None
    steal_ns: int | None = None
    service: LatencySummary | None = None
    response: LatencySummary | None = None
    send_lag: LatencySummary | None = None
    undisturbed: LatencySummary | None = None
    generator_stalls: list[Any] | None = None
    server_stalls: list[Any] | None = None
    scheduled: int | None = None
    in_time: int | None = None
    timed_out: int | None = None
    fairness: Fairness | None = None


@dataclass(frozen=True)
class SearchResult:
    """At which rate a target breaks, as one search found it."""

    target: str
    rate_per_s: dict[str, float]


@dataclass(frozen=True)
class Summary:
    """One target's whole histograms in nanoseconds at a batch's end; see histogram_log.py.

    `idle_closed` of the idle connections were closed by the server.
    """

    target: str
    histograms: dict[str, Any]
    errors: int = 0
    idle_closed: int = 0
