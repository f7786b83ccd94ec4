"""Who records: the kernel where it permits, else strace, which sees system calls only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from experiments.runner.errors import usage
from experiments.runner.system import machine
from experiments.runner.trace.record import tracefs
from experiments.runner.trace.record.ring_buffer import Event
from experiments.runner.trace.record.strace import StraceTrace
from experiments.runner.trace.record.tracefs import KernelTrace, Probe


class Recorder(Protocol):
    """Records between on() and off(), for as long as it is entered; then `events` has all."""

    missed: bool

    def __enter__(self) -> "Recorder":
        ...

    def __exit__(self, *why: object) -> None:
        ...

    def on(self) -> None:
        ...

    def off(self) -> None:
        ...

    def events(self) -> list[Event]:
        ...


@dataclass(frozen=True)
class Means:
    """What records here. `missing` says in one line what it cannot see and what would help."""

    name: Literal["tracefs", "strace"]
    missing: str | None = None

    def record(
        self, pids: Sequence[int], probes: Iterable[Probe], messages: int, folder: Path
    ) -> Recorder:
        """Of these processes; `folder` is for what it writes meanwhile."""
        if self.name == "tracefs":
            return KernelTrace(pids, probes, messages)
        return StraceTrace(pids, folder)


def best_means() -> Means:
    """Raises Failure, with status 2, where nothing may record."""
    refused = tracefs.refusal()
    if refused is None:
        return Means("tracefs")
    no_strace = machine.strace_refusal()
    if no_strace is None:
        return Means(
            "strace",
            f"system calls only, without the network, io_uring's work and handlers: {refused}",
        )
    raise usage(f"nothing may trace here: {refused}; strace: {no_strace}")
