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
# How often its lines are read while it measures, and while it only counts.
MEASURING_LOOK_S, LOOK_EVERY_S = 2.0, 0.02
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
    """One running load generator. lines() gives what it writes, until it ends.

    It writes into a file, and every `look_every_s` somebody looks: who reads each line as it comes
    works 0.2 ms after each slice, on a core that the next slice wants.
    """

    def __init__(
        self, words: list[str], cpus: Iterable[int], look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self._look_every_s = look_every_s
        self._errors = tempfile.TemporaryFile()
        self._output = tempfile.NamedTemporaryFile()
        self._reader = open(self._output.name, "rb")
        self._told: Line = {}
        try:
            self.process: subprocess.Popen = spawn(
                words, cpus, stdout=self._output.fileno(), stderr=self._errors
            )
        except OSError as error:
            self._close_files()
            raise Failure(f"cannot start {words[0]}: {error.strerror}") from error

    def _written(self) -> Iterator[bytes]:
        """Every whole line until the process has ended, and then what is left."""
        half = b""
        while True:
            ended = self._has_ended()
            for raw in self._reader:
                half += raw
                if half.endswith(b"\n"):
                    yield half
                    half = b""
            if ended:
                break
        if half:
            yield half

    def _has_ended(self) -> bool:
        """Waits a while for it."""
        try:
            self.process.wait(self._look_every_s)
            return True
        except subprocess.TimeoutExpired:
            return False

    def lines(self) -> Iterator[Line]:
        for raw in self._written():
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
            for raw in self._written():
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
        self._close_files()

    def _close_files(self) -> None:
        for file in (self._reader, self._output, self._errors):
            file.close()


@contextmanager
def generating(
    words: list[str], cpus: Iterable[int], look_every_s: float = LOOK_EVERY_S
) -> Iterator[Generator]:
    """A running generator, gone on every way out."""
    generator = Generator(words, cpus, look_every_s)
    try:
        yield generator
    finally:
        generator.close()
