"""Carrying out a plan: epochs of fresh servers, cells within, every line recorded as it comes."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from itertools import groupby
from pathlib import Path
from random import Random

from experiments.runner.errors import Failure
from experiments.runner.measure import manifest
from experiments.runner.measure.generator import (
    MEASURING_LOOK_S,
    Complaint,
    Generator,
    command,
    generating,
    search_command,
)
from experiments.runner.measure.histogram_log import log_of
from experiments.runner.measure.lines import BatchDone, BatchFailure, End, Line, Start
from experiments.runner.measure.probe import probe
from experiments.runner.measure.record import FILE, Recorder, read_record
from experiments.runner.measure.running_server import RunningServer
from experiments.runner.measure.servers import ContestantProgram, first_death, running
from experiments.runner.plan.plan import SEARCH, Batch, Cell, Plan
from experiments.runner.system import affinity

HINT = "./iolab check tells what is wrong with a program"

# Told after every slice: the batch, and the share of it that is done.
Progress = Callable[[Batch, float], None]


@dataclass
class Campaign:
    """A plan being carried out into a results folder.

    `contestants` leaves out who is unavailable.
    """

    plan: Plan
    loadgen: Path
    results: Path
    contestants: list[ContestantProgram]
    progress: Progress = lambda batch, share: None
    affinity: dict[str, list[int]] = field(default_factory=dict)

    def run(self) -> None:
        """Measures every batch that has no complete data yet.

        Whatever ends it early, what was measured is on disk, the reason with it, and no process
        is left. Raises what ended it: KeyboardInterrupt or Failure.
        """
        todo = self._todo()
        recorder = Recorder(self.results)
        begin = time.monotonic()
        started = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        recorder.write(Start(started, len(todo)))
        reason: str | None = "a signal ended the run"
        try:
            with out_of_the_way():
                for (epoch, protocol), batches in groupby(todo, key=self._epoch_and_protocol):
                    self._epoch(epoch, protocol, list(batches), recorder, begin)
                self._probe(recorder)
            reason = None
        except Failure as failure:
            reason = failure.message
            raise
        finally:
            recorder.write(End(round(time.monotonic() - begin, 3), reason))
            recorder.close()
            manifest.add_affinity(self.results, self.affinity)

    def _todo(self) -> list[Batch]:
        batches = self.plan.batches()
        if not (self.results / FILE).exists():
            return batches
        done = {(one.epoch, one.cell) for one in read_record(self.results).batches if one.complete}
        return [batch for batch in batches if (batch.epoch, batch.cell) not in done]

    def _epoch_and_protocol(self, batch: Batch) -> tuple[int, str]:
        return batch.epoch, self.plan.cell(batch.cell).protocol

    def _probe(self, recorder: Recorder) -> None:
        """Counts system calls and memory of the cells that have no counts yet.

        After the comparison, because counting would disturb it.
        """
        done = {one.cell for one in read_record(self.results).probes}
        cells = [c for c in self.plan.cells if c.id not in done]
        others = [c for c in self.contestants if c.name != self.plan.control]
        probe(self.plan, cells, others, self.loadgen, recorder)

    def _epoch(
        self, epoch: int, protocol: str, batches: list[Batch], recorder: Recorder, begin: float
    ) -> None:
        """One epoch of one protocol: all servers started anew, in an order of their own."""
        order = [c for c in self.contestants if protocol in c.server.protocols]
        Random(f"{self.plan.seed}/{epoch}/{protocol}").shuffle(order)
        with running(
            order, protocol, self.plan.threads, self.plan.server_cpus, self.plan.server_options
        ) as servers:
            pids = {name: server.pid for name, server in servers.items() if server.pid}
            self.affinity.update({name: affinity.in_effect(pid) for name, pid in pids.items()})
            for batch in batches:
                self._batch(batch, list(servers.values()), recorder, begin)

    def _batch(
        self, batch: Batch, servers: list[RunningServer], recorder: Recorder, begin: float
    ) -> None:
        cell = self.plan.cell(batch.cell)
        done = BatchDone(batch.cell, batch.epoch, attempt=round(time.time() * 1000))

        def note(line: Line) -> None:
            if line.get("kind") == "run":
                line["begin_s"] = round(time.monotonic() - begin, 6)
            recorder.line({**line, **asdict(done)})

        words, cpus = self._command(cell, batch, servers), self.plan.generator_cpus
        with generating(words, cpus, MEASURING_LOOK_S) as generator:
            self.affinity["generator"] = affinity.in_effect(generator.process.pid)
            try:
                self._follow(generator, batch, note, len(servers))
            except KeyboardInterrupt:
                for line in generator.interrupt():
                    note(line)
                raise
            complaint = generator.complaint()
        if complaint:
            self._fail(cell, batch, complaint, servers, recorder)
        recorder.write(done)

    def _command(self, cell: Cell, batch: Batch, servers: list[RunningServer]) -> list[str]:
        place = affinity.Placement(self.plan.server_cpus, self.plan.generator_cpus)
        watched = () if place.shared else place.servers
        if cell.mode == SEARCH:
            settings = (cell, servers, batch.rounds, batch.seed, watched)
            return search_command(self.loadgen, *settings)
        words = command(
            self.loadgen,
            cell,
            servers,
            cell.slice_s,
            batch.rounds,
            batch.seed,
            watched=watched,
        )
        return [*words, "--hlog", str(log_of(self.results, batch.cell, batch.epoch))]

    def _follow(
        self, generator: Generator, batch: Batch, note: Callable[[Line], None], servers: int
    ) -> None:
        seen = 0
        for line in generator.lines():
            note(line)
            if line.get("kind") in ("slice", "trial"):
                seen += 1
                self.progress(batch, seen / (batch.rounds * servers))

    def _fail(
        self,
        cell: Cell,
        batch: Batch,
        complaint: Complaint,
        servers: list[RunningServer],
        recorder: Recorder,
    ) -> None:
        """A server that died explains more than what the generator saw of it.

        A foreign program may never have been right: then its user needs more than the first fault.
        """
        dead = first_death(servers)
        failure = BatchFailure(cell.id, batch.epoch, complaint.text, dead, complaint.wrong_reply)
        recorder.write(failure)
        text = dead or complaint.text.removeprefix("loadgen: ")
        foreign = {one.name for one in self.plan.contestants if one.command}
        raise Failure(f"{text}; {HINT}" if complaint.target in foreign and not dead else text)


@contextmanager
def out_of_the_way() -> Iterator[None]:
    """Meanwhile the runner itself runs only on idle cores; its children run as usual."""
    if not hasattr(os, "SCHED_IDLE"):
        yield
        return
    os.sched_setscheduler(0, os.SCHED_IDLE | os.SCHED_RESET_ON_FORK, os.sched_param(0))
    try:
        yield
    finally:
        # An ordinary user may not go back: then the report is drawn at idle priority too.
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
