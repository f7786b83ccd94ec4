"""One cell's slices as arrays over rounds, ready for statistics and flags."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from experiments.runner.judge.histogram import Merged, merge
from experiments.runner.judge.stats import Array
from experiments.runner.measure.lines import Slice
from experiments.runner.measure.record import BatchData
from experiments.runner.plan.plan import Cell

HISTOGRAMS = ("service", "response", "send_lag", "undisturbed")
# A p99 says something only where so many latencies lie beyond it.
LEAST_FOR_P99 = 100


@dataclass(frozen=True)
class Series:
    """One contestant in one cell, over the rounds that are complete. Times in ns, NaN where
    unknown.

    `p99` is that of service in a closed loop; in an open one it is that of those responses that no
    stall disturbed, `undisturbed` of all that were `counted`, and NaN where too few are left.
    `stalls` are in the order of the rounds, [ns since the slice's begin, length in ns].

    The generator's CPU is told in two parts: `generator_cpu` did the work, `generator_spin` polled
    because the next request of an open loop was nearly due.
    """

    begin_s: Array
    duration: Array
    ramp: Array
    messages: Array
    server_cpu: Array
    generator_cpu: Array
    generator_spin: Array
    machine_busy: Array
    steal: Array
    mean_service: Array
    p99: Array
    undisturbed: Array
    counted: Array
    lag_p99: Array
    scheduled: Array
    in_time: Array
    timed_out: Array
    fair_min: Array
    fair_max: Array
    histograms: dict[str, Merged]
    errors: int
    idle_closed: int = 0
    generator_stalls: tuple[list, ...] = ()
    server_stalls: tuple[list | None, ...] = ()

    @property
    def rate_per_s(self) -> Array:
        return self.messages / self.duration * 1e9

    @property
    def cpu_us(self) -> Array:
        """The server's CPU per message in microseconds; NaN where its clock could not be read."""
        return self.server_cpu / 1000 / np.maximum(self.messages, 1)

    def server_share(self) -> float:
        """Cores the server kept busy, over the whole cell; NaN when unknown."""
        return float(self.server_cpu.sum() / self.duration.sum())

    def undisturbed_share(self) -> float:
        """Of the latencies counted, those that no stall disturbed; NaN when unknown."""
        counted = float(np.nansum(self.counted))
        known = np.isfinite(self.undisturbed)
        return float(self.undisturbed[known].sum() / counted) if counted and known.any() else np.nan

    def generator_share(self) -> float:
        return float(self.generator_cpu.sum() / self.duration.sum())


@dataclass(frozen=True)
class CellData:
    """A cell with its contestants' series, all over the same rounds in the order they ran."""

    cell: Cell
    epoch: np.ndarray
    round: np.ndarray
    series: dict[str, Series]

    @property
    def rounds(self) -> int:
        return len(self.epoch)

    def latency(self) -> str:
        """The histogram that answers this cell's question.

        In an open loop time counts from when a request was due, else from when it was sent.
        """
        return "response" if self.cell.mode == "open" else "service"


def gather(cell: Cell, names: Iterable[str], batches: Iterable[BatchData]) -> CellData:
    """Collects a cell's batches. A round that not every contestant finished is left out whole."""
    mine = [batch for batch in batches if batch.cell == cell.id]
    seen = {one.target for batch in mine for one in batch.slices}
    names = [name for name in names if name in seen]
    rows = [row for batch in mine for row in _complete_rounds(batch, names)]
    return CellData(
        cell,
        np.array([row.batch.epoch for row in rows], dtype=np.int64),
        np.arange(len(rows)),
        {name: _series(name, rows, mine, cell.mode == "open") for name in names},
    )


@dataclass(frozen=True)
class _Row:
    """One round: its slices by contestant."""

    batch: BatchData
    slices: dict[str, Slice]


def _complete_rounds(batch: BatchData, names: list[str]) -> list[_Row]:
    by_round: dict[int, dict[str, Slice]] = {}
    for one in batch.slices:
        by_round.setdefault(one.round, {})[one.target] = one
    complete = [by_round[n] for n in sorted(by_round) if all(name in by_round[n] for name in names)]
    return [_Row(batch, slices) for slices in complete]


def _series(name: str, rows: list[_Row], batches: list[BatchData], open_loop: bool) -> Series:
    slices = [row.slices[name] for row in rows]

    def column(path: str) -> Array:
        return np.array([_number(one, path) for one in slices], dtype=float)

    summaries = [s for batch in batches for s in batch.summaries if s.target == name]
    return Series(
        begin_s=np.array([row.batch.begin_s + row.slices[name].begin_ns / 1e9 for row in rows]),
        duration=column("duration_ns"),
        ramp=np.nan_to_num(column("ramp_ns")),
        messages=column("messages"),
        server_cpu=column("server_cpu_ns"),
        generator_cpu=column("generator_cpu_ns"),
        generator_spin=np.nan_to_num(column("generator_spin_ns")),
        machine_busy=column("machine_busy_ns"),
        steal=column("steal_ns"),
        mean_service=column("service.mean_ns"),
        p99=_p99(column, open_loop),
        undisturbed=column("undisturbed.count"),
        counted=column("response.count"),
        lag_p99=column("send_lag.p99_ns"),
        scheduled=column("scheduled"),
        in_time=column("in_time"),
        timed_out=column("timed_out"),
        fair_min=column("fairness.min_messages"),
        fair_max=column("fairness.max_messages"),
        histograms={
            kind: merge(s.histograms.get(kind) or [] for s in summaries) for kind in HISTOGRAMS
        },
        generator_stalls=tuple(one.generator_stalls or [] for one in slices),
        server_stalls=tuple(one.server_stalls for one in slices),
        errors=sum(s.errors for s in summaries),
        idle_closed=sum(s.idle_closed for s in summaries),
    )


def _p99(column: Callable[[str], Array], open_loop: bool) -> Array:
    """NaN where there are too few; recordings of before stalls were told have that of all."""
    if not open_loop:
        kind = "service"
    elif np.all(np.isnan(column("undisturbed.count"))):
        kind = "response"
    else:
        kind = "undisturbed"
    return np.where(column(f"{kind}.count") >= LEAST_FOR_P99, column(f"{kind}.p99_ns"), np.nan)


def _number(one: Slice, path: str) -> float:
    """A figure of a slice, NaN when it or what contains it is not known."""
    value: object = one
    for name in path.split("."):
        value = None if value is None else getattr(value, name)
    return float("nan") if value is None else float(value)  # type: ignore[arg-type]
