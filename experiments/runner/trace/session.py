"""Traces servers one after another and writes what was found of each."""

import json
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from experiments.runner.errors import usage
from experiments.runner.measure.servers import ContestantProgram
from experiments.runner.paths import RESULTS
from experiments.runner.system.affinity import place
from experiments.runner.trace.conversation import Recording, converse
from experiments.runner.trace.model import SCHEMA, Head, Trace, lines
from experiments.runner.trace.observed import observe
from experiments.runner.trace.perfetto import perfetto
from experiments.runner.trace.raw import write_raw
from experiments.runner.trace.read.reader import read_events
from experiments.runner.trace.record.recorders import Means
from experiments.runner.trace.scenarios import Scenario


@dataclass(frozen=True)
class Session:
    """What all servers are traced with."""

    protocol: str
    scenario: Scenario
    means: Means
    version: str

    def trace(self, program: ContestantProgram) -> tuple[Trace, Recording]:
        """One server. Raises Unavailable if its engine is refused here."""
        where = place(None, None, 1)
        recording = converse(program, self.protocol, self.scenario, where, self.means)
        steps, loans = read_events(recording.parties, recording.events)
        recording.lines.learn(stack for _, stack in steps)
        named = [replace(step, source=recording.lines.of(stack)) for step, stack in steps]
        ends = max((step.until_ns for step in named), default=0)
        head = self._head(program, recording, ends)
        return Trace(head, tuple(named), tuple(loans)), recording

    def _head(self, program: ContestantProgram, recording: Recording, ends_ns: int) -> Head:
        server = program.server
        return Head(
            iolab_trace=SCHEMA,
            server=program.name,
            pattern=server.pattern,
            engine=server.engine,
            written=server.written,
            protocol=self.protocol,
            scenario=self.scenario.name,
            title=self.scenario.title,
            text=self.scenario.text,
            messages=self.scenario.messages,
            connections=self.scenario.connections,
            recorder=self.means.name,
            kernel=platform.release(),
            version=self.version,
            started=time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
            handlers=tuple(sorted(set(recording.parties.handlers.values()))),
            missing=self.means.missing,
            missed=recording.missed,
            ends_ns=ends_ns,
        )


@contextmanager
def new_folder(wish: Path | None) -> Iterator[Path]:
    """The results folder, new and empty; gone again if nothing was written into it."""
    folder = wish.resolve() if wish else RESULTS / time.strftime("%Y%m%d-%H%M%S-trace")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise usage(f"{folder} is not empty; choose another --output")
    except OSError as error:
        raise usage(
            f"cannot write traces into {folder}: {error.strerror}; choose another --output"
        ) from error
    try:
        yield folder
    finally:
        if not any(folder.iterdir()):
            folder.rmdir()


def write(trace: Trace, recording: Recording, folder: Path) -> None:
    """trace.jsonl, raw events, what was observed and a file for Perfetto, in a folder for it."""
    place = folder / trace.head.server
    place.mkdir()
    (place / "trace.jsonl").write_text("".join(lines(trace)), encoding="utf-8")
    (place / "perfetto.json").write_text(perfetto(trace), encoding="utf-8")
    observed = json.dumps(asdict(observe(trace)), indent=1)
    (place / "observed.json").write_text(observed + "\n", encoding="utf-8")
    write_raw(recording.parties, recording.events, place / "events.jsonl.gz")
