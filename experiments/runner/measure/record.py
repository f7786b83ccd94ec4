"""slices.jsonl, the raw truth: what is appended while measuring and how it is read again.

Kinds of lines: the load generator's own (`run`, `slice`, `summary`, …) with the keys `cell`,
`epoch` and `attempt` added; and the runner's own, one for each class of lines.py that has a KIND.
"""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from experiments.runner.measure.lines import (
    BatchDone,
    BatchFailure,
    End,
    Line,
    Probe,
    Refusal,
    SearchResult,
    Slice,
    Start,
    Summary,
)
from experiments.runner.typed_json import from_json

FILE = "slices.jsonl"


class Recorder:
    """Appends lines; each is on disk before the next begins, so that a crash loses at most one."""

    def __init__(self, results: Path) -> None:
        self._file = (results / FILE).open("a+", encoding="utf-8")
        self._end_broken_line(results / FILE)

    def _end_broken_line(self, path: Path) -> None:
        """A crash may have left half a line; what follows begins on its own."""
        text = path.read_bytes()
        if text and not text.endswith(b"\n"):
            self._file.write("\n")

    def write(self, entry: Start | BatchDone | BatchFailure | Refusal | Probe | End) -> None:
        self.line({"kind": entry.KIND, **asdict(entry)})

    def line(self, fields: Line) -> None:
        self._file.write(json.dumps(fields, separators=(",", ":")) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


@dataclass
class BatchData:
    """What was measured of one cell in one epoch: the attempt that counts."""

    cell: str
    epoch: int
    complete: bool
    begin_s: float = 0.0
    slices: list[Slice] = field(default_factory=list)
    summaries: list[Summary] = field(default_factory=list)
    searches: list[SearchResult] = field(default_factory=list)


@dataclass
class Record:
    """Everything in a slices.jsonl, sorted out."""

    batches: list[BatchData] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    failures: list[BatchFailure] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)

    @property
    def interrupted(self) -> str | None:
        """Why measuring did not reach its end, or None when it did."""
        if len(self.ends) < len(self.starts):
            return "it was killed"
        return self.ends[-1].reason if self.ends else None

    @property
    def unavailable(self) -> dict[str, str]:
        """Who is refused here, and why."""
        return {refusal.contestant: refusal.reason for refusal in self.refusals}


def read_lines(results: Path) -> Iterator[Line]:
    """The lines of the file. A line cut short by a crash is left out."""
    for text in (results / FILE).read_text(encoding="utf-8").splitlines():
        try:
            yield _as_named_today(json.loads(text))
        except ValueError:
            continue


def _as_named_today(line: Line) -> Line:
    """Results of iolab 0.1 have other names for some kinds of lines and for some keys."""
    kind = {"session": "start", "unit": "batch"}.get(line.get("kind", ""), line.get("kind"))
    keys = {"units": "batches", "server": "contestant", "session_s": "begin_s"}
    return {**{keys.get(key, key): value for key, value in line.items()}, "kind": kind}


def read_record(results: Path) -> Record:
    """Sorts out a slices.jsonl.

    Of several attempts at a batch the complete one counts, else the last.
    """
    record = Record()
    lists: dict[type, list[Any]] = {
        Start: record.starts,
        End: record.ends,
        BatchFailure: record.failures,
        Refusal: record.refusals,
        Probe: record.probes,
    }
    kinds = {kind.KIND: kind for kind in lists}  # type: ignore[attr-defined]
    attempts: dict[tuple[int, str, int], BatchData] = {}
    with _without_collector():
        for line in read_lines(results):
            kind = line["kind"]
            if kind in ("run", "slice", "summary", "result", "batch"):
                key = (line["epoch"], line["cell"], line.get("attempt", 0))
                _add(attempts.setdefault(key, BatchData(line["cell"], line["epoch"], False)), line)
            elif kind in kinds:
                lists[kinds[kind]].append(from_json(kinds[kind], line))
    chosen: dict[tuple[int, str], BatchData] = {}
    for (epoch, cell, _), batch in attempts.items():
        earlier = chosen.get((epoch, cell))
        if earlier is None or not earlier.complete:
            chosen[(epoch, cell)] = batch
    record.batches = sorted(chosen.values(), key=lambda batch: batch.begin_s)
    return record


@contextmanager
def _without_collector() -> Iterator[None]:
    """Meanwhile Python looks for no garbage in circles.

    Histograms are a million small lists and no circle: looking for one takes longer than reading
    them, and after Ctrl-C somebody waits for the table.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _add(batch: BatchData, line: Line) -> None:
    if line["kind"] == "slice":
        batch.slices.append(from_json(Slice, line))
    elif line["kind"] == "summary":
        batch.summaries.append(from_json(Summary, line))
    elif line["kind"] == "result":
        batch.searches.append(from_json(SearchResult, line))
    elif line["kind"] == "run":
        batch.begin_s = line.get("begin_s", 0.0)
    else:
        batch.complete = True
