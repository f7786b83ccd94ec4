"""Driving the load generator: its command line, its lines as they come, its end."""

import json
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.errors import Failure
from experiments.runner.measure.lines import Line
from experiments.runner.measure.running_server import RunningServer
from experiments.runner.plan.margins import BREAKING_P99_US
from experiments.runner.plan.plan import Cell
from experiments.runner.system.processes import describe_exit, last_line, signal_group, spawn, stop
from experiments.runner.units import format_duration

# What the summaries of an interrupted run may take: who pressed Ctrl-C waits for them.
INTERRUPT_GRACE_S = 0.5
# Traffic to each target before its first slice: fills buffers, windows and caches.
WARMUP_S = 0.02
# Longer than any pause between two requests.
POLL_S = 3600.0
WATCH_PERIOD = "500us"
# Where a search looks, relative to the rate that is thought right.
SEARCHED = (0.4, 1.8)


def command(
    program: Path,
    cell: Cell,
    servers: Iterable[RunningServer],
    slice_s: float,
    rounds: int,
    seed: int,
    warmup_s: float = WARMUP_S,
    watched: Iterable[int] = (),
) -> list[str]:
    """The generator's command line for one cell against servers that listen.

    `watched` are the servers' cores, if they have cores of their own: an open loop looks for stalls
    there.
    """
    words = [str(program), *_workload(cell, servers, slice_s, seed, warmup_s)]
    words += ["--rounds", str(rounds)]
    if cell.rate_per_s is not None:
        words += ["-R", str(cell.rate_per_s), "--lead-in", format_duration(cell.lead_in_s)]
        words += _attentive(watched)
    return words


def search_command(
    program: Path,
    cell: Cell,
    servers: Iterable[RunningServer],
    trials: int,
    seed: int,
    watched: Iterable[int] = (),
) -> list[str]:
    """The command line that searches for the rate at which each server breaks.

    A cell that has a rate says about where.
    """
    words = [str(program), "search", *_workload(cell, servers, cell.slice_s, seed, WARMUP_S)]
    words += ["--slo", f"p99:{BREAKING_P99_US}us", "--trials", str(trials)]
    if cell.rate_per_s is not None:
        low, high = (cell.rate_per_s * factor for factor in SEARCHED)
        words += ["--between", f"{low:.0f}:{high:.0f}"]
    return words + _attentive(watched)


def _workload(
    cell: Cell, servers: Iterable[RunningServer], slice_s: float, seed: int, warmup_s: float
) -> list[str]:
    """What all the generator's commands are told of a cell."""
    words = ["--protocol", cell.protocol, "-c", str(cell.connections), "-s", str(cell.size)]
    words += ["--depth", str(cell.depth), "--slice", format_duration(slice_s)]
    words += ["--seed", str(seed), "--warmup", format_duration(warmup_s)]
    if cell.idle:
        words += ["--idle", str(cell.idle)]
    for server in servers:
        words += ["--target", server.target]
    return words


def _attentive(watched: Iterable[int]) -> list[str]:
    """Poll all the time, so that every gap is a stall, and look at the servers' cores too."""
    words = ["--spin", format_duration(POLL_S)]
    cpus = ",".join(map(str, watched))
    return [*words, "--watch-cpus", cpus, "--watch-period", WATCH_PERIOD] if cpus else words


@dataclass(frozen=True)
class Complaint:
    """Why the generator gave up; `wrong_reply` when a server sent a wrong byte, or too many.

    `target` is the server it complains of, if it is one.
    """

    text: str
    wrong_reply: bool
    target: str | None = None


class Generator:
    """One running load generator. lines() gives what it writes, until it ends."""

    def __init__(self, words: list[str], cpus: Iterable[int]) -> None:
        self._errors = tempfile.TemporaryFile()
        self._told: Line = {}
        try:
            self.process: subprocess.Popen = spawn(words, cpus, stderr=self._errors)
        except OSError as error:
            raise Failure(f"cannot start {words[0]}: {error.strerror}") from error

    def lines(self) -> Iterator[Line]:
        for raw in self.process.stdout:
            try:
                line = json.loads(raw)
            except ValueError as error:
                text = raw.decode(errors="replace").strip()[:120]
                raise Failure(f"the generator printed no JSON but: {text}") from error
            if line.get("kind") == "complaint":
                self._told = line
            yield line

    def interrupt(self) -> Iterator[Line]:
        """Asks it to stop early and gives what it still has to say: the summaries, as a rule."""
        killer = threading.Timer(INTERRUPT_GRACE_S, signal_group, (self.process, signal.SIGKILL))
        killer.start()
        try:
            signal_group(self.process, signal.SIGINT)
            for raw in self.process.stdout:
                try:
                    yield json.loads(raw)
                except ValueError:
                    # The line that was being read when the signal came may be torn.
                    continue
        finally:
            killer.cancel()

    def complaint(self) -> Complaint | None:
        """After its end: None when all went well, else what it said on standard error."""
        status = self.process.wait()
        if status == 0:
            return None
        self._errors.seek(0)
        text = last_line(self._errors.read().decode(errors="replace"))
        text = text or f"the generator ended with {describe_exit(status)}"
        return Complaint(text, self._told.get("wrong_reply", False), self._told.get("target"))

    def close(self) -> None:
        """Ends it at once if it still runs: see interrupt() for its last words."""
        stop(self.process, 0)
        self.process.stdout.close()
        self._errors.close()


@contextmanager
def generating(words: list[str], cpus: Iterable[int]) -> Iterator[Generator]:
    """A running generator, gone on every way out."""
    generator = Generator(words, cpus)
    try:
        yield generator
    finally:
        generator.close()
