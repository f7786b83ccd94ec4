"""Carrying out a plan: epochs of fresh servers, cells within, every line recorded as it comes."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import groupby
from pathlib import Path
from random import Random

from experiments.runner import affinity, manifest
from experiments.runner.errors import Failure
from experiments.runner.generator import Generator, command, generating
from experiments.runner.plan import Cell, Plan, Unit
from experiments.runner.probe import probe
from experiments.runner.record import Recorder, read_record
from experiments.runner.servers import Contestant, RunningServer, first_death, running

# Told after every slice: the unit, and the share of it that is done.
Progress = Callable[[Unit, float], None]


@dataclass
class Campaign:
    """A plan being carried out into a results folder. `entrants` leaves out what is unavailable."""

    plan: Plan
    loadgen: Path
    results: Path
    contestants: list[Contestant]
    progress: Progress = lambda unit, share: None
    affinity: dict[str, list[int]] = field(default_factory=dict)

    def run(self) -> None:
        """Measures every unit that has no complete data yet.

        Whatever ends it early, what was measured is on disk, the reason with it, and no process
        is left. Raises what ended it: KeyboardInterrupt or Failure.
        """
        todo = self._todo()
        recorder = Recorder(self.results)
        begin = time.monotonic()
        recorder.write("session", started=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), units=len(todo))
        reason: str | None = "a signal ended the run"
        try:
            with out_of_the_way():
                for (epoch, protocol), units in groupby(todo, key=lambda u: (u.epoch, self.plan.cell(u.cell).protocol)):
                    self._epoch(epoch, protocol, list(units), recorder, begin)
                self._probe(recorder)
            reason = None
        except Failure as failure:
            reason = failure.message
            raise
        finally:
            recorder.write("end", duration_s=round(time.monotonic() - begin, 3), reason=reason)
            recorder.close()
            manifest.add(self.results, "affinity", self.affinity)

    def _todo(self) -> list[Unit]:
        if not (self.results / "slices.jsonl").exists():
            return self.plan.units()
        done = {(unit.epoch, unit.cell) for unit in read_record(self.results).units if unit.complete}
        return [unit for unit in self.plan.units() if (unit.epoch, unit.cell) not in done]

    def _probe(self, recorder: Recorder) -> None:
        """Counts what the comparison must not be disturbed by, for the cells that have no counts yet."""
        done = {p["cell"] for p in read_record(self.results).probes}
        closed = [c for c in self.plan.cells if c.mode == "closed" and c.id not in done]
        probe(self.plan, closed, [c for c in self.contestants if c.name != self.plan.control], self.loadgen, recorder)

    def _epoch(self, epoch: int, protocol: str, units: list[Unit], recorder: Recorder, begin: float) -> None:
        """One epoch of one protocol: all servers started anew, in an order of their own."""
        order = [c for c in self.contestants if protocol in c.server.protocols]
        Random(f"{self.plan.seed}/{epoch}/{protocol}").shuffle(order)
        with running(order, protocol, self.plan.threads, self.plan.server_cpus, self.plan.server_options) as servers:
            self.affinity.update({name: affinity.in_effect(server.pid) for name, server in servers.items()})
            for unit in units:
                self._unit(unit, list(servers.values()), recorder, begin)

    def _unit(self, unit: Unit, servers: list[RunningServer], recorder: Recorder, begin: float) -> None:
        cell = self.plan.cell(unit.cell)
        labels = {"cell": unit.cell, "epoch": unit.epoch, "attempt": round(time.time() * 1000)}

        def note(line: dict) -> None:
            if line.get("kind") == "run":
                line["session_s"] = round(time.monotonic() - begin, 6)
            recorder.line({**line, **labels})

        words = command(self.loadgen, cell, servers, cell.slice_s, unit.rounds, unit.seed)
        words += ["--hlog", str(self._log_of(unit))]
        with generating(words, self.plan.generator_cpus) as generator:
            self.affinity["generator"] = affinity.in_effect(generator.process.pid)
            try:
                self._follow(generator, unit, note, len(servers))
            except KeyboardInterrupt:
                for line in generator.interrupt():
                    note(line)
                raise
            complaint = generator.complaint()
        if complaint:
            self._fail(cell, unit, complaint, servers, recorder)
        recorder.write("unit", **labels)

    def _log_of(self, unit: Unit) -> Path:
        """Where the generator logs the histogram of every slice, as an HdrHistogram V2 log."""
        folder = self.results / "logs"
        folder.mkdir(exist_ok=True)
        return folder / f"{unit.cell}-epoch{unit.epoch}.hlog"

    def _follow(self, generator: Generator, unit: Unit, note: Callable[[dict], None], servers: int) -> None:
        seen = 0
        for line in generator.lines():
            note(line)
            if line.get("kind") == "slice":
                seen += 1
                self.progress(unit, seen / (unit.rounds * servers))

    def _fail(self, cell: Cell, unit: Unit, complaint: str, servers: list[RunningServer], recorder: Recorder) -> None:
        """A server that died explains more than what the generator saw of it."""
        dead = first_death(servers)
        recorder.write("failure", cell=cell.id, epoch=unit.epoch, text=complaint, death=dead)
        raise Failure(dead or complaint.removeprefix("loadgen: "))


@contextmanager
def out_of_the_way() -> Iterator[None]:
    """While measuring, the runner itself runs only where nobody else wants to; its children are as usual."""
    if not hasattr(os, "SCHED_IDLE"):
        yield
        return
    os.sched_setscheduler(0, os.SCHED_IDLE | os.SCHED_RESET_ON_FORK, os.sched_param(0))
    try:
        yield
    finally:
        # An ordinary user may not go back, and then draws the report when nobody else works.
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
