"""slices.jsonl, the raw truth: what is appended while measuring and how it is read again.

Kinds of lines: the generator's own (`run`, `slice`, `summary`) with the keys `cell`, `epoch`
and `attempt` added; and the runner's: `session` (a start, or a resumption), `unit` (a cell of an
epoch was completed), `failure`, `unavailable`, `probe`, `end`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

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

    def write(self, kind: str, **fields: object) -> None:
        self.line({"kind": kind, **fields})

    def line(self, fields: dict) -> None:
        self._file.write(json.dumps(fields, separators=(",", ":")) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


@dataclass
class UnitData:
    """What was measured of one cell in one epoch: the attempt that counts."""

    cell: str
    epoch: int
    complete: bool
    begin_s: float = 0.0
    slices: list[dict] = field(default_factory=list)
    summaries: list[dict] = field(default_factory=list)


@dataclass
class Record:
    """Everything in a slices.jsonl, sorted out."""

    units: list[UnitData]
    sessions: list[dict]
    ends: list[dict]
    failures: list[dict]
    unavailable: dict[str, str]
    probes: list[dict]

    @property
    def interrupted(self) -> str | None:
        """Why the last session did not reach its end, or None when it did."""
        if len(self.ends) < len(self.sessions):
            return "it was killed"
        return self.ends[-1].get("reason") if self.ends else None


def read_lines(results: Path) -> Iterator[dict]:
    """The lines of the file. A line cut short by a crash is left out."""
    for text in (results / FILE).read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(text)
        except ValueError:
            continue


def read_record(results: Path) -> Record:
    """Sorts out a slices.jsonl. Of several attempts at a unit the complete one counts, else the last."""
    record = Record([], [], [], [], {}, [])
    attempts: dict[tuple[int, str, int], UnitData] = {}
    for line in read_lines(results):
        kind = line.get("kind")
        if kind in ("run", "slice", "summary", "unit"):
            key = (line["epoch"], line["cell"], line.get("attempt", 0))
            _add(attempts.setdefault(key, UnitData(line["cell"], line["epoch"], False)), line)
        elif kind == "unavailable":
            record.unavailable[line["server"]] = line["reason"]
        elif kind in ("session", "end", "failure", "probe"):
            getattr(record, kind + "s").append(line)
    chosen: dict[tuple[int, str], UnitData] = {}
    for (epoch, cell, _), unit in attempts.items():
        earlier = chosen.get((epoch, cell))
        if earlier is None or not earlier.complete:
            chosen[(epoch, cell)] = unit
    record.units = sorted(chosen.values(), key=lambda unit: unit.begin_s)
    return record


def _add(unit: UnitData, line: dict) -> None:
    if line["kind"] == "slice":
        unit.slices.append(line)
    elif line["kind"] == "summary":
        unit.summaries.append(line)
    elif line["kind"] == "run":
        unit.begin_s = line.get("session_s", 0.0)
    else:
        unit.complete = True
